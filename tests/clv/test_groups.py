"""Groups of new customers: drawn to each other by how little is known of each, and compared draw by draw."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.clv.groups import Worth, better, new_customers, orders_of_new, payback_months, worth_table
from shopkeeper.clv.means import first_and_later, ratio_means, shared_means
from shopkeeper.clv.posterior import Posterior


def test_a_mean_of_little_is_drawn_to_the_others_and_one_unknown_is_as_wide_as_they_lie_apart():
    mean, error = np.array([10.0, 12.0, 8.0, 30.0, np.nan]), np.array([0.1, 0.1, 0.1, 20.0, np.nan])
    draw = np.random.default_rng(1)
    drawn = shared_means(mean, error, draw.normal(size=(20_000, 5)), draw)
    assert drawn[:, :3].mean(axis=0) == pytest.approx(mean[:3], abs=0.05)
    assert 9 < drawn[:, 3].mean() < 13
    assert drawn[:, 4].mean() == pytest.approx(10.1, abs=0.5)
    assert drawn[:, 4].std() > 1.5


def test_means_that_do_not_differ_become_one():
    draw = np.random.default_rng(1)
    drawn = shared_means(np.array([9.0, 11.0, 10.0]), np.full(3, 5.0), draw.normal(size=(20_000, 3)), draw)
    assert drawn.mean(axis=0) == pytest.approx([10, 10, 10], abs=0.7)
    assert drawn.std(axis=0).max() < 5


def test_intervals_of_groups_hold_nine_in_ten():
    draw = np.random.default_rng(1)
    held = []
    for _ in range(150):
        true = draw.normal(100, 20, 8)
        error = draw.uniform(2, 40, 8)
        turns = draw.normal(size=(1_000, 8))
        low, high = np.quantile(shared_means(draw.normal(true, error), error, turns, draw), [0.05, 0.95], axis=0)
        held.append(((low <= true) & (true <= high)).mean())
    assert np.mean(held) == pytest.approx(0.9, abs=0.025)


def test_no_mean_at_all_stays_unknown():
    assert np.isnan(
        shared_means(np.full(2, np.nan), np.full(2, np.nan), np.zeros((3, 2)), np.random.default_rng(1))
    ).all()


def test_means_hold_nine_in_ten_where_one_in_ten_makes_most_orders_and_who_spends_much_does_so_again():
    """First 100 and later 50 in the mean; the customers of a group spend alike, and a tenth of them order ten times as often."""
    held = []
    for seed in range(150):
        draw = np.random.default_rng(seed)
        group = pd.Series(np.repeat(["a", "b", "c"], [400, 150, 50]))
        often = draw.poisson(np.where(draw.random(600) < 0.1, 5.0, 0.5))
        own = draw.gamma(2, 0.5, 600)
        first = 100 * own * draw.gamma(3, 1 / 3, 600)
        later = 50 * own * draw.gamma(np.maximum(3 * often, 1e-9)) / np.maximum(3 * often, 1e-9)
        history = pd.DataFrame(
            {"first_margin": first, "margin": np.where(often > 0, later, np.nan), "frequency": often}
        )
        sums = first_and_later(history, group, ["a", "b", "c"], 400, seed)
        low, high = np.quantile(sums[0] + 2 * sums[1], [0.05, 0.95], axis=0)
        held.append((low <= 200) & (high >= 200))
    assert np.mean(held) == pytest.approx(0.9, abs=0.04)


def test_of_fewer_than_five_customers_a_mean_has_no_error():
    amount, n, group = pd.Series([10.0] * 4 + [20.0] * 6), pd.Series([1.0] * 10), pd.Series(["a"] * 4 + ["b"] * 6)
    mean, error = ratio_means(amount, n, group, ["a", "b"])
    assert np.isnan(mean[0])
    assert mean[1] == 20.0
    assert error[1] == 0.0


def test_a_new_customer_is_worth_the_first_order_and_what_follows():
    """One cell each: twice the pace in search; a first order brings 50, a later one 20, and a hundred repeat orders each tell it."""
    cells = (np.array([60.0, 120.0]), np.array([0.8, 0.8]), np.array([2.5, 2.5]))
    posterior = Posterior(
        "bgnbd", np.full(100, 0.7), tuple(np.broadcast_to(each, (100, 2)) for each in cells), pd.DataFrame(), {}
    )
    draw = np.random.default_rng(1)
    history = pd.DataFrame({"cell": np.arange(400) % 2, "frequency": 2})
    history = history.assign(first_margin=draw.normal(50, 1, 400), margin=draw.normal(20, 1, 400))
    channel = pd.Series(np.where(history.cell, "notes", "search"))
    worth = new_customers(orders_of_new(posterior, 0.0), history, channel, seed=1)
    table = worth_table(worth, channel).set_index("group")
    assert table.index.tolist() == ["search", "notes"]
    assert table["first"].tolist() == pytest.approx([50, 50], abs=0.5)
    assert table.customers.tolist() == [200, 200]
    assert (table.low < table.year).all()
    assert (table.year < table.high).all()
    again = table.year - table["first"]
    assert 1.5 < again["search"] / again["notes"] < 2
    assert better(worth).loc["search", "notes"] > 0.99
    assert (np.diff(worth.margin.mean(axis=0), axis=0) > 0).all()


def test_of_two_groups_one_is_worth_more_or_the_other():
    worth = Worth(["a", "b"], np.array([[[1.0, 2.0]], [[3.0, 2.5]], [[4.0, 2.0]], [[5.0, 1.0]]]))
    share = better(worth)
    assert share.loc["a", "b"] == 0.75
    assert share.loc["b", "a"] == 0.25
    assert np.isnan(share.loc["a", "a"])


def test_a_cost_is_paid_back_in_the_first_month_that_reaches_it():
    months = np.array([10.0, 14.0, 18.0, 22.0])
    worth = Worth(["live", "search", "mail"], np.stack([[months, months + 20, months]] * 4).transpose(0, 2, 1))
    told = payback_months(worth, pd.Series({"live": 17.0, "search": 15.0, "mail": 100.0}))
    assert told.set_index("group").months.to_dict() == {"live": 2.0, "search": 0.0, "mail": np.inf}
    assert payback_months(worth, pd.Series(dtype="float64")).empty
