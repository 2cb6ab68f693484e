"""Policies: how much to order, from the newsvendor of one period to reorder points with lost sales."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAST_LEAD = 1  # days: what is ordered in the evening can arrive the next morning at best


def newsvendor(demand: Ints | Floats, over: float, under: float) -> float:
    """The order for one period that costs least: the smallest amount that covers demand with chance under / (under + over).

    demand: draws of the period's demand. over: cost of a unit left; under: of a unit missing, currency.

    Source: Arrow, Harris & Marschak (1951), Econometrica 19(3), 250-272.
    """
    return float(np.quantile(demand, under / (under + over), method="inverted_cdf"))


class Levels(NamedTuple):
    """Order when the stock position is at reorder or below, up to the level; cost: a period, currency."""

    reorder: int
    up_to: int
    cost: float


def reorder_levels(chance: Floats, holding: float, missing: float, ordering: float) -> Levels:
    """The (s, S) policy that costs least a period where what is missing is awaited.

    chance: probability of a demand of 0, 1, 2… units over a period and its lead time, orders arriving at once otherwise.
    holding, missing: of a unit at the end of a period; ordering: of an order, currency.

    Source: Zheng & Federgruen (1991), Operations Research 39(4), 654-665.
    """
    cost = _Costs(chance, holding, missing)
    best = cost.cheapest
    reorder, up_to = best, best
    found = np.inf
    # The reorder point falls until what waiting costs is no less than the policy's own cost; S rises while it can pay.
    while (now := cost.of_policy(reorder - 1, best, ordering)) > cost.of_level(reorder - 1):
        reorder -= 1
    reorder, found = reorder - 1, now
    candidate = best + 1
    while cost.of_level(candidate) <= found:
        if (other := cost.of_policy(reorder, candidate, ordering)) < found:
            up_to, found = candidate, other
            while cost.of_level(reorder + 1) >= found and reorder + 1 < best:
                reorder += 1
            found = cost.of_policy(reorder, up_to, ordering)
        candidate += 1
    return Levels(int(reorder), int(up_to), float(found))


class _Costs:
    """Expected holding and missing costs of stock levels, and of policies between them."""

    def __init__(self, chance: Floats, holding: float, missing: float) -> None:
        self._chance, self._units = chance, np.arange(len(chance))
        self._holding, self._missing = holding, missing
        self.cheapest = int(np.searchsorted(np.cumsum(chance), missing / (missing + holding)))

    def of_level(self, level: int) -> float:
        """A period that begins with so many units."""
        left = level - self._units
        return float(self._chance @ np.where(left >= 0, self._holding * left, -self._missing * left))

    def of_policy(self, reorder: int, up_to: int, ordering: float) -> float:
        """A period under the policy, in the long run."""
        visits = self._renewals(up_to - reorder)
        levels = sum(visits[gone] * self.of_level(up_to - gone) for gone in range(up_to - reorder))
        return float((ordering + levels) / visits.sum())

    def _renewals(self, length: int) -> Floats:
        """Expected periods spent at so many units below the level, between two orders."""
        visits = np.zeros(length)
        never = 1 - self._chance[0]
        for gone in range(length):
            earlier = sum(
                self._chance[step] * visits[gone - step] for step in range(1, min(gone, len(self._chance) - 1) + 1)
            )
            visits[gone] = ((gone == 0) + earlier) / never
        return visits


def order_units(need: Ints, service: Floats, moq: Ints, case_pack: Ints) -> Ints:
    """Units to order of each shelf so that what is needed beyond its stock is covered with the chance of `service`.

    need: paths × shelves, units missing until the next order can arrive, below 0 where some are left. Whole cases, at
    least the smallest order; nothing where nothing is missing.
    """
    short = at_chance(need, service)
    cases = -(-np.maximum(short, moq) // case_pack) * case_pack
    return np.where(short > 0, cases, 0)


def at_chance(need: Ints, service: Floats) -> Ints:
    """Of each shelf the least that is enough in `service` of the paths; need: paths × shelves."""
    rank = np.clip(np.ceil(service * len(need)).astype(np.int64) - 1, 0, len(need) - 1)
    return np.asarray(np.sort(need, axis=0)[rank, np.arange(need.shape[1])])


def lead_days(mean: Floats, sd: Floats, paths: int, luck: np.random.Generator) -> Ints:
    """Draws of lead times, paths × shelves, whole days from 1 on; gamma with that mean and standard deviation.

    A mean of 0, goods that are there at once, counts as the next morning.
    """
    mean = np.maximum(mean, 1e-6)
    shape = np.where(sd > 0, (mean / np.maximum(sd, 1e-9)) ** 2, 1e6)
    return np.maximum(np.round(luck.gamma(shape, mean / shape, (paths, len(mean)))), _LEAST_LEAD).astype(np.int64)
