import datetime as dt

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World, live
from shopkeeper.simulate.categories import memory_weight
from shopkeeper.simulate.names import CATEGORIES, GOODS, REFILL_DAYS, SHADES

CALM = {"customers": 6000, "skus": 24, "stockouts": False, "promotions": False}


def bought(history):
    """Orders by customer, category and day, each category once a day."""
    lines = history.requests.assign(category=history.scene.catalogue.skus.category.to_numpy()[history.requests["sku"]])
    return lines[["customer", "category", "day"]].drop_duplicates().sort_values(["customer", "category", "day"])


def share_again(history, category):
    """By days since the last purchase in a category, the share of orders that hold it: soon, when due, long after."""
    lines = bought(history)
    days = lines[["customer", "day"]].drop_duplicates()
    mine = lines[lines.category == category][["customer", "day"]].assign(last=lambda frame: frame.day)
    before = pd.merge_asof(
        days.sort_values("day"), mine.sort_values("day"), on="day", by="customer", allow_exact_matches=False
    ).dropna()
    has = before.merge(mine[["customer", "day"]], how="left", indicator=True)._merge == "both"
    x = (before.day - before["last"]) / REFILL_DAYS[category]
    bins = pd.cut(x.to_numpy(), [0, 0.3, 0.7, 1.4, 2.5, 100], labels=["soon", "", "due", " ", "late"])
    return has.groupby(bins, observed=True).mean()


def test_a_category_is_bought_again_when_it_is_used_up():
    on, off = (share_again(live(World(refill=refill, **CALM)), 3) for refill in (1.0, 0.0))
    assert on["due"] > 1.5 * on["late"]
    assert on["due"] > 2.5 * on["soon"]
    assert off["due"] == pytest.approx(off["late"], rel=0.35)


def test_memory_fades_to_none_and_gift_sets_have_none():
    refill = np.array(REFILL_DAYS)
    assert memory_weight(np.full(8, np.inf)).tolist() == [1.0] * 8
    assert memory_weight(np.where(np.isfinite(refill), refill, 100.0))[:7] == pytest.approx(3.31, abs=0.02)
    assert memory_weight(np.zeros(8))[:7] == pytest.approx(np.exp(-0.9))
    assert memory_weight(np.where(np.isfinite(refill), 20 * refill, 5.0)) == pytest.approx(1, abs=1e-9)


def test_memory_moves_no_purchase_day():
    on, off = (live(World(refill=refill, **(CALM | {"customers": 300}))).occasions for refill in (1.0, 0.0))
    pd.testing.assert_frame_equal(on, off)


def test_sets_are_bought_before_spring_festival_and_by_those_who_give(brand):
    requests, people = brand.requests, brand.people
    is_set = brand.scene.catalogue.skus.category.to_numpy()[requests.sku] == CATEGORIES.index("礼盒套装")
    segment = people.segment.to_numpy()[requests.customer]
    giver = [s.name for s in brand.scene.segments].index("送礼")
    day = brand.scene.world.day
    season = np.zeros(brand.scene.world.days, bool)
    for date in (dt.date(2025, 1, 29), dt.date(2026, 2, 17)):
        season[day(date) - 24 : day(date) + 1] = True
    for date in (dt.date(2024, 8, 10), dt.date(2025, 8, 29), dt.date(2025, 5, 20), dt.date(2026, 5, 20)):
        season[day(date) - 9 : day(date) + 1] = True
    mine = segment == giver
    share = [is_set[mine & (season[requests.day] == when)].mean() for when in (True, False)]
    assert share[0] > 1.3 * share[1]
    assert is_set[mine].mean() > 2 * is_set[~mine].mean()


def test_shades_belong_to_what_has_shades():
    known = {noun.split()[0] for noun in GOODS[5]}
    assert set(SHADES) == known
    assert not set(SHADES["眉笔"]) & set(SHADES["口红"])
    assert not any(noun.split()[0] in SHADES for goods in (*GOODS[:5], *GOODS[6:]) for noun in goods)


def test_a_set_holds_a_serum_or_cream_and_no_category_twice(brand):
    skus = brand.scene.catalogue.skus
    bundles = brand.scene.catalogue.bundles
    for _, parts in bundles.groupby("sku"):
        held = skus.category[parts.component].tolist()
        assert len(held) == len(set(held)) in (2, 3)
        assert min(held) <= 1
        assert max(held) <= 4
