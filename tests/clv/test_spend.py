"""What an order brings: Gamma-Gamma as published, and a regression where it may not be used."""

import lifetimes
import numpy as np
import pandas as pd
import pytest
from shopkeeper.clv.spend import GammaGamma, Regression, gamma_gamma, regression, spend_model


@pytest.fixture(scope="module")
def cdnow():
    """Of CDNOW's customers, repeat orders (x) and their mean amount."""
    found = pd.read_csv(f"{lifetimes.__path__[0]}/datasets/cdnow_customers_summary_with_transactions.csv")
    return found.rename(columns={"zbar": "amount"})


def test_gamma_gamma_of_cdnow_is_the_published_one(cdnow):
    again = cdnow[cdnow.x > 0]
    assert len(again) == 946
    found = gamma_gamma(again.x, again.amount)
    assert (found.p, found.q, found.v) == pytest.approx((6.2488, 3.7446, 15.4477), rel=1e-3)
    assert found.log_likelihood == pytest.approx(-4055.92, abs=0.01)
    published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert found.mean(cdnow.x, cdnow.amount).head(10).tolist() == pytest.approx(published, abs=0.05)


def simulated(seed=1, customers=20_000):
    """Orders of 100 ± 30 by customer and ± 50 by order: n, their mean and their squares."""
    draw = np.random.default_rng(seed)
    n = draw.integers(1, 8, customers)
    who = np.repeat(np.arange(customers), n)
    paid = pd.Series(100 + 30 * draw.normal(size=customers)[who] + 50 * draw.normal(size=len(who)))
    each = paid.groupby(who)
    mean = each.mean()
    return pd.Series(n), mean, ((paid - mean.to_numpy()[who]) ** 2).groupby(who).sum()


def test_regression_finds_what_was_simulated():
    found = regression(*simulated())
    assert (found.intercept, found.slope) == pytest.approx((100, 0), abs=2)
    assert (found.own, found.luck) == pytest.approx((30, 50), rel=0.03)


def test_a_customer_is_drawn_to_all_by_how_little_is_known_of_her():
    """Own 30, luck 60: four orders weigh as much as the shop, 900 × 4 / (900 × 4 + 3600) = ½."""
    shop = Regression(100.0, 0.0, 30.0, 60.0)
    assert shop.mean(pd.Series([0, 4]), pd.Series([np.nan, 200.0])).tolist() == [100.0, 150.0]


@pytest.mark.parametrize("model", [GammaGamma(6.0, 4.0, 50.0, 0.0, np.eye(3)), Regression(100.0, 5.0, 30.0, 60.0)])
def test_draws_have_the_expected_mean(model):
    n, amount, orders = np.full(200_000, 3.0), np.full(200_000, 80.0), np.full((200_000, 1), 2.0)
    brought = model.draw(n, amount, orders, np.random.default_rng(1))
    expected = 2 * model.mean(pd.Series([3]), pd.Series([80.0])).iloc[0]
    assert brought.mean() == pytest.approx(expected, rel=0.01)
    assert (model.draw(n, amount, 0 * orders, np.random.default_rng(1)) == 0).all()


def test_gamma_gamma_is_used_where_it_may_be_only(cdnow):
    again = cdnow[cdnow.x > 0]
    n, amount, squares = again.x, again.amount, again.x * 100.0
    assert isinstance(spend_model(n, amount, squares, 0.11), GammaGamma)
    assert isinstance(spend_model(n, amount, squares, 0.31), Regression)
    assert isinstance(spend_model(n, amount - amount.min(), squares, 0.11), Regression)


def test_where_all_spend_the_same_it_is_that():
    n, amount = pd.Series([1, 2, 3, 1]), pd.Series([20.0] * 4)
    found = spend_model(n, amount, 0 * amount, float("nan"))
    assert found.mean(pd.Series([0, 5]), pd.Series([np.nan, 20.0])).tolist() == pytest.approx([20.0, 20.0])
