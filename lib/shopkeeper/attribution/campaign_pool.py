"""Campaigns together: the mean effect of those of one offer, how unlike each other they are, and what one more would bring."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from shopkeeper.attribution.campaign_effect import Effects
from shopkeeper.attribution.matching import Floats

UNLIKE = 0.05  # deviation by which the lifts of campaigns of one offer are expected to differ, before the data speak
_STEPS = 60  # of the deviation, that it is summed over


@dataclass(frozen=True)
class Mixture:
    """A quantity not known for sure: normals of these means and deviations, and the probability of each."""

    weights: Floats
    means: Floats
    sds: Floats

    @property
    def mean(self) -> float:
        """Its expectation."""
        return float(self.weights @ self.means)

    def below(self, value: float) -> float:
        """The probability that it lies below the value."""
        return float(self.weights @ norm.cdf((value - self.means) / self.sds))

    def quantile(self, share: float) -> float:
        """The value that it lies below with this probability."""
        reach = 10 * self.sds.max()
        low, high = self.means.min() - reach, self.means.max() + reach
        return float(brentq(lambda value: self.below(value) - share, low, high))


def pool(effect: Floats, covariance: Floats, unlike: float) -> tuple[Mixture, Mixture]:
    """The mean effect of campaigns like these, and the effect of one more.

    covariance: of the errors of the effects, which share customers. unlike: the scale of a half-normal prior of the deviation
    between campaigns; the prior of the mean is flat. Summed over the middles of 60 steps of the deviation.
    Source: Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., 5.4-5.5, with the errors' whole covariance.
    """
    deviations = 4 * unlike * (np.arange(_STEPS) + 0.5) / _STEPS
    ones = np.ones(len(effect))
    logs, means, variances = [], [], []
    for deviation in deviations:
        total = covariance + deviation**2 * np.eye(len(effect))
        sums, fitted = np.linalg.solve(total, ones), np.linalg.solve(total, effect)
        weight = float(ones @ sums)
        mean = float(ones @ fitted) / weight
        determinant = float(np.linalg.slogdet(total)[1])
        logs.append(
            -0.5 * (determinant + np.log(weight) + effect @ fitted - weight * mean**2 + (deviation / unlike) ** 2)
        )
        means.append(mean)
        variances.append(1 / weight)
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    middle, known = np.array(means), np.array(variances)
    return Mixture(weights, middle, np.sqrt(known)), Mixture(weights, middle, np.sqrt(known + deviations**2))


def pooled(effects: Effects) -> pd.DataFrame:
    """All measured campaigns together (offer null), and those of each offer, the most customers sent first.

    n_campaigns, sent       how many, and to how many customers in all
    lift, _low, _high       the mean effect of such campaigns over what those sent would have spent, with its 90% interval
    effect, _low, _high     the same in money for a customer who was sent the latest of them, over four weeks
    customers, next, _low, _high   customers who were sent the latest, and what one more such campaign to as many would bring in all
    gains                   the probability that it brings more than 0
    """
    measured = effects.rows[effects.rows.why == ""].reset_index(drop=True)
    offers = measured.groupby("offer").sent.sum().sort_values(ascending=False, kind="stable").index
    groups = {None: measured} if len(measured) else {}
    groups |= {offer: measured[measured.offer == offer] for offer in offers if offer}
    return pd.DataFrame([{"offer": offer, **_row(rows, effects.influence)} for offer, rows in groups.items()])


def _row(rows: pd.DataFrame, influence: Floats) -> dict[str, float]:
    base = (rows.spend - rows.effect).to_numpy()
    # A small campaign's error is known less well than a large one's: that of a t, as its interval has it.
    own = influence[:, rows.index] * np.sqrt(rows.df / (rows.df - 2).clip(lower=1.0)).to_numpy() / base
    mean, following = pool(rows.lift.to_numpy(), own.T @ own, UNLIKE)
    row = {"n_campaigns": len(rows), "sent": rows.sent.sum(), "customers": rows.sent.iloc[-1]}
    row |= _scaled("lift", mean, 1.0) | _scaled("effect", mean, base[-1])
    return row | _scaled("next", following, base[-1] * rows.sent.iloc[-1]) | {"gains": 1 - following.below(0.0)}


def _scaled(name: str, lift: Mixture, scale: float) -> dict[str, float]:
    ends = {"": lift.mean, "_low": lift.quantile(0.05), "_high": lift.quantile(0.95)}
    return {f"{name}{end}": scale * value for end, value in ends.items()}
