"""Beginnings: how each customer came, and what the first order held; what groups and pools customers."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.shop import Shop

FACTORS = ("channel", "first_bought", "first_discount", "seen")
OTHER = "other"
FEWEST = 50  # customers of a level, below which they count as other
_MOST = {"channel": 24, "first_bought": 12, "first_discount": 4, "seen": 3}  # levels of a factor
_SOME, _DEEP = 0.02, 0.12  # share off the list price from which a first order was on some, on deep discount
_OF_PRODUCT = 300  # customers whose first purchase it was, from which a product is told apart from its category


def beginnings(shop: Shop) -> ir.Table:
    """One row per named customer, of what the brand's tables know: customer_id, channel, category, product, discount.

    channel    acquired_through
    category, product  of what the most was spent on in the first order
    discount   share off the list prices in the first order, 0–1
    Nulls where it is not known.
    """
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    firsts = named.group_by("customer_id").agg(order_id=named.order_id.argmin(named.ordered_at))
    known = firsts.left_join(shop.customers.select("customer_id", channel="acquired_through"), "customer_id")
    known = known.drop("customer_id_right")
    if not shop.has("order_lines"):
        empty = {name: ibis.null("string") for name in ("category", "product")}
        return known.drop("order_id").mutate(**empty, discount=ibis.null("float64"))
    bought = _first_lines(shop, firsts)
    known = known.left_join(bought, "order_id").drop("order_id", "order_id_right")
    return known.select("customer_id", "channel", "category", "product", "discount")


def _first_lines(shop: Shop, firsts: ir.Table) -> ir.Table:
    lines = shop.order_lines.semi_join(firsts, "order_id")
    lines = lines.left_join(shop.products.select("sku", "product", "category"), "sku")
    paid = ibis.coalesce(lines.customer_paid, lines.net_revenue)
    usual = lines.list_price * lines.quantity
    lines = lines.mutate(paid=paid, usual=ibis.greatest(usual, paid))
    # The dearest line; of equals the first.
    rank = lines.paid * 1e6 - lines.line
    each = lines.group_by("order_id").agg(
        category=lines.category.argmax(rank), product=lines["product"].argmax(rank),
        paid=lines.paid.sum(where=lines.usual.notnull()), usual=lines.usual.sum(),
    )  # fmt: skip
    return each.mutate(discount=(each.usual > 0).ifelse(1 - each.paid / each.usual, ibis.null("float64")))


def levels(begun: pd.DataFrame, is_new: pd.Series) -> pd.DataFrame:
    """Each customer's level of every factor that tells customers apart here: FACTORS, as far as known.

    begun: of beginnings, by customer_id. is_new: of each, whether not first seen as the data began: of those many had
    bought before, and what looks like their first order is none. Levels of fewer than 50 customers, and those beyond
    the most that a factor may have, are "other".
    """
    often = begun["product"].value_counts()
    product = begun["product"].where(begun["product"].isin(often.index[often >= _OF_PRODUCT]))
    found = pd.DataFrame({
        "channel": begun.channel,
        "first_bought": product.fillna(begun.category),
        "first_discount": _depth(begun.discount),
        "seen": is_new.map({True: "later", False: "from the start"}),
    }, index=begun.index)  # fmt: skip
    lumped = pd.DataFrame({name: _lumped(found[name], _MOST[name]) for name in FACTORS})
    return lumped[[name for name in FACTORS if lumped[name].nunique() > 1]]


def _depth(discount: pd.Series) -> pd.Series:
    depth = np.select([discount < _SOME, discount < _DEEP], ["none", "some"], "deep")
    return pd.Series(depth, discount.index, dtype="object").where(discount.notna())


def _lumped(level: pd.Series, most: int) -> pd.Series:
    counts = level.value_counts()
    large = counts.index[counts >= FEWEST][: most - 1]
    return level.where(level.isin(large), OTHER).astype("object")


def cells(factors: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """Each customer's cell, and of each cell (in order) its levels; customers of a cell are alike in all of them."""
    if factors.columns.empty:
        return pd.Series(0, factors.index), pd.DataFrame(index=[0])
    grouped = factors.groupby(list(factors.columns), sort=True)
    table = grouped.size().rename("n").reset_index().drop(columns="n")
    return grouped.ngroup(), table
