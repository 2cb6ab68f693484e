"""Tops of log densities: where they are, and how curved.

With the spreads of levels free, a top may be where a spread and all its effects are 0, far from all draws. So spreads are held,
and set to what effects, and how far these may be off, make likeliest. In the unknowns every effect stands by itself (c of
unknowns is 1).

Source: expectation and maximization, Dempster, Laird & Rubin (1977), J. R. Statist. Soc. B 39, 1-38.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from shopkeeper.clv.models import Floats
from shopkeeper.clv.unknowns import COMMON, SPREAD, SPREADS

LogDensity = Callable[..., tuple[float, Floats]]  # of unknowns, with its slope
_ROUNDS = 6  # of unknowns beside spreads, and spreads beside unknowns
_STEP = 1e-4  # of a difference quotient
_FLATTEST = 0.3  # curvature that every direction is taken to have; that of what is known before the data is 1
_LIMIT = 8.0  # deviations within which the top is sought


def settled(log_density: LogDensity, at: Floats) -> tuple[Floats, Floats]:
    """The likeliest unknowns beside the spreads that they make likeliest, and the curvature there."""
    for _ in range(_ROUNDS if len(at) > len(COMMON) else 1):
        at, _, curve = beside_spreads(log_density, at)
        steps = all_but_spreads(len(at))
        off = np.diag(np.linalg.inv(steps.T @ curve @ steps + 1e-9 * np.eye(steps.shape[1])))
        squares = (at[len(COMMON) :] ** 2 + off[len(COMMON) - len(SPREADS) :]).reshape(2, -1)
        at[list(SPREADS)] = [_likeliest_spread(each) for each in squares]
    return beside_spreads(log_density, at)[::2]


def _likeliest_spread(squares: Floats) -> float:
    """In deviations from what is known before, of effects of which these squares are expected, in units of that."""

    def loss(log_spread: float) -> float:
        apart = SPREAD[1] * log_spread
        return float(len(squares) * apart + squares.sum() * np.exp(-2 * apart) / 2 + log_spread**2 / 2)

    return float(minimize_scalar(loss, bounds=(-_LIMIT, _LIMIT), method="bounded").x)


def beside_spreads(log_density: LogDensity, near: Floats) -> tuple[Floats, Floats, Floats]:
    """The likeliest unknowns beside spreads as near, with slope and curvature there."""
    steps = all_but_spreads(len(near))
    at = _climbed(log_density, near, steps @ width(steps.T @ curve(log_density, near) @ steps))
    return at, log_density(at)[1], curve(log_density, at)


def all_but_spreads(size: int) -> Floats:
    """A step in each unknown (down) but the spreads (across)."""
    return np.delete(np.eye(size), SPREADS, axis=1)


def _climbed(log_density: LogDensity, start: Floats, steps: Floats) -> Floats:
    """The likeliest unknowns that the steps (across) lead to from the start."""

    def loss(at: Floats) -> tuple[float, Floats]:
        total, slope = log_density(start + steps @ at)
        return -total, -slope @ steps

    at, options = np.zeros(steps.shape[1]), {"ftol": 1e-12, "maxiter": 1000}
    return np.asarray(start + steps @ minimize(loss, at, jac=True, method="L-BFGS-B", options=options).x)


def curve(log_density: LogDensity, at: Floats) -> Floats:
    """The curvature at these unknowns: less the second derivatives."""
    steps = _STEP * np.eye(len(at))
    rows = np.array([log_density(at - step)[1] - log_density(at + step)[1] for step in steps]) / (2 * _STEP)
    return np.asarray((rows + rows.T) / 2)


def width(curve: Floats) -> Floats:
    """What a standard normal is multiplied by to lie as a density of this curvature does: seen so it is nearly round, and a
    sampler need not search for its shape.
    """
    curvature, axes = np.linalg.eigh(curve)
    return np.asarray(axes / np.sqrt(np.maximum(curvature, _FLATTEST)))
