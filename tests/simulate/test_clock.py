import numpy as np
import pytest
from shopkeeper.simulate import World
from shopkeeper.simulate.clock import busy_time, days_at, moments, passed
from shopkeeper.simulate.segments import planted

WORLD = World(customers=10, days=28)  # from a Monday on


def test_a_week_of_market_time_is_a_week_and_its_saturday_is_the_longest_day():
    edge = busy_time(WORLD)
    assert edge[[0, 7, 14]] == pytest.approx([0, 7, 14])
    assert np.diff(edge)[:7].argmax() == 5
    assert days_at(WORLD, np.array([0.0, 0.96, 0.98, 6.99, 7.01])).tolist() == [0, 0, 1, 6, 7]


def test_later_in_the_market_is_later_on_the_dial_and_on_its_own_day():
    time = np.sort(np.random.default_rng(1).uniform(0, 28, 5000))
    at = moments(WORLD, planted(5, 1.0), time, np.zeros(5000, np.int64))
    assert (np.diff(at) >= np.timedelta64(0, "s")).all()
    day = (at.astype("datetime64[D]") - np.datetime64(WORLD.first_day)).astype(int)
    assert (day == days_at(WORLD, time)).all()


def test_half_of_all_falls_near_the_segments_hour():
    """Within two hours of 11: 0.68 of that half, and an eighth of the fifth that is spread over the waking day, twice."""
    share = np.interp([9, 13], np.linspace(0, 24, 1441), passed(11.0))
    assert share[1] - share[0] == pytest.approx(0.5 * 0.6827 + 0.2 * 4 / 16, abs=0.001)
    assert passed(23.0)[[0, -1]] == pytest.approx([0, 1], abs=1e-6)
