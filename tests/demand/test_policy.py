"""Policies against stockpyl, and against an independent simulation of the shelf."""

import numpy as np
import pytest
from scipy.stats import norm, poisson
from shopkeeper.demand.ledger import arrivals, keep
from shopkeeper.demand.policy import lead_days, newsvendor, order_units, reorder_levels
from stockpyl.newsvendor import newsvendor_normal
from stockpyl.ss import s_s_discrete_exact


def test_newsvendor_equals_stockpyl():
    demand = norm.ppf((np.arange(200_000) + 0.5) / 200_000, 50, 8)
    expected, cost = newsvendor_normal(0.18, 0.70, 50, 8)
    assert (expected, cost) == pytest.approx((56.603956, 1.997605), rel=1e-6)
    found = newsvendor(demand, 0.18, 0.70)
    assert found == pytest.approx(expected, rel=1e-5)
    left = found - demand
    assert np.where(left > 0, 0.18 * left, -0.70 * left).mean() == pytest.approx(cost, rel=1e-4)


@pytest.mark.parametrize(
    ("mean", "holding", "missing", "ordering"), [(6, 1, 4, 5), (20, 1, 9, 24), (0.4, 2, 15, 3), (52, 1, 9, 64)]
)
def test_reorder_levels_equal_stockpyl(mean, holding, missing, ordering):
    chance = poisson.pmf(np.arange(int(mean * 4 + 40)), mean)
    found = reorder_levels(chance, holding, missing, ordering)
    expected = s_s_discrete_exact(holding, missing, ordering, True, mean)
    assert found[:2] == expected[:2]
    assert found.cost == pytest.approx(expected[2], rel=1e-6)


def test_the_classic_case():
    assert reorder_levels(poisson.pmf(np.arange(80), 6), 1, 4, 5) == pytest.approx((4, 10, 8.034112), rel=1e-6)


def test_orders_are_whole_cases_and_no_less_than_the_smallest():
    need = np.array([[-3, 5, 13, 1], [-1, 7, 14, 2], [-2, 6, 15, 9]])
    service, moq, case = np.full(4, 0.66), np.array([10, 10, 4, 1]), np.array([5, 5, 4, 1])
    assert order_units(need, service, moq, case).tolist() == [0, 10, 16, 2]


def draw(source: np.random.Generator, shelves: int, paths: int, days: int) -> np.ndarray:
    """Four a day in the mean, negative binomial of size 2."""
    return source.poisson(source.gamma(2.0, 2.0, (paths, shelves, days)))


def at(table: np.ndarray, when: np.ndarray) -> np.ndarray:
    """Of each path and shelf the cell of its day."""
    return np.take_along_axis(table, when[:, :, None], 2)[:, :, 0]


@pytest.mark.parametrize("service", [0.95, 0.98])
def test_the_service_promised_is_kept_in_another_simulation(service):
    """Weekly orders over 200 weeks of 30 shelves: the policy's paths and the shelf's demand share no draw."""
    asked, luck = np.random.default_rng(1), np.random.default_rng(2)
    shelves, weeks = 30, 200
    mean, sd = np.full(shelves, 6.0), np.full(shelves, 2.0)
    stock, coming = np.full(shelves, 80), np.zeros((shelves, 7 * weeks + 40), np.int64)
    kept, cycles = 0, 0
    for week in range(weeks):
        day = 7 * week
        paths, first, after = (
            draw(asked, shelves, 500, 40),
            lead_days(mean, sd, 500, asked),
            lead_days(mean, sd, 500, asked),
        )
        until = np.maximum(7 + after, first + 1)
        known = np.broadcast_to(coming[:, day : day + 40], paths.shape)
        ledger = keep(paths, stock, known)
        total = paths.cumsum(axis=2)
        left = at(ledger.stock, first - 1)
        later = at(known.cumsum(axis=2), until - 1) - at(known.cumsum(axis=2), first - 1)
        need = at(total, until - 1) - at(total, first - 1) - left - later
        units = order_units(need, np.full(shelves, service), np.ones(shelves, int), np.ones(shelves, int))
        lead, following = lead_days(mean, sd, 1, luck)[0], lead_days(mean, sd, 1, luck)[0]
        np.add.at(coming, (np.arange(shelves), day + lead), units)
        # The cycle that this order serves: from its arrival until the next one's.
        wanted = draw(luck, shelves, 1, 40)
        true = keep(wanted, stock, coming[None, :, day : day + 40])
        end = np.maximum(7 + following, lead + 1)
        for shelf in np.flatnonzero(units > 0):
            kept += true.lost[0, shelf, lead[shelf] : end[shelf]].sum() == 0
            cycles += 1
        stock = true.stock[0, :, 6]
    assert cycles > 4_000
    assert kept / cycles == pytest.approx(service, abs=0.005)


def test_every_unit_is_accounted_for():
    luck = np.random.default_rng(5)
    wanted, day = luck.poisson(2.0, (50, 8, 30)), luck.integers(0, 40, (50, 8))
    came = arrivals(luck.integers(0, 30, (50, 8)), day, 30)
    kept = keep(wanted, np.arange(8) - 2, came)
    np.testing.assert_array_equal(kept.sold + kept.lost, wanted)
    begun = np.maximum(np.arange(8) - 2, 0)
    np.testing.assert_array_equal(begun + came.sum(axis=2), kept.sold.sum(axis=2) + kept.stock[:, :, -1])
    assert min(table.min() for table in (kept.stock, kept.sold, kept.lost)) >= 0


def test_a_lead_time_of_nothing_is_the_next_morning():
    assert lead_days(np.zeros(3), np.zeros(3), 4, np.random.default_rng(0)).tolist() == [[1, 1, 1]] * 4
