import datetime as dt

import numpy as np
import pandas as pd
import pytest
from by_hand import make_orders, rows
from shopkeeper.customers import cohort_revenue, cohorts
from shopkeeper.report.words import Words

EN, ZH = Words("en", "CNY"), Words("zh", "CNY")

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


def test_what_a_cohort_brought_adds_up_and_is_kept_as_sums_of_powers_over_customers():
    january = {"cohort": dt.date(2024, 1, 1), "customers": 2}
    table = rows(cohorts.cohort_revenue(ORDERS, dt.date(2024, 4, 30)))
    assert table[:3] == [
        {**january, "months_since": 0, "net_revenue": 3, "squares": 2**2 + 1, "cubes": 2**3 + 1},
        {**january, "months_since": 1, "net_revenue": 4, "squares": 3**2 + 1, "cubes": 3**3 + 1},
        {**january, "months_since": 3, "net_revenue": 6, "squares": 4**2 + 2**2, "cubes": 4**3 + 2**3},
    ]


def test_a_month_in_which_a_cohort_bought_nothing_repeats_the_one_before_and_unfinished_ones_do_not_count():
    february = [row for row in rows(cohorts.cohort_revenue(ORDERS, dt.date(2024, 4, 30))) if row["cohort"].month == 2]
    assert [(row["months_since"], row["net_revenue"], row["squares"]) for row in february] == [(0, 1, 1), (2, 1, 1)]
    assert max(row["months_since"] for row in rows(cohorts.cohort_revenue(ORDERS, dt.date(2024, 4, 29)))) == 1


def powers(spent):
    """The sums that cohort_revenue holds, of what each customer (across) of each cohort (down) spent."""
    sums = {"net_revenue": spent.sum(1), "squares": (spent**2).sum(1), "cubes": (spent**3).sum(1)}
    return pd.DataFrame({"customers": spent.shape[1], **sums})


def test_the_mean_of_equals_is_sure_and_of_few_has_no_interval():
    [alike] = cohorts.with_mean(powers(np.full((1, 30), 7.0))).itertuples()
    assert (alike.mean, alike.mean_low, alike.mean_high) == (7, 7, 7)
    [few] = cohorts.with_mean(powers(np.ones((1, 29)))).itertuples()
    assert (few.mean, pd.isna(few.mean_low), pd.isna(few.mean_high)) == (1, True, True)


def usual(draw, shape):
    """A geometric number of orders, each log-normal."""
    return np.vectorize(lambda orders: draw.lognormal(3.5, 1, orders).sum())(draw.geometric(0.5, shape))


def heavy(draw, shape):
    """Customers who differ in how often and in how much they buy."""
    own, orders = draw.lognormal(4, 0.7, shape), 1 + draw.negative_binomial(0.5, 0.2, shape)
    return draw.gamma(4 * orders, own / 4)


@pytest.mark.parametrize("spend", [usual, heavy])
@pytest.mark.parametrize("customers", [30, 300])
def test_nine_in_ten_intervals_hold_the_true_mean(spend, customers):
    truth = {usual: 2 * np.exp(4), heavy: 3 * np.exp(4.245)}[spend]
    means = cohorts.with_mean(powers(spend(np.random.default_rng(customers), (1000, customers))))
    assert 0.85 <= ((means.mean_low <= truth) & (truth <= means.mean_high)).mean() <= 0.95


def cohort(number, spent, since=3):
    return powers(np.array([spent])).assign(cohort=pd.Timestamp(2024, number, 1), months_since=since)


def cohorts_of(*spends):
    return pd.concat([cohort(number, spent) for number, spent in enumerate(spends, 1)], ignore_index=True)


EARLIER, LATER = [90.0, 110.0] * 20, [190.0, 210.0] * 20


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (cohorts_of(EARLIER, EARLIER, EARLIER, EARLIER), "in line with the months before (CN¥100)"),
        (cohorts_of(EARLIER, LATER, LATER, LATER), ". Newest, from Feb 2024: CN¥200, above the months before (CN¥100)"),
        (cohorts_of(LATER, EARLIER, EARLIER, EARLIER), "below the months before (CN¥200)"),
        (cohorts_of(EARLIER, EARLIER), "brought CN¥100 (90%: CN¥98.13 to CN¥102; 80 customers)"),
        (cohort(1, LATER, since=1), "Up to calendar month 1 after that of their first order, customers have each brought CN¥200 (90%: CN¥197 to CN¥203; 40 customers)"),
        (cohort(1, [1.0] * 9), "Fewer than 30 new customers have a whole month behind them: too few for an average"),
        (cohorts_of(EARLIER).head(0), "Fewer than 30 new customers have a whole month behind them: too few for an average"),
    ],
)  # fmt: skip
def test_the_title_says_what_a_customer_brought_and_where_the_newest_stand(table, said):
    assert EN.text(cohort_revenue.title(table)).endswith(said)


def test_small_cohorts_are_not_drawn_and_amounts_stand_without_currency():
    table = pd.concat([cohort(1, [20_000.0] * 30, 0), cohort(1, [25_000.5] * 30, 1), cohort(2, [9.0] * 29, 0)])
    shown = cohort_revenue.shown_means(table)
    for words, amounts in ((EN, ["20K", "25K"]), (ZH, ["2万", "2.5万"])):
        axes = cohort_revenue.plot_cohort_revenue(shown, words).axes[0]
        assert [text.get_text() for text in axes.texts] == amounts
        assert "CNY" in axes.get_xlabel()
