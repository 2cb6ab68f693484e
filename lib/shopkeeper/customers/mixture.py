"""Mixture: customers as blends of a few ways of buying, told from counts of choices and from a few amounts.

A latent class model fitted by EM. Each way of buying has a chance for every choice of a question, and a normal
distribution of each amount. Counts, not shares as a Gaussian mixture takes them: a share of three orders is no normal
variable, and of aurora's five planted ways a Gaussian mixture of shares, its variances kept from collapsing, found less
(adjusted Rand .56 against .68; benchmarks/planted.py).
Source: McLachlan & Peel (2000), Finite Mixture Models, chapters 2, 5 and 6.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.float64]

MOST = 20.0  # answers of one customer to one question that count in full: one person's choices are not independent
_STEPS = 150
_STARTS, _FIRST_STEPS, _BEST = 16, 10, 2  # short runs from many random starts, of which the best go on
_ENOUGH = 1e-6  # relative gain of the likelihood below which EM ends
_PRIOR = 1.0  # imaginary answers per choice, spread as all customers' answers are
_LEAST_VARIANCE = 1e-2


@dataclass(frozen=True)
class Evidence:
    """What is known of n customers.

    counts: n × choices, how often each was made. questions: which question each choice answers.
    amounts: n × d, on a logarithmic scale; NaN where not known.
    """

    customers: pd.Index
    counts: pd.DataFrame
    questions: npt.NDArray[np.int64]
    amounts: pd.DataFrame

    def some(self, rows: npt.NDArray[np.int64]) -> "Evidence":
        """The evidence of the customers at these positions."""
        return Evidence(self.customers[rows], self.counts.iloc[rows], self.questions, self.amounts.iloc[rows])


@dataclass(frozen=True)
class Mixture:
    """k ways of buying: weights (k), chances (k × choices; 1 in sum for each question), means and variances (k × d)."""

    weights: Floats
    chances: Floats
    means: Floats
    variances: Floats

    @property
    def size(self) -> int:
        """How many ways of buying."""
        return len(self.weights)


def tell(choices: pd.DataFrame, amounts: pd.DataFrame) -> Evidence:
    """Evidence of the customers of `amounts` (its index) from a table of customer_id, question, choice, times.

    Questions that all answer alike are left out. Above 20 answers to one question a customer's are scaled down to 20.
    """
    known = choices[choices.customer_id.isin(amounts.index)]
    answers = known.groupby("question").choice.transform("nunique")
    wide = known[answers > 1].pivot_table(
        index="customer_id", columns=["question", "choice"], values="times", aggfunc="sum", fill_value=0
    )
    counts = wide.reindex(amounts.index, fill_value=0).astype("float64")
    questions = counts.columns.get_level_values(0)
    totals = counts.T.groupby(level=0).transform("sum").T
    return Evidence(
        amounts.index, counts * (MOST / totals.clip(lower=MOST)), pd.factorize(questions)[0].astype(np.int64), amounts
    )


def as_asked(evidence: Evidence, like: Evidence) -> Evidence:
    """Evidence of another day with the questions and choices of `like`; a choice that nobody made then counts 0."""
    counts = evidence.counts.reindex(columns=like.counts.columns, fill_value=0.0)
    return Evidence(evidence.customers, counts, like.questions, evidence.amounts)


def fit(evidence: Evidence, size: int, seed: int, times: Floats | None = None) -> Mixture:
    """The likeliest mixture of `size` ways of buying: short runs of EM from many random starts, of which the best go on.

    times: how often each customer counts, as when customers are drawn anew; once, where not given.
    Source: Biernacki, Celeux & Govaert (2003), Computational Statistics & Data Analysis 41(3-4), 561-575.
    """
    draw, facts = np.random.default_rng(seed), _facts(evidence, times)
    with threadpool_limits(1, "blas"):  # on products so thin, a second thread costs more than it brings
        return _likeliest(size, facts, draw)


def _likeliest(size: int, facts: "_Facts", draw: np.random.Generator) -> Mixture:
    begun = [
        _climb(draw.dirichlet(np.full(size, 0.3), len(facts.each)), facts, _FIRST_STEPS)
        for _ in range(_STARTS if size > 1 else 1)
    ]
    begun.sort(key=lambda run: -run.likelihood)
    runs = [_climb(run.shares, facts, _STEPS) for run in begun[:_BEST]]
    return max(runs, key=lambda run: run.likelihood).mixture


def memberships(mixture: Mixture, evidence: Evidence) -> Floats:
    """N × k: the probability of each customer to buy in each way; rows sum to 1."""
    return _shares(mixture, _facts(evidence))[0]


def bic(mixture: Mixture, evidence: Evidence) -> float:
    """Bayesian information criterion; smaller is better. Source: Schwarz (1978), Annals of Statistics 6(2), 461-464."""
    likelihood = _shares(mixture, _facts(evidence))[1]
    free = evidence.counts.shape[1] - len(np.unique(evidence.questions)) + 2 * evidence.amounts.shape[1]
    parameters = mixture.size * free + mixture.size - 1
    return float(-2 * likelihood + parameters * np.log(len(evidence.customers)))


@dataclass(frozen=True)
class _Run:
    mixture: Mixture
    shares: Floats
    likelihood: float


def _climb(shares: Floats, facts: "_Facts", steps: int) -> _Run:
    """EM from memberships (n × k), for so many steps at most."""
    last = -np.inf
    for _ in range(steps):
        mixture = _from_shares(shares, facts)
        shares, likelihood = _shares(mixture, facts)
        if likelihood - last < _ENOUGH * abs(last):
            break
        last = likelihood
    return _Run(mixture, shares, likelihood)


@dataclass(frozen=True)
class _Facts:
    """What the likelihood reads of the customers, so that one product with it is a step of EM.

    each: n × (choices + 3 d): counts; whether each amount is known; the amount, 0 where it is not; its square. Both
    distributions are of the exponential family. prior: imaginary counts of the choices. questions: as in Evidence.
    times (n): how often each customer counts.
    """

    each: Floats
    prior: Floats
    questions: npt.NDArray[np.int64]
    times: Floats


def _facts(evidence: Evidence, times: Floats | None = None) -> _Facts:
    counts, amounts, questions = evidence.counts.to_numpy(), evidence.amounts.to_numpy(), evidence.questions
    times = np.ones(len(counts)) if times is None else times
    filled = np.nan_to_num(amounts, nan=0.0)
    spread = _by_question((times @ counts)[None, :] + 1e-3, questions) * np.bincount(questions)[questions]
    return _Facts(np.hstack([counts, ~np.isnan(amounts), filled, filled**2]), _PRIOR * spread, questions, times)


def _from_shares(shares: Floats, facts: _Facts) -> Mixture:
    """The likeliest mixture when each customer's membership is known."""
    shares = shares * facts.times[:, None]
    sums, choices = shares.T @ facts.each, len(facts.questions)
    known, total, squares = np.hsplit(sums[:, choices:], 3)
    weight = np.maximum(known, 1e-9)
    variances = np.maximum(squares / weight - (total / weight) ** 2, _LEAST_VARIANCE)
    weights = (shares.sum(axis=0) + 1) / (facts.times.sum() + shares.shape[1])
    chances = _by_question(sums[:, :choices] + facts.prior, facts.questions)
    return Mixture(weights, chances, total / weight, variances)


def _by_question(made: Floats, questions: npt.NDArray[np.int64]) -> Floats:
    """Counts (k × choices) as shares of each question's."""
    of = np.eye(questions.max(initial=-1) + 1)[questions]
    return np.asarray(made / (made @ of @ of.T), np.float64)


def _shares(mixture: Mixture, facts: _Facts) -> tuple[Floats, float]:
    """Memberships (n × k) under a mixture, and the log likelihood of all customers, up to a constant."""
    means, variances = mixture.means, mixture.variances
    normal = [-0.5 * (means**2 / variances + np.log(variances)), means / variances, -0.5 / variances]
    logs = np.log(mixture.weights) + facts.each @ np.hstack([np.log(mixture.chances), *normal]).T
    # By hand: scipy's logsumexp takes ten times as long on so few columns.
    top = logs.max(axis=1, keepdims=True)
    joint = np.exp(logs - top)
    sums = joint.sum(axis=1, keepdims=True)
    return np.asarray(joint / sums, np.float64), float((facts.times @ (top + np.log(sums))).sum())
