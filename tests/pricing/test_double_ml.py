"""Beside DoubleML: where demand has no part in prices, its partially linear regression and our fixed effects tell the same elasticity."""

import numpy as np
import pytest
from doubleml import DoubleMLData, DoubleMLPLR
from prices_by_hand import panel_of
from scipy.special import ndtri
from shopkeeper.pricing.fixed_effects import fixed_effects
from shopkeeper.pricing.price_model import cells_of
from shopkeeper.pricing.seen import with_seen
from shopkeeper.pricing.within import telling, within
from shopkeeper.simulate import World, live
from sklearn.linear_model import LassoCV

_CERTAIN = float(ndtri(0.95))


@pytest.fixture(scope="module")
def cells():
    """Weeks of aurora's SKUs, had it few and no sales events: each sells so often that a week's logarithm tells it as it is."""
    world = World(
        skus=24, categories=2, customers=25_000, promotions=False, stockouts=False, marketing=False, competitors=0
    )
    history = live(world)
    scene, requests, last = history.scene, history.requests, world.days // 7
    week, units = requests.day.to_numpy() // 7, np.zeros((last + 1, world.skus))
    np.add.at(units, (week, requests["sku"].to_numpy()), requests.quantity.to_numpy())
    often = ((scene.catalogue.skus.launched < 0) & (units[:last].min(axis=0) >= 5)).to_numpy()
    panel = panel_of(units[:last, often].T, scene.prices.price[: 7 * last : 7, often].T / 100)
    panel.skus["category"] = scene.catalogue.skus.category.astype(str).to_numpy()[often]
    return cells_of(with_seen(panel))


def double_ml(cells, seed):
    """Elasticity, low, high (90%): log sales by log price, both within SKU and period, what is seen learnt by lasso, errors clustered by SKU."""
    rows = telling(cells)
    logged = np.log(cells.sold) - cells.usual
    table = np.c_[logged, cells.log_price, cells.promoted][rows.cell]
    sales, price, *seen = within(rows, np.ones(len(rows.cell)), table).T
    data = DoubleMLData.from_arrays(np.array(seen).T, sales, price, cluster_vars=rows.sku)
    np.random.seed(seed)
    fit = DoubleMLPLR(data, ml_l=LassoCV(), ml_m=LassoCV(), n_folds=4, n_rep=3).fit()
    slope, error = float(fit.coef[0]), float(fit.se[0])
    return slope, slope - _CERTAIN * error, slope + _CERTAIN * error


def test_each_lies_in_the_others_interval(cells):
    assert len(np.unique(cells.sku)) >= 10
    slope, low, high = double_ml(cells, seed=1)
    ours = fixed_effects(cells).set_index("category").loc[-1]
    assert ours.low <= slope <= ours.high
    assert low <= ours.elasticity <= high
    assert ours.high - ours.low < 0.8
