"""The models of repeat buying: how likely a history is under each, and who is a customer still.

A customer orders at a pace of her own, and leaves at a moment that nobody sees. So a history is a factor that depends on
how often she came (start), times the sum of two cases: a customer still (alive), or gone since some time (gone).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import digamma, expit, gammaln

Floats = npt.NDArray[np.float64]
Theta = tuple[float, Floats, Floats, Floats]  # a model's parameters: the first for all, the others by cell

PARAMETERS = {
    "bgnbd": ("r", "alpha", "a", "b"),
    "mbgnbd": ("r", "alpha", "a", "b"),
    "pareto_nbd": ("r", "alpha", "s", "beta"),
}

_NONE = np.zeros(0)
_NEVER = -1e30  # the logarithm of what cannot be
_TAIL = 45.0  # how far a logarithm falls before what is left counts for nothing
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2  # on 0 to 1


class Histories(NamedTuple):
    """What a likelihood reads of customers, those alike in one row.

    x, cell      frequency and cell of each pair that occurs: what depends on these alone is worked out once a pair
    pair         of each row, which of the pairs
    recency, T   of each row, in days; n: how many customers it stands for
    """

    x: Floats
    cell: npt.NDArray[np.int64]
    pair: npt.NDArray[np.int64]
    recency: Floats
    T: Floats
    n: Floats


class Cases(NamedTuple):
    """By row: the logarithms of start, alive and gone, and what their slopes are made of.

    shape, rate, s, leave   the parameters of each row; of BG/NBD and MBG/NBD s and leave are empty, as what follows
    log_rate, per_rate      of the gone, the means of log(rate + y) and 1 / (rate + y) over y, when they may have left
    log_leave, per_leave    likewise, of leave
    """

    start: Floats
    alive: Floats
    gone: Floats
    shape: Floats
    rate: Floats
    log_rate: Floats
    per_rate: Floats
    s: Floats = _NONE
    leave: Floats = _NONE
    log_leave: Floats = _NONE
    per_leave: Floats = _NONE


class Slopes(NamedTuple):
    """The log-likelihood of all customers, and its slopes: by the first parameter, and by the others of each cell."""

    total: float
    first: float
    others: tuple[Floats, Floats, Floats]


def histories(rows: pd.DataFrame) -> Histories:
    """Of rows with frequency, recency and T (days), and, where customers are told apart or counted, cell and n."""
    cell = rows.get("cell", pd.Series(0, rows.index)).to_numpy(np.int64)
    x = rows.frequency.to_numpy(np.float64)
    pairs, pair = np.unique(np.column_stack([cell, x]), axis=0, return_inverse=True)
    n = rows.get("n", pd.Series(1.0, rows.index)).to_numpy(np.float64)
    recency, age = (rows[name].to_numpy(np.float64) for name in ("recency", "T"))
    return Histories(pairs[:, 1].copy(), pairs[:, 0].astype(np.int64), pair.ravel(), recency, age, n)


def log_likelihood(model: str, theta: Theta, data: Histories) -> Floats:
    """The log-likelihood of one customer of each row; parameters and days in the same unit of time."""
    cases = _cases(model, theta, data)
    return cases.start + np.logaddexp(cases.alive, cases.gone)


def p_alive(model: str, theta: Theta, data: Histories) -> Floats:
    """The probability, by row, to be a customer still. Under BG/NBD it is 1 for all who bought once: no use as a warning."""
    cases = _cases(model, theta, data)
    return np.asarray(expit(cases.alive - cases.gone), np.float64)


def p_order(model: str, theta: Theta, data: Histories, days: float) -> Floats:
    """The probability, by row, of an order in the next `days` days: to be a customer still, and not to stay away."""
    later = data._replace(T=data.T + days)
    now, then = _cases(model, theta, data), _cases(model, theta, later)
    none = then.alive
    if model == "pareto_nbd":  # may leave without having ordered
        none = np.logaddexp(none, _left(now.shape, now.rate, now.s, now.leave, data.T, later.T)[0])
    return np.asarray(-expit(now.alive - now.gone) * np.expm1(none - now.alive), np.float64)


def _cases(model: str, theta: Theta, data: Histories) -> Cases:
    return (_pareto_nbd if model == "pareto_nbd" else _geometric)(theta, data, chances(model, data))


def chances(model: str, data: Histories) -> Floats:
    """How often customers of each pair could have left and, but for the last time, did not.

    BG/NBD: after each repeat order. Source: Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284.
    MBG/NBD: after the first one too. Source: Batislam, Denizel & Filiztekin (2007), IJRM 24(3), 201-209.
    """
    return data.x + float(model == "mbgnbd")


def _geometric(theta: Theta, data: Histories, chances: Floats) -> Cases:
    r, alpha, a, b = (theta[0], *(each[data.cell] for each in theta[1:]))
    stayed = gammaln(b + chances) - gammaln(b) - gammaln(a + b + chances) + gammaln(a + b)
    start = gammaln(r + data.x) - gammaln(r) + r * np.log(alpha) + stayed
    odds = np.where(chances > 0, np.log(a) - np.log(b + np.maximum(chances, 1.0) - 1), _NEVER)
    shape, rate = (r + data.x)[data.pair], alpha[data.pair]
    last = rate + data.recency
    log_last = np.log(last)
    alive, gone = -shape * np.log(rate + data.T), odds[data.pair] - shape * log_last
    return Cases(start[data.pair], alive, gone, shape, rate, log_last, 1 / last)


def _pareto_nbd(theta: Theta, data: Histories, _: Floats) -> Cases:
    """May leave at any time. Source: Schmittlein, Morrison & Colombo (1987), Management Science 33(1), 1-24."""
    r, alpha, s, beta = (theta[0], *(each[data.cell] for each in theta[1:]))
    start = gammaln(r + data.x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    shape, rate, s, leave = (each[data.pair] for each in (r + data.x, alpha, s, beta))
    alive = -shape * np.log(rate + data.T) - s * np.log(leave + data.T)
    gone, log_rate, per_rate, log_leave, per_leave = _left(shape, rate, s, leave, data.recency, data.T)
    return Cases(start[data.pair], alive, gone, shape, rate, log_rate, per_rate, s, leave, log_leave, per_leave)


def _left(shape: Floats, rate: Floats, s: Floats, leave: Floats, since: Floats, until: Floats) -> tuple[Floats, ...]:
    """The log of ∫ s (rate + y)^-shape (leave + y)^-(s + 1) dy over y from since to until, by row, and the means of its slopes.

    By Gauss and Legendre's rule in z = log(y + the smaller of rate and leave), finite where the hypergeometric function
    is not. The integrand is log-concave in z: no slower than at its beginning it falls, and where nothing is left the
    range ends.
    """
    base = np.minimum(rate, leave)
    first = base + since
    slope = shape * first / (rate + since) + (s + 1) * first / (leave + since) - 1
    whole = np.log((base + until) / first)
    length = np.maximum(np.where(slope > 0, np.minimum(whole, _TAIL / np.maximum(slope, 1e-9)), whole), 1e-300)
    z = np.log(first)[:, None] + length[:, None] * _NODES
    y = np.exp(z) - base[:, None]
    to_rate, to_leave = rate[:, None] + y, leave[:, None] + y
    log_rate, log_leave = np.log(to_rate), np.log(to_leave)
    logs = z - shape[:, None] * log_rate - (s[:, None] + 1) * log_leave
    most = logs.max(axis=1)
    weights = _WEIGHTS * np.exp(logs - most[:, None])
    total = weights.sum(axis=1)
    means = (np.einsum("ij,ij->i", weights, each) / total for each in (log_rate, 1 / to_rate, log_leave, 1 / to_leave))
    return np.log(s) + np.log(length) + most + np.log(total), *means


def slopes(model: str, theta: Theta, data: Histories) -> Slopes:
    """How the log-likelihood of all customers changes with the parameters."""
    cases = _cases(model, theta, data)
    less = np.exp(-np.abs(cases.gone - cases.alive))  # of the two cases, the less likely by the likelier
    total = data.n @ (cases.start + np.maximum(cases.alive, cases.gone) + np.log1p(less))
    gone = np.where(cases.gone > cases.alive, 1.0, less) / (1 + less)
    r, alpha, third, fourth = (theta[0], *(each[data.cell] for each in theta[1:]))
    to_rate = cases.rate + data.T
    by_shape = -(1 - gone) * np.log(to_rate) - gone * cases.log_rate
    by_rate = -cases.shape * ((1 - gone) / to_rate + gone * cases.per_rate)
    n = _by_pair(data, np.ones_like(gone))
    by_r = n @ (digamma(r + data.x) - digamma(r) + np.log(alpha)) + data.n @ by_shape
    by_alpha = n * r / alpha + _by_pair(data, by_rate)
    if model == "pareto_nbd":
        rest = _pareto_slopes(cases, gone, data, n, (third, fourth))
    else:
        rest = _geometric_slopes(chances(model, data), gone, data, n, (third, fourth))
    second, third, fourth = (_sums(data.cell, each, len(theta[1])) for each in (by_alpha, *rest))
    return Slopes(float(total), float(by_r), (second, third, fourth))


def _by_pair(data: Histories, each: Floats) -> Floats:
    return _sums(data.pair, data.n * each, len(data.x))


def _sums(of: npt.NDArray[np.int64], each: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(of, each, size), np.float64)


def _geometric_slopes(
    chances: Floats, gone: Floats, data: Histories, n: Floats, parameters: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    a, b = parameters
    left = _by_pair(data, gone)
    both = n * (digamma(a + b) - digamma(a + b + chances))
    once_less = np.where(chances > 0, left / (b + np.maximum(chances, 1.0) - 1), 0.0)
    return both + left / a, both + n * (digamma(b + chances) - digamma(b)) - once_less


def _pareto_slopes(
    cases: Cases, gone: Floats, data: Histories, n: Floats, parameters: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    s, beta = parameters
    to_leave = cases.leave + data.T
    by_s = -(1 - gone) * np.log(to_leave) + gone * (1 / cases.s - cases.log_leave)
    by_beta = -cases.s * (1 - gone) / to_leave - (cases.s + 1) * gone * cases.per_leave
    return n * np.log(beta) + _by_pair(data, by_s), n * s / beta + _by_pair(data, by_beta)
