"""The forecast: of each SKU for the next 28 days, in agreement with its category and the brand, and as sample paths."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shopkeeper.demand.classes import demand_class
from shopkeeper.demand.classical import of_brand
from shopkeeper.demand.hierarchy import Hierarchy, hierarchy, reconcile
from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.origins import TREES, WITH_SIGNALS, Origin, days_before, every_method, look_back
from shopkeeper.demand.panel import MOST, Panel, load_panel
from shopkeeper.demand.route import routed, voices, winners
from shopkeeper.demand.spread import Errors, Spread, learn_spread
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

Floats = NDArray[np.float64]

Brand = dict[str, Floats]  # by method, units by day

ORIGINS = 4
SUM = "skus"
LEAST_LEARNT = 168  # days before an origin, from which a forecast is learnt
_TOP_SD = 0.005  # relative error of a day of the brand: what was weighed already stands
_MIDDLE_SD = 0.05  # the same of a category


@dataclass(frozen=True)
class Agreed:
    """One day's forecast, brought to agree.

    base    nodes × 28: before; mean: after, units
    chosen  method by class; heard: how far each forecast of the brand is heard, by method, SUM being that of the SKUs
    """

    hierarchy: Hierarchy
    base: Floats
    mean: Floats
    chosen: dict[str, str]
    heard: dict[str, float]

    @property
    def of_skus(self) -> Floats:
        """SKUs × 28, units."""
        return np.asarray(self.mean[self.hierarchy.at("sku")])


@dataclass(frozen=True)
class Forecast:
    """What is forecast today, and what would have been on earlier days, each told by the other ones alone.

    made: by method, SKUs × 28, units, before any is chosen. past: of each origin what was agreed, in the order of origins.
    """

    panel: Panel
    kind: NDArray[np.str_]
    made: dict[str, Floats]
    agreed: Agreed
    origins: Sequence[Origin]
    past: Sequence[Agreed]
    spread: Spread

    @property
    def by_signals(self) -> Floats | None:
        """How outside signals move each SKU's forecast, as a share; 0 where its class is told without them; None where no class is."""
        told = [kind for kind, method in self.agreed.chosen.items() if method == WITH_SIGNALS]
        if not told or WITH_SIGNALS not in self.made:
            return None
        ours, without = (self.made[name].sum(axis=1) for name in (WITH_SIGNALS, TREES))
        return np.where(np.isin(self.kind, told), ours / np.maximum(without, 1e-9) - 1, 0.0)


def forecast(shop: Shop, most: int = MOST, seed: int = 1, number: int = ORIGINS) -> Forecast:
    """The forecast of a shop as seen on its day, with as many earlier origins, each 28 days before the next.

    DataError where too little is known: see panel.load_panel, and where no earlier origin has 168 days before it.
    """
    panel = load_panel(shop, most)
    days = [day for day in days_before(shop.as_of, number) if (day - shop.first_day).days >= LEAST_LEARNT]
    if not days:
        raise DataError(
            f"order_lines: {len(panel.days)} days are known. A forecast is shown beside what came after an earlier one: that "
            f"takes {LEAST_LEARNT + HORIZON + 1} days. Export order lines of a longer time, or wait."
        )
    origins = [look_back(shop, day, panel, most, seed) for day in days]
    kind = demand_class(panel.demand)
    return settle(panel, kind, every_method(shop, panel, kind, seed), origins)


def settle(panel: Panel, kind: NDArray[np.str_], made: dict[str, Floats], origins: Sequence[Origin]) -> Forecast:
    """Route, weigh and reconcile what was made for today, and for each origin as the other origins tell."""
    tops = [of_brand(np.nan_to_num(origin.panel.demand).sum(axis=0)) for origin in origins]
    past = []
    for place, origin in enumerate(origins):
        rest = [other for other in range(len(origins)) if other != place]
        past.append(
            _agree(
                origin.panel,
                origin.kind,
                origin.forecasts,
                tops[place],
                [origins[n] for n in rest],
                [tops[n] for n in rest],
            )
        )
    top = of_brand(np.nan_to_num(panel.demand).sum(axis=0))
    agreed = _agree(panel, kind, made, top, origins, tops)
    spread = learn_spread([errors_of(origin, one) for origin, one in zip(origins, past, strict=True)])
    return Forecast(panel, kind, made, agreed, origins, past, spread)


def errors_of(origin: Origin, agreed: Agreed) -> Errors:
    """What was agreed at an origin, beside what came."""
    return Errors(agreed.of_skus, origin.wanted, origin.is_out, origin.kind, origin.panel.category[0])


def _agree(
    panel: Panel,
    kind: NDArray[np.str_],
    made: dict[str, Floats],
    top: Brand,
    others: Sequence[Origin],
    tops: Sequence[Brand],
) -> Agreed:
    """Route by the others' scores, hear forecasts of the brand as far as they were near on them, and reconcile."""
    chosen = winners(others)
    of_skus = routed(made, kind, chosen)
    told = [
        {SUM: routed(one.forecasts, one.kind, chosen).sum(axis=0)} | of for one, of in zip(others, tops, strict=True)
    ]
    heard = voices([origin.wanted.sum(axis=0) for origin in others], told) or {SUM: 1.0}
    tree = hierarchy(panel)
    base = tree.of(of_skus)
    now = {SUM: base[0]} | top
    share = {name: weight for name, weight in heard.items() if name in now}
    weighed = np.sum([weight * now[name] for name, weight in share.items()], axis=0) / sum(share.values())
    base[~tree.at("sku")] *= weighed / np.maximum(base[0], 1e-9)
    mean = reconcile(tree.sums, base, _variance(tree, base))
    return Agreed(tree, base, mean, chosen, heard)


def _variance(tree: Hierarchy, base: Floats) -> Floats:
    """Of a day's error of each node: that of purchases by chance and, of SKUs, of their level; sums are told more nearly."""
    level = base.mean(axis=1)
    relative = np.select([tree.at("brand"), tree.at("category")], [_TOP_SD**2, _MIDDLE_SD**2], 1.0)
    return np.asarray(np.where(tree.at("sku"), level, 0.0) + relative * level**2 + 1e-6)
