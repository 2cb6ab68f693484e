"""Worth: what a new customer is worth is told by what brought them, not by what they clicked last."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text, imported
from shopkeeper.attribution.worth import Value, first_orders, of_causes, of_new
from shopkeeper.shop import Shop

NAMES = ("community", "feed", "search")
DRAWS = 4_000


def value(names: tuple[str, ...], worth: np.ndarray) -> Value:
    """The same money at each horizon; draws that are off by 2%."""
    made = worth * np.exp(np.random.default_rng(1).normal(0, 0.02, (DRAWS, len(names))))
    return Value(names, made, made, (True,) * len(names), 100.0)


TRUE = pd.Series({"community": 300.0, "feed": 90.0, "": 100.0})
CAUSES = pd.DataFrame(
    {"community": [0.5, 0.0, 0.1], "feed": [0.0, 0.6, 0.1], "": [0.5, 0.4, 0.8]}, index=["community", "feed", "search"]
)


def test_who_was_brought_by_a_channel_is_told_from_who_only_came_through_it():
    seen = (CAUSES @ TRUE).to_numpy()
    everyone = value(("",), np.array([110.0]))
    found = of_causes(value(NAMES, seen), everyone, CAUSES, seed=1)
    for name in ("community", "feed"):
        drawn = found.year[:, NAMES.index(name)]
        assert np.median(drawn) == pytest.approx(TRUE[name], rel=0.1)
        assert np.quantile(drawn, 0.05) < TRUE[name] < np.quantile(drawn, 0.95)
    # What no journey credits stays as those who came through it.
    np.testing.assert_allclose(found.year[:, 2], value(NAMES, seen).year[:, 2])


def test_a_channel_that_brought_nobody_of_any_group_is_worth_as_little_known_as_before():
    causes = CAUSES.assign(feed=0.0, **{"": [0.5, 1.0, 0.9]})
    found = of_causes(value(NAMES, np.array([200.0, 100.0, 110.0])), value(("",), np.array([110.0])), causes, seed=1)
    drawn = found.year[:, 1] / 110
    assert np.mean(drawn) == pytest.approx(1, abs=0.05)
    assert np.std(drawn) > 0.4


def test_without_groups_that_are_known_nothing_changes():
    seen = value(NAMES, np.array([200.0, 100.0, 110.0]))
    assert of_causes(seen, value(("",), np.array([110.0])), CAUSES[:0], seed=1) is seen


def test_profit_per_unit_follows_what_a_customer_is_worth_not_what_their_own_sales_were():
    """Media sales are new customers, all counted in the same money: who is worth three times as much pays three times as much."""
    found = value(NAMES, TRUE.to_numpy())
    assert np.median(found.long[:, 0]) == pytest.approx(3.0, rel=0.02)
    assert np.median(found.short[:, 2]) == pytest.approx(1.0, rel=0.02)


FIRST = dt.date(2023, 1, 1)


def brand(days: int) -> Shop:
    """Every day a customer comes through the feed, for 60, and buys for 20 after 10 days and for 500 after 40; an old one comes each day of
    the first month too.
    """

    def at(day: int) -> str:
        return f"{FIRST + dt.timedelta(days=day)} 10:00:00"

    new = [(f"{day}-{after}", f"new {day}", at(day + after), spent) for day in range(days) for after, spent in ((0, 60), (10, 20), (40, 500)) if day + after < days]  # fmt: skip
    old = [(f"old {day}", f"old {day}", at(day), 1_000) for day in range(30)]
    customers = [*[(f"new {day}", "feed") for day in range(days)], *[(f"old {day}", "search") for day in range(30)]]
    imported("acme", {
        "orders.csv": csv_text(["order_id", "customer_id", "ordered_at", "net_revenue"], *new, *old),
        "customers.csv": csv_text(["customer_id", "acquired_through"], *customers),
    })  # fmt: skip
    return Shop("acme", str(FIRST + dt.timedelta(days=days - 1)))


def test_new_customers_are_those_who_came_after_the_data_had_begun(bench):
    shop = brand(300)
    rows = shop.load(first_orders(shop))
    assert rows.to_dict("records") == [{"channel": "feed", "n": 210, "net_revenue": 60.0, "month": 80.0}]
    later = shop.load(first_orders(shop, FIRST + dt.timedelta(days=200), FIRST + dt.timedelta(days=249)))
    assert later.n.tolist() == [50]
    assert of_new(shop) == 80.0


def test_where_new_and_old_can_be_told_apart_for_too_short_a_time_all_sales_are_looked_at(bench):
    assert of_new(brand(250)) == 0.0


def test_channels_that_stand_as_one_are_worth_what_their_parts_are_in_the_mean():
    found = value(NAMES, np.array([200.0, 100.0, 110.0]))
    one = found.joined({"feed": "feed + search", "search": "feed + search"})
    assert one.channels == (*NAMES, "feed + search")
    np.testing.assert_allclose(one.year[:, 3], found.year[:, 1:].mean(axis=1))
    assert found.joined({}).channels == NAMES
