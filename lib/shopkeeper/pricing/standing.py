"""Prices that stand: of a day without a price of its own, the last one set before it."""

import datetime as dt

import ibis
import ibis.expr.types as ir


def standing_prices(told: ir.Table, first: dt.date, last: dt.date, most: int = 0) -> ir.Table:
    """The price of each SKU and seller on each day from first to last, as it was set and stands until it is set anew.

    told: sku, seller, day, price, one row a day. most: days for which a price stands, the first included; 0: for ever.
    Returns sku, seller, day, price and highest, of all set by then; days before a seller's first price are left out.
    """
    each = ibis.window(group_by=["sku", "seller"], order_by="day")
    upto = ibis.window(group_by=["sku", "seller"], order_by="day", preceding=None, following=0)
    rows = told.mutate(following=told.day.lead().over(each), highest=told.price.max().over(upto))
    after = ibis.literal(last + dt.timedelta(days=1))
    end = ibis.least(rows.following.fill_null(after), after)
    if most:
        end = ibis.least(end, (rows.day + ibis.interval(days=most)).cast("date"))
    rows = rows.mutate(begin=ibis.greatest(rows.day, ibis.literal(first)), end=end)
    rows = rows.mutate(place=ibis.range(0, ibis.greatest(rows.end.delta(rows.begin, unit="day"), 0)).unnest())
    day = (rows.begin + rows.place.as_interval("D")).cast("date")
    return rows.select("sku", "seller", "price", "highest", day=day)
