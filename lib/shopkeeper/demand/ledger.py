"""The ledger: what lies on the shelf day by day, what is sold from it and what is lost, in whole units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Ledger:
    """Paths × shelves × days, units. stock: at the end of the day; sold + lost is what was wanted; came: in the morning."""

    stock: Ints
    sold: Ints
    lost: Ints
    came: Ints


def keep(wanted: Ints, on_hand: Ints, came: Ints) -> Ledger:
    """Sell from the shelf what is wanted of it, day by day; what it does not hold is lost, not awaited.

    wanted, came: paths × shelves × days; came is what arrives in the morning. on_hand: shelves, at the start; below 0 counts as
    nothing. Always: on_hand + all that came = all that was sold + the last day's stock.
    """
    stock, sold = np.empty_like(wanted), np.empty_like(wanted)
    shelf = np.broadcast_to(np.maximum(on_hand, 0), wanted.shape[:2]).astype(wanted.dtype)
    for day in range(wanted.shape[2]):
        shelf = shelf + came[:, :, day]
        sold[:, :, day] = np.minimum(shelf, wanted[:, :, day])
        shelf = shelf - sold[:, :, day]
        stock[:, :, day] = shelf
    return Ledger(stock, sold, wanted - sold, came)


def arrivals(units: Ints, day: Ints, days: int) -> Ints:
    """Paths × shelves × days from what arrives of each on which day (paths × shelves); beyond the last day it does not."""
    made = np.zeros((*day.shape, days), np.int64)
    inside = day < days
    path, shelf = np.nonzero(inside)
    np.add.at(made, (path, shelf, day[inside]), np.broadcast_to(units, day.shape)[inside])
    return made
