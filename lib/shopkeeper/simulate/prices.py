"""Prices: what each SKU sells for on each day, and which promotion set it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.promotions import Promotion
from shopkeeper.simulate.world import SETTLING, World

_CHANGES = 0.4  # chance that a SKU's price is set anew on a Monday
_WIDTH = np.sqrt(12.0)  # a uniform draw of this width has standard deviation 1


@dataclass(frozen=True)
class Prices:
    """Days × SKUs. price: fen, coupon not taken off. promotion: number of the event that set it, -1 none.

    shock: the demand shock of that week, in log appeal. `price` outside promotions is constant from Monday to Sunday.
    """

    price: Ints
    promotion: Ints
    shock: Floats


def make_prices(world: World, draws: Draws, skus: pd.DataFrame, events: tuple[Promotion, ...], depth: Floats) -> Prices:
    """The price path of the SKUs: the standing price of the week, or the promotion's where that is lower."""
    week = weeks(world)
    shock = world.demand_shock * draws.normal("demand shock", week[:, None], np.arange(len(skus))[None, :])
    price = _standing(world, draws, skus.list_fen.to_numpy(), week, shock)
    promotion = np.full(price.shape, -1, np.int64)
    for number, event in enumerate(events):
        days = slice(max(event.first, 0), max(event.last + 1, 0))
        offer = (skus.list_fen.to_numpy() * (1 - depth[number])).round().astype(np.int64)
        is_lower = (depth[number] > 0) & (offer <= price[days])
        price[days] = np.where(is_lower, offer, price[days])
        promotion[days] = np.where(is_lower, number, promotion[days])
    return Prices(price, promotion, shock)


def weeks(world: World) -> Ints:
    """The number of each day's week, Monday to Sunday, the settling days after the last included."""
    return (np.arange(world.days + SETTLING) + world.first_day.weekday()) // 7


def _standing(world: World, draws: Draws, list_fen: Ints, week: Ints, shock: Floats) -> Ints:
    """The price outside promotions: at most the list price, in whole yuan.

    Its log moves by draws that demand has no part in, kept for some weeks, and by the shock of the week where the world
    confounds prices.
    """
    sku = np.arange(len(list_fen))[None, :]
    every = np.arange(week.max() + 1)[:, None]
    is_new = draws.uniform("price change", every, sku) < _CHANGES
    since = np.maximum.accumulate(np.where(is_new, every, 0), axis=0)  # the week in which the price was last set
    noise = -_WIDTH * world.price_noise * draws.uniform("price", since, sku)
    log = noise[week] + world.price_confounding * shock
    fen = (list_fen / 100 * np.exp(np.minimum(log, 0.0))).round().astype(np.int64) * 100
    return np.asarray(fen, np.int64)
