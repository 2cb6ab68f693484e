"""Prices in force: as the data have them, or as a price list set them that was marked done and that the data do not show yet."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.decisions import done
from shopkeeper.pricing.optimise import Demand, units_at
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]

PRICE_LIST = "price list"  # the subject of the decision that sets prices
STANDS = 28  # days after which the data themselves show a price that was set


def with_prices_in_force(shop: Shop, offers: pd.DataFrame, demand: Demand) -> tuple[pd.DataFrame, Demand, Floats]:
    """The offers and their demand at the prices in force, with the price that the data have (seen); and draws × SKUs, units by those at the price seen."""
    price = offers["sku"].map(decided_prices(shop)).fillna(offers.price).to_numpy(np.float64)
    units = units_at(offers.assign(stock=np.inf), demand, price)
    moved = np.divide(units, demand.units, out=np.ones(units.shape), where=demand.units > 0)
    return offers.assign(price=price, seen=offers.price), replace(demand, units=units), moved


def decided_prices(shop: Shop) -> dict[str, float]:
    """By SKU, the price of the last price list that was marked done within the last four weeks."""
    since = shop.as_of - dt.timedelta(days=STANDS)
    made: dict[str, float] = {}
    for on, terms in done(shop.brand, PRICE_LIST, shop.as_of):
        if on > since:
            made |= terms
    return made
