"""Prices in force: as the data have them, or as a price list set them that was marked done and that the data do not show yet."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.decisions import done
from shopkeeper.demand.daily import own_prices
from shopkeeper.pricing.optimise import Demand, units_at
from shopkeeper.pricing.panel import LATELY
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]

PRICE_LIST = "price list"  # the subject of the decision that sets prices


def with_prices_in_force(shop: Shop, offers: pd.DataFrame, demand: Demand) -> tuple[pd.DataFrame, Demand, Floats]:
    """The offers and their demand at the prices in force, with the price that the data have (seen); and draws × SKUs, units by those at the price seen."""
    price = offers["sku"].map(decided_prices(shop)).fillna(offers.price).to_numpy(np.float64)
    units = units_at(offers.assign(stock=np.inf), demand, price)
    moved = np.divide(units, demand.units, out=np.ones(units.shape), where=demand.units > 0)
    return offers.assign(price=price, seen=offers.price), replace(demand, units=units), moved


def decided_prices(shop: Shop) -> dict[str, float]:
    """By SKU, the price of the last price list that was marked done, where the brand has posted none since.

    Prices that nobody posts are told by the median of a quarter, so that a decision stands for as long.
    """
    since = shop.as_of - dt.timedelta(days=LATELY)
    made: dict[str, float] = {}
    for on, terms in done(shop.brand, PRICE_LIST, shop.as_of):
        if on > since:
            posted = _posted_since(shop, on)
            made |= {sku: price for sku, price in terms.items() if sku not in posted}
    return made


def _posted_since(shop: Shop, day: dt.date) -> set[str]:
    """The SKUs whose own price was set after that day."""
    own = own_prices(shop.prices, [shop.brand.name, shop.brand.title])
    return set(shop.load(own.filter(own.day > day).select("sku").distinct())["sku"])
