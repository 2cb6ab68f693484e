"""Expectations: what a group of customers will order in the next 30 days, with intervals that are scored later.

Each customer's mean is learnt from earlier days, and brought to the level of the last 30. A group then differs from the
sum of its means by the luck of each customer, and by what moves all of them between one month and the next; earlier
days tell both.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student
from sklearn.ensemble import HistGradientBoostingRegressor

from shopkeeper.customers.past import STEP, YEAR, Past
from shopkeeper.customers.scoring import FEWEST, Floats, sampled
from shopkeeper.customers.tags import design

DAYS = 30
MEASURES = ("orders", "net_revenue", "buyers")
_MOST_MONTHS = 12  # looked back to
_FEWEST_MONTHS = 4  # below which it is not known how much a month differs from the one before
_DRAWS = 4_000


@dataclass(frozen=True)
class Month:
    """Customers as known on a day (known: features as classifiers take them), and what each did in the 30 days after.

    did: orders, net_revenue and buyers (1 for who ordered), by customer_id.
    """

    known: pd.DataFrame
    did: pd.DataFrame


@dataclass(frozen=True)
class Expected:
    """Of one measure: each customer's mean in the next 30 days, and how far a sum of them may be off.

    mean       by customer_id
    squares    by customer_id, what each month's outcome differed from its mean, squared and summed over the months
    weights    by customer_id, the means summed over the same months
    shock      relative standard deviation of what moves everyone from one month to the next
    n_months   changes from month to month that shock was read from
    """

    mean: pd.Series
    squares: pd.Series
    weights: pd.Series
    shock: float
    n_months: int


def expect(months: list[Month], now: pd.DataFrame, year_ago: list[Month], measure: str, seed: int) -> Expected:
    """Learn on all months but the latest, bring the level to that of the latest and of the season, and look ahead from now.

    months: the latest first, 30 days apart, four at least. now: features of today. year_ago: the months that began a
    year before today and a year before the latest; empty where the data do not reach back.
    """
    model = _learn(months[1:], measure, seed)
    raw = [pd.Series(model.predict(month.known), month.known.index) for month in months]
    levels = np.array([month.did[measure].sum() / each.sum() for month, each in zip(months, raw, strict=True)])
    season = _season(model, year_ago, measure) if year_ago else 0.0
    moves = np.diff(np.log(levels))
    fitted = [level * each for level, each in zip(levels, raw, strict=True)]
    off = [(month.did[measure] - each) ** 2 for month, each in zip(months, fitted, strict=True)]
    return Expected(
        mean=levels[0] * np.exp(season) * pd.Series(model.predict(now), now.index),
        squares=pd.concat(off).groupby(level=0).sum(),
        weights=pd.concat(fitted).groupby(level=0).sum(),
        shock=float(np.sqrt(np.mean(moves**2))),
        n_months=len(moves),
    )


def _learn(months: list[Month], measure: str, seed: int) -> HistGradientBoostingRegressor:
    """The mean of a measure given features, as gradient-boosted trees of a log-linear (Poisson) mean."""
    known = pd.concat([month.known for month in months])
    did = pd.concat([month.did[measure] for month in months])
    return HistGradientBoostingRegressor(
        loss="poisson",
        max_iter=40,
        learning_rate=0.12,
        max_leaf_nodes=8,
        min_samples_leaf=100,
        l2_regularization=5.0,
        random_state=seed,
    ).fit(*sampled(known, did, seed))


def of_group(expected: Expected, members: pd.Index, seed: int) -> tuple[float, float, float]:
    """The mean of the members' sum, and its 90% interval.

    Given what moves everyone, the sum is a Poisson number of things of one size, which has its mean and its variance.
    """
    mean = float(expected.mean.reindex(members).sum())
    squares, weights = (float(each.reindex(members).sum()) for each in (expected.squares, expected.weights))
    if weights <= 0 or squares <= 0:  # nobody of the group was known before
        squares, weights = float(expected.squares.sum()), float(expected.weights.sum())
    size = squares / weights
    low, high = np.quantile(_draws(mean, size, expected, seed), [0.05, 0.95])
    return mean, float(low), float(high)


def _draws(mean: float, size: float, expected: Expected, seed: int) -> Floats:
    # Evenly spread quantiles for the month: chance enters by the customers alone.
    moved = student.ppf((np.arange(_DRAWS) + 0.5) / _DRAWS, expected.n_months) * expected.shock
    return np.asarray(np.random.default_rng(seed).poisson(mean * np.exp(moved) / size) * size, np.float64)


def expectations(past: Past, day: dt.date, seed: int) -> dict[str, Expected]:
    """Every measure for the 30 days after that day; none where the data reach back too little or too few ordered."""
    days = [day - dt.timedelta(days=STEP * k) for k in range(1, _MOST_MONTHS + 1)]
    months = [_month(past, each) for each in days if past.reaches(each)]
    if len(months) < _FEWEST_MONTHS or min(month.did.buyers.sum() for month in months) < FEWEST:
        return {}
    now, year_ago = design(past.known(day)), []
    if past.reaches(day - dt.timedelta(days=YEAR + DAYS + STEP)):
        year_ago = [_month(past, day - dt.timedelta(days=YEAR + ago)) for ago in (0, DAYS)]
    return {name: expect(months, now, year_ago, name, seed) for name in MEASURES}


def _month(past: Past, day: dt.date) -> Month:
    done = past.done(day, DAYS)
    did = pd.DataFrame({
        "orders": done.orders_after, "net_revenue": done.net_revenue_after, "buyers": (done.orders_after > 0).astype("float64"),
    })  # fmt: skip
    return Month(design(past.known(day)), did)


def _level(model: HistGradientBoostingRegressor, month: Month, measure: str) -> float:
    """What the month brought, by what the model expects of its customers."""
    return float(month.did[measure].sum() / model.predict(month.known).sum())


def _season(model: HistGradientBoostingRegressor, year_ago: list[Month], measure: str) -> float:
    """What the time of year added a year ago, in logarithms, drawn to 0 by its own error; 0 where too few ordered.

    Levels, not means: whoever had just joined or was leaving then is no season.
    """
    did = [month.did[measure] for month in year_ago]
    if min((each > 0).sum() for each in did) < FEWEST:
        return 0.0
    then, before = (_level(model, month, measure) for month in year_ago)
    gap, error = float(np.log(then / before)), sum((each**2).sum() / each.sum() ** 2 for each in did)
    return float(gap * gap**2 / (gap**2 + error)) if gap else 0.0
