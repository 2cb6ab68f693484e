"""Planted elasticities are found again, by the model that is published and by fixed effects, and sparse SKUs borrow strength."""

from dataclasses import replace

import numpy as np
import pytest
from prices_by_hand import panel_of
from shopkeeper.pricing.elasticity import fit_elasticities
from shopkeeper.tables import DataError

SKUS, PERIODS = 40, 80


@pytest.fixture(scope="module")
def world():
    """Forty SKUs of two categories, -1.5 and -2.5 in the mean; sales double in every fourth period, when prices are lower too."""
    draw = np.random.default_rng(11)
    true = np.where(np.arange(SKUS) % 2, -2.5, -1.5) + 0.3 * draw.normal(size=SKUS)
    off = (draw.random((SKUS, PERIODS)) < 0.35) * draw.uniform(0.05, 0.3, (SKUS, PERIODS))
    event = np.arange(PERIODS) % 4 == 0
    price = draw.uniform(50, 200, SKUS)[:, None] * np.exp(-off - 0.1 * event)
    usual = draw.lognormal(1.5, 1, SKUS)[:, None] * (1 + event)
    shock = np.exp(0.15 * draw.normal(size=off.shape))
    sold = draw.poisson(usual * shock * np.exp(true[:, None] * (-off)))
    return true, panel_of(sold, price)


@pytest.fixture(scope="module")
def found(world):
    return fit_elasticities(world[1], seed=1)


def test_planted_elasticities_lie_in_their_intervals(world, found):
    true, rows = world[0], found.by_sku
    held = ((rows.low <= true) & (true <= rows.high)).mean()
    assert 0.8 <= held <= 1
    assert found.by_category.elasticity.tolist() == pytest.approx([-1.5, -2.5], abs=0.2)
    assert found.checks["r_hat"] <= 1.01
    assert found.checks["divergences"] == 0


def test_sparse_skus_borrow_strength(world, found):
    true, alone = world[0], one_by_one(world[1])
    ours, theirs = (np.sqrt(np.mean((told - true) ** 2)) for told in (found.by_sku.elasticity, alone))
    assert ours <= 0.7 * theirs
    assert (found.by_sku.elasticity < 0).all()


def one_by_one(panel):
    """The slope of log sales in log price of each SKU, weeks without a sale left out: what a spreadsheet would say."""
    told = []
    for sold, price in zip(panel.sold, panel.price, strict=True):
        here = sold > 0
        told.append(np.polyfit(np.log(price[here]), np.log(sold[here]), 1)[0] if here.sum() > 2 else 0.0)
    return np.array(told)


def test_nothing_is_told_of_a_shop_of_one_sku():
    with pytest.raises(DataError, match="1 of 1 SKUs"):
        fit_elasticities(panel_of([[30, 20]], [[10.0, 12.0]]), seed=1)


def test_a_skus_own_elasticity_counts_what_its_market_gains_and_what_its_neighbours_lose(found):
    draws = np.full((1, 1), 1.0)
    told = replace(found, beside=-2 * draws, power=0.5 * draws, share=np.array([0.2]))
    assert told.own == pytest.approx(-2 * (0.8 + 0.5 * 0.2))
