"""Paths of falling prices: known optima, brute force on small cases, and prices by what is left beside a plain recursion."""

from functools import cache
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from scipy.stats import poisson
from shopkeeper.pricing.markdown_paths import (
    Lot,
    counted,
    followed,
    mean_value,
    planned_path,
    policy,
    single_best,
    values,
)

FINE = np.round(np.arange(10, 3.99, -0.05), 2)


def lot_of(units, worth, stock, **more):
    """units: draws × weeks × prices; worth: by price, of every draw; nothing sells after the weeks."""
    units = np.asarray(units, float)
    worth = np.tile(np.asarray(worth, float), (len(units), 1))
    none = {"pace": np.zeros(worth.shape), "life": 0.0, "holding": 0.0, "salvage": 0.0}
    return Lot(units, worth, stock=float(stock), **none | more)


def steady(weekly, weeks, prices=FINE, slope=-2.0):
    """Demand of one draw without chance: as many units every week, by the price to the slope."""
    return np.tile(weekly * (prices / prices[0]) ** slope, (1, weeks, 1))


def test_the_clearing_price_is_found():
    """300 units, 20 a week for six weeks: all sell at 10 × 2.5^(-1/2) = 6.32."""
    lot = lot_of(steady(20, 6), FINE, 300)
    clearing = 10 * (300 / 120) ** -0.5
    assert FINE[single_best(lot)] == pytest.approx(clearing, abs=0.05)
    path = planned_path(lot)
    assert abs(FINE[path] - clearing).max() <= 0.1 + 1e-9
    assert values(path, lot)[0] == pytest.approx(300 * clearing, rel=2e-3)


def test_what_is_left_does_not_press_the_price_below_the_one_that_earns_most():
    """A unit costs 4 to send: beyond 4 × 2 / (2 - 1) = 8 more units bring less, however many lie there."""
    lot = lot_of(steady(20, 6), FINE - 4, 10_000)
    assert FINE[single_best(lot)] == 8.0
    assert (FINE[planned_path(lot)] == 8.0).all()


def test_demand_that_hardly_answers_keeps_its_price():
    lot = lot_of(steady(20, 6, slope=-0.9), FINE, 1_000)
    assert (planned_path(lot) == 0).all()


def test_what_comes_after_the_path_by_hand():
    """10 left, 2 a week for three weeks, 5 a unit, 1 for what is never sold, half a unit of money a week to hold one.

    6 are sold, the n-th after n / 2 weeks, held for 6² / (2 × 2) = 9 unit-weeks: 6 × 5 - 9 × 0.5 + 4 × 1.
    """
    none = np.zeros((1, 1, 1))
    lot = lot_of(none, [5.0], 10, pace=np.array([[2.0]]), life=3.0, holding=0.5, salvage=1.0)
    assert values(np.array([0]), lot)[0] == pytest.approx(-10 * 0.5 + 30 - 4.5 + 4)
    dear = lot._replace(holding=4.0)  # after two weeks a unit costs more to hold than its 5 - 1 beyond salvage
    assert values(np.array([0]), dear)[0] == pytest.approx(-40 + 2 * 4 - 4.0 * 2**2 / 4 + 10 * 1)


def random_lot(seed, draws=6, weeks=4, prices=4):
    luck = np.random.default_rng(seed)
    asked = np.sort(luck.uniform(3, 10, prices))[::-1]
    level = luck.gamma(3, 1, (draws, 1, 1)) * luck.gamma(4, 0.5, (draws, weeks, 1))
    units = luck.poisson(level * (asked / asked[0]) ** -luck.uniform(0.5, 4))
    return lot_of(units, asked, luck.integers(5, 60), holding=luck.uniform(0, 0.1))


def test_paths_are_those_of_brute_force():
    reached, at_once = [], []
    for seed in range(60):
        lot = random_lot(seed)
        every = [values(np.array(path), lot).mean() for path in combinations_with_replacement(range(4), 4)]
        path = planned_path(lot)
        assert (np.diff(path) >= 0).all()
        reached.append(mean_value(path, lot) / max(every))
        at_once.append(values(np.full(4, single_best(lot)), lot).mean() / max(every))
    assert min(reached) > 0.99
    assert np.mean(reached) > 0.9995
    assert max(reached) <= 1 + 1e-12
    assert np.mean(at_once) < 0.99  # so that a single price would not have passed


def independent(seed):
    """A lot whose weeks know nothing of each other: all rows of three weeks with three outcomes each."""
    small = random_lot(seed, draws=3, weeks=3, prices=3)
    units = np.array(
        [[small.units[draw, week] for week, draw in enumerate(row)] for row in product(range(3), repeat=3)]
    )
    return small, lot_of(units, small.worth[0], small.stock, holding=small.holding)


def recursion(lot):
    """What is expected of the best price at every week and stock, a price never above the last; outcomes of a week are its draws."""

    @cache
    def best(week, left, last):
        if week == lot.units.shape[1]:
            return 0.0
        tried = []
        for price in range(last, lot.worth.shape[1]):
            sold = np.minimum(lot.units[:, week, price], left)
            later = [best(week + 1, float(rest), price) - rest * lot.holding for rest in left - sold]
            tried.append(float(np.mean(sold * lot.worth[0, price] + later)))
        return max(tried)

    return best(0, lot.stock, 0)


def test_prices_by_what_is_left_are_those_of_a_plain_recursion_and_no_plan_beats_them():
    gained = []
    for seed in range(12):
        small, lot = independent(seed)
        found = policy(small)
        assert found.value == pytest.approx(recursion(small))
        came, paths = followed(found.price, found.left, lot)
        assert came.mean() == pytest.approx(found.value)
        assert (np.diff(paths, axis=1) >= 0).all()
        plans = [values(np.array(path), lot).mean() for path in combinations_with_replacement(range(3), 3)]
        gained.append(came.mean() / max(plans) - 1)
    assert min(gained) > -1e-12
    assert max(gained) > 0.002  # what is left tells something


def test_units_are_of_a_poisson_distribution_and_never_fewer_at_a_lower_price():
    luck = np.random.default_rng(1).random((40_000, 1, 3))
    rates = np.full((40_000, 1), 3.0)
    units = counted(rates, np.tile([1.0, 1.5, 100.0], (40_000, 1)), luck)[:, 0]
    assert (units[:, 0] == poisson.ppf(luck[:, 0, 0], 3.0)).all()
    assert units.mean(axis=0) == pytest.approx([3, 4.5, 300], rel=0.01)
    assert units.var(axis=0) == pytest.approx([3, 4.5, 300], rel=0.03)
    assert (np.diff(units, axis=1) >= 0).all()


def test_who_joins_at_a_lower_price_comes_by_luck_of_their_own():
    """Of 3 and 4.5 expected the difference is a Poisson of 1.5, whoever came at the first price; where fewer are expected, fewer come."""
    luck = np.random.default_rng(2).random((40_000, 1, 2))
    more, fewer = (counted(np.full((40_000, 1), 3.0), np.tile([1.0, to], (40_000, 1)), luck)[:, 0] for to in (1.5, 0.5))
    joined = more[:, 1] - more[:, 0]
    assert joined.var() == pytest.approx(1.5, rel=0.03)
    assert np.corrcoef(joined, more[:, 0])[0, 1] == pytest.approx(0, abs=0.02)
    assert fewer[:, 1].mean() == pytest.approx(1.5, rel=0.02)
    assert (fewer[:, 1] <= fewer[:, 0]).all()
