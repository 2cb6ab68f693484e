"""Traffic: how often each SKU's page was listed, seen, put into carts and marked on a day, and the orders that held it.

Counts are of those whom browsing.py notes, and of lookers who go by no name and stand in no event. As the platform's own
counts they are known in the evening of the day, and are of the SKU whose page it is: a set's stand with the set.
"""

import numpy as np
import pandas as pd
from scipy.stats import binom, poisson

from shopkeeper.simulate.arrivals import usual_arrivals
from shopkeeper.simulate.browsing import CART, FAVOURITE, VIEW, make_events
from shopkeeper.simulate.checkout import SALE
from shopkeeper.simulate.draws import Floats, Ints
from shopkeeper.simulate.history import History
from shopkeeper.simulate.media import tides
from shopkeeper.simulate.prices import weeks
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.segments import column
from shopkeeper.simulate.visits import DAY

_LOOKS = 50.0  # pages seen by lookers for each customer of the world: some four by each visitor in the market
_BROUGHT = 1.2  # lookers whom a promotion of size 1 adds on a plain day, relative to a day without it
_BY_PRICE = 1.0  # elasticity of looks to the price beside the list price: lists of offers draw looks
_CARTED, _MARKED = 0.05, 0.03  # chances of a look to end in the cart, and among the favourites
_LISTED = 18.0  # times listed for each look expected


def make_traffic(history: History) -> pd.DataFrame:
    """One row per SKU and day from its launch on, by day: day and sku (numbers), impressions, visits, add_to_cart, favourites,
    orders. Visits, carts and favourites are no fewer than in the events, impressions no fewer than visits.

    orders: sales; what is never paid, brushed or given away is none.
    """
    scene = history.scene
    noted = _noted(history)
    counts = {"orders": _orders(history)} | {name: there + _unnoted(scene, name) for name, there in noted.items()}
    seen = noted["visits"] + _expected(scene)
    day, sku = np.arange(len(seen))[:, None], np.arange(seen.shape[1])
    beyond = poisson.ppf(scene.draws.uniform("impressions", day, sku), _LISTED * seen)
    counts["impressions"] = counts["visits"] + beyond.astype(np.int64)
    # The visit of an order placed on the day of the launch may begin just before it.
    is_there = (day >= scene.catalogue.skus.launched.to_numpy()) | (counts["visits"] > 0)
    days, skus = np.nonzero(is_there)
    names = ("impressions", "visits", "add_to_cart", "favourites", "orders")
    return pd.DataFrame({"day": days, "sku": skus, **{name: counts[name][days, skus] for name in names}})


def _noted(history: History) -> dict[str, Ints]:
    """Days × SKUs: what stands in the events."""
    events = make_events(history)
    kinds = {"visits": VIEW, "add_to_cart": CART, "favourites": FAVOURITE}
    parts = {name: events[events.kind == kind] for name, kind in kinds.items()}
    return {name: _counted(history, part["at"].to_numpy() // DAY, part["sku"]) for name, part in parts.items()}


def _orders(history: History) -> Ints:
    """Days × SKUs: sales that held the SKU."""
    sold = history.orders[history.orders.kind == SALE]
    lines = history.lines[history.lines["order"].isin(sold.index)].drop_duplicates(["order", "sku"])
    return _counted(history, sold.day[lines["order"]].to_numpy(), lines["sku"])


def _counted(history: History, day: Ints, sku: pd.Series) -> Ints:
    shape = history.scene.world.days, len(history.scene.catalogue.skus)
    place = np.ravel_multi_index((day, sku.to_numpy()), shape)
    return np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape)


def _unnoted(scene: Scene, name: str) -> Ints:
    """Days × SKUs: visits of lookers who stand in no event, or what these put into carts or mark."""
    expected = _expected(scene)
    key = np.arange(len(expected))[:, None], np.arange(expected.shape[1])
    looks = poisson.ppf(scene.draws.uniform("lookers", *key), expected)
    if name != "visits":
        chance = {"add_to_cart": _CARTED, "favourites": _MARKED}[name]
        looks = binom.ppf(scene.draws.uniform(f"lookers {name}", *key), looks, chance)
    return np.asarray(looks, np.int64)


def _expected(scene: Scene) -> Floats:
    """Days × SKUs: mean looks, by who is in the market, the taste for the category, the SKU's appeal that week and its price.

    SKUs of a category share the looks at it; an offer draws looks that are not taken from the others.
    """
    skus, days = scene.catalogue.skus, scene.world.days
    is_there = np.arange(days)[:, None] >= skus.launched.to_numpy()
    appeal = np.exp(skus.appeal.to_numpy() + scene.prices.shock[:days]) * is_there
    of = np.eye(scene.world.categories)[skus.category.to_numpy()]
    share = appeal / (appeal @ of)[:, skus.category.to_numpy()]
    taste = column(scene.segments, "share") @ np.array([s.categories for s in scene.segments])[:, : of.shape[1]]
    offer = (scene.prices.price[:days] / skus.list_fen.to_numpy()) ** -_BY_PRICE
    looks = _LOOKS * scene.world.browsing * scene.world.customers * _in_the_market(scene)
    return np.asarray(looks[:, None] * (taste / taste.sum())[skus.category.to_numpy()] * share * offer, np.float64)


def _in_the_market(scene: Scene) -> Floats:
    """The share of all looks that falls on each day: growth, the opening, weekdays, tides and promotions."""
    world = scene.world
    pull = np.ones(world.days)
    for event in scene.events:
        within = (event.days >= 0) & (event.days < world.days)
        pull[event.days[within]] += _BROUGHT * event.size * event.weights[within]
    tide = tides(world, scene.draws)[weeks(world)[: world.days]] if world.marketing else 1.0
    looks = usual_arrivals(world, np.arange(world.days)) * pull * tide
    return np.asarray(looks / looks.sum(), np.float64)
