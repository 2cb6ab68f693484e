"""Things bought: each SKU, or set, of an order, with how far below the usual price, how new, of which category."""

import datetime as dt

import ibis
import ibis.expr.types as ir

NEW_DAYS = 60  # days after its launch in which a SKU is new
SETTLED = 90  # days after the data begin; a SKU first sold later was launched then, where no launch is known


def things_bought(orders: ir.Table, order_lines: ir.Table, products: ir.Table) -> ir.Table:
    """What named customers bought, a set counted once: customer_id, order_id, day, cancelled_at, thing, category, quantity, discount, is_new.

    thing     the SKU, or the SKU of the set that lines were sold in
    discount  share off the usual price (by SKU, the 90th percentile of its list prices up to that day), 0–1; null for
              sets, and where no list price is known
    is_new    bought within 60 days of its launch; null where no launch can be known

    A row rests on its own day and those before: with the orders cancelled since, things_known cuts it at any earlier day.
    """
    named = orders.filter(orders.customer_id.notnull())
    named = named.select("order_id", "customer_id", "cancelled_at", day=orders.ordered_at.date())
    lines = order_lines.mutate(thing=ibis.coalesce(order_lines.bundle, order_lines.sku)).inner_join(named, "order_id")
    lines = lines.left_join(_usual_price(orders, order_lines), ["sku", "day"]).drop("sku_right", "day_right")
    usual = ibis.greatest(lines.usual_price, lines.list_price) * lines.quantity
    usual = lines.bundle.isnull().ifelse(usual, 0.0)  # a set has a price of its own, below that of its parts
    lines = lines.mutate(paid=ibis.coalesce(lines.customer_paid, lines.net_revenue), usual=usual)
    things = lines.group_by("customer_id", "order_id", "day", "cancelled_at", "thing").agg(
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
        "customer_id", "order_id", "day", "cancelled_at", "thing", "category", "quantity",
        discount=is_priced.ifelse(discount, ibis.null("float64")),
        is_new=age.between(0, NEW_DAYS),
    )  # fmt: skip


def things_known(things: ir.Table, day: dt.date) -> ir.Table:
    """The things bought by the end of that day, of orders that had not been cancelled by then."""
    is_standing = things.cancelled_at.isnull() | (things.cancelled_at.date() > ibis.literal(day))
    return things.filter((things.day <= ibis.literal(day)) & is_standing)


def _usual_price(orders: ir.Table, order_lines: ir.Table) -> ir.Table:
    """By SKU and day, the price that nine in ten days with a sale had not exceeded by then: one wrong price moves little."""
    dated = order_lines.inner_join(orders.select("order_id", day=orders.ordered_at.date()), "order_id")
    daily = dated.group_by("sku", "day").agg(price=dated.list_price.quantile(0.9))
    upto = ibis.window(group_by="sku", order_by="day", preceding=None, following=0)
    return daily.select("sku", "day", usual_price=daily.price.quantile(0.9).over(upto))


def _launches(things: ir.Table) -> ir.Table:
    """By thing, launched_on: its first sale, where that is 90 days into the data; else long ago."""
    begins = things.agg(first=things.day.min()).first.as_scalar()
    sold = things.group_by("thing").agg(first=things.day.min())
    is_late = sold.first >= begins + ibis.interval(days=SETTLED)
    return sold.select("thing", launched_on=is_late.ifelse(sold.first, ibis.literal(dt.date(1900, 1, 1))))


def category_days(things: ir.Table, categories: list[str]) -> ir.Table:
    """One row per (customer_id, category, day, cancelled_at) of these categories: things, how many were bought."""
    of_these = things.filter(things.category.isin(categories))
    return of_these.group_by("customer_id", "category", "day", "cancelled_at").agg(things=of_these.count())


def category_history(bought: ir.Table, as_of: dt.date) -> ir.Table:
    """One row per (customer_id, category) bought in, of the category_days known on as_of.

    bought        things
    bought_days   distinct days
    bought_since  days from the last of them to as_of
    bought_lived  days from the first to the last
    """
    bought = bought.mutate(ago=ibis.literal(as_of).delta(bought.day, unit="day"))
    return bought.group_by("customer_id", "category").agg(
        bought=bought.things.sum(), bought_days=bought.day.nunique(), bought_since=bought.ago.min(),
        bought_lived=bought.ago.max() - bought.ago.min(),
    )  # fmt: skip


def category_outcomes(bought: ir.Table, origin: dt.date) -> ir.Table:
    """One row per (customer_id, category) of category_days after origin: first_after, days from origin to the first one."""
    after = bought.filter(bought.day > ibis.literal(origin))
    away = after.day.delta(ibis.literal(origin), unit="day")
    return after.mutate(away=away).group_by("customer_id", "category").agg(first_after=ibis._.away.min())
