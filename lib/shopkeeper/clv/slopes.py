"""How a likelihood changes with the parameters: what maximum likelihood climbs by, and the posterior is sampled by.

Row by row, compiled: four times as fast as whole columns one after another, which would be read and written a dozen times.
"""

import math
from typing import NamedTuple

import numba
import numpy as np
from scipy.special import digamma, gammaln

from shopkeeper.clv.leaving import left_and_when
from shopkeeper.clv.models import (
    NEVER,
    Floats,
    Histories,
    Theta,
    chances,
    log_odds_left,
    log_stayed,
)


class Slopes(NamedTuple):
    """The log-likelihood of all customers, and its slopes: by the first parameter, and by the others of each cell."""

    total: float
    first: float
    others: tuple[Floats, Floats, Floats]


def slopes(model: str, theta: Theta, data: Histories) -> Slopes:
    """How the log-likelihood of all customers changes with the parameters."""
    r, alpha, third, fourth = (theta[0], *(each[data.cell] for each in theta[1:]))
    shape, sums = r + data.x, np.zeros((5, len(data.x)))
    of_rows = data.pair, data.recency, data.T, data.n, shape, alpha
    if model == "pareto_nbd":
        total = _pareto_rows(*of_rows, third, fourth, sums)
        total += sums[0] @ (third * np.log(fourth))
        by_third, by_fourth = sums[0] * np.log(fourth) + sums[3], sums[0] * third / fourth + sums[4]
    else:
        could = chances(model, data)
        total = _geometric_rows(*of_rows, log_odds_left(third, fourth, could), sums)
        total += sums[0] @ log_stayed(third, fourth, could)
        by_third, by_fourth = _of_leaving(third, fourth, could, sums)
    total += sums[0] @ (gammaln(shape) - gammaln(r) + r * np.log(alpha))
    by_r = sums[0] @ (digamma(shape) - digamma(r) + np.log(alpha)) + sums[1].sum()
    by_cell = (_of_cells(data, each, theta) for each in (sums[0] * r / alpha + sums[2], by_third, by_fourth))
    return Slopes(float(total), float(by_r), (*by_cell,))  # type: ignore[arg-type]


def _of_cells(data: Histories, each: Floats, theta: Theta) -> Floats:
    return np.asarray(np.bincount(data.cell, each, len(theta[1])), np.float64)


def _of_leaving(a: Floats, b: Floats, chances: Floats, sums: Floats) -> tuple[Floats, Floats]:
    """Slopes by a and b of each pair's customers: n stayed at all chances, of whom some then left at the last."""
    n, left = sums[0], sums[3]
    both = n * (digamma(a + b) - digamma(a + b + chances))
    once_less = np.where(chances > 0, left / (b + np.maximum(chances, 1.0) - 1), 0.0)
    return both + left / a, both + n * (digamma(b + chances) - digamma(b)) - once_less


@numba.njit(cache=True, error_model="numpy")
def _geometric_rows(pair, recency, until, n, shape, rate, odds, sums):  # type: ignore[no-untyped-def]
    """The sum of the cases' logarithms. sums: customers, slopes by shape and rate, and how many are gone."""
    total = 0.0
    for row in range(len(pair)):
        at = pair[row]
        to_end = rate[at] + until[row]
        log_end = math.log(to_end)
        alive = -shape[at] * log_end
        sums[0, at] += n[row]
        if odds[at] <= NEVER:
            total += n[row] * alive
            sums[1, at] -= n[row] * log_end
            sums[2, at] -= n[row] * shape[at] / to_end
            continue
        to_last = rate[at] + recency[row]
        log_last = math.log(to_last)
        more = odds[at] - shape[at] * log_last - alive
        less = math.exp(-abs(more))
        total += n[row] * (alive + max(more, 0.0) + math.log1p(less))
        gone = (1.0 if more > 0 else less) / (1 + less)
        sums[1, at] -= n[row] * ((1 - gone) * log_end + gone * log_last)
        sums[2, at] -= n[row] * shape[at] * ((1 - gone) / to_end + gone / to_last)
        sums[3, at] += n[row] * gone
    return total


@numba.njit(cache=True, error_model="numpy")
def _pareto_rows(pair, recency, until, n, shape, rate, s, leave, sums):  # type: ignore[no-untyped-def]
    """The sum of the cases' logarithms. sums: customers, slopes by shape, rate, s and leave."""
    total = 0.0
    for row in range(len(pair)):
        at = pair[row]
        to_rate, to_leave = rate[at] + until[row], leave[at] + until[row]
        log_rate, log_leave = math.log(to_rate), math.log(to_leave)
        alive = -shape[at] * log_rate - s[at] * log_leave
        gone, gone_log_rate, gone_per_rate, gone_log_leave, gone_per_leave = left_and_when(
            shape[at], rate[at], s[at], leave[at], recency[row], until[row]
        )
        more = gone - alive
        less = math.exp(-abs(more))
        total += n[row] * (alive + max(more, 0.0) + math.log1p(less))
        share = (1.0 if more > 0 else less) / (1 + less)
        sums[0, at] += n[row]
        sums[1, at] -= n[row] * ((1 - share) * log_rate + share * gone_log_rate)
        sums[2, at] -= n[row] * shape[at] * ((1 - share) / to_rate + share * gone_per_rate)
        sums[3, at] += n[row] * (-(1 - share) * log_leave + share * (1 / s[at] - gone_log_leave))
        sums[4, at] -= n[row] * ((1 - share) * s[at] / to_leave + share * (s[at] + 1) * gone_per_leave)
    return total
