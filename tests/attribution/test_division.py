"""How a total is divided: by hand, against a grid, against a searching optimiser, in any unit, within the limits."""

import dataclasses

import numpy as np
import pytest
from curves_by_hand import saturating, straight
from scipy.optimize import minimize
from shopkeeper.attribution.curves import bottom, contribution_at, limited, top
from shopkeeper.attribution.division import divide, divide_carefully, divide_each, worst

TWO = straight([0, 10, 20], {"a": [0, 30, 40], "b": [0, 20, 35]})


@pytest.mark.parametrize(
    ("total", "best"), [(5, [5, 0]), (20, [10, 10]), (25, [10, 15]), (34, [14, 20]), (40, [20, 20])]
)
def test_the_steepest_steps_are_filled_first(total, best):
    assert divide(TWO, total).tolist() == best


def test_a_free_total_takes_each_step_that_brings_more_than_it_costs():
    assert divide(TWO, None).tolist() == [10, 20]


def test_no_more_is_spent_than_the_limits_let_and_no_less():
    assert divide(dataclasses.replace(TWO, high=np.array([8.0, 9.0])), 20).tolist() == [8, 9]
    assert divide(dataclasses.replace(TWO, seen=np.array([8.0, 12.0])), 25).tolist() == [10, 12]
    assert divide(dataclasses.replace(TWO, low=np.array([12.0, 13.0])), 20).tolist() == [12, 13]
    assert divide(dataclasses.replace(TWO, low=np.array([12.0, 0.0])), None).tolist() == [12, 20]


def test_each_draw_has_its_own_best_and_the_budget_is_best_for_their_mean():
    both = straight([0, 10, 20], {"a": [0, 30, 40], "b": [0, 0, 0]}, {"a": [0, 2, 2], "b": [0, 20, 35]})
    assert divide_each(both, 15).tolist() == [[15, 0], [0, 15]]
    assert divide(both, 15).tolist() == [10, 5]  # means: a 1.6 then 0.5, b 1.0 then 0.75


def test_of_each_draw_alone_the_division_is_the_same():
    curves = limited(saturating(20, 5, 60, 0.4), 0.3)
    each = divide_each(curves, curves.now.sum())
    alone = [
        divide(dataclasses.replace(curves, contribution=curves.contribution[[n]]), curves.now.sum()) for n in range(20)
    ]
    assert each == pytest.approx(np.array(alone), abs=1e-6)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_the_unit_of_money_changes_no_share(unit):
    curves = limited(saturating(200, 6, 100, 0.4), 0.4)
    money = {name: unit * getattr(curves, name) for name in ("spend", "contribution", "now", "low", "high", "seen")}
    other, total = dataclasses.replace(curves, **money), curves.now.sum()
    assert divide(other, unit * total) / (unit * total) == pytest.approx(divide(curves, total) / total, abs=1e-9)
    each = divide_each(other, unit * total) / (unit * total)
    assert each == pytest.approx(divide_each(curves, total) / total, abs=1e-9)
    careful = divide_carefully(other, unit * total) / (unit * total)
    assert careful == pytest.approx(divide_carefully(curves, total) / total, abs=1e-6)


def test_the_unit_of_spend_alone_changes_no_share():
    curves = limited(saturating(200, 6, 100, 0.4), 0.4)
    other = dataclasses.replace(
        curves, **{name: 1e6 * getattr(curves, name) for name in ("spend", "now", "low", "high", "seen")}
    )
    assert divide(other, 1e6 * curves.now.sum()) / 1e6 == pytest.approx(divide(curves, curves.now.sum()), rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_no_point_of_a_fine_grid_brings_more(seed):
    curves = saturating(100, 3, 150, 0.4, seed)
    total = float(curves.now.sum())
    steps = np.linspace(0, 1, 101)
    a, b = (each.ravel() for each in np.meshgrid(steps * curves.seen[0], steps * curves.seen[1]))
    grid = np.stack([a, b, total - a - b], axis=1)
    grid = grid[(grid[:, 2] >= 0) & (grid[:, 2] <= curves.seen[2])]
    mean = curves.contribution.mean(axis=0)
    brings = sum(np.interp(grid[:, c], curves.spend[:, c], mean[:, c]) for c in range(3))
    ours = contribution_at(curves, divide(curves, total)).sum(axis=1).mean()
    assert brings.max() <= ours * (1 + 1e-12)
    assert brings.max() >= ours * 0.995


def test_a_search_from_eight_starts_finds_nothing_better():
    curves = limited(saturating(100, 5, 150, 0.4), 0.5)
    total, low, high = float(curves.now.sum()), bottom(curves), top(curves)

    def lost(shares: np.ndarray) -> float:
        return -contribution_at(curves, total * shares).sum(axis=1).mean() / total

    ours = -lost(divide(curves, total) / total)
    draw, found = np.random.default_rng(1), []
    for _ in range(8):
        start = low + (high - low) * draw.random(5)
        rule = {"type": "eq", "fun": lambda shares: shares.sum() - 1}
        ends = list(zip(low / total, high / total, strict=True))
        ended = minimize(
            lost, start / start.sum(), bounds=ends, constraints=[rule], method="SLSQP", options={"eps": 1e-3}
        )
        found.append(-ended.fun)
    assert max(found) <= ours * 1.001
    assert max(found) >= ours * 0.999


@pytest.mark.parametrize("seed", range(10))
def test_limits_and_total_hold(seed):
    curves = limited(saturating(50, 8, 80, 0.5, seed), 0.3)
    total = min(curves.now.sum(), top(curves).sum())
    for spend in (divide(curves, total), *divide_each(curves, total), divide_carefully(curves, total)):
        assert spend.sum() == pytest.approx(total, rel=1e-8)
        assert (spend >= bottom(curves) - 1e-8 * total).all()
        assert (spend <= top(curves) + 1e-8 * total).all()


def test_a_careful_budget_moves_only_where_the_worst_fifth_gains():
    good, bad = {"a": [0, 10, 20], "b": [0, 20, 40]}, {"a": [0, 10, 20], "b": [0, 5, 10]}
    # To move 1 from a to b gains 1 in a good draw and loses 0.5 in a bad one.
    two_bad = straight([0, 10, 20], *[good] * 8, *[bad] * 2)
    assert divide(two_bad, 20) == pytest.approx([0, 20])
    assert divide_carefully(two_bad, 20) == pytest.approx([10, 10])
    one_bad = straight([0, 10, 20], *[good] * 9, bad)
    assert divide_carefully(one_bad, 20) == pytest.approx([0, 20])


@pytest.mark.parametrize("seed", range(3))
def test_a_careful_budget_does_best_in_the_worst_fifth(seed):
    curves = limited(saturating(100, 2, 40, 0.5, seed), 0.5)
    total = float(curves.now.sum())

    def of(first: float) -> float:
        spend = np.array([first, total - first])
        return worst((contribution_at(curves, spend) - contribution_at(curves, curves.now)).sum(axis=1))

    low, high = bottom(curves), top(curves)
    grid = np.linspace(max(low[0], total - high[1]), min(high[0], total - low[1]), 2_001)
    assert of(divide_carefully(curves, total)[0]) >= max(map(of, grid)) - 1e-9 * total


def test_the_worst_fifth_is_rounded_up():
    assert worst(np.array([5.0, 1.0, 2.0, 9.0, 7.0])) == 1
    assert worst(np.array([5.0, 1.0, 2.0, 9.0, 7.0, 3.0])) == 1.5
