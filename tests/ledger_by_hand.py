"""A made shop whose ledger can be worked out in the head."""

from by_hand import csv_text, imported
from shopkeeper.shop import Shop

LAST = ("last", "", "2024-04-30 23:30:00", 0.0, "", 0, 0, 0)  # so that the last day is complete
ORDERS = ["order_id", "customer_id", "ordered_at", "net_revenue", "cancelled_at", "platform_fee", "logistics_cost", "shipping_fee"]  # fmt: skip
LINES = ["order_id", "line", "sku", "quantity", "list_price", "customer_paid", "net_revenue", "promotion_discount", "coupon_discount"]  # fmt: skip
RETURNS = ["order_id", "line", "returned_at", "quantity", "refund"]
PRODUCTS = [("a", "thing a", "k", 20, 50), ("b", "thing b", "k", "", "")]


def order(name, day, net, fee=0, logistics=0, shipping=0, cancelled=""):
    return (name, f"c{name}", f"{day} 12:00:00", net, cancelled, fee, logistics, shipping)


def shop_of(orders, lines, returns=(), products=PRODUCTS, **more):
    """more: other files as (headers, *rows), by name."""
    files = {
        "orders.csv": csv_text(ORDERS, *orders, LAST),
        "order_lines.csv": csv_text(LINES, *lines),
        "products.csv": csv_text(["sku", "product", "category", "unit_cost", "list_price"], *products),
    }
    if returns:
        files["returns.csv"] = csv_text(RETURNS, *returns)
    imported("shop", files | {f"{name}.csv": csv_text(*rows) for name, rows in more.items()})
    return Shop("shop")
