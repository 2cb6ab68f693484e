"""Heuristics: each rule by hand, nothing lost on the way, and as another library has them."""

import datetime as dt

import mam
import numpy as np
import polars as pl
import pytest
from by_hand import make_orders, rows
from shopkeeper.attribution.heuristics import RULES, credit
from shopkeeper.attribution.journeys import journey_touches
from touches_by_hand import make_journeys, make_touches

AS_OF = dt.date(2024, 12, 31)


def shares(touches, rule):
    return {row["channel"]: row["orders"] for row in rows(credit(touches, rule))}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("last", {"d": 1}),
        ("first", {"a": 1}),
        ("linear", {"a": 0.5, "b": 0.25, "d": 0.25}),
        ("position", {"a": 0.5, "b": 0.1, "d": 0.4}),
    ],
)
def test_rules_by_position(rule, expected):
    assert shares(make_journeys(("a b a d", 1.0), ("c", None)), rule) == pytest.approx(expected)


@pytest.mark.parametrize(("path", "expected"), [("a", {"a": 1}), ("a b", {"a": 0.5, "b": 0.5})])
def test_short_paths_have_no_middle(path, expected):
    assert shares(make_journeys((path, 1.0)), "position") == pytest.approx(expected)


def test_a_touch_counts_half_of_one_seven_days_later():
    touches = make_touches(("v", "ana", "2024-03-01", "a"), ("v", "ana", "2024-03-08", "b"))
    journeys = journey_touches(touches, make_orders(("ana", "2024-03-20", 90.0)), AS_OF)
    found = {row["channel"]: (row["orders"], row["revenue"]) for row in rows(credit(journeys, "time_decay"))}
    assert found == {"a": pytest.approx((1 / 3, 30)), "b": pytest.approx((2 / 3, 60))}


@pytest.mark.parametrize(
    ("kinds", "last", "non_direct", "click"),
    [
        ("click view visit", "c", "b", "a"),
        ("visit view visit", "c", "b", "b"),
        ("visit visit visit", "c", "c", "c"),
        ("click click view", "c", "c", "b"),
    ],
)
def test_unpaid_visits_and_views_are_stepped_over(kinds, last, non_direct, click):
    days = ("2024-03-01", "2024-03-02", "2024-03-03")
    touches = make_touches(
        *(("v", "ana", day, channel, kind, 0.0) for day, channel, kind in zip(days, "abc", kinds.split(), strict=True))
    )
    journeys = journey_touches(touches, make_orders(("ana", "2024-03-03", 1.0)), AS_OF)
    found = [next(iter(shares(journeys, rule))) for rule in ("last", "last_non_direct", "last_click")]
    assert found == [last, non_direct, click]


def test_of_touches_at_one_moment_one_has_the_order():
    touches = make_touches(*(("v", "ana", "2024-03-01", channel) for channel in "bab"))
    journeys = journey_touches(touches, make_orders(("ana", "2024-03-01", 1.0)), AS_OF)
    assert (shares(journeys, "first"), shares(journeys, "last")) == ({"a": 1}, {"b": 1})


def drawn(n, seed=3):
    """Paths of up to eight touches of five channels; a third led to an order."""
    draw = np.random.default_rng(seed)
    paths = [draw.choice(list("abcde"), draw.integers(1, 9), p=[0.4, 0.2, 0.2, 0.1, 0.1]) for _ in range(n)]
    return [(" ".join(path), float(draw.integers(1, 100)) if draw.random() < 0.3 else None) for path in paths]


@pytest.mark.parametrize("rule", RULES)
def test_every_order_is_credited_once(rule):
    journeys = drawn(300)
    found = rows(credit(make_journeys(*journeys), rule))
    earned = [revenue for _, revenue in journeys if revenue]
    assert sum(row["orders"] for row in found) == pytest.approx(len(earned), abs=1e-9)
    assert sum(row["revenue"] for row in found) == pytest.approx(sum(earned), abs=1e-9)


@pytest.mark.parametrize(
    ("rule", "theirs"),
    [
        ("last", "run_last_click"),
        ("first", "run_first_click"),
        ("linear", "run_linear"),
        ("position", "run_position_based"),
        ("time_decay", "run_time_decay"),
    ],
)
def test_rules_agree_with_mam(rule, theirs):
    journeys = drawn(200)
    hours = [" > ".join(str(24 * k) for k in range(len(path.split())))[::1] for path, _ in journeys]
    frame = pl.DataFrame({
        "journey_id": [str(n) for n in range(len(journeys))],
        "path": [" > ".join(path.split()) for path, _ in journeys],
        "hours": [" > ".join(reversed(text.split(" > "))) for text in hours],
        "converted": [revenue is not None for _, revenue in journeys],
        "revenue": [revenue or 0.0 for _, revenue in journeys],
    })  # fmt: skip
    peer = mam.MAM(
        frame, "journey", "path", "converted", user_id_colname="journey_id", time_till_conv_colname="hours",
        conversion_value_colname="revenue",
    )  # fmt: skip
    expected = getattr(peer, theirs)().to_polars()
    found = {row["channel"]: row["revenue"] for row in rows(credit(make_journeys(*journeys), rule))}
    assert found == pytest.approx(dict(zip(expected["channels"], expected["attribution"], strict=True)), abs=1e-9)
