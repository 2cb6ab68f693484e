"""Ordering: the additive hazard of a visitor's first order, when it falls, and the parts that cause it.

hazard = intent × base (by time in the market, day and promotion) + sum over touches of effect × exponential decay. Source of
additive hazards for attribution: Zhang, Wei & Ren (2014), ICDM, 687-696.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from shopkeeper.simulate.channels import planted
from shopkeeper.simulate.clock import busy_time
from shopkeeper.simulate.draws import Floats
from shopkeeper.simulate.media import tides
from shopkeeper.simulate.prices import weeks
from shopkeeper.simulate.scene import Scene

_FRESH, _LATER = 7.0, 0.5  # days in the market after which the base hazard falls to this share
_BROUGHT = 1.6  # what a promotion of size 1 adds to the base hazard on a plain day of it, relative to a day without
_HALVINGS = 36  # of the days in which an order may fall, to within a millisecond
_HIGHEST = 10.0  # orders a day of intent 1, more than any world needs


@dataclass(frozen=True)
class Base:
    """The base hazard: orders a market day of intent 1 (level) times the calendar's factors.

    edges: market time of each day's start; parts: (1 + promotions) × days, what is plain and what each promotion adds; total:
    the integral of them all up to each edge.
    """

    level: float
    edges: Floats
    parts: Floats
    total: Floats

    def until(self, visitors: pd.DataFrame, time: Floats) -> Floats:
        """The integral of the base hazard over each visitor's time in the market, up to a time."""
        enters, leaves = visitors.enters.to_numpy(), visitors.leaves.to_numpy()
        end = np.minimum(time, leaves)
        turn = np.minimum(enters + _FRESH, end)
        began, turned, ended = (np.interp(at, self.edges, self.total) for at in (np.minimum(enters, end), turn, end))
        whole = turned - began + _LATER * (ended - turned)
        return np.asarray(self.level * visitors.intent.to_numpy() * whole, np.float64)


def make_base(scene: Scene) -> Base:
    """The base hazard that follows from the calendar, at level 1."""
    world = scene.world
    tide = tides(world, scene.draws)[weeks(world)[: world.days]]
    parts = np.zeros((1 + len(scene.events), world.days))
    parts[0] = tide
    for number, event in enumerate(scene.events, 1):
        within = (event.days >= 0) & (event.days < world.days)
        parts[number, event.days[within]] = _BROUGHT * event.size * event.weights[within] * tide[event.days[within]]
    edges = busy_time(world)[: world.days + 1]
    total = np.concatenate([[0.0], np.cumsum(parts.sum(axis=0) * np.diff(edges))])
    return Base(1.0, edges, parts, total)


def levelled(base: Base, visitors: pd.DataFrame, touches: pd.DataFrame, customers: float) -> Base:
    """The base at the level that makes so many order in expectation, touches included; 0 where touches alone bring more."""
    end = np.full(len(visitors), base.edges[-1])
    own, added = base.until(visitors, end), _added(visitors, touches, end)

    def too_many(level: float) -> float:
        return float(-np.expm1(-(level * own + added)).sum() - customers)

    if too_many(0) >= 0:
        return replace(base, level=0.0)
    return replace(base, level=base.level * float(brentq(too_many, 0, _HIGHEST, xtol=1e-12)))


def order_times(base: Base, visitors: pd.DataFrame, touches: pd.DataFrame) -> Floats:
    """When each visitor orders, in market time: when its hazard so far reaches its patience; infinite where it never does.

    touches: paid ones; visitor is the place among the visitors.
    """
    end = np.full(len(visitors), base.edges[-1])
    orders = _hazard(base, visitors, touches, end) >= visitors.patience.to_numpy()
    some, mine = only(visitors, touches, orders)
    low, high = np.maximum(some.enters.to_numpy(), 0.0), end[orders]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_over = _hazard(base, some, mine, middle) >= some.patience.to_numpy()
        low, high = np.where(is_over, low, middle), np.where(is_over, middle, high)
    times = np.full(len(visitors), np.inf)
    times[orders] = high
    return times


def only(
    visitors: pd.DataFrame, touches: pd.DataFrame, chosen: np.typing.NDArray[np.bool_]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The chosen visitors, and their touches under their new places."""
    place = np.where(chosen, np.cumsum(chosen) - 1, -1)
    mine = touches[chosen[touches.visitor]]
    return visitors[chosen].reset_index(drop=True), mine.assign(visitor=place[mine.visitor]).reset_index(drop=True)


def _hazard(base: Base, visitors: pd.DataFrame, touches: pd.DataFrame, time: Floats) -> Floats:
    return base.until(visitors, time) + _added(visitors, touches, time)


def _added(visitors: pd.DataFrame, touches: pd.DataFrame, time: Floats) -> Floats:
    """The integral of all touches' effects by visitor, up to a time."""
    effect, decay = _effects(touches)
    since = np.maximum(time[touches.visitor] - touches.time.to_numpy(), 0.0)
    return np.asarray(np.bincount(touches.visitor, effect * -np.expm1(-decay * since), len(visitors)), np.float64)


def _effects(touches: pd.DataFrame) -> tuple[Floats, Floats]:
    """The orders that each touch brings over all time, and the rate at which its hazard decays."""
    channel = touches.channel.to_numpy()
    return planted("effect")[channel], np.log(2) / planted("half_life")[channel]


def hazard_parts(base: Base, visitors: pd.DataFrame, touches: pd.DataFrame, time: Floats) -> Floats:
    """Visitors × (plain, promotions, channels): the parts of each one's hazard at a time of the world's days."""
    day = np.clip(np.searchsorted(base.edges, time, side="right") - 1, 0, base.parts.shape[1] - 1)
    since_entry = time - visitors.enters.to_numpy()
    factor = np.where(since_entry <= _FRESH, 1.0, _LATER) * (time <= visitors.leaves.to_numpy())
    own = (base.level * visitors.intent.to_numpy() * factor)[:, None] * base.parts[:, day].T
    effect, decay = _effects(touches)
    since, channels = time[touches.visitor] - touches.time.to_numpy(), len(planted("effect"))
    now = np.where(since > 0, effect * decay * np.exp(-decay * np.maximum(since, 0.0)), 0.0)
    cell = touches.visitor.to_numpy() * channels + touches.channel.to_numpy()
    by_channel = np.bincount(cell, now, len(visitors) * channels).reshape(-1, channels)
    return np.asarray(np.hstack([own, by_channel]), np.float64)
