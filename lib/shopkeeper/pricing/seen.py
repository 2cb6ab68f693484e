"""What else is seen of a SKU's periods that may move both its price and its sales, as columns beside the kinds of promotion."""

from dataclasses import replace

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.pricing.panel import PricePanel
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]

EMPTY_SHELF, SOLD_BEFORE, AGE, COMPETITORS = "empty shelf", "sold before", "age", "competitors"


def with_seen(panel: PricePanel, competitors: Floats | None = None) -> PricePanel:
    """The panel with one more column among promoted for each of these that varies.

    empty shelf  share of the period's days on which it was empty, once the SKU was on sale
    sold before  log of what sold a day in the period before, over the SKU's mean; 0 where nothing was known of it
    age          log of weeks since the SKU's first period, of SKUs that came later than the panel begins
    competitors  log of their price (competitor_prices), in the SKU's mean 0; 0 where unknown
    """
    days = panel.open * panel.days
    begun = np.cumsum(days, axis=1) > 0
    empty = np.where(begun, 1 - panel.open, 0.0)
    columns = {EMPTY_SHELF: empty, SOLD_BEFORE: _before(panel.sold, days), AGE: _age(panel, begun)}
    if competitors is not None:
        columns[COMPETITORS] = centred(np.log(competitors))
    return replace(panel, promoted={**panel.promoted, **{name: each for name, each in columns.items() if each.any()}})


def competitor_prices(shop: Shop, panel: PricePanel) -> Floats:
    """SKUs × periods: mean price of other sellers, currency, standing until the next is known; NaN where none was seen yet."""
    rows = shop.load(_others(shop.prices, [shop.brand.name, shop.brand.title]))
    return in_periods(rows, panel)


def _others(prices: ir.Table, own: list[str]) -> ir.Table:
    others = prices.filter(~prices.seller.isin(own) & (prices.price > 0))
    return others.group_by("sku", "day").agg(value=others.price.mean(), weight=others.count().cast("float64"))


def in_periods(rows: pd.DataFrame, panel: PricePanel) -> Floats:
    """SKUs × periods: weighted means of value (rows of sku, day, value, weight), each standing until the next; NaN before the first."""
    place = pd.Series(panel.skus.index, panel.skus["sku"])
    rows = rows[rows["sku"].isin(place.index) & (rows.day >= panel.starts[0])]
    at = place[rows["sku"]].to_numpy(), np.searchsorted(panel.starts, rows.day, side="right") - 1
    total, weight = np.zeros(panel.sold.shape), np.zeros(panel.sold.shape)
    np.add.at(total, at, (rows.value * rows.weight).to_numpy())
    np.add.at(weight, at, rows.weight.to_numpy())
    mean = np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)
    return np.asarray(pd.DataFrame(mean.T).ffill().to_numpy().T)


def centred(table: Floats) -> Floats:
    """Each SKU's known values less their mean; 0 where unknown."""
    known = ~np.isnan(table)
    mean = np.where(known, table, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.asarray(np.where(known, table - mean[:, None], 0.0))


def _before(sold: Floats, days: Floats) -> Floats:
    usual = sold.sum(axis=1) / np.maximum(days.sum(axis=1), 1e-9)
    # Half a unit, so that a period without a sale has a logarithm too.
    told = np.where(days > 0, np.log((sold + 0.5) / (usual[:, None] * days + 0.5)), 0.0)
    return np.asarray(np.c_[np.zeros(len(sold)), told[:, :-1]])


def _age(panel: PricePanel, begun: NDArray[np.bool_]) -> Floats:
    weeks = np.cumsum(begun * panel.days, axis=1) / 7
    return np.asarray(np.where(begun[:, :1], 0.0, np.log1p(weeks)))
