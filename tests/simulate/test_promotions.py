import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World, live, simulate
from shopkeeper.simulate.occasions import EXTRA, make_occasions
from shopkeeper.simulate.promotions import calendar
from shopkeeper.simulate.scene import set_scene, without


def test_promotions_stand_on_their_days_and_are_known_before():
    events = {event.name: event for event in calendar(World())}
    spans = {name: (World().date(event.first), World().date(event.last)) for name, event in events.items()}
    assert spans["618-2025"] == (dt.date(2025, 6, 1), dt.date(2025, 6, 20))
    assert spans["双11-2024"] == (dt.date(2024, 10, 31), dt.date(2024, 11, 11))
    assert spans["年货节-2026"] == (dt.date(2026, 1, 27), dt.date(2026, 2, 9))  # Spring Festival is on 17 February
    assert spans["七夕-2025"][1] == dt.date(2025, 8, 29)
    assert all(event.known <= event.first - 21 for event in events.values())


def test_a_promotion_announced_before_the_last_day_is_in_the_plan():
    announced = [event.name for event in calendar(World()) if event.first >= World().days]
    assert announced == ["暑期焕新-2026"]


def test_a_promotions_price_is_the_list_price_less_its_depth(brand):
    scene = brand.scene
    day, sku = np.nonzero(scene.prices.promotion >= 0)
    event = scene.prices.promotion[day, sku]
    due = scene.catalogue.skus.list_fen.to_numpy()[sku] * (1 - scene.depth[event, sku])
    assert scene.prices.price[day, sku] == pytest.approx(due, abs=0.51)
    assert 0.05 <= scene.depth[scene.depth > 0].min() <= scene.depth.max() <= 0.5
    written = {(e, s) for e, s in np.argwhere(scene.depth > 0).tolist()}
    assert written == set(zip(event.tolist(), sku.tolist(), strict=True))


def test_every_sku_in_a_promotion_is_cheaper_than_on_any_of_the_30_days_before(brand):
    price, depth = brand.scene.prices.price, brand.scene.depth
    for number, event in enumerate(brand.scene.events):
        inside = np.flatnonzero(depth[number] > 0)
        before = price[max(event.first - 30, 0) : max(event.first, 0), inside]
        assert (price[max(event.first, 0), inside] < before.min(axis=0, initial=10**9)).all()


def test_the_depth_on_offer_moves_the_extra_purchases():
    world = World(customers=1500, skus=40)
    scene = set_scene(world)
    half = replace(scene, pull=scene.pull / 2)
    shallow, deep = ((live(world, scene=s).occasions.kind == EXTRA).sum() for s in (half, scene))
    assert shallow / deep == pytest.approx(0.5, abs=3.3 * 0.5 * (1 / shallow + 1 / deep) ** 0.5)
    offered = [scene.depth[n].mean() / (e.depth * e.breadth) for n, e in enumerate(scene.events)]
    size = np.array([event.size for event in scene.events])
    assert np.corrcoef(scene.pull / size, offered)[0, 1] > 0.5


def test_the_effect_of_a_promotion_is_what_the_booked_orders_say(tmp_path):
    """With full shelves and messages that bring nobody: what it brought, and what it moved here from beyond the last day."""
    history = simulate(tmp_path, World(customers=400, skus=24, stockouts=False, message_lift=0, marketing=False))
    told = pd.read_parquet(tmp_path / "truth" / "promotions.parquet").set_index(["promotion", "kind"]).orders.unstack()
    sold = history.orders[history.orders.kind == "sale"]
    is_from_beyond = (sold.why == "moved") & (sold.planned >= history.scene.world.days)
    beyond = sold[is_from_beyond].groupby("event").size().reindex(range(len(history.scene.events)), fill_value=0)
    names = [event.name for event in history.scene.events]
    moved_out = [missing(history, number) for number in range(len(names))]
    booked = told.extra[names].to_numpy() + told.brought[names].to_numpy() + beyond.to_numpy() - moved_out
    assert told.effect[names].tolist() == booked.tolist()
    assert told.effect["618-2025"] > told.effect["七夕-2025"]
    assert told.brought.sum() > 0


def missing(history, number):
    """Purchases planned for the days simulated that a promotion after them takes away."""
    event, world = history.scene.events[number], history.scene.world
    if event.first < world.days:
        return 0
    stays, _ = make_occasions(without(history.scene, number), history.people)
    return len(stays) - len(history.occasions)


def test_moved_orders_are_told_by_the_side_that_they_came_from(aurora):
    folder, history = aurora
    told = pd.read_parquet(folder / "truth" / "promotions.parquet").set_index(["promotion", "kind"]).orders.unstack()
    occasions = pd.read_parquet(folder / "truth" / "occasions.parquet")
    start = {e.name: pd.Timestamp(history.scene.world.date(e.first)) for e in history.scene.events}
    moved = occasions[(occasions.kind == "moved") & occasions.is_order]
    was_before = moved.planned_on < moved.promotion.map(start)
    for name in ("618-2025", "双11-2025"):
        assert told.moved_from_before[name] == (was_before & (moved.promotion == name)).sum()
        assert told.moved_from_after[name] == (~was_before & (moved.promotion == name)).sum()
    assert told.moved_from_before.sum() != told.moved_from_after.sum()


def test_the_truth_splits_a_promotions_orders_into_brought_and_moved(aurora):
    truth = (
        pd.read_parquet(aurora[0] / "truth" / "promotions.parquet").set_index(["promotion", "kind"]).orders.unstack()
    )
    orders = aurora[1].orders
    event = next(event for event in aurora[1].scene.events if event.name == "618-2025")
    within = orders[(orders.kind == "sale") & orders.day.between(event.first, event.last)]
    row = truth.loc["618-2025"]
    assert row["all"] == len(within)
    assert row.extra == (within.why == "extra").sum() > 0
    assert row.moved_from_before + row.moved_from_after == (within.why == "moved").sum()
