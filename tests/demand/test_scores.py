"""Scores against sums done by hand."""

import numpy as np
import pytest
from shopkeeper.demand.scores import accuracy, bias, over_levels, rmsse, scaled_pinball, step_scale, weighted

# Two SKUs and their sum. The first begins on the third day: its steps are 2→4→3, the second's 1→0→1→0→2.
PAST = np.array([[np.nan, 0.0, 2.0, 4.0, 3.0], [1.0, 0.0, 1.0, 0.0, 2.0]])
ACTUAL = np.array([[4.0, 2.0], [1.0, 0.0]])
FORECAST = np.array([[3.0, 3.0], [0.5, 0.5]])


def test_a_series_is_scaled_by_its_steps_since_it_first_sold():
    np.testing.assert_allclose(step_scale(PAST), [(4 + 1) / 2, (1 + 1 + 1 + 4) / 4], rtol=1e-9)


def test_rmsse_by_hand():
    np.testing.assert_allclose(rmsse(PAST, ACTUAL, FORECAST), [np.sqrt(1 / 2.5), np.sqrt(0.25 / 1.75)], rtol=1e-9)


def test_wrmsse_by_hand():
    """Level of SKUs weighs 30 to 10; the level of their sum (steps 1, 3 - ... of [1, 0, 3, 4, 5]) stands beside it."""
    skus = rmsse(PAST, ACTUAL, FORECAST)
    top = rmsse(np.array([[1.0, 0.0, 3.0, 4.0, 5.0]]), ACTUAL.sum(0)[None], FORECAST.sum(0)[None])
    assert top == pytest.approx([np.sqrt((1.5**2 + 1.5**2) / 2 / ((1 + 9 + 1 + 1) / 4))], rel=1e-9)
    expected = ((30 * np.sqrt(0.4) + 10 * np.sqrt(0.25 / 1.75)) / 40 + np.sqrt(2.25 / 3)) / 2
    assert over_levels([skus, top], [np.array([30.0, 10.0]), np.array([40.0])]) == pytest.approx(expected, rel=1e-9)


def test_scaled_pinball_by_hand():
    """Quantiles .1 and .9 of one series that moved by 1 a day: 2 and 6, where 5 and 1 came."""
    past, actual = np.array([[1.0, 2.0, 1.0]]), np.array([[5.0, 1.0]])
    quantiles = np.array([[[2.0, 2.0]], [[6.0, 6.0]]])
    losses = [0.1 * 3, 0.9 * 1, 0.1 * 1, 0.1 * 5]
    assert scaled_pinball(past, actual, quantiles, [0.1, 0.9]) == pytest.approx([np.mean(losses)], rel=1e-9)


def test_wspl_is_the_mean_of_levels():
    one, other = np.array([0.2, np.nan]), np.array([0.4])
    assert over_levels([one, other], [np.array([1.0, 9.0]), np.array([5.0])]) == pytest.approx(0.3, rel=1e-9)


def test_a_series_that_never_moved_has_no_score_and_no_weight():
    flat = rmsse(np.zeros((1, 5)), ACTUAL[:1], FORECAST[:1])
    assert np.isnan(flat).all()
    assert np.isnan(weighted(flat, np.ones(1)))
    assert np.isnan(scaled_pinball(np.ones((1, 3)), ACTUAL[:1], FORECAST[None, :1], [0.5])).all()


def test_bias_is_positive_where_too_much_was_forecast():
    assert bias(ACTUAL, FORECAST + 1) == pytest.approx(11 / 7 - 1, rel=1e-9)
    assert accuracy(ACTUAL, FORECAST) == pytest.approx(1 - 3 / 7, rel=1e-9)
