"""Traffic counts what happened: no fewer visits and carts than in the events, and exactly the orders."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from shopkeeper.simulate import World, live
from shopkeeper.simulate.browsing import CART, FAVOURITE, VIEW, make_events
from shopkeeper.simulate.scene import set_scene
from shopkeeper.simulate.traffic import _expected, make_traffic
from shopkeeper.simulate.visits import DAY

COUNTS = ["impressions", "visits", "add_to_cart", "favourites", "orders"]


@pytest.fixture(scope="module")
def traffic(brand):
    return make_traffic(brand).set_index(["day", "sku"])


def counted(traffic, day, sku):
    """How many rows name each day and SKU of the traffic; none may name others."""
    counts = pd.MultiIndex.from_arrays([np.asarray(day), np.asarray(sku)]).value_counts()
    assert counts.index.isin(traffic.index).all()
    return counts.reindex(traffic.index, fill_value=0)


def test_orders_are_the_sales_that_held_the_sku(brand, traffic):
    sales = brand.orders[brand.orders.kind == "sale"]
    lines = brand.lines[brand.lines["order"].isin(sales.index)]
    expected = counted(traffic, sales.day[lines["order"]], lines["sku"])
    assert traffic.orders.tolist() == expected.tolist()
    assert traffic.orders.sum() > 10_000


def test_visits_carts_and_favourites_hold_those_of_the_events(brand, traffic):
    events = make_events(brand)
    for name, kind in {"visits": VIEW, "add_to_cart": CART, "favourites": FAVOURITE}.items():
        acts = events[events.kind == kind]
        noted = counted(traffic, acts["at"] // DAY, acts["sku"])
        assert (traffic[name] >= noted).all()
        assert traffic[name].sum() > noted.sum() > 1000


def test_what_is_listed_visited_and_carted_goes_down_the_funnel(traffic):
    assert (traffic.impressions >= traffic.visits).all()
    assert (traffic.visits >= traffic.add_to_cart).all()
    assert (traffic.visits >= traffic.favourites).all()
    assert 0.02 < traffic.orders.sum() / traffic.visits.sum() < 0.08


def test_a_sku_has_one_row_a_day_from_its_launch(brand, traffic):
    assert traffic.index.is_unique
    rows = traffic.reset_index()
    launched = np.maximum(brand.scene.catalogue.skus.launched.to_numpy(), 0)
    assert (rows.day >= launched[rows["sku"]] - 1).all()  # the visit of an order just after midnight
    assert (rows.groupby("sku").size() >= brand.scene.world.days - launched).all()
    assert rows.day.max() == brand.scene.world.days - 1


def test_days_of_lower_price_bring_more_visits():
    history = live(World(customers=4000, skus=16, promotions=False, demand_shock=0.0))
    visits = make_traffic(history).pivot(index="day", columns="sku", values="visits")
    price = history.scene.prices.price[: len(visits)] / history.scene.catalogue.skus.list_fen.to_numpy()
    is_low = price < 1
    level = visits.rolling(28, center=True).mean()
    rate = [visits.where(part).sum().sum() / level.where(part).sum().sum() for part in (is_low, ~is_low)]
    assert rate[0] > 1.05 * rate[1]


def test_looks_fall_to_skus_by_price_and_sum_to_those_in_the_market():
    scene = set_scene(World(customers=500, skus=16))
    whole = replace(scene, prices=replace(scene.prices, price=np.tile(scene.catalogue.skus.list_fen, (760, 1))))
    half = replace(scene, prices=replace(scene.prices, price=whole.prices.price // 2))
    assert _expected(whole).sum() == pytest.approx(50 * 500)
    assert _expected(half).sum() == pytest.approx(100 * 500, rel=1e-3)


def test_the_more_a_sku_is_liked_the_more_it_is_seen(brand, traffic):
    skus = brand.scene.catalogue.skus
    old = skus.launched <= 0
    visits = traffic.visits.groupby("sku").sum()
    by = [spearmanr(visits[mine.index], mine.appeal).statistic for _, mine in skus[old].groupby("category")]
    assert np.nanmean(by) > 0.8


def test_lookers_are_not_moved_by_what_customers_do():
    world = World(customers=300, skus=24)
    one, other = (make_traffic(live(replace(world, **settings))) for settings in ({}, {"fake_rate": 0.1}))
    assert one.equals(other)
    carts = make_traffic(live(replace(world, abandoned=0.2)))
    same = [name for name in COUNTS if name != "add_to_cart"]
    assert one[same].equals(carts[same])
    assert carts.add_to_cart.sum() < one.add_to_cart.sum()


def test_traffic_is_written_with_the_codes_of_the_skus(aurora):
    folder, history = aurora
    raw = pd.read_csv(folder / "raw" / "traffic.csv")
    counts = make_traffic(history)
    assert raw[COUNTS].equals(counts[COUNTS])
    assert raw["sku"].tolist() == history.scene.catalogue.skus["sku"].to_numpy()[counts["sku"]].tolist()
    assert raw.day.iloc[[0, -1]].tolist() == [str(history.scene.world.first_day), str(history.scene.world.last_day)]


def test_without_browsing_there_is_no_traffic(written):
    assert "traffic.csv" not in written(browsing=0)
