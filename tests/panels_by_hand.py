"""A made panel: units by SKU and day, in two categories, at 10 a unit."""

import numpy as np
import pandas as pd
from shopkeeper.demand.panel import AHEAD, Panel, Plan

WEEKDAY = np.array([0.8, 0.8, 0.9, 1.0, 1.2, 1.5, 0.8])


def panel_of(units, categories=2, **more):
    """more: fields of the panel that are not as plain."""
    units = np.asarray(units, float)
    names = [f"s{number}" for number in range(len(units))]
    skus = pd.DataFrame({"sku": names, "product": names, "category": [f"k{n % categories}" for n in range(len(units))]})
    skus = skus.assign(launched=0, is_rest=False)
    plain = {
        "country": "CN", "skus": skus, "days": pd.date_range("2024-01-01", periods=units.shape[1]),
        "sales": units, "demand": units, "is_out": np.zeros(units.shape, bool), "shelves": {},
        "revenue": 10 * units, "price": np.full(units.shape, 10.0), "plans": {}, "traffic": {}, "spikes": pd.DataFrame(),
    }  # fmt: skip
    return Panel(**(plain | more))


def plan_of(shape, rows, first, last, known=-1000):
    """A promotion of some rows from a first to a last day, both counted."""
    size = np.zeros((shape[0], shape[1] + AHEAD))
    size[rows, first : last + 1] = 0.2
    return Plan(size, np.full(size.shape, known, np.int32))


def steady(skus, days, seed=1, mean=10.0):
    """Poisson units around levels that differ, with a weekly season."""
    luck = np.random.default_rng(seed)
    level = luck.gamma(4, mean / 4, skus)[:, None]
    return luck.poisson(level * WEEKDAY[np.arange(days) % 7])
