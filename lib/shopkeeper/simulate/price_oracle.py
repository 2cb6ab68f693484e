"""The price oracle: the price list that earns most, from the truth."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from shopkeeper.simulate.draws import Floats, Ints
from shopkeeper.simulate.price_replay import Aisle, Horizon, margins, sku_numbers, weights
from shopkeeper.tables import DataError, offenders

Term = tuple[Floats, Floats]

_STEPS = 80  # candidates between the bounds of a SKU, evenly in logs, where no ladder names them
_BETTER = 1e-6  # fen by which a price must beat the one before: rounding is no gain


@dataclass(frozen=True)
class Category:
    """By line of one category: the weight and the weighted margin of the SKUs whose prices stand; the weight of all at list prices;
    the part of a parcel, fen.
    """

    weight: Floats
    margin: Floats
    at_list: Floats
    parcel: Floats
    nest: float


def oracle_prices(horizon: Horizon, limits: pd.DataFrame, ladder: Floats | None = None) -> pd.DataFrame:
    """The price list (rows of sku, price in yuan) of most expected contribution over the horizon, as `expected` counts it.

    limits: rows of sku, lowest, highest (yuan); SKUs that are not named keep their planned prices. ladder: the prices allowed, yuan.
    One SKU's price at a time is set to the best, until none gains, from three starts: today's prices, all the lowest, all the
    highest. It knows what no analyst can: planted tastes, the horizon's demand shocks and who will come.
    DataError where no price lies within a SKU's limits.
    """
    scene = horizon.history.scene
    place, choices = sku_numbers(scene, limits["sku"]), _candidates(limits, ladder)
    today = scene.prices.price[max(horizon.first - 1, 0), place]
    start = [int(np.abs(fen - now).argmin()) for fen, now in zip(choices, today, strict=True)]
    found = np.array([fen[step] for fen, step in zip(choices, start, strict=True)])
    for aisle in horizon.aisles:
        rows = np.flatnonzero(np.isin(place, aisle.skus))
        if len(rows) and len(aisle.lines):
            terms = [_term(horizon, aisle, place[row], choices[row]) for row in rows]
            best = _best(_category(horizon, aisle, place), terms, [start[row] for row in rows])
            found[rows] = [choices[row][step] for row, step in zip(rows, best, strict=True)]
    return pd.DataFrame({"sku": limits["sku"].to_numpy(), "price": found / 100})


def _candidates(limits: pd.DataFrame, ladder: Floats | None) -> list[Floats]:
    """The prices that each SKU may have, fen, ascending."""
    low, high = (100 * limits[name].to_numpy(np.float64) for name in ("lowest", "highest"))
    if ladder is None:
        made = [
            np.unique(np.rint(np.geomspace(a, b, _STEPS))) if 0 < a <= b else np.array([])
            for a, b in zip(low, high, strict=True)
        ]
    else:
        steps = np.unique(np.rint(100 * np.asarray(ladder, np.float64)))
        made = [steps[(steps >= a - 0.5) & (steps <= b + 0.5) & (steps > 0)] for a, b in zip(low, high, strict=True)]
    if none := [code for code, fen in zip(limits["sku"], made, strict=True) if not len(fen)]:
        raise DataError(
            f"price oracle: {len(none):,} of {len(limits):,} SKUs have no price within their limits ({offenders(none)}). lowest is above "
            "0 and at most highest, and a ladder has a step between them."
        )
    return made


def _category(horizon: Horizon, aisle: Aisle, priced: Ints) -> Category:
    stand = np.isin(aisle.skus, priced, invert=True)
    weight, margin = (term[:, stand].sum(axis=1) for term in _weighed(horizon, aisle, aisle.planned))
    return Category(
        weight, margin, aisle.at_list.sum(axis=1), aisle.parcel, float(horizon.history.scene.nest[aisle.skus[0]])
    )


def _term(horizon: Horizon, aisle: Aisle, sku: int, fen: Floats) -> Term:
    """Lines × candidate prices of a SKU: its weight, and the weight times what a line leaves."""
    same = np.full(len(fen), np.flatnonzero(aisle.skus == sku)[0])
    at_list, promoted, cost = aisle.at_list[:, same], aisle.promoted[:, same], aisle.cost[:, same]
    many = replace(aisle, skus=aisle.skus[same], at_list=at_list, promoted=promoted, cost=cost)
    return _weighed(horizon, many, np.minimum(fen, promoted))


def _weighed(horizon: Horizon, aisle: Aisle, price: Floats) -> Term:
    weight = weights(horizon, aisle, price)
    return weight, weight * margins(horizon, aisle, price)


def _best(category: Category, terms: list[Term], today: list[int]) -> list[int]:
    """The step of each SKU's candidates that the best of three climbs ends at."""
    last = [weight.shape[1] - 1 for weight, _ in terms]
    climbs = [_climb(category, terms, start) for start in (today, [0] * len(terms), last)]
    return max(climbs, key=lambda climb: climb[0])[1]


def _climb(category: Category, terms: list[Term], start: list[int]) -> tuple[float, list[int]]:
    """What is left, fen, and the steps, where no SKU alone can gain any more."""
    steps, moved, value = list(start), True, -np.inf
    weight = category.weight + sum(term[0][:, step] for term, step in zip(terms, steps, strict=True))
    margin = category.margin + sum(term[1][:, step] for term, step in zip(terms, steps, strict=True))
    while moved:
        moved = False
        for number, (own, left) in enumerate(terms):
            now = steps[number]
            weight, margin = weight - own[:, now], margin - left[:, now]
            values = _left(category, weight[:, None] + own, margin[:, None] + left)
            if values.max() > values[now] + _BETTER:
                moved, steps[number] = True, int(values.argmax())
            value, step = float(values[steps[number]]), steps[number]
            weight, margin = weight + own[:, step], margin + left[:, step]
    return value, steps


def _left(category: Category, weight: Floats, margin: Floats) -> Floats:
    """By candidate, what the category's lines leave, parcels paid: weight and margin are sums over SKUs, lines × candidates."""
    volume = (weight / category.at_list[:, None]) ** category.nest
    parcels = category.parcel @ np.minimum(volume, 1.0)
    return np.asarray((volume / weight * margin).sum(axis=0) - parcels, np.float64)
