"""Which prices are worth a test, and for how long."""

import numpy as np
import pytest
from price_lists_by_hand import list_of, weekly
from shopkeeper.pricing.price_tests import price_tests, weeks_of


def test_worth_is_what_is_won_by_acting_on_gains_alone():
    [row] = price_tests(list_of([[30], [-10], [30], [-20]]), weekly(100)).to_dict("records")
    assert row["worth"] == pytest.approx((30 + 30) / 4 - (30 - 10 + 30 - 20) / 4)
    assert row["expected"] == pytest.approx(1.1**-3 - 1)


def test_the_break_even_is_where_nothing_is_gained_neighbours_counted():
    """A gain of 30 at -2 and of -10 at -4 is nothing at -3.5."""
    [row] = price_tests(list_of([[30], [-10]]), weekly(100)).to_dict("records")
    assert row["break_even"] == pytest.approx(1.1**-3.5 - 1)


def test_weeks_tell_the_expected_change_from_the_break_even():
    """Variance of a week .01; 4 × .01 × (1.645 + .842)² / .1² = 24.7."""
    assert weeks_of(np.array([0.1, 0.2, 1.0]), np.array([0.01, 0.01, 0.01])).tolist() == [26, 8, 4]


def test_what_a_whole_path_is_off_lengthens_no_test():
    """Half a log unit from the break-even, where the two draws differ twofold."""
    [row] = price_tests(list_of([[30], [-10]], own=[[-2.0], [-12.0]]), weekly(100)).to_dict("records")
    assert row["weeks"] == 4


def test_what_is_known_decided_or_too_slow_is_not_tested():
    assert price_tests(list_of([[30], [20]]), weekly(100)).empty  # always a gain: nothing to learn
    assert price_tests(list_of([[30], [-20]], is_safe=True), weekly(100)).empty
    assert price_tests(list_of([[30], [-20]], is_waiting=True), weekly(100)).empty
    assert price_tests(list_of([[30], [-20]], best=20.0), weekly(100)).empty
    noisy = np.tile([0.0, 9.0, 0.0, 9.0], (2, 1, 1))
    assert price_tests(list_of([[30], [-20]]), noisy).empty


def test_what_knowing_adds_next_to_nothing_to_is_not_tested():
    """A SKU that leaves 1,000: knowing is worth 5.5 in the first list, 11 in the second."""
    few, enough = (
        price_tests(list_of([[30], [-low]], own=[[-2.0], [-30.0]], left=1_000.0), weekly(100)) for low in (11, 22)
    )
    assert few.empty
    assert len(enough) == 1


def test_the_most_worth_knowing_comes_first():
    made = price_tests(list_of([[16, 90], [-10, -60]], own=[[-2, -2], [-12, -12]]), weekly(100, skus=2))
    assert made["sku"].tolist() == ["s1", "s0"]
