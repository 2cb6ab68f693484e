"""A made shop of goods: what sold of each SKU on each day, what lay on its shelves, and what was promoted."""

import datetime as dt

import numpy as np
from by_hand import csv_text, imported
from shopkeeper.shop import Shop

FIRST = dt.date(2024, 1, 1)
WEEKDAY = np.array([0.8, 0.8, 0.9, 1.0, 1.2, 1.5, 0.8])


def sales_of(skus: int, days: int, seed: int = 1, mean: float = 3.0) -> np.ndarray:
    """Units by SKU and day: Poisson around levels that differ, with a weekly season."""
    luck = np.random.default_rng(seed)
    level = luck.gamma(1.5, mean / 1.5, skus)[:, None]
    return luck.poisson(level * WEEKDAY[(FIRST.weekday() + np.arange(days)) % 7])


def shop_of(
    name: str, units: np.ndarray, more: dict[str, str] | None = None, regions: tuple[str, ...] = ("north",)
) -> Shop:
    """A brand whose SKUs s0, s1… of two categories sold these units at 10 each, one order a SKU, day and region, in equal parts.

    more: other files, by name.
    """
    orders, lines = [], []
    for sku, day in zip(*np.nonzero(units), strict=True):
        when = f"{FIRST + dt.timedelta(days=int(day))} 12:00:00"
        for place, region in enumerate(regions):
            part = int(units[sku, day]) // len(regions) + (place < int(units[sku, day]) % len(regions))
            if part:
                order = f"{sku}-{day}-{place}"
                orders.append((order, f"c{(sku + day) % 97}", when, 10.0 * part, region))
                lines.append((order, 1, f"s{sku}", part, 12.0, 10.0 * part, 10.0 * part))
    last = f"{FIRST + dt.timedelta(days=units.shape[1] - 1)} 23:00:00"  # so that the last day is complete
    orders.append(("last", "c0", last, 0.0, regions[0]))
    products = [(f"s{sku}", f"thing {sku}", f"k{sku % 2}", 4.0, 12.0) for sku in range(len(units))]
    files = {
        "orders.csv": csv_text(["order_id", "customer_id", "ordered_at", "net_revenue", "region"], *orders),
        "order_lines.csv": csv_text(
            ["order_id", "line", "sku", "quantity", "list_price", "customer_paid", "net_revenue"], *lines
        ),
        "products.csv": csv_text(["sku", "product", "category", "unit_cost", "list_price"], *products),
    }
    imported(name, files | (more or {}))
    return Shop(name)


def day(number: int) -> str:
    """The date of a day's number."""
    return str(FIRST + dt.timedelta(days=number))
