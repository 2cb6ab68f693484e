"""What sold on each day, beside the promotions of the past: by SKU, and by the customers who first came in each."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.panel import load_panel
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError, offenders

Floats = NDArray[np.float64]

MEASURES = ("orders", "units", "net_revenue")
_LEAST_MET = 0.2
_FEWEST = 84  # days outside promotions, from which a baseline can be learnt


@dataclass(frozen=True)
class PromotionDays:
    """totals: by day orders, units, net_revenue, first_orders of customers (none: guests alone), and met, the share of units wanted that shelves had.

    single_rate: share of orders that hold one SKU alone, and so are lost where its shelf is empty.

    events: rows of promotion, kind, first, last (day numbers; the last may lie ahead), in order; promotions whose days meet are one.
    skus: rows of sku, category; units, revenue: SKUs × days; is_in: events × SKUs, whether it is sold at the promotion's price.
    later: of customers by the number of the day of their first order (came), orders, units, net_revenue of each later day; squares: of each customer's
    sums of these, the squares summed by came.
    """

    country: str
    days: pd.DatetimeIndex
    totals: pd.DataFrame
    events: pd.DataFrame
    skus: pd.DataFrame
    units: Floats
    revenue: Floats
    is_in: NDArray[np.bool_]
    later: pd.DataFrame
    squares: pd.DataFrame
    single_rate: float = 1.0

    @property
    def ran_empty(self) -> bool:
        """Whether any shelf ever did."""
        return bool((self.totals.met < 1).any())

    def met_of(self, name: str) -> Floats:
        """By day, of a measure's total with full shelves, the share that was there; an order is lost where none of its SKUs is there."""
        lost = 1 - self.totals.met.to_numpy(np.float64)
        return np.asarray(1 - lost * (self.single_rate if name == "orders" else 1.0))

    @property
    def is_promoted(self) -> NDArray[np.bool_]:
        """Days inside any promotion."""
        made = np.zeros(len(self.days), bool)
        for first, last in zip(self.events["first"], self.events["last"], strict=True):
            made[max(first, 0) : last + 1] = True
        return made


def promotion_days(shop: Shop) -> PromotionDays:
    """Of a shop as seen on its day; displays and mailers, which run every week, are left out.

    DataError where lines tell no units, no promotion has begun, or fewer than 84 days lie outside all of them.
    """
    days = pd.date_range(shop.first_day, shop.as_of)
    sold = shop.load(_by_sku(shop.orders, shop.order_lines))
    if sold.empty:
        raise DataError(
            "order_lines: 0 rows with units. What a promotion brought is counted in them; export lines with their quantity."
        )
    kinds = shop.load(shop.products)[["sku", "category"]].drop_duplicates("sku")
    skus = (
        pd.DataFrame({"sku": sorted(sold["sku"].unique())}).merge(kinds, on="sku", how="left").fillna({"category": ""})
    )
    events, is_in = _events(shop, days, skus)
    place = pd.Series(skus.index, skus["sku"])[sold["sku"]].to_numpy(), _number(sold.day, days)
    units, revenue = np.zeros((2, len(skus), len(days)))
    units[place], revenue[place] = sold.units, sold.net_revenue
    each = shop.keep(_by_customer(shop.orders, shop.order_lines))
    totals = shop.load(_by_day(shop.orders)).set_index("day").reindex(days, fill_value=0.0)
    new = each.filter(each.day == each.came)
    came = shop.load(new.group_by("came").agg(n=new.count())).set_index("came").n
    totals = totals.assign(
        units=units.sum(axis=0), first_orders=came.reindex(days, fill_value=0).astype(float), met=_met(shop, len(days))
    )
    later, squares = (_numbered(shop.load(table), days) for table in (_later(each), _squares(each)))
    made = PromotionDays(
        shop.brand.country, days, totals, events, skus, units, revenue, is_in, later, squares, _single_rate(shop)
    )
    _check(made)
    return made


def _check(told: PromotionDays) -> None:
    plain = int((~told.is_promoted).sum())
    if plain < _FEWEST:
        raise DataError(
            f"promotions: {len(told.days) - plain} of {len(told.days)} days lie inside one ({offenders(told.events.promotion.tolist())}). What would have "
            f"sold without them is learnt from days outside, at least {_FEWEST}; import a longer time, or list as promotions those alone that end."
        )


def _events(shop: Shop, days: pd.DatetimeIndex, skus: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Promotions that have begun and touch these days, those whose days meet told as one; and events × SKUs in them."""
    rows = shop.load(shop.sales_events).sort_values(["starts_on", "ends_on", "promotion"])
    rows = rows.assign(first=_number(rows.starts_on, days), last=_number(rows.ends_on, days))
    rows = rows[(rows["first"] < len(days)) & (rows["last"] >= 0)]
    if rows.empty:
        raise DataError(
            "promotions: none of them has begun by then. What they brought is told of promotions of the past; list these with their days."
        )
    ends = rows["last"].cummax().shift(fill_value=-1)
    rows = rows.assign(event=(rows["first"] > ends).cumsum() - (rows["first"].iloc[0] > -1))
    within = shop.load(shop.promotion_skus)[["promotion", "sku"]].drop_duplicates()
    place, number = pd.Series(skus.index, skus["sku"]), rows.set_index("promotion").event
    within = within[within["sku"].isin(place.index) & within.promotion.isin(number.index)]
    is_in = np.zeros((rows.event.nunique(), len(skus)), bool)
    is_in[number[within.promotion].to_numpy(), place[within["sku"]].to_numpy()] = True
    is_in[number[~number.index.isin(within.promotion)].unique()] = True  # it names no SKU: it is on all of them
    told = rows.groupby("event").agg(
        promotion=("promotion", " + ".join), kind=("kind", "first"), first=("first", "min"), last=("last", "max")
    )
    return told.reset_index(drop=True), is_in


def _met(shop: Shop, days: int) -> Floats:
    """By day, of all units wanted, the share that was there; 1 where stock is not known."""
    if not shop.has("stock"):
        return np.ones(days)
    seen = load_panel(shop)
    wanted, sold = np.nansum(seen.demand, axis=0), np.nansum(seen.sales, axis=0)
    return np.asarray(np.clip(np.divide(sold, wanted, out=np.ones(days), where=wanted > 0), _LEAST_MET, 1.0))


def _single_rate(shop: Shop) -> float:
    skus = shop.order_lines.group_by("order_id").agg(n=shop.order_lines["sku"].nunique())
    return float(shop.load(skus.agg(rate=(skus.n == 1).mean())).rate.iloc[0])


def _number(dates: pd.Series, days: pd.DatetimeIndex) -> NDArray[np.int64]:
    return np.asarray((pd.to_datetime(dates) - days[0]).dt.days, np.int64)


def _numbered(rows: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    return rows.assign(**{name: _number(rows[name], days) for name in ("came", "day") if name in rows})


def _by_sku(orders: ir.Table, lines: ir.Table) -> ir.Table:
    lines = lines.filter(lines.quantity > 0).join(orders[["order_id", "ordered_at"]], "order_id")
    return lines.group_by("sku", day=lines.ordered_at.date()).agg(
        units=lines.quantity.sum().cast("float64"), net_revenue=lines.net_revenue.sum()
    )


def _by_day(orders: ir.Table) -> ir.Table:
    return orders.group_by(day=orders.ordered_at.date()).agg(
        orders=orders.count().cast("float64"), net_revenue=orders.net_revenue.sum()
    )


def _by_customer(orders: ir.Table, lines: ir.Table) -> ir.Table:
    """One row per customer and day: came (the day of the first order), orders, units, net_revenue."""
    units = lines.group_by("order_id").agg(units=lines.quantity.sum().fill_null(0).cast("float64"))
    named = orders.filter(orders.customer_id.notnull()).left_join(units, "order_id")
    daily = named.group_by("customer_id", day=named.ordered_at.date()).agg(
        orders=named.count().cast("float64"),
        units=named.units.sum().fill_null(0.0),
        net_revenue=named.net_revenue.sum(),
    )
    return daily.mutate(came=daily.day.min().over(group_by="customer_id"))


def _later(each: ir.Table) -> ir.Table:
    after = each.filter(each.day > each.came)
    return after.group_by("came", "day").agg(**{name: after[name].sum() for name in MEASURES})


def _squares(each: ir.Table) -> ir.Table:
    after = each.filter(each.day > each.came)
    sums = after.group_by("customer_id", "came").agg(**{name: after[name].sum() for name in MEASURES})
    return sums.group_by("came").agg(**{name: (sums[name] * sums[name]).sum() for name in MEASURES})
