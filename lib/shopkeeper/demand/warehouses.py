"""Warehouses: which of them serves which region, read from how its stock falls when that region buys."""

import datetime as dt

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.optimize import nnls

from shopkeeper.shop import Shop

_LOOKED_AT = 365  # days from which it is read
_STRAY = 0.02  # shares below are parcels gone astray, or chance
NOWHERE = ""  # where the region of an order is not known


def regional_sales(orders: ir.Table, order_lines: ir.Table) -> ir.Table:
    """Units of each SKU by day and region of the order (NOWHERE where it is not known)."""
    lines = order_lines.filter(order_lines.quantity > 0).join(orders["order_id", "ordered_at", "region"], "order_id")
    return lines.group_by("sku", day=lines.ordered_at.date(), region=lines.region.fill_null(NOWHERE)).agg(
        units=lines.quantity.sum().cast("float64")
    )


def served(sales: pd.DataFrame, stock: pd.DataFrame) -> pd.DataFrame:
    """By region the share of its units that each warehouse sends: regions × warehouses, each row sums to 1.

    sales: of regional_sales; stock: the table's sku, day, warehouse, on_hand, on_order, stocked_out.

    On a day without a delivery and with goods left, stock falls by what was sent: least squares without negative
    coefficients tell of each warehouse how much of a region's units that is. A region that bought too little to tell,
    or nothing while all was in stock, is served as all regions are.
    """
    fell = _falls(stock)
    bought = sales.pivot_table(index=["sku", "day"], columns="region", values="units", aggfunc="sum", fill_value=0.0)
    both = fell.join(bought, how="left").fillna(0.0)
    sent, of_regions = both[list(fell.columns)], both[list(bought.columns)]
    overall = sent.sum() / max(sent.sum().sum(), 1e-9)
    gram, cross = of_regions.T @ of_regions, of_regions.T @ sent
    ridge = np.eye(len(gram))  # a unit's worth of what all regions do
    root = np.linalg.cholesky(gram.to_numpy() + ridge).T
    right = np.linalg.solve(root.T, cross.to_numpy() + overall.to_numpy()[None, :])
    shares = np.column_stack([nnls(root, column)[0] for column in right.T]) + 1e-9 * overall.to_numpy()
    shares = shares / shares.sum(axis=1, keepdims=True)
    shares = np.where(shares < _STRAY, 0.0, shares)
    table = pd.DataFrame(shares / shares.sum(axis=1, keepdims=True), index=of_regions.columns, columns=sent.columns)
    return table.rename_axis(index="region", columns="warehouse")


def _falls(stock: pd.DataFrame) -> pd.DataFrame:
    """By SKU and day how far each warehouse's stock fell, on days on which all of them were in stock and got nothing."""
    rows = stock.sort_values(["warehouse", "sku", "day"])
    before = rows.groupby(["warehouse", "sku"])[["day", "on_hand", "on_order"]].shift()
    is_next = rows.day - before.day == pd.Timedelta(days=1)
    fall = before.on_hand - rows.on_hand
    came = (before.on_order - rows.on_order).fillna(0.0) > 0
    plain = is_next & (fall >= 0) & ~came & (rows.on_hand > 0) & ~rows.stocked_out.fillna(False).astype(bool)
    table = rows.assign(fall=fall.where(plain)).pivot_table(
        index=["sku", "day"], columns="warehouse", values="fall", dropna=False, aggfunc="first"
    )
    return table.dropna()


def warehouse_shares(shop: Shop) -> pd.DataFrame:
    """Of served, from the last year of the shop; one column of ones where the brand has one warehouse, none without stock."""
    names = shop.load(shop.stock.select("warehouse").distinct()).warehouse.tolist()
    sales = regional_sales(shop.orders, shop.order_lines)
    since = shop.as_of - dt.timedelta(days=_LOOKED_AT)
    if len(names) < 2:
        regions = shop.load(sales.select("region").distinct()).region
        return pd.DataFrame(1.0, index=pd.Index(regions, name="region"), columns=pd.Index(names, name="warehouse"))
    stock = shop.stock.select("sku", "day", "warehouse", "on_hand", "on_order", "stocked_out")
    return served(shop.load(sales.filter(sales.day > since)), shop.load(stock.filter(stock.day > since)))
