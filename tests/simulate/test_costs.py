"""Costs move without regard to demand, prices follow them, and the analyst sees them."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from by_hand import lay_out
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand
from shopkeeper.places import PROJECT
from shopkeeper.shop import Shop
from shopkeeper.simulate import World, simulate
from shopkeeper.simulate.arrivals import check_arrivals, make_arrivals
from shopkeeper.simulate.choices import make_requests
from shopkeeper.simulate.occasions import make_occasions
from shopkeeper.simulate.people import make_people
from shopkeeper.simulate.prices import room, weeks
from shopkeeper.simulate.scene import set_scene

MOVING = {"cost_noise": 0.2, "cost_passthrough": 0.8}


def log_costs(scene):
    """Weeks × SKUs: log cost against the usual one."""
    monday = np.flatnonzero(np.diff(weeks(scene.world), prepend=-1))
    return np.log(scene.cost / scene.catalogue.skus.cost_fen.to_numpy())[monday]


def test_costs_stand_unless_they_are_told_to_move():
    scene = set_scene(World(skus=24))
    assert (scene.cost == scene.catalogue.skus.cost_fen.to_numpy()).all()


def test_costs_move_as_far_as_planted_last_for_weeks_and_are_shared_by_a_maker():
    scene = set_scene(World(skus=400, categories=7, cost_noise=0.2))
    log, maker = log_costs(scene), scene.catalogue.skus.maker.to_numpy()
    assert log.std() == pytest.approx(0.2, abs=0.02)
    assert np.corrcoef(log[1:].ravel(), log[:-1].ravel())[0, 1] == pytest.approx(0.9, abs=0.03)
    together = np.corrcoef(log.T)
    same, is_pair = maker[:, None] == maker, ~np.eye(len(maker), dtype=bool)
    assert together[same & is_pair].mean() > 0.35 > 0.15 > abs(together[~same].mean())


def test_a_cost_stands_from_monday_to_sunday():
    scene = set_scene(World(skus=24, cost_noise=0.2))
    moves = np.diff(scene.cost, axis=0).any(axis=1)
    is_monday = np.array([scene.world.date(day).weekday() == 0 for day in range(1, len(scene.cost))])
    assert (moves == is_monday).all()


def test_a_set_costs_what_its_components_cost_that_day_and_a_box():
    scene = set_scene(World(skus=60, cost_noise=0.2))
    bundles = scene.catalogue.bundles
    sku = int(bundles["sku"].iloc[0])
    parts = bundles[bundles["sku"] == sku]
    for day in (0, 400):
        of_parts = sum(scene.cost[day, row.component] * row.quantity for row in parts.itertuples())
        assert scene.cost[day, sku] == of_parts + 600
    assert scene.cost[0, sku] != scene.cost[400, sku]


def test_the_standing_price_follows_the_cost_up_and_down():
    scene = set_scene(World(skus=120, promotions=False, price_noise=0, **MOVING))
    monday = np.flatnonzero(np.diff(weeks(scene.world), prepend=-1))
    price = np.log(scene.prices.price / scene.catalogue.skus.list_fen.to_numpy())[monday]
    cost = log_costs(scene)
    apart, of_cost = price - price.mean(axis=0), cost - cost.mean(axis=0)
    for part in (of_cost > 0, of_cost < 0):
        assert np.polyfit(of_cost[part], apart[part], 1)[0] == pytest.approx(0.8, abs=0.08)


def test_no_price_is_above_the_list_price_and_the_usual_one_leaves_room_to_rise():
    world = World(skus=120, promotions=False, price_noise=0, **MOVING)
    assert room(world) == pytest.approx(0.32)
    scene = set_scene(world)
    log = np.log(scene.prices.price / scene.catalogue.skus.list_fen.to_numpy())
    assert log.max() == 0
    assert 0.001 < (log == 0).mean() < 0.04
    assert log.mean() == pytest.approx(-0.32, abs=0.05)  # endings take prices a little lower
    assert room(World()) == 0


def test_promotions_stay_as_attractive_where_prices_stand_below_the_list_price():
    usual, moving = (set_scene(World(skus=120, **settings)) for settings in ({}, MOVING))
    assert moving.pull.mean() == pytest.approx(usual.pull.mean(), rel=0.15)
    assert (moving.depth[moving.depth > 0]).mean() > (usual.depth[usual.depth > 0]).mean() + 0.1


INSTRUMENT = {
    "skus": 16, "categories": 2, "customers": 25_000, "segment_separation": 0, "taste": 0, "promotions": False, "marketing": False,
    "elasticity_category_sd": 0, "elasticity_sku_sd": 0, "cost_noise": 0.2, "cost_passthrough": 1.0, "competitors": 0,
}  # fmt: skip


def weekly(world):
    """Weeks × SKUs of the SKUs that sell enough for logs: log units wanted, log price, log cost; all within category and week, and SKU."""
    scene = set_scene(world)
    arrivals = check_arrivals(world, scene.segments, make_arrivals(world, scene.draws, scene.segments, scene.events))
    people = make_people(world, scene.draws, scene.segments, arrivals)
    occasions, _ = make_occasions(scene, people)
    requests, _ = make_requests(scene, people, occasions)
    skus, week = scene.catalogue.skus, weeks(world)[: world.days]
    units = np.zeros((week.max() + 1, len(skus)))
    np.add.at(units, (week[requests.day], requests["sku"]), requests.quantity)
    monday = np.flatnonzero(np.diff(week, prepend=-1))
    often = ((skus.launched < -60) & (units[:-1].min(axis=0) > 4)).to_numpy()
    logs = [np.log(np.maximum(table[:-1], 1)) for table in (units, scene.prices.price[monday], scene.cost[monday])]
    return [within(table[:, often], skus.category.to_numpy()[often]) for table in logs]


def within(table, category):
    for number in np.unique(category):
        mine = category == number
        table[:, mine] -= table[:, mine].mean(axis=1, keepdims=True)
    return table - table.mean(axis=0)


def test_with_the_cost_as_instrument_the_elasticity_is_found_and_without_it_is_not():
    units, price, cost = weekly(World(demand_shock=0.15, price_confounding=1.0, **INSTRUMENT))
    assert (cost * units).sum() / (cost * price).sum() == pytest.approx(-2.2, abs=0.05)
    assert (price * units).sum() / (price**2).sum() > -2.0


@pytest.fixture(scope="module")
def costly(tmp_path_factory):
    """A small brand whose costs move, imported; its history."""
    with pytest.MonkeyPatch.context() as patch:
        folder = lay_out(tmp_path_factory.mktemp("bench"), patch) / "data" / "aurora"
        folder.mkdir()
        (folder / "brand.toml").write_bytes((PROJECT / "data" / "aurora" / "brand.toml").read_bytes())
        world = World(customers=200, skus=40, days=200, paired_promotions=False, browsing=0, **MOVING)
        history = simulate(folder, world)
        import_brand(load_brand("aurora"), dt.date(2025, 12, 1))
        yield history, folder


def test_what_a_unit_cost_on_its_day_arrives_at_the_lines_sold_singly(costly):
    history, folder = costly
    shop = Shop("aurora")
    lines = shop.load(shop.order_lines[["order_id", "sku", "unit_cost", "bundle"]])
    assert lines.unit_cost.notna().all()
    true = pd.read_parquet(folder / "truth" / "order_lines.parquet").set_index(["order_id", "sku"]).unit_cost
    single = lines[lines.bundle.isna()].set_index(["order_id", "sku"]).unit_cost
    assert (single - true[single.index]).abs().max() < 1e-9
    assert len(single) > 100
    costs = pd.read_parquet(folder / "truth" / "prices.parquet").set_index(["day", "sku"]).unit_cost
    day = history.orders.set_index("order_id")["at"].dt.normalize()[single.index.get_level_values(0)]
    on_day = costs[list(zip(day, single.index.get_level_values(1), strict=True))]
    assert single.to_numpy() == pytest.approx(on_day.to_numpy())


def test_a_sets_cost_is_that_of_its_components_lines(costly):
    _, folder = costly
    shop = Shop("aurora")
    lines = shop.load(shop.order_lines[["order_id", "quantity", "unit_cost", "bundle"]])
    sold = lines[lines.bundle.notna()].assign(cost=lambda rows: rows.unit_cost * rows.quantity)
    assert len(sold) > 5
    true = pd.read_parquet(folder / "truth" / "order_lines.parquet").assign(
        cost=lambda rows: rows.unit_cost * rows.quantity
    )
    sets = true[true["sku"].isin(set(sold.bundle))].set_index(["order_id", "sku"]).cost
    found = sold.groupby(["order_id", "bundle"]).cost.sum()
    assert found.to_numpy() == pytest.approx(sets[found.index].to_numpy(), abs=0.01)


def test_the_cost_of_a_product_is_that_of_the_last_day(costly):
    history, _ = costly
    shop = Shop("aurora")
    told = shop.load(shop.products[["sku", "unit_cost"]]).set_index("sku").unit_cost
    last = pd.Series(history.scene.cost[history.scene.world.days - 1] / 100, history.scene.catalogue.skus["sku"])
    assert told.to_numpy() == pytest.approx(last[told.index].to_numpy())
    assert (
        told != pd.Series(history.scene.catalogue.skus.cost_fen.to_numpy() / 100, last.index)[told.index]
    ).mean() > 0.9


def test_moving_costs_change_what_is_told_of_them_and_nothing_else(standard, written):
    moved = written(cost_noise=0.2)
    assert set(moved) - set(standard) == {"line_costs.csv"}
    assert {name for name in standard if moved[name] != standard[name]} == {"products.csv"}
