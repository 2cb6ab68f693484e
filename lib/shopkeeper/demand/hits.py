"""Hits: SKUs that may sell far more next month, and what the same list was worth in the past.

Nothing here reads a value of the origin or later, but for promotions announced by then; `is_hit` alone says what came.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from shopkeeper.demand.panel import Panel
from shopkeeper.demand.trend import HORIZON, WEEKS, alone_on_sale, four_weeks, slopes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_GROWS, _SELLS = 0.9, 0.75  # a hit: among the tenth that grows most, and sells as much as three quarters of the SKUs
_EASE = 0.1  # of the latter bar, added to units before they are divided
_LEARNT, _FEWEST = 12, 10  # origins that are learnt from, at most; and hits in them, at least
_RIDGE = 0.03  # inverse of the penalty: with less of it chances were twice too high


@dataclass(frozen=True)
class Hits:
    """SKUs that may be hits in the next 28 days, and what the same list was worth at earlier origins.

    listed  sku, product, category, place, units (of the last 28 days), chance, and what it is told from (of _signs)
    record  one row per earlier origin: day, listed and hits (counts), precision, base_rate (hits among all SKUs on sale)
    """

    listed: pd.DataFrame
    record: pd.DataFrame


def is_hit(panel: Panel, origin: int) -> Bools:
    """SKUs that became hits in the 28 days from a day number on: they grew more over the 28 days before than nine tenths of
    those on sale, and sold at least as much as three quarters of them. So a rise of all is no hit.
    """
    ahead, last, is_there = four_weeks(panel, origin), four_weeks(panel, origin - HORIZON), alone_on_sale(panel, origin)
    if not is_there.any():
        return is_there
    bar = max(float(np.quantile(ahead[is_there], _SELLS)), 1.0)
    growth = (ahead + _EASE * bar) / (last + _EASE * bar)
    return np.asarray(is_there & (ahead >= bar) & (growth > np.quantile(growth[is_there], _GROWS)) & (ahead > last))


def likely_hits(panel: Panel, origin: int, most: int = 20, origins: int = 6) -> Hits:
    """The SKUs likeliest to be hits: at most so many, and no more than a twentieth of those on sale.

    A logistic regression on earlier origins, 28 days apart, whose outcomes were known by then. Nothing is listed where fewer
    than 10 hits are known to learn from. DataError where fewer than 56 days lie before the origin.
    """
    earlier = [origin - HORIZON * back for back in range(1, origins + 1)]
    days = [origin, *range(origin - HORIZON, 7 * WEEKS - 1, -HORIZON)]
    signs = {day: _signs(panel, day) for day in days[: 1 + origins + _LEARNT]}
    lists = {day: _listed(panel, signs, day, most) for day in [origin, *earlier] if day in signs}
    record = [_kept(panel, day, lists[day]) for day in earlier if len(lists.get(day, ()))]
    columns = ["day", "listed", "hits", "precision", "base_rate"]
    return Hits(lists[origin], pd.DataFrame(record, columns=columns))


def _listed(panel: Panel, signs: dict[int, pd.DataFrame], origin: int, most: int) -> pd.DataFrame:
    """The list of one origin, from the signs of this and earlier ones."""
    learnt = [day for day in signs if day < origin][:_LEARNT]
    came = [is_hit(panel, day)[signs[day].index] for day in learnt]
    now = signs[origin]
    table = panel.skus.loc[now.index, ["sku", "product", "category"]].assign(
        place=now.index, units=four_weeks(panel, origin - HORIZON)[now.index]
    )
    if sum(part.sum() for part in came) < _FEWEST:
        return table.assign(chance=np.nan).head(0)
    past = pd.concat([signs[day] for day in learnt])
    scale = past.std().where(lambda sd: sd > 0, 1.0)
    model = LogisticRegression(C=_RIDGE, max_iter=1000).fit((past - past.mean()) / scale, np.concatenate(came))
    chance = model.predict_proba((now - past.mean()) / scale)[:, 1]
    table = pd.concat([table.assign(chance=chance), now], axis=1)
    listed = min(most, -(-len(table) // 20))
    return table.sort_values("chance", ascending=False, ignore_index=True).head(listed)


def _kept(panel: Panel, origin: int, listed: pd.DataFrame) -> tuple[pd.Timestamp, int, int, float, float]:
    """What became of a list."""
    hits = is_hit(panel, origin)
    right = int(hits[listed.place].sum())
    base = hits.sum() / max(alone_on_sale(panel, origin).sum(), 1)
    return panel.days[origin], len(listed), right, right / len(listed), float(base)


def _signs(panel: Panel, origin: int) -> pd.DataFrame:
    """What was known of each SKU on sale, by its place: mostly logs of ratios, 0 where nothing is special."""
    demand, launched = np.nan_to_num(panel.demand[:, :origin]), panel.skus.launched.to_numpy()
    is_there = alone_on_sale(panel, origin)
    last = demand[:, -HORIZON:].sum(axis=1)
    bar = max(float(np.quantile(last[is_there], _SELLS)), 1.0) if is_there.any() else 1.0
    age = np.maximum(origin - launched, 1)

    def log(above: Floats, below: Floats) -> Floats:
        return np.asarray(np.log((above + _EASE * bar) / (below + _EASE * bar)))

    level = np.log(last / bar + _EASE)
    usual = HORIZON * demand[:, -182:].sum(axis=1) / np.minimum(age, min(origin, 182))
    weeks = np.arange(origin, origin + HORIZON)
    signs = {
        "trend": slopes(panel, origin),
        "acceleration": log(2 * demand[:, -14:].sum(axis=1), 2 * demand[:, -28:-14].sum(axis=1)),
        "level": level,
        "level_squared": level**2,
        "below_usual": log(usual, last),
        "age": np.log(age),
        "is_new": (age <= 60) * 1.0,
        "promoted": (_promoted(panel, origin, weeks) - _promoted(panel, origin, weeks - HORIZON)).mean(axis=1),
        "year_ago": log(four_weeks(panel, origin - 364), four_weeks(panel, origin - 392))
        if origin >= 392
        else 0.0 * last,
    }
    for name, values in panel.traffic.items():
        week, eight = (values[:, max(origin - days, 0) : origin].mean(axis=1) for days in (14, 56))
        signs |= {name: np.log((week + 1) / (eight + 1)), f"{name}_a_unit": np.log((HORIZON * eight + 1) / (last + 1))}
    return pd.DataFrame(signs)[is_there]


def _promoted(panel: Panel, origin: int, days: Ints) -> Floats:
    """SKUs × days: 1 in any promotion known by then."""
    sizes = [plan.seen(origin, days) > 0 for plan in panel.plans.values()]
    return np.any(sizes, axis=0) * 1.0 if sizes else np.zeros((len(panel.skus), len(days)))
