"""Intent: its slope, its mean against a fine grid, and the intent of a world that is known."""

import journeys_by_hand
import numpy as np
import pandas as pd
import pytest
from shopkeeper.attribution.intent import VISIT, Intent, _loss, fit_intent
from shopkeeper.attribution.journeys import journey_touches
from shopkeeper.attribution.person_time import histories, journey_steps, wide

SOME = Intent(pd.Series({"feed": 0.1, VISIT: 0.05}), pd.Series({"feed": 0.5, VISIT: 1.0}), 0.8, 0.04)


def mean(signals: float, lasted: float, age: float) -> float:
    [found] = np.exp(SOME.log_mean(*(np.array([each]) for each in (signals, lasted, age))))
    return float(found)


def test_the_mean_is_that_of_bayes_rule_on_a_fine_grid():
    """Two touches and a visit within 6 days, 4 of silence since; leaving at any moment of these, or later."""
    log_z = np.linspace(-5, 5, 4001) * 0.8
    rate = 0.1 * np.exp(0.5 * log_z) + 0.05 * np.exp(log_z)
    seen = np.exp(-((log_z / 0.8) ** 2) / 2) * np.exp(2 * log_z) * np.exp(-6 * (rate + 0.04))
    still = np.exp(-4 * (rate + 0.04))
    gone = [
        np.trapezoid(0.04 * np.exp(-np.linspace(0, 4, 2001) * (each + 0.04)), np.linspace(0, 4, 2001)) for each in rate
    ]
    bayes = np.sum(seen * still * np.exp(log_z)) / np.sum(seen * (still + gone))
    assert mean(2.0, 6.0, 10.0) == pytest.approx(bayes, rel=1e-3)


def test_silence_lowers_it_and_signals_raise_it():
    assert mean(2, 6, 6) > mean(2, 6, 10) > mean(2, 6, 40) > 0
    assert mean(3, 6, 6) > mean(2, 6, 6)


def test_the_slope_is_that_of_the_loss():
    draw = np.random.default_rng(1)
    counts = draw.poisson(1.0, (50, 3)).astype(float)
    lasted = draw.exponential(10, 50)
    known = np.array([False, False, True]), counts, lasted, lasted + draw.exponential(20, 50)
    at = np.array([-2.0, -3.0, -2.5, 0.3, 0.8, 1.0, -0.2, -3.0])
    told = [(_loss(at + step, *known)[0] - _loss(at - step, *known)[0]) / 2e-5 for step in 1e-5 * np.eye(8)]
    told[5] = 0.0  # the pull of visits is held
    assert _loss(at, *known)[1] == pytest.approx(np.array(told), rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("pull", [0.0, 1.0])
def test_it_finds_how_touches_follow_intent(pull):
    world = journeys_by_hand.additive(seed=1, confounding=pull, visitors=12_000)
    steps = journey_steps(journey_touches(*world.tables(), journeys_by_hand.AS_OF), journeys_by_hand.AS_OF)
    found = fit_intent(wide(histories(steps).to_pandas()))
    assert found.pull.drop(VISIT).to_numpy() == pytest.approx(pull, abs=0.2)
    assert found.spread == pytest.approx(journeys_by_hand.INTENT, abs=0.1)
    assert found.leaving == pytest.approx(1 / journeys_by_hand.STAYS, abs=0.006)
