"""The oracle's prices: the best there are, by search, by chance and by the formula of a monopoly."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World, live
from shopkeeper.simulate.checkout import FEE
from shopkeeper.simulate.price_oracle import oracle_prices
from shopkeeper.simulate.price_replay import expected, make_horizon, totals
from shopkeeper.tables import DataError


def horizon_of(**settings):
    """Six weeks of a small world."""
    world = World(
        **({"customers": 800, "skus": 40, "stockouts": False, "marketing": False, "message_lift": 0} | settings)
    )
    return make_horizon(live(world), dt.date(2025, 5, 20), 42)


@pytest.fixture(scope="module")
def horizon():
    return horizon_of(competition=1.0, cost_noise=0.1)


def around(horizon, low, high):
    """Limits of all SKUs, as multiples of their prices of the day before."""
    scene = horizon.history.scene
    price = scene.prices.price[horizon.first - 1] / 100
    return pd.DataFrame({"sku": scene.catalogue.skus["sku"], "lowest": low * price, "highest": high * price})


def left(horizon, prices):
    """Expected contribution of one price list."""
    return totals(expected(horizon, {"one": prices})).contribution["one"]


def test_no_list_within_the_limits_drawn_by_chance_earns_as_much(horizon):
    limits = around(horizon, 0.6, 1.4)
    best = oracle_prices(horizon, limits)
    assert ((best.price > limits.lowest - 0.01) & (best.price < limits.highest + 0.01)).all()
    rng = np.random.default_rng(1)
    tries = {
        f"{n}": pd.DataFrame({"sku": limits["sku"], "price": rng.uniform(limits.lowest, limits.highest)})
        for n in range(200)
    }
    assert totals(expected(horizon, tries)).contribution.max() < left(horizon, best)


def test_no_single_price_moved_earns_more(horizon):
    limits = around(horizon, 0.6, 1.4)
    best = oracle_prices(horizon, limits)
    earned = left(horizon, best)
    for sku in range(0, len(best), 4):
        for factor in (0.97, 1.03):
            other = best.copy()
            other.loc[sku, "price"] = np.clip(factor * best.price[sku], limits.lowest[sku], limits.highest[sku])
            assert left(horizon, other) <= earned + 0.01


def test_of_two_skus_the_best_of_all_pairs_is_found():
    horizon = horizon_of(skus=8, categories=4, segments=3)
    category = horizon.history.scene.catalogue.skus.category
    mine = category[category == category.value_counts().index[0]].index[:2]
    limits = around(horizon, 0.5, 2.0).loc[mine].reset_index(drop=True)
    ladder = np.arange(20, 800, 20) - 0.1
    steps = [ladder[(ladder >= row.lowest) & (ladder <= row.highest)] for row in limits.itertuples()]
    pairs = {f"{a} {b}": limits.assign(price=[a, b])[["sku", "price"]] for a in steps[0] for b in steps[1]}
    best = oracle_prices(horizon, limits, ladder)
    assert len(pairs) > 40
    assert set(best.price.round(1)) <= set(ladder.round(1))
    assert left(horizon, best) == pytest.approx(totals(expected(horizon, pairs)).contribution.max())


def test_a_monopolists_price_is_its_cost_times_elasticity_by_elasticity_less_one():
    """One SKU to a category, all of the category's demand following its price: the fee and coupons come off, a parcel on."""
    horizon = horizon_of(
        skus=8, categories=8, category_elasticity=-2.5, elasticity=-2.5, elasticity_sku_sd=0.2, elasticity_category_sd=0,
        taste=0, segment_separation=0, promotions=False, competitors=0,
    )  # fmt: skip
    best = oracle_prices(horizon, around(horizon, 0.3, 3.0)).price.to_numpy()
    skus = horizon.history.scene.catalogue.skus
    cost, markup = skus.cost_fen.to_numpy() / 100, (skus.elasticity / (1 + skus.elasticity)).to_numpy()
    # Selling less spares parcels only below what sells at the list price.
    parcel = np.array([aisle.parcel.mean() / aisle.units / 100 for aisle in horizon.aisles])
    low, high = (each * markup / (horizon.stays * (1 - FEE)) for each in (cost, cost + parcel))
    assert ((best > 0.98 * low) & (best < 1.02 * high)).all()  # candidates lie 3 % apart
    assert (high / low).max() < 1.2
    assert (low / cost).max() > 1.7


def test_skus_that_have_no_limits_keep_their_planned_prices(horizon):
    limits = around(horizon, 0.6, 1.4).iloc[::3].reset_index(drop=True)
    best = oracle_prices(horizon, limits)
    assert best["sku"].tolist() == limits["sku"].tolist()
    nothing = limits.iloc[:0].assign(price=pd.Series(dtype=float))
    assert (
        left(horizon, nothing[["sku", "price"]])
        < left(horizon, best)
        < left(horizon, oracle_prices(horizon, around(horizon, 0.6, 1.4)))
    )


def test_wider_limits_never_earn_less_and_fixed_ones_name_the_price(horizon):
    earned = [left(horizon, oracle_prices(horizon, around(horizon, 1 - w, 1 + w))) for w in (0.02, 0.1, 0.3, 0.6)]
    assert (np.diff(earned) > -0.5).all()
    assert earned[-1] > earned[0]
    fixed = around(horizon, 1.0, 1.0)
    assert oracle_prices(horizon, fixed).price.to_numpy() == pytest.approx(fixed.lowest.to_numpy())


def test_limits_that_leave_no_price_say_whose(horizon):
    limits = around(horizon, 0.8, 1.2)
    limits.loc[3, ["lowest", "highest"]] = [50.0, 40.0]
    with pytest.raises(DataError, match=rf"1 of 40 SKUs have no price within their limits \({limits['sku'][3]}\)"):
        oracle_prices(horizon, limits)
    with pytest.raises(DataError, match="40 of 40 SKUs have no price within their limits"):
        oracle_prices(horizon, around(horizon, 0.8, 1.2), np.array([1.0]))
