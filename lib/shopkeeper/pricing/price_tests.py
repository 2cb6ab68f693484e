"""Prices to test: SKUs for which knowing more is worth more than acting on what is known, and how long a test has to run."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from shopkeeper.pricing.optimise import PriceList
from shopkeeper.pricing.regions import Split

Floats = NDArray[np.float64]

LONGEST = 26  # weeks that a test may run
_WORTHWHILE = 0.01  # of what a SKU leaves over the horizon, below which knowing is not worth a test
_SURE, _POWER = float(ndtri(0.95)), float(ndtri(0.80))  # error of 5% on the side that would be acted on, power of 80%
_SHORTEST = 4  # weeks: two with each price
TURNS, REGIONS = "turns", "regions"


def price_tests(prices: PriceList, weekly: Floats, split: Split | None = None) -> pd.DataFrame:
    """Of the changes that are not safe, those worth a test, the most worth knowing first.

    weekly: draws × SKUs × weeks, units at today's price, in the order of the price list's rows. split: None where prices are not to be tested by region.
    Returns the price list's columns and: expected, break_even (relative changes of units by the best price: expected, and at which the SKU and
    its neighbours earn as much as today), weeks, design (TURNS: a switchback, the two prices by turns; REGIONS: side by side, where that takes fewer weeks), worth (currency over the horizon: what acting
    only on a gain brings beyond acting now, or not).
    """
    rows = prices.rows
    is_open = (rows.best != rows.price) & ~rows.is_safe & ~rows.is_waiting
    changes = prices.own * np.log(rows.best / rows.price).to_numpy()
    expected, break_even = changes.mean(axis=0), _break_even(changes, prices.gains)
    worth = knowing(prices.gains).mean(axis=0)
    apart = expected - break_even
    by_turns, by_region = weeks_of(apart, _noise(weekly)), np.full(len(rows), np.inf)
    if split is not None:
        by_region = weeks_by_region(apart, split.variance(rows["sku"], weekly.mean(axis=(0, 2))), split.weeks)
    made = rows.assign(
        worth=worth, expected=np.expm1(expected), break_even=np.expm1(break_even), weeks=np.minimum(by_turns, by_region),
        design=np.where(by_region < by_turns, REGIONS, TURNS),
    )  # fmt: skip
    left = rows.units * (rows.kept * rows.price - rows.cost)
    made = made[is_open & (made.weeks <= LONGEST) & (worth > np.maximum(_WORTHWHILE * left, 0))]
    return made.sort_values("worth", ascending=False, ignore_index=True)


def knowing(gains: Floats) -> Floats:
    """Draws × SKUs: what acting only on a gain brings beyond acting now where a gain is expected, or not where none is."""
    return np.asarray(np.maximum(gains, 0) - np.where(gains.mean(axis=0) > 0, gains, 0.0))


def _break_even(changes: Floats, gains: Floats) -> Floats:
    """By SKU, the log change of its units at which nothing is gained: where the line through gains by changes, draw by draw, meets 0."""
    apart = changes - changes.mean(axis=0)
    slope = (apart * gains).mean(axis=0) / np.maximum((apart**2).mean(axis=0), 1e-12)
    return np.asarray(
        changes.mean(axis=0) - np.divide(gains.mean(axis=0), slope, out=np.zeros(len(slope)), where=slope > 0)
    )


def weeks_of(apart: Floats, noise: Floats) -> Floats:
    """Weeks, an even number, in which two prices by turns tell a gain from a loss: 95% sure, with a power of 80%.

    apart: log units between what is expected and the break-even; noise: variance of a week's log units. The two means differ with a
    variance of noise × (2 / weeks + 2 / weeks).
    """
    needed = 4 * noise * (_SURE + _POWER) ** 2 / np.maximum(np.asarray(apart, np.float64) ** 2, 1e-12)
    return np.asarray(np.maximum(2 * np.ceil(needed / 2), _SHORTEST))


def weeks_by_region(apart: Floats, variance: Floats, before: int) -> Floats:
    """Weeks in which two halves of regions tell a gain from a loss as surely; infinite where the weeks before do not tell their shares well enough.

    variance: of the log odds of the halves' units in one week, so that those of the test less those of so many weeks before it have
    variance × (1 / weeks + 1 / before).
    """
    apart = np.asarray(apart, np.float64)
    room = (apart / (_SURE + _POWER)) ** 2 / np.maximum(variance, 1e-12) - 1 / before
    needed = np.divide(1, room, out=np.full(len(room), np.inf), where=room > 0)
    return np.asarray(np.maximum(np.ceil(needed), _SHORTEST))


def _noise(weekly: Floats) -> Floats:
    """Relative variance of a SKU's weeks around their own mean: what a whole path is off lies in both prices' weeks."""
    mean = np.maximum(weekly.mean(axis=(0, 2)), 1e-9)
    return np.asarray(weekly.var(axis=2, ddof=1).mean(axis=0) / mean**2)
