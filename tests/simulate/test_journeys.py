"""Customers come out of journeys: when, through what, because of what, and the same whatever is spent on others."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World, live
from shopkeeper.simulate.arrivals import WEEKDAYS, usual_arrivals
from shopkeeper.simulate.channels import NAMES, ORGANIC, SEARCH
from shopkeeper.simulate.journeys import _last_ads, make_journeys, make_market
from shopkeeper.simulate.paired import switched_off
from shopkeeper.simulate.scene import set_scene


@pytest.fixture(scope="module")
def market():
    return make_market(set_scene(World(customers=8000, skus=16)))


@pytest.fixture(scope="module")
def journeys(market):
    return make_journeys(market)


def by_day(journeys):
    day = (journeys.arrivals.first_at - pd.Timestamp("2024-07-01")).dt.days
    return np.bincount(day, minlength=730)


def test_as_many_customers_come_as_the_world_has_of_about_twelve_times_as_many_visitors(journeys):
    assert len(journeys.arrivals) == pytest.approx(8000, abs=3.3 * 8000**0.5)
    assert 0.06 < len(journeys.arrivals) / len(journeys.market.visitors) < 0.10


def test_arrivals_grow_open_with_a_wave_and_keep_the_week(journeys):
    """Of days without promotions, by quarter and by weekday, as arrivals do that are drawn directly, tides apart."""
    plain = by_day(journeys)[journeys.market.base.parts[1:].sum(axis=0) == 0]
    day = np.flatnonzero(journeys.market.base.parts[1:].sum(axis=0) == 0)
    usual = usual_arrivals(World(), day)
    for since, until in ((0, 90), (270, 365), (640, 730)):
        mine = (day >= since) & (day < until)
        assert plain[mine].sum() / plain.sum() == pytest.approx(usual[mine].sum() / usual.sum(), rel=0.2)
    assert plain[day < 60].mean() > 1.25 * plain[(day > 200) & (day < 400)].mean()
    week = np.array([plain[day % 7 == number].mean() for number in range(7)])
    error = 3.3 * week.mean() ** 0.5 / (len(day) / 7) ** 0.5 / week.mean()
    assert week / week.mean() == pytest.approx(WEEKDAYS, abs=error)


def test_promotions_bring_customers_on_their_days_and_say_so(journeys):
    arrivals, events = journeys.arrivals, {event.name: event for event in journeys.market.scene.events}
    brought = arrivals[arrivals.brought_by != ""]
    assert 0.12 < len(brought) / len(arrivals) < 0.25
    day = (brought.first_at - pd.Timestamp("2024-07-01")).dt.days
    assert all(events[name].first <= d <= events[name].last for name, d in zip(brought.brought_by, day, strict=True))
    assert (brought.cause == ORGANIC).all()
    assert (brought.brought_by == "双11-2024").sum() > 2 * (brought.brought_by == "双12-2024").sum()


def test_the_last_ad_within_30_days_before_the_order_is_the_channel_that_platforms_report():
    touches = pd.DataFrame(
        [(0, 2, 10.0), (0, 5, 12.0), (0, 3, 41.0), (1, 1, 9.9), (2, 4, 39.0), (2, 0, 39.5)],
        columns=["visitor", "channel", "time"],
    )
    assert _last_ads(touches, np.array([40.0, 40.0, 40.0, 40.0])).tolist() == [5, -1, 0, -1]


def test_who_sees_no_ad_comes_of_itself(journeys):
    touched = set(journeys.market.visitors.key[journeys.touches.visitor.unique()])
    alone = journeys.arrivals[~journeys.arrivals.key.isin(touched)]
    assert len(alone) > 500
    assert set(alone.channel) == set(alone.cause) == {ORGANIC}


def test_the_last_to_come_orders_as_the_last_day_ends_whatever_is_spent(market, journeys):
    nothing = make_journeys(market, 0 * market.spend)
    for run in (journeys, nothing):
        last = run.arrivals.iloc[-1]
        assert (str(last.first_at), last.key, last.cause) == ("2026-06-30 23:59:30", len(market.visitors), ORGANIC)
        assert run.arrivals.first_at.is_monotonic_increasing


@pytest.mark.parametrize("channel", ["小红书笔记", "品牌搜索"])
def test_a_channel_switched_off_changes_nobody_whom_it_did_not_touch(market, journeys, channel):
    number = NAMES.index(channel)
    off = make_journeys(market, switched_off(market.spend, number))
    both = journeys.arrivals.merge(off.arrivals, on="key", how="outer", suffixes=("", "_off"))
    moved = both.key[(both.first_at != both.first_at_off) | (both.cause != both.cause_off)]
    touched = set(market.visitors.key[journeys.touches.visitor[journeys.touches.channel == number]])
    assert set(moved) <= touched
    assert len(moved) > (100 if number != SEARCH else 5)
    later = both[both.first_at.notna() & both.first_at_off.notna()]
    assert (later.first_at_off >= later.first_at).all()  # less hazard never makes anybody order earlier
    assert off.arrivals.key.isin(journeys.arrivals.key).all()


def test_what_a_channel_is_the_cause_of_is_about_what_is_lost_without_it(market, journeys):
    """As few visitors order, hardly any of those whom it brought would have come for another reason."""
    for number, name in enumerate(NAMES):
        brought = (journeys.arrivals.cause == name).sum()
        lost = len(journeys.arrivals) - len(make_journeys(market, switched_off(market.spend, number)).arrivals)
        assert 0.8 * brought - 10 < lost < 1.1 * brought + 10


def test_search_looks_great_by_the_last_ad_and_brings_little(journeys):
    last, cause = (journeys.arrivals[name].value_counts() for name in ("channel", "cause"))
    assert last["搜索广告"] > 4 * cause["搜索广告"]
    assert last["品牌搜索"] > 20 * cause["品牌搜索"]
    assert cause["知识社区"] > 0.75 * last["知识社区"]


def test_intent_confounds_the_last_ad_of_search_more_the_more_the_world_says():
    free, tied = (
        make_journeys(make_market(set_scene(World(customers=4000, skus=16, intent_confounding=power)))).arrivals
        for power in (0.0, 1.0)
    )
    gap = [((run.channel == "搜索广告").sum() - (run.cause == "搜索广告").sum()) for run in (free, tied)]
    assert gap[1] > 1.15 * gap[0]


def test_a_market_of_one_customer_has_that_one_alone():
    history = live(World(customers=1, skus=8))
    assert len(history.people) == 1
    assert len(history.journeys.touches) == 0


def test_the_parts_of_a_hazard_hold_its_cause(journeys):
    names = np.array([ORGANIC, *(ORGANIC for _ in journeys.market.scene.events), *NAMES])
    parts = journeys.parts
    assert len(parts) == len(journeys.arrivals)
    cause = journeys.arrivals.cause.to_numpy()
    assert all(parts[row, names == cause[row]].sum() > 0 for row in range(len(parts)))
    expected = (parts / parts.sum(axis=1, keepdims=True))[:, -8:].sum(axis=0)
    found = journeys.arrivals.cause.value_counts().reindex(NAMES, fill_value=0).to_numpy()
    assert found == pytest.approx(expected, abs=3.3 * expected.max() ** 0.5)
