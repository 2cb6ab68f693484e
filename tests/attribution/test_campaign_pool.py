"""Campaigns together: one is itself, equals are a mean, and what shares customers counts once."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import dblquad
from scipy.stats import norm
from shopkeeper.attribution.campaign_effect import Effects
from shopkeeper.attribution.campaign_pool import Mixture, pool, pooled

ALIKE = 1e-6  # campaigns that hardly differ


def test_campaigns_of_one_effect_are_their_mean_with_its_error():
    mean, following = pool(np.array([1.0, 3.0]), np.diag([1.0, 1.0]), ALIKE)
    assert mean.mean == pytest.approx(2)
    assert mean.quantile(0.95) == pytest.approx(2 + 1.645 * 0.5**0.5, abs=1e-3)
    assert following.quantile(0.95) == pytest.approx(mean.quantile(0.95), abs=1e-3)


def test_the_surer_campaign_counts_for_more():
    mean, _ = pool(np.array([1.0, 3.0]), np.diag([1.0, 4.0]), ALIKE)
    assert mean.mean == pytest.approx((1 * 1 + 3 / 4) / (1 + 1 / 4))


def test_two_campaigns_whose_errors_are_one_tell_no_more_than_one():
    mean, _ = pool(np.array([2.0, 2.0]), np.full((2, 2), 1.0) + 1e-9 * np.eye(2), ALIKE)
    assert mean.quantile(0.95) == pytest.approx(2 + 1.645, abs=1e-3)


def test_one_campaign_says_less_of_such_campaigns_than_of_itself_and_of_the_next_still_less():
    mean, following = pool(np.array([2.0]), np.array([[1.0]]), 1.0)
    assert mean.quantile(0.95) > 2 + 1.645 * 1.2
    assert following.quantile(0.95) > mean.quantile(0.95)


def test_the_mean_is_the_integral_that_it_stands_for():
    effect, sds, unlike = np.array([0.0, 3.0, 4.0]), np.array([1.0, 0.7, 2.0]), 0.8

    def density(mean: float, deviation: float) -> float:
        spread = np.sqrt(sds**2 + deviation**2)
        return float(norm.pdf(effect, mean, spread).prod() * norm.pdf(deviation, 0, unlike))

    whole = dblquad(density, 0, 4 * unlike, -15, 20, epsabs=1e-8)[0]
    below = dblquad(density, 0, 4 * unlike, -15, 1.5, epsabs=1e-8)[0]
    found, _ = pool(effect, np.diag(sds**2), unlike)
    assert found.below(1.5) == pytest.approx(below / whole, abs=1e-3)


def test_a_mixtures_quantile_is_where_its_share_lies_below():
    mixed = Mixture(np.array([0.5, 0.5]), np.array([-1.0, 1.0]), np.array([0.1, 0.1]))
    assert mixed.mean == 0
    assert mixed.quantile(0.5) == pytest.approx(0, abs=0.5)  # nothing lies between the two
    assert mixed.below(mixed.quantile(0.05)) == pytest.approx(0.05)


def effects_of(*rows, customers=200):
    """Effects of (offer, sent, effect, spend), each from customers of its own who vary alike."""
    told = pd.DataFrame(rows, columns=["offer", "sent", "effect", "spend"])
    told = told.assign(why="", df=1e6, compared=told.sent, lift=told.effect / (told.spend - told.effect))
    influence = np.zeros((customers * len(rows), len(rows)))
    for place in range(len(rows)):
        influence[customers * place : customers * (place + 1), place] = 1.0 / customers**0.5
    return Effects(told, influence, pd.DataFrame())


def test_all_campaigns_stand_first_then_the_offer_that_most_were_sent():
    rows = pooled(effects_of(("B", 50, 1, 101), ("A", 300, 2, 102), ("B", 60, 1, 101), ("", 40, 1, 101)))
    assert rows.offer.isna().tolist() == [True, False, False]
    assert rows.offer.tolist()[1:] == ["A", "B"]
    assert [*rows.n_campaigns] == [4, 1, 2]
    assert [*rows.sent] == [450, 300, 110]


def test_two_campaigns_to_the_same_customers_are_less_sure_together_than_two_to_different_ones():
    apart = effects_of(("A", 100, 0, 1), ("A", 100, 0, 1))
    same = np.repeat(apart.influence[:200, :1], 2, axis=1)
    wide = [
        row.lift_high - row.lift_low
        for each in (apart.influence, same)
        for row in pooled(Effects(apart.rows, each, apart.path)).tail(1).itertuples()
    ]
    # Errors of 1 on a spend of 1, far beyond what campaigns differ by: half the variance where the customers are others.
    assert wide[1] / wide[0] == pytest.approx(2**0.5, rel=0.01)


def test_what_one_more_would_bring_is_its_lift_over_all_who_were_sent_the_last():
    rows = pooled(effects_of(("A", 100, 10, 110), ("A", 50, 20, 220))).set_index("offer")
    row = rows.loc["A"]
    assert row.lift == pytest.approx(0.1)  # 10 over 100, and 20 over 200
    assert row.effect == pytest.approx(20)
    assert (row.customers, row.next) == (50, pytest.approx(50 * 20))
    assert row.next_low < row.effect_low * 50 < row.next < row.effect_high * 50 < row.next_high
    assert 0.95 < row.gains < 1


def test_without_a_measured_campaign_there_is_nothing_to_pool():
    left = effects_of(("A", 100, 10, 110))
    assert pooled(Effects(left.rows.assign(why="late"), np.zeros((0,)), pd.DataFrame())).empty
