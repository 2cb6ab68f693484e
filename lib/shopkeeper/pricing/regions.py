"""A test of a price by region: pairs of regions that sell alike, one of each with the new price, and how much their shares swing by chance."""

import datetime as dt
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.shop import Shop

Floats = NDArray[np.float64]

_BEFORE = 52  # weeks before a test, at most, whose shares are taken off
_LEAST = 100  # units of a region in these, from which it is looked at
_CUSTOMERS = 5  # likewise: fewer are shown nowhere
_FEWEST = 4  # pairs, below which what one region has of its own is taken for the price
_COIN = 0.5
_UNLIKE = 2.0  # times the units of the smaller, above which two regions are no pair


class Split(NamedTuple):
    """new, old: the regions that get the new price and those that keep today's, pair by pair; weeks: those before, whose shares are taken off.

    noise: by SKU the variance of the log odds of a week's units in one half and in the other, times its units in all regions in that week.
    """

    new: tuple[str, ...]
    old: tuple[str, ...]
    weeks: int
    noise: "pd.Series[float]"

    def variance(self, skus: pd.Series, units: Floats) -> Floats:
        """By SKU, of the log odds of one week's units, at so many a week in all regions; infinite where nothing is known of it."""
        noise = self.noise.reindex(skus).fillna(np.inf).to_numpy(np.float64)
        return np.asarray(np.divide(noise, units, out=np.full(len(noise), np.inf), where=units > 0))


def split_regions(shop: Shop, seed: int) -> Split | None:
    """The regions of a shop in two halves, a coin being tossed in each pair; None with fewer than four pairs of regions that sell alike."""
    weeks = min(_BEFORE, ((shop.as_of - shop.first_day).days + 1) // 7)
    since = shop.as_of - dt.timedelta(days=7 * weeks - 1)
    orders = shop.orders.filter(shop.orders.region.notnull() & (shop.orders.ordered_at >= ibis.timestamp(str(since))))
    buyers = shop.load(orders.group_by("region").agg(n=orders.customer_id.coalesce(orders.order_id).nunique()))
    sold = shop.load(_weekly(orders, shop.order_lines, since))
    units = sold[sold.region.isin(buyers.region[buyers.n >= _CUSTOMERS])].groupby("region").units.sum()
    pairs = pair_regions(units[units >= _LEAST])
    if len(pairs) < _FEWEST:
        return None
    turned = np.random.default_rng(seed).random(len(pairs)) < _COIN
    new = tuple(pair[int(turn)] for pair, turn in zip(pairs, turned, strict=True))
    old = tuple(pair[int(not turn)] for pair, turn in zip(pairs, turned, strict=True))
    return Split(new, old, weeks, swings(sold, new, old))


def _weekly(orders: ir.Table, order_lines: ir.Table, since: dt.date) -> ir.Table:
    """Units by SKU, region and week, the weeks counted from a day."""
    lines = order_lines.filter(order_lines.quantity > 0).join(orders["order_id", "ordered_at", "region"], "order_id")
    week = lines.ordered_at.date().delta(ibis.literal(since), unit="day") // 7
    return lines.group_by("sku", "region", week=week).agg(units=lines.quantity.sum().cast("float64"))


def pair_regions(units: pd.Series) -> list[tuple[str, str]]:
    """Regions that follow each other in size, two by two from the largest; one that has no other of at least half its size stays out."""
    order = units.sort_values(ascending=False, kind="stable")
    made, place = [], 0
    while place + 1 < len(order):
        if order.iloc[place] <= _UNLIKE * order.iloc[place + 1]:
            made.append((str(order.index[place]), str(order.index[place + 1])))
            place += 1
        place += 1
    return made


def swings(sold: pd.DataFrame, new: tuple[str, ...], old: tuple[str, ...]) -> "pd.Series[float]":
    """Split.noise. sold: sku, region, week, units.

    What moves both halves in a week, a season or an event, falls out: given what both sell, the one's units are binomial, and swing by more
    than that as far as the brand's weeks do, or the SKU's own where these swing more.
    """
    half = np.where(sold.region.isin(new), "new", np.where(sold.region.isin(old), "old", "rest"))
    table = sold.assign(half=half).pivot_table("units", ["sku", "week"], "half", "sum", fill_value=0.0)
    table = table.reindex(columns=["new", "old", "rest"], fill_value=0.0)
    sums = table.groupby("sku").sum()
    odds = (sums.new + 1) / (sums.new + sums.old + 2)
    beyond = _swing(table.new, table.new + table.old, odds.reindex(table.index.get_level_values("sku")).to_numpy())
    share = (sums.new + sums.old) / sums.sum(axis=1)
    noise: pd.Series[float] = beyond.reindex(sums.index) / (odds * (1 - odds) * share)
    return noise[share > 0]


def _swing(units: pd.Series, both: pd.Series, odds: Floats) -> pd.Series:
    """By SKU, squared errors by those of binomial weeks: its own, or the brand's, whichever is more; 1 at least."""
    error = ((units - both * odds) ** 2 / (both * odds * (1 - odds)))[both > 0]
    by_sku = error.groupby("sku").agg(["sum", "count"])
    free = by_sku["count"] - 1  # its share is learnt from the same weeks
    usual = max(float(by_sku["sum"].sum() / max(free.sum(), 1)), 1.0)
    return (by_sku["sum"] / free.where(free > 0)).fillna(usual).clip(lower=usual)
