"""The future of each customer, drawn at random from what a model says of her."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, pdtr, xlogy

from shopkeeper.clv.models import Floats, Histories, Theta, chances, p_alive


@dataclass(frozen=True)
class Future:
    """Of customers of whom nothing is seen any more: whether each is one still, the pace of her orders (a day), and how long she stays.

    stays: until how many days from now (Pareto/NBD), or for how many orders (BG/NBD, MBG/NBD).
    """

    is_alive: Floats
    pace: Floats
    stays: Floats


def draw_future(model: str, theta: Theta, data: Histories, draw: np.random.Generator) -> Future:
    """One draw for one customer of each row."""
    r, alpha, third, fourth = theta
    cell, x = data.cell[data.pair], data.x[data.pair]
    is_alive = draw.random(len(x)) < p_alive(model, theta, data)
    pace = draw.gamma(r + x) / (alpha[cell] + data.T)
    if model == "pareto_nbd":
        stays = (fourth[cell] + data.T) * np.expm1(draw.exponential(size=len(x)) / third[cell])
    else:
        leaves = draw.beta(third[cell], fourth[cell] + chances(model, data)[data.pair])
        stays = draw.geometric(np.maximum(leaves, 1e-12)).astype(np.float64)
    return Future(is_alive.astype(np.float64), pace, stays)


def orders_within(model: str, future: Future, days: Floats, draw: np.random.Generator) -> Floats:
    """Order days of each customer (down) up to each of these days from now (across, rising)."""
    ends = np.broadcast_to(np.asarray(days, np.float64), (len(future.pace), len(days)))
    if model == "pareto_nbd":
        ends = np.minimum(ends, future.stays[:, None])
    steps = np.diff(ends, axis=1, prepend=0.0)
    came = draw.poisson(future.pace[:, None] * steps).cumsum(axis=1)
    if model != "pareto_nbd":
        came = np.minimum(came, future.stays[:, None])
    return np.asarray(came * future.is_alive[:, None], np.float64)


def chances_of(model: str, future: Future, days: float, orders: Floats) -> tuple[Floats, Floats]:
    """Given that she is a customer still, the probability of so many order days within `days` days, and of fewer."""
    if model == "pareto_nbd":
        return _poisson(future.pace * np.minimum(days, future.stays), orders)
    exactly, fewer = _poisson(future.pace * days, orders)
    exactly = np.where(orders < future.stays, exactly, np.where(orders == future.stays, 1 - fewer, 0.0))
    return exactly, np.where(orders <= future.stays, fewer, 1.0)


def _poisson(mean: Floats, orders: Floats) -> tuple[Floats, Floats]:
    exactly = np.exp(xlogy(orders, mean) - mean - gammaln(orders + 1))
    fewer = np.where(orders > 0, pdtr(np.maximum(orders - 1, 0), mean), 0.0)
    return exactly, fewer
