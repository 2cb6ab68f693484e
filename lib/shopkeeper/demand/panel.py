"""The panel: what was wanted of each SKU on each day, and what is known of the days to come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.daily import daily_sales, empty_shelves, own_prices, planned_promotions
from shopkeeper.demand.unconstrain import Alike, unconstrain
from shopkeeper.demand.warehouses import regional_sales, warehouse_shares
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

AHEAD = 56  # days after the last one for which plans are kept
MOST = 2_000  # SKUs looked at one by one; the rest of each category stands together
_RANKED = 182  # days whose net_revenue ranks them
_FEWEST_DAYS = 84
_QUIET, _GAPS = 56, 6  # days without a sale, and usual gaps between sales, after which a SKU counts as delisted
_SPIKE, _SPIKE_LEAST = 20.0, 200.0  # times the SKU's next highest day, and units, from which a day is a typing error
UNKNOWN = 10**6  # a day on which nothing is known yet
REST = "…"


@dataclass(frozen=True)
class Plan:
    """SKUs × days, AHEAD of them after the last: size of what is planned, and the day number on which it became known."""

    size: Floats
    known: NDArray[np.int32]

    def seen(self, origin: int, days: NDArray[np.int64]) -> Floats:
        """What was known on the evening before the origin of these days."""
        return np.asarray(np.where(self.known[:, days] < origin, self.size[:, days], 0.0))


@dataclass(frozen=True)
class Panel:
    """SKUs × days; a row of skus tells: sku, product, category, launched (day number, first day on sale), is_rest.

    sales    units sold; NaN before a SKU's first day
    demand   units wanted: sales, and what is expected where the shelf was empty
    is_out   days on which sales are a lower bound
    shelves  by warehouse, where stock is known: units wanted from it, SKUs × days
    revenue  net_revenue, currency
    price    what one unit cost the customer, currency, as last known; NaN before
    plans    by kind of promotion
    traffic  by signal (visits, carts…), known on the evening of the day
    spikes   rows of sku, day, units, taken: days taken for typing errors, and what stands in their place
    """

    country: str
    skus: pd.DataFrame
    days: pd.DatetimeIndex
    sales: Floats
    demand: Floats
    is_out: Bools
    shelves: Mapping[str, Floats]
    revenue: Floats
    price: Floats
    plans: Mapping[str, Plan]
    traffic: Mapping[str, Floats]
    spikes: pd.DataFrame

    @property
    def is_promoted(self) -> Bools:
        """SKUs × days, and those ahead: in any promotion."""
        sizes = [plan.size > 0 for plan in self.plans.values()]
        return np.any(sizes, axis=0) if sizes else np.zeros((len(self.skus), len(self.days) + AHEAD), bool)

    @property
    def is_planned_ahead(self) -> bool:
        """Whether any promotion was ever known more than a week before its day."""
        days = np.arange(len(self.days) + AHEAD)
        return any(bool(((plan.size > 0) & (plan.known < days - 7)).any()) for plan in self.plans.values())

    @property
    def category(self) -> tuple[NDArray[np.int64], list[str]]:
        """Number of each SKU's category, and the categories' names."""
        numbers, names = pd.factorize(self.skus.category, sort=True)
        return numbers.astype(np.int64), list(names)

    def on_sale(self, origin: int) -> Bools:
        """SKUs that have sold before that day, and not so long ago that they count as delisted."""
        sold = np.nan_to_num(self.sales[:, :origin]) > 0
        last = np.where(sold.any(axis=1), origin - 1 - sold[:, ::-1].argmax(axis=1), -UNKNOWN)
        first = np.where(sold.any(axis=1), sold.argmax(axis=1), 0)
        gap = (last - first) / np.maximum(sold.sum(axis=1) - 1, 1)
        return np.asarray(origin - last <= np.maximum(_QUIET, _GAPS * gap))


def load_panel(shop: Shop, most: int = MOST) -> Panel:
    """The panel of a shop as seen on its day: the SKUs of most net_revenue, and the rest of each category as one.

    DataError where no lines tell units, or fewer than 84 days are known.
    """
    sales = shop.load(daily_sales(shop.orders, shop.order_lines))
    days = pd.date_range(shop.first_day, shop.as_of)
    if sales.empty or len(days) < _FEWEST_DAYS:
        raise DataError(
            f"order_lines: {len(sales)} SKU-days with units within {len(days)} days. To forecast what sells, lines with their "
            f"quantity over at least {_FEWEST_DAYS} days are needed; export order lines of a longer time."
        )
    skus = _ranked(shop, sales, days, most)
    place = _Places(skus, days, _products(shop).category)
    units, revenue = place.summed(sales, "units"), place.summed(sales, "net_revenue")
    units, spikes = _without_spikes(units, skus, days)
    told = np.where(np.arange(len(days)) >= skus.launched.to_numpy()[:, None], units, np.nan)
    plans = place.plans(shop.load(planned_promotions(shop.promotions, shop.promotion_skus)))
    is_out = place.marked(shop.load(empty_shelves(shop.stock))) & ~np.isnan(told)
    panel = Panel(
        shop.brand.country, skus, days, told, told, is_out, {}, revenue, _prices(shop, place, sales), plans, _traffic(shop, place), spikes
    )  # fmt: skip
    return _unconstrained(shop, panel, place) if is_out.any() else panel


def _unconstrained(shop: Shop, panel: Panel, place: "_Places") -> Panel:
    """The panel with the demand behind empty shelves, found in each warehouse from the regions that it serves."""
    shares = warehouse_shares(shop)
    sales = shop.load(regional_sales(shop.orders, shop.order_lines))
    out = shop.load(empty_shelves(shop.stock))
    sent = {
        name: place.summed(sales.assign(units=sales.units * sales.region.map(by)), "units")
        for name, by in shares.items()
    }
    whole = np.maximum(sum(sent.values()), 1e-9)
    # Spikes are taken off in proportion, and days not yet on sale stay unknown.
    sold = np.vstack([panel.sales * part / whole for part in sent.values()])
    is_out = np.vstack([place.marked(out[out.warehouse == name]) for name in sent]) & ~np.isnan(sold)
    usual = np.repeat([part.sum() / whole.sum() for part in sent.values()], len(panel.skus))
    alike = Alike(np.tile(np.arange(len(panel.skus)), len(sent)), usual)
    promoted = np.tile(panel.is_promoted[:, : len(panel.days)], (len(sent), 1))
    wanted = unconstrain(sold, is_out, promoted, alike).units.reshape(len(sent), *panel.sales.shape)
    return replace(panel, demand=wanted.sum(axis=0), shelves=dict(zip(sent, wanted, strict=True)))


def _ranked(shop: Shop, sales: pd.DataFrame, days: pd.DatetimeIndex, most: int) -> pd.DataFrame:
    """The SKUs that stand by themselves, by net_revenue of the last half year, then a row for the rest of each category.

    SKUs that lie on a shelf and never sold come after those that did.
    """
    products = _products(shop)
    recent = sales.net_revenue.where(sales.day > days[-1] - pd.Timedelta(days=_RANKED), 0.0)
    first = sales.groupby("sku").day.min()
    first = pd.concat([first, _never_sold(shop, first)])
    by_sku = pd.DataFrame({"recent": recent.groupby(sales["sku"]).sum(), "first": first}).rename_axis("sku")
    by_sku = by_sku.fillna({"recent": 0.0}).join(products[["product", "category", "launched_on"]])
    by_sku = by_sku.sort_values(["recent", "first"], ascending=[False, True]).reset_index()
    by_sku["category"] = by_sku.category.fillna("")
    by_sku["is_rest"] = by_sku.index >= most
    told = pd.to_datetime(by_sku.launched_on)
    begun = by_sku["first"].where(told.isna() | (told > by_sku["first"]), told)
    by_sku["launched"] = (begun - days[0]).dt.days.clip(lower=0)
    single = by_sku[~by_sku.is_rest].drop(columns="is_rest")
    rest = by_sku[by_sku.is_rest].groupby("category", as_index=False).launched.min()
    rest = rest.assign(sku=REST + rest.category, product=REST)
    table = pd.concat([single.assign(is_rest=False), rest.assign(is_rest=True)], ignore_index=True)
    return table[["sku", "product", "category", "launched", "is_rest"]]


def _products(shop: Shop) -> pd.DataFrame:
    return shop.load(shop.products).drop_duplicates("sku").set_index("sku")


def _never_sold(shop: Shop, sold: pd.Series) -> pd.Series:
    """First day in stock of SKUs that lie on a shelf and never sold."""
    stock = shop.stock.filter(shop.stock.on_hand > 0)
    lying = shop.load(stock.group_by("sku").agg(day=stock.day.min())).set_index("sku").day
    return lying[~lying.index.isin(sold.index)]


class _Places:
    """Where the SKUs and days of tables stand in the panel's matrices."""

    def __init__(self, skus: pd.DataFrame, days: pd.DatetimeIndex, categories: pd.Series) -> None:
        self._categories = categories
        self._single = pd.Series(skus.index[~skus.is_rest], skus["sku"][~skus.is_rest])
        self._rest = pd.Series(skus.index[skus.is_rest], skus.category[skus.is_rest])
        self.days, self.shape = days, (len(skus), len(days))

    def within(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.int64]]:
        """The rows of SKUs that stand by themselves, the place of each and the number of its day."""
        rows = rows[rows["sku"].isin(self._single.index)]
        return rows, self._single[rows["sku"]].to_numpy(), (rows.day - self.days[0]).dt.days.to_numpy()

    def summed(self, rows: pd.DataFrame, name: str) -> Floats:
        """Sums of a column by SKU and day; of the rest in a row of each category."""
        category = rows["sku"].map(self._categories).fillna("")
        place = rows["sku"].map(self._single).fillna(category.map(self._rest)).to_numpy(np.int64)
        made = np.zeros(self.shape)
        np.add.at(made, (place, (rows.day - self.days[0]).dt.days.to_numpy()), rows[name].to_numpy(np.float64))
        return made

    def marked(self, rows: pd.DataFrame) -> Bools:
        """Whether a SKU and day stand among the rows."""
        made = np.zeros(self.shape, bool)
        _, place, day = self.within(rows)
        made[place, day] = True
        return made

    def plans(self, rows: pd.DataFrame) -> dict[str, Plan]:
        """By kind, what is planned of each SKU; where plans of one kind overlap, the larger, known with the earlier."""
        return {str(kind): self._plan(part) for kind, part in rows.groupby("kind")}

    def _plan(self, rows: pd.DataFrame) -> Plan:
        rows, place, _ = self.within(rows.assign(day=rows.starts_on))
        size = np.zeros((self.shape[0], self.shape[1] + AHEAD))
        known = np.full(size.shape, UNKNOWN, np.int32)
        first, last, told = (
            (rows[name] - self.days[0]).dt.days.to_numpy() for name in ("starts_on", "ends_on", "known_on")
        )
        for at, start, end, since, much in zip(place, first, last, told, rows["size"], strict=True):
            span = slice(max(start, 0), max(end + 1, 0))
            size[at, span] = np.maximum(size[at, span], much)
            known[at, span] = np.minimum(known[at, span], since)
        return Plan(size, known)


def _without_spikes(units: Floats, skus: pd.DataFrame, days: pd.DatetimeIndex) -> tuple[Floats, pd.DataFrame]:
    """Days on which a SKU sold twenty times as much as on its next best, and 200 units: there stands the next best."""
    if units.shape[1] < 2:
        return units, pd.DataFrame()
    second = np.partition(units, -2, axis=1)[:, -2]
    is_spike = (units > np.maximum(_SPIKE * second, _SPIKE_LEAST)[:, None]) & (second > 0)[:, None]
    place, day = np.nonzero(is_spike)
    told = {"sku": skus["sku"].to_numpy()[place], "day": days[day], "units": units[place, day], "taken": second[place]}
    return np.where(is_spike, second[:, None], units), pd.DataFrame(told)


def _prices(shop: Shop, place: _Places, sales: pd.DataFrame) -> Floats:
    """What one unit cost the customer: the brand's own price as set or, where none is known, what was paid last."""
    told = shop.load(own_prices(shop.prices, [shop.brand.name, shop.brand.title]))
    made = np.full(place.shape, np.nan)
    for rows in (sales[sales.price > 0], told):
        _, at, day = place.within(rows)
        made[at, day] = place.within(rows)[0].price
    return np.asarray(pd.DataFrame(made.T).ffill().to_numpy().T)


def _traffic(shop: Shop, place: _Places) -> dict[str, Floats]:
    """Impressions, visits, carts and favourites of each SKU and day, of those that are known at all."""
    rows = shop.load(shop.traffic)
    known = [name for name in ("impressions", "visits", "add_to_cart", "favourites") if rows[name].notna().any()]
    made = {name: np.zeros(place.shape) for name in known}
    rows, at, day = place.within(rows)
    for name, values in made.items():
        values[at, day] = rows[name].fillna(0)
    return made
