"""The models of repeat buying: how likely a history is under each, and who is a customer still.

A customer orders at a pace of her own, and leaves at a moment that nobody sees. So a history is a factor that depends on
how often she came (start), times the sum of two cases: a customer still (alive), or gone since some time (gone).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, gammaln

from shopkeeper.clv.leaving import log_left

Floats = npt.NDArray[np.float64]
Theta = tuple[float, Floats, Floats, Floats]  # a model's parameters: the first for all, the others by cell

PARAMETERS = {
    "bgnbd": ("r", "alpha", "a", "b"),
    "mbgnbd": ("r", "alpha", "a", "b"),
    "pareto_nbd": ("r", "alpha", "s", "beta"),
}

NEVER = -1e30  # the logarithm of what cannot be
_NONE = np.zeros(0)


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
    """By row, the logarithms of start, alive and gone; and the parameters of Pareto/NBD, which the others leave empty."""

    start: Floats
    alive: Floats
    gone: Floats
    shape: Floats = _NONE
    rate: Floats = _NONE
    s: Floats = _NONE
    leave: Floats = _NONE


def histories(rows: pd.DataFrame) -> Histories:
    """Of rows with frequency, recency and T (days), and, where customers are told apart or counted, cell and n."""
    cell = rows.get("cell", pd.Series(0, rows.index)).to_numpy(np.int64)
    x = rows.frequency.to_numpy(np.float64)
    often = x.max(initial=0.0) + 1
    pairs, pair = np.unique(cell * often + x, return_inverse=True)  # one number a pair: sorted in a tenth of the time
    n = rows.get("n", pd.Series(1.0, rows.index)).to_numpy(np.float64)
    recency, age = (rows[name].to_numpy(np.float64) for name in ("recency", "T"))
    return Histories(pairs % often, (pairs // often).astype(np.int64), pair, recency, age, n)


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
        none = np.logaddexp(none, _left(now, data.T, later.T))
    return np.asarray(-expit(now.alive - now.gone) * np.expm1(none - now.alive), np.float64)


def _cases(model: str, theta: Theta, data: Histories) -> Cases:
    if model == "pareto_nbd":
        return _pareto_nbd(theta, data)
    return _geometric(theta, data, chances(model, data))


def chances(model: str, data: Histories) -> Floats:
    """How often customers of each pair could have left and, but for the last time, did not.

    BG/NBD: after each repeat order. Source: Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284.
    MBG/NBD: after the first one too. Source: Batislam, Denizel & Filiztekin (2007), IJRM 24(3), 201-209.
    """
    return data.x + float(model == "mbgnbd")


def log_stayed(a: Floats, b: Floats, chances: Floats) -> Floats:
    """The logarithm of the probability to have stayed at so many chances."""
    return np.asarray(gammaln(b + chances) - gammaln(b) - gammaln(a + b + chances) + gammaln(a + b), np.float64)


def log_odds_left(a: Floats, b: Floats, chances: Floats) -> Floats:
    """The logarithm of the odds to have left at the last of so many chances, against having stayed."""
    return np.where(chances > 0, np.log(a) - np.log(b + np.maximum(chances, 1.0) - 1), NEVER)


def _geometric(theta: Theta, data: Histories, chances: Floats) -> Cases:
    r, alpha, a, b = (theta[0], *(each[data.cell] for each in theta[1:]))
    start = gammaln(r + data.x) - gammaln(r) + r * np.log(alpha) + log_stayed(a, b, chances)
    shape, rate = (r + data.x)[data.pair], alpha[data.pair]
    gone = log_odds_left(a, b, chances)[data.pair] - shape * np.log(rate + data.recency)
    return Cases(start[data.pair], -shape * np.log(rate + data.T), gone)


def _pareto_nbd(theta: Theta, data: Histories) -> Cases:
    """May leave at any time. Source: Schmittlein, Morrison & Colombo (1987), Management Science 33(1), 1-24."""
    r, alpha, s, beta = (theta[0], *(each[data.cell] for each in theta[1:]))
    start = gammaln(r + data.x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    shape, rate, s, leave = (each[data.pair] for each in (r + data.x, alpha, s, beta))
    alive = -shape * np.log(rate + data.T) - s * np.log(leave + data.T)
    cases = Cases(start[data.pair], alive, alive, shape, rate, s, leave)
    return cases._replace(gone=_left(cases, data.recency, data.T))


def _left(of: Cases, since: Floats, until: Floats) -> Floats:
    """By row, the log of how likely it is to have left between these days."""
    return np.asarray(log_left(of.shape, of.rate, of.s, of.leave, since, until), np.float64)
