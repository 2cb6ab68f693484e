"""Allocation: how a limited amount is shared out over shelves so that most of it sells."""

import heapq

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def chances(need: Ints, most: int) -> Floats:
    """Chance that a shelf's first, second, third… unit more is wanted: shelves × most; need: paths × shelves, units missing."""
    return np.asarray((need[:, :, None] >= np.arange(1, most + 1)).mean(axis=0))


def share_out(supply: int, worth: Floats) -> Ints:
    """Units of each shelf out of one supply, so that what they are expected to bring is most.

    worth: shelves × units, of each further unit, never rising along a row: then to give each unit where it is worth most is the
    best division. A unit that is worth nothing anywhere stays.

    Source: Fox (1966), Operations Research 14(2), 210-216.
    """
    given = np.zeros(len(worth), np.int64)
    queue = [(-row[0], shelf) for shelf, row in enumerate(worth) if len(row) and row[0] > 0]
    heapq.heapify(queue)
    for _ in range(supply):
        if not queue:
            break
        _, shelf = heapq.heappop(queue)
        given[shelf] += 1
        if given[shelf] < worth.shape[1] and worth[shelf, given[shelf]] > 0:
            heapq.heappush(queue, (-worth[shelf, given[shelf]], shelf))
    return given


def within_budget(money: Floats, gain: Floats, budget: float) -> NDArray[np.bool_]:
    """Which order lines to keep within a budget: those of most gain for each unit of money, as long as they fit.

    money, gain: of each line, currency. A line that does not fit gives way to smaller ones; no more than one line's money of the best
    division is missed (Dantzig 1957, Operations Research 5(2), 266-288).
    """
    kept, left = np.zeros(len(money), bool), budget
    worth = np.where(money > 0, gain / np.maximum(money, 1e-9), np.inf)
    for line in np.argsort(-worth, kind="stable"):
        if gain[line] > 0 and money[line] <= left:
            kept[line], left = True, left - money[line]
    return kept
