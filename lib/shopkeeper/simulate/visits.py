"""Visits: when customers look into the shop, on the way to an order and without one."""

import numpy as np
import pandas as pd
from scipy.special import pdtrik

from shopkeeper.simulate.arrivals import seconds
from shopkeeper.simulate.draws import Floats, Ints
from shopkeeper.simulate.history import History
from shopkeeper.simulate.messages import sent_days
from shopkeeper.simulate.occasions import MESSAGE, coming
from shopkeeper.simulate.segments import column

DAY = 86_400
_AHEAD = 0.7  # visits on earlier days, before that of the order
_PATIENCE, _LONGEST = 3.5, 13  # days from such a visit to the order: the mean, about, and the most
_IDLE = 1.6  # visits that lead to no order, for every purchase that the customer's own rate stands for
_GONE = 0.02  # of these, what is left once a customer has left
STEP = 64  # visits before one order are numbered by this step


def make_visits(history: History) -> pd.DataFrame:
    """Every visit: customer, key, number, day, at, occasion, ends, is_told. Times are seconds since the first day began.

    at: when it begins; ends: when it ends, of the visit in which an order is made, else -1. occasion: the one that it
    leads to, -1 none. is_told: whether a message brought it. A visit before an order that a message brought comes after
    the message. Orders soon after the last day are looked for within it, as are all others.
    """
    visits = pd.concat([_before(history), _idle(history)], ignore_index=True)
    return visits[(visits.day >= 0) & (visits.day < history.scene.world.days)].reset_index(drop=True)


def _goals(history: History) -> pd.DataFrame:
    """What visits lead to: occasions, also the first after the last day, with the day of the message that brought each."""
    world, ahead = history.scene.world, coming(history.scene, history.people)
    ahead.index += history.occasions.index.max() + 1
    goals = pd.concat([history.occasions, ahead]).rename_axis("occasion").reset_index()
    goals = goals[(goals.kind != MESSAGE) | (goals.voucher >= 0)].reset_index(drop=True)  # no message, no purchase
    at = (goals["at"].to_numpy().astype("datetime64[s]") - world.starts_at).astype(np.int64)
    sent = sent_days(world, history.scene.draws, goals.number.to_numpy())
    return goals[["occasion", "customer", "key", "number", "day"]].assign(at=at, sent=sent)


def _before(history: History) -> pd.DataFrame:
    """The visit in which each order is made, and those on the days before it."""
    goals, draws = _goals(history), history.scene.draws
    count = 1 + draws.poisson("visits ahead", history.scene.world.browsing * _AHEAD, goals.key, goals.number)
    visits = goals.loc[np.repeat(goals.index, count)].reset_index(drop=True)
    which = np.arange(len(visits)) - np.repeat(np.cumsum(count) - count, count)
    visits["number"] = visits.number * STEP + which
    wait = -_PATIENCE * np.log(draws.uniform("days ahead", visits.key, visits.number))
    day = visits.day - (1 + np.minimum(wait, _LONGEST - 1)).astype(np.int64)
    is_order = which == 0
    visits["ends"] = np.where(is_order, visits["at"], -1)
    visits["day"] = np.where(is_order, visits.day, day)
    visits["at"] = np.where(is_order, visits["at"], _moment(history, visits))
    # What a message brings is not looked for before it.
    told = np.isfinite(visits.sent)
    return visits[~told | (visits.day > visits.sent)].assign(is_told=told).drop(columns="sent")


def _idle(history: History) -> pd.DataFrame:
    """Visits that lead to no order: Poisson by customer, at its own rate until it leaves, and hardly any after that."""
    world, draws = history.scene.world, history.scene.draws
    people = history.people[history.people.first_at.notna()]
    first = (people.first_at.to_numpy().astype("datetime64[s]") - world.starts_at).astype(np.int64) / DAY
    leaves = people.left.fillna(world.days - 1).to_numpy() + 1.0
    here, key = leaves - first, people.key.to_numpy()
    exposed = here + _GONE * (world.days - leaves)
    count = _poisson(draws.uniform("idle visits", key), world.browsing * _IDLE * people.rate.to_numpy() * exposed)
    row = np.repeat(np.arange(len(people)), count)
    number = np.repeat(np.cumsum(count), count) - np.arange(len(row)) - 1 - np.repeat(count, count)  # -1, -2, …
    after = exposed[row] * draws.uniform("idle visit", key[row], number)
    stays = np.where(after < here[row], after, here[row] + (after - here[row]) / _GONE)
    day = np.minimum((first[row] + stays).astype(np.int64), world.days - 1)
    visits = pd.DataFrame({"customer": people.index.to_numpy()[row], "key": key[row], "number": number, "day": day})
    return visits.assign(at=_moment(history, visits), occasion=-1, ends=-1, is_told=False)


def _moment(history: History, visits: pd.DataFrame) -> Ints:
    """A second of each visit's day, around the hour of its customer's segment."""
    hour = column(history.scene.segments, "hour")[history.people.segment.to_numpy()[visits.customer]]
    second = seconds(history.scene.draws, "visit", hour, visits.key.to_numpy(), visits.number.to_numpy())
    return np.asarray(visits.day.to_numpy() * DAY + second, np.int64)


def _poisson(u: Floats, mean: Floats) -> Ints:
    """Poisson counts of any size, by inversion."""
    is_none = u <= np.exp(-mean)
    return np.where(is_none, 0, np.ceil(pdtrik(np.where(is_none, 0.5, u), np.where(is_none, 1.0, mean)))).astype(
        np.int64
    )
