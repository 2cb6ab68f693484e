"""Tops of log densities: where they are, and how curved."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

from shopkeeper.clv.models import Floats

LogDensity = Callable[..., tuple[float, Floats]]  # of unknowns, with its slope
_STEP = 1e-4  # of a difference quotient
_FLATTEST = 0.3  # curvature that every direction is taken to have; that of what is known before the data is 1
_LIMIT = 8.0  # deviations, from the start, within which the top is sought


def top(log_density: LogDensity, start: Floats) -> tuple[Floats, Floats]:
    """The likeliest unknowns, and the curvature there."""
    found = climbed(log_density, start, np.eye(len(start)), _LIMIT)
    return found, curve(log_density, found)


def climbed(log_density: LogDensity, start: Floats, steps: Floats, limit: float = np.inf) -> Floats:
    """The likeliest start + steps @ at, no part of at being beyond the limit."""

    def loss(at: Floats) -> tuple[float, Floats]:
        total, slope = log_density(start + steps @ at)
        return -total, -slope @ steps

    at, options = np.zeros(steps.shape[1]), {"ftol": 1e-12, "maxiter": 1000}
    at = minimize(loss, at, jac=True, method="L-BFGS-B", bounds=[(-limit, limit)] * len(at), options=options).x
    return np.asarray(start + steps @ at)


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
