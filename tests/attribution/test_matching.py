"""Likeness made by weights, and the difference that is left: worked by hand, and exact where it must be."""

import numpy as np
import pytest
from shopkeeper.attribution.matching import difference, match

SENT = np.array([True, True, False, False])


def test_the_others_are_weighed_until_their_mean_is_that_of_those_sent():
    found = match(np.array([[0.0], [0.5], [0.0], [1.0]]), SENT)
    assert found.weights == pytest.approx([0.5, 0.5, 0.75, 0.25], abs=1e-3)
    assert found.worst == pytest.approx(0.0, abs=1e-3)
    assert found.peers == pytest.approx(1 / (0.75**2 + 0.25**2), rel=1e-3)


def test_weights_stay_as_even_as_the_traits_allow():
    """Entropy: the weights are an exponential of the trait, so those of three others at even steps have even ratios."""
    found = match(np.array([[1.2], [1.4], [0.0], [1.0], [2.0]]), np.array([True, True, False, False, False]))
    low, middle, high = found.weights[2:]
    assert middle / low == pytest.approx(high / middle)
    assert high > middle > low


def test_without_traits_that_vary_it_is_the_difference_of_means():
    outcome = np.array([7.0, 9.0, 1.0, 3.0, 5.0])
    found = difference(match(np.ones((5, 1)), np.array([True, True, False, False, False])), outcome)
    assert found.effect == pytest.approx(8 - 3)
    # Variances 2 and 4: 2/2 + 4/3 × (3-1)/(3-1), the others' corrected for their own weight of a third: 8/9 ÷ (2/3)².
    assert found.sd**2 == pytest.approx(1 + 8 / 9 / (2 / 3) ** 2)


def test_an_outcome_that_follows_the_traits_leaves_the_effect_exactly():
    draw = np.random.default_rng(1)
    traits = draw.normal(size=(300, 3))
    is_sent = draw.random(300) < 1 / (1 + np.exp(2 - traits[:, 0]))
    found = difference(match(traits, is_sent), traits @ [3.0, -2.0, 0.5] + 5 * is_sent + 10)
    assert found.effect == pytest.approx(5)
    assert found.sd == pytest.approx(0, abs=1e-6)


def test_the_influences_add_up_to_the_variance():
    draw = np.random.default_rng(2)
    traits, is_sent = draw.normal(size=(80, 2)), np.arange(80) < 20
    found = difference(match(traits, is_sent), draw.normal(size=80))
    assert found.influence @ found.influence == pytest.approx(found.sd**2)


def test_an_outcome_without_chance_has_no_width_and_is_no_alarm():
    found = difference(match(np.array([[0.0], [1.0], [0.0], [1.0]]), SENT), np.zeros(4))
    assert (found.interval(), found.p) == ((0.0, 0.0), 1.0)


def test_those_like_whom_nobody_is_are_told_by_what_is_left_apart():
    found = match(np.array([[9.0], [8.0], [0.0], [1.0]]), SENT)
    assert found.worst > 1
    assert np.isfinite(found.weights).all()


@pytest.mark.parametrize("size", [12, 60])
def test_the_interval_holds_nothing_in_nine_of_ten(size):
    """Heavy-tailed outcomes that follow one trait, others who differ from those sent; nothing is sent in truth."""
    held = []
    for seed in range(300):
        draw = np.random.default_rng(seed)
        trait = np.append(draw.normal(1, 1, size), draw.normal(0, 1, 400))
        outcome = np.exp(0.3 * trait) * draw.standard_t(5, len(trait))
        low, high = difference(match(trait[:, None], np.arange(len(trait)) < size), outcome).interval()
        held.append(low <= 0 <= high)
    assert 0.855 <= np.mean(held) <= 0.945  # 99 of 100 such runs of 300
