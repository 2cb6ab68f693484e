"""Spend: what an order of each customer brings, known by a few orders of her own and many of others.

All orders of a customer count, the first one too. On eleven days of four shops Gamma-Gamma met the amounts of later
orders better so on eight, as well on one, worse on two; and a customer who bought once is told from another.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import gammaln

from shopkeeper.clv.models import Floats

MOST_CORRELATED = 0.3  # correlation of frequency with spend above which the two are not independent
_EDGE = 8.0  # the logarithms of parameters are sought within ± this
_STEP = 1e-3  # of a difference quotient
_ROUNDS = 50
_TINY = 1e-12  # so that where all spend the same nothing is divided by 0


@dataclass(frozen=True)
class GammaGamma:
    """Orders of a customer are Gamma(p, nu), and nu differs between customers as Gamma(q, v); v in currency.

    spread: covariance of the logarithms of p, q and v.
    Source: Fader & Hardie (2013), The Gamma-Gamma model of monetary value, brucehardie.com/notes/025.
    """

    p: float
    q: float
    v: float
    log_likelihood: float
    spread: Floats

    def mean(self, n: pd.Series, amount: pd.Series) -> pd.Series:
        """Expected amount of an order of customers whose n orders brought `amount` in the mean; n may be 0."""
        return self.p * (self.v + n * amount.fillna(0.0)) / (self.p * n + self.q - 1)

    def draw(self, n: Floats, amount: Floats, orders: Floats, draw: np.random.Generator) -> Floats:
        """What so many orders of each customer (down) in each of some periods (across) will bring: one draw."""
        nu = draw.gamma(self.q + self.p * n) / (self.v + n * amount)
        return draw.gamma(np.maximum(self.p * orders, _TINY)) / nu[:, None] * (orders > 0)


@dataclass(frozen=True)
class Regression:
    """An order of a customer brings line + own + luck, the latter two normal; line = intercept + slope × log(1 + n).

    For amounts that may be 0 or less, or that rise or fall with how often customers order. own, luck: deviations
    between customers, and between the orders of one; all in currency.
    """

    intercept: float
    slope: float
    own: float
    luck: float

    def mean(self, n: pd.Series, amount: pd.Series) -> pd.Series:
        """Expected amount of an order of customers whose n orders brought `amount` in the mean; n may be 0."""
        line = self.intercept + self.slope * np.log1p(n)
        return line + self._trust(n) * (amount.fillna(0.0) - line)

    def draw(self, n: Floats, amount: Floats, orders: Floats, draw: np.random.Generator) -> Floats:
        """What so many orders of each customer (down) in each of some periods (across) will bring: one draw."""
        line = self.intercept + self.slope * np.log1p(n)
        trust = self._trust(n)
        own = line + trust * (amount - line) + self.own * np.sqrt(1 - trust) * draw.normal(size=len(n))
        return orders * own[:, None] + np.sqrt(orders) * self.luck * draw.normal(size=orders.shape)

    def _trust(self, n: "pd.Series | Floats") -> "pd.Series | Floats":
        return self.own**2 * n / (self.own**2 * n + self.luck**2 + _TINY)


Spend = GammaGamma | Regression


def spend_model(n: pd.Series, amount: pd.Series, squares: pd.Series, correlation: float) -> Spend:
    """Gamma-Gamma where it may be used: amounts above 0 that differ and do not go with how often customers order.

    n, amount, squares: by customer, orders, their mean, and the sum of their squared distances from it.
    """
    may = bool((amount > 0).all()) and not correlation > MOST_CORRELATED
    return (gamma_gamma(n, amount) if may else None) or regression(n, amount, squares)


def gamma_gamma(n: pd.Series, amount: pd.Series) -> GammaGamma | None:
    """By maximum likelihood, of customers with an order or more and amounts above 0; None where there is no top."""
    x, scale = n.to_numpy(np.float64), float(amount.mean())
    m = amount.to_numpy(np.float64) / scale

    def loss(at: Floats) -> float:
        return -float(np.mean(_log_density(x, m, *np.exp(at))))

    bounds = [(-_EDGE, _EDGE)] * 3
    start = np.log([2.0, 3.0, 2.0])
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "maxiter": 1000}).x
    curve = _curvature(loss, found)
    if np.abs(found).max() > _EDGE - 0.1 or np.linalg.eigvalsh(curve)[0] <= 0 or found[1] <= 0:
        return None  # below q = 1 the mean is infinite
    p, q, v = (float(value) for value in np.exp(found))
    return GammaGamma(p, q, v * scale, -len(x) * (loss(found) + np.log(scale)), np.linalg.inv(curve) / len(x))


def _log_density(x: Floats, m: Floats, p: float, q: float, v: float) -> Floats:
    shape = p * x
    constant = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v) + shape * np.log(x)
    return np.asarray(constant + (shape - 1) * np.log(m) - (shape + q) * np.log(x * m + v), np.float64)


def _curvature(loss: Callable[[Floats], float], at: Floats) -> Floats:
    steps = _STEP * np.eye(len(at))
    rows = [
        [(loss(at + a + b) - loss(at + a - b) - loss(at - a + b) + loss(at - a - b)) / (4 * _STEP**2) for b in steps]
        for a in steps
    ]
    return np.array(rows)


def regression(n: pd.Series, amount: pd.Series, squares: pd.Series) -> Regression:
    """By moments: of customers' orders n, their mean amount, and the sum of their squared distances from it.

    Source: Paule & Mandel's estimator of the variance between groups, as weighted least squares in turns.
    """
    n, amount = n.astype("float64"), amount.astype("float64")
    more = float((n - 1).clip(lower=0).sum())
    luck = float(squares.sum() / more) if more else float(np.var(amount) / 2)
    design = np.column_stack([np.ones(len(n)), np.log1p(n)])
    tiny = 1e-9 * float(np.mean(amount**2)) + _TINY
    own, line = float(np.var(amount)), np.zeros(2)
    for _ in range(_ROUNDS):
        weight = 1 / np.maximum(own + luck / n, tiny)
        root = np.sqrt(weight).to_numpy()
        line = np.linalg.lstsq(design * root[:, None], amount.to_numpy() * root)[0]
        beyond = (amount - design @ line) ** 2 - luck / n
        own = max(float(np.average(beyond, weights=weight**2)), 0.0)
    return Regression(float(line[0]), float(line[1]), own**0.5, luck**0.5)
