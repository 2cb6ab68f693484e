"""Customer histories: from one row per order to one row per customer."""

import datetime as dt

import ibis
import ibis.expr.types as ir


def customer_history(orders: ir.Table, as_of: dt.date) -> ir.Table:
    """Summarise each named customer's orders, in whole days.

    orders: the `orders` table as seen on as_of, net_revenue in the brand's currency.

    Returns one row per customer_id:
        frequency    repeat order days (distinct order days, less the first)
        recency      days from first to last order day; 0 when frequency is 0
        T            days from first order day to as_of
        monetary     mean net_revenue per repeat order day; null when frequency is 0
        net_revenue  of all its orders

    recency runs forward from the first order, as CLV models read it;
    days since the last order is `T - recency`.

    Source: Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284.
    """
    named = orders.filter(orders.customer_id.notnull())
    # Same-day orders are one purchase: the model assumes separate decisions,
    # and split baskets are one decision.
    daily = named.group_by("customer_id", day=named.ordered_at.date()).agg(net_revenue=named.net_revenue.sum())
    each = daily.group_by("customer_id").agg(
        days=daily.count(),
        first=daily.day.min(),
        last=daily.day.max(),
        first_revenue=daily.net_revenue.argmin(daily.day),
        net_revenue=daily.net_revenue.sum(),
    )
    # Less the first day's, not averaged over the others: a window over all orders would take three times as long.
    repeat_revenue = each.net_revenue - each.first_revenue
    frequency = each.days - 1
    return each.select(
        "customer_id",
        frequency=frequency,
        recency=each.last.delta(each["first"], unit="day"),
        T=ibis.literal(as_of).delta(each["first"], unit="day"),
        monetary=(frequency > 0).ifelse(repeat_revenue / frequency, ibis.null("float64")),
        net_revenue=each.net_revenue,
    )
