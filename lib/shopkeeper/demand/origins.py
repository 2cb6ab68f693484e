"""Rolling origins: what each forecast would have said on earlier days, and what was wanted then."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.classes import demand_class
from shopkeeper.demand.classical import smoothed, suited
from shopkeeper.demand.features import known
from shopkeeper.demand.learner import HORIZON, learn
from shopkeeper.demand.outside import Signals, signals
from shopkeeper.demand.panel import MOST, Panel, load_panel
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]

TREES, WITH_SIGNALS, BLEND = "trees", "trees with outside signals", "trees and smoothing"
_SMOOTHED = (
    0.3  # weight of smoothing in the blend: 0.5 was no nearer on the real brands, and further off where promotions rule
)


@dataclass(frozen=True)
class Origin:
    """One earlier day: the panel as it was seen, and what followed. Its 28 days are those after the panel's last.

    wanted      SKUs × 28, units; where a shelf was empty what is expected, by what is known today
    is_out      SKUs × 28, days on which sales are a lower bound
    forecasts   by method, SKUs × 28, units
    kind        class of each SKU, as of then
    """

    panel: Panel
    wanted: Floats
    is_out: NDArray[np.bool_]
    forecasts: dict[str, Floats]
    kind: NDArray[np.str_]

    @property
    def weight(self) -> Floats:
        """Net revenue of each SKU in the four weeks before."""
        return np.asarray(self.panel.revenue[:, -28:].sum(axis=1))


def days_before(as_of: dt.date, number: int, step: int = HORIZON) -> list[dt.date]:
    """The days on which so many earlier origins end, the latest one horizon before as_of; the earliest first."""
    return [as_of - dt.timedelta(days=HORIZON + step * back) for back in reversed(range(number))]


def look_back(shop: Shop, day: dt.date, later: Panel, most: int = MOST, seed: int = 1) -> Origin:
    """What every method would have forecast at the end of that day, beside what came.

    later: the panel as of today, which tells what was wanted. Nothing dated after the day is read for the forecasts.
    """
    then = shop.seen_on(day)
    panel = load_panel(then, most)
    kind = demand_class(panel.demand)
    return Origin(panel, *came(panel, later), every_method(then, panel, kind, seed), kind)


def every_method(shop: Shop, panel: Panel, kind: NDArray[np.str_], seed: int) -> dict[str, Floats]:
    """What may be chosen for a class: trees, the methods made for it, and trees that heed these. By method SKUs × 28, units."""
    made = of_trees(shop, panel, seed)
    alone = suited(panel, kind)
    told = smoothed(alone, kind)
    # SKUs too young to be smoothed are left to the trees.
    blend = np.where(told.any(axis=1, keepdims=True), (1 - _SMOOTHED) * made[TREES] + _SMOOTHED * told, made[TREES])
    return made | alone | {BLEND: blend}


def of_trees(shop: Shop, panel: Panel, seed: int) -> dict[str, Floats]:
    """The learner's forecasts of a panel, without and, where there are any, with outside signals: SKUs × 28, units."""
    made = {TREES: trees(panel, seed)}
    outside = signals(shop, panel)
    return made | ({WITH_SIGNALS: trees(panel, seed, outside)} if outside else {})


def trees(panel: Panel, seed: int = 1, outside: Signals | None = None) -> Floats:
    """The learner's forecast of a panel."""
    told = known(panel, outside)
    return learn(told, seed).predict(told)


def came(panel: Panel, later: Panel) -> tuple[Floats, NDArray[np.bool_]]:
    """What was wanted of each SKU of the panel in the 28 days after it, and whether shelves were empty.

    The rest of a category is what all of it sold, less its SKUs that stand by themselves.
    """
    start = len(panel.days)
    days = slice(start, start + HORIZON)
    place = pd.Series(later.skus.index, later.skus["sku"]).reindex(panel.skus["sku"]).to_numpy()
    is_there = ~np.isnan(place)
    wanted, is_out = np.zeros((len(place), HORIZON)), np.zeros((len(place), HORIZON), bool)
    wanted[is_there] = np.nan_to_num(later.demand[place[is_there].astype(int), days])
    is_out[is_there] = later.is_out[place[is_there].astype(int), days]
    if panel.skus.is_rest.any():
        all_of = pd.DataFrame(np.nan_to_num(later.demand[:, days])).groupby(later.skus.category.to_numpy()).sum()
        single = ~panel.skus.is_rest.to_numpy()
        told = pd.DataFrame(wanted[single]).groupby(panel.skus.category[single].to_numpy()).sum()
        rest = (all_of - told.reindex(all_of.index, fill_value=0.0)).clip(lower=0.0)
        wanted[~single] = rest.reindex(panel.skus.category[~single]).fillna(0.0).to_numpy()
    return wanted, is_out
