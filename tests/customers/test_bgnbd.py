"""BG/NBD as lifetimes fits it, from our features."""

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
