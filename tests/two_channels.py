"""A small shop of known truth: customers of search come again twice as fast as those of live, and cost three times as much."""

import datetime as dt

import numpy as np
from by_hand import csv_text, orders_csv

BEGINS, DAYS = dt.datetime(2023, 1, 2, 9), 720
_PACE = {"search": 30.0, "live": 60.0}  # mean days between the orders of a mean customer who stays
_SPEND = {"search": 3_000, "live": 1_000}  # of four weeks
_COST = 30  # of what is sold for 60 to 180


def shop_files(
    customers: int = 900, seed: int = 1, channels: tuple[str, ...] = ("live", "search"), alike: float | None = None
) -> dict[str, str]:
    """Raw files of the shop: orders and lines, products, customers with channel and consent, returns and media.

    alike: what every order is paid with, instead of amounts that differ.
    """
    draw = np.random.default_rng(seed)
    orders, lines, returns, people = [], [], [], []
    for number in range(customers):
        channel = channels[number % len(channels)]
        people.append((f"c{number}", channel, "no" if number % 50 == 0 else "yes"))
        for day in _days(draw, _PACE[channel]):
            name, sku = f"o{len(orders)}", "soap" if number % 3 else "lamp"
            paid = alike or round(float(draw.gamma(9, 12)), 2)
            orders.append((name, f"c{number}", _at(day), paid))
            lines.append((name, 1, sku, 1, paid, _COST))
            if draw.random() < 0.05 and day < DAYS - 10:
                returns.append((name, 1, _at(day + 5), 1, paid))
    orders.append(("last", "", f"{(BEGINS + dt.timedelta(days=DAYS)).date()} 23:59:00", 50.0))
    media = [
        (f"{(BEGINS + dt.timedelta(days=start)).date()}", 28, channel, spend)
        for start in range(0, DAYS - 28, 28)
        for channel, spend in _SPEND.items()
    ]
    return {
        "orders.csv": orders_csv(*orders),
        "order_lines.csv": csv_text(["order_id", "line", "sku", "quantity", "net_revenue", "unit_cost"], *lines),
        "products.csv": csv_text(["sku", "product", "category"], ("soap", "Soap", "bath"), ("lamp", "Lamp", "home")),
        "customers.csv": csv_text(["customer_id", "acquired_through", "consent"], *people),
        "returns.csv": csv_text(["order_id", "line", "returned_at", "quantity", "refund"], *returns),
        "media.csv": csv_text(["period_start", "period_days", "channel", "spend"], *media),
    }


def _days(draw: np.random.Generator, mean: float) -> list[int]:
    """The days on which one customer orders: a first one, others at a pace of their own, until they leave."""
    day, days = int(draw.integers(0, DAYS)), []
    pace = mean / draw.gamma(3, 1 / 3)
    while day < DAYS:
        days.append(day)
        if draw.random() < 0.08:
            break
        day += 1 + int(draw.exponential(pace))
    return days


def _at(day: int) -> str:
    return f"{BEGINS + dt.timedelta(days=day)}"
