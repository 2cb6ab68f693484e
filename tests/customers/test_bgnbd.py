"""BG/NBD as lifetimes fits it, from our features."""

import numpy as np
import pandas as pd
import pytest
from lifetimes import BetaGeoFitter
from lifetimes.datasets import load_cdnow_summary
from shopkeeper.customers.bgnbd import expected_orders


def test_expected_orders_on_cdnow_are_those_of_the_published_model():
    """Of 2,357 customers; Fader, Hardie & Lee's parameters to the third digit give the same expectations."""
    weeks = load_cdnow_summary(index_col=[0])
    known = pd.DataFrame({
        "order_days": weeks.frequency + 1.0, "T": 7 * weeks["T"], "days_since_last": 7 * (weeks["T"] - weeks.recency),
    })  # fmt: skip
    fitter = BetaGeoFitter()
    fitter.params_ = pd.Series({"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259})
    published = fitter.conditional_expected_number_of_purchases_up_to_time(
        39, weeks.frequency, weeks.recency, weeks["T"]
    )
    ours = expected_orders(known, 7 * 39)
    assert ours.sum() == pytest.approx(1653, abs=2)
    assert (ours - published).abs().max() < 0.02


def test_where_no_customer_has_come_back_it_says_nothing_or_nothing_to_expect():
    known = pd.DataFrame({"order_days": [1.0] * 60, "T": [100.0] * 60, "days_since_last": [100.0] * 60})
    came = expected_orders(known, 30)
    assert came is None or came.max() < 0.1


def test_where_nobody_leaves_every_expectation_is_finite_or_there_is_none():
    """The likeliest chance to leave is then 0, at which lifetimes' closed form can be infinite."""
    draw = np.random.default_rng(1)
    for _ in range(6):
        age = draw.integers(30, 400, 250).astype("float64")
        order_days = 1.0 + draw.poisson(age * draw.gamma(2, 0.01, 250))
        since = np.where(order_days > 1, draw.integers(0, 20, 250), age)
        known = pd.DataFrame({"order_days": order_days, "T": age, "days_since_last": np.minimum(since, age)})
        came = expected_orders(known, 30)
        assert came is None or np.isfinite(came).all()
