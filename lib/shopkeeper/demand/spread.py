"""The spread: how far demand strays from its forecast, learnt from earlier origins, and sample paths that stray as far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from shopkeeper.demand.classes import CLASSES

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_LEAST = 0.01  # relative variance below which nothing is drawn
_PART = 4  # of the brand's squared errors over all days a quarter at least is lasting


@dataclass(frozen=True)
class Errors:
    """One earlier origin: forecast and what was wanted, SKUs × days, units; days to leave out; class and category of each SKU."""

    forecast: Floats
    wanted: Floats
    left_out: Bools
    kind: NDArray[np.str_]
    category: NDArray[np.int64]


@dataclass(frozen=True)
class Spread:
    """Relative variances of demand around its forecast, beyond the chance of single purchases (Poisson).

    day: by class, of a SKU on a day by itself. sku: by class, of a SKU over all days ahead. category, brand: of what all
    SKUs of one share over all days ahead; week: of what the brand shares in a week by itself.
    """

    day: Mapping[str, float]
    sku: Mapping[str, float]
    category: float
    brand: float
    week: float


def learn_spread(past: Sequence[Errors]) -> Spread:
    """By moments: what squared errors of days, of four weeks, of categories and of the brand have beyond what lies below them."""
    brand, week = _shared([error.forecast.sum(axis=0) for error in past], [error.wanted.sum(axis=0) for error in past])
    category = max(_of_categories(past) - brand, 0.0)
    common = _of_skus(past, None)
    day, sku = {}, {}
    for kind in CLASSES:
        alone, lasting = _of_skus(past, kind)
        count = sum((error.kind == kind).sum() for error in past)
        near = count / (count + 30)
        day[kind] = near * alone + (1 - near) * common[0]
        sku[kind] = max(near * lasting + (1 - near) * common[1] - category - brand, 0.0)
    return Spread(day, sku, category, brand, week)


def _shared(forecast: list[Floats], wanted: list[Floats]) -> tuple[float, float]:
    """Relative variances of the brand: over all days ahead, and of weeks by themselves."""
    weekly = [
        np.log((w.reshape(-1, 7).sum(1) + 1) / (f.reshape(-1, 7).sum(1) + 1))
        for f, w in zip(forecast, wanted, strict=True)
    ]
    table = np.array(weekly)
    within = float(table.var(axis=1, ddof=1).mean())
    whole = float(np.mean(table.mean(axis=1) ** 2))
    lasting = max(whole - within / table.shape[1], whole / _PART)
    # Few origins tell a variance badly: intervals are as wide as Student's distribution makes them.
    return lasting * float(student.ppf(0.95, len(table)) / student.ppf(0.95, np.inf)) ** 2, within


def _of_categories(past: Sequence[Errors]) -> float:
    """Relative variance of categories over all days ahead, weighed by their size."""
    squares, sizes = 0.0, 0.0
    for error in past:
        seen = ~error.left_out
        f, w = ((table * seen).sum(axis=1) for table in (error.forecast, error.wanted))
        # What single SKUs bring to it by chance is taken off.
        by, of, chance = (np.bincount(error.category, part) for part in (f, w, (w - f) ** 2))
        squares += float((((of - by) ** 2) - chance).sum())
        sizes += float((by**2).sum() - (f**2).sum())
    return max(squares / sizes, 0.0) if sizes > 0 else 0.0


def _of_skus(past: Sequence[Errors], kind: str | None) -> tuple[float, float]:
    """Of a day by itself, and over all days ahead, of the SKUs of a class, or of all."""
    day, days, total, totals, ratio = 0.0, 0.0, 0.0, 0.0, 0.0
    for error in past:
        here = np.ones(len(error.kind), bool) if kind is None else error.kind == kind
        seen = ~error.left_out[here]
        f, w = error.forecast[here] * seen, error.wanted[here] * seen
        day += float(((w - f) ** 2 - f).sum())
        days += float((f**2).sum())
        sums = f.sum(axis=1)
        total += float(((w.sum(axis=1) - sums) ** 2 - sums).sum())
        totals += float((sums**2).sum())
    if not totals or not days:
        return _LEAST, _LEAST
    ratio = days / totals  # what a day by itself leaves in the sum of all
    lasting = (total / totals - ratio * day / days) / (1 - ratio)
    return max(day / days - max(lasting, 0.0), _LEAST), max(lasting, _LEAST)


def sample_paths(
    mean: Floats, kind: NDArray[np.str_], category: NDArray[np.int64], spread: Spread, count: int, seed: int
) -> NDArray[np.int32]:
    """Paths of demand that add up by construction: count × SKUs × days, whole units.

    mean: SKUs × days, units. Each path draws one factor of the brand, one of each of its weeks, of each category and SKU,
    and then each day's units from a negative binomial.
    """
    luck = np.random.default_rng(seed)
    skus, days = mean.shape
    weeks = np.repeat(np.arange(-(-days // 7)), 7)[:days]
    brand = (
        _factors(luck, spread.brand, (count, 1, 1))
        * _factors(luck, spread.week, (count, 1, weeks[-1] + 1))[:, :, weeks]
    )
    shared = brand * _factors(luck, spread.category, (count, category.max() + 1, 1))[:, category]
    made = np.empty((count, skus, days), np.int32)
    day, sku = (np.array([by[one] for one in kind])[:, None] for by in (spread.day, spread.sku))
    for path in range(count):
        rate = mean * shared[path] * luck.gamma(1 / np.maximum(sku, _LEAST), np.maximum(sku, _LEAST))
        made[path] = luck.poisson(rate * luck.gamma(1 / day, np.broadcast_to(day, mean.shape)))
    return made


def _factors(luck: np.random.Generator, variance: float, shape: tuple[int, ...]) -> Floats:
    """Factors of mean 1 and that variance."""
    return np.ones(shape) if variance < 1e-6 else luck.gamma(1 / variance, variance, shape)
