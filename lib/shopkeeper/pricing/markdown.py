"""Markdowns: how low to go, and when, with what lies too long (demand.slow)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.pricing.elasticity import Elasticities
from shopkeeper.pricing.markdown_goods import Goods, Wanted
from shopkeeper.pricing.markdown_paths import Ints, Lot, counted, followed, planned_path, policy, single_best, values
from shopkeeper.pricing.rules import Rules

Floats = NDArray[np.float64]

SALVAGE = (
    0.0  # of a unit that is never sold, as a share of its cost: what a brand's own outlet pays is not in its tables
)
_CHOSEN_BY = 120  # draws that paths are chosen by; the others tell what they bring, and know nothing of the choice
PLANNED, AT_ONCE, REPLANNED = "planned", "at once", "re-planned"


@dataclass(frozen=True)
class Markdowns:
    """Of what lies too long, the path of weekly prices that brings most.

    rows: one per SKU with an elasticity to go by, those of markdown_goods.Goods and: lowest (price of the path), single (the one price that
        brings most from now on), cleared, left: units of the stock expected to be sold and not at the path, kept_left: not at today's price;
        kept: what they bring at today's price; gain, low, high, probability: of the path over that (currency until all is gone, spoilt, or has lain three years; 90%);
        pays: it gains by as great a chance as the rules ask for; is_bound: it ends at the lowest price that may be asked
    weeks: of the SKUs that pay, rows of sku, week (from 1), price, left (units expected to lie there at the week's end)
    gains: by way, PLANNED, AT_ONCE (one price from now on) and REPLANNED (each week by what is left), draws × rows, over keeping the price
    slow: SKUs that lie too long; None where stock is not counted
    """

    rows: pd.DataFrame
    weeks: pd.DataFrame
    gains: Mapping[str, Floats]
    slow: int | None

    @property
    def down(self) -> pd.DataFrame:
        """The SKUs to mark down, the largest gain first."""
        return self.rows[self.rows.pays].sort_values("gain", ascending=False, ignore_index=True)

    def total(self, way: str) -> Floats:
        """Draws: what the SKUs to mark down bring together in this way, over keeping their prices."""
        return np.asarray(self.gains[way][:, self.rows.pays.to_numpy(bool)].sum(axis=1))


@dataclass(frozen=True)
class Clearance:
    """kept: paths where what is left may lie on, at the last price, until it spoils or has lain three years. gone: where all must be gone when the path ends."""

    kept: Markdowns
    gone: Markdowns


def clearance(goods: Goods, wanted: Wanted, found: Elasticities, rules: Rules) -> Clearance:
    """Both kinds of paths of the same goods."""
    hurried = goods._replace(rows=goods.rows.assign(life=0.0))
    return Clearance(*(markdowns(each, wanted, found, rules) for each in (goods, hurried)))


class Told(NamedTuple):
    """Of one SKU, by draw: what its stock brings at today's price and in each way beyond it; its path; by week the units left, and at today's price at the end."""

    kept: Floats
    gains: dict[str, Floats]
    path: Ints
    single: int
    left: Floats
    kept_left: float
    pays: bool


def markdowns(goods: Goods, wanted: Wanted, found: Elasticities, rules: Rules) -> Markdowns:
    """The paths of goods, and what they bring beside keeping today's prices and one cut now, on draws that did not choose them.

    What goods cost is spent: a unit leaves its price less what is paid back, fees and delivery, and less what it takes from its neighbours.
    """
    told = [_told(*lots_of(goods, place, wanted, found), rules) for place in range(len(goods.rows))]
    gains = {
        way: np.stack([each.gains[way] for each in told], axis=1) if told else np.zeros((1, 0))
        for way in (PLANNED, AT_ONCE, REPLANNED)
    }
    rows = _with_gains(_with_paths(goods, told), gains[PLANNED])
    return Markdowns(rows, _weeks(goods, told), gains, goods.slow)


def lots_of(goods: Goods, place: int, wanted: Wanted, found: Elasticities) -> tuple[Lot, Lot]:
    """The stock of one SKU as the draws know it that choose its path, and as those do that tell what it brings."""
    row, prices = goods.rows.iloc[place], goods.prices[place]
    weeks, asked = int(row.weeks), prices[~np.isnan(prices)]
    count = min(len(wanted.rates), len(found.beside))
    rates = wanted.rates[:count, place]
    luck = np.random.default_rng([wanted.seed, place]).random((count, weeks, len(asked)))
    factor, taken = answers(row, asked, *(draws[:count, row.place] for draws in (found.beside, found.power)))
    lot = Lot(
        counted(rates[:, :weeks], factor, luck), row.kept * asked - row.carried - taken, rates.mean(axis=1)[:, None] * factor,
        float(row.stock), float(row.life), float(row.holding), SALVAGE * float(row.unit_cost),
    )  # fmt: skip
    if count < 2 * _CHOSEN_BY:
        return lot, lot
    return some(lot, slice(None, _CHOSEN_BY)), some(lot, slice(_CHOSEN_BY, None))


def some(lot: Lot, draws: slice) -> Lot:
    """The lot as some of its draws know it."""
    return lot._replace(units=lot.units[draws], worth=lot.worth[draws], pace=lot.pace[draws])


def answers(row: pd.Series, asked: Floats, beside: Floats, power: Floats) -> tuple[Floats, Floats]:
    """Draws × prices: units by those at today's price, and what a unit then takes of its neighbours' contribution (currency).

    row: price (today's), share (its part of its market's units), neighbours (what the others leave by unit of its own). Units follow the
    nested logit of category_response: the market all its prices to the power, and shares of it what each sells apart.
    """
    apart = np.exp(beside[:, None] * np.log(asked / row.price))
    market = np.log1p(row.share * (apart - 1))
    rest = power[:, None] - 1
    return apart * np.exp(rest * market), row.neighbours * np.expm1(-rest * market) / apart


def _told(chosen: Lot, lot: Lot, rules: Rules) -> Told:
    weeks = lot.units.shape[1]
    path, single, closed = planned_path(chosen), single_best(chosen), policy(chosen)
    stay, once = np.zeros(weeks, np.int64), np.full(weeks, single)
    kept = values(stay, lot)
    each = {
        PLANNED: values(path, lot),
        AT_ONCE: values(once, lot),
        REPLANNED: followed(closed.price, closed.left, lot)[0],
    }
    # Whether it pays is told by the draws that choose, so that the others keep no favourites.
    seen = values(path, chosen) - values(stay, chosen)
    pays = bool(path[-1] > 0 and seen.mean() > 0 and (seen > 0).mean() >= rules.certain)
    gains = {way: value - kept for way, value in each.items()}
    return Told(kept, gains, path, single, _left(path, lot), float(_left(stay, lot)[-1]), pays)


def _left(path: Ints, lot: Lot) -> Floats:
    """By week, the units expected to lie there at its end; one more for those that are never sold."""
    sold = np.take_along_axis(lot.units, path[None, :, None], axis=2)[:, :, 0].cumsum(axis=1)
    left = np.maximum(lot.stock - sold, 0)
    never = np.maximum(left[:, -1] - lot.pace[:, path[-1]] * lot.life, 0)
    return np.asarray(np.r_[left.mean(axis=0), never.mean()])


def _with_paths(goods: Goods, told: list[Told]) -> pd.DataFrame:
    asked, count = goods.prices, range(len(told))
    return goods.rows.assign(
        lowest=[float(asked[n, told[n].path[-1]]) for n in count], single=[float(asked[n, told[n].single]) for n in count],
        left=[float(told[n].left[-1]) for n in count], kept_left=[told[n].kept_left for n in count],
        kept=[float(told[n].kept.mean()) for n in count], pays=np.array([each.pays for each in told], bool),
        is_bound=[bool(told[n].path[-1] == (~np.isnan(asked[n])).sum() - 1) for n in count],
    )  # fmt: skip


def _with_gains(rows: pd.DataFrame, gain: Floats) -> pd.DataFrame:
    low, high = np.quantile(gain, [0.05, 0.95], axis=0)
    return rows.assign(gain=gain.mean(axis=0), low=low, high=high, probability=(gain > 0).mean(axis=0))


def _weeks(goods: Goods, told: list[Told]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"sku": code, "week": np.arange(1, len(each.path) + 1), "price": asked[each.path], "left": each.left[:-1]})
        for code, asked, each in zip(goods.rows["sku"], goods.prices, told, strict=True)
        if each.pays
    ]  # fmt: skip
    empty = pd.DataFrame({"sku": pd.Series(dtype=str), "week": [], "price": [], "left": []})
    return pd.concat(parts, ignore_index=True) if parts else empty
