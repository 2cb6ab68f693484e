"""Price lists replayed: exact by hand, the plan for the planned, and the luck of the history."""

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World, live
from shopkeeper.simulate.catalogue import Catalogue
from shopkeeper.simulate.choices import UNITS, choose_skus
from shopkeeper.simulate.draws import Draws
from shopkeeper.simulate.price_replay import Aisle, Horizon, expected, make_horizon, realised, totals
from shopkeeper.simulate.scene import set_scene
from shopkeeper.tables import DataError

NOTHING = pd.DataFrame({"sku": pd.Series(dtype=str), "price": pd.Series(dtype=float)})


def two_skus(nest=0.5, promoted=np.inf):
    """One line of one category of two SKUs, a and b, that list for 100 and cost 40, and are liked alike: elasticity -2."""
    scene = set_scene(World(skus=8, categories=1, elasticity=-2.0, category_elasticity=-2.0 * nest, competitors=0))
    table = pd.DataFrame({"sku": ["a", "b"], "elasticity": -2.0, "list_fen": 10_000, "category": 0})
    scene = replace(scene, catalogue=Catalogue(table, pd.DataFrame()))
    one = np.ones((1, 2))
    aisle = Aisle(
        np.array([0, 1]), pd.DataFrame({"day": [0], "factor": [1.0]}), one, np.array([[promoted, np.inf]]), 10_000 * one, 4_000 * one,
        np.array([500.0]), 1.0,
    )  # fmt: skip
    return Horizon(SimpleNamespace(scene=scene), 0, 1, pd.DataFrame(), (aisle,), 1.0)


def priced(**yuan):
    return pd.DataFrame({"sku": list(yuan), "price": list(yuan.values())})


def test_two_skus_by_hand():
    """At 50 a's weight is 4 beside 1: the category's lines rise by the root of 5/2. At list prices each has half a line.

    a leaves 50 less 5 % and 40; the parcel costs 5, shared by a's 4/5, and a second line would need no second one.
    """
    told = expected(two_skus(), {"list": NOTHING, "cheap": priced(a=50.0)}).set_index(["plan", "sku"])
    assert told.loc["list"].to_numpy() == pytest.approx(np.array([[0.5, 50, 0.5 * 55 - 2.5]] * 2))
    lines = 2.5**0.5
    a, b = told.loc["cheap"].loc["a"], told.loc["cheap"].loc["b"]
    assert a.to_numpy() == pytest.approx([0.8 * lines, 40 * lines, 0.8 * lines * 7.5 - 4])
    assert b.to_numpy() == pytest.approx([0.2 * lines, 20 * lines, 0.2 * lines * 55 - 1])


def test_a_dearer_list_sells_less_and_spares_parcels():
    """Both at 200: a quarter of the weight, half of the lines at nest 1/2, and half of the parcel."""
    told = totals(expected(two_skus(), {"dear": priced(a=200.0, b=200.0)})).loc["dear"]
    assert told.to_numpy() == pytest.approx([0.5, 100, 0.5 * (190 - 40) - 2.5])


def test_a_promotion_is_never_dearer_than_its_own_price():
    told = totals(expected(two_skus(promoted=5_000.0), {"above": priced(a=80.0), "below": priced(a=40.0)}))
    by_hand = totals(expected(two_skus(), {"above": priced(a=50.0), "below": priced(a=40.0)}))
    assert told.to_numpy() == pytest.approx(by_hand.to_numpy())


@pytest.fixture(scope="module")
def history():
    """Shelves full, nobody written to: what happened follows from prices alone."""
    return live(World(customers=1500, skus=40, stockouts=False, message_lift=0, competition=1.0, cost_noise=0.1))


@pytest.fixture(scope="module")
def horizon(history):
    """From the last of May into 618."""
    return make_horizon(history, dt.date(2025, 5, 20), 42)


def times(horizon, factor):
    """All SKUs at so many times their prices of the day before the horizon."""
    scene = horizon.history.scene
    return pd.DataFrame(
        {"sku": scene.catalogue.skus["sku"], "price": factor * scene.prices.price[horizon.first - 1] / 100}
    )


def test_no_list_brings_what_the_plan_was_expected_to(horizon):
    told = expected(horizon, {"planned": NOTHING})
    scene = horizon.history.scene
    _, shares = choose_skus(scene, horizon.history.people, horizon.base)
    assert told.units.to_numpy() == pytest.approx(shares.expected * UNITS[scene.catalogue.skus.category])
    assert told.units.sum() > 200


def test_a_list_of_the_planned_prices_brings_the_same_where_they_stand():
    history = live(World(customers=300, skus=16, promotions=False, price_noise=0, stockouts=False, marketing=False))
    horizon = make_horizon(history, dt.date(2025, 6, 1), 28)
    for how in (expected, realised):
        told = totals(how(horizon, {"planned": NOTHING, "listed": times(horizon, 1.0)}))
        assert told.loc["listed"].to_numpy() == pytest.approx(told.loc["planned"].to_numpy())


def test_no_list_by_the_same_luck_is_what_happened_to_the_fen(history, horizon):
    told = totals(realised(horizon, {"planned": NOTHING})).loc["planned"]
    orders = history.orders
    sold = orders[(orders.kind == "sale") & orders.day.between(horizon.first, horizon.first + horizon.days - 1)]
    lines = history.lines[history.lines["order"].isin(sold.index)]
    cost = history.scene.cost[lines.day, lines["sku"]] * lines.quantity
    assert told.units == sold.units.sum() > 200
    assert told.net_revenue == pytest.approx(sold.net_fen.sum() / 100)
    left = sold.net_fen.sum() - sold.fee_fen.sum() - sold.logistics_fen.sum() - cost.sum()
    assert told.contribution == pytest.approx(left / 100, abs=0.005 * len(sold))


class Luck(Draws):
    """Other luck in what is chosen, and in coupons; who comes, and what each likes, stays."""

    def uniform(self, name, *keys):
        """As of Draws."""
        of_choice = {"choice", "line stays", "more of a line", "quantity", "coupon", "platform", "packet"}
        return super().uniform(name, *keys) if name in of_choice else Draws(7).uniform(name, *keys)


def lived(horizon, lists, luck):
    scene = replace(horizon.history.scene, draws=Luck(luck))
    return totals(realised(replace(horizon, history=replace(horizon.history, scene=scene)), lists))


def test_the_mean_of_many_lucks_is_what_is_expected(horizon):
    lists = {"cheap": times(horizon, 0.85), "dear": times(horizon, 1.3)}
    found = np.array([lived(horizon, lists, luck).to_numpy() for luck in range(20)])
    mean, error = found.mean(axis=0), found.std(axis=0, ddof=1) / len(found) ** 0.5
    told = totals(expected(horizon, lists)).to_numpy()
    # What coupons take follows the prices a little, and is counted at one rate.
    assert (np.abs(mean - told) < 3.3 * error + 0.005 * told).all()
    assert (error < 0.02 * told).all()


def test_lists_are_told_apart_better_by_the_same_luck_than_by_others(horizon):
    lists = {"cheap": times(horizon, 0.97), "dear": times(horizon, 1.03)}
    found = np.array([lived(horizon, lists, luck).contribution.to_numpy() for luck in range(8)])
    assert (found[:, 1] - found[:, 0]).std() < 0.5 * (found[1:, 1] - found[:-1, 0]).std()


def test_a_sku_dearer_than_a_competitor_loses_more():
    """Of one line between two: at 100 beside a competitor's 80, competition 1, a's weight is 80 / 100 of b's."""
    plain = two_skus()
    scene = plain.history.scene
    rivals = np.full((1, 2, 1), np.inf)
    rivals[0, 0] = 8_000
    world = replace(scene.world, competition=1.0)
    contested = replace(plain, history=SimpleNamespace(scene=replace(scene, world=world, rivals=rivals)))
    units = expected(contested, {"list": NOTHING, "below": priced(a=79.0)}).set_index(["plan", "sku"]).units
    assert units["list"].to_numpy() == pytest.approx(0.9**0.5 * np.array([0.8, 1.0]) / 1.8)
    assert units["below"].to_numpy() == pytest.approx(expected(plain, {"below": priced(a=79.0)}).units.to_numpy())


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (priced(**{"AU-XX-001": 9.9}), r"sku of 1 of 1 rows is unknown to this world \(AU-XX-001\)"),
        (pd.DataFrame({"sku": ["AU-ES-001"] * 2, "price": 9.9}), r"of 1 stands there before \(AU-ES-001\)"),
        (
            pd.DataFrame({"sku": ["AU-ES-001", "AU-ES-002"], "price": [0.0, np.nan]}),
            r"price of 2 of 2 rows is no price above 0",
        ),
    ],
)
def test_a_list_that_cannot_be_replayed_says_why(horizon, rows, said):
    with pytest.raises(DataError, match=said):
        expected(horizon, {"wrong": rows})


def test_days_that_the_world_does_not_sell_on_say_so(history):
    with pytest.raises(
        DataError, match="30 days from 2026-06-02 leave the world, which sells from 2024-07-01 to 2026-06-30"
    ):
        make_horizon(history, dt.date(2026, 6, 2), 30)
