"""Matching: those who were not sent a campaign, weighted until they resemble those who were, and what sets them apart after it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from scipy.stats import t as student

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_RIDGE = 1e-4  # keeps the weights finite where no weighting of the others has the mean traits of those sent


@dataclass(frozen=True)
class Match:
    """How much each row counts: the weights of those sent are alike and sum to 1, those of the others sum to 1 as well.

    traits: in standard deviations from the mean of those sent, after a column of ones
    worst: the largest difference that is left between the two in any trait, in standard deviations
    peers: the number of others of equal weight that would be as sure as the weighted ones (Kish)
    """

    is_sent: Flags
    weights: Floats
    traits: Floats
    worst: float
    peers: float


@dataclass(frozen=True)
class Difference:
    """How far the outcome of those sent lies above that of their peers: its standard error, and degrees of freedom of a t.

    influence: what each row adds to the error; the sum of its products with another difference's is their covariance.
    """

    effect: float
    sd: float
    df: float
    influence: Floats

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """The limits of the effect at this level of confidence."""
        reach = float(student.isf((1 - level) / 2, self.df)) * self.sd
        return self.effect - reach, self.effect + reach

    @property
    def z(self) -> float:
        """The effect in standard errors; 0 where nothing varies."""
        return self.effect / self.sd if self.sd > 0 else 0.0

    @property
    def p(self) -> float:
        """Of a test that there is no effect, two-sided."""
        return float(2 * student.sf(abs(self.z), self.df))


def match(traits: Floats, is_sent: Flags) -> Match:
    """Weigh the others so that their mean traits are those of the rows that were sent, and as evenly as that allows.

    traits: rows × traits; one that never varies is left out. At least two rows of each kind.
    Source: Hainmueller (2012), Political Analysis 20(1), 25-46. The weights are those of a logistic propensity to be sent, and the
    difference is unbiased too where the outcome is linear in the traits: Zhao & Percival (2017), J. Causal Inference 5(1).
    """
    spread = traits.std(axis=0)
    varies = np.ptp(traits, axis=0) > 0  # a mean of equal numbers need not equal them, so their spread may be a trifle
    scaled = (traits[:, varies] - traits[is_sent][:, varies].mean(axis=0)) / spread[varies]
    own = _balancing(scaled[~is_sent])
    weights = np.full(len(traits), 1 / is_sent.sum())
    weights[~is_sent] = own
    worst = float(np.abs(own @ scaled[~is_sent]).max(initial=0.0))
    return Match(is_sent, weights, np.column_stack([np.ones(len(traits)), scaled]), worst, float(1 / (own @ own)))


def _balancing(scaled: Floats) -> Floats:
    """The weights nearest to equal, in entropy, under which every column's mean is 0."""

    def loss(slope: Floats) -> tuple[float, Floats]:
        log_odds = scaled @ slope
        value = float(logsumexp(log_odds)) + _RIDGE / 2 * float(slope @ slope)
        return value, softmax(log_odds) @ scaled + _RIDGE * slope

    def curvature(slope: Floats) -> Floats:
        weights = softmax(scaled @ slope)
        mean = weights @ scaled
        return np.asarray((scaled * weights[:, None]).T @ scaled - np.outer(mean, mean) + _RIDGE * np.eye(len(slope)))

    if not scaled.size:
        return np.full(len(scaled), 1 / len(scaled))
    found = minimize(loss, np.zeros(scaled.shape[1]), jac=True, hess=curvature, method="trust-exact")
    return np.asarray(softmax(scaled @ found.x), np.float64)


def difference(matched: Match, outcome: Floats) -> Difference:
    """By how much the outcome of those sent exceeds that of the weighted others, what traits still explain taken off.

    outcome: one number a row. The error is robust to rows that vary unlike each other; the others' is corrected for what their
    own weight hides of it (HC3). Degrees of freedom: Satterthwaite, from the number sent and the peers.
    """
    is_sent, weights, traits = matched.is_sent, matched.weights, matched.traits
    others, own = traits[~is_sent], weights[~is_sent]
    inverse = np.linalg.pinv((others * own[:, None]).T @ others)
    rest = outcome - traits @ (inverse @ (others.T @ (own * outcome[~is_sent])))
    hidden = np.minimum(own * np.einsum("ij,jk,ik->i", others, inverse, others), 0.99)
    sent, n = rest[is_sent], int(is_sent.sum())
    effect = float(sent.mean() - own @ rest[~is_sent])
    influence = np.empty(len(outcome))
    influence[is_sent] = (sent - sent.mean()) / np.sqrt(n * (n - 1))
    influence[~is_sent] = -own * rest[~is_sent] / (1 - hidden)
    of_sent, of_others = (float(influence[rows] @ influence[rows]) for rows in (is_sent, ~is_sent))
    free = max(matched.peers - traits.shape[1], 1.0)
    unsure = of_sent**2 / (n - 1) + of_others**2 / free
    df = (of_sent + of_others) ** 2 / unsure if unsure > 0 else np.inf
    return Difference(effect, float(np.sqrt(of_sent + of_others)), df, influence)
