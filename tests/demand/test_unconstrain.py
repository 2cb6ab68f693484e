"""Demand behind empty shelves: planted, censored, and found again."""

import numpy as np
import pytest
from scipy.stats import nbinom, poisson
from shopkeeper.demand.unconstrain import moments_beyond, unconstrain

DAYS, SKUS, MEAN = 2_000, 20, 10.0


def planted(size: float, shelf: float) -> tuple[np.ndarray, np.ndarray]:
    """Demand of a mean of 10, and shelves that hold some Poisson number of units."""
    luck = np.random.default_rng(11)
    demand = luck.poisson(MEAN * (luck.gamma(size, 1 / size, (SKUS, DAYS)) if size else 1.0), (SKUS, DAYS))
    return demand.astype(float), luck.poisson(shelf, (SKUS, DAYS)).astype(float)


@pytest.mark.parametrize(("size", "shelf"), [(0.0, 11.5), (0.0, 10.7), (3.0, 13.5), (3.0, 10.0)])
def test_the_mean_of_half_hidden_demand_is_found(size, shelf):
    demand, held = planted(size, shelf)
    sales, is_out = np.minimum(demand, held), demand >= held
    assert 0.3 <= is_out.mean() <= 0.51
    found = unconstrain(sales, is_out).units.mean()
    trusted, dropped = sales.mean(), sales[~is_out].mean()
    assert found == pytest.approx(demand.mean(), rel=0.02)
    assert abs(found - demand.mean()) < min(abs(trusted - demand.mean()), abs(dropped - demand.mean())) / 3


def test_a_promotion_behind_an_empty_shelf_keeps_its_height():
    """All SKUs sell four times as much on every tenth day, on which every other SKU is sold out at its usual level."""
    luck = np.random.default_rng(3)
    is_peak = np.arange(400) % 10 == 0
    demand = luck.poisson(np.where(is_peak, 20.0, 5.0), (40, 400)).astype(float)
    held = np.where(is_peak & (np.arange(40)[:, None] % 2 == 0), 6.0, 1e9)
    found = unconstrain(np.minimum(demand, held), demand >= held, np.tile(is_peak, (40, 1)))
    assert found.units[::2][:, is_peak].mean() == pytest.approx(20, rel=0.07)


def test_moments_beyond_equal_sums_over_the_distribution():
    units = np.arange(400)
    for least, mean, size in [(3.0, 2.0, np.inf), (0.0, 2.0, 1.5), (12.0, 4.0, 0.7), (1.0, 0.01, 5.0)]:
        chance = poisson.pmf(units, mean) if np.isinf(size) else nbinom.pmf(units, size, size / (size + mean))
        chance = np.where(units >= least, chance, 0) / chance[units >= least].sum()
        found = moments_beyond(*(np.array([value]) for value in (least, mean, size)))
        np.testing.assert_allclose(np.ravel(found), [chance @ units, chance @ units**2], rtol=1e-9)


def test_sales_far_beyond_the_level_are_kept():
    first, second = moments_beyond(np.array([5000.0]), np.array([1.0]), np.array([np.inf]))
    assert (first[0], second[0]) == (5000, 5000**2)


def test_days_not_on_sale_stay_unknown_and_full_shelves_untouched():
    sales = np.array([[np.nan, np.nan, 2.0, 0.0, 1.0]])
    found = unconstrain(sales, np.zeros((1, 5), bool))
    np.testing.assert_array_equal(found.units, sales)
