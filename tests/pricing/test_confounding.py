"""Bounds for what is not seen: hand-worked and published ones, and those of a confounder that is planted hold the truth."""

from dataclasses import replace

import numpy as np
import pytest
from confounded_by_hand import confounded
from shopkeeper.pricing.confounding import Strength, as_strong, associate, bounds, robustness, seen_strengths, strength
from shopkeeper.pricing.price_model import cells_of


def column_of(panel, table):
    """A table of SKUs × periods in the order of the panel's cells."""
    return cells_of(replace(panel, promoted={"table": table})).promoted[:, 0]


@pytest.fixture(scope="module")
def made():
    return confounded(1)


@pytest.fixture(scope="module")
def found(made):
    return associate(cells_of(made.panel), [])


def test_prices_that_follow_demand_hide_the_elasticity_and_bounds_at_the_confounders_strength_hold_it(made, found):
    held = bounds(found, strength(found, column_of(made.panel, made.shock)))
    assert found.interval[0] > -1.2
    assert held.low <= -2 <= held.high
    assert held.least == pytest.approx(-2, abs=0.15)


def test_one_end_of_the_bounds_is_what_the_regression_with_the_confounder_in_it_tells(made, found):
    step, shock = found.regression, column_of(made.panel, made.shock)
    root = np.sqrt(step.weight)[:, None]
    dummies = np.c_[
        np.eye(step.telling.sku.max() + 1)[step.telling.sku], np.eye(step.telling.group.max() + 1)[step.telling.group]
    ]
    columns = np.c_[step.columns, shock[step.telling.cell], dummies]
    [with_it, *_] = np.linalg.lstsq(root * columns, root[:, 0] * step.demand, rcond=None)[0]
    assert bounds(found, strength(found, shock)).least == pytest.approx(with_it, abs=1e-6)


def test_a_confounder_as_strong_as_the_robustness_value_leaves_nothing(found):
    for elasticity in (0.0, -1.5):
        share = robustness(found, elasticity)
        told = bounds(found, Strength(share, share))
        assert min(abs(told.least - elasticity), abs(told.most - elasticity)) == pytest.approx(0, abs=1e-9)


def test_one_to_three_times_as_strong_is_what_cinelli_and_hazlett_print():
    """Darfur, "female": table 1 and section 4.4 of the paper, as sensemakr prints them."""
    female = Strength(0.00908, 0.10903)
    told = [as_strong(female, times) for times in (1, 2, 3)]
    assert [each.of_price for each in told] == pytest.approx([0.0092, 0.0183, 0.0275], abs=1e-4)
    assert [each.of_demand for each in told] == pytest.approx([0.1246, 0.2493, 0.3741], abs=2e-4)


def test_none_is_twice_as_strong_as_what_tells_half_of_the_price():
    assert as_strong(Strength(0.4, 0.1), 2) is None
    assert as_strong(Strength(0.4, 0.1), 1).of_price == pytest.approx(2 / 3)


def test_what_is_seen_is_told_by_how_far_it_could_bend(made):
    luck = np.random.default_rng(2).normal(size=made.shock.shape)
    panel = replace(made.panel, promoted={"luck": luck, "half of it": made.shock + 0.25 * luck})
    rows = seen_strengths(associate(cells_of(panel), list(panel.promoted)))
    assert rows.name.tolist() == ["half of it", "luck"]
    assert rows.of_price[0] > 0.2
