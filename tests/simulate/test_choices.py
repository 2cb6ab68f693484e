from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize, minimize_scalar
from scipy.stats import chi2
from shopkeeper.simulate import World, live
from shopkeeper.simulate.choices import make_requests
from shopkeeper.simulate.scene import set_scene

# Two categories of eight SKUs, tastes alike, strong price noise: what the promise of an exact elasticity speaks of.
CLEAN = {
    "customers": 6000, "skus": 16, "categories": 2, "segment_separation": 0, "taste": 0, "promotions": False,
    "stockouts": False, "price_noise": 0.15,
}  # fmt: skip
# Units of a line are drawn apart from its SKU; they spread counts by no more than E[q²] / E[q] of the categories here.
DISPERSION = 1.25


def units(history, category):
    """Days × SKUs of one category: units wanted, log price against list, days since launch."""
    skus = history.scene.catalogue.skus
    of = skus.index[skus.category == category]
    wanted = np.zeros((history.scene.world.days, len(skus)))
    np.add.at(wanted, (history.requests.day, history.requests.sku), history.requests.quantity)
    log_price = np.log(history.scene.prices.price[: len(wanted), of] / skus.list_fen[of].to_numpy())
    return wanted[:, of], log_price, np.arange(len(wanted))[:, None] - skus.launched[of].to_numpy()


def misfit(history, category, scale):
    """Twice the negative log-likelihood of `scale` times the planted elasticities, appeals being free.

    Conditional on the category's total of each day, shares are multinomial logit: the likelihood of a Poisson
    regression with SKU and category-day effects.
    """
    wanted, log_price, age = units(history, category)
    skus = history.scene.catalogue.skus
    of = skus.index[skus.category == category]
    is_new = (age >= 0) & (age <= 60)
    known = scale * skus.elasticity[of].to_numpy() * log_price + history.scene.segments[0].novelty * is_new

    def loss(appeal):
        utility = np.where(age >= 0, appeal + known, -1e9)
        log_chance = utility - np.logaddexp.reduce(utility, axis=1, keepdims=True)
        rest = wanted - wanted.sum(axis=1, keepdims=True) * np.exp(log_chance)
        return -np.where(age >= 0, wanted * log_chance, 0).sum(), -rest.sum(axis=0)

    return 2 * minimize(loss, skus.appeal[of].to_numpy(), jac=True, method="L-BFGS-B").fun / DISPERSION


def best_scale(history):
    """The multiple of the planted elasticities that fits best over both categories, and its misfit."""
    fit = minimize_scalar(
        lambda scale: misfit(history, 0, scale) + misfit(history, 1, scale), bounds=(0.2, 2), method="bounded"
    )
    return fit.x, fit.fun


def test_shares_within_a_category_follow_the_planted_elasticities():
    """The planted ones are as likely as the best multiple of them; 15 % less are not (chi-squared, 1, 99.9 %)."""
    history = live(World(demand_shock=0, **CLEAN))
    _, best = best_scale(history)
    assert misfit(history, 0, 1.0) + misfit(history, 1, 1.0) - best < chi2.ppf(0.999, 1)
    assert misfit(history, 0, 0.85) + misfit(history, 1, 0.85) - best > chi2.ppf(0.999, 1)


def test_a_price_that_follows_demand_hides_the_elasticity():
    history = live(World(demand_shock=0.3, price_confounding=0.8, **(CLEAN | {"price_noise": 0.05})))
    assert best_scale(history)[0] < 0.75


def test_a_price_stands_from_monday_to_sunday_outside_promotions(brand):
    prices, world = brand.scene.prices, brand.scene.world
    monday = np.array([(world.date(day)).weekday() for day in range(1, world.days)]) == 0
    is_free = (prices.promotion[: world.days] == -1)[1:] & (prices.promotion[: world.days] == -1)[:-1]
    moves = np.diff(prices.price[: world.days], axis=0) != 0
    assert not (moves & is_free)[~monday].any()
    assert 0.2 < (moves & is_free)[monday].mean() < 0.4


def test_nothing_sells_before_its_launch(brand):
    launched = brand.scene.catalogue.skus.launched.to_numpy()
    assert (brand.requests.day >= launched[brand.requests.sku]).all()
    assert (launched > 0).mean() == pytest.approx(0.22, abs=0.1)


def test_the_marginal_elasticity_is_what_a_price_change_does_to_demand(brand):
    """A price 1 % higher on every day, all else being equal, tastes and promotions included."""
    scene, sku = brand.scene, int(brand.shares.expected.argmax())
    price = scene.prices.price.copy()
    price[:, sku] = np.round(price[:, sku] * 1.01)
    dearer = replace(scene, prices=replace(scene.prices, price=price))
    _, shares = make_requests(dearer, brand.people, brand.occasions)
    change = np.log(shares.expected[sku] / brand.shares.expected[sku]) / np.log(1.01)
    planted = scene.catalogue.skus.elasticity[sku] * brand.shares.marginal(scene.world.nest)[sku]
    assert change == pytest.approx(planted, rel=0.02)
    within = scene.catalogue.skus.elasticity[sku] * brand.shares.factor[sku]
    assert abs(change / within - 1) > 0.08  # else the elasticity within the category would pass too


def priced(scene, factor, skus=slice(None)):
    """The scene with the prices of some SKUs times a factor on every day."""
    price = scene.prices.price.copy()
    price[:, skus] = np.round(price[:, skus] * factor)
    return replace(scene, prices=replace(scene.prices, price=price))


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_a_category_sells_less_when_all_its_prices_rise_and_the_others_as_before(brand, factor):
    """The sum of chances, free of luck, moves by the category's elasticity; the curve is flatter the dearer it is."""
    scene, category = brand.scene, brand.scene.catalogue.skus.category.to_numpy()
    _, shares = make_requests(priced(scene, factor, category == 5), brand.people, brand.occasions)
    before, after = (np.bincount(category, s.expected) for s in (brand.shares, shares))
    planted = (
        scene.world.nest * (scene.catalogue.skus.elasticity * brand.shares.sensitive)[category == 5].sum() / before[5]
    )
    assert np.log(after[5] / before[5]) / np.log(factor) == pytest.approx(planted, rel=0.06)
    assert np.delete(after, 5) == pytest.approx(np.delete(before, 5))


def test_units_wanted_follow_a_price_cut_of_everything_and_purchase_days_do_not():
    world = World(customers=6000, skus=24, stockouts=False, segment_separation=0, promotions=False)
    usual, cheap = live(world), live(world, scene=priced(set_scene(world), 0.8))
    change = np.log(cheap.requests.quantity.sum() / usual.requests.quantity.sum()) / np.log(0.8)
    shares = usual.shares
    planted = world.nest * (usual.scene.catalogue.skus.elasticity @ shares.sensitive) / shares.expected.sum()
    assert change == pytest.approx(planted, abs=0.1)
    assert planted == pytest.approx(-0.8, abs=0.25)
    pd.testing.assert_frame_equal(usual.occasions, cheap.occasions)


def test_without_category_elasticity_prices_move_shares_alone():
    world = World(customers=300, skus=16, stockouts=False, category_elasticity=0)
    cheap = live(world, scene=priced(set_scene(world), 0.8, [0]))
    assert len(cheap.lines) == pytest.approx(len(live(world).lines), abs=20)
    assert cheap.shares.expected.sum() == pytest.approx(live(world).shares.expected.sum())


def test_segments_answer_to_prices_by_their_factor():
    """Within a category, the log odds of SKUs move with the price by elasticity times factor."""
    world = World(customers=3000, skus=16, taste=0, stockouts=False, marketing=False)
    scene = set_scene(world)
    factors = {segment.name: segment.price for segment in scene.segments}
    assert factors["折扣敏感"] == max(factors.values()) > 1.2
    shares = [s.share for s in scene.segments]
    assert np.exp(np.average(np.log(list(factors.values())), weights=shares)) == pytest.approx(1)
    history, cheap = live(world), live(world, scene=priced(scene, 0.8, [0]))
    for number, name in enumerate(factors):
        odds = [bought(h, 0, number) / bought(h, 1, number) for h in (cheap, history)]
        found = np.log(odds[0] / odds[1]) / np.log(0.8)
        assert found == pytest.approx(scene.catalogue.skus.elasticity[0] * factors[name], abs=1.1)
    assert history.shares.factor[0] > 1


def bought(history, sku, segment):
    mine = history.people.segment.to_numpy()[history.requests.customer] == segment
    return (history.requests["sku"][mine] == sku).sum()


def test_categories_differ_in_how_far_they_follow_their_prices_as_planted():
    alike, apart = (set_scene(World(skus=16, nest_sd=sd)) for sd in (0.0, 0.9))
    assert alike.nests == pytest.approx(alike.world.nest)
    assert 0.05 < apart.nests.std() < 0.4
    assert (apart.nest == apart.nests[apart.catalogue.skus.category]).all()
