"""Paths: what is one step, how often each path is taken, how long it takes, and where on it a channel stands."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from by_hand import make_orders, rows
from shopkeeper.attribution.journeys import journey_touches
from shopkeeper.attribution.paths import (
    ads,
    channel_sets,
    channels_of,
    check_enough,
    common_paths,
    days_told,
    hours_to_order,
    median_days,
    path_counts,
    stage_counts,
    stages,
    steps,
)
from shopkeeper.report.words import Words
from shopkeeper.tables import DataError
from touches_by_hand import make_journeys, make_touches

AS_OF = dt.date(2024, 12, 31)


def counted(touches):
    return {
        channels_of(row["path"]): (row["persons"], row["conversions"], row["revenue"])
        for row in rows(path_counts(steps(touches)))
    }


def test_a_channel_that_repeats_is_one_step_and_equal_paths_are_one_row():
    touches = make_journeys(
        ("feed feed search", 30.0), ("feed search search", None), ("search feed search", 20.0), ("feed search", 5.0)
    )
    assert counted(touches) == {("feed", "search"): (3, 2, 35.0), ("search", "feed", "search"): (1, 1, 20.0)}


def test_a_channels_name_cannot_break_a_path():
    touches = make_journeys(("a>b", 1.0), ("a b", 1.0), ("a,b <b>x</b>", 1.0))
    assert set(counted(touches)) == {("a>b",), ("a", "b"), ("a,b", "<b>x</b>")}


def test_a_long_path_keeps_its_last_steps():
    [path] = counted(make_journeys(("first " + "a b " * 10, 1.0)))
    assert path == ("a", "b") * 10


def test_touches_at_one_moment_stand_in_order_of_their_names():
    touches = make_touches(*(("v", "ana", "2024-03-01", channel) for channel in "bcab"))
    assert set(counted(journey_touches(touches, make_orders(("x", "2020-01-01", 1.0)), AS_OF))) == {("a", "b", "c")}


def test_a_persons_journeys_are_paths_of_their_own():
    touches = make_touches(("v", "ana", "2024-01-01", "feed"), ("v", "ana", "2024-06-01", "search"))
    journeys = journey_touches(touches, make_orders(("ana", "2024-06-02", 9.0)), AS_OF)
    assert counted(journeys) == {("feed",): (1, 0, 0.0), ("search",): (1, 1, 9.0)}


def test_sets_of_channels_forget_order_and_repeats():
    found = rows(channel_sets(make_journeys(("b a b", 30.0), ("a b", None), ("a", 5.0))))
    assert [(row["channels"], row["persons"], row["conversions"], row["revenue"]) for row in found] == [
        (["a"], 1, 1, 5.0),
        (["a", "b"], 2, 1, 30.0),
    ]


def test_unpaid_visits_are_no_ads():
    kinds = ["view", "click", "visit", None]
    touches = make_touches(*(("v", None, f"2024-03-0{n + 1}", f"c{n}", kind, 0.0) for n, kind in enumerate(kinds)))
    assert [row["channel"] for row in rows(ads(touches).select("channel"))] == ["c0", "c1", "c3"]


def test_common_paths_are_those_by_which_most_customers_came():
    touches = make_journeys(*[("a", 1.0)] * 2, *[("b", 2.0)] * 2, ("a b", 1.0), ("b a", 9.0), *[("c", None)] * 9)
    found = sorted(rows(common_paths(path_counts(steps(touches)), 3)), key=lambda row: row["rank"])
    assert [(channels_of(row["path"]), row["share"]) for row in found] == [
        (("b",), 2 / 6),
        (("a",), 2 / 6),
        (("b", "a"), 1 / 6),
    ]


def test_hours_run_from_the_first_touch_to_the_order():
    touches = make_journeys(("a", 1.0), ("a b", 1.0), ("a b", 1.0), ("a b c", None))
    assert rows(hours_to_order(touches)) == [{"hours": 0, "orders": 1}, {"hours": 24, "orders": 2}]


def test_the_median_of_days_has_an_interval_of_ranks():
    """Of 25 orders the 13th is in the middle; 13 ∓ 1.645 × 2.5 rounds outwards to the 8th and the 17th."""
    hours = pd.DataFrame({"hours": 24 * np.arange(1, 26), "orders": 1})
    assert median_days(hours) == (13, 8, 17)
    twice = pd.DataFrame({"hours": [24, 72], "orders": [3, 2]})
    assert median_days(twice) == (1, 1, 3)
    assert "within 13.0 days of the first touch (90%: 8.0 to 17.0)" in Words("en", "CNY").text(days_told(hours))
    assert np.isnan(median_days(hours[:0])).all()


def test_the_medians_interval_holds_the_truth_nine_times_in_ten():
    draw, held = np.random.default_rng(1), 0
    for _ in range(500):
        hours, orders = np.unique(draw.exponential(240, 80).astype(int), return_counts=True)
        _, low, high = median_days(pd.DataFrame({"hours": hours, "orders": orders}))
        held += low <= 240 * np.log(2) / 24 <= high + 1 / 24
    assert 0.88 <= held / 500 <= 0.95  # ranks are whole numbers, so that it is a little wide


def test_a_channels_place_is_counted_on_paths_of_two_channels_that_led_to_an_order():
    touches = make_journeys(("a b a c", 1.0), ("a c", 1.0), ("a", 1.0), ("c b", None))
    assert rows(stage_counts(path_counts(steps(touches)))) == [
        {"channel": "a", "first": 2, "middle": 1, "last": 0},
        {"channel": "b", "first": 0, "middle": 1, "last": 0},
        {"channel": "c", "first": 0, "middle": 0, "last": 2},
    ]


def test_a_channel_stands_where_it_stands_clearly_more_often_than_others():
    counts = pd.DataFrame(
        [("feed", 80, 20, 20), ("notes", 20, 60, 20), ("search", 20, 20, 80), ("mail", 22, 18, 21), ("radio", 9, 0, 0)],
        columns=["channel", "first", "middle", "last"],
    )
    told = stages(counts).set_index("channel")
    assert told.stage.to_dict() == {
        "feed": "first", "notes": "middle", "search": "last", "mail": "mixed", "radio": "mixed",
    }  # fmt: skip
    assert told.loc["notes", ["first_share", "middle_share", "last_share"]].tolist() == [0.2, 0.6, 0.2]


@pytest.mark.parametrize(
    ("channels", "conversions", "reason"),
    [
        ([], 0, "no touch counts for a journey"),
        (["a", "b"], 0, "none of 1,200 journeys led to an order"),
        (["<b>"], 7, r"all 1,200 journeys know one channel alone \(<b>\)"),
    ],
)
def test_journeys_that_cannot_tell_channels_apart_are_refused(channels, conversions, reason):
    with pytest.raises(DataError, match=reason):
        check_enough(channels, 1200, conversions)
