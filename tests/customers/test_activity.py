import datetime as dt

import pandas as pd
import pytest
from by_hand import make_orders, rows
from hypothesis import given
from hypothesis import strategies as st
from shopkeeper.customers import activity

JAN31 = dt.date(2024, 1, 31)


def test_a_month_splits_buyers_by_their_first_order_and_counts_guests_as_orders():
    orders = make_orders(
        ("ana", "2024-01-01", 10), ("ana", "2024-01-20", 10), ("ana", "2024-02-03", 5), ("bo", "2024-02-04", 7), (None, "2024-02-05", 1)
    )  # fmt: skip
    january, february = rows(activity.monthly_activity(orders, dt.date(2024, 2, 28)))
    assert january == {
        "month": dt.date(2024, 1, 1),
        "net_revenue": 20,
        "orders": 2,
        "new_buyers": 1,
        "returning_buyers": 0,
        "is_complete": True,
    }
    assert february == {
        "month": dt.date(2024, 2, 1),
        "net_revenue": 13,
        "orders": 3,
        "new_buyers": 1,
        "returning_buyers": 1,
        "is_complete": False,
    }


def test_a_month_that_the_data_begin_in_is_not_complete():
    [january] = rows(activity.monthly_activity(make_orders(("ana", "2024-01-02", 1)), JAN31))
    assert january["is_complete"] is False


def test_a_window_holds_both_its_ends():
    orders = make_orders(
        ("ana", "2024-01-01", 99),
        ("ana", "2024-01-02", 1),
        ("bo", "2024-01-31 23:59", 2),
        (None, "2024-01-31", 4),
        ("ana", "2024-02-01", 99),
    )
    [window] = rows(activity.window_activity(orders, [JAN31], days=30))
    assert window == {
        "ends_on": JAN31, "net_revenue": 7, "orders": 3, "new": 1, "new_revenue": 2, "returning": 1, "returning_revenue": 1, "guest": 1, "guest_revenue": 4,
    }  # fmt: skip


def test_windows_lie_whole_in_the_data():
    ends = activity.window_ends(dt.date(2024, 1, 1), dt.date(2024, 3, 31))
    assert ends == [dt.date(2024, 3, 31), dt.date(2024, 3, 1), dt.date(2024, 1, 31)]
    assert dt.date(2023, 4, 2) in activity.window_ends(dt.date(2023, 1, 1), dt.date(2024, 3, 31))


HEADS = st.integers(0, 50)
SPEND = st.floats(0, 1000)


@given(st.lists(st.tuples(HEADS, SPEND), min_size=6, max_size=6))
def test_drivers_add_up_to_the_change_exactly(groups):
    def window(three):
        row = {}
        for name, (heads, spend) in zip(("new", "returning", "guest"), three, strict=True):
            row |= {name: heads, f"{name}_revenue": heads * spend}
        return pd.Series(row)

    now, before = window(groups[:3]), window(groups[3:])
    change = sum(now[f"{name}_revenue"] - before[f"{name}_revenue"] for name in ("new", "returning", "guest"))
    assert activity.drivers(now, before).amount.sum() == pytest.approx(change, abs=1e-6)


def test_twice_the_buyers_at_the_same_spend_is_all_number():
    now = pd.Series(
        {"new": 4, "new_revenue": 40, "returning": 0, "returning_revenue": 0, "guest": 0, "guest_revenue": 0}
    )
    before = pd.Series({**now, "new": 2, "new_revenue": 20})
    assert activity.drivers(now, before).values.tolist() == [["new", "number", 20.0], ["new", "spend", 0.0]]


def test_the_change_by_chance_is_the_root_of_the_summed_squares_of_what_each_customer_moved():
    orders = make_orders(
        ("ana", "2024-01-31", 50),
        ("ana", "2024-01-01", 20),
        ("bo", "2024-01-01", 40),
        (None, "2024-01-31", 3),
        (None, "2024-01-31", 4),
    )
    [moved] = rows(activity.change_by_chance(orders, JAN31, dt.date(2024, 1, 1)))
    assert moved["change"] == 50 - 20 - 40 + 3 + 4
    assert moved["standard_error"] == pytest.approx((30**2 + 40**2 + 3**2 + 4**2) ** 0.5)


def windows(*news):
    ends = [pd.Timestamp("2024-12-31") - dt.timedelta(days=30 * k) for k in range(len(news))]
    return pd.DataFrame({"ends_on": ends, "new": news})


def test_the_usual_range_leaves_out_the_latest_window_and_those_where_everyone_seems_new():
    first = dt.date(2024, 1, 7)
    assert activity.usual_range(windows(999, 10, 10, 10, 10, 10, 10, 10, 500, 999, 999), "new", first) == (
        10.0,
        pytest.approx(328.5),
    )
    assert activity.usual_range(windows(1, 2, 3, 4, 5, 6), "new", first) is None


def test_a_target_stands_beside_its_month():
    months = pd.DataFrame({"month": pd.to_datetime(["2024-01-01", "2024-02-01"]), "net_revenue": [1.0, 2.0]})
    targets = pd.DataFrame(
        {
            "period_start": pd.to_datetime(["2024-02-01", "2024-02-01"]),
            "metric": ["net_revenue", "orders"],
            "subject": [None, None],
            "value": [9.0, 5.0],
        }
    )
    assert activity.against_targets(months, targets).target.tolist()[1] == 9.0
    assert pd.isna(activity.against_targets(months, targets).target[0])
