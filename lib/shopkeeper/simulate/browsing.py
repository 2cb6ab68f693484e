"""Browsing: what customers look at on their visits, search for, and put into their carts, bought or not."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopkeeper.simulate.choices import liking
from shopkeeper.simulate.draws import Floats, Ints, choose
from shopkeeper.simulate.history import History
from shopkeeper.simulate.names import CATEGORIES, INGREDIENTS
from shopkeeper.simulate.segments import column
from shopkeeper.simulate.visits import DAY, STEP, make_visits

KINDS = ("login", "search", "view", "favourite", "cart")
LOGIN, SEARCH, VIEW, FAVOURITE, CART = range(5)
WORDS = (*CATEGORIES, *INGREDIENTS)  # what is searched for
BOUGHT_WITHIN = 7 * DAY  # seconds after which an addition to the cart counts as abandoned
_OTHERS = 0.8  # views of a visit beside those of what will be bought; one more where there are none
_LOOKS = 0.5  # chance that what will be bought is viewed in an earlier visit too
_CARTED = 0.45  # share of lines bought that go through the cart; the rest are bought from the page
_FAVOURITES, _SEARCHES = 0.04, 0.3  # chances, by view and by visit
_SECONDS, _SPREAD = 25.0, 0.9  # mean time on a page, and its standard deviation in log
_LOGS_IN = 0.5  # share of customers who log in, in one of their first visits
_SLOT = 1000  # views of what is not bought are numbered from here; those of what is, by its SKU
_LONG = 1 << 28  # seconds, more than any world has

Flags = npt.NDArray[np.bool_]


def make_events(history: History) -> pd.DataFrame:
    """Every action on the world's days, in order of time: customer, at (seconds since the first day began), kind, sku and
    word (number, -1 none), seconds (on a product's page, else not a number), is_known (the customer has logged in).

    Every order is preceded by the visit in which it is made, and by others up to 13 days before; see visits.py for those
    that lead to none. What is viewed beside what is bought is of its category, and by the customer's liking.
    """
    visits = make_visits(history)
    views = _timed(history, visits, _views(history, visits))
    views = views[(views["at"] >= 0) & (views["at"] + views.seconds < history.scene.world.days * DAY)]
    views = views.reset_index(drop=True)
    starts = views.drop_duplicates("visit").reset_index(drop=True)
    logins = _logins(history, starts)
    events = pd.concat([logins, _searches(history, starts), *_actions(history, views)], ignore_index=True)
    since = logins.set_index("customer")["at"].reindex(events.customer).to_numpy()
    events["is_known"] = events["at"].to_numpy() >= since
    return events[events["at"] >= 0].sort_values(["at", "customer", "kind"], kind="stable", ignore_index=True)


def _views(history: History, visits: pd.DataFrame) -> pd.DataFrame:
    """Views by visit (place), with slot (what draws hang on), sku, and whether it is sold in the order to come."""
    lines = history.requests[["occasion", "sku", "sold"]]
    seen = visits.rename_axis("visit").reset_index().merge(lines, on="occasion")
    is_seen = history.scene.draws.uniform("looks", seen.key, seen.number, seen["sku"]) < _LOOKS
    is_there = seen.day >= history.scene.catalogue.skus.launched.to_numpy()[seen["sku"]]
    seen = seen[(is_seen & is_there) | (seen.ends >= 0)]
    wanted = pd.DataFrame({"visit": seen.visit, "slot": seen["sku"], "sku": seen["sku"], "is_sold": seen.sold > 0})
    first = lines.drop_duplicates("occasion").set_index("occasion")["sku"].reindex(visits.occasion).to_numpy()
    views = pd.concat([wanted, _others(history, visits, first, seen.visit.to_numpy())], ignore_index=True)
    names = ["customer", "key", "number", "occasion", "ends", "is_told"]
    return views.join(visits[names], on="visit")


def _others(history: History, visits: pd.DataFrame, first: Floats, seen: Ints) -> pd.DataFrame:
    """Views of what will not be bought. first: a SKU that each visit is about, if any; seen: visits that view such."""
    scene, skus = history.scene, history.scene.catalogue.skus
    key = (visits.key.to_numpy(), visits.number.to_numpy())
    count = scene.draws.poisson("other views", _OTHERS, *key) + (np.bincount(seen, minlength=len(visits)) == 0)
    category = np.where(
        np.isnan(first), _taste(history, visits), skus.category.to_numpy()[np.nan_to_num(first).astype(np.int64)]
    )
    visit = np.repeat(np.arange(len(visits)), count)
    slot = _SLOT + np.arange(len(visit)) - np.repeat(np.cumsum(count) - count, count)
    u = scene.draws.uniform("other view", key[0][visit], key[1][visit], slot)
    sku = np.zeros(len(visit), np.int64)
    for number in range(scene.world.categories):
        rows, of = np.flatnonzero(category[visit] == number), np.flatnonzero(skus.category == number)
        mine = visits.iloc[visit[rows]]
        is_there = np.maximum(mine.day.to_numpy(), 0)[:, None] >= skus.launched.to_numpy()[of]
        weight = np.where(is_there, np.exp(liking(scene, history.people, mine, of)), 0.0)
        sku[rows] = of[choose(weight, u[rows])]
    return pd.DataFrame({"visit": visit, "slot": slot, "sku": sku, "is_sold": False})


def _taste(history: History, visits: pd.DataFrame) -> Ints:
    """The category that a visit without a goal is about: by the taste of the segment, whatever was bought."""
    weight = np.array([s.categories for s in history.scene.segments])[:, : history.scene.world.categories]
    segment = history.people.segment.to_numpy()[visits.customer]
    return history.scene.draws.pick("visit category", weight[segment], visits.key, visits.number)


def _timed(history: History, visits: pd.DataFrame, views: pd.DataFrame) -> pd.DataFrame:
    """Views with seconds and at, one after the other within their visit; an order follows the last one."""
    draws, segment = history.scene.draws, history.people.segment.to_numpy()[views.customer]
    key = (views.key, views.number, views.slot)
    z = draws.normal("seconds", *key)
    mean = _SECONDS * column(history.scene.segments, "reading")[segment]
    views = views.assign(
        seconds=(mean * np.exp(_SPREAD * z - _SPREAD**2 / 2)).round(1), turn=draws.uniform("turn", *key)
    ).sort_values(["visit", "turn"])
    took = 4 + views.seconds.astype("int64")
    so_far = took.groupby(views.visit).cumsum()
    pause = 15 + draws.integer("checkout seconds", 200, visits.key, visits.number)
    lasts = so_far.groupby(views.visit).last().reindex(range(len(visits)), fill_value=0).to_numpy()
    start = np.where(visits.ends >= 0, visits.ends - lasts - pause, visits["at"])
    views["at"] = start[views.visit] + (so_far - took).to_numpy()
    return views.drop(columns="turn")


def _actions(history: History, views: pd.DataFrame) -> list[pd.DataFrame]:
    """Views, what is marked as a favourite while it is viewed, and what goes into the cart at the end of it."""
    key = (views.key, views.number, views.slot)
    likes = history.scene.draws.uniform("favourite", *key) < _FAVOURITES
    half, whole = (views["at"] + (views.seconds * part).astype("int64") for part in (0.5, 1.0))
    parts = [
        views.assign(kind=VIEW),
        views.assign(kind=FAVOURITE, at=half, seconds=np.nan)[likes],
        views.assign(kind=CART, at=whole, seconds=np.nan)[_carted(history, views)],
    ]
    return [part[["customer", "at", "kind", "sku", "seconds"]].assign(word=-1) for part in parts]


def _carted(history: History, views: pd.DataFrame) -> Flags:
    """Views after which the SKU goes into the cart: once for a part of what is bought, and by luck of what is not.

    That luck is as good as makes the planted share of all carts come to nothing. It is reckoned without what messages
    brought, so that these move nobody else's carts.
    """
    draws, abandoned = history.scene.draws, history.scene.world.abandoned
    is_bought = _bought_soon(history, views)
    drawn = views[is_bought & views.is_sold]
    turn = draws.uniform("cart view", drawn.key, drawn.number, drawn.slot)
    drawn = drawn.assign(turn=turn, order=drawn.number // STEP)
    once = drawn.sort_values("turn", kind="stable").drop_duplicates(["occasion", "sku"])
    once = once[draws.uniform("carted", once.key, once.order, once["sku"]) < _CARTED]
    goes = np.zeros(len(views), bool)
    goes[once.index] = True
    candidates = (~is_bought & ~views.is_told.to_numpy()).sum()
    chance = (~once.is_told).sum() * abandoned / (1 - abandoned) / max(candidates, 1)
    leaves = ~is_bought & (draws.uniform("abandoned", views.key, views.number, views.slot) < chance)
    return np.asarray(goes | leaves, bool)


def _bought_soon(history: History, views: pd.DataFrame) -> Flags:
    """Whether the customer orders the SKU viewed within BOUGHT_WITHIN."""
    sold = history.requests[history.requests.sold > 0]
    at = (
        history.occasions["at"][sold.occasion].to_numpy().astype("datetime64[s]") - history.scene.world.starts_at
    ).astype(np.int64)
    number = len(history.scene.catalogue.skus)
    sales = np.sort((sold.customer.to_numpy() * number + sold["sku"].to_numpy()) * _LONG + at)
    seen = ((views.customer * number + views["sku"]) * _LONG + views["at"]).to_numpy()
    after = np.append(sales, np.iinfo(np.int64).max)[np.searchsorted(sales, seen)]
    return np.asarray(after - seen < BOUGHT_WITHIN, bool)


def _searches(history: History, starts: pd.DataFrame) -> pd.DataFrame:
    """What some visits begin with: the category's name, or, the more the segment looks for actives, an ingredient."""
    draws, skus = history.scene.draws, history.scene.catalogue.skus
    starts = starts[draws.uniform("searches", starts.key, starts.number) < _SEARCHES]
    actives = column(history.scene.segments, "actives")[history.people.segment.to_numpy()[starts.customer]]
    is_exact = draws.uniform("searches ingredient", starts.key, starts.number) < actives / (1 + actives)
    ingredient = skus.ingredient.map({name: WORDS.index(name) for name in INGREDIENTS}).to_numpy()
    word = np.where(is_exact, ingredient[starts["sku"]], skus.category.to_numpy()[starts["sku"]])
    return pd.DataFrame(
        {
            "customer": starts.customer,
            "at": starts["at"] - 8,
            "kind": SEARCH,
            "sku": -1,
            "seconds": np.nan,
            "word": word,
        }
    )


def _logins(history: History, starts: pd.DataFrame) -> pd.DataFrame:
    """When each customer who logs in does so: at the beginning of one of its first three visits."""
    draws = history.scene.draws
    starts = starts.sort_values(["customer", "at", "number"])
    starts = starts[draws.uniform("logs in", starts.key) < _LOGS_IN]
    by = starts.groupby("customer")
    last = by.customer.transform("size") - 1
    when = np.minimum(draws.integer("login visit", 3, starts.key), last)
    chosen = starts[by.cumcount() == when]
    return pd.DataFrame(
        {"customer": chosen.customer, "at": chosen["at"] - 20, "kind": LOGIN, "sku": -1, "seconds": np.nan, "word": -1}
    )
