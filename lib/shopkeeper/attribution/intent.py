"""Intent: how likely a person is to order of their own accord, judged by what they have done so far.

Who wants to buy visits by themselves, and meets more advertising too: without intent, every channel is credited with orders
that would have come anyway. And who has lost interest falls silent, so that touches stand near orders even where they do
nothing. So each person is taken to have an intent z, lognormal around 1, and to lose it for good at some moment, at a rate
that all share. Until then own visits come at a rate × z and touches of a channel at a rate × z^pull: pull 0 is a channel
that reaches people whatever they want, 1 one that finds those who look for the brand. Orders play no part in it.

Source: Schmittlein, Morrison & Colombo (1987), Management Science 33(1), 1-24, for customers who fall silent; the rate of
events given the past as the mean over what is hidden: Brémaud (1981), Point Processes and Queues, II.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize

Floats = npt.NDArray[np.float64]
VISIT = ""  # among channels, none of which has an empty name: the person's own visits
_NODES = np.linspace(-3.5, 3.5, 21)  # of log z, in spreads
_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.exp(-(_NODES**2) / 2).sum()
_BEFORE = ((0.5, 0.5), (-0.4, 0.5), (-3.4, 1.0))  # mean and deviation of pull, log spread, log leaving before the data


@dataclass(frozen=True)
class Intent:
    """Rates a day: by channel (VISIT among them) of its touches at z = 1, and of losing interest (leaving); spread of log z.

    pull: by channel, how its touches follow intent; 1 for visits.
    """

    rate: pd.Series
    pull: pd.Series
    spread: float
    leaving: float

    def log_mean(self, signals: Floats, lasted: Floats, age: Floats) -> Floats:
        """The logarithm of the mean of z, 0 for who has lost interest, given what was seen of a person so far.

        signals: touches and visits up to now, each counted as its channel's pull. lasted: days from the first to the last of
        them; age: days from the first until now.
        """
        log_z = self.spread * _NODES
        total = self.leaving + (self.rate.to_numpy() * np.exp(np.outer(log_z, self.pull))).sum(axis=1)
        seen = np.log(_WEIGHTS) + np.outer(signals, log_z) - np.outer(lasted, total)
        weight = np.exp(seen - seen.max(axis=1, keepdims=True))
        still = np.exp(-np.outer(age - lasted, total))
        gone = self.leaving / total * (1 - still)
        mean = (weight * still) @ np.exp(log_z) / (weight * (still + gone)).sum(axis=1)
        return np.asarray(np.log(np.maximum(mean, np.finfo(float).tiny)), np.float64)


def fit_intent(histories: pd.DataFrame) -> Intent:
    """The intent under which these journeys are likeliest.

    histories: one row per journey and one column per channel, VISIT among them: its touches. In the index lasted: days from the
    first to the last touch; age: days from the first until the person was no longer at risk.
    """
    channels, n = list(histories), histories.to_numpy(np.float64)
    lasted, age = (histories.index.get_level_values(name).to_numpy(np.float64) for name in ("lasted", "age"))
    is_visit = np.array([name == VISIT for name in channels])
    pace = np.log((n.sum(axis=0) + 1) / lasted.sum().clip(1) / 2)
    start = np.concatenate([pace, np.where(is_visit, 1.0, 0.5), [_BEFORE[1][0], _BEFORE[2][0]]])
    found = minimize(_loss, start, (is_visit, n, lasted, age), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    rate, pull = np.exp(found[: len(channels)]), found[len(channels) : -2]
    return Intent(
        pd.Series(rate, channels), pd.Series(pull, channels), float(np.exp(found[-2])), float(np.exp(found[-1]))
    )


def _loss(at: Floats, is_visit: npt.NDArray[np.bool_], n: Floats, lasted: Floats, age: Floats) -> tuple[float, Floats]:
    """Less the log-likelihood, with what is known before; and its slope. at: log rates, pulls, log spread, log leaving.

    A journey begins with a touch, so that its likelihood is divided by the mean rate of any.
    """
    channels = len(is_visit)
    log_rate, pull, spread, leaving = at[:channels], at[channels:-2], np.exp(at[-2]), np.exp(at[-1])
    log_z = spread * _NODES
    each = np.exp(log_rate + np.outer(log_z, pull))  # by node (down) and channel
    total, quiet = leaving + each.sum(axis=1), age - lasted
    still = np.exp(-np.outer(quiet, total))
    ended = still + leaving / total * (1 - still)
    seen = np.log(_WEIGHTS) + n @ (log_rate + np.outer(log_z, pull)).T - np.outer(lasted, total) + np.log(ended)
    top = seen.max(axis=1, keepdims=True)
    weight = np.exp(seen - top)
    sums = weight.sum(axis=1, keepdims=True)
    weight /= sums
    begun = float(_WEIGHTS @ each.sum(axis=1))
    value = float(np.sum(top + np.log(sums)) - len(n) * np.log(begun))
    # By node: how the log-likelihood falls with the total rate, and rises with what is left of it after leaving.
    by_total = quiet[:, None] * still * (1 - leaving / total) + leaving / total**2 * (1 - still)
    falls = weight.T @ lasted + (weight * by_total / ended).sum(axis=0)
    rises = (weight * (1 - still) / ended).sum(axis=0) / total
    by_each = n.T @ weight - (each * falls[:, None]).T - len(n) * (each * _WEIGHTS[:, None]).T / begun
    slope = np.concatenate([
        by_each.sum(axis=1), by_each @ log_z, [pull @ by_each @ log_z, leaving * (rises.sum() - falls.sum())]
    ])  # fmt: skip
    return _with_before(at, is_visit, value, slope)


def _with_before(at: Floats, is_visit: npt.NDArray[np.bool_], value: float, slope: Floats) -> tuple[float, Floats]:
    channels = len(is_visit)
    mean, deviation = (
        np.array([0.0] * channels + [b[place] for b in (_BEFORE[0],) * channels + _BEFORE[1:]]) for place in (0, 1)
    )
    off = np.where(deviation > 0, (at - mean) / np.where(deviation > 0, deviation, 1.0), 0.0)
    steep = slope - off / np.where(deviation > 0, deviation, 1.0)
    steep[channels:-2][is_visit] = 0.0  # a visit's pull is 1: it gives intent its scale
    return -(value - float(off @ off) / 2), -steep
