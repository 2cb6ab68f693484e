"""The density that is sampled is that of the model as PyMC states it: value and slope."""

import numpy as np
import pytest
from prices_by_hand import panel_of
from shopkeeper.pricing.price_density import log_density, means
from shopkeeper.pricing.price_model import cells_of, model, places, unknowns


def made(seed=1, skus=9, periods=12, kinds=1):
    draw = np.random.default_rng(seed)
    price = 20 * np.exp(-0.3 * (draw.random((skus, periods)) < 0.4))
    promoted = {f"kind {k}": (draw.random((skus, periods)) < 0.2) * 1.0 for k in range(kinds)}
    cells = cells_of(panel_of(draw.poisson(8, price.shape), price, promoted))
    weights = {"weight": draw.gamma(1, 5, skus), "near": draw.normal(-2, 1, skus)}
    return cells._replace(
        size=draw.uniform(2, 30, len(cells.size)),
        category_weight=np.array([0.0, 9.0]),
        level_weight=draw.gamma(1, 5, skus),
        **weights,
    )


@pytest.mark.parametrize("kinds", [0, 2])
def test_value_and_slope_are_those_of_pymc(kinds):
    cells, draw = made(kinds=kinds), np.random.default_rng(3)
    stated = model(cells)
    value, slope = (getattr(stated, name)(mode="FAST_COMPILE") for name in ("compile_logp", "compile_dlogp"))
    one, other = draw.normal(0, 0.4, (2, places(cells)["lift"].stop))
    ours = [log_density(z, cells) for z in (one, other)]
    assert ours[0][0] - ours[1][0] == pytest.approx(value({"z": one}) - value({"z": other}), rel=1e-7)
    for z, (_, by_hand) in zip((one, other), ours, strict=True):
        np.testing.assert_allclose(by_hand, slope({"z": z}), rtol=1e-5, atol=1e-5)


def test_what_moves_a_whole_market_is_not_laid_to_prices():
    """Sales of a market all doubled in one period, whatever the price did: values differ by a constant, slopes by none but chance's weight."""
    cells = made()._replace(size=np.full(len(made().size), 1e9))
    group = np.repeat(np.arange(len(cells.size)), np.diff(cells.first))
    shifted = cells._replace(usual=cells.usual + np.where(group == 3, np.log(2), 0.0))
    z = np.random.default_rng(5).normal(0, 0.4, places(cells)["lift"].stop)
    np.testing.assert_allclose(means(z, shifted), means(z, cells), rtol=1e-9)
    np.testing.assert_allclose(log_density(z, shifted)[1], log_density(z, cells)[1], rtol=1e-7, atol=1e-7)


def test_each_market_sells_what_it_sold():
    cells = made()._replace(size=np.full(len(made().size), 1e9))
    group = np.repeat(np.arange(len(cells.size)), np.diff(cells.first))
    expected = np.bincount(group, means(np.zeros(places(cells)["lift"].stop), cells))
    np.testing.assert_allclose(expected, np.bincount(group, cells.sold), rtol=1e-6)


def test_elasticities_are_their_categorys_and_that_the_brands_and_what_is_their_own():
    cells = made()
    cells = cells._replace(weight=0 * cells.weight, category_weight=0 * cells.category_weight)
    z = np.zeros(places(cells)["lift"].stop)
    z[places(cells)["category"]] = [1.0, -1.0]
    of = unknowns(z, cells)
    assert of["category"] == pytest.approx(of["mean"] + of["between"] * [1.0, -1.0])
    assert of["sku"] == pytest.approx(of["category"][cells.category])
