"""The prices that a SKU may be given: as the brand writes its prices, within one step of today's, and above what it must earn."""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.pricing.rules import Rules

Floats = NDArray[np.float64]

MOST = 24  # prices that are tried of a SKU
_HALF = 0.5  # share of prices from which an ending is the brand's habit
_CLASSES = (0.0, 10.0, 100.0, np.inf)  # prices that share a habit: units, tens, hundreds


def endings(prices: Floats) -> list[tuple[int, int]]:
    """By class of price (below 10, 100, above): what prices end in, as (hundredths, modulus); (0, 1) where there is no habit; a class without prices has the next one's.

    129.00 and 89.00 share (900, 1000): they end in 9 whole; 12.90 and 8.90 share (90, 100).
    """
    cents = [
        np.round(prices[(prices >= low) & (prices < high)] * 100).astype(np.int64) for low, high in pairwise(_CLASSES)
    ]
    found = [
        next((habit for modulus in (1000, 100, 10) if (habit := _habit(each, modulus))), (0, 1)) if len(each) else None
        for each in cents
    ]
    return [next((habit for habit in [*found[n:], *found[:n][::-1]] if habit), (0, 1)) for n in range(len(found))]


def _habit(cents: NDArray[np.int64], modulus: int) -> tuple[int, int] | None:
    """What more than half of the prices end in, to this modulus."""
    count = np.bincount(cents % modulus)
    return (int(count.argmax()), modulus) if count.max() > _HALF * len(cents) else None


def allowed(offers: pd.DataFrame, rules: Rules) -> Floats:
    """SKUs × MOST: prices that may be set, ascending, the rest NaN. Today's is not among them unless it keeps the rules.

    offers: price, cost, kept, competitor (the lowest of another seller, NaN where none is known).
    """
    habits = endings(offers.price.to_numpy()) if rules.keep_endings else [(0, 1)] * 3
    low, high = bounds(offers, rules)
    table = np.full((len(offers), MOST), np.nan)
    for row, (least, most) in enumerate(zip(low, high, strict=True)):
        found = written(least, most, habits)
        table[row, : len(found)] = found
    return table


def bounds(offers: pd.DataFrame, rules: Rules) -> tuple[Floats, Floats]:
    """Lowest and highest price by SKU: a step from today's, the least margin, and the band around the cheapest competitor, widened to a price that lies beyond it."""
    price = offers.price.to_numpy(np.float64)
    floor = offers.cost.to_numpy() / (offers.kept.to_numpy() * (1 - rules.least_margin))
    low, high = np.maximum(price * (1 - rules.step), floor), price * (1 + rules.step)
    if rules.band is not None:
        rival = offers.competitor.to_numpy(np.float64)
        low = np.fmax(low, np.minimum(rival * (1 - rules.band), price))
        high = np.fmin(high, np.maximum(rival * (1 + rules.band), price))
    return low, high


def written(low: float, high: float, habits: list[tuple[int, int]]) -> Floats:
    """At most MOST prices within bounds that end as those of their class do; evenly chosen where there are more.

    Where a habit leaves fewer than two, the next finer one holds: a 10.00 whose class ends in whole tens may become 9 or 11.
    """
    made = np.empty(0)
    for finest in (1000, 100, 10, 1):
        made = np.concatenate([
            _class_prices((max(low, least), min(high, most - 0.005)), ending, min(modulus, finest))
            for (least, most), (ending, modulus) in zip(pairwise(_CLASSES), habits, strict=True)
        ])  # fmt: skip
        if len(made) > 1:
            break
    return _few(made)


def _class_prices(within: tuple[float, float], ending: int, modulus: int) -> Floats:
    """Prices within, both included, whose hundredths leave this ending to this modulus; not so many that they take memory."""
    ending %= modulus
    first = np.ceil((within[0] * 100 - 1e-6 - ending) / modulus)
    last = np.floor((within[1] * 100 + 1e-6 - ending) / modulus)
    if last < first:
        return np.empty(0)
    count = int(last - first + 1)
    few = np.arange(count) if count <= MOST else np.linspace(0, last - first, MOST).round()
    return np.asarray(((first + few) * modulus + ending) / 100)


def _few(prices: Floats) -> Floats:
    """At most MOST of these, evenly."""
    count = len(prices)
    return prices if count <= MOST else prices[np.linspace(0, count - 1, MOST).astype(np.int64)]
