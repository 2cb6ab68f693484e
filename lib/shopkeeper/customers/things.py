"""Things bought: each SKU, or set, of an order, with how far below the usual price, how new, of which category."""

import datetime as dt

import ibis
import ibis.expr.types as ir

NEW_DAYS = 60  # days after its launch in which a SKU is new
SETTLED = 90  # days after the data begin; a SKU first sold later was launched then, where no launch is known


def things_bought(orders: ir.Table, order_lines: ir.Table, products: ir.Table) -> ir.Table:
    """What named customers bought, a set counted once: customer_id, order_id, day, thing, category, quantity, discount, is_new.

    thing     the SKU, or the SKU of the set that lines were sold in
    discount  share off the usual price (by SKU, the 90th percentile of its list prices seen), 0–1; null for sets,
              and where no list price is known
    is_new    bought within 60 days of its launch; null where no launch can be known
    """
    named = orders.filter(orders.customer_id.notnull()).select("order_id", "customer_id", day=orders.ordered_at.date())
    lines = order_lines.mutate(thing=ibis.coalesce(order_lines.bundle, order_lines.sku)).inner_join(named, "order_id")
    lines = lines.left_join(_usual_price(order_lines), "sku").drop("sku_right")
    usual = ibis.greatest(lines.usual_price, lines.list_price) * lines.quantity
    usual = lines.bundle.isnull().ifelse(usual, 0.0)  # a set has a price of its own, below that of its parts
    lines = lines.mutate(paid=ibis.coalesce(lines.customer_paid, lines.net_revenue), usual=usual)
    things = lines.group_by("customer_id", "order_id", "day", "thing").agg(
        quantity=lines.quantity.max(), paid=lines.paid.sum(), usual=lines.usual.sum()
    )
    things = things.left_join(_launches(things), "thing").drop("thing_right")
    things = things.left_join(
        products.select(thing=products.sku, category=products.category, told=products.launched_on), "thing"
    )
    age = things.day.delta(ibis.coalesce(things.told, things.launched_on), unit="day")
    is_priced = (things.usual > 0) & things.paid.notnull()
    discount = (1 - things.paid / things.usual).clip(0.0, 1.0)
    return things.select(
        "customer_id", "order_id", "day", "thing", "category", "quantity",
        discount=is_priced.ifelse(discount, ibis.null("float64")),
        is_new=age.between(0, NEW_DAYS),
    )  # fmt: skip


def _usual_price(order_lines: ir.Table) -> ir.Table:
    """By SKU, the price that nine in ten of its lines do not exceed: one wrong price moves nothing."""
    return order_lines.group_by("sku").agg(usual_price=order_lines.list_price.quantile(0.9))


def _launches(things: ir.Table) -> ir.Table:
    """By thing, launched_on: its first sale, where that is 90 days into the data; else long ago."""
    begins = things.agg(first=things.day.min()).first.as_scalar()
    sold = things.group_by("thing").agg(first=things.day.min())
    is_late = sold.first >= begins + ibis.interval(days=SETTLED)
    return sold.select("thing", launched_on=is_late.ifelse(sold.first, ibis.literal(dt.date(1900, 1, 1))))
