"""Which prices are worth a test, and for how long."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.pricing.optimise import PriceList
from shopkeeper.pricing.price_tests import price_tests, weeks_of


def list_of(gains, **columns):
    gains = np.array(gains, float)
    plain = {
        "price": 20.0,
        "new": 22.0,
        "kept": 1.0,
        "cost": 10.0,
        "own": -3.0,
        "is_safe": False,
        "is_waiting": False,
    } | columns
    rows = pd.DataFrame({"sku": [f"s{n}" for n in range(gains.shape[1])], **plain})
    return PriceList(rows, rows.new.to_numpy(), gains, np.zeros(len(gains)))


def weekly(units, skus=1):
    """Two draws of four weeks, at and a tenth off so many units."""
    return np.stack([np.full((skus, 4), units * share) for share in (0.9, 1.1)])


def test_worth_is_what_is_won_by_acting_on_gains_alone():
    [row] = price_tests(list_of([[30], [-10], [-20], [20]]), weekly(100)).to_dict("records")
    assert row["worth"] == pytest.approx((30 + 20) / 4 - (30 - 10 - 20 + 20) / 4)
    assert row["break_even"] == pytest.approx(10 / 12 - 1)
    assert row["expected"] == pytest.approx(1.1**-3 - 1)


def test_weeks_tell_the_expected_change_from_the_break_even():
    """Variance of a week .01; 4 × .01 × (1.645 + .842)² / .1² = 24.7."""
    assert weeks_of(pd.Series([0.1, 0.2, 1.0]), np.array([0.01, 0.01, 0.01])).tolist() == [26, 8, 4]


def test_what_is_known_decided_or_too_slow_is_not_tested():
    assert price_tests(list_of([[30], [20]]), weekly(100)).empty  # always a gain: nothing to learn
    assert price_tests(list_of([[30], [-20]], is_safe=True), weekly(100)).empty
    assert price_tests(list_of([[30], [-20]], new=20.0), weekly(100)).empty
    noisy = np.stack([np.full((1, 4), 1.0), np.full((1, 4), 9.0)])
    assert price_tests(list_of([[30], [-20]]), noisy).empty
    assert price_tests(list_of([[30], [-20]], cost=21.0), weekly(100)).empty  # no break-even where a unit loses money


def test_the_most_worth_knowing_comes_first():
    made = price_tests(list_of([[10, 90], [-10, -80]]), weekly(100, skus=2))
    assert made["sku"].tolist() == ["s1", "s0"]
