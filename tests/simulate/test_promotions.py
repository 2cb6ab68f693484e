import datetime as dt

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World
from shopkeeper.simulate.promotions import calendar


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
    assert 0.05 <= scene.depth[scene.depth > 0].min() <= scene.depth.max() <= 0.45


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
