"""Expected orders: how many each customer should place in the days ahead."""

import numpy as np
import numpy.typing as npt
from scipy import special

from shopkeeper.clv.models import Floats, Histories, Theta, chances, p_alive

FINE, COARSE = 0.08, 0.2  # steps of the trapezoidal rule: right to ten digits, and to four in less than half the time
_REACH, _WIDEST = 6.5, 1.5  # how far it reaches, and how wide it takes the middle to be at most
_AT_ONCE = 2_000  # rows, so that what they take stays in the processor's own memory
_FLAT = 600.0  # a logit beyond which p would be 0, and counts for nothing


def expected_orders(model: str, theta: Theta, data: Histories, days: Floats, step: float = FINE) -> Floats:
    """Order days expected of one customer of each row (down) in the next `days` days (across), of all that may happen."""
    alive = p_alive(model, theta, data)[:, None]
    if model == "pareto_nbd":
        return np.asarray(alive * _pareto_nbd(theta, data, days), np.float64)
    kinds, place = _kinds(data)  # what a customer still orders does not depend on when the last order was
    parts = np.array_split(np.arange(len(kinds.T)), max(1, len(kinds.T) // _AT_ONCE))
    ahead = [_geometric(theta, _some(kinds, part), days, chances(model, data), step) for part in parts]
    return np.asarray(alive * np.concatenate(ahead)[place], np.float64)


def _kinds(data: Histories) -> tuple[Histories, npt.NDArray[np.int64]]:
    """The rows once that are alike in pair and T, and which of them each row is."""
    ages, age = np.unique(data.T, return_inverse=True)
    _, first, place = np.unique(data.pair * len(ages) + age, return_index=True, return_inverse=True)
    return _some(data, first), place


def _some(data: Histories, rows: npt.NDArray[np.int64]) -> Histories:
    return data._replace(pair=data.pair[rows], recency=data.recency[rows], T=data.T[rows], n=data.n[rows])


def _pareto_nbd(theta: Theta, data: Histories, days: Floats) -> Floats:
    """Source: Fader & Hardie (2005), A note on deriving the Pareto/NBD model, eq. 41; its limit where s is 1."""
    r, alpha, s, beta = theta
    cell = data.cell[data.pair]
    shape, rate = (r + data.x)[data.pair], alpha[cell] + data.T
    leave = (beta[cell] + data.T)[:, None]
    logs = np.log1p(days / leave)
    # (1 - e^(-(s-1) logs)) / (s-1), whole at s = 1
    grown = logs * special.exprel((1 - s[cell])[:, None] * logs)
    return np.asarray((shape / rate)[:, None] * leave * grown, np.float64)


def _geometric(theta: Theta, data: Histories, days: Floats, chances: Floats, step: float) -> Floats:
    """E[(1 - (1 + p t / (alpha + T))^-(r + x)) / p], the probability p to leave after an order being Beta(a, b + chances).

    By the trapezoidal rule in v, where logit p = that of its mode + its width × sinh v: the integrand is analytic and falls
    off on both sides, so the error falls exponentially with the step.
    """
    r, alpha, a, b = theta
    x, cell = data.x, data.cell
    left, right = a[cell], b[cell] + chances
    v = np.arange(-_REACH, _REACH + step / 2, step)
    middle = np.log(left / right)
    width = np.sqrt(special.polygamma(1, left) + special.polygamma(1, right)).clip(max=_WIDEST)
    logit = middle[:, None] + width[:, None] * np.sinh(v)
    log_p, log_q = -np.logaddexp(0, np.minimum(-logit, _FLAT)), -np.logaddexp(0, logit)
    logs = left[:, None] * log_p + right[:, None] * log_q - special.betaln(left, right)[:, None]
    weights = np.exp(logs) * (step * width[:, None] * np.cosh(v))
    p, weights = np.exp(log_p)[data.pair], weights[data.pair]
    shape, rate = (r + x)[data.pair][:, None], (alpha[cell][data.pair] + data.T)[:, None]
    pace = shape / rate  # what comes of p = 0; only the rest is integrated, since p may be all but 0
    rest = [-np.expm1(-shape * np.log1p(p * (t / rate))) / p - pace * t for t in days]
    return np.column_stack([np.sum(weights * each, axis=1) for each in rest]) + pace * days
