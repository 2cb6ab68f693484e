"""The baseline: what would have sold on each day without promotions, learnt from the days that none of them touches or only empties."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.interpolate import BSpline
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from shopkeeper.demand.occasions import calendar

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

BEFORE, AFTER = 14, 28  # days around a promotion that it may have emptied
DRAWS = 1_000
_KNOT = 14  # days between the knots of the trend
_BEFORE_AT, _AFTER_AT = (
    (1, 7),
    (1, 7, 14),
)  # days from the promotion at which its shape is free; it has ended at BEFORE and AFTER
_DRIFT = (0.003, 0.01, 0.03, 0.06, 0.12)
_APART = (0.03, 0.1, 0.3)  # that of what a promotion empties, from what promotions of its size usually do
_EMPTIED = (0.1, 0.4)  # that of what promotions of usual size do on a day around them, in log sales; without a sign
_LAGS = 7  # days over which what the trend leaves may hang together
_ROUNDS, _CLOSE = 40, 1e-6


class Spans(NamedTuple):
    """Day numbers of the first and the last day of each promotion; size: what it lifts, beside the others, 1 on average."""

    first: Ints
    last: Ints
    size: Floats

    def days(self, number: int) -> slice:
        """The days of one promotion that are known."""
        return slice(max(int(self.first[number]), 0), int(self.last[number]) + 1)


@dataclass(frozen=True)
class Baseline:
    """Draws of a series without promotions. level: draws × days, log of what would sell where no promotion is near; emptied: draws × promotions × days,
    what each adds to it on the days around it (negative where it empties them); spread: variance by mean, of sums over some days.
    """

    level: Floats
    emptied: Floats
    spread: float

    def without(self, number: int) -> Floats:
        """Draws × days: the mean of sales if this promotion had not been, and the others had."""
        return np.asarray(np.exp(self.level + self.emptied.sum(axis=1) - self.emptied[:, number]))


class _Fit(NamedTuple):
    """The mean of the unknowns, the lower triangle of their information, and the log evidence."""

    mean: Floats
    triangle: Floats
    evidence: float


class _Model(NamedTuple):
    """Days × unknowns, the days that are heard, and which unknowns are bends of the trend, and promotions' own."""

    design: Floats
    heard: Bools
    drifting: slice
    own: slice


def fit_baseline(sales: Floats, when: tuple[pd.DatetimeIndex, str], known: tuple[Spans, Floats], seed: int) -> Baseline:
    """Of daily sales; days inside promotions are masked.

    when: the days, and the country whose days off they have. known: promotions, and what is known beforehand of each day's log level. Quasi-Poisson, with
    a drifting level, weekdays and days off; what promotions empty around them is of one shape for all, times their size, from which each strays. Drift
    and straying are averaged over a grid, by their evidence. Source of the evidence: Tierney & Kadane (1986), JASA 81(393), 82-86.
    """
    model, shapes = _model(*when, known[0])
    spread = 1.0
    for _ in range(2):
        spread = _spread(sales, model, known[1], spread)
    fits = [_fit(sales, model, known[1], (spread, prior)) for prior in _priors(model)]
    evidence = np.array([fit.evidence for fit in fits])
    weights, luck = np.exp(evidence - evidence.max()), np.random.default_rng(seed)
    counts = luck.multinomial(DRAWS, weights / weights.sum())
    drawn = np.vstack([_draws(fit, int(count), luck) for fit, count in zip(fits, counts, strict=True)])
    luck.shuffle(drawn)
    ground = model.drifting.stop
    level = known[1] + drawn[:, :ground] @ model.design[:, :ground].T
    emptied = np.stack([_of_one(drawn, model, shapes, number) for number in range(len(shapes))], axis=1)
    return Baseline(level, emptied, spread)


def _of_one(drawn: Floats, model: _Model, shapes: Floats, number: int) -> Floats:
    """Draws × days: what one promotion adds around itself."""
    common = drawn[:, model.drifting.stop : model.own.start]
    mine = drawn[:, model.own][:, 2 * number : 2 * number + 2]
    return np.asarray(common @ shapes[number].T + mine @ _ramps(shapes[number]).T)


def _ramps(shape: Floats) -> Floats:
    """Days × 2: before and after, in the form of which a promotion strays: full next to it, ended where its shape ends."""
    before = len(_BEFORE_AT)
    steps = np.r_[1 - np.array(_BEFORE_AT) / BEFORE, 1 - np.array(_AFTER_AT) / AFTER]
    return np.asarray(np.c_[shape[:, :before] @ steps[:before], shape[:, before:] @ steps[before:]])


def _model(days: pd.DatetimeIndex, country: str, spans: Spans) -> tuple[_Model, Floats]:
    """The model, and the shapes: promotions × days × what is free of a shape, times the promotion's size."""
    number, heard = np.arange(len(days)), np.ones(len(days), bool)
    shapes = np.stack([_shape(number, *span) for span in zip(*spans, strict=True)])
    for event in range(len(spans.first)):
        heard[spans.days(event)] = False
    when = calendar(country, days)
    week = (when.weekday.to_numpy()[:, None] == np.arange(1, 7)).astype(np.float64)
    slope = (number - number.mean()) / len(days)
    plain = np.c_[np.ones(len(days)), slope, week, when[["is_off", "off_nearby"]].to_numpy()]
    trend, common = _trend(len(days)), shapes.sum(axis=0)
    own = np.concatenate([_ramps(shape) for shape in shapes], axis=1)
    design = np.c_[plain, trend, common, own]
    end = plain.shape[1] + trend.shape[1]
    return _Model(design, heard, slice(plain.shape[1], end), slice(end + common.shape[1], design.shape[1])), shapes


def _shape(day: Ints, first: int, last: int, size: float) -> Floats:
    """Days × 5: piecewise straight between the days at which it is free, flat up to the promotion, and none from BEFORE and AFTER on."""
    made = []
    for away, at, end in ((first - day, _BEFORE_AT, BEFORE), (day - last, _AFTER_AT, AFTER)):
        for place in range(len(at)):
            height = np.r_[np.arange(len(at)) == place, 0.0]
            made.append(np.where((away >= 1) & (away < end), np.interp(away, [*at, end], height), 0.0))
    return size * np.stack(made, axis=1)


def _trend(days: int) -> Floats:
    """Days × steps: how the slope of the log level may change from knot to knot, smoothed by cubic splines; level and slope themselves stand apart."""
    knots = np.arange(-3 * _KNOT, days + 4 * _KNOT, _KNOT, dtype=np.float64)
    basis = BSpline.design_matrix(np.arange(days, dtype=np.float64), knots, 3).toarray()
    at = np.arange(basis.shape[1], dtype=np.float64)
    bend = np.maximum(at[:, None] - at[1:-1], 0)
    return np.asarray(basis @ (bend - at[:, None] / at[-1] * bend[-1]))


def _priors(model: _Model) -> Iterator[Floats]:
    """Standard deviations of the unknowns, over the grid."""
    for drift in _DRIFT:
        for apart, emptied in product(_APART, _EMPTIED):
            prior = np.full(model.design.shape[1], 0.3)
            prior[0], prior[1] = 20.0, 2.0
            prior[model.drifting] = drift
            prior[model.drifting.stop : model.own.start] = emptied
            prior[model.own] = apart
            yield prior


def _fit(sales: Floats, model: _Model, offset: Floats, assumed: tuple[float, Floats]) -> _Fit:
    """By Newton's steps. assumed: spread, and the standard deviations of the unknowns."""
    spread, prior = assumed
    design, sold, known = model.design[model.heard], sales[model.heard], offset[model.heard]
    at, value = np.zeros(design.shape[1]), -np.inf
    at[0] = np.log(max(sold.mean(), 1e-9)) - known.mean()
    for _ in range(_ROUNDS):
        log_mean = known + design @ at
        mean, before = np.exp(log_mean), value
        value = float((sold * log_mean - mean).sum() / spread - 0.5 * np.square(at / prior).sum())
        factor = cho_factor((design.T * (mean / spread)) @ design + np.diag(prior**-2), lower=True)
        if abs(value - before) < _CLOSE:
            break
        step = cho_solve(factor, design.T @ ((sold - mean) / spread) - at / prior**2)
        at = at + step / max(1.0, float(np.abs(design @ step).max()))
    evidence = value - np.log(np.diag(factor[0])).sum() - np.log(prior).sum()
    return _Fit(at, factor[0], float(evidence))


def _draws(fit: _Fit, count: int, luck: np.random.Generator) -> Floats:
    drawn = solve_triangular(fit.triangle, luck.standard_normal((len(fit.mean), count)), lower=True, trans="T")
    return np.asarray(fit.mean + drawn.T)


def _spread(sales: Floats, model: _Model, offset: Floats, spread: float) -> float:
    """Variance by mean of what the model leaves, and of what neighbouring days have in common. Source: Newey & West (1987), Econometrica 55(3), 703-708."""
    priors = list(_priors(model))
    fit = _fit(sales, model, offset, (spread, priors[len(priors) // 2]))
    mean, heard = np.exp(offset + model.design @ fit.mean), model.heard
    left = np.where(heard, (sales - mean) / np.sqrt(mean), 0.0)
    weighed = model.design[heard] * np.sqrt(mean[heard] / spread)[:, None]
    learnt = np.square(solve_triangular(fit.triangle, weighed.T, lower=True)).sum()
    own = np.square(left).sum() / max(heard.sum() - learnt, 1.0)
    pairs = [
        (left[lag:] * left[:-lag]).sum() / max((heard[lag:] & heard[:-lag]).sum(), 1) for lag in range(1, _LAGS + 1)
    ]
    shared = 2 * sum((1 - lag / (_LAGS + 1)) * pair for lag, pair in enumerate(pairs, 1))
    return float(own * max(1.0, 1 + shared * heard.sum() / max(np.square(left).sum(), 1e-12)))
