"""Elasticities out of time: better than none where prices matter, no better where they do not, and nothing of too few weeks."""

import numpy as np
import pytest
from prices_by_hand import panel_of
from shopkeeper.pricing.holdout import out_of_time, until

SKUS, PERIODS = 20, 60


def shop_of(slope, periods=PERIODS):
    draw = np.random.default_rng(4)
    off = (draw.random((SKUS, periods)) < 0.4) * draw.uniform(0.05, 0.3, (SKUS, periods))
    price = draw.uniform(50, 200, SKUS)[:, None] * np.exp(-off)
    sold = draw.poisson(draw.lognormal(3, 0.7, SKUS)[:, None] * np.exp(-slope * off))
    return panel_of(sold, price)


def test_planted_elasticities_tell_better_what_sold_beside_what():
    every, moved = out_of_time(shop_of(-3.0))
    assert every.n == SKUS * 8
    assert moved.n == pytest.approx(0.4 * every.n, rel=0.25)
    assert moved.ours < 0.75 * moved.constant
    assert moved.ours <= moved.naive * 1.05


def test_where_prices_do_nothing_they_tell_no_better():
    _, moved = out_of_time(shop_of(0.0))
    assert moved.ours >= 0.97 * moved.constant


def test_three_weeks_are_too_few():
    assert out_of_time(shop_of(-3.0, periods=4)) is None


def test_a_shorter_panel_keeps_its_days_with_empty_shelves():
    panel = shop_of(-3.0)
    panel.cut.loc[0], panel.cut.loc[1] = (2, 5, 3), (2, 55, 3)
    kept = until(panel, np.arange(PERIODS) < 50)
    assert kept.cut.to_numpy().tolist() == [[2, 5, 3]]
    assert kept.sold.shape == kept.price.shape == (SKUS, 50)
