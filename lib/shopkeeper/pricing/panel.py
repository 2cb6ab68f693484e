"""The price panel: what sold of each SKU, and at what price, over stretches of days in which prices stand."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand import panel as daily
from shopkeeper.demand.daily import daily_sales, own_prices
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class PricePanel:
    """SKUs × periods. skus: rows of sku, product, category; starts, days: first day of each period, and how many it has.

    sold      units sold by themselves, not within a set, on the days on which the shelf was not empty
    open      of the period's days, the share on which the SKU was on sale and its shelf not empty
    price     what one unit costs the customer, currency, mean of these days; NaN where not known
    promoted  by kind of promotion, the share of these days on which the SKU was in one
    """

    skus: pd.DataFrame
    starts: pd.DatetimeIndex
    days: Ints
    sold: Floats
    open: Floats
    price: Floats
    promoted: Mapping[str, Floats]

    @property
    def is_told(self) -> NDArray[np.bool_]:
        """SKUs × periods of which both price and sales are known."""
        return np.asarray((self.open > 0) & (self.price > 0))


def price_panel(shop: Shop, most: int = daily.MOST) -> PricePanel:
    """The price panel of a shop as seen on its day: the SKUs of most net revenue.

    DataError where no lines tell units, or fewer than 84 days are known.
    """
    seen = daily.load_panel(shop, most)
    single = np.flatnonzero(~seen.skus.is_rest.to_numpy())
    price = _prices(shop, seen)[single]
    first = periods(seen, price)
    is_open = ~seen.is_out[single] & ~np.isnan(seen.sales[single])
    known = is_open & ~np.isnan(price)
    count, days = _summed(is_open, first), np.diff(np.r_[first, len(seen.days)])
    sold = np.where(is_open, _sold_alone(shop, seen)[single], 0.0)
    kinds = {kind: plan.size[single, : len(seen.days)] > 0 for kind, plan in seen.plans.items()}
    return PricePanel(
        seen.skus.loc[single, ["sku", "product", "category"]].reset_index(drop=True),
        seen.days[first], days, _summed(sold, first), count / days,
        _ratio(_summed(np.where(known, price, 0.0), first), _summed(known, first)),
        {kind: np.nan_to_num(_ratio(_summed(on & is_open, first), count)) for kind, on in kinds.items()},
    )  # fmt: skip


def periods(seen: daily.Panel, price: Floats) -> Ints:
    """The first day of each period: weeks, begun on the weekday on which most prices change, and cut where a promotion begins or ends."""
    begins = set(range(int(_turn(seen.days, price)), len(seen.days), 7))
    for plan in seen.plans.values():
        on = plan.size[:, : len(seen.days)] > 0
        begins |= set((np.flatnonzero((on[:, 1:] != on[:, :-1]).any(axis=0)) + 1).tolist())
    return np.array(sorted(begins | {0}))


def _turn(days: pd.DatetimeIndex, price: Floats) -> int:
    """The number of the first day of the weekday on which most prices change; a Monday where none does."""
    changed = (np.diff(price, axis=1) != 0) & ~np.isnan(price[:, 1:]) & ~np.isnan(price[:, :-1])
    by_day = np.bincount(np.arange(1, len(days)) % 7, changed.sum(axis=0), 7)
    return int(by_day.argmax()) if by_day.any() else (7 - days[0].weekday()) % 7


def _sold_alone(shop: Shop, seen: daily.Panel) -> Floats:
    """SKUs × days, units: what went into a set followed the set's price. Days taken for typing errors stand as they were taken."""
    lines = shop.order_lines
    rows = shop.load(daily_sales(shop.orders, lines.filter(lines.bundle.isnull())))
    place = pd.Series(seen.skus.index, seen.skus["sku"])
    rows = rows[rows["sku"].isin(place.index)]
    made = np.zeros(seen.sales.shape)
    made[place[rows["sku"]].to_numpy(), (rows.day - seen.days[0]).dt.days.to_numpy()] = rows.units.to_numpy()
    return np.asarray(np.minimum(made, np.nan_to_num(seen.sales)))


def _prices(shop: Shop, seen: daily.Panel) -> Floats:
    """SKUs × days: the brand's own price as it was set, standing until the next; of SKUs of which none is known, what was paid."""
    told = shop.load(own_prices(shop.prices, [shop.brand.name, shop.brand.title]))
    place = pd.Series(seen.skus.index, seen.skus["sku"])
    told = told[told["sku"].isin(place.index)]
    day = (told.day - seen.days[0]).dt.days.to_numpy()
    within = (day >= 0) & (day < len(seen.days))
    posted = np.full(seen.price.shape, np.nan)
    posted[place[told["sku"]].to_numpy()[within], day[within]] = told.price.to_numpy()[within]
    posted = pd.DataFrame(posted.T).ffill().to_numpy().T
    is_set = ~np.isnan(posted).all(axis=1)
    return np.asarray(np.where(is_set[:, None], posted, seen.price))


def _summed(table: Floats | NDArray[np.bool_], first: Ints) -> Floats:
    """Sums over the days of each period."""
    return np.asarray(np.add.reduceat(table.astype(np.float64), first, axis=1))


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))
