"""Occasions: when each customer buys, by a BG/NBD process of its own, and what promotions add to it and move."""

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from shopkeeper.simulate.draws import Draws, Floats
from shopkeeper.simulate.people import WEEKDAYS, seconds
from shopkeeper.simulate.promotions import FORWARD, WAITING
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.segments import column
from shopkeeper.simulate.world import SETTLING, World

KINDS = ("first", "repeat", "moved", "extra")
FIRST, REPEAT, MOVED, EXTRA = range(4)
_EXTRA_NUMBER = 10_000  # extra purchases are numbered from here, 100 to an event
_EXTRA_RATE = 0.85  # extra purchases in an event of size 1, as a multiple of the customer's own rate on a peak day


def lifetimes(world: World, draws: Draws, people: pd.DataFrame, regularity: Floats) -> tuple[pd.DataFrame, pd.Series]:
    """Purchases without promotions (customer, number, day), and the day on which each customer left, infinite if never.

    The time to the next purchase is gamma with mean 1 / rate; after each repeat purchase the customer leaves with
    chance `leaves`. Source: Fader, Hardie and Lee (2005), Marketing Science 24(2), 275-284 (regularity 1). Time runs
    on a clock that is faster on busy weekdays, so that a week stays a week.
    """
    clock = _clock(world)
    first = (people.first_at.to_numpy().astype("datetime64[s]") - world.starts_at).astype(np.int64) / 86_400
    time = np.interp(first, np.arange(len(clock)), clock)
    left = np.full(len(people), np.inf)
    parts = [pd.DataFrame({"customer": np.arange(len(people)), "number": 0, "day": first.astype(np.int64)})]
    alive, rate, leaves = np.arange(len(people)), people.rate.to_numpy(), people.leaves.to_numpy()
    number = 0
    while len(alive):
        number += 1
        shape = regularity[alive]
        time[alive] += gammaincinv(shape, draws.uniform("wait", alive, number)) / (shape * rate[alive])
        alive = alive[time[alive] < clock[-1]]
        day = np.interp(time[alive], clock, np.arange(len(clock))).astype(np.int64)
        parts.append(pd.DataFrame({"customer": alive, "number": number, "day": day}))
        is_leaving = draws.uniform("leave", alive, number) < leaves[alive]
        left[alive[is_leaving]] = day[is_leaving]
        alive = alive[~is_leaving]
    return pd.concat(parts, ignore_index=True), pd.Series(left, name="left")


def _clock(world: World) -> Floats:
    """Process time at the start of each day."""
    day = np.arange(world.days + SETTLING) + world.first_day.weekday()
    return np.concatenate([[0.0], np.cumsum(WEEKDAYS[day % 7])])


def make_occasions(scene: Scene, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Every occasion: customer, number, at, day, planned (day without promotions; -1 extra), kind, event (-1 none).

    Also the day on which each customer left. In order of time.
    """
    world = scene.world
    own = {
        name: column(scene.segments, name)[people.segment] for name in ("regularity", "promotion", "waiting", "hour")
    }
    base, left = lifetimes(world, scene.draws, people, own["regularity"])
    base["planned"] = base.day
    base["kind"] = np.where(base.number == 0, FIRST, REPEAT)
    base["event"] = -1
    base = _moved(scene, base, own["waiting"])
    base["since"] = base.groupby("customer").planned.transform("min")
    extra = _extra(scene, people.rate.to_numpy() * own["promotion"], base, left)
    occasions = pd.concat([base.drop(columns="since"), extra], ignore_index=True)
    occasions = occasions[occasions.day < world.days].reset_index(drop=True)
    occasions["at"] = _moments(scene, occasions, people, own["hour"])
    return occasions.sort_values(["at", "customer", "number"], ignore_index=True), left


def _moved(scene: Scene, base: pd.DataFrame, waiting: Floats) -> pd.DataFrame:
    """Repeat purchases shortly before or after an event, some of them moved into it; none before its customer's first."""
    base = base.copy()
    first = base.groupby("customer").day.transform("min").to_numpy()
    for number, event in enumerate(scene.events):
        day = base.planned.to_numpy()
        away = np.where(day < event.first, (event.first - day) / (WAITING + 1), (day - event.last) / (FORWARD + 1))
        drawn = np.minimum(scene.world.pull_forward * event.size * waiting[base.customer], 0.8)
        chance = drawn * np.clip(1 - away, 0, 1)
        is_outside = (day < event.first) | (day > event.last)
        key = (base.customer, base.number, number)
        target = event.first + scene.draws.pick("move to", event.weights, *key)
        moves = is_outside & (base.kind == REPEAT) & (scene.draws.uniform("move", *key) < chance) & (target > first)
        base.loc[moves, "day"] = target[moves]
        base.loc[moves, "kind"] = MOVED
        base.loc[moves, "event"] = number
    return base


def _extra(scene: Scene, rate: Floats, base: pd.DataFrame, left: pd.Series) -> pd.DataFrame:
    """Purchases that only a promotion brings: Poisson by customer, of those who came before it and have not left."""
    since = base.groupby("customer").since.first().to_numpy()
    parts = []
    for number, event in enumerate(scene.events):
        there = np.flatnonzero((since < event.first) & (left.to_numpy() > event.first))
        mean = scene.world.promotion_lift * _EXTRA_RATE * event.size * rate[there] * event.weights.sum()
        count = scene.draws.poisson("extra", mean, there, number)
        customer = np.repeat(there, count)
        serial = _EXTRA_NUMBER + 100 * number + np.arange(len(customer)) - np.repeat(np.cumsum(count) - count, count)
        day = event.first + scene.draws.pick("extra day", event.weights, customer, serial)
        parts.append(pd.DataFrame({"customer": customer, "number": serial, "day": day, "event": number}))
    columns = ["customer", "number", "day", "event"]
    extra = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns, dtype="int64")
    return extra.assign(planned=-1, kind=EXTRA)[extra.day >= 0]


def _moments(scene: Scene, occasions: pd.DataFrame, people: pd.DataFrame, hour: Floats) -> pd.Series:
    """The second of each occasion. A first order keeps the moment at which its customer arrived; none comes before it."""
    customer = occasions.customer.to_numpy()
    second = seconds(scene.draws, "occasion", hour[customer], customer, occasions.number.to_numpy())
    at = scene.world.starts_at + (occasions.day.to_numpy() * 86_400 + second).astype("timedelta64[s]")
    first = people.first_at.to_numpy().astype("datetime64[s]")[customer]
    return pd.Series(np.where(occasions.kind == FIRST, first, np.maximum(at, first)))
