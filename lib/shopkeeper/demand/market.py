"""The market in one call: what rises and fades, what may be a hit, what was launched, and where sales left their forecast."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.hits import Hits, likely_hits
from shopkeeper.demand.launches import Launches, catalogue, learn_launches
from shopkeeper.demand.panel import Panel
from shopkeeper.demand.trend import HORIZON, WEEKS, Trends, came_after, surprises, trends
from shopkeeper.shop import Shop

SURE = 0.95  # probability from which a SKU is called rising, or fading
_LOOKED_BACK = 6  # origins, 28 days apart
_FEWEST = 20  # launches that have had their first four weeks, below which new ones are not told


@dataclass(frozen=True)
class Market:
    """trends of today; record: of trend_record; hits; launches: None where too few are known; left: of trend.surprises, told: how many SKUs
    had an interval that their sales could leave, and by_chance: the share of them that should by chance.
    """

    trends: Trends
    record: pd.DataFrame
    hits: Hits
    launches: Launches | None
    left: pd.DataFrame
    told: int
    by_chance: float


class Said(NamedTuple):
    """By SKU, units of the last 28 days as they were forecast before them: the 90% interval, NaN where there was none; by_chance: the share of SKUs
    whose units should leave it, fewer than a tenth where most sell nothing or one.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    by_chance: float


def market(shop: Shop, panel: Panel, said: Said) -> Market:
    """Of a panel of today, and what was said four weeks ago."""
    today = len(panel.days)
    launches = learn_launches(panel, catalogue(shop), today)
    left = surprises(panel, np.nansum(panel.demand[:, -HORIZON:], axis=1), said.low, said.high)
    return Market(
        trends(panel, today), trend_record(panel), likely_hits(panel, today),
        launches if len(launches.earlier) >= _FEWEST else None, left, int((~np.isnan(said.low)).sum()), said.by_chance,
    )  # fmt: skip


def trend_record(panel: Panel) -> pd.DataFrame:
    """What became of SKUs that were called rising or fading on up to six earlier days: rows of day, rises (bool), called, went_on.

    went_on counts those whose level over the next four weeks, beyond the brand's, moved on in the same direction.
    """
    origins = [len(panel.days) - HORIZON * back for back in range(1, _LOOKED_BACK + 1)]
    rows = [row for origin in origins if origin >= 7 * WEEKS for row in _kept(panel, origin)]
    return pd.DataFrame(rows, columns=["day", "rises", "called", "went_on"])


def _kept(panel: Panel, origin: int) -> list[tuple[pd.Timestamp, bool, int, int]]:
    told = trends(panel, origin).skus
    came = came_after(panel, origin)[told.place]
    made = []
    for rises in (True, False):
        surely = (told.probability if rises else 1 - told.probability).to_numpy()
        called = (surely >= SURE) & ~np.isnan(came)
        went_on = called & (came > 0 if rises else came < 0)
        made.append((panel.days[origin - 1], rises, int(called.sum()), int(went_on.sum())))
    return made
