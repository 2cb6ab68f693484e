"""Poisson with fixed effects: our own, whose last step bounds and instruments stand on, beside pyfixest's and beside dummies."""

import numpy as np
import pytest
from confounded_by_hand import Planted, confounded
from prices_by_hand import panel_of
from shopkeeper.pricing.fixed_effects import fixed_effects
from shopkeeper.pricing.price_model import cells_of
from shopkeeper.pricing.within import clustered, least_squares, poisson, telling, within


def test_it_is_the_regression_of_pyfixest():
    cells = cells_of(confounded(3, skus=12, periods=30, planted=Planted(mean=1.0)).panel)
    rows = telling(cells)
    found = poisson(cells, rows, cells.log_price[rows.cell, None])
    [theirs] = fixed_effects(cells).query("category == -1").itertuples()
    assert found.coefficients[0] == pytest.approx(theirs.elasticity, abs=1e-6)
    error = (theirs.high - theirs.low) / 2 / 1.6449
    assert np.sqrt(clustered(found)[0, 0]) == pytest.approx(
        error, rel=0.1
    )  # theirs counts the levels among the coefficients


def test_what_is_left_within_is_what_dummies_leave():
    draw = np.random.default_rng(1)
    cells = cells_of(panel_of(draw.poisson(9, (6, 15)), np.where(draw.random((6, 15)) < 0.2, np.nan, 9.0)))
    rows = telling(cells)
    weight, column = draw.uniform(0.5, 3, len(rows.cell)), draw.normal(size=(len(rows.cell), 2))
    dummies = np.c_[np.eye(rows.sku.max() + 1)[rows.sku], np.eye(rows.group.max() + 1)[rows.group]]
    root = np.sqrt(weight)[:, None]
    left = column - dummies @ np.linalg.lstsq(root * dummies, root * column, rcond=None)[0]
    assert within(rows, weight, column) == pytest.approx(left, abs=1e-7)


def test_cells_that_stand_alone_tell_nothing():
    price = np.array([[1, 1, 1], [1, 1, np.nan], [np.nan, np.nan, 1.0]]) * 10
    cells = cells_of(panel_of([[40, 30, 30], [30, 30, 0], [0, 0, 40]], price, categories=1))
    rows = telling(cells)
    assert (len(rows.cell), rows.sku.max(), rows.group.max()) == (4, 1, 1)


def test_a_column_that_the_levels_tell_gets_nothing():
    columns = np.array([[1.0, 0.0], [-1.0, 0.0], [2.0, 0.0]])
    assert least_squares(columns, np.array([3.0, -3.0, 6.0]), np.ones(3)).tolist() == pytest.approx([3.0, 0.0])
