"""Scores of forecasts: of means and of quantiles, for each series and over the levels of a hierarchy.

Source: Makridakis, Spiliotis & Assimakopoulos (2022), Int. J. Forecasting 38(4), 1346-1364 (RMSSE, WRMSSE), and 1365-1385
(scaled pinball loss, WSPL).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def step_scale(past: Floats) -> Floats:
    """Mean squared step from day to day of each series, from its first day of demand on.

    past: series × days, units; NaN before a series begins. NaN where a series has no two days, or never moves.
    """
    begun = np.nancumsum(past, axis=1) > 0
    steps = np.where(begun[:, :-1], np.diff(past, axis=1) ** 2, np.nan)
    count = np.sum(~np.isnan(steps), axis=1)
    squares = np.nansum(steps, axis=1)
    return np.where((count > 0) & (squares > 0), squares / np.maximum(count, 1), np.nan)


def rmsse(past: Floats, actual: Floats, forecast: Floats) -> Floats:
    """Root mean squared scaled error of each series: 1 is what yesterday's sales would have missed by in the past.

    past: series × days before; actual, forecast: series × days ahead, units. NaN where past gives no scale.
    """
    return np.asarray(np.sqrt(np.mean((actual - forecast) ** 2, axis=1) / step_scale(past)))


def scaled_pinball(past: Floats, actual: Floats, quantiles: Floats, levels: Sequence[float]) -> Floats:
    """Pinball loss of each series, mean of days and levels, scaled by its mean absolute step from day to day.

    quantiles: levels × series × days ahead.
    """
    begun = np.nancumsum(past, axis=1) > 0
    steps = np.where(begun[:, :-1], np.abs(np.diff(past, axis=1)), np.nan)
    count = np.sum(~np.isnan(steps), axis=1)
    scale = np.nansum(steps, axis=1) / np.maximum(count, 1)
    tau = np.asarray(levels)[:, None, None]
    beyond = actual[None] - quantiles
    loss = np.maximum(tau * beyond, (tau - 1) * beyond).mean(axis=(0, 2))
    return np.asarray(np.where(scale > 0, loss / np.where(scale > 0, scale, 1.0), np.nan))


def weighted(scores: Floats, weights: Floats) -> float:
    """The mean of series' scores, weighted; series without a score are left out. NaN where none is left."""
    counted = ~np.isnan(scores) & (weights > 0)
    return float(scores[counted] @ weights[counted] / weights[counted].sum()) if counted.any() else float("nan")


def over_levels(scores: Sequence[Floats], weights: Sequence[Floats]) -> float:
    """The mean over the levels of a hierarchy of each level's weighted score: WRMSSE of rmsse, WSPL of scaled_pinball.

    weights: of each level's series, their net revenue in the four weeks before, as in M5.
    """
    return float(np.mean([weighted(one, by) for one, by in zip(scores, weights, strict=True)]))


def bias(actual: Floats, forecast: Floats) -> float:
    """Forecast less actual, over all series and days, as a share of actual; positive is too much."""
    return float(forecast.sum() / actual.sum() - 1)


def accuracy(actual: Floats, forecast: Floats) -> float:
    """1 less the sum of absolute errors as a share of actual (1 - WAPE)."""
    return float(1 - np.abs(actual - forecast).sum() / actual.sum())
