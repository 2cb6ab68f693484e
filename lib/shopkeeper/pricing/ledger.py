"""The margin ledger: from what goods were worth at list price to what they left, of each SKU, category and the brand."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.pricing.ledger_lines import STEPS, TO_NET, ledger_lines
from shopkeeper.shop import Shop

WINDOW = 365  # days of orders
SETTLED = 30  # days after an order by which its returns have come: on aurora 99% came within 18
_AMOUNTS = ["units", *STEPS, "net_revenue", "contribution", "cost"]


@dataclass(frozen=True)
class Ledger:
    """The orders placed from first to last, as known on last.

    rows   one per SKU: sku, product and category (both null where not known; sku too, of what orders brought beyond
           their lines), units, ledger_lines.STEPS signed, net_revenue, contribution, cost (of all goods sold, those that
           came back too); currency, to the cent
    alone  one per SKU sold by itself at a known price: sums that unit_economics reads
    ads    media spend of these days; NaN where none is known. No SKU's
    """

    first: dt.date
    last: dt.date
    rows: pd.DataFrame
    alone: pd.DataFrame
    ads: float


def margin_ledger(shop: Shop, days: int = WINDOW) -> Ledger:
    """The ledger of the orders of the last so many days. Lines without unit demand count with their money alone."""
    first = shop.as_of - dt.timedelta(days=days - 1)
    with shop.scratch():
        lines = shop.keep(ledger_lines(shop, first))
        rows, alone = shop.load(_by_sku(shop, lines)), shop.load(_sold_alone(lines, shop.as_of))
    rows[[*STEPS, "cost"]] /= 100
    rows["net_revenue"] = rows[list(STEPS[:TO_NET])].sum(axis=1).round(2)
    rows["contribution"] = rows[list(STEPS)].sum(axis=1).round(2)
    rows = rows[["sku", "product", "category", *_AMOUNTS]]
    return Ledger(first, shop.as_of, rows, alone, _ads(shop, first))


def _by_sku(shop: Shop, lines: ir.Table) -> ir.Table:
    products = shop.products.select("sku", "product", "category")
    sums = lines.group_by("sku").agg(
        units=lines.quantity.sum().fill_null(0), **{name: lines[name].sum() for name in (*STEPS, "cost")}
    )
    return sums.left_join(products, "sku").drop("sku_right")


def by_category(ledger: Ledger) -> pd.DataFrame:
    """The ledger's rows summed by category (null: not known), the most net revenue first."""
    rows = ledger.rows.groupby("category", dropna=False, as_index=False)[_AMOUNTS].sum().round(2)
    return rows.sort_values("net_revenue", ascending=False, ignore_index=True)


def brand_totals(ledger: Ledger) -> pd.Series:
    """The sums of the ledger's rows, and ads (0 where not known) taken off: `left` is contribution after ads."""
    sums = ledger.rows[_AMOUNTS].sum().round(2)
    ads = -float(np.nan_to_num(ledger.ads))
    return pd.concat([sums, pd.Series({"ads": ads, "left": round(sums.contribution + ads, 2)})])


def loss_makers(ledger: Ledger) -> pd.DataFrame:
    """SKUs whose contribution is below 0: those that sell well first (is_seller: among the half of most net revenue), of these the largest loss.

    cause: `goods` (they cost more than they brought), `returns` (had nothing been paid back it would have paid), else `fees`.
    """
    rows = ledger.rows[ledger.rows["sku"].notna()]
    rows = rows.assign(is_seller=rows.net_revenue >= rows.net_revenue.median())
    rows = rows[rows.contribution < 0]
    fees = rows.platform_fee + rows.logistics + rows.delivery_paid
    gross = rows.net_revenue - rows.cost
    rows = rows.assign(cause=np.select([gross < 0, gross + fees >= 0], ["goods", "returns"], "fees"))
    return rows.sort_values(["is_seller", "contribution"], ascending=[False, True], ignore_index=True)


def _sold_alone(lines: ir.Table, as_of: dt.date) -> ir.Table:
    """By SKU, of lines sold by themselves at a known price, in cents but for units. See unit_economics."""
    priced = lines.mutate(
        price=_model_price(lines),
        net=sum(lines[name] for name in STEPS[:TO_NET]),
        goods_back=lines.back * lines.quantity,
    )
    priced = priced.filter(priced.is_alone & (priced.quantity > 0) & (priced.price > 0))
    is_settled = priced.day <= ibis.literal(as_of - dt.timedelta(days=SETTLED))
    is_known = ~priced.is_assumed
    return priced.group_by("sku").agg(
        units=priced.quantity.sum(), price=priced.price.sum(), net=priced.net.sum(), fee=-priced.platform_fee.sum(),
        cost=priced.cost.sum(), known_cost=priced.cost.sum(where=is_known).fill_null(0), known_units=priced.quantity.sum(where=is_known).fill_null(0),
        carried=-(priced.logistics + priced.delivery_paid).sum(),
        settled_units=priced.quantity.sum(where=is_settled).fill_null(0), settled_net=priced.net.sum(where=is_settled).fill_null(0),
        refunds=-priced.refunds.sum(where=is_settled).fill_null(0), late_refunds=-priced.refunds.sum(where=~is_settled).fill_null(0), back=priced.goods_back.sum(where=is_settled).fill_null(0.0),
    )  # fmt: skip


def _model_price(lines: ir.Table) -> ir.IntegerValue:
    """The price that the demand model uses, × quantity: as posted; of SKUs that never post one, as paid."""
    posts = lines.posted.notnull().any().over(group_by="sku")
    return posts.ifelse(lines.posted, lines.paid)


def _ads(shop: Shop, first: dt.date) -> float:
    """Spend of the media periods, as far as their days lie within; NaN where no spend is known."""
    media = shop.media
    start = media.period_start.cast("date")
    end = (media.period_start + media.period_days * ibis.interval(days=1)).cast("date")
    after = ibis.literal(shop.as_of + dt.timedelta(days=1))
    within = ibis.least(end, after).delta(ibis.greatest(start, ibis.literal(first)), unit="day")
    spent = media.mutate(part=media.spend * ibis.greatest(within, 0) / media.period_days)
    total = shop.load(spent.agg(spend=spent.part.sum())).spend.iloc[0]
    return float(total) if pd.notna(total) and total > 0 else float("nan")
