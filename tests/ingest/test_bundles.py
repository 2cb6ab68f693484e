"""Bundles are sold under a code of their own and counted as what lies in them."""

import pytest
from by_hand import TODAY, csv_text, facts, imported, write_brand
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand
from shopkeeper.tables import DataError


def test_bundles_are_taken_apart_into_their_components_with_their_returns(bench):
    """A set of 2 oolong (30 each) and 1 pu-erh (40) at 80.00: 48.00 and 32.00; 8.00 back is 4.80 and 3.20."""
    files = {
        "orders.csv": csv_text(["order_id", "ordered_at", "net_revenue"], ("1", "2024-06-01 23:00", 90), ("2", "2024-06-02 23:30", 1)),
        "order_lines.csv": csv_text(["order_id", "line", "sku", "quantity", "net_revenue"], ("1", 1, "set", 3, 80), ("1", 2, "cup", 1, 10), ("2", 1, "cup", 1, 1)),
        "bundles.csv": csv_text(["sku", "component", "quantity"], ("set", "oolong", 2), ("set", "pu-erh", 1)),
        "products.csv": csv_text(["sku", "product", "list_price"], ("oolong", "Oolong", 30), ("pu-erh", "Pu-erh", 40), ("set", "Set", 90)),
        "returns.csv": csv_text(["order_id", "line", "returned_at", "quantity", "refund"], ("1", 1, "2024-06-02 10:00", 1, 8)),
    }  # fmt: skip
    imported("acme", files)
    lines = facts("acme", "order_lines", "order_id", "line", "sku", "bundle", "quantity", "net_revenue")
    assert lines == [
        ("1", 1, "oolong", "set", 6, 48.0),
        ("1", 2, "cup", None, 1, 10.0),
        ("1", 3, "pu-erh", "set", 3, 32.0),
        ("2", 1, "cup", None, 1, 1.0),
    ]
    assert facts("acme", "returns", "line", "quantity", "refund") == [(1, 2, 4.8), (3, 1, 3.2)]


def test_a_gift_in_a_set_takes_no_money(bench):
    files = {
        "orders.csv": csv_text(["order_id", "ordered_at", "net_revenue"], ("1", "2024-06-01 23:00", 90)),
        "order_lines.csv": csv_text(["order_id", "line", "sku", "quantity", "net_revenue"], ("1", 1, "mega", 1, 90)),
        "bundles.csv": csv_text(["sku", "component", "quantity"], ("mega", "set", 1), ("mega", "cup", 1), ("set", "tea", 1), ("set", "gift", 1)),
        "products.csv": csv_text(["sku", "product", "list_price"], ("tea", "Tea", 60), ("gift", "Gift", 0), ("cup", "Cup", 30), ("set", "Set", 60)),
    }  # fmt: skip
    imported("acme", files)
    lines = facts("acme", "order_lines", "sku", "bundle", "net_revenue")
    assert sorted(lines) == [("cup", "mega", 30.0), ("gift", "mega", 0.0), ("tea", "mega", 60.0)]


def test_sets_that_hold_each_other_are_refused(bench):
    files = {
        "orders.csv": csv_text(["order_id", "ordered_at", "net_revenue"], ("1", "2024-06-01 23:00", 90)),
        "order_lines.csv": csv_text(["order_id", "line", "sku", "quantity", "net_revenue"], ("1", 1, "a", 1, 90)),
        "bundles.csv": csv_text(["sku", "component", "quantity"], ("a", "b", 1), ("b", "a", 1)),
    }
    write_brand("acme", files)
    with pytest.raises(DataError, match=r"bundles: 2 of 2 rows .*hold each other"):
        import_brand(load_brand("acme"), TODAY)
