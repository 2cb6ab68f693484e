"""Decisions, claims and tiles of the report on channels."""

import datetime as dt
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from by_hand import csv_text, imported
from shopkeeper.attribution.next_test import Design
from shopkeeper.attribution.study import Study
from shopkeeper.attribution.summary import claim_rows, decision_on_test, enough, plan_told
from shopkeeper.claims import Claim
from shopkeeper.report.decided import decision_rows
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop

WORDS = Words("en", "CNY")


def design(cost: float) -> Design:
    return Design("feed", ("north",), 4, -0.8, -5_000.0, 700.0, 0.85, cost)


@pytest.mark.parametrize(("cost", "worth"), [(200.0, [200.0, 220.0]), (200.0, [0.0]), (-50.0, [0.0]), (50.0, [])])
def test_a_test_that_costs_more_than_the_answer_is_worth_is_not_decided(cost, worth):
    assert decision_on_test(design(cost), np.array(worth)) == []
    assert decision_on_test(None, np.array(worth)) == []


def test_a_test_gains_what_the_answer_is_worth_times_its_power_less_its_cost():
    worth = np.array([0.0, 500.0, 1_000.0, 2_500.0])
    (made,) = decision_on_test(design(200.0), worth)
    assert made.gain == pytest.approx(0.85 * 1_000 - 200)
    assert (made.gain_low, made.amount, made.probability) == (pytest.approx(0.85 * 75 - 200), 5_000.0, 0.75)
    # Of a channel that loses money, switched off, the test itself saves; that is no cost.
    (free,) = decision_on_test(design(-50.0), worth)
    assert free.gain == pytest.approx(850)
    rows = decision_rows([made, free])
    assert list(rows.gain) == [made.gain, free.gain]
    assert "feed" in WORDS.text(rows.action[0])


def test_claims_stand_each_in_its_own_unit():
    days = dt.date(2024, 1, 1), dt.date(2024, 1, 28)
    rows = claim_rows(
        [
            Claim("all sales", "net_revenue", *days, 12_345.0, 11_000.0, 14_000.0, 13_000.0),
            Claim("new customers", "new_customers", *days, 456.0, 400.0, 500.0, 450.0),
        ]
    )
    assert [WORDS.text(each) for each in rows.predicted] == ["CN¥12.3K", "456"]
    assert [WORDS.text(each) for each in rows["what"]] == ["sales of all orders", "new customers"]


def test_a_brand_without_any_of_the_tables_is_told_what_is_enough(bench):
    imported("acme", {"orders.csv": csv_text(["order_id", "customer_id", "ordered_at", "net_revenue"], ("1", "ana", "2024-01-01 10:00:00", 5))})  # fmt: skip
    is_enough, said = enough(Shop("acme"))
    assert not is_enough
    assert "what each channel cost by week" in WORDS.text(said)


@pytest.mark.parametrize(
    ("planned", "search", "said"),
    [
        (4, 10.0, []),
        (0, 10.0, ["Media has no plan for these weeks: each is taken to be as the last four were in the mean."]),
        (2, 10.0, ["Media has a plan for 2 of these 4 weeks: the others are taken to be as the last four were in the mean."]),
        (4, 0.0, ["Nothing is planned for search, and so nothing is proposed."]),
    ],
)  # fmt: skip
def test_what_the_plan_leaves_out_is_told(planned, search, said):
    plan = np.array([[[5.0, search]]])
    found = cast("Study", SimpleNamespace(planned=planned, plan=plan, channels=("feed", "search")))
    assert [WORDS.text(each) for each in plan_told(found)] == said
