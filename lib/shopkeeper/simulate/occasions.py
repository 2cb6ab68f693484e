"""Occasions: when each customer buys, by a BG/NBD process of its own, and what promotions add to it and move."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaincinv

from shopkeeper.simulate.arrivals import seconds
from shopkeeper.simulate.clock import busy_time
from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.promotions import FORWARD, WAITING
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.segments import column
from shopkeeper.simulate.world import World

KINDS = ("first", "repeat", "moved", "extra", "message")
FIRST, REPEAT, MOVED, EXTRA, MESSAGE = range(5)
_EXTRA_NUMBER = 10_000  # extra purchases are numbered from here, 100 to an event
_EXTRA_RATE = 0.85  # extra purchases in an event of size 1, as a multiple of the customer's own rate on a peak day
_DEAL_ONLY = 1.8  # how much more a promotion brings of those who buy in promotions or with a coupon alone


def lifetimes(world: World, draws: Draws, people: pd.DataFrame, own: dict[str, Floats]) -> pd.DataFrame:
    """Purchases without promotions: customer, key, number, day, and is_last, after which the customer has left.

    The time to the next purchase is gamma with mean 1 / rate; after each repeat purchase the customer leaves with
    chance `leaves`. Source: Fader, Hardie and Lee (2005), Marketing Science 24(2), 275-284 (regularity 1). Time runs
    on a clock that is faster on busy weekdays, so that a week stays a week. Who buys in promotions or with a coupon
    alone passes over a purchase for which there is no coupon.
    own: regularity and coupon of each customer.
    """
    clock, key = busy_time(world), people.key.to_numpy()
    alive = np.flatnonzero(people.first_at.notna())
    first = (people.first_at.to_numpy().astype("datetime64[s]")[alive] - world.starts_at).astype(np.int64) / 86_400
    time = np.zeros(len(people))
    time[alive] = np.interp(first, np.arange(len(clock)), clock)
    is_picky, rate, leaves = (people[name].to_numpy() for name in ("is_deal_only", "rate", "leaves"))
    parts = [_purchases(alive, key, 0, first.astype(np.int64), np.zeros(len(alive), bool))]
    number = 0
    while len(alive):
        number += 1
        shape = own["regularity"][alive]
        time[alive] += gammaincinv(shape, draws.uniform("wait", key[alive], number)) / (shape * rate[alive])
        alive = alive[time[alive] < clock[-1]]
        day = np.interp(time[alive], clock, np.arange(len(clock))).astype(np.int64)
        buys = ~is_picky[alive] | (draws.uniform("coupon", key[alive], number) < own["coupon"][alive])
        is_last = buys & (draws.uniform("leave", key[alive], number) < leaves[alive])
        parts.append(_purchases(alive[buys], key, number, day[buys], is_last[buys]))
        alive = alive[~is_last]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _purchases(customer: Ints, key: Ints, number: int, day: Ints, is_last: npt.NDArray[np.bool_]) -> pd.DataFrame:
    return pd.DataFrame({"customer": customer, "key": key[customer], "number": number, "day": day, "is_last": is_last})


def make_occasions(scene: Scene, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Every occasion that no message brought: customer, key, number, at, day, planned (day without promotions; -1
    extra), kind, event (-1 none), voucher (of a message, see messages.py; -1 none).

    Also, by customer, the day of the last occasion of those who have left by the last day; null for all others. In
    order of time.
    """
    world = scene.world
    base = _own(scene, people)
    # Who buys in promotions alone brings to them the purchases passed over.
    pull = column(scene.segments, "promotion")[people.segment] * np.where(people.is_deal_only, _DEAL_ONLY, 1.0)
    parts = [base.drop(columns="is_last"), *_extra(scene, people, pull, base)]
    occasions = pd.concat(parts, ignore_index=True).assign(voucher=-1)
    occasions = occasions[(occasions.day >= 0) & (occasions.day < world.days)].reset_index(drop=True)
    occasions["at"] = moments(scene, people, occasions)
    gone = base.customer[base.is_last & (base.day < world.days)]
    left = occasions.groupby("customer").day.max().reindex(gone).reindex(range(len(people)))
    return occasions.sort_values(["at", "customer", "number"], ignore_index=True), left.rename("left")


def coming(scene: Scene, people: pd.DataFrame) -> pd.DataFrame:
    """Occasions of the settling days after the last one, as in make_occasions; promotions' extra ones are not among them."""
    base = _own(scene, people)
    is_ahead = (base.day >= scene.world.days) & people.left.isna().to_numpy()[base.customer]
    ahead = base[is_ahead].drop(columns="is_last").reset_index(drop=True).assign(voucher=-1)
    return ahead.assign(at=moments(scene, people, ahead))


def _own(scene: Scene, people: pd.DataFrame) -> pd.DataFrame:
    """Each customer's own purchases, those that promotions move on their new days."""
    names = ("regularity", "coupon", "waiting")
    own = {name: column(scene.segments, name)[people.segment] for name in names}
    base = lifetimes(scene.world, scene.draws, people, own)
    base = base.assign(planned=base.day, kind=np.where(base.number == 0, FIRST, REPEAT), event=-1)
    return _moved(scene, base, own["waiting"])


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
        key = (base.key, base.number, number)
        target = event.first + scene.draws.pick("move to", event.weights, *key)
        moves = is_outside & (base.kind == REPEAT) & (scene.draws.uniform("move", *key) < chance) & (target > first)
        base.loc[moves, "day"] = target[moves]
        base.loc[moves, "kind"] = MOVED
        base.loc[moves, "event"] = number
    return base


def _extra(scene: Scene, people: pd.DataFrame, pull: Floats, base: pd.DataFrame) -> list[pd.DataFrame]:
    """Purchases that only a promotion brings: Poisson by customer, of those who came before it and have not left.

    pull: how strongly promotions work on each customer.
    """
    since = base[base.number == 0].set_index("customer").day.reindex(range(len(people))).fillna(np.inf).to_numpy()
    until = base[base.is_last].set_index("customer").planned.reindex(range(len(people))).fillna(np.inf).to_numpy()
    rate, key = people.rate.to_numpy(), people.key.to_numpy()
    parts = []
    for number, event in enumerate(scene.events):
        there = np.flatnonzero((since < event.first) & (until > event.first))
        size = scene.world.promotion_lift * _EXTRA_RATE * scene.pull[number] * event.weights.sum()
        count = scene.draws.poisson("extra", size * pull[there] * rate[there], key[there], number)
        customer = np.repeat(there, count)
        serial = _EXTRA_NUMBER + 100 * number + np.arange(len(customer)) - np.repeat(np.cumsum(count) - count, count)
        day = event.first + scene.draws.pick("extra day", event.weights, key[customer], serial)
        extra = pd.DataFrame({"customer": customer, "key": key[customer], "number": serial, "day": day})
        parts.append(extra[day <= until[customer]].assign(planned=-1, kind=EXTRA, event=number))
    return [part for part in parts if len(part)]


def moments(scene: Scene, people: pd.DataFrame, occasions: pd.DataFrame) -> pd.Series:
    """The second of each occasion. A first order keeps the moment at which its customer arrived; none comes before it."""
    customer = occasions.customer.to_numpy()
    hour = column(scene.segments, "hour")[people.segment.to_numpy()[customer]]
    second = seconds(scene.draws, "occasion", hour, occasions.key.to_numpy(), occasions.number.to_numpy())
    at = scene.world.starts_at + (occasions.day.to_numpy() * 86_400 + second).astype("timedelta64[s]")
    first = people.first_at.to_numpy().astype("datetime64[s]")[customer]
    return pd.Series(np.where(occasions.kind == FIRST, first, np.maximum(at, first)))
