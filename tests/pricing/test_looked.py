"""What is found of the cells beforehand: how widely sales scatter."""

import numpy as np
import pytest
from prices_by_hand import panel_of
from shopkeeper.pricing.looked import looked_at
from shopkeeper.pricing.price_model import cells_of


def world_of(pack, size, seed=2):
    """Sixteen SKUs of two categories over 150 weeks; customers buy so many units at once, and demand of a week is gamma with this size."""
    draw = np.random.default_rng(seed)
    price = 50 * np.exp(-0.2 * (draw.random((16, 150)) < 0.3))
    mean = draw.uniform(3, 30, 16)[:, None] * (price / 50) ** -2
    return panel_of(pack * draw.poisson(mean * draw.gamma(size, 1 / size, mean.shape)), price)


@pytest.mark.parametrize(("pack", "size"), [(1, 10.0), (3, 10.0), (3, 1e4)])
def test_how_many_are_bought_at_once_is_told_from_what_moves_demand(pack, size):
    cells = cells_of(world_of(pack, size))
    seen = looked_at(cells)
    here = cells.sold > 0
    assert (cells.sold[here] / seen.sold[here]).mean() == pytest.approx(pack, rel=0.3)
    assert 1 / seen.size.mean() == pytest.approx(1 / size, abs=0.025)


def test_sales_in_packs_leave_levels_where_they_were():
    cells = cells_of(world_of(3, 10.0))
    seen, here = looked_at(cells), cells.sold > 0
    np.testing.assert_allclose(np.exp(cells.usual - seen.usual)[here], cells.sold[here] / seen.sold[here])
