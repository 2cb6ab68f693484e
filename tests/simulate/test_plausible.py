"""Is it a beauty brand that a merchant would know again? Bands, not truths: what is planted is tested elsewhere."""

import numpy as np
import pytest


def between(sales):
    """The intraclass correlation of net revenue: the share of its variance that lies between customers (ANOVA)."""
    value = sales.net_fen[sales.groupby("customer").net_fen.transform("size") > 1]
    by = value.groupby(sales.customer[value.index])
    n, groups = len(value), by.ngroups
    within = ((value - by.transform("mean")) ** 2).sum() / (n - groups)
    among = (by.size() * (by.mean() - value.mean()) ** 2).sum() / (groups - 1)
    size = (n - (by.size() ** 2).sum() / n) / (groups - 1)
    return (among - within) / (among - within + size * within)


def figures(history):
    sales = history.orders[history.orders.kind == "sale"]
    net = sales.net_fen.sum()
    is_event = np.zeros(history.scene.world.days, bool)
    for event in history.scene.events:
        is_event[max(event.first, 0) : max(event.last + 1, 0)] = True
    cell = history.stock.supply[["sku", "warehouse"]].to_numpy().T
    is_on_sale = np.arange(len(is_event))[:, None] >= history.scene.catalogue.skus.launched.to_numpy()[cell[0]]
    lines = history.lines[history.lines["order"].isin(sales.index)]
    cost = (history.scene.catalogue.skus.cost_fen.to_numpy()[lines["sku"]] * lines.quantity).sum()
    return {
        "orders per customer": len(sales) / sales.customer.nunique(),
        "repeat rate": (sales.groupby("customer").size() > 1).mean(),
        "net revenue per order": net / len(sales) / 100,
        "returned lines": (history.returns.is_granted & ~history.returns.is_unshipped).sum() / len(lines),
        "empty shelves": history.stock.is_out[:, cell[0], cell[1]][is_on_sale].mean(),
        "revenue in promotions": sales.net_fen[is_event[sales.day]].sum() / net,
        "orders from 19 to 24 h": (sales["at"].dt.hour >= 19).mean(),
        "masked orders": history.people.is_masked.to_numpy()[sales.customer].mean(),
        "gross margin": 1 - cost / net,
        "lines below list price": (lines.price_fen < lines.list_fen).mean(),
        "orders refunded unsent": history.returns[history.returns.is_unshipped]["order"].nunique() / len(sales),
        "spread of order value between customers": between(sales),
    }


@pytest.mark.parametrize(
    ("figure", "low", "high"),
    [
        ("orders per customer", 1.8, 3.2),
        ("repeat rate", 0.35, 0.55),
        ("net revenue per order", 150, 260),
        ("returned lines", 0.06, 0.10),
        ("empty shelves", 0.02, 0.08),
        ("revenue in promotions", 0.35, 0.50),
        ("orders from 19 to 24 h", 0.45, 0.70),
        ("masked orders", 0.035, 0.065),
        ("gross margin", 0.55, 0.67),
        ("lines below list price", 0.45, 0.75),
        ("orders refunded unsent", 0.005, 0.025),
        ("spread of order value between customers", 0.22, 0.38),
    ],
)
def test_the_brand_is_plausible(brand, figure, low, high):
    assert low < figures(brand)[figure] < high


def test_sales_have_a_long_tail(brand):
    units = brand.requests.groupby("sku").sold.sum().reindex(range(50), fill_value=0).sort_values(ascending=False)
    assert units.head(10).sum() / units.sum() > 0.45
    assert (units < 104).sum() >= 10  # less than one unit a week
