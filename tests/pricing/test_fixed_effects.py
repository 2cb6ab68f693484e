"""Fixed effects recover what is planted where logs do not, and leave out what they cannot tell."""

import numpy as np
import pytest
from prices_by_hand import panel_of
from shopkeeper.pricing.fixed_effects import fixed_effects, naive
from shopkeeper.pricing.price_model import cells_of


def sparse(true=-2.0, skus=60, periods=60, seed=4):
    """SKUs that sell less than once a period, in a market that doubles whenever all prices are lower."""
    draw = np.random.default_rng(seed)
    off = (draw.random((skus, periods)) < 0.4) * draw.uniform(0.1, 0.4, (skus, periods))
    event = np.arange(periods) % 3 == 0
    sold = draw.poisson(0.9 * draw.gamma(2, 0.5, (skus, 1)) * (1 + event) * np.exp(-true * off))
    return cells_of(panel_of(sold, 10 * np.exp(-off - 0.2 * event)))


def test_weeks_without_a_sale_and_events_bend_logs_and_not_fixed_effects():
    cells = sparse()
    found = fixed_effects(cells).set_index("category")
    assert found.elasticity[-1] == pytest.approx(-2.0, abs=0.15)
    assert (found.low < -2.0).all()
    assert (found.high > -2.0).all()
    assert abs(naive(cells).set_index("category").elasticity[-1] + 2.0) > 0.3


def test_where_no_price_moves_beside_the_others_nothing_is_told():
    together = np.exp(-0.2 * (np.arange(30) % 2))
    sold = np.random.default_rng(2).poisson(9, (8, 30))
    assert fixed_effects(cells_of(panel_of(sold, 10 * np.ones((8, 1)) * together))).empty


def test_a_category_of_one_sku_has_no_row_of_its_own():
    draw = np.random.default_rng(3)
    price = 10 * np.exp(-0.3 * (draw.random((7, 40)) < 0.4))
    panel = panel_of(draw.poisson(12, price.shape), price)
    panel.skus["category"] = ["alone", *["many"] * 6]
    assert fixed_effects(cells_of(panel)).category.tolist() == [-1, 1]
