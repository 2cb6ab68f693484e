"""The sentences say what the tables hold."""

import datetime as dt

import pandas as pd
import pytest
from shopkeeper.customers import summary, titles
from shopkeeper.report.words import Words, say

EN, ZH = Words("en", "CNY"), Words("zh", "CNY")
BEFORE = say("the 30 days before (season not taken out)")
DRIVERS = pd.DataFrame(
    [("new", "number", -15_000.0), ("returning", "spend", 5_000.0)], columns=["group", "effect", "amount"]
)


NOBODY = pd.DataFrame(columns=["group", "now", "before"])


def first_screen(*facts, to_do=None):
    return summary.headline(*summary.changed(*facts), to_do)


def test_what_to_do_takes_the_place_of_where_to_look():
    said = EN.text(first_screen(moved(90_000, 100_000, 0.01), DRIVERS, BEFORE, NOBODY, to_do=say("Do this.")))
    assert said.endswith("fewer new buyers came. Do this.")
    assert "Look at traffic" not in said


def test_where_the_total_is_chance_the_buyers_who_did_move_are_named():
    heads = pd.DataFrame([("new", 164, 276)], columns=["group", "now", "before"])
    said = first_screen(moved(90_000, 100_000, 0.09), DRIVERS, BEFORE, heads)
    assert "too close to call. What did move: fewer new buyers came (164, against 276). Look at traffic" in EN.text(
        said
    )


def moved(now, before, error):
    return pd.Series({"now": float(now), "before": float(before), "log_error": error})


def test_a_fall_beyond_chance_names_its_largest_part_and_where_to_look():
    said = first_screen(moved(90_000, 100_000, 0.01), DRIVERS, BEFORE, NOBODY)
    assert EN.text(said) == (
        "Sales of the last 30 days were CN¥90K, −10% on the 30 days before (season not taken out). The largest part: fewer "
        "new buyers came. Look at traffic and advertising for new customers first."
    )
    assert (
        ZH.text(said)
        == "近 30 天销售额 ¥9万，较前 30 天（未剔除季节和大促） −10%；变化主要体现在：新客少了。先看拉新渠道和投放。"
    )


def test_a_change_within_chance_names_no_part_in_headline_or_title():
    row = moved(90_000, 100_000, 0.09)
    assert "too close to call" in EN.text(first_screen(row, DRIVERS, BEFORE, NOBODY))
    assert "read no cause into it" in EN.text(titles.drivers(DRIVERS, BEFORE, summary.is_chance(row)))


@pytest.mark.parametrize(("now", "main"), [(110_000, "returning buyers spent more"), (90_000, "fewer new buyers came")])
def test_the_largest_part_lies_in_the_direction_of_the_change(now, main):
    assert main in EN.text(first_screen(moved(now, 100_000, 0.001), DRIVERS, BEFORE, NOBODY))


@pytest.mark.parametrize(("now", "before"), [(0, 100), (100, 0), (0, 0)])
def test_nothing_is_compared_with_nothing(now, before):
    row = moved(now, before, float("nan"))
    said = EN.text(first_screen(row, DRIVERS, BEFORE, NOBODY)) + EN.text(summary.sales_interval(row, BEFORE))
    assert "∞" not in said
    assert "nan" not in said.casefold()


def test_the_comparison_is_with_a_year_before_where_the_data_reach():
    ends = pd.DataFrame({"ends_on": pd.to_datetime(["2024-12-31", "2024-12-01", "2024-01-02"])})
    today = dt.date(2024, 12, 31)
    assert summary.comparison(ends, today) == dt.date(2024, 1, 2)
    assert summary.comparison(ends.head(2), today) == dt.date(2024, 12, 1)
    assert summary.comparison(ends.head(1), today) is None
    assert (
        EN.text(summary.before_words(today, dt.date(2024, 1, 2))) == "the same 30 days last year, weekday for weekday"
    )


def months(*revenues):
    starts = pd.date_range("2023-01-01", periods=len(revenues), freq="MS")
    return pd.DataFrame(
        {"month": starts, "net_revenue": revenues, "is_complete": True, "new_buyers": 1, "returning_buyers": 3}
    )


@pytest.mark.parametrize(
    ("table", "title"),
    [
        (months(100.0), "Jan 2023 brought CN¥100"),
        (months(100.0, 150.0), "Feb 2023 brought CN¥150: +50% on the month before"),
        (
            months(*[100.0] * 12, 120.0),
            "Jan 2024 brought CN¥120: +20% on the month before, +20% on the same month a year before",
        ),
        (months(100.0).assign(is_complete=False), "No calendar month is complete yet"),
    ],
)
def test_the_title_compares_as_far_as_the_data_reach(table, title):
    assert EN.text(titles.revenue(table)) == title


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
        (0.5, "above the average of earlier months (30%)"),
        (0.1, "below the average of earlier months (30%)"),
        (0.32, "in line with the average of earlier months (30%)"),
    ],
)
def test_a_cohort_differs_only_when_its_interval_says_so(last, words):
    assert EN.text(titles.repurchase(rates(0.3, 0.3, last))).endswith(words)


def test_without_a_mature_cohort_the_tile_says_so():
    label, value, interval = summary.repurchase_tile(rates())
    assert (EN.text(label), EN.value(value), EN.text(interval)) == (
        "Came back within 90 days",
        "–",
        "no month's new customers have had that long yet",
    )


@pytest.mark.parametrize(("last_new", "gains"), [("2024-12-01", True), ("2024-03-01", False), (None, True)])
def test_a_brand_that_nobody_joins_any_more_gets_a_banner(last_new, gains):
    begins = pd.Series({"share": 1.0, "last_new": pd.Timestamp(last_new) if last_new else pd.NaT})
    assert summary.gains_newcomers(begins, dt.date(2024, 12, 31)) is gains


def test_cohorts_too_few_to_show_count_in_the_average_and_are_never_named():
    few = rates(0.3, 0.3, 0.32).assign(repeated=[30.0, 3.0, 32.0], customers=[100, 50, 100])
    assert EN.text(titles.repurchase(few)).endswith("(22%)")  # 33 of 150
    last_few = rates(0.3, 0.03).assign(repeated=[30.0, 3.0])
    assert "Jan 2024" in EN.text(titles.repurchase(last_few))
    assert "Jan 2024" in EN.text(summary.repurchase_tile(last_few)[2])
