"""Shops of known truth for the expectations of groups: customers at their own pace, months that move everyone."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from shopkeeper.customers.expectations import MEASURES, Month, expect, of_group

SEEDS = range(300)
_CUSTOMERS, _MONTHS, _BEFORE = 600, 12, 6  # months looked back to, and months of history before the first of them
Draw = np.random.Generator
World = Callable[[Draw], tuple[np.ndarray, np.ndarray]]


def steady(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """Orders and revenue (months × customers): gamma paces and spend; each month moves everyone on its own."""
    rates = draw.gamma(0.8, 0.8, _CUSTOMERS)
    months = np.exp(draw.normal(0, 0.1, _BEFORE + _MONTHS + 1))
    orders = draw.poisson(np.outer(months, rates))
    return orders, draw.gamma(2.0 * np.maximum(orders, 1e-9), 20)


def drifting(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """Another world: the level wanders, one in twenty-five leaves each month, pace is lognormal, baskets have a heavy tail."""
    rates = draw.lognormal(-1.0, 1.0, _CUSTOMERS)
    shape = (_BEFORE + _MONTHS + 1, _CUSTOMERS)
    stays = np.cumprod(draw.uniform(size=shape) > 0.04, axis=0)
    months = np.exp(np.cumsum(draw.normal(0, 0.08, shape[0])))
    orders = draw.poisson(months[:, None] * rates * stays)
    mean = draw.lognormal(3, 0.5, _CUSTOMERS)
    return orders, mean * draw.lognormal(0, 0.8, shape) * orders


def known(orders: np.ndarray, month: int) -> pd.DataFrame:
    """What is known of each customer at the end of the months before this one."""
    past = orders[:month]
    came = past[::-1] > 0
    since = np.where(came.any(axis=0), came.argmax(axis=0), month)
    counts = {f"orders_{n}": np.log1p(past[-n:].sum(axis=0)) for n in (1, 3, month)}
    return pd.DataFrame({**{f"past_{k}": v for k, v in enumerate(counts.values())}, "since": np.log1p(since)})


def holds(world: World) -> Iterator[list[bool]]:
    """For each seed, whether the intervals of three groups' orders, revenue and buyers hold what came."""
    for seed in SEEDS:
        orders, revenue = world(np.random.default_rng(seed))
        months = [_month(orders, revenue, _BEFORE + _MONTHS - 1 - k) for k in range(_MONTHS)]
        now, came = known(orders, _BEFORE + _MONTHS), _month(orders, revenue, _BEFORE + _MONTHS).did
        many = now.past_1.rank(method="first", pct=True)
        groups = [now.index[many > 2 / 3], now.index[many <= 1 / 3], now.index[::4]]
        held = []
        for measure in MEASURES:
            expected = expect(months, now, [], measure, seed)
            for group in groups:
                _, low, high = of_group(expected, group, seed)
                held.append(bool(low <= came[measure][group].sum() <= high))
        yield held


def _month(orders: np.ndarray, revenue: np.ndarray, month: int) -> Month:
    did = {"orders": orders[month], "net_revenue": revenue[month], "buyers": orders[month] > 0}
    return Month(known(orders, month), pd.DataFrame(did).astype("float64"))
