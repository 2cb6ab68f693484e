"""What is found of the cells before anything is drawn: how widely sales scatter, what empty shelves hid, and where each SKU's own data lie."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from shopkeeper.pricing.price_density import log_density, means
from shopkeeper.pricing.price_model import Cells, places, unknowns
from shopkeeper.split_sampler import likeliest

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ROUNDS = 3  # in which the spread of sales is learnt, and what was wanted where shelves ran empty
_RARE = 1e-12  # a chance below which numbers tell nothing
_FARTHEST = 3.0  # from a SKU's elasticity, that its own data are taken to have it
_LEAST_FREE = 0.2  # share of a squared error; cells that levels follow more closely tell nothing
_LEAST_SPREAD = 1e-4  # over-dispersion of a market's sales, at least


def looked_at(cells: Cells) -> Cells:
    """The cells with the spread of each market's sales around what levels, prices and promotions tell, what was wanted on days on which a shelf
    ran empty, and where each SKU's own data lie. Sales are told in packs: so many units as make what is left negative binomial.
    """
    start, pack = np.zeros(places(cells)["lift"].stop), np.ones(len(cells.sold))
    # Seen from where each SKU's data lie, the top is found in a tenth of the steps.
    seen = _near(cells, unknowns(start, cells), means(start, cells))
    for _ in range(_ROUNDS):
        top = likeliest(partial(density, seen), len(start))
        daily = means(top, seen) * pack / seen.days
        full = _filled(cells, pack, seen.size[_groups(cells)], daily)
        mean = daily * full.days
        pack, size = _spread(full._replace(size=seen.size), pack, mean)
        in_packs = full._replace(
            log_price=seen.log_price, sold=full.sold / pack, usual=full.usual - np.log(pack), size=size
        )
        seen = _near(in_packs, unknowns(top, seen), mean / pack)
    return seen


def _groups(cells: Cells) -> Ints:
    """Of each cell, the number of its market and period."""
    return np.repeat(np.arange(len(cells.size)), np.diff(cells.first))


def _filled(cells: Cells, pack: Floats, size: Floats, daily: Floats) -> Cells:
    """The cells with the days on which shelves ran empty: of each what is expected where at least so many were wanted.

    To leave them out would leave out the days that sold best; to take what was sold, what was not.
    """
    if not len(cells.cut):
        return cells
    mean = daily[cells.cut]
    wanted = wanted_at_least(cells.cut_sold, mean, 1 / (1 / size[cells.cut] + (pack[cells.cut] - 1) / mean))
    count = len(cells.sold)
    days = cells.days + np.bincount(cells.cut, minlength=count)
    return cells._replace(
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
    group = _groups(cells)
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


def _spread(cells: Cells, pack: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """Of each cell its pack, of each market and period its size: the variance of a cell's sales is pack × mean + mean² / size, by its market's squared errors.

    Who buys two or three at once makes sales scatter in proportion, tastes and weather make them scatter with their square.
    """
    market = np.repeat(cells.market, np.diff(cells.first))
    squared = (cells.sold - mean) ** 2 / mean / _free(cells, pack, mean)
    pack, excess = _line(squared, mean, market)
    return pack[market], 1 / excess[cells.market]


def _free(cells: Cells, pack: Floats, mean: Floats) -> Floats:
    """Of each cell, the share of its squared error that is left, levels of SKUs and of periods being learnt from it too."""
    group = _groups(cells)
    heard = mean / (pack + mean / cells.size[group])
    taken = sum(heard / np.bincount(by, heard)[by] for by in (cells.sku, group))
    return np.asarray(np.maximum(1 - taken, _LEAST_FREE))


def _line(of: Floats, along: Floats, market: Ints) -> tuple[Floats, Floats]:
    """By market, level (1 or more) and slope (above 0) of the line through `of`, cells of large sales scattering more and heard less."""
    weight = (
        1 / (1 + along / np.maximum(np.bincount(market, along) / np.maximum(np.bincount(market), 1), 1e-9)[market]) ** 2
    )
    total, first, second, of_level, of_slope = (
        np.bincount(market, weight * part) for part in (np.ones(len(along)), along, along**2, of, of * along)
    )
    apart = np.maximum(total * second - first**2, 1e-9)
    slope = np.maximum((total * of_slope - first * of_level) / apart, _LEAST_SPREAD)
    level = np.maximum((of_level - slope * first) / np.maximum(total, 1e-9), 1.0)
    # A level that had to be raised leaves less to the slope.
    slope = np.maximum((of_level - level * total) / np.maximum(first, 1e-9), _LEAST_SPREAD)
    return level, slope
