"""A coarser picture of many customers, and what it lacks to say what they all say."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.clv import tops
from shopkeeper.clv.fit import WEEK, collapse
from shopkeeper.clv.models import Floats
from shopkeeper.clv.unknowns import COMMON, SPREADS, by_themselves

# Rows that are sampled: one takes Pareto/NBD ten times as long.
MOST = {"bgnbd": 5_000, "mbgnbd": 5_000, "pareto_nbd": 2_500}
_FADES = 4.0  # deviations from the top, within which a picture is mended


def coarser(whole: pd.DataFrame, most: int) -> pd.DataFrame:
    """So many rows like these, or fewer: days of one, two or four weeks are not told apart, and if that is not enough, every so
    manieth customer is taken, in the order of cell, frequency, recency and T, so that each level keeps its share.
    """
    for days in (1, WEEK, 2 * WEEK, 4 * WEEK):
        rows = whole if days == 1 else collapse(whole, days)
        if len(rows) <= most:
            return rows
    counted = whole.n.cumsum().to_numpy()
    places = np.searchsorted(counted, (np.arange(most) + 0.5) * counted[-1] / most)
    return whole.iloc[places].assign(n=counted[-1] / most)


@dataclass(frozen=True)
class Lack:
    """What the log density of a coarser picture lacks: along each of some axes (across) tilt of slope, and bend of curvature.

    Told by effects themselves (centred: c of unknowns, as they are sampled), around the unknowns `at`: where the spread makes
    them small, so it makes what is lacking. To go on with a slope, or to take off curvature, far from the top would send the
    sampler away, to spreads where the likelihood no longer falls: both end there.
    """

    model: str
    centred: Floats
    at: Floats
    tilt: Floats
    bend: Floats
    axes: Floats

    def __call__(self, point: Floats) -> tuple[float, Floats]:
        straight, changes = by_themselves(point, self.centred, self.model)
        off = straight - self.at
        along = off @ self.axes
        near = np.tanh(along / _FADES)
        far = np.where(self.bend > 0, 0.0, (along / _FADES) ** 2)
        slope = self.axes @ (self.tilt * (1 - near**2) - self.bend * along / (1 + far) ** 2)
        by_effect = slope[len(COMMON) :, None] * changes
        slope[len(COMMON) :] = by_effect[:, 0]
        slope[list(SPREADS)] += by_effect[:, 1].reshape(2, -1).sum(axis=1)
        return float(_FADES * self.tilt @ near - self.bend @ (along**2 / (1 + far)) / 2), slope


def lack(model: str, centred: Floats, at: Floats, tilt: Floats, whole: Floats, some: Floats) -> Lack:
    """What rows lack that at these unknowns have so much less slope, and the second of these curvatures instead of the first.

    All are told by effects themselves; centred: c of unknowns, as they are sampled.
    """
    steps = tops.all_but_spreads(len(at))
    width = tops.width(steps.T @ whole @ steps)
    bends, turned = np.linalg.eigh(width.T @ steps.T @ (whole - some) @ steps @ width)
    return Lack(
        model, centred, at, turned.T @ width.T @ steps.T @ tilt, bends, steps @ np.linalg.solve(width.T, turned)
    )
