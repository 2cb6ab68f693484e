"""The price panel: what sold of each SKU, and at what price, over stretches of days in which prices stand."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand import panel as daily
from shopkeeper.demand.daily import daily_sales, own_prices
from shopkeeper.pricing.loyalty import loyalty, purchases, same_again
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LATELY, _BEFORE = 91, 182  # days that tell what is usual; and that a price is looked back for
UNTOLD = "price beyond its instrument"  # a column beside the kinds of promotion that is none (instrument.with_untold)
MOVED = 0.03  # log price beside the usual one, from which a period tells what a price does
FAR = 2.25  # times the usual price, or a part of it, from which a price is another offer's, or a typing error


@dataclass(frozen=True)
class PricePanel:
    """SKUs × periods. skus: rows of sku, product, category; starts, days: first day of each period, and how many it has.

    sold      units sold by themselves, not within a set, on the days on which the shelf was not empty
    open      of the period's days, the share on which the SKU was on sale and its shelf not empty
    price     what one unit costs the customer, currency, median of these days; NaN where not known, or so far from the SKU's usual price that
              something else was sold
    promoted  by kind of promotion, the share of these days on which the SKU was in one
    today     by SKU, the price outside promotions as it stands on the last day: as posted, else as usually paid of late
    alone     by SKU, of the units sold of late the share that was not sold within a set
    cut       rows of place (SKU), period, units: days on which a SKU sold and its shelf ran empty, so that at least so many were wanted
    paid_rate   by SKU, what customers paid of late by price: less than 1 where many units at once cost less
    loyalty     by SKU, how far its buyers come back for it (loyalty.loyalty); 0 where no customer is named
    """

    skus: pd.DataFrame
    starts: pd.DatetimeIndex
    days: Ints
    sold: Floats
    open: Floats
    price: Floats
    promoted: Mapping[str, Floats]
    cut: pd.DataFrame
    today: Floats
    alone: Floats
    paid_rate: Floats
    loyalty: Floats

    @property
    def is_told(self) -> NDArray[np.bool_]:
        """SKUs × periods of which both price and sales are known."""
        return np.asarray(np.logical_and(self.open > 0, self.price > 0))

    @property
    def before(self) -> Floats:
        """By SKU, the usual price outside promotions over the quarter that ended half a year ago; today's where none is known."""
        ago = (self.starts[-1] - self.starts).days
        there = np.asarray((ago >= _BEFORE) & (ago < _BEFORE + LATELY))
        is_plain = self.is_told & (np.max([np.zeros(self.price.shape), *self.promoted.values()], axis=0) == 0)
        usual = pd.DataFrame(np.where(is_plain, self.price, np.nan)[:, there].T).median().to_numpy()
        return np.where(np.isnan(usual), self.today, usual)

    @property
    def n_moved(self) -> Ints:
        """By SKU, the periods in which its price was 3% or more off its usual one."""
        price = pd.DataFrame(np.where(self.is_told, self.price, np.nan))
        off = np.log(price).sub(np.log(price.median(axis=1)), axis=0).abs()
        return np.asarray((off >= MOVED).sum(axis=1), np.int64)


class Daily(NamedTuple):
    """SKUs × days: units sold by themselves, the price that stands (NaN: not known), whether on sale with a full shelf, whether the shelf
    ran empty on a day on which it sold, and by kind whether in a promotion.
    """

    days: pd.DatetimeIndex
    sold: Floats
    price: Floats
    is_open: Bools
    is_cut: Bools
    promoted: Mapping[str, Bools]


def price_panel(shop: Shop, seen: daily.Panel) -> PricePanel:
    """The price panel of a shop as seen on its day: the SKUs that stand by themselves in its daily panel."""
    single = np.flatnonzero(~seen.skus.is_rest.to_numpy())
    posted = _posted(shop, seen)[single]
    is_posted = np.asarray(~np.isnan(posted).all(axis=1))
    price = np.where(is_posted[:, None], posted, _asked(shop, seen)[single])
    alone, all_sold = _sold_alone(shop, seen)[single], np.nan_to_num(seen.sales[single])
    promoted = {kind: plan.size[single, : len(seen.days)] > 0 for kind, plan in seen.plans.items()}
    is_out = seen.is_out[single]
    table = Daily(seen.days, alone, price, ~is_out & ~np.isnan(seen.sales[single]), is_out & (alone > 0), promoted)
    plain = ~seen.is_promoted[single, : len(seen.days)]
    usual = _usual(np.where(plain & (alone > 0), price, np.nan))
    return PricePanel(
        seen.skus.loc[single, ["sku", "product", "category"]].reset_index(drop=True), **over_periods(table),
        today=np.where(is_posted, _last(np.where(plain, posted, np.nan)), usual),
        alone=np.nan_to_num(_ratio(_lately(alone), _lately(all_sold)), nan=1.0),
        paid_rate=np.where(is_posted, 1.0, np.nan_to_num(_ratio(_lately(seen.price[single] * alone), _lately(price * alone)), nan=1.0)),
        loyalty=_loyalty(shop, seen.skus.loc[single, "sku"]),
    )  # fmt: skip


def over_periods(table: Daily) -> dict[str, Any]:
    """starts, days, sold, open, price and promoted of a PricePanel."""
    first = periods(table)
    count, days = _summed(table.is_open, first), np.diff(np.r_[first, len(table.days)])
    return {
        "starts": table.days[first], "days": days, "sold": _summed(np.where(table.is_open, table.sold, 0.0), first), "open": count / days,
        "price": _typical(np.where(table.is_open, table.price, np.nan), first),
        "cut": _cut(table, first),
        "promoted": {kind: np.nan_to_num(_ratio(_summed(on & table.is_open, first), count)) for kind, on in table.promoted.items()},
    }  # fmt: skip


def _cut(table: Daily, first: Ints) -> pd.DataFrame:
    place, day = np.nonzero(table.is_cut)
    period = np.searchsorted(first, day, side="right") - 1
    return pd.DataFrame({"place": place, "period": period, "units": table.sold[place, day]})


def periods(table: Daily) -> Ints:
    """The first day of each period: weeks, begun on the weekday on which most prices change, and cut where a promotion begins or ends."""
    begins = set(range(int(_turn(table.days, table.price)), len(table.days), 7))
    for on in table.promoted.values():
        begins |= set((np.flatnonzero((on[:, 1:] != on[:, :-1]).any(axis=0)) + 1).tolist())
    return np.array(sorted(begins | {0}))


def _turn(days: pd.DatetimeIndex, price: Floats) -> int:
    """The number of the first day of the weekday on which most prices change; a Monday where none does."""
    changed = (np.diff(price, axis=1) != 0) & ~np.isnan(price[:, 1:]) & ~np.isnan(price[:, :-1])
    by_day = np.bincount(np.arange(1, len(days)) % 7, changed.sum(axis=0), 7)
    return int(by_day.argmax()) if by_day.any() else (7 - days[0].weekday()) % 7


def _loyalty(shop: Shop, skus: pd.Series) -> Floats:
    found = loyalty(shop.load(same_again(purchases(shop.orders, shop.order_lines, shop.products))))
    return np.asarray(skus.map(found).fillna(0.0), np.float64)


def _sold_alone(shop: Shop, seen: daily.Panel) -> Floats:
    """SKUs × days, units: what went into a set followed the set's price. Days taken for typing errors stand as they were taken."""
    lines = shop.order_lines
    rows = shop.load(daily_sales(shop.orders, lines.filter(lines.bundle.isnull())))
    place = pd.Series(seen.skus.index, seen.skus["sku"])
    rows = rows[rows["sku"].isin(place.index)]
    made = np.zeros(seen.sales.shape)
    made[place[rows["sku"]].to_numpy(), (rows.day - seen.days[0]).dt.days.to_numpy()] = rows.units.to_numpy()
    return np.asarray(np.minimum(made, np.nan_to_num(seen.sales)))


def _posted(shop: Shop, seen: daily.Panel) -> Floats:
    """SKUs × days: the brand's own price as it was set, standing until the next; NaN before, and of SKUs of which none is known."""
    return _standing(seen, shop.load(own_prices(shop.prices, [shop.brand.name, shop.brand.title])))


def _asked(shop: Shop, seen: daily.Panel) -> Floats:
    """SKUs × days: what most lines of a day paid for a unit, standing until the next; who buys many at once and pays less sets no price."""
    lines = shop.order_lines.filter((shop.order_lines.quantity > 0) & (shop.order_lines.customer_paid > 0))
    lines = lines.join(shop.orders[["order_id", "ordered_at"]], "order_id")
    each = lines.customer_paid / lines.quantity
    told = shop.load(lines.group_by("sku", day=lines.ordered_at.date()).agg(price=each.median()))
    return _standing(seen, told)


def _standing(seen: daily.Panel, told: pd.DataFrame) -> Floats:
    """SKUs × days: the last price told by then; NaN before the first. told: sku, day, price."""
    place = pd.Series(seen.skus.index, seen.skus["sku"])
    told = told[told["sku"].isin(place.index)]
    day = (told.day - seen.days[0]).dt.days.to_numpy()
    within = (day >= 0) & (day < len(seen.days))
    table = np.full(seen.price.shape, np.nan)
    table[place[told["sku"]].to_numpy()[within], day[within]] = told.price.to_numpy()[within]
    return np.asarray(pd.DataFrame(table.T).ffill().to_numpy().T)


def _typical(price: Floats, first: Ints) -> Floats:
    """SKUs × periods: the median price of each period's days; NaN where none is known, or where it is far from the SKU's usual one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # periods without a price have none
        made = np.stack([np.nanmedian(days, axis=1) for days in np.split(price, first[1:], axis=1)], axis=1)
        usual = np.nanmedian(made, axis=1)[:, None]
    return np.asarray(np.where((made <= FAR * usual) & (made >= usual / FAR), made, np.nan))


def _lately(table: Floats) -> Floats:
    """The sums of each row over the last weeks."""
    return np.asarray(np.nansum(table[:, -LATELY:], axis=1))


def _last(table: Floats) -> Floats:
    """The last number of each row."""
    return np.asarray(pd.DataFrame(table.T).ffill().to_numpy()[-1])


def _usual(table: Floats) -> Floats:
    """The median of each row over the last weeks in which it has numbers; what one customer paid is nobody else's price."""
    return np.asarray(pd.DataFrame(table[:, -LATELY:].T).median().to_numpy())


def _summed(table: Floats | NDArray[np.bool_], first: Ints) -> Floats:
    """Sums over the days of each period."""
    return np.asarray(np.add.reduceat(table.astype(np.float64), first, axis=1))


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))
