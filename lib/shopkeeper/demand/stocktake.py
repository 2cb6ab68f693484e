"""The stocktake: what lies on each shelf today, what is on its way, and on which terms more can be had."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.demand.panel import Panel
from shopkeeper.report.words import Sentence, count, say
from shopkeeper.shop import Shop
from shopkeeper.tables import offenders

_LATELY = 91  # days that tell which warehouse a SKU sells from, and what it brings
_DRAWN = 20.0  # units of the warehouse's usual share by which a SKU's own is drawn to it
_OLDEST = 14  # days since which a shelf must have been counted
# Where no terms of supply are known; printed beside what is made of them.
ASSUMED = {"lead_days_mean": 14.0, "lead_days_sd": 5.0, "moq": 1, "case_pack": 1}


AMPLE = 1e7  # units


@dataclass(frozen=True)
class Stocktake:
    """shelves: one row per SKU and warehouse of SKUs on sale:

    sku, place (row in the panel), warehouse, on_hand, on_order (units), lead_days_mean, lead_days_sd, moq, case_pack, shelf_days
    (NaN: does not spoil), share (of the SKU's demand that is served from here), price (net revenue of a unit),
    unit_cost (currency), maker, is_assumed (terms of supply that nobody told).
    faults: what was found wrong with the stock table, in words, each named and set right.
    """

    shelves: pd.DataFrame
    faults: tuple[Sentence, ...]


def stocktake(shop: Shop, panel: Panel) -> Stocktake:
    """What lies where on the shop's day, of the panel's SKUs; no shelves where no stock is known of the last fortnight."""
    stock = shop.stock.filter(shop.stock.day > shop.as_of - pd.Timedelta(days=_OLDEST).to_pytimedelta())
    rows = shop.load(stock.select("sku", "warehouse", "day", "on_hand", "on_order"))
    latest = rows.sort_values("day").drop_duplicates(["sku", "warehouse"], keep="last")
    single = panel.skus[~panel.skus.is_rest].reset_index(names="place")[["sku", "place"]]
    shelves = latest.merge(single, on="sku").drop(columns="day")
    faults = _faults(shelves)
    shelves["on_hand"] = shelves.on_hand.clip(lower=0)
    shelves["on_order"] = shelves.on_order.fillna(0.0)
    shelves = _with_terms(shop, shelves)
    shelves["share"] = shares_of(panel, shelves)
    return Stocktake(_with_money(shop, panel, shelves).reset_index(drop=True), faults)


def bare_shelves(shop: Shop, panel: Panel, places: Sequence[int]) -> pd.DataFrame:
    """Shelves of SKUs of which nothing is known but what sells: one warehouse, ASSUMED terms of supply; columns as of Stocktake.

    AMPLE lies there, so that nothing is lost before an order can arrive: what an order list fills up to is then what to have in the long run.
    """
    table = panel.skus.loc[list(places), ["sku"]].rename_axis("place").reset_index()
    table = table.assign(
        warehouse="", on_hand=AMPLE, on_order=0.0, shelf_days=np.nan, share=1.0, is_assumed=True, **ASSUMED
    )
    return _with_money(shop, panel, table)


def _faults(shelves: pd.DataFrame) -> tuple[Sentence, ...]:
    below = shelves[shelves.on_hand < 0]
    if below.empty:
        return ()
    return (
        say(
            "The stock table has {n} of {all} shelves with less than nothing on them (SKU {some}). They count as empty: count them, and book what was "
            "received before it is sold.",
            n=count(len(below)), all=count(len(shelves)), some=offenders(below["sku"].tolist()),
        ),
    )  # fmt: skip


def _with_terms(shop: Shop, shelves: pd.DataFrame) -> pd.DataFrame:
    """Terms of supply; where a term is not told, the median of those that are, or ASSUMED."""
    terms = shop.load(shop.supply).drop_duplicates(["sku", "warehouse"])
    table = shelves.merge(terms, on=["sku", "warehouse"], how="left")
    table["is_assumed"] = table.lead_days_mean.isna()
    for name, assumed in ASSUMED.items():
        told = terms[name].dropna()
        usual = told.median() if len(told) else assumed
        if name == "lead_days_sd":  # without a spread of its own, the usual one for such a lead time
            ratio = (terms.lead_days_sd / terms.lead_days_mean.clip(lower=1)).dropna()
            usual = table.lead_days_mean * (
                ratio.median() if len(ratio) else ASSUMED["lead_days_sd"] / ASSUMED["lead_days_mean"]
            )
        table[name] = table[name].astype("float64").fillna(usual)
    table["moq"], table["case_pack"] = (table[name].clip(lower=1).astype("int64") for name in ("moq", "case_pack"))
    table["shelf_days"] = table.shelf_days.astype("float64")
    return table


def shares_of(panel: Panel, shelves: pd.DataFrame) -> pd.Series:
    """Of each SKU's demand of the last quarter the part of its warehouse, drawn to what the warehouse serves of all SKUs.

    shelves: rows of place (row of the panel) and warehouse.
    """
    names = list(panel.shelves)
    if len(names) < 2:
        return pd.Series(1.0, index=shelves.index)
    late = np.column_stack([np.nansum(panel.shelves[name][:, -_LATELY:], axis=1) for name in names])
    usual = late.sum(axis=0) / max(late.sum(), 1e-9)
    share = (late + _DRAWN * usual) / (late.sum(axis=1, keepdims=True) + _DRAWN)
    table = pd.DataFrame(share, columns=names)
    return pd.Series(
        [table.loc[p, w] if w in table else 0.0 for p, w in zip(shelves.place, shelves.warehouse, strict=True)],
        shelves.index,
    )


def _with_money(shop: Shop, panel: Panel, shelves: pd.DataFrame) -> pd.DataFrame:
    """What a unit brought lately, or its list price where none sold, and costs; where its cost is not told, by the gross margin."""
    sold, money = (np.nansum(table[:, -_LATELY:], axis=1) for table in (panel.sales, panel.revenue))
    ever = np.nansum(panel.revenue, axis=1) / np.maximum(np.nansum(panel.sales, axis=1), 1e-9)
    price = np.where(sold > 0, money / np.maximum(sold, 1e-9), ever)
    products = shop.load(shop.products).drop_duplicates("sku").set_index("sku")
    told, listed = (shelves["sku"].map(products[name]).astype("float64") for name in ("unit_cost", "list_price"))
    brought = pd.Series(price[shelves.place], shelves.index)
    table = shelves.assign(price=brought.where(brought > 0, listed).fillna(0.0))
    table["maker"] = shelves["sku"].map(products.maker)
    return table.assign(unit_cost=told.where(told > 0, table.price * (1 - shop.brand.gross_margin)))
