"""Credit: shares of hand-worked orders, sums to the last digit, luck, losses and weeks."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from by_hand import make_orders
from journeys_by_hand import load
from shopkeeper.attribution.credit import cause_shares, credit, summary
from shopkeeper.attribution.hazard import Hazard
from shopkeeper.attribution.hazard_rows import rows
from shopkeeper.attribution.intent import VISIT, Intent
from shopkeeper.attribution.journeys import journey_touches
from shopkeeper.attribution.person_time import HALF_LIVES, calendar, journey_steps, reduced
from touches_by_hand import make_touches

AS_OF = dt.date(2024, 4, 20)
FOUR = np.array([float(days == 4) for days in HALF_LIVES])
ALIKE = Intent(
    pd.Series({"feed": 0.1, "search": 0.1, VISIT: 0.1}), pd.Series({"feed": 0, "search": 0, VISIT: 1.0}), 1e-9, 0.0
)
TOUCHES = [
    ("a", "ana", "2024-03-01 00:00", "feed"),
    ("a", "ana", "2024-03-05 00:00", "search"),
    ("b", "ben", "2024-03-04 00:00", "feed"),
    ("c", "cem", "2024-03-04 00:00", "own", "visit", None),
    ("d", None, "2024-04-18 00:00", "feed"),
]
ORDERS = [("ana", "2024-03-09 00:00", 100.0), ("ben", "2024-03-12 00:00", 30.0), ("cem", "2024-03-12 00:00", 7.0)]


@pytest.fixture(scope="module")
def time():
    none = pd.DataFrame({"starts_on": pd.to_datetime([]), "ends_on": pd.to_datetime([])})
    journeys = journey_touches(make_touches(*TOUCHES), make_orders(*ORDERS), AS_OF)
    windows = calendar(none, dt.date(2024, 3, 1), AS_OF)
    return reduced(load, journey_steps(journeys, AS_OF), windows, ALIKE)


def made(time, feed, search, base=0.01, draws=1):
    """A hazard of this base (orders a day) and orders per touch, all with a half-life of 4 days."""
    names = rows(time).names
    each = {"level": np.full(draws, np.log(base)), "slope": np.ones(draws), "favour": np.zeros(draws)}
    orders = np.broadcast_to(np.array([feed, search], float), (draws, 2))
    share = np.broadcast_to(FOUR, (draws, 2, len(FOUR)))
    return Hazard(
        ("feed", "search"), names, **each, effects=np.zeros((draws, len(names))), orders=orders, share=share, checks={}
    )


def test_an_order_is_credited_by_shares_of_the_hazard(time):
    """Ana's: the feed 8 days before, two half-lives, the search 4 days, one; Ben's: the feed 8 days before; Cem's came alone."""
    push = np.log(2) / 4
    found = credit(made(time, 0.2, 0.1), time, seed=1)
    feed, search = 0.2 * push / 4, 0.1 * push / 2
    ana, ben = 0.01 + feed + search, 0.01 + feed
    assert found.orders[0] == pytest.approx([feed / ana + feed / ben, search / ana])
    assert found.revenue[0] == pytest.approx([100 * feed / ana + 30 * feed / ben, 100 * search / ana])
    assert found.base_orders[0] == pytest.approx(0.01 / ana + 0.01 / ben + 1)


def test_credit_and_base_are_all_orders_and_all_revenue(time):
    draws = 50
    orders = np.random.default_rng(1).exponential(0.1, (draws, 2))
    hazard = made(time, 0.0, 0.0, draws=draws)
    found = credit(Hazard(**{**hazard.__dict__, "orders": orders}), time, seed=1)
    assert found.orders.sum(axis=1) + found.base_orders == pytest.approx(3.0, abs=1e-9)
    assert found.revenue.sum(axis=1) + found.base_revenue == pytest.approx(137.0, abs=1e-9)


def test_a_channel_without_effect_has_no_credit_and_loses_nothing(time):
    found = credit(made(time, 0.2, 0.0, draws=20), time, seed=1)
    assert found.orders[:, 1].max() == found.came[:, 1].max() == found.lost[:, 1].max() == found.missed[:, 1].max() == 0


def test_who_came_through_what_is_drawn_as_likely_as_it_is(time):
    found = credit(made(time, 0.2, 0.1, draws=4000), time, seed=1)
    assert found.came.mean(axis=0) == pytest.approx(found.orders[0], abs=0.04)
    assert set(found.came[:, 1]) == {0.0, 1.0}
    assert (found.came.sum(axis=1) <= 3).all()


def test_some_would_have_ordered_later(time):
    """Of the feed's two, one in expectation of what came later on journeys; what is lost is less than what was brought."""
    found = credit(made(time, 0.2, 0.1, draws=4000), time, seed=1)
    assert (found.lost.mean(axis=0) < found.orders[0]).all()
    assert (found.lost.mean(axis=0) > 0.2 * found.orders[0]).all()


def test_the_summary_has_means_and_intervals(time):
    told = summary(credit(made(time, 0.2, 0.1, draws=500), time, seed=1))
    assert list(told.channel) == ["feed", "search"]
    for name in ("orders", "revenue", "lost", "missed", "share"):
        assert (told[f"{name}_low"] <= told[name]).all()
        assert (told[name] <= told[f"{name}_high"]).all()
    assert told.share.to_numpy() == pytest.approx(told.lost / 3)


def test_groups_of_orders_are_split_by_what_brought_them(time):
    group = time.conversions.set_index("order_id").ordered_at.dt.day.map({9: "nine", 12: "twelve"})
    shares = cause_shares(made(time, 0.2, 0.1), time, group)
    found = credit(made(time, 0.2, 0.1), time, seed=1)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-12)
    assert shares.loc["nine", "search"] == pytest.approx(found.orders[0, 1])
    assert shares.loc["nine", "feed"] + 2 * shares.loc["twelve", "feed"] == pytest.approx(found.orders[0, 0])
    assert cause_shares(made(time, 0.2, 0.1), time, group[:0]).empty
