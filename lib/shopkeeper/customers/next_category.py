"""Next category: how likely each customer is to buy in each category within some days, tested on later days."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit

from shopkeeper.customers.past import RECENT, STEP, YEAR, Past
from shopkeeper.customers.scoring import (
    MOST_ROWS,
    Floats,
    Score,
    is_right,
    learn,
    probabilities,
    recency_alone,
    reliability,
    season,
    slope_and_top,
    too_few,
    trust,
)
from shopkeeper.customers.tags import design

HORIZONS = (3, 7, 30, 90)  # days; the last is the customer's affinity to the category
_LEARN_FROM = 3
_WEEKS = 28  # days between learning, calibration and test, at least: three days depend on which weekdays they are
_WEEKS_HELD = 0.75  # of the test days, on each of which alone a published category has to be right
_KEY = ["customer_id", "category"]


@dataclass(frozen=True)
class NextCategory:
    """now: customer_id, category, days, probability, of the trusted ones alone. tested: one row per (days, category), of scoring.trust.

    curve: one row per (days, group), of scoring.reliability over all trusted categories.
    """

    now: pd.DataFrame
    tested: pd.DataFrame
    curve: pd.DataFrame


@dataclass(frozen=True)
class _Learnt:
    """A score of pairs for one horizon, set right on the day `calibrated`: each category's level in log odds, since when
    and what every pair of that day did.
    """

    score: Score
    calibrated: dt.date
    days: int
    levels: pd.Series
    since: pd.DataFrame
    did: pd.Series


def next_category(past: Past, seed: int, horizons: tuple[int, ...] = HORIZONS) -> NextCategory:
    """Learn on earlier days, calibrate each category on a later one, test on the last days that are over, score today."""
    found = [part for days in horizons if past.categories and (part := _one_horizon(past, days, seed)) is not None]
    empty = pd.DataFrame()
    if not found:
        return NextCategory(empty, empty, empty)
    now, tested, curve = (pd.concat([part[k] for part in found], ignore_index=True) for k in range(3))
    return NextCategory(now, tested, curve)


def likely(found: NextCategory, least: float = 0.25) -> pd.DataFrame:
    """Customer, category, days and probability of all pairs at `least` or more, the likeliest first."""
    if found.now.empty:
        return pd.DataFrame(columns=[*_KEY, "days", "probability"])
    rows = found.now[found.now.probability >= least]
    rows = rows.sort_values(["days", "probability", *_KEY], ascending=[True, False, True, True])
    return rows[[*_KEY, "days", "probability"]].round({"probability": 4})


def pairs_known(past: Past, day: dt.date, customers: pd.DataFrame | None = None) -> pd.DataFrame:
    """Features of each pair of a customer known on the day (of these, or of all) and one of the categories."""
    customers = past.known(day) if customers is None else customers
    return _pairs(customers, past.bought(day), past.categories)


def pairs_did(past: Past, day: dt.date, days: int, customers: pd.DataFrame | None = None) -> pd.Series:
    """Whether each pair's customer bought in the category within `days` after the day."""
    customers = past.known(day) if customers is None else customers
    every = pd.MultiIndex.from_product([customers.index, past.categories], names=_KEY)
    return past.bought_after(day).first_after.reindex(every).le(days)


def _sample(past: Past, day: dt.date, most: int, seed: int) -> pd.DataFrame:
    """At most so many customers known on the day, drawn at random."""
    known = past.known(day)
    return known.sample(most, random_state=seed) if len(known) > most else known


def _pairs(customers: pd.DataFrame, bought: pd.DataFrame, categories: list[str]) -> pd.DataFrame:
    index, shaped = pd.MultiIndex.from_product([customers.index, categories], names=_KEY), design(customers)
    pairs = bought.reindex(index)
    buyers = (bought.bought_since < RECENT).groupby("category").sum().reindex(categories).fillna(0.0)
    often = pairs.bought_days > 1
    usual = (pairs.bought_lived / (pairs.bought_days - 1)).where(often)
    own = {
        "bought": np.log1p(pairs.bought.fillna(0)),
        "bought_days": np.log1p(pairs.bought_days.fillna(0)),
        "bought_since": np.log1p(pairs.bought_since),
        "bought_overdue": np.log1p(pairs.bought_since) - np.log1p(usual),
        "popular": np.tile(np.log1p(buyers.to_numpy()), len(customers)) - np.log1p(len(customers)),
        "bought_share": pairs.bought_days.fillna(0).to_numpy()
        / customers.order_days.to_numpy().repeat(len(categories)),
    }
    repeated = pd.DataFrame(np.repeat(shaped.to_numpy(), len(categories), axis=0), index, shaped.columns)
    return pd.concat([repeated, pd.DataFrame(own, index)], axis=1)


def _one_horizon(past: Past, days: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame] | None:
    """What is likely now, how it was tested, and the curve of what is trusted; None where too little is known."""
    today, lag = past.shop.as_of, dt.timedelta(days=max(_WEEKS, days))
    latest = _learn(past, today - lag, days, lag, seed)
    earlier = _learn(past, today - 2 * lag, days, lag, seed) if latest else None
    if earlier is None or latest is None:
        return None
    told = pd.concat([_outcome(past, earlier, day) for day in _test_days(today, lag, days)])
    rows = [_tested(part) | {"category": name} for name, part in told.groupby("category")]
    tested = pd.DataFrame(rows).assign(days=days)
    fine = tested.category[tested.is_trusted == 1.0]
    held, now = told[_is_among(told, fine)], _score(past, latest, today)
    curve = reliability(held.probability.to_numpy(), held.did) if len(held) else pd.DataFrame()
    likely = now[_is_among(now, fine)].probability.reset_index()
    return likely.assign(days=days), tested, curve.assign(days=days)


def _is_among(pairs: pd.DataFrame, categories: pd.Series) -> npt.NDArray[np.bool_]:
    return np.asarray(pairs.index.get_level_values("category").isin(categories), np.bool_)


def _test_days(today: dt.date, lag: dt.timedelta, days: int) -> list[dt.date]:
    """The days after what was learnt whose `days` are over, a week apart or more: one week alone is luck."""
    apart = 7 * -(-days // 7)
    return [today - dt.timedelta(days=back) for back in range(lag.days, days - 1, -apart)]


def _outcome(past: Past, learnt: _Learnt, day: dt.date) -> pd.DataFrame:
    """Of _score, with what each pair did after the day."""
    told = _score(past, learnt, day)
    return told.assign(did=pairs_did(past, day, learnt.days).loc[told.index], day=day)


def _tested(part: pd.DataFrame) -> dict[str, float]:
    """Of scoring.trust over all the days; slope and top tenth have to be right on three in four of them too."""
    tested = trust(part.probability.to_numpy(), part.did, part.recency.to_numpy(), float(part.base.iloc[0]))
    if not tested["is_trusted"]:
        return tested
    right = [is_right(*slope_and_top(one.probability.to_numpy(), one.did)) for _, one in part.groupby("day")]
    return tested | {"is_trusted": float(np.mean(right) >= _WEEKS_HELD)}


def _learn(past: Past, calibrated: dt.date, days: int, lag: dt.timedelta, seed: int) -> _Learnt | None:
    """Learnt on days that were over by `calibrated`, and set right on that one; None where too little is known."""
    learnt = [calibrated - lag - min(lag, dt.timedelta(days=STEP)) * k for k in range(_LEARN_FROM)]
    learnt = [earlier for earlier in learnt if past.reaches(earlier)]
    if not learnt:
        return None
    later, did_later = pairs_known(past, calibrated), pairs_did(past, calibrated, days)
    if too_few(did_later):  # said before the other days are looked up
        return None
    most = MOST_ROWS // (len(learnt) * len(past.categories))
    drawn = [(earlier, _sample(past, earlier, most, seed)) for earlier in learnt]
    known = pd.concat([pairs_known(past, earlier, customers) for earlier, customers in drawn])
    did = pd.concat([pairs_did(past, earlier, days, customers) for earlier, customers in drawn])
    score = learn(known, did, later, did_later, seed)
    if score is None:
        return None
    levels = category_shifts(score.at_calibration, did_later)
    since = later[["bought_since", "days_since_last"]]
    return _Learnt(score, calibrated, days, levels, since, did_later)


def _score(past: Past, learnt: _Learnt, day: dt.date) -> pd.DataFrame:
    """By pair on that day: probability, recency (the naive score) and base; nothing after the day is used."""
    asked = pairs_known(past, day)
    of_category = asked.index.get_level_values("category")
    moved = learnt.levels + _seasons(past, day, learnt.calibrated, learnt.days)
    return pd.DataFrame({
        "probability": probabilities(learnt.score, asked, moved.reindex(of_category).to_numpy()),
        "recency": _recency(learnt.since, learnt.did, asked),
        "base": learnt.did.groupby("category").mean().reindex(of_category).to_numpy(),
    }, index=asked.index)  # fmt: skip


def _seasons(past: Past, day: dt.date, calibrated: dt.date, days: int) -> pd.Series:
    """By category, what the time of year adds in log odds, as it was a year before; 0 where the data do not reach back.

    Where a category alone has too few to tell, what it added to all of them.
    """
    then, before = (when - dt.timedelta(days=YEAR) for when in (day, calibrated))
    if not past.reaches(before - dt.timedelta(days=STEP)):
        return pd.Series(0.0, index=past.categories)
    did = [pairs_did(past, when, days, past.known(when).query("order_days_90 > 0")) for when in (then, before)]
    every = season(*did)
    own = {name: season(*(each.xs(name, level="category") for each in did)) for name in past.categories}
    return pd.Series({name: shift or every for name, shift in own.items()})


def category_shifts(predicted: Floats, did: pd.Series) -> pd.Series:
    """By category, what brings the mean prediction to the observed rate, in log odds, drawn to 0 by its own error."""
    table = pd.DataFrame({"p": predicted, "did": did.to_numpy(np.float64)}, index=did.index).groupby("category")
    return table.apply(lambda part: _shift(part.p.to_numpy(), part.did.to_numpy()))


def _shift(predicted: Floats, did: Floats) -> float:
    """Newton's method on one intercept, with the prediction as offset."""
    odds, moved = logit(np.clip(predicted, 1e-6, 1 - 1e-6)), 0.0
    for _ in range(8):
        p = expit(odds + moved)
        moved += float(np.clip((did.sum() - p.sum()) / (p * (1 - p)).sum(), -1, 1))
    return moved * moved**2 / (moved**2 + 1 / (p * (1 - p)).sum()) if moved else 0.0


def _recency(later: pd.DataFrame, did: pd.Series, asked: pd.DataFrame) -> Floats:
    """The naive score: days since the category was last bought, and since anything was, where it never was."""
    since = [np.expm1(table.bought_since.fillna(table.days_since_last + 3)) for table in (later, asked)]
    return recency_alone(since[0], did, since[1])
