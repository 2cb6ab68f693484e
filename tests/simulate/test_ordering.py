"""The hazard of ordering is the sum of its parts, by hand and in the mean."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World
from shopkeeper.simulate.channels import PLANTED
from shopkeeper.simulate.draws import Draws
from shopkeeper.simulate.ordering import Base, hazard_parts, levelled, make_base, order_times
from shopkeeper.simulate.scene import set_scene

DAYS = 100
EVEN = Base(0.01, np.arange(DAYS + 1.0), np.ones((1, DAYS)), np.arange(DAYS + 1.0))  # a hundredth of an order a day
FEED = PLANTED[0]  # 0.017 orders a touch, half of it within three days


def make_visitors(*rows):
    return pd.DataFrame(rows, columns=["intent", "enters", "leaves", "patience"])


def make_touches(*rows):
    return pd.DataFrame(rows, columns=["visitor", "channel", "time"]).astype({"visitor": int, "channel": int})


def test_the_base_hazard_is_whole_for_a_week_and_half_after_it_until_the_visitor_leaves():
    visitor = make_visitors((2.0, 10.0, 30.0, 1.0))
    for time, days in ((5.0, 0), (12.0, 2), (17.0, 7), (21.0, 7 + 2), (30.0, 7 + 6.5), (90.0, 7 + 6.5)):
        assert EVEN.until(visitor, np.array([time])) == pytest.approx([2.0 * 0.01 * days])


def test_who_was_there_before_the_opening_is_counted_from_it():
    early, late = (EVEN.until(make_visitors((1.0, enters, 30.0, 1.0)), np.array([2.0])) for enters in (-3.0, 0.0))
    assert early == late == pytest.approx([0.02])


def test_an_order_falls_when_the_hazard_reaches_the_patience():
    """Base alone: 0.05 takes five days. With a touch on the day of entry: half its effect is added by the third day."""
    three = 3 * 0.01 + FEED.effect / 2
    visitors = make_visitors((1, 0, 50, 0.05), (1, 0, 50, three), (0, 0, 50, FEED.effect * 0.75), (1, 0, 50, 9.0))
    touches = make_touches((1, 0, 0.0), (2, 0, 4.0))
    assert order_times(EVEN, visitors, touches) == pytest.approx([5.0, 3.0, 4.0 + 6.0, np.inf])


def test_a_touch_works_on_after_the_visitor_has_left_the_market():
    visitors = make_visitors((0, 0, 1, FEED.effect / 2))
    assert order_times(EVEN, visitors, make_touches((0, 0, 0.5))) == pytest.approx([3.5])


def test_the_parts_at_the_order_are_the_base_and_what_is_left_of_each_touch():
    visitors = make_visitors((2, 0, 50, 1), (1, 0, 4, 1))
    touches = make_touches((0, 0, 2.0), (0, 0, 5.0), (1, 2, 5.0), (1, 0, 9.0))
    parts = hazard_parts(EVEN, visitors, touches, np.array([5.0, 8.5]))
    rate = np.log(2) / 3 * FEED.effect
    notes = PLANTED[2].effect * np.log(2) / 7 * 0.5 ** (3.5 / 7)
    assert parts[0] == pytest.approx(
        [0.02, rate / 2, 0, 0, 0, 0, 0, 0, 0]
    )  # the touch of that very moment has not begun
    assert parts[1] == pytest.approx([0, 0, 0, notes, 0, 0, 0, 0, 0])


def test_orders_and_their_causes_come_in_the_shares_of_the_hazards():
    """Every one of 40,000 is touched by two channels on entering; base 0.0105 over a week and seven half days."""
    draws, size = Draws(3), 40_000
    visitors = pd.DataFrame({
        "intent": 1.0, "enters": 0.0, "leaves": 14.0, "patience": -np.log(draws.uniform("patience", np.arange(size)))
    })  # fmt: skip
    touches = make_touches(*[(row, channel, 0.0) for row in range(size) for channel in (0, 1)])
    base = Base(0.001, EVEN.edges, EVEN.parts, EVEN.total)
    times = order_times(base, visitors, touches)
    ordered = np.isfinite(times)
    whole = np.array([0.0105, PLANTED[0].effect, PLANTED[1].effect])
    planted = -np.expm1(-whole.sum())
    assert ordered.mean() == pytest.approx(planted, abs=3.3 * (planted / size) ** 0.5)
    place = np.cumsum(ordered) - 1
    mine = touches[ordered[touches.visitor]]
    parts = hazard_parts(base, visitors[ordered], mine.assign(visitor=place[mine.visitor]), times[ordered])[:, :3]
    found = (parts / parts.sum(axis=1, keepdims=True)).mean(axis=0)
    # Who orders early does so by what works early, hardly more often than here, as few order at all.
    assert found == pytest.approx(whole / whole.sum(), abs=3.3 * (0.25 / ordered.sum()) ** 0.5)


def test_the_level_makes_as_many_order_in_expectation_as_are_asked_for():
    visitors = make_visitors(*[(1.0, 0.0, 7.0, 1.0)] * 1000)
    none = make_touches()
    base = levelled(EVEN, visitors, none, 80)
    assert base.level == pytest.approx(-np.log1p(-0.08) / 7)
    touched = make_touches(*[(row, 0, 0.0) for row in range(1000)])
    assert 7 * levelled(EVEN, visitors, touched, 80).level == pytest.approx(-np.log1p(-0.08) - FEED.effect, abs=1e-6)
    assert levelled(EVEN, visitors, touched, 10).level == 0


def test_promotions_add_their_pull_to_the_days_on_which_they_run():
    scene = set_scene(World(customers=10, skus=16))
    base = make_base(scene)
    number = next(n for n, event in enumerate(scene.events, 1) if event.name == "双12-2024")
    event = scene.events[number - 1]
    on = np.flatnonzero(base.parts[number])
    assert on.tolist() == event.days.tolist()
    assert base.parts[number, on] / base.parts[0, on] == pytest.approx(1.6 * event.size * event.weights)
    plain = make_base(set_scene(World(customers=10, skus=16, promotions=False)))
    assert len(plain.parts) == 1
    assert plain.parts[0] == pytest.approx(base.parts[0])
