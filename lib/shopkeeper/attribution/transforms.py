"""What turns spend into response: carry-over into later weeks, and diminishing returns."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MAX_LAG = 8  # weeks over which spend works, its own among them
FAINTEST = 1e-6  # decay below which a delayed kernel is a spike
TINY = 1e-9  # in place of 0 where a channel's mean reach is divided by


def geometric(decay: npt.ArrayLike, max_lag: int = MAX_LAG) -> Floats:
    """Weights of carry-over, (..., max_lag), summing to 1: each week's is `decay` (0 to 1) times that of the week before.

    Normalised, so that decay says when spend works and not how much. Never the closed form of the sum, which is 0/0 at decay 1.
    """
    powers = np.power(np.asarray(decay, np.float64)[..., None], np.arange(max_lag))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float64)


def delayed(decay: npt.ArrayLike, peak: npt.ArrayLike, max_lag: int = MAX_LAG) -> Floats:
    """Weights that rise to the week `peak` (from 0) and fall after it: decay to the power of the squared distance; they sum to 1.

    Source: Jin, Wang, Sun, Chan & Koehler (2017), Bayesian methods for media mix modeling with carryover and shape effects.
    """
    away = (np.arange(max_lag) - np.asarray(peak, np.float64)[..., None]) ** 2
    powers = np.power(np.maximum(np.asarray(decay, np.float64)[..., None], FAINTEST), away)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float64)


def adstock(spend: Floats, weights: Floats) -> Floats:
    """Spend by week (last axis) carried over by weights (last axis); the first weeks, one fewer than weights, are carry-in alone."""
    lags = weights.shape[-1]
    weeks = spend.shape[-1] - lags + 1
    parts = [weights[..., [lag]] * spend[..., lags - 1 - lag : lags - 1 - lag + weeks] for lag in range(lags)]
    return np.asarray(sum(parts), np.float64)


def saturation(adstocked: Floats, steepness: npt.ArrayLike) -> Floats:
    """Diminishing returns: tanh(steepness × adstock / 2), 0 without spend, at most 1, its slope finite everywhere."""
    return np.asarray(np.tanh(np.asarray(steepness) * adstocked / 2), np.float64)
