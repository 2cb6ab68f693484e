"""Journeys: which touches count, for whom, and what is left out."""

import datetime as dt

import ibis
import pandas as pd
import pytest
from by_hand import make_orders, rows
from shopkeeper.attribution.journeys import account_told, journey_account, journey_touches
from shopkeeper.report.words import Words
from touches_by_hand import make_touches

AS_OF = dt.date(2024, 6, 30)
NO_ORDERS = make_orders(("guest", "2020-01-01", 1.0))


def journeys(touches, orders=NO_ORDERS, as_of=AS_OF):
    """person, channel, first touch, order: of the touches that count."""
    return [
        (row["person"], row["channel"], str(row["first_touch_at"])[:10], row["order_id"])
        for row in rows(journey_touches(touches, orders, as_of))
    ]


def test_a_touch_stands_beside_the_first_order_that_it_came_before():
    touches = make_touches(
        ("v1", None, "2024-03-01 10:00", "feed", "click", 0.5),
        ("v1", "ana", "2024-03-03 10:00", "search"),
    )
    orders = make_orders(("ana", "2024-03-03 11:00", 80.0), ("ana", "2024-03-09", 20.0))
    first, second = rows(journey_touches(touches, orders, AS_OF))
    assert first == {
        "person": "ana",
        "touched_at": dt.datetime(2024, 3, 1, 10),
        "channel": "feed",
        "kind": "click",
        "cost": 0.5,
        "first_touch_at": dt.datetime(2024, 3, 1, 10),
        "ordered_at": dt.datetime(2024, 3, 3, 11),
        "order_id": "0",
        "net_revenue": 80.0,
    }
    assert (second["channel"], second["order_id"]) == ("search", "0")


def test_several_visitors_of_one_customer_are_one_person():
    touches = make_touches(
        ("phone", "ana", "2024-03-01", "feed"),
        ("laptop", None, "2024-03-02", "notes"),
        ("laptop", "ana", "2024-03-03", "search"),
        ("other", None, "2024-03-03", "feed"),
    )
    assert journeys(touches) == [
        ("ana", "feed", "2024-03-01", None),
        ("ana", "notes", "2024-03-01", None),
        ("ana", "search", "2024-03-01", None),
        ("other", "feed", "2024-03-03", None),
    ]


def test_a_shared_laptop_keeps_its_customers_apart():
    touches = make_touches(("laptop", "ana", "2024-03-01", "feed"), ("laptop", "ben", "2024-03-02", "notes"))
    assert [person for person, *_ in journeys(touches)] == ["ana", "ben"]


@pytest.mark.parametrize(("touched_at", "counts"), [("2024-03-03 11:00:00", True), ("2024-03-03 11:00:01", False)])
def test_touches_after_the_first_order_do_not_count(touched_at, counts):
    touches = make_touches(("v", "ana", "2024-03-01", "feed"), ("v", "ana", touched_at, "search"))
    found = journeys(touches, make_orders(("ana", "2024-03-03 11:00", 1.0)))
    assert [channel for _, channel, *_ in found] == ["feed", "search"][: 1 + counts]


def test_who_had_ordered_before_the_first_touch_is_not_new():
    assert journeys(make_touches(("v", "ana", "2024-03-05", "feed")), make_orders(("ana", "2024-03-03", 1.0))) == []


def test_what_comes_after_as_of_is_not_seen():
    touches = make_touches(("v", "ana", "2024-03-01", "feed"), ("v", "ana", "2024-03-05", "search"))
    found = journeys(touches, make_orders(("ana", "2024-03-05", 1.0)), dt.date(2024, 3, 4))
    assert found == [("ana", "feed", "2024-03-01", None)]


@pytest.mark.parametrize(("back", "begins"), [("2024-03-31", "2024-01-01"), ("2024-04-01", "2024-04-01")])
def test_ninety_days_without_a_touch_end_a_journey(back, begins):
    """31 March is the 90th day after New Year's of 2024."""
    touches = make_touches(
        ("v", "ana", "2024-01-01", "feed"), ("v", "ana", back, "search"), ("v", "ana", back, "notes")
    )
    found = journeys(touches, make_orders(("ana", "2024-04-02", 1.0)))
    first = None if begins == "2024-04-01" else "0"
    assert found == [
        ("ana", "feed", "2024-01-01", first),
        ("ana", "notes", begins, "0"),
        ("ana", "search", begins, "0"),
    ]


@pytest.mark.parametrize(("ordered_at", "order"), [("2024-03-31", "0"), ("2024-04-01", None)])
def test_an_order_long_after_the_last_touch_has_no_journey(ordered_at, order):
    found = journeys(make_touches(("v", "ana", "2024-01-01", "feed")), make_orders(("ana", ordered_at, 1.0)))
    assert found == [("ana", "feed", "2024-01-01", order)]


def touches_of(visitor, n, minutes):
    """So many touches of one visitor, so many minutes apart."""
    start = dt.datetime(2024, 3, 1)
    return [(visitor, None, start + dt.timedelta(minutes=minutes * k), "feed") for k in range(n)]


def test_machines_do_not_count():
    """A hundred on one day and five hundred in all are allowed, a hundred on each of five days."""
    touches = make_touches(
        *touches_of("busy", 100, 10), *touches_of("daily bot", 101, 10),
        *touches_of("eager", 500, 20), *touches_of("bot", 501, 20),
    )  # fmt: skip
    assert {person for person, *_ in journeys(touches)} == {"busy", "eager"}


def test_a_million_touches_of_one_machine_count_for_nobody():
    times = pd.Timestamp("2024-03-01") + pd.to_timedelta(range(1_000_000), unit="s")
    bot = (
        make_touches(("bot", None, "2024-03-01", "feed"))
        .execute()
        .loc[[0] * len(times)]
        .assign(touched_at=times.astype("datetime64[us]"))
    )
    one = make_touches(("ana", None, "2024-03-02", "feed"))
    touches = one.union(ibis.memtable(bot, schema=one.schema()))
    assert [person for person, *_ in journeys(touches)] == ["ana"]
    account = {row["outcome"]: row["touches"] for row in rows(journey_account(touches, NO_ORDERS, AS_OF))}
    assert (account["machine"], account["counted"]) == (1_000_000, 1)


def test_every_touch_and_every_new_customer_is_accounted_for():
    touches = make_touches(
        ("v1", "ana", "2024-03-01", "feed"), ("v1", "ana", "2024-03-02", "feed"), ("v1", "ana", "2024-03-09", "feed"),
        ("v2", "ben", "2024-03-05", "feed"), ("v3", None, "2024-03-05", "feed"),
        ("v4", "lea", "2024-01-01", "feed"), *touches_of("bot", 101, 1),
    )  # fmt: skip
    orders = make_orders(
        ("ana", "2024-03-03", 1.0), ("ana", "2024-03-04", 1.0), ("ben", "2024-03-04", 1.0), ("lea", "2024-06-01", 1.0),
        ("early", "2023-12-31", 1.0), ("alone", "2024-03-03", 1.0), (None, "2024-03-03", 1.0), ("late", "2024-07-01", 1.0),
    )  # fmt: skip
    account = rows(journey_account(touches, orders, AS_OF))
    assert {row["outcome"]: (row["touches"], row["persons"], row["new_customers"]) for row in account} == {
        "counted": (4, 3, 1),  # ana, v3, and lea, who ordered too late
        "after the order": (1, 1, 0),
        "known before": (1, 1, 0),
        "machine": (101, 1, 0),
        "no journey": (0, 3, 3),  # ben, lea and alone
    }
    told = Words("en", "CNY").text(account_told(pd.DataFrame(account)))
    assert "Counted are 4 touches of <5 people" in told
    assert "75% came without a journey" in told
