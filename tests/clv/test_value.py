"""Value: what is expected and what is drawn agree, and intervals hold what comes."""

import numpy as np
import pandas as pd
import pytest
from repeat_buyers import bgnbd
from shopkeeper.clv import value
from shopkeeper.clv.posterior import Posterior
from shopkeeper.clv.spend import GammaGamma
from shopkeeper.clv.value import drawn, expected, order_margins_of

SPEND = GammaGamma(6.0, 4.0, 60.0, 0.0, np.eye(3))


def known(draws: int = 200) -> Posterior:
    """A posterior that knows the parameters: two cells, the second at half the pace."""
    cells = (np.array([40.0, 80.0]), np.array([0.8, 0.8]), np.array([2.5, 2.5]))
    others = tuple(np.broadcast_to(each, (draws, 2)) for each in cells)
    return Posterior("bgnbd", np.full(draws, 0.7), others, pd.DataFrame(), {})


@pytest.fixture(scope="module")
def customers():
    """4,000 customers of these parameters, what each has spent, and what each will in the 364 days to come."""
    draw, size = np.random.default_rng(1), 4_000
    cell = np.arange(size) % 2
    age = np.floor(draw.uniform(0, 500, size))
    alpha, a, b = np.array([40.0, 80.0])[cell], np.full(size, 0.8), np.full(size, 2.5)
    rows = bgnbd(draw, age, 0.7, alpha, a, b, 364.0).assign(cell=cell, group=np.where(cell, "slow", "quick"))
    nu = draw.gamma(4.0, size=size) / 60.0
    n = rows.frequency + 1
    rows = rows.assign(recency=np.ceil(rows.recency), order_days=n, amount=draw.gamma(6.0 * n) / nu / n)
    return rows.assign(brought=draw.gamma(np.maximum(6.0 * rows.later, 1e-12)) / nu)


def test_what_is_drawn_comes_out_as_expected(customers):
    told = expected(known(), customers, rate=0.1)
    _, futures = drawn(known(), SPEND, customers, 0.1, seed=1)
    assert futures.groups == ["quick", "slow"]
    by_group = told.groupby(customers.group)
    assert futures.orders[:, -1].mean(axis=0) == pytest.approx(by_group.orders.sum(), rel=0.02)
    worth = told.discounted_orders * SPEND.mean(customers.order_days, customers.amount)
    assert futures.brought[:, -1].mean(axis=0) == pytest.approx(worth.groupby(customers.group).sum(), rel=0.03)
    assert (np.diff(futures.orders, axis=1) >= 0).all()


def test_it_is_what_comes(customers):
    told = expected(known(), customers, rate=0.0)
    assert told.orders.sum() == pytest.approx(customers.later.sum(), rel=0.05)
    assert (told.discounted_orders - told.orders).abs().max() < 1e-9
    _, futures = drawn(known(), SPEND, customers, 0.0, seed=1)
    low, high = np.quantile(futures.brought[:, -1].sum(axis=1), [0.005, 0.995])
    assert low < customers.brought.sum() < high


def test_intervals_of_customers_hold_nine_in_ten(customers):
    limits, _ = drawn(known(), SPEND, customers, 0.0, seed=1)
    inside = (limits.low <= customers.brought) & (customers.brought <= limits.high * (1 + 1e-6))
    likely = limits.high > 0  # of the others nine in ten bring nothing at all
    assert inside[likely].mean() == pytest.approx(0.9, abs=0.015)
    assert inside[~likely].mean() > 0.9
    assert (limits.low[customers.frequency == 0] == 0).all()


def test_many_customers_are_drawn_in_parts_and_alike(customers, monkeypatch):
    whole = drawn(known(), SPEND, customers, 0.1, seed=1)[1]
    monkeypatch.setattr(value, "_AT_ONCE", 1_000)
    monkeypatch.setattr(value, "_MANY", 1_000)
    parts = drawn(known(), SPEND, customers, 0.1, seed=1)[1]
    assert len(parts.orders) == len(whole.orders) // 2
    assert parts.brought[:, -1].mean(axis=0) == pytest.approx(whole.brought[:, -1].mean(axis=0), rel=0.03)


def test_money_of_later_days_counts_less():
    new = pd.DataFrame({"frequency": [0.0], "recency": [0.0], "T": [0.0], "cell": [0]})
    told = expected(known(), new, rate=0.5).iloc[0]
    assert 1 / 1.5 < told.discounted_orders / told.orders < 0.9


def test_all_order_days_count_with_their_mean_and_squares():
    """Days of 10, then 20 and 30: mean 20, squares 100 + 0 + 100."""
    history = pd.DataFrame(
        {"frequency": [2, 0], "first_margin": [10.0, 7.0], "margin": [25.0, np.nan], "margin_squares": [50.0, 0.0]}
    )
    assert order_margins_of(history).to_dict("list") == {
        "order_days": [3.0, 1.0],
        "amount": [20.0, 7.0],
        "squares": [200.0, 0.0],
    }
