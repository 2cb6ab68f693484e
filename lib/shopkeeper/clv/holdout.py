"""Holdout: each model on earlier days against what came after, beside rules that any shop could follow."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import nbinom

from shopkeeper.clv.expected import expected_orders
from shopkeeper.clv.fit import Fit
from shopkeeper.clv.future import chances_of, draw_future
from shopkeeper.clv.models import PARAMETERS, Floats, histories, p_alive
from shopkeeper.clv.origins import CHOSEN, Origin

NAIVE = ("rate", "recency", "last_year")
_DRAWS = 100  # of each customer's pace and leaving, that a score is the mean of
_DRIFTS = (0.0, 0.03, 0.1, 0.2, 0.4)  # variances of what paces are multiplied by
_BINS = 10
_LEAST = 1e-3  # orders that a rule is taken to expect, so that its score is finite
_TAILS = 0.05, 0.95


@dataclass(frozen=True)
class Prediction:
    """For each customer: order days expected; the probability of as many as came, and of fewer."""

    mean: Floats
    exactly: Floats
    fewer: Floats


def compare(origins: list[Origin]) -> pd.DataFrame:
    """One row per (origin, method): methods are the models, by maximum likelihood, and the naive rules.

    came, predicted   order days in the 13 weeks after, of all customers
    log_score         mean log probability of as many as came, per customer
    mae               mean absolute error, per customer
    gini              of the ranking by what was predicted, as a share of that of the best ranking
    lift              order days of the tenth ranked first, by the mean of all
    coverage          how many of the 90% intervals hold, an end counting by how far the interval reaches into it (0–1)
    """
    rows = []
    for origin in origins:
        came = origin.came[CHOSEN].to_numpy()
        for method, predicted in predictions(origin).items():
            rows.append({"origin": origin.day, "method": method} | _judged(predicted, came))
    return pd.DataFrame(rows)


def predictions(origin: Origin) -> dict[str, Prediction]:
    """What each method says of each customer known at the origin, by the method's name."""
    came = origin.came[CHOSEN].to_numpy()
    by_model = {model: _by_model(origin.fit(model), origin.known, came) for model in PARAMETERS}
    return by_model | {name: _by_rule(rule(origin), came) for name, rule in _RULES.items()}


def drift(origins: list[Origin], model: str) -> float:
    """How far customers' paces move: of _DRIFTS the one with the best log score, on the two earliest days."""
    scores = {each: float(judged(origins[-2:], model, each).log_score.mean()) for each in _DRIFTS}
    return max(scores, key=lambda each: scores[each])


def judged(origins: list[Origin], model: str, drift: float) -> pd.DataFrame:
    """The rows of compare for this model, customers' paces taken to move as far."""
    rows = []
    for origin in origins:
        came = origin.came[CHOSEN].to_numpy()
        predicted = _by_model(origin.fit(model), origin.known, came, drift)
        rows.append({"origin": origin.day, "method": model} | _judged(predicted, came))
    return pd.DataFrame(rows)


def _by_model(fit: Fit, known: pd.DataFrame, came: Floats, drift: float = 0.0) -> Prediction:
    theta, days = fit.of_cells(), 7.0 * CHOSEN
    alike = known[["frequency", "recency", "T"]].assign(came=came).groupby(["frequency", "recency", "T", "came"])
    rows, place = alike.size().reset_index(), alike.ngroup().to_numpy()
    data, alive = histories(rows), p_alive(fit.model, theta, histories(rows))
    draw, all_rows, orders = np.random.default_rng(1), np.arange(len(rows)), rows.came.to_numpy(np.float64)
    futures = (draw_future(fit.model, theta, data, all_rows, draw, drift) for _ in range(_DRAWS))
    told = [chances_of(fit.model, future, days, orders) for future in futures]
    exactly, fewer = (alive * np.mean(each, axis=0) for each in zip(*told, strict=True))
    none = orders == 0
    exactly, fewer = exactly + none * (1 - alive), fewer + ~none * (1 - alive)
    mean = expected_orders(fit.model, theta, data, np.array([days]))[:, 0]
    return Prediction(mean[place], exactly[place], fewer[place])


def _by_rule(mean: Floats, came: Floats) -> Prediction:
    """How far what comes scatters about a rule is told by the negative binomial that fits best: after the event, so it flatters the rule."""
    safe = np.maximum(mean, _LEAST)

    def loss(log_size: float) -> float:
        size = float(np.exp(log_size))
        return -float(nbinom.logpmf(came, size, size / (size + safe)).mean())

    size = float(np.exp(minimize_scalar(loss, bounds=(-6, 6), method="bounded").x))
    chance = size / (size + safe)
    return Prediction(mean, nbinom.pmf(came, size, chance), nbinom.cdf(came - 1, size, chance))


def _rate(origin: Origin) -> Floats:
    """Everyone goes on at the pace that she has had."""
    pace = origin.known.frequency / origin.known["T"].clip(lower=1)
    return np.asarray(pace * 7 * CHOSEN, np.float64)


def _recency(origin: Origin) -> Floats:
    """As many orders as now come of customers whose last order is as long ago: the latest buyers first.

    How many that is, is read off a curve of the days since the last order after the event, which flatters the rule.
    """
    since = origin.known["T"] - origin.known.recency
    bins = pd.qcut(since.rank(method="first"), _BINS, labels=False)
    return np.asarray(origin.came[CHOSEN].groupby(bins).transform("mean"), np.float64)


def _last_year(origin: Origin) -> Floats:
    """What she did in the same weeks a year before, or, where that is not known, in the last 13."""
    return np.asarray(origin.before, np.float64)


_RULES: dict[str, Callable[[Origin], Floats]] = dict(zip(NAIVE, (_rate, _recency, _last_year), strict=True))


def _judged(predicted: Prediction, came: Floats) -> dict[str, float]:
    low, high = (np.clip(edge, predicted.fewer, predicted.fewer + predicted.exactly) for edge in _TAILS)
    first = came[np.argsort(-predicted.mean, kind="stable")]
    best = np.sort(came)[::-1]
    tenth = max(len(came) // 10, 1)
    return {
        "came": float(came.sum()),
        "predicted": float(predicted.mean.sum()),
        "log_score": float(np.log(np.maximum(predicted.exactly, 1e-12)).mean()),
        "mae": float(np.abs(predicted.mean - came).mean()),
        "gini": _gini(first) / _gini(best) if came.any() else float("nan"),
        "lift": float(first[:tenth].mean() / came.mean()) if came.any() else float("nan"),
        "coverage": float(((high - low) / np.maximum(predicted.exactly, 1e-12)).mean()),
    }


def _gini(ranked: Floats) -> float:
    return float(2 * (ranked.cumsum() / ranked.sum()).mean() - 1)
