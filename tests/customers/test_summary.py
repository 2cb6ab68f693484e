"""The sentences say what the tables hold."""

import datetime as dt

import pandas as pd
import pytest
from shopkeeper.customers import summary
from shopkeeper.report.words import Words, say

EN, ZH = Words("en", "CNY"), Words("zh", "CNY")
BEFORE = say("the 30 days before")
NOW = pd.Series({"net_revenue": 90_000.0})
DRIVERS = pd.DataFrame(
    [("new", "number", -15_000.0), ("returning", "spend", 5_000.0)], columns=["group", "effect", "amount"]
)


def test_a_fall_beyond_chance_names_its_main_reason_and_where_to_look():
    by_chance = pd.Series({"change": -10_000.0, "standard_error": 1_000.0})
    said = summary.headline(NOW, by_chance, DRIVERS, BEFORE)
    assert EN.text(said) == (
        "Net revenue of the last 30 days was CN¥90K, −10% on the 30 days before, above all because fewer new buyers came. "
        "Look at acquisition first."
    )
    assert ZH.text(said) == "近 30 天净销售额 ¥9万，比之前 30 天 −10%，主要因为新客少了。先看拉新。"


def test_a_change_within_chance_gives_no_reason():
    by_chance = pd.Series({"change": -10_000.0, "standard_error": 9_000.0})
    assert "no more than chance would bring" in EN.text(summary.headline(NOW, by_chance, DRIVERS, BEFORE))


@pytest.mark.parametrize(("moved", "main"), [(1.0, "returning buyers spent more"), (-1.0, "fewer new buyers came")])
def test_the_reason_lies_in_the_direction_of_the_change(moved, main):
    by_chance = pd.Series({"change": moved * 10_000, "standard_error": 1.0})
    assert main in EN.text(summary.headline(NOW, by_chance, DRIVERS, BEFORE))


def test_the_comparison_is_with_a_year_before_where_the_data_reach():
    ends = pd.DataFrame({"ends_on": pd.to_datetime(["2024-12-31", "2024-12-01", "2024-01-02"])})
    today = dt.date(2024, 12, 31)
    assert summary.comparison(ends, today) == dt.date(2024, 1, 2)
    assert summary.comparison(ends.head(2), today) == dt.date(2024, 12, 1)
    assert summary.comparison(ends.head(1), today) is None
    assert EN.text(summary.before_words(today, dt.date(2024, 1, 2))) == "the same 30 days a year before"


def months(*revenues):
    starts = pd.date_range("2023-01-01", periods=len(revenues), freq="MS")
    return pd.DataFrame(
        {"month": starts, "net_revenue": revenues, "is_complete": True, "new_buyers": 1, "returning_buyers": 3}
    )


@pytest.mark.parametrize(
    ("table", "title"),
    [
        (months(100.0), "Jan 2023 brought CN¥100.00"),
        (months(100.0, 150.0), "Feb 2023 brought CN¥150.00: +50% on the month before"),
        (
            months(*[100.0] * 12, 120.0),
            "Jan 2024 brought CN¥120.00: +20% on the month before, +20% on the same month a year before",
        ),
        (months(100.0).assign(is_complete=False), "No calendar month is complete yet"),
    ],
)
def test_the_title_compares_as_far_as_the_data_reach(table, title):
    assert EN.text(summary.revenue_title(table)) == title


def rates(*rates_):
    return pd.DataFrame(
        [
            (pd.Timestamp(2024, n, 1), 100, 100 * rate, rate, rate - 0.05, rate + 0.05)
            for n, rate in enumerate(rates_, 1)
        ],
        columns=["cohort", "customers", "repeated", "rate", "rate_low", "rate_high"],
    )


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (0.5, "more than of earlier ones (30%)"),
        (0.1, "fewer than of earlier ones (30%)"),
        (0.32, "in line with earlier ones (30%)"),
    ],
)
def test_a_cohort_differs_only_when_its_interval_says_so(last, words):
    assert EN.text(summary.repurchase_title(rates(0.3, 0.3, last))).endswith(words)


def test_without_a_mature_cohort_the_tile_says_so():
    label, value, interval = summary.repurchase_tile(rates())
    assert (EN.text(label), EN.value(value), EN.text(interval)) == (
        "Came back within 90 days",
        "–",
        "no cohort is old enough yet",
    )
