"""Elasticities, stated: SKUs of a category share its market of each period; what one sells beside the others follows its price.

Whatever moves a whole category in a period (season, traffic, a sales event) is its level there, and says nothing of prices.
Elasticities of SKUs are drawn to their category's, and these to the brand's. Sales are negative binomial, so that weeks
without a sale count as what they are.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.pricing.panel import UNTOLD, PricePanel
from shopkeeper.pricing.price_density import BETWEEN, LEVEL, MEAN, PROMOTED, WITHIN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST = 4  # SKUs of a category that make a market of their own; smaller ones share one
LEAST = 20  # units of a SKU, from which its own prices tell anything
_ROUNDS = 6  # of Newton, by which the statement in PyMC finds a period's level: enough of them from anywhere near
_POISSON = 1e6  # size of a negative binomial that is as good as Poisson


class Cells(NamedTuple):
    """What the model is told, one row per SKU and period, those of one market and period together.

    sku, sold (units, in packs once looked at), days (open), log_price (0 in the SKU's mean, once looked at where its data weigh), usual (log of its mean sales a day and of the days on which it could be bought),
    promoted (kinds, share of the days)
    event       share of its days in any promotion
    cut, cut_sold   cells of days on which the shelf ran empty, and what was sold on these: not in sold until looked_at tells what was wanted
    first       where each market and period begins; the last one's end
    market, period   of each of these, and size: variance of a cell's sales is mean + mean² / size
    home, category   market and category of each SKU, and how many categories there are
    heed        of each cell, how far it tells its period's level by what is known so far: from there the likeliest is looked for
    near, weight   of each SKU, where its own data would have its elasticity, and their information; category_near, category_weight,
                level_near, level_weight likewise: the sampler's point of view, of no matter to what is found
    """

    sku: Ints
    sold: Floats
    days: Floats
    log_price: Floats
    usual: Floats
    promoted: Floats
    event: Floats
    cut: Ints
    cut_sold: Floats
    first: Ints
    market: Ints
    period: Ints
    size: Floats
    home: Ints
    category: Ints
    categories: int
    heed: Floats
    near: Floats
    weight: Floats
    category_near: Floats
    category_weight: Floats
    level_near: Floats
    level_weight: Floats


def told_skus(panel: PricePanel) -> NDArray[np.bool_]:
    """SKUs of which elasticities are told: 20 units or more, in two periods or more of which the price is known."""
    known = panel.is_told
    return np.asarray((known.sum(axis=1) > 1) & (np.where(known, panel.sold, 0.0).sum(axis=1) >= LEAST))


def cells_of(panel: PricePanel) -> Cells:
    """The cells of the SKUs that told_skus names, numbered anew in their order."""
    keep = told_skus(panel)
    known, sold = panel.is_told[keep], panel.sold[keep]
    log_price = np.where(known, np.log(np.where(known, panel.price[keep], 1.0)), 0.0)
    log_price = log_price - (log_price.sum(axis=1) / known.sum(axis=1))[:, None]
    days = panel.open[keep] * panel.days
    rate = (sold * known).sum(axis=1) / (days * known).sum(axis=1)
    category, names = _numbered(panel.skus.category.to_numpy()[keep])
    market = _markets(category, names)
    sku, period = np.nonzero(known)
    group = market[sku] * known.shape[1] + period
    # A market in which nothing sold tells nothing of what sold beside what.
    order = np.argsort(group, kind="stable")
    order = order[np.bincount(group, sold[sku, period])[group[order]] > 0]
    sku, period, group = sku[order], period[order], group[order]
    first = np.r_[np.flatnonzero(np.r_[True, np.diff(group) > 0]), len(group)]
    kinds = {kind: part[keep][sku, period] for kind, part in panel.promoted.items()}
    event = np.max([part for kind, part in kinds.items() if kind != UNTOLD] or [np.zeros(len(sku))], axis=0)
    return Cells(
        sku.astype(np.int64), sold[sku, period], days[sku, period], log_price[sku, period], np.log(rate[sku] * days[sku, period]),
        np.array(list(kinds.values())).T.reshape(len(sku), len(kinds)), event, *_cut(panel, keep, sku, period), first.astype(np.int64), group[first[:-1]] // known.shape[1], group[first[:-1]] % known.shape[1],
        np.full(len(first) - 1, _POISSON), market, category, len(names), np.ones(len(sku)), *unseen(len(category)), *unseen(len(names)), *unseen(len(category)),
    )  # fmt: skip


def _cut(panel: PricePanel, keep: NDArray[np.bool_], sku: Ints, period: Ints) -> tuple[Ints, Floats]:
    """The cells of the panel's days with a shelf that ran empty, and the units of these; cells without a day besides have none."""
    cell = np.full((len(keep), len(panel.days)), -1, np.int64)
    cell[np.flatnonzero(keep)[sku], period] = np.arange(len(sku))
    found = cell[panel.cut.place, panel.cut.period]
    return found[found >= 0], panel.cut.units.to_numpy(np.float64)[found >= 0]


def unseen(size: int) -> tuple[Floats, Floats]:
    """Of data that are not looked at yet."""
    return np.full(size, MEAN[0]), np.zeros(size)


def _numbered(names: NDArray[Any]) -> tuple[Ints, list[str]]:
    found, number = np.unique(names.astype(str), return_inverse=True)
    return number.astype(np.int64), list(found)


def _markets(category: Ints, names: list[str]) -> Ints:
    """The market of each SKU: its category, or one for all categories of few SKUs and for what has no category."""
    count = np.where(np.isin(names, ["", "None", "nan"]), 0, np.bincount(category))
    return np.where(count[category] >= FEWEST, category + 1, 0)


def places(cells: Cells) -> dict[str, slice]:
    """Where each kind of unknown stands among all."""
    skus, kinds = len(cells.category), cells.promoted.shape[1]
    sizes = {
        "mean": 1,
        "between": 1,
        "within": 1,
        "category": cells.categories,
        "sku": skus,
        "level": skus,
        "lift": kinds,
    }
    ends = np.cumsum(list(sizes.values()))
    return {name: slice(int(end - size), int(end)) for (name, size), end in zip(sizes.items(), ends, strict=True)}


def unknowns(z: Any, cells: Cells, xp: Any = np) -> dict[str, Any]:
    """What standard normal z (draws × unknowns, or one draw's) stands for, by name; xp: numpy, or pytensor.tensor.

    mean; between, within: deviations; category (× categories), sku (× SKUs): elasticities; level (× SKUs), lift (× kinds), in log demand.
    """
    at = {name: z[..., place] for name, place in places(cells).items()}
    made = {name: xp.exp(scale[0] + scale[1] * at[name]) for name, scale in (("between", BETWEEN), ("within", WITHIN))}
    made["mean"] = MEAN[0] + MEAN[1] * at["mean"]
    made["category"] = _drawn_to(
        made["mean"], made["between"], cells.category_near, cells.category_weight, at["category"]
    )
    made["sku"] = _drawn_to(made["category"][..., cells.category], made["within"], cells.near, cells.weight, at["sku"])
    made["level"] = _drawn_to(0.0, LEVEL, cells.level_near, cells.level_weight, at["level"])
    return made | {"lift": PROMOTED * at["lift"]}


def _drawn_to(mean: Any, deviation: Any, near: Floats, weight: Floats, z: Any) -> Any:
    """price_density.drawn_to's value."""
    narrow = 1 / (weight + deviation**-2)
    return narrow * (weight * near + mean * deviation**-2) + narrow**0.5 * z


def model(cells: Cells) -> Any:
    """The model of these cells in PyMC, each market's level in a period being the likeliest; price_density is its equal."""
    import pymc as pm
    import pytensor.tensor as pt

    group = np.repeat(np.arange(len(cells.first) - 1), np.diff(cells.first))
    size = cells.size[group]

    def summed(table: Any) -> Any:
        return pt.inc_subtensor(pt.zeros(len(cells.first) - 1)[group], table)  # type: ignore[no-untyped-call]

    with pm.Model() as made:
        z = pm.Flat("z", shape=places(cells)["lift"].stop)
        of, at = unknowns(z, cells, pt), places(cells)
        for name in ("mean", "between", "within", "lift"):
            pm.Potential(f"of {name}", pm.logp(pm.Normal.dist(), z[at[name]]).sum())
        for name, mean, deviation, weight in (
            ("category", of["mean"], of["between"], cells.category_weight),
            ("sku", of["category"][cells.category], of["within"], cells.weight),
            ("level", 0.0, LEVEL, cells.level_weight),
        ):
            volume = -pt.log(weight + deviation**-2.0) / 2  # of a step of z
            pm.Potential(f"of {name}", (pm.logp(pm.Normal.dist(mean, deviation), of[name]) + volume).sum())
        far = cells.level_weight * (of["level"] - cells.level_near)
        for market in np.unique(
            cells.home
        ):  # what all levels of a market have in common, its periods' levels would undo
            here = np.flatnonzero(cells.home == market)
            total = max(cells.level_weight[here].sum(), 1e-9)
            pm.Potential(f"pinned {market}", -(far[here].sum() ** 2) / (2 * total))
        logged = (
            cells.usual + of["level"][cells.sku] + of["sku"][cells.sku] * cells.log_price + cells.promoted @ of["lift"]
        )
        base = pt.exp(logged)
        level = pt.log(np.bincount(group, cells.heed * cells.sold) / summed(cells.heed * base))
        for _ in range(_ROUNDS):
            mean = base * pt.exp(level[group])
            share = size / (size + mean)
            level = level + summed((cells.sold - mean) * share) / summed(mean * share**2 * (size + cells.sold) / size)
        pm.NegativeBinomial("sold", mu=base * pt.exp(level[group]), alpha=size, observed=cells.sold)
    return made
