"""Whole cents: amounts that add up exactly, and an order's amounts shared over its lines."""

import ibis
import ibis.expr.types as ir


def cents(amount: ir.NumericValue) -> ir.IntegerValue:
    """An amount of currency in whole hundredths."""
    return (amount * 100).round().cast("int64")


def parts(rows: ir.Table) -> ir.Table:
    """Share each order's amount over its lines, in proportion to their weights, by the largest remainders.

    rows: order_id, line, amount (the order's, whole cents, 0 or more), weight (whole, 0 or more; equal parts where no
    line of an order weighs anything). Of equal remainders the first line's comes first.
    Returns order_id, line, part: whole cents, whose sum is the order's amount.
    """
    rows = rows.filter(rows.amount > 0)
    order = ibis.window(group_by="order_id")
    rows = rows.mutate(whole=rows.weight.sum().over(order), lines=rows.count().over(order))
    is_equal = rows.whole == 0
    rows = rows.mutate(weight=is_equal.ifelse(1, rows.weight), whole=is_equal.ifelse(rows.lines, rows.whole))
    rows = rows.mutate(left=(rows.amount * rows.weight) % rows.whole)
    rows = rows.mutate(base=((rows.amount * rows.weight - rows.left) / rows.whole).round().cast("int64"))
    rows = rows.mutate(
        short=rows.amount - rows.base.sum().over(order),
        place=ibis.row_number().over(group_by="order_id", order_by=[rows.left.desc(), rows.line]),
    )
    return rows.select("order_id", "line", part=rows.base + (rows.place < rows.short).cast("int64"))
