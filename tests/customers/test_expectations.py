"""What a group will bring: recovered where the truth is known, never from later days, and nothing where too little is known."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.customers.expectations import Expected, Month, expect, of_group


def month(draw, rates, level):
    """Customers who order a Poisson number of times, by their rates and the month's level; each order is worth 20."""
    orders = pd.Series(draw.poisson(rates * level), rates.index).astype("float64")
    known = pd.DataFrame({"pace": np.log(rates)})
    did = pd.DataFrame({"orders": orders, "net_revenue": 20 * orders, "buyers": (orders > 0).astype("float64")})
    return Month(known, did)


@pytest.fixture(scope="module")
def world():
    draw = np.random.default_rng(1)
    rates = pd.Series(draw.gamma(2, 0.3, 2_000), [f"c{n:04d}" for n in range(2_000)])
    levels = [1.3, 1.0, 1.1, 0.9, 1.0, 1.1]  # the latest first
    return rates, [month(draw, rates, level) for level in levels]


def test_a_groups_mean_is_the_sum_of_its_members_rates_at_the_level_of_the_latest_month(world):
    rates, months = world
    orders = expect(months, months[0].known, [], "orders", seed=1)
    for members in (rates.index[:200], rates.nlargest(300).index, rates.nsmallest(300).index):
        mean, low, high = of_group(orders, members, seed=1)
        assert mean == pytest.approx(1.3 * rates[members].sum(), rel=0.12)
        assert low < 1.3 * rates[members].sum() < high
    revenue = expect(months, months[0].known, [], "net_revenue", seed=1)
    assert of_group(revenue, rates.index, seed=1)[0] == pytest.approx(20 * 1.3 * rates.sum(), rel=0.05)


def test_what_moves_everyone_is_read_from_one_month_to_the_next(world):
    _, months = world
    orders = expect(months, months[0].known, [], "orders", seed=1)
    moves = np.diff(np.log([1.3, 1.0, 1.1, 0.9, 1.0, 1.1]))
    assert orders.shock == pytest.approx(np.sqrt(np.mean(moves**2)), rel=0.25)
    assert orders.n_months == 5


def test_the_season_of_a_year_ago_moves_the_level(world):
    rates, months = world
    draw = np.random.default_rng(2)
    year_ago = [month(draw, rates, 2.0), month(draw, rates, 1.0)]
    still, seasonal = (expect(months, months[0].known, ago, "orders", seed=1).mean.sum() for ago in ([], year_ago))
    assert seasonal / still == pytest.approx(2.0, rel=0.1)


def test_an_interval_by_hand():
    """Nothing moves everyone, each customer's outcome varies as a Poisson number: 100 ± 1.645 × 10."""
    who = pd.Index(["ana"])
    each = Expected(pd.Series([100.0], who), pd.Series([100.0], who), pd.Series([100.0], who), shock=0.0, n_months=9)
    assert of_group(each, who, seed=1) == pytest.approx((100, 83.5, 116.5), abs=1.5)


def test_whoever_was_not_known_before_varies_as_all_do():
    who = pd.Index(["ana", "new"])
    each = Expected(
        pd.Series([4.0, 9.0], who), pd.Series([4.0], who[:1]), pd.Series([4.0], who[:1]), shock=0.0, n_months=9
    )
    mean, low, high = of_group(each, who[1:], seed=1)
    assert (mean, low, high) == pytest.approx((9, 4, 14), abs=1)
