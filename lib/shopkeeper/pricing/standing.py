"""Prices that stand: of a day without a price of its own, the last one set before it."""

import ibis
import ibis.expr.types as ir


def standing_prices(told: ir.Table, asked: ir.Table) -> ir.Table:
    """The price of each SKU and seller on each day asked for.

    told: sku, seller, day, price, one row a day; asked: sku, seller, day.
    Returns sku, seller, day, price, set_on (day on which it was set) and highest (of all set by then), of the days
    asked for; days before a seller's first price are left out.
    """
    rows = ibis.union(
        told.select("sku", "seller", "day", "price", is_asked=False),
        asked.select("sku", "seller", "day", price=ibis.null("float64"), is_asked=True),
    )
    rows = rows.group_by("sku", "seller", "day").agg(price=rows.price.max(), is_asked=rows.is_asked.any())
    upto = ibis.window(group_by=["sku", "seller"], order_by="day", preceding=None, following=0)
    rows = rows.mutate(spell=rows.price.count().over(upto), highest=rows.price.max().over(upto))
    # A spell begins on the day that sets its price.
    spell = ibis.window(group_by=["sku", "seller", "spell"])
    rows = rows.mutate(price=rows.price.max().over(spell), set_on=rows.day.min().over(spell))
    return rows.filter(rows.is_asked & rows.price.notnull()).select(
        "sku", "seller", "day", "price", "set_on", "highest"
    )
