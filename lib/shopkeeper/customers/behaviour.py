"""Behaviour: how each customer buys, as counts of choices, from one tidy table."""

import ibis
import ibis.expr.types as ir

from shopkeeper.shop import Shop

ATTRIBUTE = "attribute: "  # what the questions about SKUs' attributes begin with
DAYS = 730  # a customer is known by the last two years
LONG = 60  # seconds on a product's page from which it was read
_STEPS = (1, 2, 4, 8, 16)  # upper limits of sizes that are told apart; above, one more


def behaviour(shop: Shop, things: ir.Table) -> ir.Table:
    """How often each customer chose what: customer_id, question, choice, times.

    things: of things_bought, as known at the end of shop.as_of; read where the brand has order_lines.

    Questions about orders: hour, weekend, event (on a promotion's day), basket (how many things), returned; about things:
    category, units, discount, new, and every attribute of SKUs; about visits: reading. A question for which the brand
    has no table is not asked.
    """
    since = ibis.literal(shop.as_of) - ibis.interval(days=DAYS)
    orders = shop.orders.filter(shop.orders.customer_id.notnull() & (shop.orders.ordered_at.date() > since))
    parts = _of_orders(shop, orders)
    if shop.has("order_lines"):
        parts += _of_things(shop, things.filter(things.day > since))
    if shop.has("events"):
        parts += _of_visits(shop.events.filter(shop.events.at.date() > since))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _of_orders(shop: Shop, orders: ir.Table) -> list[ir.Table]:
    at = orders.ordered_at
    parts = [
        _count(orders, "hour", at.hour().cast("string")),
        _count(orders, "weekend", (at.day_of_week.index() >= 5).ifelse("yes", "no")),
    ]
    if shop.load(shop.sales_events.agg(n=shop.sales_events.count())).n.iloc[0]:
        held = shop.sales_events.select("promotion", "starts_on", "ends_on")
        inside = orders.semi_join(held, [at.date() >= held.starts_on, at.date() <= held.ends_on])
        parts.append(_yes_or_no(orders, "event", inside))
    if shop.has("returns"):
        parts.append(_yes_or_no(orders, "returned", shop.returns))
    return parts


def _of_things(shop: Shop, things: ir.Table) -> list[ir.Table]:
    baskets = things.group_by("customer_id", "order_id").agg(size=things.count())
    parts = [
        _count(baskets, "basket", _step(baskets.size)),
        _count(things.filter(things.category.notnull()), "category", things.category),
        _count(things.filter(things.quantity.notnull()), "units", _step(things.quantity)),
        _count(things.filter(things.discount.notnull()), "discount", _depth(things.discount)),
        _count(things.filter(things.is_new.notnull()), "new", things.is_new.ifelse("yes", "no")),
    ]
    if shop.has("attributes"):
        facts = shop.attributes.select(thing="subject", question=ATTRIBUTE + shop.attributes.name, choice="value")
        parts.append(_times(things.inner_join(facts, "thing")))
    return parts


def _of_visits(events: ir.Table) -> list[ir.Table]:
    views = events.filter(events.customer_id.notnull() & events.seconds.notnull())
    return [_count(views, "reading", (views.seconds >= LONG).ifelse("yes", "no"))]


def _count(rows: ir.Table, question: str, choice: ir.Value) -> ir.Table:
    return _times(rows.mutate(question=ibis.literal(question), choice=choice))


def _yes_or_no(orders: ir.Table, question: str, yes: ir.Table) -> ir.Table:
    which = yes.select("order_id").distinct().mutate(is_in=True)
    marked = orders.left_join(which, "order_id")
    return _count(marked, question, marked.is_in.fill_null(False).ifelse("yes", "no"))


def _times(rows: ir.Table) -> ir.Table:
    return rows.group_by("customer_id", "question", "choice").agg(times=rows.count())


def _step(size: ir.Value) -> ir.Value:
    return ibis.cases(*[(size <= step, str(step)) for step in _STEPS], else_="more")


def _depth(discount: ir.Value) -> ir.Value:
    return ibis.cases((discount < 0.02, "none"), (discount < 0.12, "some"), else_="deep")
