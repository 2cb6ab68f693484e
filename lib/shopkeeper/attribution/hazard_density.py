"""How likely first orders are under an additive hazard, and its slope.

A person's hazard (orders a day) is base + sum over channels c, half-lives k, and how willing w they were at each touch, of
a_cwk × stock_cwk, with
    base = exp(level + slope × log intent + effects of how willing, age, season, promotion)
    a_cwk = orders_c × e^(favour × w) / its mean over touches × share_ck
    share_ck ∝ exp(-(log half-life_k - log carry-over_c)² / (2 × 0.5²))
so that orders_c, at least 0, is how many orders a touch brings if nothing else ends the risk; at favour 0 whoever it reaches,
at 1 in proportion to what they want anyway. The log-likelihood is the sum of log hazards at orders, less the hazard's integral
over all days at risk.

Unknowns, all standard normal before the data speak, and what they stand for:
    level, slope        the base's level, around the mean rate of orders; slope around 1, which it is if Intent is right
    effects             of each factor's levels; of ordered ones the steps from level to level
    favour              around 0.5
    sizes               orders_c ∝ the square of a half normal: a channel may well do nothing, and no touch keeps anyone away
    carry-over          the log half-life that channels have in common, and how far each is from it
Source: additive hazards, Aalen (1989), Statistics in Medicine 8, 907-925; carry-over in journeys, Zhang, Wei & Ren (2014), ICDM.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numba
import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from shopkeeper.attribution.hazard_rows import Floats, Groups, Places, Rows
from shopkeeper.attribution.person_time import HALF_LIVES

_LEVEL, _SLOPE = 1.0, 0.05  # deviations
_FAVOUR = (0.5, 0.5)  # mean and deviation
_SHARE = 0.1  # of orders that a channel brings, in the mean before the data
_CARRY_OVER = (np.log(3.0), 0.7, 0.7)  # log days in the mean, deviation of that, and of a channel from it
_WIDTH = 0.5  # of a channel's mixture of half-lives, in logarithms
Sizes = npt.NDArray[np.uint32]
_MANY = len(HALF_LIVES)  # known when compiling, so that sums over half-lives are unrolled


@dataclass(frozen=True)
class Parts:
    """What the unknowns stand for: effects of all levels, and by channel (down) the orders that a touch brings and each half-life's
    share of them.
    """

    level: float
    slope: float
    favour: float
    effects: Floats
    orders: Floats
    share: Floats

    def state(self, rows: Rows) -> Floats:
        """Orders a day that touches have no part in, by state, before what the time does to them."""
        log_base = self.level + self.slope * rows.log_intent + self.effects[rows.states].sum(axis=1)
        return np.asarray(np.exp(log_base), np.float64)

    def time(self, rows: Rows) -> Floats:
        """What they are multiplied by at each time."""
        return np.asarray(np.exp(self.effects[rows.times].sum(axis=1)), np.float64)

    def each(self, groups: Groups) -> Floats:
        """The a_cwk, by group (down) and half-life."""
        per_touch = self.orders[groups.channel] * groups.favoured(self.favour)[0]
        return np.asarray(per_touch[:, None] * self.share[groups.channel], np.float64)


@dataclass(frozen=True)
class Density:
    """The log density of the unknowns given person-time, but for a constant."""

    rows: Rows

    @property
    def size(self) -> int:
        """How many unknowns there are."""
        return int(4 + self.rows.design.shape[1] + 2 * len(self.rows.channels))

    def parts(self, at: Floats) -> Parts:
        """What the unknowns stand for."""
        first, effects, sizes, common, apart = self._split(at)
        carry_over = _CARRY_OVER[0] + _CARRY_OVER[1] * common + _CARRY_OVER[2] * apart
        far = (np.log(HALF_LIVES) - carry_over[:, None]) ** 2 / (2 * _WIDTH**2)
        share = np.exp(far.min(axis=1, keepdims=True) - far)
        return Parts(
            self._rate + _LEVEL * float(first[0]), 1 + _SLOPE * float(first[1]), _FAVOUR[0] + _FAVOUR[1] * float(first[2]),
            self.rows.design @ effects, self._scale * _size(sizes)[0] ** 2, share / share.sum(axis=1, keepdims=True),
        )  # fmt: skip

    @np.errstate(all="ignore")  # a step that ran away has no density; the sampler counts it as a divergence
    def __call__(self, at: Floats) -> tuple[float, Floats]:
        """The log density and its slope."""
        rows, parts = self.rows, self.parts(at)
        state, time, each = parts.state(rows), parts.time(rows), parts.each(rows.groups)
        hazard, by_state, by_time, by_each = _of_orders(state, time, each, self._orders)
        expected = state[:, None] * rows.days * time
        by_state, by_time, by_each = (
            by_state - expected.sum(axis=1),
            by_time - expected.sum(axis=0),
            by_each - rows.groups.exposures,
        )
        by_effect = _by_level((rows.states, by_state), (rows.times, by_time), many=len(rows.names))
        value = np.log(hazard).sum() - expected.sum() - (each * rows.groups.exposures).sum() - at @ at / 2
        first = float(by_state.sum()), float(by_state @ rows.log_intent)
        return float(value), self._slope(at, parts, (*first, by_effect, by_each * each)) - at

    def _slope(self, at: Floats, parts: Parts, by: tuple[float, float, Floats, Floats]) -> Floats:
        """By each unknown, from the slopes by level, slope, effects of levels, and logarithms of a_cwk."""
        by_level, by_slope, by_effect, by_log_each = by
        groups, half, by_half = self.rows.groups, *_size(self._split(at)[2])
        by_favour = float(by_log_each.sum(axis=1) @ groups.favoured(parts.favour)[1])
        of_channel = self._is_of @ by_log_each
        by_orders = of_channel.sum(axis=1)
        by_carry_over = (of_channel - parts.share * by_orders[:, None]) @ np.log(HALF_LIVES) / _WIDTH**2
        return np.concatenate([
            [_LEVEL * by_level, _SLOPE * by_slope, _FAVOUR[1] * by_favour], by_effect @ self.rows.design,
            2 * by_orders * by_half / half, [_CARRY_OVER[1] * by_carry_over.sum()], _CARRY_OVER[2] * by_carry_over,
        ])  # fmt: skip

    def _split(self, at: Floats) -> list[Floats]:
        """The unknowns: level, slope and favour, effects, sizes, common carry-over, how far each channel's is from it."""
        return [at[begin:end] for begin, end in self._ends]

    @cached_property
    def _ends(self) -> list[tuple[int, int]]:
        ends = np.cumsum([0, 3, self.rows.design.shape[1], len(self.rows.channels), 1, len(self.rows.channels)])
        return list(pairwise(ends.tolist()))

    @cached_property
    def _orders(self) -> tuple[Sizes, Sizes, Sizes, Sizes, Floats]:
        """Of each order its state, time and first pair; of each pair its group and stocks: where unsigned, numba looks up twice as fast."""
        orders = self.rows.orders
        first = np.searchsorted(orders.order, np.arange(len(orders) + 1))
        state, time, begins, group = (
            np.asarray(each, np.uint32) for each in (orders.state, orders.time, first, orders.group)
        )
        return state, time, begins, group, orders.stock

    @cached_property
    def _is_of(self) -> Floats:
        """Channels (down) × groups of touches: 1 where the group is of the channel."""
        return np.asarray(np.arange(len(self.rows.channels))[:, None] == self.rows.groups.channel, np.float64)

    @cached_property
    def _rate(self) -> float:
        """The level at which days at risk bring as many orders as there are."""
        return float(np.log(len(self.rows.orders) / (np.exp(self.rows.log_intent) @ self.rows.days).sum()))

    @cached_property
    def _scale(self) -> Floats:
        exposed = np.bincount(self.rows.groups.channel, self.rows.groups.exposures.mean(axis=1))
        return np.asarray(_SHARE * len(self.rows.orders) / exposed)


def _by_level(*rows: tuple[Places, Floats], many: int) -> Floats:
    """Slopes by levels, from those by logarithms of what has these levels."""
    parts = [np.bincount(places, by, many) for levels, by in rows for places in levels.T]
    return np.asarray(sum(parts), np.float64)


def _size(at: Floats) -> tuple[Floats, Floats]:
    """The half normal that is as likely to be exceeded as the normal is, and its slope."""
    near_0 = ndtr(np.minimum(at, 0.0)) * np.sqrt(np.pi / 2)  # what it comes to far below 0, where the rest rounds to 0
    half = np.where(at < -6, near_0, -ndtri(ndtr(-at) / 2))
    return half, np.exp((half**2 - at**2) / 2) / 2


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _of_orders(of_state, of_time, each, orders):  # type: ignore[no-untyped-def]
    """Each order's hazard, and the slopes of the sum of their logarithms: by the logarithms of what each state and each time is
    multiplied by, and by a_cwk.
    """
    states, times, begins, group, much = orders
    if each.shape[1] != _MANY:
        raise ValueError("compiled for another number of half-lives: delete __pycache__")
    found, by_state, by_time, by_each = (
        np.empty(len(states)),
        np.zeros(len(of_state)),
        np.zeros(len(of_time)),
        np.zeros(each.shape),
    )
    for row in range(len(states)):
        base = of_state[states[row]] * of_time[times[row]]
        hazard = base
        for pair in range(begins[row], begins[row + 1]):
            for place in range(_MANY):
                hazard += each[group[pair], place] * much[pair, place]
        found[row], share = hazard, 1 / hazard
        by_state[states[row]] += base * share
        by_time[times[row]] += base * share
        for pair in range(begins[row], begins[row + 1]):
            for place in range(_MANY):
                by_each[group[pair], place] += much[pair, place] * share
    return found, by_state, by_time, by_each
