"""A made price panel whose prices follow what their setters see of demand, and costs that demand has no part in."""

from typing import NamedTuple

import numpy as np
from prices_by_hand import panel_of
from shopkeeper.pricing.panel import PricePanel


class Confounded(NamedTuple):
    panel: PricePanel
    cost: np.ndarray
    shock: np.ndarray
    true: np.ndarray


class Planted(NamedTuple):
    """mean: units a period; follows: how far log prices follow the week's shock to log demand; passed_on: and how far the log cost;
    spread: deviation of elasticities around -2.
    """

    mean: float = 20.0
    follows: float = 0.5
    passed_on: float = 0.6
    spread: float = 0.0


def confounded(seed, skus=60, periods=80, planted=Planted()):  # noqa: B008
    draw = np.random.default_rng(seed)
    shape = (skus, periods)
    true = -2 + planted.spread * draw.normal(size=skus)
    # A supplier's price stands for eight periods.
    cost = np.repeat(0.12 * draw.normal(size=(skus, -(-periods // 8))), 8, axis=1)[:, :periods]
    shock = 0.25 * draw.normal(size=shape)
    off = (draw.random(shape) < 0.3) * draw.uniform(0.05, 0.2, shape)
    log_price = planted.passed_on * cost + planted.follows * shock - off
    event = np.where(np.arange(periods) % 5 == 0, 0.5, 0.0)
    level = planted.mean * draw.gamma(2, 0.5, (skus, 1))
    sold = draw.poisson(level * np.exp(true[:, None] * log_price + shock + event))
    return Confounded(panel_of(sold, 20 * np.exp(log_price)), 8 * np.exp(cost), shock, true)
