"""Prices: what each SKU sells for on each day, and which promotion set it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.promotions import Promotion
from shopkeeper.simulate.world import SETTLING, World

_OFF_LIST = 0.35  # share of SKU-weeks, outside promotions, below the list price
_SPELL = 2  # weeks that a price below it lasts
# A dip is uniform from half to one and a half times this many standard deviations of the log price, which follows:
# its variance is _OFF_LIST × E[dip²] - (_OFF_LIST × E[dip])², and E[dip²] = 13/12 E[dip]².
_DIP = 1 / np.sqrt(_OFF_LIST * 13 / 12 - _OFF_LIST**2)
_LOOK_BACK = 30  # days before a promotion whose lowest price its own may not exceed: the platform's rule
_DEEPEST = 0.5  # a SKU that would have to go below half its list price sits the promotion out


@dataclass(frozen=True)
class Prices:
    """Days × SKUs. price: fen, coupon not taken off. promotion: number of the event that set it, -1 none.

    shock: the demand shock of that week, in log appeal. depth: events × SKUs, the share of the list price that the
    promotion really takes off; 0 where the SKU takes no part. `price` outside promotions is constant from Monday to
    Sunday.
    """

    price: Ints
    promotion: Ints
    shock: Floats
    depth: Floats


@dataclass(frozen=True)
class Standing:
    """What promotions come on top of. skus: rows of the catalogue; usual: by SKU, the price that stands in the mean, fen.

    price: days × SKUs, fen, constant from Monday to Sunday; shock: of the week's demand, in log appeal.
    """

    skus: pd.DataFrame
    usual: Floats
    price: Ints
    shock: Floats


def room(world: World) -> float:
    """How far, in logs, the usual price lies below the list price: two standard deviations of what moves it up and down."""
    return float(2 * np.hypot(world.price_confounding * world.demand_shock, world.cost_passthrough * world.cost_noise))


def make_prices(standing: Standing, events: tuple[Promotion, ...], depth: Floats) -> Prices:
    """The price path of the SKUs: the standing price of the week, or the promotion's.

    depth: as planned. A promotion's price is the usual price less this, and below all prices of the 30 days before.
    """
    price, list_fen = standing.price.copy(), standing.skus.list_fen.to_numpy()
    promotion = np.full(price.shape, -1, np.int64)
    real = np.zeros(depth.shape)
    for number, event in enumerate(events):
        before = price[max(event.first - _LOOK_BACK, 0) : max(event.first, 0)]
        offer = _offer(standing.usual, depth[number], before)
        is_in = (depth[number] > 0) & (offer >= (1 - _DEEPEST) * standing.usual)
        days = slice(max(event.first, 0), max(event.last + 1, 0))
        price[days] = np.where(is_in, offer, price[days])
        promotion[days] = np.where(is_in, number, promotion[days])
        real[number] = np.where(is_in, 1 - offer / list_fen, 0.0)
    return Prices(price, promotion, standing.shock, real)


def _offer(usual: Floats, depth: Floats, before: Ints) -> Ints:
    """A promotion's price for each SKU, below every price of the days before it."""
    lowest = before.min(axis=0, initial=2**60)
    return snapped(np.minimum(usual * (1 - depth), np.minimum(lowest, usual) - 1))


def snapped(fen: Floats | Ints) -> Ints:
    """The next lower price that a shop would write: from 100 yuan whole yuan that end in 9, below it .9; at least 0.90."""
    high = (np.asarray(fen) - 900) // 1000 * 1000 + 900
    low = np.maximum((np.asarray(fen) - 90) // 100 * 100, 0) + 90
    return np.where(high >= 10_000, high, np.minimum(low, 9_990)).astype(np.int64)


def weeks(world: World) -> Ints:
    """The number of each day's week, Monday to Sunday, the settling days after the last included."""
    return (np.arange(world.days + SETTLING) + world.first_day.weekday()) // 7


def make_standing(world: World, draws: Draws, skus: pd.DataFrame, cost: Ints) -> Standing:
    """The prices outside promotions: the usual price, or below it for two weeks now and then.

    The dips are draws that demand has no part in. Where costs are passed through, the log price also follows the log cost of
    the week; where the world confounds prices, its demand shock. The list price is the highest. cost: days × SKUs, fen.
    """
    week, list_fen = weeks(world), skus.list_fen.to_numpy()
    sku = np.arange(len(skus))[None, :]
    shock = world.demand_shock * draws.normal("demand shock", week[:, None], sku)
    spell = (np.arange(week.max() + 1)[:, None] + sku) // _SPELL  # SKUs do not all change on the same Mondays
    is_off = draws.uniform("price dip", spell, sku) < _OFF_LIST
    dip = _DIP * world.price_noise * (0.5 + draws.uniform("price dip size", spell, sku))
    log = np.where(is_off, -dip, 0.0)[week] + world.price_confounding * shock - room(world)
    log += world.cost_passthrough * np.log(cost / skus.cost_fen.to_numpy())
    price = np.where(log > -1e-9, list_fen, snapped(list_fen * np.exp(np.minimum(log, 0.0))))
    return Standing(skus, list_fen * np.exp(-room(world)), price, shock)
