"""Paired runs tell what a channel, a test or a budget changes, by the same luck."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World
from shopkeeper.simulate.channels import NAMES
from shopkeeper.simulate.experiments import read_tests
from shopkeeper.simulate.journeys import make_journeys, make_market
from shopkeeper.simulate.media import usual_spend
from shopkeeper.simulate.paired import channel_effects, differences, orders_of, switched_off
from shopkeeper.simulate.replay import planned, replay
from shopkeeper.simulate.scene import set_scene
from shopkeeper.tables import DataError


@pytest.fixture(scope="module")
def journeys():
    return make_journeys(make_market(set_scene(World(customers=1500, skus=16))))


@pytest.fixture(scope="module")
def whole(journeys):
    """Every order of the world, shelves full, no messages."""
    return orders_of(journeys.market.scene, journeys.arrivals)


def test_orders_that_differ_are_the_difference_of_all_orders(journeys, whole):
    scene = journeys.market.scene
    off = make_journeys(journeys.market, switched_off(journeys.spend, 1)).arrivals
    few, all_off = differences(scene, journeys.arrivals, [off]), orders_of(scene, off)
    assert 0 < len(few) < len(whole) / 2
    assert few.sign.sum() == len(whole) - len(all_off)
    money = (few.sign * few.net_revenue).groupby(few.region).sum()
    both = whole.groupby("region").net_revenue.sum().sub(all_off.groupby("region").net_revenue.sum(), fill_value=0)
    assert money.reindex(both.index, fill_value=0).to_numpy() == pytest.approx(both.to_numpy(), abs=1e-6)


@pytest.fixture(scope="module")
def effects(journeys):
    return channel_effects(journeys)


def test_effects_are_told_for_every_week_and_add_up_to_all_that_a_channel_brought(journeys, effects, whole):
    assert effects.groupby("channel").size().tolist() == [105] * 8
    assert effects.period_start.min() == pd.Timestamp("2024-07-01")
    off = orders_of(journeys.market.scene, make_journeys(journeys.market, switched_off(journeys.spend, 0)).arrivals)
    feed = effects[effects.channel == NAMES[0]]
    assert feed.net_revenue.sum() == pytest.approx(whole.net_revenue.sum() - off.net_revenue.sum())
    assert feed.new_customers.sum() == whole.is_first.sum() - off.is_first.sum()
    assert feed.orders_30.sum() == whole.is_soon.sum() - off.is_soon.sum()
    assert feed.orders.iloc[0] == pytest.approx((whole.day < 7).sum() - (off.day < 7).sum())


def test_first_orders_are_part_of_those_within_30_days_which_are_part_of_all(effects):
    total = effects.groupby("channel").sum(numeric_only=True)
    whole = total.sum()
    assert whole.net_revenue_first < whole.net_revenue_30 < whole.net_revenue
    assert whole.new_customers < whole.orders_30 < whole.orders
    assert abs(total.new_customers["品牌搜索"]) < 0.1 * total.new_customers["抖音信息流"]


def sold(whole):
    return whole[["region", "at", "net_revenue"]]


@pytest.fixture(scope="module")
def without(journeys):
    """Orders as they would have been without the first test, of the feed."""
    changed = journeys.spend.copy()
    changed[0, 36:40] = usual_spend(journeys.market.scene)[0, 36:40]
    return orders_of(journeys.market.scene, make_journeys(journeys.market, changed).arrivals)


def test_a_lift_test_truly_changes_what_came_with_it_and_would_not_have_without(journeys, whole, without):
    table = read_tests(journeys, sold(whole))
    usual = usual_spend(journeys.market.scene)
    feed = table[table.channel == "抖音信息流"].set_index("region")
    days = feed.iloc[0][["starts_on", "ends_on", "read_until"]]
    assert [str(day) for day in days] == ["2025-03-10", "2025-04-06", "2025-04-16"]
    window = [part[part["at"].between("2025-03-10", "2025-04-16 23:59:59")] for part in (whole, without)]
    sums = [part.groupby("region").net_revenue.sum() for part in window]
    expected = (sums[0] - sums[1]).reindex(feed.index).fillna(0)
    assert feed.true_lift.to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)
    assert feed.spend_change.to_numpy() == pytest.approx(-usual[0, 36:40, 0:16:2].sum(axis=0), abs=0.01)
    assert feed.true_lift.sum() < 0
    [community] = table[table.channel == "知识社区"].itertuples()
    assert community.region == ""
    assert community.spend_change == pytest.approx(usual[7, 77:81].sum(), abs=0.5)


def test_readings_of_lift_tests_are_unbiased_and_no_noisier_than_they_say():
    scores = []
    for seed in range(8):
        journeys = make_journeys(make_market(set_scene(World(customers=80, skus=8, seed=seed))))
        table = read_tests(journeys, sold(orders_of(journeys.market.scene, journeys.arrivals)))
        scores.append((table.lift - table.true_lift) / table.lift_sd)
    z = np.concatenate(scores)
    assert len(z) == 8 * 41
    assert z.mean() == pytest.approx(0, abs=3.3 / len(z) ** 0.5)
    assert 0.5 < z.std() < 1 + 3.3 / (2 * len(z)) ** 0.5  # the luck of those who came is in lift_sd too


def test_a_reading_is_as_unsure_as_what_is_sold_and_the_luck_of_those_who_stayed_away(journeys, whole, without):
    table = read_tests(journeys, sold(whole)).set_index(["channel", "region"]).lift_sd
    assert table["抖音信息流", "广东"] > 1.3 * table["抖音信息流", "陕西"]
    window = whole[(whole.region == "广东") & whole["at"].between("2025-03-10", "2025-04-16 23:59:59")].net_revenue
    values = window.pow(2).sum() + whole.net_revenue.pow(2).mean()
    both = [
        part[(part.region == "广东") & part["at"].between("2025-03-10", "2025-04-16 23:59:59")]
        for part in (whole, without)
    ]
    names = ["at", "net_revenue"]
    luck = pd.concat([part[names] for part in both]).drop_duplicates(keep=False).net_revenue.pow(2).sum()
    assert table["抖音信息流", "广东"] == pytest.approx((0.35**2 * values + luck) ** 0.5)


def plan(channel, spend, weeks=("2025-09-01", "2025-09-08"), region=None):
    return pd.DataFrame(
        {"channel": channel, "period_start": pd.to_datetime(list(weeks)), "region": region, "spend": spend}
    )


def test_the_planned_budget_replayed_is_what_happened(journeys, whole):
    market = journeys.market
    usual = market.spend[0, 61:63].sum(axis=1)
    [row] = replay(market, {"as planned": plan("抖音信息流", usual)}, horizon=30).itertuples()
    arrivals = journeys.arrivals
    came = arrivals.index[arrivals.first_at.between("2025-09-01", "2025-10-14 23:59:59")]
    orders = whole[whole.customer.isin(came) & (whole["at"] < "2025-10-15")]
    assert row.spend == pytest.approx(market.spend[:, 61:63].sum())
    assert (row.new_customers, row.orders) == (orders.is_first.sum(), len(orders))
    assert row.net_revenue == pytest.approx(orders.net_revenue.sum())


def test_more_spend_replayed_brings_more_and_the_weeks_around_it_stay(journeys):
    market = journeys.market
    plans = {
        "none": plan("直播", 0.0),
        "usual": plan("直播", market.spend[1, 61:63].sum(axis=1)),
        "much": plan("直播", 4000.0),
    }
    found = replay(market, plans, horizon=28).set_index("plan")
    assert found.spend["much"] - found.spend["none"] == pytest.approx(8000)
    assert found.new_customers["none"] < found.new_customers["usual"] < found.new_customers["much"]
    spend = planned(market, plans["much"])
    assert spend[1, 61:63].sum(axis=1) == pytest.approx([4000, 4000])
    spend[1, 61:63] = market.spend[1, 61:63]
    assert (spend == market.spend).all()


def test_a_budget_without_regions_is_spread_as_the_plan_was(journeys):
    market = journeys.market
    spend = planned(market, plan("抖音信息流", 500.0))
    assert spend[0, 61] == pytest.approx(500 * market.spend[0, 61] / market.spend[0, 61].sum())
    one = planned(market, plan("抖音信息流", 70.0, region="新疆"))
    assert one[0, 61:63, 19].tolist() == [70.0, 70.0]
    assert (one[0, 61:63, :19] == market.spend[0, 61:63, :19]).all()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"channel": "电视"},
            r"channel of 2 of 2 rows are unknown to this world \(电视, 电视\); it has 抖音信息流, 直播",
        ),
        (
            {"weeks": ("2025-09-01", "2025-09-09")},
            r"period_start of 1 of 2 rows are unknown to this world \(2025-09-09\)",
        ),
        ({"region": "火星"}, "region of 2 of 2 rows are unknown"),
    ],
)
def test_a_budget_that_cannot_be_replayed_says_why(journeys, wrong, said):
    with pytest.raises(DataError, match=said):
        replay(journeys.market, {"wrong": plan(**({"channel": "直播", "spend": 1.0} | wrong))}, horizon=7)


def test_a_world_that_has_ended_cannot_be_replayed(journeys):
    late = {"late": plan("直播", 1.0)}
    left = (journeys.market.scene.world.ends_at - np.datetime64("2025-09-15")).astype("timedelta64[D]").astype(int)
    assert len(replay(journeys.market, late, horizon=left)) == 1
    with pytest.raises(DataError, match=r"this world ends on 20\d\d-\d\d-\d\d: nobody comes after it"):
        replay(journeys.market, late, horizon=left + 1)
