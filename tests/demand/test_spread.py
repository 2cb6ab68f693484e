"""The spread: planted errors are found again, paths stray as far, and quantiles hold as much as they say."""

import numpy as np
import pytest
from shopkeeper.demand.classes import demand_class
from shopkeeper.demand.quantiles import LEVELS, learn_levels, quantiles, ranks
from shopkeeper.demand.spread import Errors, Relative, Spread, learn_spread, sample_paths

PLANTED = Spread(
    {
        "smooth": Relative(0.1, 0.0),
        "erratic": Relative(0.3, 0.5),
        "intermittent": Relative(0.2, 0.0),
        "lumpy": Relative(0.8, 1.5),
    },
    {
        "smooth": Relative(0.02, 0.0),
        "erratic": Relative(0.05, 0.0),
        "intermittent": Relative(0.1, 2.0),
        "lumpy": Relative(0.2, 5.0),
    },
    0.01,
    0.01,
    0.005,
)
SKUS = 600
KIND = np.array(list(PLANTED.day))[np.arange(SKUS) % 4]
CATEGORY = np.arange(SKUS) // 4 % 8


@pytest.fixture(scope="module")
def past():
    """Twelve origins whose outcomes are drawn with the planted spread around their forecasts."""
    mean = np.random.default_rng(1).gamma(1.0, 3.0, (SKUS, 1)) * np.ones(28)
    return [
        Errors(
            mean,
            sample_paths(mean, KIND, CATEGORY, PLANTED, 1, seed)[0].astype(float),
            np.zeros(mean.shape, bool),
            KIND,
            CATEGORY,
        )
        for seed in range(12)
    ]


def variances(spread, kind):
    """Of a day, and of 28 days, at a third of a unit a day, three and twenty."""
    units = np.array([0.3, 3.0, 20.0])
    day, lasting = spread.day[kind].of(units), spread.sku[kind].of(28 * units)
    return units + units**2 * (day + lasting), 28 * units + 28 * units**2 * day + (28 * units) ** 2 * lasting


def test_a_planted_spread_is_found_again(past):
    found = learn_spread(past)
    for kind in PLANTED.day:
        (day, total), (true_day, true_total) = (variances(spread, kind) for spread in (found, PLANTED))
        np.testing.assert_allclose(day, true_day, rtol=0.2)
        np.testing.assert_allclose(total, true_total, rtol=0.2)
    assert found.week == pytest.approx(PLANTED.week, abs=0.004)
    assert 0.0 <= found.brand < 0.03


def test_paths_have_the_mean_and_the_spread_that_they_are_drawn_with():
    mean = np.full((2, 28), 4.0)
    alone = Spread(PLANTED.day, PLANTED.sku, 0.0, 0.0, 0.0)
    paths = sample_paths(mean, np.array(["lumpy", "smooth"]), np.array([0, 0]), alone, 20_000, 1)
    np.testing.assert_allclose(paths.mean(axis=(0, 2)), 4, rtol=0.02)
    day = paths[:, 0].var(axis=0).mean()
    daily, lasting = 0.8 + 1.5 / 4, 0.2 + 5 / 112
    assert day == pytest.approx(4 + 16 * ((1 + daily) * (1 + lasting) - 1), rel=0.05)
    total = paths[:, 0].sum(axis=1).var()
    assert total == pytest.approx(112 + 112**2 * lasting + 28 * 16 * daily * (1 + lasting), rel=0.05)


def test_a_bulk_order_does_not_make_all_that_sells_look_wild(past):
    """One outcome in five hundred is a hundred times too large: the spread of the others is still told."""
    luck = np.random.default_rng(2)
    bulk = [
        Errors(one.forecast, np.where(luck.random(one.wanted.shape) < 0.002, 100 * one.forecast, one.wanted), one.left_out, one.kind, one.category)
        for one in past
    ]  # fmt: skip
    # Squared errors, whose mean is 0.002 × 300², would tell 20 in place of 0.1.
    assert learn_spread(bulk).day["smooth"].of(np.array([3.0])) < 0.6


def test_what_was_not_expected_at_all_tells_nothing():
    nothing = Errors(
        np.zeros((3, 28)), np.ones((3, 28)), np.zeros((3, 28), bool), np.array(["smooth"] * 3), np.zeros(3, int)
    )
    found = learn_spread([nothing, nothing])
    assert np.isfinite(found.day["smooth"].of(np.array([0.0, 1.0]))).all()


def test_days_with_an_empty_shelf_say_nothing_of_the_spread(past):
    out = np.zeros(past[0].forecast.shape, bool)
    out[:, 5] = True
    spoilt = [Errors(one.forecast, np.where(out, 0, one.wanted), out, one.kind, one.category) for one in past]
    units = np.array([3.0])
    assert learn_spread(spoilt).day["smooth"].of(units) == pytest.approx(PLANTED.day["smooth"].of(units), rel=0.3)


def test_ranks_among_the_right_paths_are_even_also_of_rare_goods():
    luck = np.random.default_rng(3)
    paths, outcome = luck.poisson(0.1, (400, 5_000)).astype(np.int32), luck.poisson(0.1, 5_000).astype(float)
    found = ranks(paths, outcome, 1)
    for level in LEVELS:
        assert (found < level).mean() == pytest.approx(level, abs=0.015)


def test_paths_that_are_too_narrow_are_moved_until_they_hold():
    """Paths drawn as Poisson, outcomes as negative binomials of size 1: what was learnt on one half holds on the other."""
    luck = np.random.default_rng(4)
    mean = luck.gamma(1.0, 3.0, 6_000)
    paths = luck.poisson(mean, (400, 6_000)).astype(np.int32)
    outcome = luck.poisson(mean * luck.gamma(1.0, 1.0, 6_000)).astype(float)
    group = np.where(np.arange(6_000) % 3 == 0, "a", "b")
    learnt, held = np.arange(6_000) < 3_000, np.arange(6_000) >= 3_000
    moved = learn_levels(ranks(paths, outcome, 1)[learnt], group[learnt])
    found = quantiles(paths[:, held], group[held], moved)
    for level, quantile in zip(LEVELS, found, strict=True):
        assert (outcome[held] < quantile).mean() <= level + 0.03
        assert (outcome[held] <= quantile).mean() >= level - 0.03
    assert (outcome[held] <= np.quantile(paths[:, held], 0.95, axis=0)).mean() < 0.91
    assert (np.diff(found, axis=0) >= 0).all()
    assert found.min() >= 0
    assert abs((ranks(paths, outcome, 1)[held] < 0.05).mean() - 0.05) > 0.1


def test_a_small_group_is_told_as_all_are():
    moved = learn_levels(np.linspace(0, 1, 1_000) ** 2, np.array(["many"] * 990 + ["few"] * 10))
    assert set(moved.groups) == {"many"}
    assert moved.level("few", 0.5) == pytest.approx(0.25, abs=0.01)


def test_classes_by_hand():
    """Every day alike; every day unlike; every fourth day alike; every fourth day unlike; once; never."""
    days = np.arange(40)
    rare = np.where(days % 4 == 0, 1.0, 0.0)
    demand = np.array([
        np.full(40, 5.0),
        np.where(days % 10 == 0, 50.0, 1.0),
        5 * rare,
        np.where(days % 8 == 0, 40.0, 1.0) * rare,
        (days == 7) * 3.0,
        np.zeros(40),
    ])  # fmt: skip
    assert demand_class(demand).tolist() == [
        "smooth",
        "erratic",
        "intermittent",
        "lumpy",
        "intermittent",
        "intermittent",
    ]
