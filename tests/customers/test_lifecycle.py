import datetime as dt
import math

import pandas as pd
import pytest
from by_hand import make_orders, rows
from shopkeeper.customers import lifecycle
from shopkeeper.customers.history import customer_history
from shopkeeper.customers.lifecycle import Limits
from shopkeeper.report.words import Words

TODAY = dt.date(2024, 12, 31)
LIMITS = Limits(active=60, lost=120, repeats=99, active_share=0.75, lost_share=0.95)
EN = Words("en", "CNY")


def ago(days):
    return str(TODAY - dt.timedelta(days=days))


def gaps(*pairs):
    return pd.DataFrame(pairs, columns=["days", "times"])


def test_gaps_lie_between_order_days_of_one_customer_up_to_the_day():
    orders = make_orders(
        ("ana", "2024-01-01 09:00", 1), ("ana", "2024-01-01 10:00", 1), ("ana", "2024-01-11", 1), ("ana", "2024-01-31", 1),
        ("bo", "2024-01-05", 1), ("bo", "2024-01-15", 1), (None, "2024-01-02", 1), (None, "2024-01-03", 1),
    )  # fmt: skip
    assert rows(lifecycle.repeat_gaps(orders, dt.date(2024, 1, 30))) == [{"days": 10, "times": 2}]
    assert {"days": 20, "times": 1} in rows(lifecycle.repeat_gaps(orders, dt.date(2024, 1, 31)))


def test_limits_are_the_days_within_which_75_and_95_percent_of_repeat_orders_came():
    assert lifecycle.limits(gaps((10, 30), (40, 15), (100, 12), (300, 3))) == Limits(40, 100, 60, 0.75, 0.95)


def test_a_limit_is_30_days_at_least_and_the_second_twice_the_first():
    assert lifecycle.limits(gaps((3, 40), (7, 60))) == Limits(30, 60, 100, 1, 1)
    assert lifecycle.limits(gaps((50, 40), (70, 60))) == Limits(70, 140, 100, 1, 1)


@pytest.mark.parametrize("few", [gaps((10, 48), (100, 1)), gaps()])
def test_with_fewer_than_50_repeat_orders_the_limits_are_assumed_and_the_reader_is_told(few):
    limits = lifecycle.limits(few)
    assert (limits.active, limits.lost, limits.is_assumed) == (90, 180, True)
    assert f"Only {few.times.sum():.0f} repeat orders are known" in EN.text(lifecycle.limits_told(limits))
    known = EN.text(lifecycle.limits_told(LIMITS))
    assert known.startswith(
        "Here, 75% of all repeat orders came within 60 days of the order before, and 95% within 120."
    )


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        ([29], "new"), ([29, 3, 1], "new"), ([30], "once"), ([60], "once"), ([61], "dormant"), ([120], "dormant"), ([121], "lost"),
        ([300, 60], "active"), ([30, 1], "active"), ([300, 61], "dormant"), ([300, 121], "lost"),
    ],
)  # fmt: skip
def test_a_stage_ends_on_its_limit(days, stage):
    orders = make_orders(*[("ana", ago(each), 1) for each in days])
    [ana] = rows(lifecycle.lifecycle(customer_history(orders, TODAY), LIMITS))
    assert ana["stage"] == stage


def test_earlier_stages_know_nothing_later_and_revenue_is_of_the_last_year():
    orders = make_orders(
        ("ana", ago(400), 100), ("ana", ago(365), 90), ("ana", ago(364), 10), ("ana", ago(89), 20),
        ("bo", ago(10), 5), (None, ago(5), 999),
    )  # fmt: skip
    ana, bo = rows(lifecycle.movements(orders, TODAY, LIMITS))
    assert ana == {
        "stage_90": "lost",
        "stage_30": "active",
        "stage": "dormant",
        "is_back": True,
        "customers": 1,
        "net_revenue": 30,
    }
    assert bo == {
        "stage_90": "not_yet",
        "stage_30": "not_yet",
        "stage": "new",
        "is_back": True,
        "customers": 1,
        "net_revenue": 5,
    }


def moved(*groups):
    return pd.DataFrame(groups, columns=["stage_90", "stage_30", "stage", "is_back", "customers", "net_revenue"])


MOVED = moved(
    ("active", "active", "active", True, 60, 600.0),
    ("active", "active", "dormant", False, 20, 40.0),
    ("dormant", "dormant", "active", True, 4, 30.0),
    ("dormant", "dormant", "lost", False, 6, 0.0),
    ("not_yet", "not_yet", "new", True, 10, 50.0),
)


def test_every_stage_has_a_row_with_its_money_change_and_repurchase():
    table = lifecycle.lifecycle_table(MOVED, gross_margin=0.5).set_index("stage")
    assert list(table.index) == ["new", "once", "active", "dormant", "lost"]
    active = table.loc["active"]
    assert active[["customers", "share", "customers_before", "net_revenue", "margin"]].tolist() == [
        64,
        0.64,
        80,
        630,
        315,
    ]
    assert (active.change, active.rate) == (pytest.approx(-0.2), 0.75)
    assert active.rate_low < 0.75 < active.rate_high
    assert table.loc["once", ["customers", "share", "customers_before", "net_revenue"]].tolist() == [0, 0, 0, 0]
    assert table.loc["once", ["change", "rate", "rate_low", "rate_high"]].isna().all()


def test_what_rests_on_one_to_four_customers_is_not_told():
    table = lifecycle.lifecycle_table(MOVED.assign(customers=[60, 20, 4, 3, 10]), 0.5).set_index("stage")
    lost = table.loc["lost"]
    assert lost.drop(["customers", "customers_before"]).isna().all()
    assert math.isnan(table.loc["dormant", "rate"])  # four of seven came back
    assert math.isnan(lifecycle.lifecycle_table(MOVED, 0.5).set_index("stage").loc["dormant", "rate"])  # four of ten


def test_movements_count_everybody_once():
    matrix = lifecycle.movement_matrix(MOVED).set_index("before")
    assert list(matrix.index) == ["new", "once", "active", "dormant", "lost", "not_yet"]
    assert matrix.loc["active"].to_dict() == {"new": 0, "once": 0, "active": 60, "dormant": 20, "lost": 0}
    assert matrix.to_numpy().sum() == 100


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (MOVED, "64 of 100 customers are active (64%), −20% on 30 days before: since then, 20 went dormant and <5 dormant or lost ones came back"),
        (MOVED.tail(1), "0 of 10 customers are active; in the last 30 days, 0 went dormant and 0 dormant or lost ones came back"),
        (MOVED.head(0), "No order carries a customer ID, so there is nobody to place."),
    ],
)  # fmt: skip
def test_the_title_tells_who_is_active_and_who_moved(table, said):
    title = lifecycle.title(lifecycle.lifecycle_table(table, 0.5), lifecycle.movement_matrix(table))
    assert EN.text(title) == said


def test_few_customers_are_not_drawn_and_read_as_under_5():
    table = lifecycle.lifecycle_table(MOVED.assign(customers=[60, 20, 9, 3, 10]), 0.5)
    axes = lifecycle.plot_lifecycle(table, EN).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [10, 0, 69, 20, 0]
    assert [text.get_text() for text in axes.texts] == ["10", "0", "69", "20", "<5"]
