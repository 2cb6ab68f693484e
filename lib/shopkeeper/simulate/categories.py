"""Categories: what kind of thing each line is about, by taste, season, occasion for gifts, and what is used up."""

import numpy as np
import pandas as pd

from shopkeeper.simulate.catalogue import SETS
from shopkeeper.simulate.draws import Floats, Ints, choose
from shopkeeper.simulate.names import REFILL_DAYS
from shopkeeper.simulate.promotions import QIXI, SPRING_FESTIVAL
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.segments import column
from shopkeeper.simulate.world import World

_CATEGORY_SD = 0.45  # spread of customers' lasting taste for categories
# Seasonal swing of each category's weight and the day of the year of its height.
_SWING = np.array([0.05, 0.35, 0.15, 0.05, 0.8, 0.05, 0.3, 0.0])
_HEIGHT = np.array([330, 345, 300, 200, 175, 100, 345, 0])
# Log weight of a category bought x refill times ago: -_FULL at 0, +_EMPTY at 1, fading over _WIDTH (in log x, and in x).
_FULL, _EMPTY, _WIDTH = 0.9, 1.2, 0.4


def pick_categories(scene: Scene, people: pd.DataFrame, lines: pd.DataFrame) -> Ints:
    """The category of each line. lines: customer, key, number, line, day, occasion, in order of time."""
    weight = _weights(scene, people, lines)
    u = scene.draws.uniform("category", lines.key, lines.number, lines.line)
    if not scene.world.refill:
        return choose(weight, u)
    return _remembering(scene.world, weight, u, lines)


def _weights(scene: Scene, people: pd.DataFrame, lines: pd.DataFrame) -> Floats:
    """Lines × categories, memory apart: the segment's taste, the customer's own, the season, gifts before festivals."""
    world, draws = scene.world, scene.draws
    customer, day, which = lines.customer.to_numpy(), lines.day.to_numpy(), np.arange(world.categories)
    segment = people.segment.to_numpy()[customer]
    own = _CATEGORY_SD * world.taste * draws.normal("category taste", lines.key.to_numpy()[:, None], which[None, :])
    weight = np.array([s.categories for s in scene.segments])[segment][:, : world.categories] * np.exp(own)
    of_year = np.array([world.date(d).timetuple().tm_yday for d in range(world.days)])[day]
    angle = 2 * np.pi * (of_year[:, None] - _HEIGHT[None, : world.categories]) / 365.25
    weight *= np.exp(_SWING[: world.categories] * np.cos(angle))
    if world.categories > SETS:
        weight[:, SETS] *= 1 + (column(scene.segments, "gifting")[segment] - 0.5) * _is_gift_time(world)[day]
    return np.asarray(weight, np.float64)


def _remembering(world: World, weight: Floats, u: Floats, lines: pd.DataFrame) -> Ints:
    """Categories chosen occasion by occasion, each knowing when its customer last bought what."""
    customer, day = lines.customer.to_numpy(), lines.day.to_numpy()
    last = np.full((customer.max(initial=0) + 1, world.categories), -np.inf)
    is_next = lines.occasion.ne(lines.occasion.shift()).astype(int)
    rank = is_next.groupby(lines.customer).cumsum().to_numpy()
    order = np.argsort(rank, kind="stable")
    category = np.zeros(len(lines), np.int64)
    for rows in np.split(order, np.flatnonzero(np.diff(rank[order])) + 1):
        memory = memory_weight(day[rows, None] - last[customer[rows]])
        category[rows] = choose(weight[rows] * memory**world.refill, u[rows])
        last[customer[rows], category[rows]] = day[rows]
    return category


def memory_weight(days: Floats) -> Floats:
    """The factor on each category (last axis) so many days after it was last bought, infinite if never: 1 in the long run."""
    refill = np.array(REFILL_DAYS)[: np.shape(days)[-1]]
    is_known = np.isfinite(days) & np.isfinite(refill)
    x = np.where(is_known, days, 1.0) / np.where(np.isfinite(refill), refill, 1.0)
    due = _EMPTY * np.exp(-0.5 * (np.log(np.maximum(x, 1e-9)) / _WIDTH) ** 2)
    full = _FULL * np.exp(-((x / _WIDTH) ** 2))
    return np.asarray(np.where(is_known, np.exp(due - full), 1.0), np.float64)


def _is_gift_time(world: World) -> Floats:
    """1 on the days before Spring Festival, 20 May and Qixi on which presents are bought."""
    is_time = np.zeros(world.days)
    for year in QIXI:
        spans = ((SPRING_FESTIVAL[year], 24), (QIXI[year], 9), (QIXI[year].replace(month=5, day=20), 9))
        for date, before in spans:
            end = world.day(date)
            is_time[max(end - before, 0) : max(end + 1, 0)] = 1.0
    return is_time
