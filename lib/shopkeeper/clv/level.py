"""Level: how far the whole shop came out above or below what a model expected, on earlier days and a year ago.

A model of customers knows no season. What it missed in the same weeks a year before it will miss again, and what it
missed in other weeks, beyond that, says how far a forecast for everyone may be off.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from shopkeeper.clv.expected import COARSE, expected_orders
from shopkeeper.clv.models import Floats, histories
from shopkeeper.clv.origins import STEP, WEEKS, YEAR, Origin

A_YEAR = dt.timedelta(weeks=YEAR)
_FEWEST = 3  # origins with a season, from which those without one are left out
_MOVES = 25  # of everyone, for each draw of the customers
_USUAL = 0.18  # by how much shops are missed (see _level); counts for one stretch of weeks


@dataclass(frozen=True)
class Level:
    """Of so many weeks ahead: season, what the time of year adds (in logarithms, 0 where it is not known), and shock, the
    deviation of what moves everyone beside it, read from about so many weeks that do not overlap (n).
    """

    season: float
    shock: float
    n: float

    def moves(self, size: int) -> Floats:
        """As many factors, evenly over what may happen to everyone."""
        return np.asarray(
            np.exp(self.season + self.shock * student.ppf((np.arange(size) + 0.5) / size, self.n)), np.float64
        )

    def around(self, draws: Floats) -> tuple[float, float, float]:
        """Mean and 90% interval of what customers do by chance (draws), times what moves everyone."""
        low, high = np.quantile(np.outer(draws, self.moves(_MOVES)), [0.05, 0.95])
        return float(draws.mean() * np.exp(self.season)), float(low), float(high)


def misses(origins: list[Origin], model: str) -> pd.DataFrame:
    """One row per (day, weeks) that are over: miss, the logarithm of what came by what was expected, and error, its variance by chance."""
    rows = []
    for origin in origins:
        theta, data = origin.fit(model).of_cells(), histories(origin.known)
        over = [weeks for weeks in (*WEEKS, YEAR) if weeks in origin.came]
        ahead = expected_orders(model, theta, data, np.array([7.0 * weeks for weeks in over]), COARSE)
        for place, weeks in enumerate(over):
            came, mean = origin.came[weeks].to_numpy(), ahead[:, place]
            if came.sum() > 0:
                error = ((came - mean) ** 2).sum() / mean.sum() ** 2
                rows.append((origin.day, weeks, float(np.log(came.sum() / mean.sum())), float(error)))
    return pd.DataFrame(rows, columns=["day", "weeks", "miss", "error"])


def levels(missed: pd.DataFrame, today: dt.date) -> Mapping[int, Level]:
    """Of each of WEEKS that earlier days tell about, and of a YEAR, season and shock. missed: of misses, of earlier days and of those a year before."""
    found = {
        int(weeks): _level(part.set_index("day"), today)
        for weeks, part in missed.groupby("weeks")
        if (part.day > today - A_YEAR).any()
    }  # fmt: skip
    return found | {YEAR: _of_a_year(missed, found, today)}


def _of_a_year(missed: pd.DataFrame, shorter: Mapping[int, Level], today: dt.date) -> Level:
    """Of the year ahead: the miss of the one before, where the data reach back far enough, since models take regular customers
    to stay longer than they do; on one such miss half of it rests no surer than chance. The shock is no smaller than that of the
    longest shorter time.
    """
    of_year = missed[missed.weeks == YEAR].set_index("day")
    season = _season(of_year, today)
    season = season if np.isfinite(season) else 0.0
    longest = shorter[max(shorter)].shock if shorter else _USUAL
    return Level(season, max(longest, abs(season) / 2), 2.0)


def seasons(missed: pd.DataFrame, today: dt.date, weeks: int) -> pd.Series:
    """By day, what the time of year adds to so many weeks after it, in logarithms; of the days a year before which it is known."""
    of_weeks = missed[missed.weeks == weeks].set_index("day")
    found = pd.Series({day: _season(of_weeks, day) for day in [today, *of_weeks.index]}, dtype="float64")
    return found.dropna()


def _level(of_weeks: pd.DataFrame, today: dt.date) -> Level:
    """Where three earlier days or more have a year before them, the shock is what is left after the season; else all that was missed.

    A few still months say little of the months ahead. So what is missed usually stands beside them: over 4 to 26 weeks, root mean
    squares of .12 on cdnow, .01 on complete_journey, .25 on online_retail and .21 on aurora.
    """
    known = pd.Series({day: _season(of_weeks, day) for day in [today, *of_weeks.index]}, dtype="float64")
    lately = of_weeks[of_weeks.index > today - A_YEAR]
    left = (lately.miss - known.reindex(lately.index)).dropna()
    rest = left if len(left) >= _FEWEST else lately.miss
    variance = max(float((rest**2 - lately.error.reindex(rest.index)).mean()), 0.0)
    n = 1 + (len(rest) - 1) * min(STEP / (7 * int(of_weeks.weeks.iloc[0])), 1.0)  # stretches that do not overlap
    season = float(known[today])
    return Level(season if np.isfinite(season) else 0.0, ((_USUAL**2 + n * variance) / (1 + n)) ** 0.5, 1 + n)


def _season(of_weeks: pd.DataFrame, day: dt.date) -> float:
    """What was missed in the same weeks a year before, drawn to 0 by its own error; NaN where it is not known."""
    if day - A_YEAR not in of_weeks.index:
        return float("nan")
    miss, error = of_weeks.loc[day - A_YEAR, ["miss", "error"]]
    return float(miss * miss**2 / (miss**2 + error)) if miss else 0.0
