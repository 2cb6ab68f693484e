"""Purchase histories: days, and what is left of each order."""

import pandas as pd
import pytest
from by_hand import csv_text, imported, orders_csv
from shopkeeper.clv.beginnings import beginnings, cells, levels
from shopkeeper.clv.history import order_margins, purchase_history
from shopkeeper.shop import Shop

ORDERS = orders_csv(
    ("a1", "ana", "2024-01-01 10:00", 100), ("a2", "ana", "2024-01-11 10:00", 40), ("a3", "ana", "2024-01-11 12:00", 60),
    ("a4", "ana", "2024-01-21 10:00", 200), ("b1", "ben", "2024-01-06 10:00", 80), ("g1", "", "2024-01-31 23:59", 10),
)  # fmt: skip
LINES = csv_text(
    ["order_id", "line", "sku", "quantity", "list_price", "net_revenue", "unit_cost"],
    ("a1", 1, "soap", 2, 60, 90, 20), ("a1", 2, "bag", 1, 10, 10, None), ("a2", 1, "soap", 1, 60, 40, 20),
    ("a3", 1, "soap", 1, 60, 60, 20), ("a4", 1, "lamp", 1, 200, 200, 120), ("b1", 1, "lamp", 1, 200, 80, 120),
)  # fmt: skip
PRODUCTS = csv_text(
    ["sku", "product", "category"], ("soap", "Soap", "bath"), ("lamp", "Lamp", "home"), ("bag", "Bag", "home")
)


def seen(**tables: str) -> Shop:
    imported("shop", {"orders.csv": ORDERS} | {f"{name}.csv": text for name, text in tables.items()})
    return Shop("shop")


def each(shop, table, key):
    return shop.load(table).set_index(key)


def test_a_history_counts_days_and_keeps_the_first_apart(bench):
    """Gross margin is half: the days of ana bring 50, 50 and 100."""
    shop = seen()
    table = each(shop, purchase_history(shop), "frequency")
    ana = table.loc[2]
    assert ana[["recency", "T", "orders"]].tolist() == [20, 30, 4]
    assert ana[["first_revenue", "first_margin", "revenue", "margin"]].tolist() == [100, 50, 150, 75]
    assert ana.margin_squares == 25**2 + 25**2
    ben = table.loc[0]
    assert ben[["recency", "T", "first_margin", "margin_squares"]].tolist() == [0, 25, 40, 0]
    assert ben[["revenue", "margin"]].isna().all()


def test_costs_that_are_known_are_taken_and_the_others_assumed(bench):
    """a1: 100 − 2 × 20 − half of the 10 of the bag; b1 sold a lamp of 120 for 80."""
    shop = seen(order_lines=LINES, products=PRODUCTS)
    margins = each(shop, order_margins(shop), "order_id").margin
    assert margins.to_dict() == {"a1": 55, "a2": 20, "a3": 40, "a4": 80, "b1": -40}


def test_what_came_back_brings_nothing_and_costs_nothing(bench):
    """Of a4, half came back: 100 stay, less half of its cost."""
    back = csv_text(["order_id", "line", "returned_at", "refund"], ("a4", 1, "2024-01-25 10:00", 100))
    shop = seen(order_lines=LINES, products=PRODUCTS, returns=back)
    assert each(shop, order_margins(shop), "order_id").margin["a4"] == 100 - 60
    before = shop.seen_on(shop.as_of.replace(day=24))
    assert each(before, order_margins(before), "order_id").margin["a4"] == 80


def test_a_beginning_is_what_most_was_spent_on_first(bench):
    people = csv_text(["customer_id", "acquired_through"], ("ana", "search"), ("ben", "live"))
    shop = seen(order_lines=LINES, products=PRODUCTS, customers=people)
    begun = each(shop, beginnings(shop), "channel")
    assert begun.loc["search", ["category", "product"]].tolist() == ["bath", "Soap"]
    assert begun.discount.to_dict() == pytest.approx({"search": 1 - 100 / 130, "live": 0.6})


def test_levels_that_are_few_are_other_and_what_is_alike_for_all_is_no_factor(bench):
    people = csv_text(
        ["customer_id", "acquired_through"], *[(f"c{n}", "search" if n < 60 else "rare") for n in range(70)]
    )
    orders = orders_csv(*[(n, f"c{n}", "2024-01-01 10:00", 10) for n in range(70)], (70, "", "2024-01-31 23:59", 1))
    imported("shop", {"orders.csv": orders, "customers.csv": people})
    shop = Shop("shop")
    begun = each(shop, beginnings(shop), "customer_id")
    factors = levels(begun, pd.Series(False, begun.index))
    assert factors.apply(lambda column: column.value_counts().to_dict()).to_dict() == {
        "channel": {"search": 60, "other": 10}
    }
    cell, table = cells(factors)
    assert table.channel.tolist() == ["other", "search"]
    assert cell.value_counts().to_dict() == {1: 60, 0: 10}


def test_without_lines_and_customers_all_are_alike(bench):
    shop = seen()
    begun = each(shop, beginnings(shop), "customer_id")
    cell, table = cells(levels(begun, pd.Series(False, begun.index)))
    assert cell.tolist() == [0, 0]
    assert table.shape == (1, 0)
