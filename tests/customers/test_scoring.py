"""Scores mean what they say on later days, and what does not hold is not trusted."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from shopkeeper.customers.scoring import learn, probabilities, recency_alone, reliability, season, trust


def world(customers, seed, shift=0.0):
    """Customers whose chance to order is the logistic of twice their first feature, and whether they did."""
    generator = np.random.default_rng(seed)
    known = pd.DataFrame(generator.normal(size=(customers, 3)), columns=["x", "y", "z"])
    chance = expit(2 * known.x - 1 + shift)
    return known, pd.Series(generator.uniform(size=customers) < chance), chance


@pytest.fixture(scope="module")
def score():
    known, did, _ = world(6000, 1)
    later, did_later, _ = world(4000, 2, shift=0.5)
    return learn(known, did, later, did_later, seed=1)


def test_probabilities_are_those_of_the_day_they_were_set_right_on(score):
    asked, _, chance = world(4000, 3, shift=0.5)
    predicted = probabilities(score, asked)
    assert predicted.mean() == pytest.approx(chance.mean(), abs=0.02)
    assert np.abs(predicted - chance).mean() < 0.04


def test_what_held_is_trusted_and_beats_recency(score):
    asked, did, _ = world(4000, 4, shift=0.5)
    tested = trust(probabilities(score, asked), did, np.full(4000, 0.35), 0.4)
    assert tested["is_trusted"] == 1.0
    assert tested["slope"] == pytest.approx(1, abs=0.15)
    assert tested["top_ratio"] == pytest.approx(1, abs=0.1)


def test_probabilities_too_sure_of_themselves_are_not_trusted():
    _, did, chance = world(4000, 5)
    odds = np.log(chance / (1 - chance))
    tested = trust(expit(3 * odds.to_numpy()), did, np.full(4000, 0.35), 0.35)
    assert tested["slope"] == pytest.approx(1 / 3, abs=0.05)
    assert tested["is_trusted"] == 0.0


def test_a_rare_event_half_of_which_is_missed_is_not_trusted_though_its_mean_gap_is_small():
    generator = np.random.default_rng(6)
    chance = np.where(np.arange(20_000) < 2000, 0.04, 0.002)
    did = pd.Series(generator.uniform(size=20_000) < chance)
    tested = trust(chance / 2, did, np.full(20_000, 0.006), 0.006)
    assert tested["ece"] < 0.01
    assert tested["top_ratio"] > 1.5
    assert tested["is_trusted"] == 0.0


def test_a_test_so_small_that_a_fifth_too_many_is_luck_is_not_trusted_however_well_it_fits():
    chance = np.tile([0.2, 0.6], 150)
    few = trust(chance, pd.Series(np.tile([0, 1, 0, 1, 1, 0, 0, 1, 0, 0], 30)), np.full(300, 0.4), 0.4)
    assert few["top_error"] == pytest.approx((30 * 0.6 * 0.4) ** 0.5 / 18)  # .149 of 18 expected
    chance, did = np.tile(chance, 2), pd.Series(np.tile([0, 1, 0, 1, 1, 0, 0, 1, 0, 0], 60))
    enough = trust(chance, did, np.full(600, 0.4), 0.4)
    assert enough["top_error"] == pytest.approx(0.149 / 2**0.5, abs=0.001)
    assert (few["slope"], few["brier"]) == pytest.approx((enough["slope"], enough["brier"]))
    assert (few["is_trusted"], enough["is_trusted"]) == (0.0, 1.0)


def test_nothing_is_learnt_from_a_handful():
    known, did, _ = world(100, 7)
    assert learn(known, did, known, did, seed=1) is None


def test_reliability_counts_ten_equal_groups_by_hand():
    predicted = np.repeat([0.2, 0.8], 50)
    did = pd.Series([True] * 10 + [False] * 40 + [True] * 40 + [False] * 10)
    table = reliability(predicted, did)
    assert table.customers.tolist() == [10] * 10
    assert table.hits.sum() == 50
    assert table.predicted.tolist() == pytest.approx([0.2] * 5 + [0.8] * 5)


def test_the_season_is_the_change_in_log_odds_and_none_where_few_are_known():
    then, before = pd.Series([True] * 4000 + [False] * 4000), pd.Series([True] * 2000 + [False] * 6000)
    assert season(then, before) == pytest.approx(np.log(3), abs=0.01)
    assert season(then, before[:2010]) == 0.0


def test_recency_alone_falls_with_the_days():
    days = pd.Series(np.tile([1.0, 100.0], 500))
    did = pd.Series(np.tile([True, False], 500)) ^ pd.Series(np.arange(1000) % 10 == 0)
    near, far = recency_alone(days, did, pd.Series([1.0, 100.0]))
    assert (near, far) == pytest.approx((0.8, 0.0), abs=0.001)
