"""The spread: how far demand strays from its forecast, learnt from earlier origins, and sample paths that stray as far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln
from scipy.stats import t as student

from shopkeeper.demand.classes import CLASSES

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_LEAST = 0.01  # relative variance below which nothing is drawn
_MOST = 1e3  # relative variance beyond which paths are nothing but zeros
_TINY = 0.01  # units expected below which an outcome says nothing
_READ = 20_000  # outcomes of a class that are looked at
_RANGE = (-9.0, 6.0)  # of the logarithms of both parts
_PART = 4  # of the brand's squared errors over all days a quarter at least is lasting


@dataclass(frozen=True)
class Errors:
    """One earlier origin: forecast and what was wanted, SKUs × days, units; days to leave out; class and category of each SKU."""

    forecast: Floats
    wanted: Floats
    left_out: Bools
    kind: NDArray[np.str_]
    category: NDArray[np.int64]


class Relative(NamedTuple):
    """A relative variance that falls with size: fixed + scarce / units expected. What is bought by the case strays so."""

    fixed: float
    scarce: float

    def of(self, units: Floats) -> Floats:
        """At so many units expected."""
        return np.asarray(np.clip(self.fixed + self.scarce / np.maximum(units, 1e-9), _LEAST, _MOST))


@dataclass(frozen=True)
class Spread:
    """Relative variances of demand around its forecast, beyond the chance of single purchases (Poisson).

    day: by class, of a SKU on a day by itself. sku: by class, of a SKU over all days ahead. category, brand: of what all
    SKUs of one share over all days ahead; week: of what the brand shares in a week by itself.
    """

    day: Mapping[str, Relative]
    sku: Mapping[str, Relative]
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
        day[kind], lasting = (
            Relative(*(near * own + (1 - near) * of_all for own, of_all in zip(one, whole, strict=True)))
            for one, whole in ((alone, common[0]), (lasting, common[1]))
        )
        sku[kind] = Relative(max(lasting.fixed - category - brand, 0.0), lasting.scarce)
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


def _of_skus(past: Sequence[Errors], kind: str | None) -> tuple[Relative, Relative]:
    """Of a day by itself, and over all days ahead, of the SKUs of a class, or of all."""
    days, sums = [], []
    for error in past:
        here = np.ones(len(error.kind), bool) if kind is None else error.kind == kind
        seen = ~error.left_out[here]
        f, w = error.forecast[here] * seen, error.wanted[here] * seen
        days.append((f[seen], w[seen]))
        sums.append((f.sum(axis=1), w.sum(axis=1), (f**2).sum(axis=1)))
    daily = _likeliest(*map(np.concatenate, zip(*days, strict=True)))
    total, came, of_days = map(np.concatenate, zip(*sums, strict=True))
    whole = _likeliest(total, came)
    # What the fixed part of a day by itself leaves in the sum of all.
    ratio = float((of_days / np.maximum(total, _TINY) ** 2)[total > _TINY].mean()) if (total > _TINY).any() else 0.0
    fixed = max((whole.fixed - ratio * daily.fixed) / max(1 - ratio, 1e-9), 0.0)
    days_each = max(float((~past[0].left_out).sum(axis=1).max()), 2.0)
    scarce = max((whole.scarce - daily.scarce) / (1 - 1 / days_each), 0.0)
    return (
        Relative(max(daily.fixed - fixed, 0.0), max(daily.scarce - scarce / days_each, 0.0)),
        Relative(fixed, scarce),
    )


def _likeliest(expected: Floats, wanted: Floats) -> Relative:
    """The relative variance under which outcomes are likeliest, as negative binomials around what was expected.

    Squared errors would be ruled by a few bulk orders; a likelihood asks how far the many stray.
    """
    there = np.flatnonzero(expected > _TINY)
    if not len(there):
        return Relative(_LEAST, 0.0)
    chosen = there[:: -(-len(there) // _READ)]
    mean, came = expected[chosen], np.maximum(wanted[chosen], 0.0)

    def lack(logs: Floats) -> float:
        return -_chance(mean, came, Relative(*np.exp(logs)))

    start = min(product(np.linspace(-5, 3, 5), repeat=2), key=lambda logs: lack(np.array(logs)))
    found = minimize(lack, start, method="Nelder-Mead", bounds=[_RANGE, _RANGE], options={"fatol": 0.05}).x
    return Relative(*(float(part) for part in np.exp(found)))


def _chance(mean: Floats, came: Floats, relative: Relative) -> float:
    shape = 1 / relative.of(mean)
    return float((
        gammaln(came + shape) - gammaln(shape) + shape * np.log(shape / (shape + mean)) + came * np.log(mean / (shape + mean))
    ).sum())  # fmt: skip


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
    sku = _by_class(spread.sku, kind, mean.sum(axis=1, keepdims=True))
    day = _by_class(spread.day, kind, mean)
    for path in range(count):
        rate = mean * shared[path] * luck.gamma(1 / sku, sku)
        made[path] = luck.poisson(rate * luck.gamma(1 / day, day))
    return made


def _by_class(relative: Mapping[str, Relative], kind: NDArray[np.str_], units: Floats) -> Floats:
    """The relative variance of each SKU at the units expected of it: SKUs × columns of units."""
    made = np.empty_like(units)
    for name in np.unique(kind):
        made[kind == name] = relative[str(name)].of(units[kind == name])
    return made


def _factors(luck: np.random.Generator, variance: float, shape: tuple[int, ...]) -> Floats:
    """Factors of mean 1 and that variance."""
    return np.ones(shape) if variance < 1e-6 else luck.gamma(1 / variance, variance, shape)
