"""Offers: every SKU on sale as the price list sees it, and what is known of its demand over the next four weeks."""

import datetime as dt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.forecast import Forecast
from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.stocktake import stocktake
from shopkeeper.pricing.elasticity import Elasticities
from shopkeeper.pricing.optimise import Demand
from shopkeeper.pricing.panel import PricePanel
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]

TRIED = 2  # periods with a price off the usual one, from which a SKU's price may be decided on
SURE = 0.9  # chance that it sells less when dearer, below which that is too uncertain to act on
FRESH = 28  # days for which another seller's price is taken to stand
_FEWEST = 0.5  # units expected in four weeks, from which a price is worth a thought


def offers_of(shop: Shop, panel: PricePanel, economics: pd.DataFrame, found: Elasticities) -> pd.DataFrame:
    """One row per SKU with an elasticity, a price of today and known economics, in the order of found.

    sku, product, category, market, price, before (half a year ago), kept, cost, is_assumed, competitor, is_tried (its price has moved for two periods or more, and it sells less when dearer by a chance of SURE); place: number in found. See optimise.price_list.
    """
    facts = panel.skus[["sku", "product"]].assign(
        price=panel.today, before=panel.before, alone=panel.alone, is_tried=panel.n_moved >= TRIED
    )
    answers = (found.beside < 0).mean(axis=0) >= SURE
    rows = found.of.assign(answers=answers).rename_axis("place").reset_index().merge(facts, on="sku")
    rows["is_tried"] &= rows.answers
    rates = pd.Series(panel.paid_rate, panel.skus["sku"])
    rows = rows.merge(economics[["sku", "kept", "cost", "is_assumed"]], on="sku")
    rows["kept"] *= rates[rows["sku"]].to_numpy()
    rows = rows.merge(cheapest(shop), on="sku", how="left")
    is_fit = (rows.price > 0) & (rows.kept > 0) & (rows.cost >= 0)
    return rows[is_fit].reset_index(drop=True)


def cheapest(shop: Shop) -> pd.DataFrame:
    """By SKU, the lowest price of another seller that was seen within the last four weeks: sku, competitor."""
    names = [shop.brand.name, shop.brand.title]
    since = shop.as_of - dt.timedelta(days=FRESH - 1)
    rows = shop.prices.filter(~shop.prices.seller.isin(names) & (shop.prices.price > 0) & (shop.prices.day >= since))
    seen = shop.load(rows.select("sku", "seller", "day", "price"))
    latest = seen.sort_values("day").drop_duplicates(["sku", "seller"], keep="last")
    return latest.groupby("sku", as_index=False).price.min().rename(columns={"price": "competitor"})


def with_demand(
    offers: pd.DataFrame, found: Elasticities, forecast: Forecast, paths: NDArray[np.int32]
) -> tuple[pd.DataFrame, Demand]:
    """The offers of which anything should sell, with what promotions should sell of them (promoted_units), and their demand over the days of the next four weeks that no promotion prices.

    paths: of the forecast, as of demand.spread.sample_paths.
    """
    panel = forecast.panel
    place = pd.Series(panel.skus.index, panel.skus["sku"]).reindex(offers["sku"]).to_numpy()
    quiet = ~panel.is_promoted[place, len(panel.days) : len(panel.days) + HORIZON]
    wanted = paths[:, place, :HORIZON]
    units = (wanted * quiet).sum(axis=2) * offers.alone.to_numpy()
    offers = offers.assign(promoted_units=(wanted * ~quiet).sum(axis=2).mean(axis=0))
    keep = units.mean(axis=0) >= _FEWEST
    offers, units = offers[keep].reset_index(drop=True), units[:, keep]
    count = min(len(units), len(found.beside))
    own = offers.place.to_numpy()
    beside, power = (draws[:count][:, own] for draws in (found.beside, found.power))
    return offers, Demand(units[:count].astype(np.float64), beside, power)


def with_stock(shop: Shop, offers: pd.DataFrame, forecast: Forecast, demand: Demand) -> pd.DataFrame:
    """The offers with what can be sold of them in four weeks: what lies there and is on its way, and what comes of an order of today.

    Infinite where stock is not counted.
    """
    shelves = stocktake(shop, forecast.panel).shelves
    if shelves.empty:
        return offers.assign(stock=np.inf)
    by = shelves.groupby("sku").agg(
        there=("on_hand", "sum"), coming=("on_order", "sum"), lead=("lead_days_mean", "min")
    )
    by = by.reindex(offers["sku"])
    # What is ordered today at the pace of the forecast fills the days after it can arrive.
    later = demand.units.mean(axis=0) / HORIZON * np.maximum(HORIZON - by.lead.to_numpy(), 0)
    there = np.maximum((by.there + by.coming).to_numpy() - offers.promoted_units.to_numpy(), 0)
    known = there * offers.alone.to_numpy() + later
    return offers.assign(stock=np.where(np.isnan(known), np.inf, known))
