"""A made shop of baskets: which SKUs were in each order, who bought them, and in which week."""

import datetime as dt

import pandas as pd
from by_hand import csv_text, imported
from shopkeeper.shop import Shop

MONDAY = dt.date(2024, 1, 1)


def shop_of(baskets, units=None, sets=()):
    """baskets: (week, customer, SKUs) of each order; units: of a SKU in an order, 1 where not told; sets: numbers of orders sold as a set."""
    orders, lines = [], []
    for number, (week, customer, skus) in enumerate(baskets):
        orders.append((f"o{number}", customer, f"{MONDAY + dt.timedelta(weeks=week)} 12:00:00", 10.0 * len(skus)))
        for line, sku in enumerate(skus, start=1):
            pieces = (units or {}).get(sku, 1)
            lines.append((f"o{number}", line, sku, pieces, 10.0, 10.0, 10.0, "set" if number in sets else None))
    orders.append(
        ("last", "last", f"{MONDAY + dt.timedelta(weeks=max(week for week, *_ in baskets), days=6)} 23:00:00", 0.0)
    )
    imported(
        "baskets",
        {
            "orders.csv": csv_text(["order_id", "customer_id", "ordered_at", "net_revenue"], *orders),
            "order_lines.csv": csv_text(
                ["order_id", "line", "sku", "quantity", "list_price", "customer_paid", "net_revenue", "bundle"], *lines
            ),
        },
    )
    return Shop("baskets")


def skus_of(names, same=()):
    """Each SKU a market of its own; those named in `same` share one."""
    markets = [1 if name in same else number + 2 for number, name in enumerate(names)]
    return pd.DataFrame({"sku": list(names), "category": [f"k{market}" for market in markets], "market": markets})
