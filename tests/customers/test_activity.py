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


def test_the_interval_is_symmetric_in_the_logarithm_and_none_where_nothing_was_sold():
    middle, low, high = activity.change_interval(pd.Series({"now": 200.0, "before": 100.0, "log_error": 0.1}))
    assert middle == pytest.approx(1.0)
    assert (1 + low) * (1 + high) == pytest.approx(4.0)
    assert 1 + high == pytest.approx(2 * 2.718281828 ** (1.645 * 0.1))
    for row in ({"now": 0.0, "before": 1.0}, {"now": 1.0, "before": 0.0}):
        assert pd.isna(activity.change_interval(pd.Series({**row, "log_error": float("nan")}))[0])


def test_buyers_moved_when_their_number_changed_beyond_chance():
    now, before = pd.Series({"new": 164, "returning": 1494}), pd.Series({"new": 276, "returning": 1291})
    assert activity.moved_heads(now, before).values.tolist() == [["new", 164, 276], ["returning", 1494, 1291]]
    assert activity.moved_heads(pd.Series({"new": 90, "returning": 4}), pd.Series({"new": 100, "returning": 99})).empty


def test_a_window_without_orders_holds_0():
    quiet, busy = rows(activity.window_activity(make_orders(("ana", "2024-03-31", 5)), [JAN31, dt.date(2024, 3, 31)]))
    assert set(quiet.values()) == {JAN31, 0}
    assert busy["net_revenue"] == 5


def test_where_new_buyers_are_too_few_to_show_they_stand_with_the_returning():
    now = pd.Series(
        {"new": 3, "new_revenue": 30, "returning": 10, "returning_revenue": 100, "guest": 0, "guest_revenue": 0}
    )
    before = pd.Series(
        {"new": 9, "new_revenue": 90, "returning": 10, "returning_revenue": 100, "guest": 0, "guest_revenue": 0}
    )
    assert activity.drivers(now, before).values.tolist() == [["named", "number", -60.0], ["named", "spend", 0.0]]


def test_twice_the_buyers_at_the_same_spend_is_all_number():
    now = pd.Series(
        {"new": 40, "new_revenue": 400, "returning": 0, "returning_revenue": 0, "guest": 0, "guest_revenue": 0}
    )
    before = pd.Series({**now, "new": 20, "new_revenue": 200})
    assert activity.drivers(now, before).values.tolist() == [["new", "number", 200.0], ["new", "spend", 0.0]]


def test_the_error_of_the_change_sums_the_squares_of_what_each_customers_share_moved():
    orders = make_orders(
        ("ana", "2024-01-31", 50),
        ("ana", "2024-01-01", 20),
        ("bo", "2024-01-01", 40),
        (None, "2024-01-31", 3),
        (None, "2024-01-31", 4),
    )
    [moved] = rows(activity.change_by_chance(orders, JAN31, dt.date(2024, 1, 1)))
    assert (moved["now"], moved["before"]) == (57, 60)
    shares = [50 / 57 - 20 / 60, -40 / 60, 3 / 57, 4 / 57]
    assert moved["log_error"] == pytest.approx(sum(share**2 for share in shares) ** 0.5)


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
