"""Loyalty: how far buyers of a SKU come back for it, beyond what its share of sales would bring.

Who likes one SKU more than others do gives little to its neighbours when it gets dearer, and takes little from them when it gets
cheaper. Shares of sales cannot tell this; what named customers buy next can.
"""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MONTH = 28  # days over which shares of sales are taken
# Pairs of purchases that what is known of the other SKUs is worth: in 12 simulated brands 50 to 200 came equally near the planted.
_PAIRS = 100.0
_POWER = 0.5  # how far a market follows all its prices, before it is known (category_response)


def purchases(orders: ir.Table, order_lines: ir.Table, products: ir.Table) -> ir.Table:
    """What was bought, one row per order line: customer_id (null: not named), sku, category, day, units."""
    lines = order_lines.filter(order_lines.quantity > 0).join(
        orders["order_id", "customer_id", "ordered_at"], "order_id"
    )
    lines = lines.join(products["sku", "category"], "sku").filter(lambda row: row.category.notnull())
    return lines.select("customer_id", "sku", "category", day=lines.ordered_at.date(), units=lines.quantity)


def same_again(bought: ir.Table) -> ir.Table:
    """By SKU: pairs (a purchase and the same customer's next one of its category on another day), how many of them are the SKU again, and
    how many would be by chance: the SKU's share of its category's units in the month of the next purchase, so that seasons, launches
    and promotions are no loyalty.

    bought: of purchases.
    """
    both = _pairs(bought).left_join(_shares(bought), ["sku", "month"])
    return both.group_by("sku").agg(
        pairs=both.weight.sum(),
        again=(both.weight * (both["sku"] == both.following).cast("float64")).sum(),
        chance=(both.weight * both.share.fill_null(0.0)).sum(),
    )


def loyalty(pairs: pd.DataFrame) -> pd.Series:
    """By SKU, the share of next purchases that is the SKU again, of those that would not be by chance.

    pairs: rows of same_again. 0: next purchases follow shares of sales, as where all have one taste; 1: nobody ever changes.
    What is much bought is so because some like it best: SKUs of few pairs are drawn to what the root of their share tells. None is below 0.
    """
    rows = pairs.set_index("sku")
    above, below = rows.again - rows.chance, rows.pairs - rows.chance
    root = (rows.chance / rows.pairs) ** 0.5
    usual = root * above.sum() / max((root * below).sum(), 1e-9)
    return ((above + _PAIRS * usual) / (below + _PAIRS)).clip(0.0, 1.0)


def shown_beside(loyalty: Floats) -> Floats:
    """What a SKU of such loyalty shows of its buyers' elasticity beside its neighbours: the loyal took little from them before, and take little now.

    It loses 1 - (1 - power) × a of its buyers' answer, where a is the share that these give it anyway; its neighbours gain (1 - power) × a',
    the share that theirs give it; a - a' is its loyalty.
    """
    return np.asarray(1 - (1 - _POWER) * loyalty)


def _pairs(bought: ir.Table) -> ir.Table:
    """What a customer had of a category on one day beside what on the next: category, sku, following, month (of the next), weight.

    The weights of what follows a purchase sum to 1.
    """
    named = bought.filter(bought.customer_id.notnull()).select("customer_id", "category", "sku", "day").distinct()
    each = ibis.window(group_by=["customer_id", "category"], order_by="day")
    named = named.mutate(visit=ibis.dense_rank().over(each))
    # What a visit bought is what followed the one before.
    after = named.select(
        "customer_id", "category", following=named["sku"], month=_month(named.day), visit=named.visit - 1
    )
    after = after.mutate(weight=1 / after.count().over(group_by=["customer_id", "category", "visit"]))
    both = named.join(after, ["customer_id", "category", "visit"])
    return both.select("category", "sku", "following", "month", "weight")


def _shares(bought: ir.Table) -> ir.Table:
    """Of each SKU and month, its share of its category's units: sku, month, share."""
    sold = bought.group_by("category", "sku", month=_month(bought.day)).agg(units=bought.units.sum())
    return sold.select("sku", "month", share=sold.units / sold.units.sum().over(group_by=["category", "month"]))


def _month(day: ir.DateColumn) -> ir.IntegerValue:
    return day.epoch_days() // _MONTH
