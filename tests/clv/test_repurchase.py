"""Repurchase: only customers who have had the days count."""

import pandas as pd
import pytest
from by_hand import imported, orders_csv
from shopkeeper.clv import repurchase
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop

WORDS = Words("en", "CNY")


def test_a_gap_runs_from_the_first_day_to_the_second(bench):
    imported("shop", {"orders.csv": orders_csv(
        (1, "ana", "2024-01-01 09:00", 1), (2, "ana", "2024-01-01 20:00", 1), (3, "ana", "2024-01-31 09:00", 1),
        (4, "ben", "2024-03-01 09:00", 1), (5, "", "2024-03-31 23:59", 1),
    )})  # fmt: skip
    shop = Shop("shop")
    rows = shop.load(repurchase.second_orders(shop)).sort_values("T")
    assert rows["T"].tolist() == [30, 90]
    assert rows.gap.isna().tolist() == [True, False]
    assert rows.gap.iloc[1] == 30


def people(*groups: tuple[int, int, float | None]) -> pd.DataFrame:
    """So many customers, first seen so many days ago, who came again after so many."""
    rows = [(since, gap) for n, since, gap in groups for _ in range(n)]
    table = pd.DataFrame(rows, columns=["T", "gap"])
    return table.assign(customer_id=[f"c{n}" for n in range(len(table))])


def test_who_has_not_had_the_days_does_not_count():
    seconds = people((10, 45, 20.0), (10, 45, None), (20, 400, 200.0), (60, 400, None))
    rates = repurchase.repurchase_rates(seconds).set_index("days")
    assert rates.customers.to_dict() == {30: 100, 60: 80, 90: 80, 180: 80, 365: 80}
    assert rates.rate[60] == 0.0
    assert rates.rate[30] == pytest.approx(0.1)
    assert rates.rate[365] == pytest.approx(0.25)
    assert (rates.rate_low <= rates.rate).all()


def test_a_cycle_is_told_by_first_purchase_for_the_longest_time_that_enough_have_had():
    seconds = people((100, 400, 40.0), (60, 400, 80.0), (100, 400, None), (50, 100, 10.0))
    first = pd.Series(
        ["soap"] * 100 + ["lamp"] * 60 + ["soap"] * 50 + ["lamp"] * 50 + ["soap"] * 50, seconds.customer_id
    )
    table = repurchase.cycles(seconds, pd.DataFrame({"first_bought": first})).set_index("first_bought")
    assert table.days.unique().tolist() == [365]
    assert table.half.to_dict() == {"soap": 40.0, "lamp": 80.0}
    assert table.customers.to_dict() == {"soap": 150, "lamp": 110}
    assert table.rate["soap"] == pytest.approx(100 / 150)
    assert "by day 40 where they first bought soap, by day 80" in WORDS.text(
        repurchase.cycles_title(table.reset_index())
    )
    assert repurchase.cycles(seconds, pd.DataFrame(index=seconds.customer_id)).empty
    assert "cannot be told" in WORDS.text(repurchase.cycles_title(pd.DataFrame()))


def test_all_count_where_hardly_anybody_is_known_to_be_new():
    seconds = people((300, 400, 40.0))
    few = pd.Series([True] * 50 + [False] * 250, seconds.customer_id)
    assert len(repurchase.new_only(seconds, few)) == 300
    many = pd.Series([True] * 250 + [False] * 50, seconds.customer_id)
    assert len(repurchase.new_only(seconds, many)) == 250
    assert "Hardly anybody" in WORDS.text(repurchase.known_told(repurchase.new_only(seconds, few), few))
    assert WORDS.text(repurchase.known_told(repurchase.new_only(seconds, many), many)).startswith("Counted are 250")
