"""Early warning: chances set right on an earlier day, and tested on a later one."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from repeat_buyers import bgnbd
from shopkeeper.clv import warning_report
from shopkeeper.clv.origins import Origin
from shopkeeper.clv.warning import Chance, chance, trusted
from shopkeeper.report.words import Words

TODAY = dt.date(2025, 1, 1)
HELD = {
    "customers": 4_000.0, "predicted": 0.2, "rate": 0.21, "ece": 0.01, "is_trusted": 1.0,
    "brier": 0.1, "brier_base": 0.2, "brier_recency": 0.15,
}  # fmt: skip


def seen(weeks_ago: int, seed: int, size: int = 4_000, busier: float = 1.0) -> Origin:
    """Customers of BG/NBD on an earlier day, and what they did in the 13 weeks after it; busier multiplies it."""
    draw = np.random.default_rng(seed)
    age = np.floor(draw.uniform(30, 500, size))
    known = bgnbd(draw, age, 0.7, np.full(size, 40.0), np.full(size, 0.8), np.full(size, 2.5), 91.0)
    came = draw.binomial(known.later.astype(int), busier)
    known = known.assign(recency=np.ceil(known.recency)).rename(index="c{}".format)
    return Origin(
        TODAY - dt.timedelta(weeks=weeks_ago),
        known,
        pd.DataFrame({13: came.astype("float64")}, known.index),
        known.later,
    )


def test_where_the_weeks_that_set_right_would_be_those_that_test_nothing_is_said():
    known = pd.Series(dtype="float64")
    assert chance([seen(13, 0)], seen(0, 9), "bgnbd", known) is None
    assert chance([seen(13 + 4 * k, k) for k in range(4)], seen(0, 9), "bgnbd", known) is None  # one week overlaps


def test_chances_hold_and_those_of_today_are_of_the_same_customers():
    found = chance([seen(13 + 4 * k, k) for k in range(5)], seen(0, 9), "bgnbd", pd.Series(dtype="float64"))
    assert found.is_trusted
    assert found.tested["ece"] < 0.03
    assert found.tested["brier"] < min(found.tested["brier_base"], found.tested["brier_recency"])
    assert found.curve.customers.sum() == 4_000
    assert found.now.between(0, 1).all()
    assert found.now.rank().corr(-(seen(0, 9).known["T"] - seen(0, 9).known.recency)) > 0.3


def test_a_season_that_is_known_is_no_error():
    """After each earlier day half as many came, as the season said; the next weeks are as busy as ever."""
    quiet = [seen(13 + 4 * k, k, busier=0.5) for k in range(5)]
    season = pd.Series({each.day: np.log(0.5) for each in quiet} | {TODAY: 0.0})
    told = chance(quiet, seen(0, 9), "bgnbd", season)
    untold = chance(quiet, seen(0, 9), "bgnbd", pd.Series(dtype="float64"))
    came = (seen(0, 9).came[13] > 0).mean()
    assert told.now.mean() == pytest.approx(came, rel=0.12)
    assert untold.now.mean() < 0.75 * came


def test_of_too_few_nothing_is_said():
    assert (
        chance([seen(13, 1, size=60), seen(26, 2, size=60)], seen(0, 9, size=60), "bgnbd", pd.Series(dtype="float64"))
        is None
    )


def told(**tested) -> str:
    """The title of a chance with this test."""
    found = Chance(pd.Series(dtype="float64"), pd.Series(dtype="float64"), HELD | tested, pd.DataFrame())
    return Words("en", "CNY").text(warning_report.title(found))


def test_whether_it_held_is_said_with_the_reason_where_it_did_not():
    assert "held: told to 4,000" in told()
    assert "did not hold when tested" in told(ece=0.05)
    assert "the days since the last order alone tell as much" in told(brier_recency=0.05, is_trusted=0.0)
    assert "too little or too much" in told(is_trusted=0.0)
    assert "cannot be tested here" in Words("en", "CNY").text(warning_report.title(None))
    assert trusted(None) is None
    assert warning_report.curve_rows(None).empty
