"""Lift tests: where the shop changed its spend on purpose, and what it read from that."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.simulate.channels import NAMES
from shopkeeper.simulate.draws import Floats, Ints
from shopkeeper.simulate.names import REGIONS
from shopkeeper.simulate.world import World


@dataclass(frozen=True)
class LiftTest:
    """For `weeks` weeks from the week of that number on, a channel's spend times factor, in every other region of the larger
    ones (offset 0 or 1) or everywhere (None); it runs steadily there else. read: days after the last one of it on which the reading ends.
    """

    channel: str
    week: int
    weeks: int
    factor: float
    offset: int | None
    read: int

    @property
    def number(self) -> int:
        """The channel's place in arrays."""
        return NAMES.index(self.channel)

    @property
    def during(self) -> slice:
        """Its weeks, by number."""
        return slice(self.week, self.week + self.weeks)

    @property
    def regions(self) -> Ints:
        """The regions in it, by number."""
        return np.arange(len(REGIONS)) if self.offset is None else np.arange(self.offset, _LARGER, 2)


_LARGER = 16  # regions with people enough for a test
# None of them meets a large promotion.
_TESTS = (
    LiftTest("抖音信息流", 36, 4, 0.0, 0, 10),
    LiftTest("搜索广告", 39, 4, 1.5, 1, 7),
    LiftTest("品牌搜索", 54, 3, 0.0, 0, 7),
    LiftTest("小红书笔记", 63, 4, 0.0, 1, 21),
    LiftTest("知识社区", 77, 4, 2.0, None, 28),
    LiftTest("站内推广", 91, 4, 1.5, 0, 7),
)


def lift_tests(world: World) -> tuple[LiftTest, ...]:
    """The tests of a world that are read by its last day."""
    return tuple(test for test in _TESTS if 7 * (test.week + test.weeks) + test.read + 7 <= world.days)


def changed_by(tests: tuple[LiftTest, ...], spend: Floats) -> Floats:
    """Spend with the changes that these tests make to it."""
    spend = spend.copy()
    for test in tests:
        part = spend[test.number, test.during]
        part[:, test.regions] = (part[:, test.regions] * test.factor).round(2)
    return spend
