"""The future: how many purchases each customer's own process will bring after the last day."""

import numpy as np
from scipy.special import gammainc, gammaincinv

from shopkeeper.simulate.draws import Floats
from shopkeeper.simulate.history import History
from shopkeeper.simulate.segments import column

_GRID = 24  # quantiles that the wait for the next purchase is averaged over
_TAIL = 1e-4  # chance below which later purchases are left out


def expected_orders(history: History, horizon: int) -> Floats:
    """Purchases of each customer in the horizon (days) after the last day, given its planted rate, chance to leave and
    time since its last purchase, in a world without promotions, messages and empty shelves; 0 for who has left or never
    came.

    With regularity 1: (1 - exp(-rate × leaves × horizon)) / leaves, the mean of a Poisson process that ends with a
    purchase (Fader, Hardie and Lee 2005, section 4). Else the sum, over the purchases to come, of the chance that each
    falls into the horizon and finds its customer still there.
    """
    people, segments = history.people, history.scene.segments
    regularity, coupon = (column(segments, name)[people.segment] for name in ("regularity", "coupon"))
    buys = np.where(people.is_deal_only, coupon, 1.0)  # who needs a coupon passes over the rest
    ends = buys * people.leaves.to_numpy()
    is_there = people.first_at.notna() & people.left.isna()
    mean = people.rate.to_numpy() * horizon
    expected = buys * -np.expm1(-ends * mean) / ends
    rows = np.flatnonzero(is_there & (regularity != 1))
    since = _since(history)[rows] * people.rate.to_numpy()[rows]
    expected[rows] = buys[rows] * _renewals(regularity[rows], since, ends[rows], mean[rows])
    return np.asarray(np.where(is_there, expected, 0.0), np.float64)


def _since(history: History) -> Floats:
    """Days from each customer's last planned purchase to the end."""
    planned = history.occasions[history.occasions.planned >= 0]
    last = planned.groupby("customer").planned.max().reindex(range(len(history.people)))
    return np.asarray((history.scene.world.days - 0.5 - last.fillna(0).to_numpy()).clip(0.0), np.float64)


def _renewals(shape: Floats, since: Floats, ends: Floats, horizon: Floats) -> Floats:
    """Sum over purchases of the chance to happen within horizon; times in mean waits, gamma with mean 1."""
    u = (np.arange(_GRID) + 0.5) / _GRID
    shape_, before = shape[:, None], gammainc(shape, shape * since)[:, None]
    wait = gammaincinv(shape_, before + u * (1 - before)) / shape_ - since[:, None]
    left = horizon[:, None] - wait
    total, still, number = (left >= 0).mean(axis=1), np.ones(len(shape)), 0
    while len(shape) and (chance := still * (1 - ends)).max() > _TAIL and number < 400:
        number += 1
        still = chance
        term = still * gammainc(number * shape_, shape_ * left.clip(0)).mean(axis=1)
        total = total + term
        if term.max() < _TAIL:
            break
    return np.asarray(total, np.float64)
