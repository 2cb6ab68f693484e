import datetime as dt

import pandas as pd
import pytest
from by_hand import make_orders, rows
from shopkeeper.customers import cohorts

ORDERS = make_orders(
    ("ana", "2024-01-05", 1), ("ana", "2024-01-05", 1), ("ana", "2024-02-01", 1), ("ana", "2024-04-30", 1),
    ("bo", "2024-01-31", 1), ("bo", "2024-04-30", 1),
    ("cy", "2024-02-10", 1),
    (None, "2024-02-11", 1),
)  # fmt: skip


def test_a_cohort_is_the_month_of_the_first_order_and_unfinished_months_do_not_count():
    table = rows(cohorts.cohort_retention(ORDERS, dt.date(2024, 4, 29)))
    assert table == [{"cohort": dt.date(2024, 1, 1), "customers": 2, "months_since": 1, "active": 1}]
    later = rows(cohorts.cohort_retention(ORDERS, dt.date(2024, 4, 30)))
    assert {"cohort": dt.date(2024, 1, 1), "customers": 2, "months_since": 3, "active": 2} in later


def test_a_month_in_which_nobody_came_back_counts_0():
    later = rows(cohorts.cohort_retention(ORDERS, dt.date(2024, 4, 30)))
    assert {"cohort": dt.date(2024, 2, 1), "customers": 1, "months_since": 2, "active": 0} in later


def test_a_second_order_counts_within_the_days_and_not_on_the_first_day():
    january, february = rows(cohorts.repurchase_by_cohort(ORDERS, dt.date(2024, 4, 30), days=90))
    assert (january["customers"], january["repeated"], january["is_mature"]) == (2, 2, True)  # bo came back on day 90
    assert (february["customers"], february["repeated"], february["is_mature"]) == (1, 0, False)
    assert rows(cohorts.repurchase_by_cohort(ORDERS, dt.date(2024, 4, 30), days=89))[0]["repeated"] == 1


def test_a_cohort_is_mature_once_its_last_possible_member_has_had_the_days():
    mature = {
        day: rows(cohorts.repurchase_by_cohort(ORDERS, dt.date(2024, 4, day)))[0]["is_mature"] for day in (29, 30)
    }
    assert mature == {29: False, 30: True}


def test_rates_carry_jeffreys_intervals():
    rated = cohorts.with_rate(pd.DataFrame({"k": [0, 5, 10], "n": [10, 10, 10]}), "k", "n")
    assert rated.rate.tolist() == [0, 0.5, 1]
    assert rated.rate_low.tolist() == pytest.approx([0, 0.2616, 0.8292], abs=1e-3)
    assert rated.rate_high.tolist() == pytest.approx([0.1708, 0.7384, 1], abs=1e-3)


def test_rates_that_rest_on_one_to_four_customers_are_not_shown():
    counts = pd.DataFrame({"k": [0, 1, 4, 5], "n": [10, 10, 10, 10]})
    assert cohorts.shown_rates(cohorts.with_rate(counts, "k", "n"), "k").k.tolist() == [0, 5]


def test_small_cohorts_and_those_of_the_datas_first_days_are_not_shown():
    months = pd.to_datetime(["2024-01-01", "2024-05-01", "2024-06-01", "2024-07-01", "2024-08-01"])
    counts = pd.DataFrame({"cohort": months, "customers": [900, 10, 4, 10, 10]})
    assert cohorts.shown_cohorts(counts, dt.date(2024, 1, 1)).cohort.dt.month.tolist() == [5, 7, 8]
    assert cohorts.shown_cohorts(counts, dt.date(2024, 4, 1)).cohort.dt.month.tolist() == [1, 5, 7, 8]


def test_the_share_first_seen_as_the_data_begin():
    [row] = rows(cohorts.data_begins(ORDERS, dt.date(2024, 1, 5)))
    assert row == {"share": 1, "last_new": dt.date(2024, 2, 10)}
    [row] = rows(cohorts.data_begins(ORDERS, dt.date(2023, 11, 1)))
    assert row["share"] == pytest.approx(1 / 3)  # bo on day 91, cy on day 101, ana on day 65
