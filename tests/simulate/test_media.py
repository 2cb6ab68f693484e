"""Media is planned apart from demand, as far as the world says so, and its prices rise with volume."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World
from shopkeeper.simulate.channels import NAMES, PLANTED, SPEND
from shopkeeper.simulate.lift_tests import changed_by, lift_tests
from shopkeeper.simulate.media import _demand, price_curve, usual_spend, usual_volume, volumes, week_starts
from shopkeeper.simulate.names import REGIONS
from shopkeeper.simulate.scene import set_scene

WORLD = World(customers=2000, skus=16)


@pytest.fixture(scope="module")
def scene():
    return set_scene(WORLD)


def test_price_rises_with_volume_and_spend_is_price_times_volume():
    """A region whose people buy v0 touches pays twice the first price for each; three times as many, four times it."""
    first, doubled = (part[0, 0, 0] for part in price_curve(WORLD))
    spend = np.zeros((8, 1, 20))
    for times in (1, 3):
        spend[0, 0, 0] = times * doubled * first * (1 + times)
        assert volumes(WORLD, spend)[0, 0, 0] == pytest.approx(times * doubled)
    assert first == PLANTED[0].price


def test_the_first_yuan_buys_at_the_first_price_and_each_further_one_buys_less():
    first, _ = price_curve(WORLD)
    ladder = np.linspace(0, 1000, 50)[None, :, None] * np.ones((8, 1, 20))
    bought = np.diff(volumes(WORLD, ladder), axis=1)
    assert (np.diff(bought, axis=1) < 0).all()
    assert (volumes(WORLD, 1e-9 * ladder[:, 1:2]) / (1e-9 * ladder[:, 1:2]) == pytest.approx(1 / first * np.ones((8, 1, 20)), rel=1e-4))  # fmt: skip
    assert volumes(WORLD, 0 * ladder).max() == 0


def test_what_is_bought_for_all_regions_is_what_they_buy_together():
    """With v0 in proportion to people, a spend that is spread as people are buys the nation's volume."""
    spend = np.zeros((8, 1, 20))
    first, doubled = price_curve(WORLD)
    spend[1, 0] = doubled[1, 0] * first[1, 0] * 2
    assert volumes(WORLD, spend)[1].sum() == pytest.approx(usual_volume(WORLD)[1] / PLANTED[1].bend)


def test_all_spend_is_the_budget_of_the_days_and_each_channel_has_its_share(scene):
    whole = usual_spend(scene)
    by_week = whole.sum(axis=2)
    in_days = by_week[:, :104].sum(axis=1) + by_week[:, 104] * 2 / 7  # the last day is a Tuesday
    assert in_days.sum() == pytest.approx(SPEND * 2000, rel=1e-3)
    assert in_days / in_days.sum() == pytest.approx([channel.budget for channel in PLANTED], rel=1e-2)


def test_spend_differs_between_regions_and_weeks_by_more_than_demand_does(scene):
    per_head = usual_spend(scene)[:, :104] / usual_spend(scene)[:, :104].mean(axis=1, keepdims=True)
    regional = [
        number for number, channel in enumerate(PLANTED) if not channel.is_national and NAMES[number] != "品牌搜索"
    ]
    assert (per_head[regional].std(axis=2).mean(axis=1) > 0.4).all()
    national = [number for number, channel in enumerate(PLANTED) if channel.is_national]
    assert np.ptp(per_head[national], axis=2).max() < 0.01


def test_spend_follows_demand_as_far_as_the_world_says():
    """Against a plan without regard to demand, log spend differs by the knob times log demand; brand search always follows it."""
    apart, close = (set_scene(World(customers=2_000_000, skus=16, spend_follows_demand=power)) for power in (0.0, 1.5))
    more = np.log(usual_spend(close).sum(axis=2) / usual_spend(apart).sum(axis=2))
    demand = np.log(_demand(close))
    assert demand.std() > 0.1
    for number in range(len(NAMES)):
        follows = 0.0 if NAMES[number] == "品牌搜索" else 1.5
        assert (more[number] - follows * demand).std() < 1e-4


def test_a_tests_weeks_run_at_its_factor_in_its_regions_alone(scene):
    usual = usual_spend(scene)
    off, half_more, *_, double, _ = tests = lift_tests(WORLD)
    assert [test.channel for test in tests] == [
        "抖音信息流",
        "搜索广告",
        "品牌搜索",
        "小红书笔记",
        "知识社区",
        "站内推广",
    ]
    spend = changed_by((off, half_more, double), usual)
    assert spend[0, 36:40, 0:16:2].max() == 0 < usual[0, 36:40, 0:16:2].min()
    assert spend[3, 39:43, 1:16:2] == pytest.approx(1.5 * usual[3, 39:43, 1:16:2], abs=0.011)
    assert spend[7, 77:81] == pytest.approx(2 * usual[7, 77:81], abs=0.011)
    spend[0, 36:40, 0:16:2], spend[3, 39:43, 1:16:2], spend[7, 77:81] = (
        usual[0, 36:40, 0:16:2], usual[3, 39:43, 1:16:2], usual[7, 77:81],
    )  # fmt: skip
    assert (spend == usual).all()
    assert lift_tests(World(days=200)) == ()


def test_weeks_begin_on_mondays_also_where_the_first_day_is_none():
    starts = week_starts(World(first_day=dt.date(2024, 7, 3), days=30))
    assert starts[:2] == [dt.date(2024, 7, 1), dt.date(2024, 7, 8)]
    assert {start.weekday() for start in starts} == {0}


@pytest.fixture(scope="module")
def exported(aurora):
    return pd.read_csv(aurora[0] / "raw" / "media.csv", parse_dates=["period_start", "known_on"])


def test_media_is_exported_by_week_channel_and_region_as_far_as_it_is_planned(exported, aurora):
    assert exported.period_start.max() == pd.Timestamp("2026-07-27")  # four weeks ahead of 30 June 2026
    assert ((exported.period_start - exported.known_on).dt.days == 28).all()
    assert not exported.duplicated(["period_start", "channel", "region"]).any()
    regions = exported.groupby("channel").region.agg(lambda names: set(names.dropna()))
    assert {channel for channel, names in regions.items() if not names} == {"直播", "知识社区"}
    assert all(names == set(REGIONS) for names in regions if names)
    journeys = aurora[1].journeys
    assert exported.spend.sum() == pytest.approx(journeys.spend.sum(), abs=0.01 * len(exported))


def test_what_a_coming_week_shows_is_not_known(exported, aurora):
    is_over = exported.period_start + pd.Timedelta(7, "D") <= pd.Timestamp("2026-07-01")
    assert exported.impressions.notna().equals(is_over)
    assert exported.clicks.notna().equals(is_over)
    touches = pd.read_csv(aurora[0] / "raw" / "touches.csv")
    search = touches.channel.eq("搜索广告") & touches.touched_at.lt("2026-06-29")
    assert exported.clicks[(exported.channel == "搜索广告") & is_over].sum() == search.sum()
