"""Daily sales: from order lines to one row per SKU and day, and what else is known of that day."""

import ibis.expr.types as ir


def daily_sales(orders: ir.Table, order_lines: ir.Table) -> ir.Table:
    """Units and money of each SKU by day, of days on which it sold.

    Returns one row per sku and day: units, net_revenue (currency), price (mean paid for one unit, currency; null where
    not known). Lines without unit demand, such as fuel, are left out; returns are not taken off, since who sent
    something back wanted it first.
    """
    lines = order_lines.filter(order_lines.quantity > 0).join(orders[["order_id", "ordered_at"]], "order_id")
    return lines.group_by("sku", day=lines.ordered_at.date()).agg(
        units=lines.quantity.sum().cast("float64"),
        net_revenue=lines.net_revenue.sum(),
        price=lines.customer_paid.sum() / lines.quantity.sum(where=lines.customer_paid.notnull()).nullif(0),
    )


def empty_shelves(stock: ir.Table) -> ir.Table:
    """Days on which a SKU's sales say only how much was wanted at least.

    Returns one row per sku, warehouse and day on which it was sold out there, or ended the day with nothing.
    """
    is_out = stock.stocked_out.fill_null(False) | (stock.on_hand <= 0)
    return stock.filter(is_out)["sku", "day", "warehouse"].distinct()


def own_prices(prices: ir.Table, sellers: list[str]) -> ir.Table:
    """The brand's own price of a SKU on the days on which it was set: sku, day, price, known_on. sellers: its names."""
    own = prices.filter(prices.seller.isin(sellers) & (prices.price > 0))
    return own.group_by("sku", "day").agg(price=own.price.min(), known_on=own.known_on.min())


def planned_promotions(promotions: ir.Table, promotion_skus: ir.Table) -> ir.Table:
    """How much of each kind of promotion a SKU has, over which days, and since when that is known.

    Returns one row per sku, kind, starts_on, ends_on and known_on: size, the share of the list price taken off or,
    where that is not told, the share of stores (1: all of them). A promotion that names no SKU is in none.
    """
    both = promotions.join(promotion_skus, "promotion")
    size = both.depth.fill_null(1.0) * both.share.fill_null(1.0)
    return both.group_by("sku", "kind", "starts_on", "ends_on", "known_on").agg(size=size.max())
