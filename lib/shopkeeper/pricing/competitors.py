"""Other sellers' prices: ours beside each of theirs by day, and the SKUs that they sell for less."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopkeeper.demand.daily import daily_sales, own_prices
from shopkeeper.pricing.standing import standing_prices
from shopkeeper.shop import Shop

WINDOW = 365  # days that are looked at
STANDS = 28  # days for which a price of another seller stands that is not seen again
ODD = 5.0  # times ours, or a part of it, beyond which a price is of another size, or a typing error
WEEK = 7  # days on which another seller was cheaper, from which a SKU is named


@dataclass(frozen=True)
class Compared:
    """Our prices beside those of others, of the SKUs and days for which both are known.

    market   one row per day, ours beside the cheapest other: day, skus (compared), ratio (ours by theirs, geometric
             mean), better, dearer (shares of the SKUs, ours strictly lower or higher)
    sellers  one row per day and seller, ours beside theirs: day, seller, and the same
    cheaper  one row per SKU and seller that was cheaper on 7 days or more, by gap: sku, seller, days (compared),
             cheaper_days, gap (mean share below ours on these), ours, theirs (prices of the last day compared), last
    known    other sellers of whom any price is known; odd: SKUs and sellers with a price that was left out as odd
    is_posted   whether our own prices are posted; else they are what customers paid
    """

    market: pd.DataFrame
    sellers: pd.DataFrame
    cheaper: pd.DataFrame
    known: int
    odd: int
    is_posted: bool


def compare_prices(shop: Shop, days: int = WINDOW) -> Compared:
    """Our prices beside those of others over the last so many days, as known at the end of shop.as_of.

    Ours stand until they are set anew, and where a SKU has none they are what was paid last; those of others stand
    until they are seen again, 28 days at most. Prices of 0 are none; those beyond five times ours, or a fifth, are odd.
    """
    names = [shop.brand.name, shop.brand.title]
    posted = own_prices(shop.prices, names).select("sku", "day", "price")
    theirs = shop.prices.filter(~shop.prices.seller.isin(names) & (shop.prices.price > 0))
    with shop.scratch():
        both = shop.keep(_both(shop, posted, theirs, days))
        is_odd = (both.ours > ODD * both.theirs) | (both.theirs > ODD * both.ours)
        kept = both.filter(~is_odd)
        cheapest = kept.group_by("sku", "day").agg(ours=kept.ours.min(), theirs=kept.theirs.min())
        return Compared(
            shop.load(_positions(cheapest, "day")), shop.load(_positions(kept, "day", "seller")), _cheaper(shop, kept),
            _count(shop, theirs.select("seller")), _count(shop, both.filter(is_odd).select("sku", "seller")), _count(shop, posted) > 0,
        )  # fmt: skip


def _both(shop: Shop, posted: ir.Table, theirs: ir.Table, days: int) -> ir.Table:
    """sku, seller, day, ours, theirs: days on which both stand."""
    paid = daily_sales(shop.orders, shop.order_lines).select("sku", "day", "price")
    paid = paid.filter(paid.price > 0).anti_join(posted, "sku")
    mine = posted.union(paid).mutate(seller=ibis.literal(""))
    first = max(shop.as_of - dt.timedelta(days=days - 1), shop.first_day)
    seen = standing_prices(theirs.semi_join(mine, "sku"), first, shop.as_of, STANDS)
    own = standing_prices(mine.semi_join(theirs, "sku"), first, shop.as_of).select("sku", "day", ours="price")
    return seen.join(own, ["sku", "day"]).select("sku", "seller", "day", "ours", theirs="price")


def _positions(both: ir.Table, *by: str) -> ir.Table:
    return both.group_by(*by).agg(
        skus=both.count(), ratio=(both.ours / both.theirs).ln().mean().exp(),
        better=(both.ours < both.theirs).cast("float64").mean(), dearer=(both.ours > both.theirs).cast("float64").mean(),
    )  # fmt: skip


def _cheaper(shop: Shop, both: ir.Table) -> pd.DataFrame:
    is_cheaper = both.theirs < both.ours
    pairs = both.group_by("sku", "seller").agg(
        days=both.count(), cheaper_days=is_cheaper.sum(), gap=(1 - both.theirs / both.ours).mean(where=is_cheaper),
        last=both.day.max(),
    )  # fmt: skip
    named = pairs.filter(pairs.cheaper_days >= WEEK)
    prices = both.select("sku", "seller", "ours", "theirs", last="day")
    rows = shop.load(named.join(prices, ["sku", "seller", "last"]))
    return rows.sort_values(["gap", "cheaper_days"], ascending=False, kind="stable", ignore_index=True)


def _count(shop: Shop, rows: ir.Table) -> int:
    return int(shop.load(rows.distinct().count().name("n").as_table())["n"].iloc[0])
