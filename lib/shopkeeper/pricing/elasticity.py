"""Elasticities: by how many percent a SKU sells less when it costs 1% more, beside the others of its category."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import nbinom

from shopkeeper.pricing.category_response import category_response, heard_markets
from shopkeeper.pricing.panel import PricePanel
from shopkeeper.pricing.price_density import log_density, means
from shopkeeper.pricing.price_model import Cells, cells_of, places, told_skus, unknowns
from shopkeeper.sampler import draw_many, likeliest
from shopkeeper.tables import DataError

Floats = NDArray[np.float64]

_DRAWS = 500  # kept of those made
_ROUNDS = 3  # in which the spread of sales is learnt, and what was wanted where shelves ran empty
_RARE = 1e-12  # a chance below which numbers tell nothing
_FARTHEST = 3.0  # from a SKU's elasticity, that its own data are taken to have it
_LEAST_SPREAD = 1e-4  # over-dispersion of a market's sales, at least


@dataclass(frozen=True)
class Elasticities:
    """Draws of elasticities. of: rows of sku, category, market of the SKUs, in the order of their draws.

    beside  draws × SKUs: of what a SKU sells beside the others of its market, to its own price
    power   draws × SKUs: how far its market's demand follows all its prices (category_response)
    share   by SKU, of its market's units while it could be bought; units: all that it sold
    brand   draws, mean of beside by units; lift: by kind of promotion, draws of what it does beside its price, in log demand
    markets how many tell power; 0 where it is what was believed before the data
    checks  of the sampler
    """

    of: pd.DataFrame
    beside: Floats
    power: Floats
    share: Floats
    units: Floats
    brand: Floats
    lift: dict[str, Floats]
    markets: int
    checks: dict[str, float]

    @property
    def own(self) -> Floats:
        """Draws × SKUs: of its units to its own price, what it takes from neighbours and what its category gains together."""
        return np.asarray(self.beside * (1 - (1 - self.power) * self.share))

    @property
    def by_sku(self) -> pd.DataFrame:
        """One row per SKU: sku, category, market, elasticity (own, mean), low, high (90%)."""
        return self.of.assign(**_told(self.own))

    @property
    def by_category(self) -> pd.DataFrame:
        """One row per category: elasticity (mean of its SKUs' own, by units), low, high (90%); beside_*: of what its SKUs sell beside each other;
        together_*: of its units to all its prices.
        """
        names, place = np.unique(self.of.category.astype(str), return_inverse=True)
        weight = np.zeros((len(names), len(place)))
        weight[place, np.arange(len(place))] = self.units
        weight /= weight.sum(axis=1, keepdims=True)
        told = _told(self.own @ weight.T)
        for kind, draws in (("beside", self.beside), ("together", self.beside * self.power)):
            told |= {f"{kind}_{name}": column for name, column in _told(draws @ weight.T).items()}
        return pd.DataFrame({"category": names} | told)


def fit_elasticities(panel: PricePanel, seed: int) -> Elasticities:
    """Elasticities of the SKUs of a panel, drawn to those of their categories, and these to the brand's.

    DataError where no two SKUs have sold 20 units at known prices.
    """
    keep = told_skus(panel)
    if keep.sum() < 2:
        raise DataError(
            f"order_lines: {int(keep.sum())} of {len(keep)} SKUs have sold 20 units at prices that are known. What a price does is "
            "learnt from SKUs side by side: export lines with quantity and price over more weeks."
        )
    cells = looked_at(cells_of(panel))
    drawn = draw_many(partial(density, cells), places(cells)["lift"].stop, seed)
    flat = drawn.flat[:: max(len(drawn.flat) // _DRAWS, 1)]
    found = unknowns(flat, cells)
    return Elasticities(
        panel.skus.loc[keep, ["sku", "category"]].reset_index(drop=True).assign(market=cells.home), found["sku"],
        category_response(cells, flat, panel, seed), _shares(cells), np.bincount(cells.sku, cells.sold, len(cells.category)).astype(np.float64), _brand(found["sku"], cells),
        dict(zip(panel.promoted, found["lift"].T, strict=True)), len(heard_markets(cells)), drawn.checks,
    )  # fmt: skip


def _brand(beside: Floats, cells: Cells) -> Floats:
    units = np.bincount(cells.sku, cells.sold, len(cells.category))
    return np.asarray(beside @ (units / units.sum()))


def _shares(cells: Cells) -> Floats:
    """Of each SKU, what it sold of all that its market did in the periods in which it could be bought."""
    group = np.repeat(np.arange(len(cells.size)), np.diff(cells.first))
    market = np.bincount(group, cells.sold)[group]
    count = len(cells.category)
    return np.asarray(np.bincount(cells.sku, cells.sold, count) / np.bincount(cells.sku, market, count))


def looked_at(cells: Cells) -> Cells:
    """The cells with the spread of each market's sales around what levels, prices and promotions tell, what was wanted on days on which a shelf
    ran empty, and where each SKU's own data lie.
    """
    seen = cells
    for _ in range(_ROUNDS):
        top = likeliest(partial(density, seen), places(cells)["lift"].stop)
        mean = means(top, seen)
        seen = seen._replace(size=_sizes(seen, mean))
        daily = mean / seen.days
        seen = _filled(cells, seen, daily)
        seen = _near(seen, unknowns(top, seen), daily * seen.days)
    return seen


def _filled(cells: Cells, seen: Cells, daily: Floats) -> Cells:
    """seen, with the days on which shelves ran empty: of each what is expected where at least so many were wanted.

    To leave them out would leave out the days that sold best; to take what was sold, what was not. cells: without these days.
    """
    if not len(cells.cut):
        return seen
    group = np.repeat(np.arange(len(cells.size)), np.diff(cells.first))
    wanted = wanted_at_least(cells.cut_sold, daily[cells.cut], seen.size[group[cells.cut]])
    count = len(cells.sold)
    days = cells.days + np.bincount(cells.cut, minlength=count)
    return seen._replace(
        sold=cells.sold + np.bincount(cells.cut, wanted, count),
        days=days,
        usual=cells.usual + np.log(days / cells.days),
    )


def wanted_at_least(sold: Floats, mean: Floats, size: Floats) -> Floats:
    """Mean of what is negative binomial (variance mean + mean² / size), where it is at least what was sold.

    k × its chance at k is the mean × that at k - 1 of one of size + 1 and the same chance of success.
    """
    chance = size / (size + mean)
    above, beyond = nbinom.sf(sold - 1, size, chance), nbinom.sf(sold - 2, size + 1, chance)
    return np.asarray(np.maximum(np.where(above > _RARE, mean * beyond / np.maximum(above, _RARE), sold), sold))


def density(cells: Cells, z: Floats) -> tuple[float, Floats]:
    """The log density of these cells at the unknowns z, and its slope."""
    value, slope = log_density(z, cells)
    return float(value), slope


def _near(cells: Cells, of: dict[str, Floats], mean: Floats) -> Cells:
    """Where the data alone would have each elasticity, and their information, the levels of SKUs and of periods being learnt too."""
    group = np.repeat(np.arange(len(cells.size)), np.diff(cells.first))
    size = cells.size[group]
    heard = mean * size / (size + mean)
    off = (cells.sold - mean) * size / (size + mean)
    free = heard * (1 - heard / np.bincount(group, heard)[group])
    skus = len(cells.category)

    def summed(values: Floats) -> Floats:
        return np.asarray(np.bincount(cells.sku, values, skus), np.float64)

    middle = summed(free * cells.log_price) / np.maximum(summed(free), 1e-9)
    apart = cells.log_price - middle[cells.sku]
    weight = summed(free * apart**2)
    free_of = np.maximum(summed(free), 1e-9)
    # One step from the top tells where data alone would have it, as far as they have much to say.
    near = of["sku"] + np.clip(summed(off * apart) / np.maximum(weight, 1e-9), -_FARTHEST, _FARTHEST)
    known = 1 / (1 / np.maximum(weight, 1e-9) + of["within"] ** 2)
    by_category = np.asarray(np.bincount(cells.category, known, cells.categories), np.float64)
    pooled = np.bincount(cells.category, known * near, cells.categories) / by_category
    # Prices are told from where a SKU's data weigh, so that what its level is says nothing of its elasticity.
    level = of["level"] + of["sku"] * middle + summed(off) / free_of
    return cells._replace(
        heed=size / (size + mean), log_price=apart, near=near, weight=weight, category_near=pooled, category_weight=by_category, level_near=level, level_weight=free_of
    )  # fmt: skip


def _sizes(cells: Cells, mean: Floats) -> Floats:
    """Of each market and period, by moments: what squared errors of its market are beyond those of chance."""
    market = np.repeat(cells.market, np.diff(cells.first))
    count, groups = np.bincount(market), np.bincount(cells.market)
    skus = np.bincount(np.unique(np.c_[market, cells.sku], axis=0)[:, 0], minlength=len(count))
    # Levels of SKUs and of periods are learnt from the same cells.
    free = count / np.maximum(count - skus - groups, 1)
    over = np.bincount(market, (cells.sold - mean) ** 2) * free - np.bincount(market, mean)
    excess = np.maximum(over / np.maximum(np.bincount(market, mean**2), 1e-9), _LEAST_SPREAD)
    return np.asarray(1 / excess[cells.market])


def _told(draws: Floats) -> dict[str, Floats]:
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return {"elasticity": draws.mean(axis=0), "low": low, "high": high}
