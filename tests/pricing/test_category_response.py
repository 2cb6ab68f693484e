"""How far categories follow their prices: planted powers are found again, whatever moves all categories at once."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from prices_by_hand import panel_of
from shopkeeper.pricing.category_response import category_response
from shopkeeper.pricing.price_model import cells_of, places

MARKETS, EACH, PERIODS, SLOPE = 4, 6, 120, -2.0


def shop_of(power, seed=3):
    """Four categories of six SKUs that share their category's demand, which follows the inclusive value to this power; all know events."""
    draw = np.random.default_rng(seed)
    skus = MARKETS * EACH
    market = np.arange(skus) % MARKETS
    log_price = (draw.random((skus, PERIODS)) < 0.35) * -draw.uniform(0.05, 0.3, (skus, PERIODS))
    event = np.arange(PERIODS) % 10 == 0
    log_price = log_price - 0.15 * event
    appeal = np.exp(draw.normal(0, 0.5, skus))[:, None] * np.exp(SLOPE * log_price)
    usual = np.exp(draw.normal(0, 0.5, skus))
    total = np.stack([appeal[market == one].sum(axis=0) for one in range(MARKETS)])
    demand = 300 * np.exp(0.4 * event + 0.05 * draw.normal(size=total.shape)) * (total / total.max()) ** power
    sold = draw.poisson(demand[market] * appeal / total[market])
    return panel_of(sold, 100 * usual[:, None] * np.exp(log_price), categories=MARKETS)


def draws_of(cells):
    """Draws that know the planted slope: what is looked at is the power alone."""
    z = np.zeros((200, places(cells)["lift"].stop))
    seen = cells._replace(near=np.full(len(cells.near), SLOPE), weight=np.full(len(cells.near), 1e9))
    return seen, z


@pytest.mark.parametrize("power", [0.2, 0.8])
def test_planted_powers_lie_in_their_intervals(power):
    panel = shop_of(power)
    cells, z = draws_of(cells_of(panel))
    found = category_response(cells, z, panel, seed=1)
    low, high = np.quantile(found, [0.02, 0.98], axis=0)
    assert ((low <= power) & (power <= high)).mean() >= 0.75
    assert found.mean() == pytest.approx(power, abs=0.12)
    assert (high - low).max() < 0.6


def test_skus_of_small_categories_are_no_substitutes():
    panel = shop_of(0.2)
    names = panel.skus.category.where(panel.skus.index % 6 != 5, "odd ones")  # the last SKU of each category
    names = names.where(names != "odd ones", [f"odd {number}" for number in range(len(names))])
    panel = replace(panel, skus=panel.skus.assign(category=names))
    cells, z = draws_of(cells_of(panel))
    found = category_response(cells, z, panel, seed=1)
    small = panel.skus.category.str.startswith("odd").to_numpy()
    assert small.any()
    assert (found[:, small] == 1).all()
    assert (found[:, ~small].mean(axis=0) < 0.6).all()


def test_without_enough_categories_what_was_believed_before_remains():
    panel = shop_of(0.9)
    alone = panel.skus.assign(category=pd.Series("k0", panel.skus.index))
    panel = replace(panel, skus=alone)
    cells, z = draws_of(cells_of(panel))
    found = category_response(cells, z, panel, seed=1)
    assert found.mean() == pytest.approx(0.5, abs=0.1)
    assert found.std() > 0.2


def test_powers_at_the_edge_are_not_heaped_on_it():
    cells, z = draws_of(cells_of(panel := shop_of(0.0)))
    found = category_response(cells, z, panel, seed=1)
    assert ((found > 0) & (found < 1)).all()
    assert (np.quantile(found, 0.05, axis=0) < 0.1).all()
