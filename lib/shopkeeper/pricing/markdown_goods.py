"""What is to be marked down: stock that lies too long (demand.slow), the prices that may be asked of it, and what may be wanted of it week by week."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.forecast import Forecast
from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.replenish import HOLDING
from shopkeeper.demand.slow import NEVER, slow_movers
from shopkeeper.demand.stocktake import stocktake
from shopkeeper.pricing.ladder import endings, written
from shopkeeper.pricing.offers import TRIED
from shopkeeper.pricing.panel import PricePanel
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]

WEEKS = 26  # for which a path is told: as long as stock may last (slow.LONG); after them its last price stands
_PRICES = 10  # that a path may choose from
_PATHS = 500  # draws of what may be wanted
_WEEK = 7  # days


class Goods(NamedTuple):
    """SKUs that lie too long and have an elasticity to go by.

    rows    the columns of offers and: units (expected in the next four weeks, on days without a promotion), on_hand, cover (days that it
            lasts at today's price), unit_cost, stock (units of it that are not sold in sets, nor in promotions of these weeks), weeks (of the
            path), life (weeks after these until it is spoilt or has lain three years), holding (of a unit over a week, currency), share and
            neighbours (of markdown.answers), seen (the lowest price at which it sold), floor (the lowest that may be asked)
    prices  SKUs × prices that may be asked, from today's down; NaN where there are fewer
    slow    how many SKUs lie too long, with an elasticity or not; None where stock is not counted
    """

    rows: pd.DataFrame
    prices: Floats
    slow: int | None


class Wanted(NamedTuple):
    """rates: draws × SKUs × WEEKS, units expected at today's price; seed of the chance that then falls."""

    rates: Floats
    seed: int


def goods_to_clear(shop: Shop, forecast: Forecast, offers: pd.DataFrame, panel: PricePanel) -> Goods:
    """What lies too long. offers: of offers.offers_of, and carried (what it costs to deliver a unit, currency)."""
    slow = slow_stock(shop, forecast)
    offers = with_neighbours(with_units(forecast, offers))
    there = offers.head(0) if slow is None else offers[offers.is_tried]
    rows = there.merge(pd.DataFrame(columns=_SLOW) if slow is None else slow[_SLOW], on="sku")
    rows = rows.merge(lowest_prices(panel), on="sku").reset_index(drop=True)
    rows["floor"] = np.minimum(rows.floor, rows.price)
    return Goods(
        _with_time(rows), prices_down(rows, endings(offers.price.to_numpy())), None if slow is None else len(slow)
    )


_SLOW = ["sku", "on_hand", "cover", "shelf_days", "unit_cost"]


def slow_stock(shop: Shop, forecast: Forecast) -> pd.DataFrame | None:
    """Of slow.slow_movers, as the report on demand tells them; None where stock is not counted."""
    shelves = stocktake(shop, forecast.panel).shelves
    if shelves.empty:
        return None
    daily = forecast.agreed.of_skus.mean(axis=1)[shelves.place] * shelves.share
    return slow_movers(shelves.assign(daily=daily), HOLDING)


def with_units(forecast: Forecast, offers: pd.DataFrame) -> pd.DataFrame:
    """The offers with the units expected of each in four weeks, by themselves: on days without a promotion, and on promoted ones (promoted)."""
    mean, quiet = _days_ahead(forecast, offers["sku"])
    alone = offers.alone.to_numpy()
    return offers.assign(units=(mean * quiet).sum(axis=1) * alone, promoted=(mean * ~quiet).sum(axis=1))


def _days_ahead(forecast: Forecast, skus: pd.Series) -> tuple[Floats, NDArray[np.bool_]]:
    """SKUs × days of the next four weeks: units expected, and whether no promotion prices the day."""
    panel = forecast.panel
    place = pd.Series(panel.skus.index, panel.skus["sku"]).reindex(skus).to_numpy()
    return forecast.agreed.of_skus[place], ~panel.is_promoted[place, len(panel.days) : len(panel.days) + HORIZON]


def with_neighbours(offers: pd.DataFrame) -> pd.DataFrame:
    """The offers with share, of the units of their market, and neighbours, what its other SKUs leave by unit of theirs; 0 where none is a substitute."""
    left = offers.units * (offers.kept * offers.price - offers.cost)
    whole = pd.DataFrame({"units": offers.units, "left": left}).groupby(offers.market).transform("sum")
    units = offers.units.clip(lower=1e-6)
    has = offers.market > 0
    return offers.assign(
        share=(units / whole.units.clip(lower=1e-6)).clip(upper=1).where(has, 1.0),
        neighbours=((whole.left - left) / units).where(has, 0.0),
    )


def lowest_prices(panel: PricePanel) -> pd.DataFrame:
    """By SKU, seen: the lowest price at which it sold; floor: the lowest that may be asked.

    That is its own lowest, or as far below its usual price as SKUs of its category have stood and sold, in two periods or more. Beyond that
    nobody has seen what customers do.
    """
    sold = panel.is_told & (panel.sold > 0)
    price = pd.DataFrame(np.where(sold, panel.price, np.nan))
    usual = price.median(axis=1)
    ratio = price.div(usual, axis=0).assign(category=panel.skus.category.fillna("").to_numpy())
    ratio = ratio.melt(id_vars="category").dropna().sort_values("value")
    deepest = ratio.groupby("category").value.nth(TRIED - 1) if len(ratio) else pd.Series(dtype=float)
    deepest = ratio.loc[deepest.index].set_index("category").value
    off = panel.skus.category.fillna("").map(deepest).astype("float64")
    seen = price.min(axis=1)
    return pd.DataFrame({"sku": panel.skus["sku"], "seen": seen, "floor": np.fmin(seen, usual * off)}).dropna(
        subset=["seen"]
    )


def prices_down(rows: pd.DataFrame, habits: list[tuple[int, int]]) -> Floats:
    """SKUs × prices from today's down to the floor, that end as the brand's do; NaN where there are fewer."""
    table = np.full((len(rows), _PRICES), np.nan)
    for row, (low, price) in enumerate(zip(rows.floor, rows.price, strict=True)):
        lower = written(low, price - 0.005, habits)[::-1] if low < price else np.empty(0)
        few = np.unique(np.linspace(0, len(lower) - 1, min(_PRICES - 1, len(lower))).astype(np.int64))
        asked = np.r_[price, lower[few]]
        table[row, : len(asked)] = asked
    return table


def _with_time(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with what is theirs to sell, for how long, and what holding it costs."""
    days = np.minimum(rows.shelf_days.astype("float64").fillna(np.inf), NEVER)
    weeks = np.clip(np.floor(days / _WEEK), 1, WEEKS).astype(np.int64)
    return rows.assign(
        stock=((rows.on_hand - rows.promoted).clip(lower=0) * rows.alone).astype("float64"), weeks=weeks,
        life=(days / _WEEK - weeks).clip(lower=0), holding=rows.unit_cost.astype("float64") * HOLDING * _WEEK / 365,
    )  # fmt: skip


def weekly_demand(forecast: Forecast, rows: pd.DataFrame, seed: int) -> Wanted:
    """What may be wanted of the SKUs of rows at today's price, by themselves, on days without a promotion.

    The next four weeks as they are forecast; after them as in their mean, since nothing tells of a season. Around these, the forecast's own spread:
    what lasts, of the brand, a category and a SKU, and what is of one week alone.
    """
    luck, spread = np.random.default_rng(seed), forecast.spread
    mean = _weeks_ahead(forecast, rows)
    place = pd.Series(forecast.panel.skus.index, forecast.panel.skus["sku"]).reindex(rows["sku"]).to_numpy(np.int64)
    kind, category = forecast.kind[place], forecast.panel.category[0][place]
    own = np.array([spread.sku[str(k)].of(units) for k, units in zip(kind, mean.sum(axis=1), strict=True)], np.float64)
    week = np.array(
        [spread.day[str(k)].of(units / _WEEK) / _WEEK for k, units in zip(kind, mean, strict=True)]
    ).reshape(mean.shape)
    of_category = _factors(luck, np.full(category.max(initial=0) + 1, spread.category))[:, category, None]
    shared = _factors(luck, np.array([[spread.brand]])) * _factors(luck, np.full((1, WEEKS), spread.week)) * of_category
    rates = mean * shared * _factors(luck, own[:, None]) * _factors(luck, week)
    return Wanted(rates, seed)


def _weeks_ahead(forecast: Forecast, rows: pd.DataFrame) -> Floats:
    """SKUs × WEEKS: units expected."""
    mean, quiet = _days_ahead(forecast, rows["sku"])
    # Where a promotion prices every day, what sells in it is all that is known.
    quiet = quiet | ~quiet.any(axis=1, keepdims=True)
    known = (mean * quiet).reshape(len(rows), HORIZON // _WEEK, _WEEK).sum(axis=2)
    later = _WEEK * (mean * quiet).sum(axis=1) / quiet.sum(axis=1)
    return np.asarray(
        np.c_[known, np.repeat(later[:, None], WEEKS - known.shape[1], axis=1)]
        * rows.alone.to_numpy(np.float64)[:, None]
    )


def _factors(luck: np.random.Generator, variance: Floats) -> Floats:
    """Draws × what variance has: factors of mean 1 and that variance."""
    shape = 1 / np.maximum(variance, 1e-6)
    return np.asarray(luck.gamma(shape, 1 / shape, (_PATHS, *np.shape(variance))))
