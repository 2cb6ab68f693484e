"""What turns spend into response: carry-over into later weeks, and diminishing returns."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MAX_LAG = 8  # weeks over which spend works, its own among them
TINY = 1e-9  # in place of 0 where a channel's mean reach is divided by


def carry_over(decay: npt.ArrayLike, delay: npt.ArrayLike = 0.0, max_lag: int = MAX_LAG) -> Floats:
    """Weights of carry-over, (..., max_lag), summing to 1: in the week `lag` after the spend, decay^lag × (1 + lag)^delay.

    decay 0 to 1. delay 0 is geometric; with more, spend works most after its own week. Normalised, so that they say when spend works
    and not how much. Never the closed form of the sum, which is 0/0 at decay 1.
    Source: the geometric and the delayed adstock of Jin, Wang, Sun, Chan & Koehler (2017), Bayesian methods for media mix modeling
    with carryover and shape effects, as one family (of the gamma's shape), so that the data choose.
    """
    lag = np.arange(max_lag)
    decayed = np.power(np.asarray(decay, np.float64)[..., None], lag)
    weights = decayed * (1.0 + lag) ** np.asarray(delay, np.float64)[..., None]
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True), np.float64)


def adstock(spend: Floats, weights: Floats) -> Floats:
    """Spend by week (last axis) carried over by weights (last axis); the first weeks, one fewer than weights, are carry-in alone."""
    lags = weights.shape[-1]
    weeks = spend.shape[-1] - lags + 1
    parts = [weights[..., [lag]] * spend[..., lags - 1 - lag : lags - 1 - lag + weeks] for lag in range(lags)]
    return np.asarray(sum(parts), np.float64)


def saturation(adstocked: Floats, steepness: npt.ArrayLike) -> Floats:
    """Diminishing returns: tanh(steepness × adstock / 2), 0 without spend, at most 1, its slope finite everywhere."""
    return np.asarray(np.tanh(np.asarray(steepness) * adstocked / 2), np.float64)
