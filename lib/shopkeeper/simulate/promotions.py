"""The promotion calendar: when, how large, how deep, and since when it was known."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.world import World

# Days of the lunar calendar that the events hang on.
SPRING_FESTIVAL = {2024: dt.date(2024, 2, 10), 2025: dt.date(2025, 1, 29), 2026: dt.date(2026, 2, 17)}
QIXI = {2024: dt.date(2024, 8, 10), 2025: dt.date(2025, 8, 29), 2026: dt.date(2026, 8, 19)}

# First day, last day and peaks as (month, day); then size, depth, breadth, and weeks known ahead.
_FIXED = (
    ("38节", [(3, 4), (3, 8), (3, 8)], (0.6, 0.20, 0.5, 3)),
    ("520", [(5, 16), (5, 20), (5, 20)], (0.35, 0.15, 0.3, 3)),
    ("618", [(6, 1), (6, 20), (6, 1), (6, 18), (6, 19), (6, 20)], (1.0, 0.25, 0.7, 6)),
    ("暑期焕新", [(7, 8), (7, 12), (7, 8)], (0.3, 0.15, 0.3, 4)),
    ("99划算节", [(9, 7), (9, 10), (9, 9)], (0.35, 0.15, 0.4, 3)),
    ("双11", [(10, 31), (11, 11), (10, 31), (11, 1), (11, 10), (11, 11)], (1.3, 0.30, 0.75, 6)),
    ("双12", [(12, 10), (12, 12), (12, 12)], (0.5, 0.20, 0.4, 3)),
)
# The same, in days before the festival.
_LUNAR = (
    ("年货节", [21, 8, 21], (0.7, 0.20, 0.5, 4)),
    ("七夕", [4, 0, 0], (0.35, 0.15, 0.3, 3)),
)

WAITING = 10  # days before an event in which customers hold back
FORWARD = 20  # days after it from which purchases come forward


@dataclass(frozen=True)
class Promotion:
    """One event. first, last, peaks: day numbers; size: how much it moves customers, 618 being 1.

    depth: usual share taken off the list price; breadth: share of SKUs that take part.
    """

    name: str
    first: int
    last: int
    peaks: tuple[int, ...]
    size: float
    depth: float
    breadth: float
    known: int

    @property
    def days(self) -> Ints:
        """Its day numbers."""
        return np.arange(self.first, self.last + 1)

    @property
    def weights(self) -> Floats:
        """Relative pull of each of its days: a peak day draws four times a plain one."""
        return np.where(np.isin(self.days, self.peaks), 4.0, 1.0)

    @property
    def is_held(self) -> bool:
        """Whether it takes place; one that is left out of a world keeps its number and its days, with size 0."""
        return self.size > 0


def calendar(world: World) -> tuple[Promotion, ...]:
    """Every promotion that touches the world's days or was announced within them, in order of start."""
    if not world.promotions:
        return ()
    known = [event for year in (2024, 2025, 2026) for event in _year(world, year)]
    seen = [event for event in known if event.last >= 0 and event.known < world.days]
    return tuple(sorted(seen, key=lambda event: event.first))


def _year(world: World, year: int) -> list[Promotion]:
    """The events of one year."""
    festival = {"年货节": SPRING_FESTIVAL[year], "七夕": QIXI[year]}
    spans = [(name, [dt.date(year, *day) for day in days], form) for name, days, form in _FIXED]
    spans += [(name, [festival[name] - dt.timedelta(days=n) for n in before], form) for name, before, form in _LUNAR]
    return [_promotion(f"{name}-{year}", [world.day(date) for date in dates], form) for name, dates, form in spans]


def _promotion(name: str, days: list[int], form: tuple[float, float, float, int]) -> Promotion:
    (first, last, *peaks), (size, depth, breadth, weeks) = days, form
    return Promotion(name, first, last, tuple(peaks), size, depth, breadth, known=first - 7 * weeks)


def depths(draws: Draws, events: tuple[Promotion, ...], launched: Floats) -> Floats:
    """Events × SKUs: share of the list price meant to be taken off, in steps of 5 %; 0 where the SKU takes no part.

    launched: day number of each SKU's launch. What is newer than 30 days is not discounted.
    """
    event, sku = np.arange(len(events))[:, None], np.arange(len(launched))[None, :]
    first = np.array([event.first for event in events], np.float64)[:, None]
    usual = np.array([event.depth for event in events], np.float64)[:, None]
    breadth = np.array([event.breadth for event in events], np.float64)[:, None]
    spread = 0.05 * (draws.integer("promotion depth", 5, event, sku) - 2)
    takes_part = (draws.uniform("promotion part", event, sku) < breadth) & (launched[None, :] <= first - 30)
    takes_part &= np.array([event.is_held for event in events], bool)[:, None]
    return np.where(takes_part, np.clip(usual + spread, 0.05, 0.45), 0.0).round(2)
