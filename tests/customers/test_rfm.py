import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shopkeeper.customers.rfm import cut_point_table, cut_points, rfm_grid, rfm_scores, top_share


def table(days, orders, revenue):
    names = [str(n) for n in range(len(days))]
    return pd.DataFrame(
        {"customer_id": names, "days_since_last_order": days, "order_days": orders, "net_revenue": revenue}
    )


def test_ten_different_customers_get_two_of_each_score():
    scored = rfm_scores(table(range(10), range(1, 11), [float(n) for n in range(10)]))
    assert scored.r.tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scored.f.tolist() == scored.m.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_where_most_bought_once_there_are_fewer_scores_and_no_score_is_empty():
    scored = rfm_scores(table([1] * 10, [1] * 7 + [2, 2, 9], [5.0] * 10))
    assert scored.f.tolist() == [1] * 7 + [2, 2, 3]
    assert scored.r.unique().tolist() == scored.m.unique().tolist() == [1]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6), st.integers(0, 9)), min_size=1, max_size=60))
def test_equal_values_score_equally_and_better_ones_never_lower(customers):
    days, orders, revenue = zip(*customers, strict=True)
    scored = rfm_scores(table(days, orders, [float(value) for value in revenue]))
    for letter, name, sign in (("r", "days_since_last_order", -1), ("f", "order_days", 1), ("m", "net_revenue", 1)):
        ordered = scored.assign(rank=sign * scored[name]).sort_values("rank")
        assert ordered[letter].is_monotonic_increasing
        assert ordered.groupby(name)[letter].nunique().max() == 1
        assert set(scored[letter]) == set(range(1, len(cut_points(scored)[name]) + 2))


def test_groups_under_five_are_not_shown():
    scored = rfm_scores(table([1] * 6 + [9] * 4, [1] * 10, [1.0] * 10))
    grid = rfm_grid(scored)
    assert grid.customers.tolist() == [6]
    assert grid.share.tolist() == [pytest.approx(0.6)]


def test_the_best_tenth():
    assert top_share(pd.Series([91.0] + [1.0] * 9)) == pytest.approx(0.91)


def test_limits_are_cut_points_and_no_customers_own_extreme():
    limits = cut_point_table(rfm_scores(table(range(25), range(1, 26), [float(10 * n) for n in range(25)])))
    by = limits.set_index(["quantity", "score"])
    assert by.loc[("days_since_last_order", 4), ["from", "to"]].tolist() == [5, 9]
    assert by.loc[("order_days", 2), ["from", "to"]].tolist() == [6, 10]
    assert by.loc[("net_revenue", 2), ["from", "to"]].tolist() == [40, 90]
    assert pd.isna(by.loc[("net_revenue", 5), "to"])
    assert pd.isna(by.loc[("net_revenue", 1), "from"])
    assert pd.isna(by.loc[("days_since_last_order", 1), "to"])
    assert set(limits.customers) == {5}
