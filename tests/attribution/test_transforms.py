"""Carry-over and saturation: weights sum to 1, and the sums are those of the plain loop."""

import numpy as np
import pytest
from shopkeeper.attribution.transforms import MAX_LAG, adstock, carry_over, saturation


@pytest.mark.parametrize("decay", [0.0, 0.3, 0.999999, 1.0])
@pytest.mark.parametrize("delay", [0.0, 0.5, 3.0])
def test_weights_sum_to_one_at_any_decay(decay, delay):
    assert carry_over(decay, delay).sum() == pytest.approx(1, abs=1e-12)


def test_half_is_left_each_week():
    np.testing.assert_allclose(carry_over(0.5, 0.0, 3), np.array([4, 2, 1]) / 7)


def test_a_delay_moves_the_effect_to_later_weeks():
    np.testing.assert_allclose(carry_over(0.5, 1.0, 3), np.array([4, 4, 3]) / 11)
    assert carry_over(0.5, 2.0).argmax() == 2


def test_spend_of_one_week_works_in_the_weeks_after_it():
    spend = np.zeros(MAX_LAG + 3)
    spend[MAX_LAG - 1] = 10.0  # the first week learnt from
    weights = carry_over(0.5)
    np.testing.assert_allclose(adstock(spend, weights), 10 * weights[:4])


def test_adstock_is_the_plain_loop():
    draw = np.random.default_rng(1)
    spend, weights = draw.gamma(2, 1, (3, 40)), draw.dirichlet(np.ones(MAX_LAG), 3)
    plain = [
        [sum(w[lag] * s[week + MAX_LAG - 1 - lag] for lag in range(MAX_LAG)) for week in range(40 - MAX_LAG + 1)]
        for s, w in zip(spend, weights, strict=True)
    ]
    np.testing.assert_allclose(adstock(spend, weights), plain, rtol=0, atol=1e-10)


def test_saturation_rises_from_nothing_to_one_ever_less_steeply():
    reached = saturation(np.linspace(0, 50, 200), 1.5)
    assert reached[0] == 0
    assert reached[-1] == pytest.approx(1)
    assert (np.diff(reached) >= 0).all()
    assert (np.diff(reached, 2) <= 1e-15).all()
    assert saturation(np.array(1.0), 2 * np.arctanh(0.5)) == pytest.approx(0.5)
