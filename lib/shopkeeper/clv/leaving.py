"""Pareto/NBD's customers may leave at any time: how likely it is that one did since the last order, and when.

Row by row, compiled.
"""

import math

import numba
import numpy as np

_TAIL = 25.0  # how far a logarithm falls before what is left counts for nothing: a sum in 1e11
_AT, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_NODES, _OF = (_AT + 1) / 2, _WEIGHTS / 2  # on 0 to 1


@numba.njit(cache=True, error_model="numpy")
def log_left(shape, rate, s, leave, since, until):  # type: ignore[no-untyped-def]
    """By row, the logarithm of left_and_when's integral."""
    found = np.empty(len(since))
    for row in range(len(since)):
        found[row] = left_and_when(shape[row], rate[row], s[row], leave[row], since[row], until[row])[0]
    return found


@numba.njit(cache=True, error_model="numpy")
def left_and_when(shape, rate, s, leave, since, until):  # type: ignore[no-untyped-def]
    """The log of ∫ s (rate + y)^-shape (leave + y)^-(s + 1) dy over y from since to until; and under it the means of log and
    inverse of rate + y, and of leave + y.

    By Gauss and Legendre's rule in z = log(y + the smaller of rate and leave), finite where the hypergeometric function
    is not. The integrand is log-concave in z: no slower than at its beginning it falls, and where nothing is left the
    range ends.
    """
    base = min(rate, leave)
    first = base + since
    slope = shape * first / (rate + since) + (s + 1) * first / (leave + since) - 1
    length = math.log((base + until) / first)
    if slope > 0:
        length = min(length, _TAIL / max(slope, 1e-9))
    length = max(length, 1e-300)
    begin = math.log(first)
    # Log-concave and, but for the shallowest slopes, falling: nothing is far above the first node.
    above = begin - shape * math.log(rate + since) - (s + 1) * math.log(leave + since)
    total = log_rate = per_rate = log_leave = per_leave = 0.0
    for node in range(len(_NODES)):
        z = begin + length * _NODES[node]
        y = math.exp(z) - base
        log_to_rate, log_to_leave = math.log(rate + y), math.log(leave + y)
        weight = _OF[node] * math.exp(z - shape * log_to_rate - (s + 1) * log_to_leave - above)
        total += weight
        log_rate += weight * log_to_rate
        per_rate += weight / (rate + y)
        log_leave += weight * log_to_leave
        per_leave += weight / (leave + y)
    height = math.log(s) + math.log(length) + above + math.log(total)
    return height, log_rate / total, per_rate / total, log_leave / total, per_leave / total
