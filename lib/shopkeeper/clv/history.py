"""Purchase histories: how often, since when and for how much each customer has bought, and how it began."""

import ibis
import ibis.expr.types as ir

from shopkeeper.shop import Shop


def purchase_history(shop: Shop) -> ir.Table:
    """One row per named customer, of all that is known at the end of shop.as_of.

    first_day            day of the first order
    frequency            repeat order days (distinct order days, less the first)
    recency, T           days from the first to the last order day, and to as_of
    orders               checkouts in all, of which one day may hold several
    first_revenue, first_margin   of the first order day
    revenue, margin      mean of a repeat order day; null when frequency is 0
    revenue_squares, margin_squares   sums over repeat order days of the squared distance from that mean
    Money is in the brand's currency; margin is defined by order_margins.

    Source of frequency, recency and T: Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284.
    """
    orders = order_margins(shop)
    daily = orders.group_by("customer_id", "day").agg(
        orders=orders.count(), revenue=orders.net_revenue.sum(), margin=orders.margin.sum()
    )
    daily = daily.mutate(first_day=daily.day.min().over(group_by="customer_id"))
    again = daily.day > daily.first_day
    each = daily.group_by("customer_id", "first_day").agg(
        frequency=daily.count() - 1,
        recency=daily.day.max().delta(daily.first_day.min(), unit="day"),
        orders=daily.orders.sum(),
        first_revenue=daily.revenue.sum(where=~again),
        first_margin=daily.margin.sum(where=~again),
        revenue=daily.revenue.mean(where=again),
        margin=daily.margin.mean(where=again),
        revenue_squares=(daily.revenue**2).sum(where=again),
        margin_squares=(daily.margin**2).sum(where=again),
    )
    around = {
        "revenue_squares": each.revenue_squares - each.frequency * each.revenue**2,
        "margin_squares": each.margin_squares - each.frequency * each.margin**2,
    }
    return each.mutate(
        T=ibis.literal(shop.as_of).delta(each.first_day, unit="day"),
        **{name: ibis.greatest(squares.fill_null(0.0), 0.0) for name, squares in around.items()},
    )


def order_margins(shop: Shop) -> ir.Table:
    """Orders of named customers: customer_id, order_id, day, net_revenue, margin, all as known at the end of shop.as_of.

    margin: net revenue less refunds, cost of goods, platform fee and logistics, with what was paid for delivery. A line
    of unknown unit cost costs 1 - the brand's gross_margin of what it brought; goods that came back cost nothing.
    """
    orders = shop.orders.filter(shop.orders.customer_id.notnull())
    kept = orders.mutate(day=orders.ordered_at.date())
    if shop.has("returns"):
        back = shop.returns.group_by("order_id").agg(refund=shop.returns.refund.sum())
        kept = kept.left_join(back, "order_id").drop("order_id_right")
    else:
        kept = kept.mutate(refund=0.0)
    stays = kept.net_revenue - kept.refund.fill_null(0.0)
    share = (kept.net_revenue > 0).ifelse(ibis.greatest(stays / kept.net_revenue, 0.0), 1.0)
    kept = kept.mutate(stays=stays, share=share)
    if shop.has("order_lines") and _knows_costs(shop):
        kept = kept.left_join(_line_costs(shop), "order_id").drop("order_id_right")
        cost = kept.share * kept.cost.fill_null((1 - shop.brand.gross_margin) * kept.net_revenue)
    else:
        cost = (1 - shop.brand.gross_margin) * kept.stays
    fees = kept.platform_fee.fill_null(0.0) + kept.logistics_cost.fill_null(0.0) - kept.shipping_fee.fill_null(0.0)
    return kept.select("customer_id", "order_id", "day", "net_revenue", margin=kept.stays - cost - fees)


def _knows_costs(shop: Shop) -> bool:
    """Whether the brand knows what any of its goods cost."""
    known = [table.filter(table.unit_cost.notnull()).count() for table in (shop.order_lines, shop.products)]
    return any(shop.load(each.as_table()).iloc[0, 0] > 0 for each in known)


def _line_costs(shop: Shop) -> ir.Table:
    """By order, what its goods cost."""
    lines = shop.order_lines.left_join(shop.products.select("sku", of_product="unit_cost"), "sku")
    unit = ibis.coalesce(lines.unit_cost, lines.of_product)
    cost = ibis.coalesce(unit * lines.quantity, (1 - shop.brand.gross_margin) * lines.net_revenue)
    return lines.group_by("order_id").agg(cost=cost.sum())
