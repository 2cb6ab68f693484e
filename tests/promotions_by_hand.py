"""Made promotion days: a brand that sells around a level, and what promotions do to it."""

import numpy as np
import pandas as pd
from shopkeeper.pricing.promotion_days import PromotionDays

EVENTS = ((60, 66), (110, 119), (170, 174), (230, 239), (290, 296), (345, 349))
NO_LATER = pd.DataFrame({"came": [], "day": [], "orders": [], "units": [], "net_revenue": []}, dtype=float)


def days_of(units, revenue, events=EVENTS, is_in=None, **more):
    """units, revenue: SKUs × days; every SKU of category k but the last one, of category q. One order a unit; guests alone, unless more says otherwise."""
    units, revenue = np.asarray(units, float), np.asarray(revenue, float)
    days = pd.date_range("2024-01-01", periods=units.shape[1])
    table = pd.DataFrame(
        [(f"p{n}", "discount", *span) for n, span in enumerate(events)], columns=["promotion", "kind", "first", "last"]
    )
    skus = pd.DataFrame({"sku": [f"s{n}" for n in range(len(units))], "category": ["k"] * (len(units) - 1) + ["q"]})
    totals = pd.DataFrame(
        {"orders": units.sum(axis=0), "units": units.sum(axis=0), "net_revenue": revenue.sum(axis=0)}, days
    )
    totals = totals.assign(first_orders=more.get("first_orders", 0.0), met=more.get("met", 1.0))
    members = np.tile([True] + [False] * (len(units) - 1), (len(events), 1)) if is_in is None else np.asarray(is_in)
    return PromotionDays(
        "CN", days, totals, table, skus, units, revenue, members, more.get("later", NO_LATER), more.get("squares", NO_LATER.drop(columns="day"))
    )  # fmt: skip


def levels_of(days=400, lift=2.0, emptied=0.0, level=600.0):
    """Mean units by day: a level that rises slowly, `lift` times as much in promotions; next to them it sells `emptied` less, which falls off over 8 days."""
    number = np.arange(days)
    mean = level * np.exp(0.3 * number / days) * np.array([0.9, 0.9, 1.0, 1.0, 1.0, 1.1, 1.1])[number % 7]
    usual = mean.copy()
    for first, last in EVENTS:
        away = np.maximum(first - number, number - last)
        mean = np.where(
            (number >= first) & (number <= last),
            lift * mean,
            mean * (1 - emptied * np.clip(1 - (away - 1) / 8, 0, 1) * (away > 0)),
        )
    return mean, usual
