"""The future of customers, drawn at random from what a model says of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, pdtr, xlogy

from shopkeeper.clv.models import Floats, Histories, Theta, chances

Rows = npt.NDArray[np.int64]
_FOREVER = 100.0  # a logarithm beyond which a stay is as good as endless


@dataclass(frozen=True)
class Future:
    """Of those who are customers still: the pace of their orders (a day), and how long they stay.

    stays: until how many days from now (Pareto/NBD), or for how many orders (BG/NBD, MBG/NBD).
    """

    pace: Floats
    stays: Floats


def draw_orders(
    model: str, theta: Theta, data: Histories, rows: Rows, ends: Floats, draw: np.random.Generator, drift: float = 0.0
) -> tuple[Rows, Floats]:
    """One draw for one customer of each of these rows, each taken to be a customer still: which of the rows order up to the last of
    these days from now (rising), and of those (down) the order days up to each (across). drift: as for draw_future.
    """
    pace = _pace(theta, data, rows, draw, drift)
    came = draw.poisson(pace * ends[-1])  # of one who does not leave
    back = np.flatnonzero(came)  # of the others, nothing is left to say
    stays = _stays(model, theta, data, rows[back], draw)
    is_by_age = model == "pareto_nbd"
    reach = [np.minimum(end, stays) if is_by_age else np.full(len(back), end) for end in ends]
    upto = [draw.binomial(came[back], reach[-1] / ends[-1])]
    for before, here in zip(reach[-2::-1], reach[:0:-1], strict=True):
        upto.append(draw.binomial(upto[-1], before / here))
    orders = np.column_stack(upto[::-1]).astype(np.float64)
    orders = orders if is_by_age else np.minimum(orders, stays[:, None])
    some = orders[:, -1] > 0
    return rows[back[some]], orders[some]


def draw_future(
    model: str, theta: Theta, data: Histories, rows: Rows, draw: np.random.Generator, drift: float = 0.0
) -> Future:
    """One draw for one customer of each of these rows, each taken to be a customer still.

    drift: variance of what the pace is multiplied by from now on, with mean 1; 0 where it stays as it was.
    """
    return Future(_pace(theta, data, rows, draw, drift), _stays(model, theta, data, rows, draw))


def _pace(theta: Theta, data: Histories, rows: Rows, draw: np.random.Generator, drift: float) -> Floats:
    r, alpha = theta[:2]
    pair = data.pair[rows]
    pace = draw.standard_gamma(r + data.x[pair]) / (alpha[data.cell[pair]] + data.T[rows])
    return pace * draw.gamma(1 / drift, drift, len(pace)) if drift else pace


def _stays(model: str, theta: Theta, data: Histories, rows: Rows, draw: np.random.Generator) -> Floats:
    third, fourth = theta[2:]
    pair = data.pair[rows]
    cell = data.cell[pair]
    if model == "pareto_nbd":
        longer = np.minimum(draw.standard_exponential(len(rows)) / third[cell], _FOREVER)
        return np.asarray((fourth[cell] + data.T[rows]) * np.expm1(longer), np.float64)
    leaves = draw.beta(third[cell], (fourth[data.cell] + chances(model, data))[pair])
    return draw.geometric(np.maximum(leaves, 1e-12)).astype(np.float64)


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
