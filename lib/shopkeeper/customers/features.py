"""Features: what a shop knows of each customer on a day, and outcomes: what the customer did after it."""

import datetime as dt

import ibis
import ibis.expr.types as ir

from shopkeeper.shop import Shop

CART_DAYS = 14  # after which nobody comes back for a cart
DEAL = 0.1  # share off the usual price from which an order day counts as bought on discount
_TILL_ORDERS, _TILL_A_DAY = 100, 3  # above both, an account is a till or a reseller, not a person


def features(shop: Shop, things: ir.Table) -> ir.Table:
    """One row per named customer, of all that is known at the end of shop.as_of.

    things: of things_bought, as known then; read where the brand has order_lines.

    days_since_last, T           days from the last and from the first order day
    order_days_30, _90, _365, order_days   distinct days with an order, in the last days and in all
    spend, spend_90, spend_365   net_revenue, in all and in the last days
    gap                          mean days between order days; null with one
    is_till                      more than 100 orders, and more than 3 on an order day: a till or a reseller
    and, from the tables that the brand has: things, categories, deal_rate, new_rate; returned; visits_7, visits_30,
    visits_90, carts_7, carts_30, open_cart (SKUs put in the cart in the last 14 days and not bought since),
    days_since_visit. Counts are 0 and rates null where there was none.
    """
    known = _of_orders(shop)
    parts: list[ir.Table] = []
    if shop.has("order_lines"):
        parts.append(_of_things(things))
    if shop.has("returns"):
        back = shop.orders.semi_join(shop.returns, "order_id")
        parts.append(back.group_by("customer_id").agg(returned=back.count()))
    if shop.has("events"):
        parts.append(_of_events(shop))
        parts.append(left_in_cart(shop).group_by("customer_id").agg(open_cart=ibis._.count()))
    known = _beside(known, parts)
    counts = [name for name in known.columns if name in _COUNTS]
    return known.mutate(**{name: known[name].fill_null(0) for name in counts})


_COUNTS = {"things", "categories", "returned", "visits_7", "visits_30", "visits_90", "carts_7", "carts_30", "open_cart"}


def _of_orders(shop: Shop) -> ir.Table:
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    daily = named.group_by("customer_id", day=named.ordered_at.date()).agg(
        orders=named.count(), spend=named.net_revenue.sum()
    )
    ago = ibis.literal(shop.as_of).delta(daily.day, unit="day")
    daily = daily.mutate(ago=ago)
    recent = {f"order_days_{n}": daily.count(where=daily.ago < n) for n in (30, 90, 365)}
    worth = {f"spend_{n}": daily.spend.sum(where=daily.ago < n).fill_null(0) for n in (90, 365)}
    each = daily.group_by("customer_id").agg(
        days_since_last=daily.ago.min(), T=daily.ago.max(), order_days=daily.count(), orders=daily.orders.sum(),
        spend=daily.spend.sum(), **recent, **worth,
    )  # fmt: skip
    lived = each["T"] - each.days_since_last
    is_till = (each.orders > _TILL_ORDERS) & (each.orders > _TILL_A_DAY * each.order_days)
    gap = (each.order_days > 1).ifelse(lived / (each.order_days - 1), ibis.null("float64"))
    return each.mutate(gap=gap, is_till=is_till).drop("orders")


def _of_things(things: ir.Table) -> ir.Table:
    return things.group_by("customer_id").agg(
        things=things.count(),
        categories=things.category.nunique(),
        deal_rate=(things.discount >= DEAL).mean(),
        new_rate=things.is_new.mean(),
    )


def _of_events(shop: Shop) -> ir.Table:
    seen = shop.events.filter(shop.events.customer_id.notnull())
    seen = seen.mutate(ago=ibis.literal(shop.as_of).delta(seen.at.date(), unit="day"), day=seen.at.date())
    visits = {f"visits_{n}": seen.day.nunique(where=seen.ago < n) for n in (7, 30, 90)}
    carts = {f"carts_{n}": seen.count(where=(seen.ago < n) & (seen.kind == "cart")) for n in (7, 30)}
    return seen.group_by("customer_id").agg(days_since_visit=seen.ago.min(), **visits, **carts)


def left_in_cart(shop: Shop) -> ir.Table:
    """Each SKU that a customer put in the cart in the last 14 days and has not bought since: customer_id, sku, at."""
    since = ibis.literal(shop.as_of) - ibis.interval(days=CART_DAYS)
    carts = shop.events.filter(
        (shop.events.kind == "cart")
        & shop.events.customer_id.notnull()
        & shop.events.sku.notnull()
        & (shop.events.at.date() > since)
    )
    left = carts.group_by("customer_id", "sku").agg(at=carts.at.max())
    if not shop.has("order_lines"):
        return left
    sold = shop.order_lines.inner_join(shop.orders.select("order_id", "customer_id", "ordered_at"), "order_id")
    sold = sold.select("customer_id", sku=ibis.coalesce(sold.bundle, sold.sku), ordered_at=sold.ordered_at)
    same = [left.customer_id == sold.customer_id, left.sku == sold.sku, sold.ordered_at >= left.at]
    return left.anti_join(sold, same)


def outcomes(shop: Shop, things: ir.Table, origin: dt.date, days: int) -> ir.Table:
    """What each named customer did in the `days` days after origin, as known on shop.as_of; nulls for nothing.

    order_days_after, orders_after, net_revenue_after; deal_days_after, order days on which things bought were 10% below their usual
    price in the mean; new_things_after; returned_after, orders of which something came back in those days.
    """
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    named = named.mutate(day=named.ordered_at.date())
    after = named.filter(_within(named.day, origin, days))
    came = {"order_days": after.day.nunique(), "orders": after.count(), "net_revenue": after.net_revenue.sum()}
    parts = [after.group_by("customer_id").agg(**came)]
    if shop.has("order_lines"):
        parts.append(_deals(things.filter(_within(things.day, origin, days))))
    if shop.has("returns"):
        back = shop.returns.filter(_within(shop.returns.returned_at.date(), origin, days))
        undone = named.semi_join(back, "order_id")
        parts.append(undone.group_by("customer_id").agg(returned=undone.count()))
    done = _beside(named.select("customer_id").distinct(), parts)
    return done.rename(lambda name: name if name == "customer_id" else f"{name}_after")


def _beside(known: ir.Table, parts: list[ir.Table]) -> ir.Table:
    """The parts joined in one select: one after another, Ibis takes a fifth longer to write the SQL."""
    for number, part in enumerate(parts):
        known = known.left_join(part, "customer_id", rname=f"{{name}}_{number}")
    return known.drop(*(f"customer_id_{number}" for number in range(len(parts))))


def _deals(things: ir.Table) -> ir.Table:
    daily = things.group_by("customer_id", "day").agg(off=things.discount.mean(), new=things.is_new.sum())
    return daily.group_by("customer_id").agg(deal_days=(daily.off >= DEAL).sum(), new_things=daily.new.sum())


def _within(day: ir.Value, origin: dt.date, days: int) -> ir.Value:
    return (day > ibis.literal(origin)) & (day <= ibis.literal(origin + dt.timedelta(days=days)))
