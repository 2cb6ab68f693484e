"""Competitors: what other sellers ask for some of the brand's SKUs."""

import numpy as np

from shopkeeper.simulate.draws import Draws, Floats
from shopkeeper.simulate.prices import Standing, snapped, weeks
from shopkeeper.simulate.promotions import Promotion
from shopkeeper.simulate.world import World

# By seller: the share of the SKUs that it sells, and how far its usual price is from the brand's, in logs.
_SELLS = np.array([0.5, 0.35, 0.25])
_LEVEL = np.array([0.06, 0.1, 0.04])
_FOLLOWS = 0.5  # how far a seller's price follows the brand's of the week before
_OWN_SD, _SPELL = 0.05, 3  # spread of its own moves, in logs, and the weeks that one lasts
_LISTED = 40  # days after a launch within which a seller lists the SKU


def competitor_prices(world: World, draws: Draws, standing: Standing, events: tuple[Promotion, ...]) -> Floats:
    """Days × SKUs × competitors, fen: constant from Monday to Sunday outside promotions; infinite where a seller does not sell the SKU.

    A price follows the brand's standing one of the week before, has moves of its own, and joins in promotions of its own choice: so
    what the brand sets for a day, or would have set, never changes it.
    """
    week, skus = weeks(world), standing.skus
    seller, sku = np.arange(world.competitors), np.arange(len(skus))[:, None]
    day = np.arange(len(week))
    before = standing.price[np.maximum(day - 7, 0)]
    spell = (week[:, None, None] + sku + seller) // _SPELL
    own = _LEVEL[seller] + _OWN_SD * draws.normal("competitor price", spell, sku, seller)
    log = _FOLLOWS * np.log(before / standing.usual)[:, :, None] + own
    price = snapped(standing.usual[:, None] * np.exp(log)).astype(np.float64)
    for number, event in enumerate(events):
        days = slice(max(event.first, 0), max(event.last + 1, 0))
        price[days] = np.minimum(price[days], _offers(draws, standing, event, number)[:, seller])
    sells = draws.uniform("competitor sells", sku, seller) < _SELLS[seller]
    since = skus.launched.to_numpy()[:, None] + draws.integer("competitor lists", _LISTED, sku, seller)
    return np.where(sells & (day[:, None, None] >= since), price, np.inf)


def _offers(draws: Draws, standing: Standing, event: Promotion, number: int) -> Floats:
    """SKUs × sellers, fen: what each asks in a promotion; infinite where it takes no part."""
    key = (number, np.arange(len(standing.skus))[:, None], np.arange(len(_SELLS)))
    depth = event.depth * (0.5 + draws.uniform("competitor depth", *key))
    joins = draws.uniform("competitor promotion", *key) < event.breadth
    return np.where(joins, snapped(standing.usual[:, None] * (1 - depth)), np.inf)
