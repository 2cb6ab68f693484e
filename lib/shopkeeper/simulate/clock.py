"""The market's clock: time that runs faster on busy weekdays and at busy hours, so that luck falls evenly on it."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from shopkeeper.simulate.arrivals import EVENING, WEEKDAYS
from shopkeeper.simulate.draws import Floats, Ints
from shopkeeper.simulate.segments import Segment, column
from shopkeeper.simulate.world import SETTLING, World

_GRID = np.linspace(0, 24, 24 * 60 + 1)  # hours at which the busy part of a day is laid out


def busy_time(world: World) -> Floats:
    """Market time, in mean days, at which each day begins, the settling days and the end of the last one included."""
    day = np.arange(world.days + SETTLING) + world.first_day.weekday()
    return np.concatenate([[0.0], np.cumsum(WEEKDAYS[day % 7])])


def days_at(world: World, time: Floats) -> Ints:
    """The number of the day in which each market time lies."""
    return np.asarray(np.searchsorted(busy_time(world), time, side="right") - 1, np.int64)


def moments(world: World, segments: tuple[Segment, ...], time: Floats, segment: Ints) -> npt.NDArray[np.datetime64]:
    """The second of each market time, by the hours of the visitor's segment."""
    edge, day = busy_time(world), days_at(world, time)
    part = (time - edge[day]) / (edge[day + 1] - edge[day])
    hours = column(segments, "hour")
    second = np.zeros(len(time))
    for number, hour in enumerate(hours):
        mine = segment == number
        second[mine] = 3600 * np.interp(part[mine], passed(hour), _GRID)
    second = np.minimum(day * 86_400 + second, (day + 1) * 86_400 - 1)
    return np.asarray(world.starts_at + second.astype(np.int64).astype("timedelta64[s]"))


def passed(hour: float) -> Floats:
    """The share of a day's bustle that has passed at each point of _GRID: half of it near hour, see arrivals.seconds."""
    own, evening = (_wrapped(mean, sd) for mean, sd in ((hour, 2.0), EVENING))
    waking = np.clip((_GRID - 8) / 16, 0, 1)
    return 0.5 * own + 0.3 * evening + 0.2 * waking


def _wrapped(mean: float, sd: float) -> Floats:
    """The distribution function of a normal hour on the dial."""
    turns = 24 * np.arange(-2, 3)[:, None]
    return np.asarray((ndtr((_GRID + turns - mean) / sd) - ndtr((turns - mean) / sd)).sum(axis=0), np.float64)
