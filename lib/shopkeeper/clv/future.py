"""The future of customers, drawn at random from what a model says of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, pdtr, xlogy

from shopkeeper.clv.models import Floats, Histories, Theta, chances

_FOREVER = 100.0  # a logarithm beyond which a stay is as good as endless


@dataclass(frozen=True)
class Future:
    """Of those who are customers still: the pace of their orders (a day), and how long they stay.

    stays: until how many days from now (Pareto/NBD), or for how many orders (BG/NBD, MBG/NBD).
    """

    pace: Floats
    stays: Floats


def draw_future(
    model: str,
    theta: Theta,
    data: Histories,
    rows: npt.NDArray[np.int64],
    draw: np.random.Generator,
    drift: float = 0.0,
) -> Future:
    """One draw for one customer of each of these rows, each taken to be a customer still.

    drift: variance of what the pace is multiplied by from now on, with mean 1; 0 where it stays as it was.
    """
    r, alpha, third, fourth = theta
    pair = data.pair[rows]
    cell = data.cell[pair]
    pace = draw.standard_gamma(r + data.x[pair]) / (alpha[cell] + data.T[rows])
    if drift:
        pace = pace * draw.gamma(1 / drift, drift, len(pace))
    if model == "pareto_nbd":
        stays = (fourth[cell] + data.T[rows]) * np.expm1(
            np.minimum(draw.standard_exponential(len(rows)) / third[cell], _FOREVER)
        )
        return Future(pace, stays)
    leaves = draw.beta(third[cell], (fourth[data.cell] + chances(model, data))[pair])
    return Future(pace, draw.geometric(np.maximum(leaves, 1e-12)).astype(np.float64))


def orders_within(model: str, future: Future, ends: Floats, draw: np.random.Generator) -> Floats:
    """Order days of each customer (down) up to each of these days from now (across, rising)."""
    by_age = model == "pareto_nbd"
    last = np.minimum(ends[-1], future.stays) if by_age else ends[-1]
    came = np.zeros((len(future.pace), len(ends)))
    came[:, -1] = draw.poisson(future.pace * last)
    back = np.flatnonzero(came[:, -1])  # of the others, nothing is left to say
    some, stays = came[back], future.stays[back]
    for end in range(len(ends) - 1, 0, -1):
        here, before = (np.minimum(ends[k], stays) if by_age else ends[k] for k in (end, end - 1))
        some[:, end - 1] = draw.binomial(some[:, end].astype(np.int64), before / here)
    came[back] = some if by_age else np.minimum(some, stays[:, None])
    return came


def chances_of(model: str, future: Future, days: float, orders: Floats) -> tuple[Floats, Floats]:
    """The probability of so many order days within `days` days, and of fewer."""
    if model == "pareto_nbd":
        return _poisson(future.pace * np.minimum(days, future.stays), orders)
    exactly, fewer = _poisson(future.pace * days, orders)
    exactly = np.where(orders < future.stays, exactly, np.where(orders == future.stays, 1 - fewer, 0.0))
    return exactly, np.where(orders <= future.stays, fewer, 1.0)


def _poisson(mean: Floats, orders: Floats) -> tuple[Floats, Floats]:
    exactly = np.exp(xlogy(orders, mean) - mean - gammaln(orders + 1))
    fewer = np.where(orders > 0, pdtr(np.maximum(orders - 1, 0), mean), 0.0)
    return exactly, fewer
