"""Early warning: the chance that each customer orders in the next 13 weeks, set right by what came of it on earlier days."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from shopkeeper.clv.models import Floats, histories, p_order
from shopkeeper.clv.origins import CHOSEN, Origin
from shopkeeper.customers.scoring import calibration, recency_alone, reliability, too_few, trust

WORST = 0.03  # mean gap between chance and outcome with which it may still be acted on
_CERTAIN = 1e-6


@dataclass(frozen=True)
class Chance:
    """The chance to order in the next 13 weeks.

    now, before   by customer_id (0–1): today, and 13 weeks ago as it was known then
    tested        of scoring.trust, on a later day than it was set right on; curve: of scoring.reliability, of that day
    """

    now: pd.Series
    before: pd.Series
    tested: dict[str, float]
    curve: pd.DataFrame

    @property
    def is_trusted(self) -> bool:
        """Whether anyone may act on it."""
        return bool(self.tested["is_trusted"] and self.tested["ece"] <= WORST)


def chance(origins: list[Origin], today: Origin, model: str, season: pd.Series) -> Chance | None:
    """Learn on the latest earlier day how chances turn out, test on it what an earlier one had taught, and look ahead from today.

    origins: the latest first, 13 weeks back at least. season: by day, what the time of year adds in logarithms. None
    where no earlier day's weeks were over by the latest, too few ordered, or too few did not.
    """
    latest = origins[0]
    over = [each for each in origins if each.day + dt.timedelta(weeks=CHOSEN) <= latest.day]
    if not over:  # to be tested on the weeks that it was set right on would prove nothing
        return None
    teacher = over[0]
    outcomes = {each.day: each.came[CHOSEN] > 0 for each in (latest, teacher)}
    if any(too_few(did) for did in outcomes.values()):
        return None
    raw = {each.day: _log_odds(each, model, season) for each in (latest, teacher, today)}
    taught, learnt = (calibration(raw[each.day], outcomes[each.day]) for each in (teacher, latest))
    did, held = outcomes[latest.day], _set_right(raw[latest.day], taught)
    then = outcomes[teacher.day]
    recency = recency_alone(_since(teacher), then, _since(latest))
    return Chance(
        now=pd.Series(_set_right(raw[today.day], learnt), today.known.index),
        before=pd.Series(_set_right(raw[latest.day], learnt), latest.known.index),
        tested=trust(held, did, recency, float(then.mean())),
        curve=reliability(held, did),
    )


def trusted(found: Chance | None) -> pd.Series | None:
    """The chances of today, by customer_id, where anyone may act on them."""
    return found.now if found is not None and found.is_trusted else None


def _since(origin: Origin) -> pd.Series:
    return origin.known["T"] - origin.known.recency


def _log_odds(origin: Origin, model: str, season: pd.Series) -> Floats:
    """What the model says at the level of the season: the pace of everyone is that much higher or lower."""
    chance = p_order(model, origin.fit(model).of_cells(), histories(origin.known), 7.0 * CHOSEN)
    moved = -np.expm1(np.exp(season.get(origin.day, 0.0)) * np.log1p(-np.clip(chance, 0.0, 1 - _CERTAIN)))
    return np.asarray(logit(np.clip(moved, _CERTAIN, 1 - _CERTAIN)), np.float64)


def _set_right(log_odds: Floats, line: tuple[float, float]) -> Floats:
    return np.asarray(expit(line[0] * log_odds + line[1]), np.float64)
