"""Unconstrained demand: what would have sold on days on which the shelf was empty.

Sales of such a day say that demand was at least as high: a censored observation. Leaving such days out is worse than trusting
them, since they are the days of high demand.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammainc

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_HALF = 60  # days before and after that tell a day's level
_ROUNDS = 30
_NARROWEST = 1.0  # size below which what is hidden would be told by the tail alone
_WIDEST = 20.0  # size above which a negative binomial is as good as Poisson
_DRAWN = 10.0  # how far a SKU's spread is drawn to all SKUs', in squared units
_BLIND = 60.0  # days of its usual level that stand in for a SKU where all days around are censored
_SURE = 3.0  # units that a day has to move before it counts as other than usual


class Alike(NamedTuple):
    """Of each row the number of its SKU, and its share of what the SKU sells in all its rows."""

    sku: NDArray[np.int64]
    share: Floats


@dataclass(frozen=True)
class Demand:
    """SKUs × days. units: sales, and on censored days the demand expected given that it was no less; mean: the level of the
    day; size: by SKU, of the negative binomial around it (variance mean + mean²/size; infinite: Poisson).
    """

    units: Floats
    mean: Floats
    size: Floats


def unconstrain(sales: Floats, is_out: Bools, is_promoted: Bools | None = None, alike: Alike | None = None) -> Demand:
    """The demand behind sales of which some are censored, by SKU and day.

    sales: SKUs × days, units; NaN while not on sale. is_out: where demand was at least the sales. is_promoted: days on which
    a SKU was in a promotion. alike: rows that are one SKU's in several warehouses, and each one's usual share of it.

    The level of a day is the mean demand of the 60 days around it, times a factor of the weekday or, of SKUs in a promotion, of
    that very day; demand is spread around it as a negative binomial. Fitted by EM; a SKU's sizes by their moments.

    Source: Tobin (1958), Econometrica 26(1), 24-36, for the censored likelihood; Dempster, Laird & Rubin (1977), JRSS B 39(1).
    """
    on_sale = ~np.isnan(sales)
    known = np.where(on_sale, sales, 0.0)
    promoted = np.zeros_like(on_sale) if is_promoted is None else is_promoted
    censored = is_out & on_sale
    alike = Alike(np.arange(len(sales)), np.ones(len(sales))) if alike is None else alike
    units, square, size = known.copy(), known**2, np.full(len(sales), np.inf)
    for _ in range(_ROUNDS if censored.any() else 1):
        mean = _level(units, on_sale, promoted, censored, alike)
        size = _sizes(units, square, mean, on_sale)
        cells = known[censored], mean[censored], np.broadcast_to(size[:, None], mean.shape)[censored]
        units[censored], square[censored] = moments_beyond(*cells)
    return Demand(np.where(on_sale, units, np.nan), mean, size)


def moments_beyond(least: Floats, mean: Floats, size: Floats) -> tuple[Floats, Floats]:
    """E[D | D ≥ least] and E[D² | D ≥ least] of negative binomials; Poisson where size is infinite.

    By size-biasing: E[D; D ≥ s] = mean × P(D' ≥ s - 1), D' of size + 1 and the same odds; and so once more.
    """
    grown = np.where(np.isinf(size), 1.0, 1 + 1 / size)
    beyond = np.maximum(_at_least(least, mean, size, 0), 1e-290)
    first = mean * _at_least(least - 1, mean, size, 1) / beyond
    falling = mean**2 * grown * _at_least(least - 2, mean, size, 2) / beyond
    # Far beyond the level no probability is left: the day's own sales are all that is known.
    first = np.maximum(first, least)
    return first, np.maximum(falling + first, first**2)


def _at_least(least: Floats, mean: Floats, size: Floats, biased: int) -> Floats:
    """P(D ≥ least) of a negative binomial of size + biased with the odds of mean and size."""
    count, mean = np.maximum(least, 1e-9), np.maximum(mean, 1e-12)
    poisson = gammainc(count, mean)
    finite = np.where(np.isinf(size), 1.0, size)
    negative = betainc(count, finite + biased, mean / (finite + mean))
    return np.asarray(np.where(least <= 0, 1.0, np.where(np.isinf(size), poisson, negative)))


def _level(units: Floats, on_sale: Bools, promoted: Bools, censored: Bools, alike: Alike) -> Floats:
    """The mean of each day: the level around it, times the factor of its weekday or, of promoted SKUs, of the very day.

    Where nearly all days around are censored they cannot tell a level: it is drawn to that of the SKU's other days, and
    of other warehouses.
    """
    count = np.maximum(_around(on_sale * 1.0), 1.0)
    base = _around(units) / count
    blind = _around(censored * 1.0) / count
    clear = on_sale & (blind < 0.5)  # a SKU that is out for weeks says nothing of a day
    weekday, plain, moved = np.arange(units.shape[1]) % 7, clear & ~promoted, clear & promoted
    usual, sold = (np.bincount(weekday, (part * plain).sum(axis=0), 7) for part in (base, units))
    peak = ((units * moved).sum(axis=0) + _SURE) / ((base * moved).sum(axis=0) + _SURE)
    factor = np.where(promoted, peak, ((sold + _SURE) / (usual + _SURE))[weekday])
    drawn = _BLIND * blind**4
    told = on_sale & ~censored
    sold, usual = (
        np.bincount(alike.sku, part) for part in ((units * told).sum(axis=1), alike.share * (factor * told).sum(axis=1))
    )
    other = alike.share * (sold / np.maximum(usual, 1.0))[alike.sku]
    level = (_around(units) + drawn * other[:, None]) / np.maximum(_around(factor * on_sale) + drawn, 1e-9)
    return np.asarray(level * factor)


def _around(values: NDArray[np.floating]) -> Floats:
    """Sums over the days around each."""
    total = np.cumsum(np.pad(values, ((0, 0), (_HALF + 1, _HALF))), axis=1)
    return np.asarray(total[:, 2 * _HALF + 1 :] - total[:, : -2 * _HALF - 1])


def _sizes(units: Floats, square: Floats, mean: Floats, on_sale: Bools) -> Floats:
    """By SKU, from how much more demand varies around its level than a Poisson would; drawn to that of all SKUs."""
    # The level holds the day itself, and so lies nearer to it than the true one.
    excess = ((square - 2 * units * mean + mean**2) * (1 + 1 / (2 * _HALF)) - mean) * on_sale
    over, level = excess.sum(axis=1), (mean**2 * on_sale).sum(axis=1)
    common = over.sum() / max(level.sum(), 1e-9)
    heterogeneous = (over + _DRAWN * common) / (level + _DRAWN)
    bounded = np.clip(heterogeneous, 1 / _WIDEST, 1 / _NARROWEST)
    return np.asarray(np.where(heterogeneous > 1 / _WIDEST, 1 / bounded, np.inf))
