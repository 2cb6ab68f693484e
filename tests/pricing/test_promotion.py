"""What promotions brought, in made brands of which it is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from promotions_by_hand import EVENTS, days_of, levels_of
from shopkeeper.pricing.promotion import promotion_effects
from shopkeeper.pricing.promotion_net import Net, spans_of
from shopkeeper.pricing.promotion_parts import Near, beyond_before, money_given, unmet_rate

NO_COSTS = pd.DataFrame({"sku": [], "kept": [], "cost": []})
COSTS = pd.DataFrame({"sku": ["s0", "s1"], "kept": 0.5, "cost": 2.0})  # of s2 none are known
SHARES = np.array([0.5, 0.3, 0.2])  # of s0, in every promotion, s1 of its category, and s2 of another


def sold(mean, seed=1):
    units = np.random.default_rng(seed).poisson(SHARES[:, None] * mean)
    return units, 10.0 * units


@pytest.fixture(scope="module")
def emptying():
    """Sells double in promotions, and 40% less next to them."""
    return promotion_effects(
        days_of(*sold(levels_of(emptied=0.4)[0])),
        COSTS,
        1,
    )


@pytest.fixture(scope="module")
def plain():
    """Sells double in promotions, and as ever next to them."""
    return promotion_effects(days_of(*sold(levels_of()[0])), NO_COSTS, 1)


def test_the_net_effect_is_found_where_it_is_planted(emptying):
    mean, usual = levels_of(emptied=0.4)
    true = [(mean - usual)[max(first - 14, 0) : last + 29].sum() for first, last in EVENTS]
    rows = emptying.rows
    assert rows.units.sum() == pytest.approx(sum(true), rel=0.12)
    assert ((rows.units_low <= true) & (true <= rows.units_high)).sum() >= 4
    assert rows.naive_units.sum() > 1.2 * sum(true)  # it takes nothing off for what the days around missed


def test_pull_forward_is_found_where_it_is_planted_and_only_there(emptying, plain):
    mean, usual = levels_of(emptied=0.4)
    outside = np.ones(len(mean), bool)
    for first, last in EVENTS:
        outside[first : last + 1] = False
    found = emptying.together("pulled_units")
    assert found.low > 0
    assert found.middle == pytest.approx((usual - mean)[outside].sum(), rel=0.1)
    nothing = plain.together("pulled_units")
    assert nothing.low < 0 < nothing.high
    assert nothing.high < 0.5 * found.low


def test_shelves_that_were_empty_after_a_promotion_are_no_pull_forward():
    mean, _ = levels_of()
    met = np.ones(len(mean))
    for _, last in EVENTS:
        met[last + 1 : last + 11] = 0.6
    units, revenue = sold(mean * met)
    blind, seen = (
        promotion_effects(days_of(units, revenue, met=m), NO_COSTS, 1).together("pulled_units") for m in (1.0, met)
    )
    assert blind.low > 0
    assert seen.low < 0 < seen.high


def test_net_is_what_sold_beyond_and_later_less_what_was_missed_and_its_parts_add_up(emptying):
    draws = emptying.draws
    for name in ("orders", "units", "net_revenue", "margin"):
        assert draws[name] == pytest.approx(draws[f"during_{name}"] + draws[f"later_{name}"] - draws[f"pulled_{name}"])
    assert draws["own_units"] + draws["substitute_units"] + draws["other_units"] == pytest.approx(draws["during_units"])


def test_what_is_sold_at_one_price_earns_the_same_share_of_it_on_any_day(emptying):
    # Of 10 a unit, 5 are kept and 2 are its cost.
    assert emptying.draws["margin"] == pytest.approx(0.3 * emptying.draws["net_revenue"])


def test_shelves_that_were_empty_in_a_promotion_would_not_have_been_without_it():
    units, revenue = sold(levels_of()[0])
    met = np.ones(units.shape[1])
    for first, last in EVENTS:
        met[first : last + 1] = 0.7
    full, empty = (
        promotion_effects(days_of(units, revenue, met=m), NO_COSTS, 1).draws["during_units"] for m in (1.0, met)
    )
    assert empty == pytest.approx(full)


@pytest.fixture(scope="module")
def short():
    """Sells double in promotions; of what is wanted 7 in 10 are there then, and 9 in 10 on all other days."""
    mean, usual = levels_of()
    met = np.where(mean > 1.5 * usual, 0.7, 0.9)
    return promotion_effects(days_of(*sold(mean * met), met=met), COSTS, 1)


def test_what_sold_is_beside_shelves_of_ordinary_days_and_what_was_wanted_beside_full_ones(short):
    mean, usual = levels_of()
    days = [slice(first, last + 1) for first, last in EVENTS]
    wanted = [mean[span].sum() - usual[span].sum() for span in days]
    there = [0.7 * mean[span].sum() - 0.9 * usual[span].sum() for span in days]
    for name, true in (("units", there), ("wanted_units", wanted)):
        found = short.together(name)
        assert found.low < sum(true) < found.high
        assert found.middle == pytest.approx(sum(true), rel=0.08)


def test_what_empty_shelves_cost_is_what_was_wanted_less_what_sold(short):
    draws = short.draws
    for name in ("orders", "units", "net_revenue", "margin"):
        assert draws[f"missed_{name}"] == pytest.approx(draws[f"wanted_{name}"] - draws[name])
    # Of 10 a unit, 5 are kept and 2 are its cost.
    assert draws["missed_margin"] == pytest.approx(0.3 * draws["missed_net_revenue"], rel=1e-6)


def test_how_much_was_wanted_of_empty_shelves_is_never_sure(short):
    promoted = sum(last - first + 1 for first, last in EVENTS)
    lost = 600 * 2 * 0.3 * promoted  # units, at least
    found = short.together("missed_units")
    assert found.high - found.low > 0.8 * 0.3 * lost


def test_where_no_shelf_ran_empty_nothing_is_told_of_full_ones(plain):
    assert not [name for name in plain.rows if name.startswith(("wanted", "missed"))]


def test_orders_are_lost_less_often_than_units():
    told = replace(days_of(*sold(levels_of()[0]), met=0.8), single_rate=0.5)
    # Half of the orders hold other SKUs too.
    assert told.met_of("orders") == pytest.approx(0.9)
    assert told.met_of("net_revenue") == pytest.approx(0.8)


def test_substitutes_that_lost_to_a_promotion_are_told_apart_from_the_rest():
    mean, _ = levels_of(lift=1.0)
    units = np.random.default_rng(2).poisson(SHARES[:, None] * mean).astype(float)
    for first, last in EVENTS:
        units[0, first : last + 1] *= 3
        units[1, first : last + 1] = np.round(0.5 * units[1, first : last + 1])
    found = promotion_effects(days_of(units, 10 * units), NO_COSTS, 1)
    own, like, rest = (found.together(name) for name in ("own_units", "substitute_units", "other_units"))
    days = sum(last - first + 1 for first, last in EVENTS)
    assert like.high < 0 < own.low
    assert like.middle == pytest.approx(-0.5 * 0.3 * 700 * days, rel=0.15)
    assert rest.low < 0 < rest.high


def test_later_orders_of_those_whom_a_promotion_brought_are_counted_in():
    mean, _ = levels_of()
    units, revenue = sold(mean)
    first = np.random.default_rng(3).poisson(0.25 * mean).astype(float)
    came = EVENTS[1][0]
    later = pd.DataFrame({"came": [came], "day": [200], "orders": [100.0], "units": [120.0], "net_revenue": [1000.0]})
    squares = pd.DataFrame({"came": [came], "orders": [100.0], "units": [150.0], "net_revenue": [10_000.0]})
    found = promotion_effects(
        days_of(units, revenue, first_orders=first, later=later, squares=squares), NO_COSTS, 1
    ).rows
    # It sold double: of those who came first in it, half would not have come.
    assert found.later_units[1] == pytest.approx(60, abs=10)
    assert found.later_net_revenue[1] == pytest.approx(500, abs=80)
    assert found.later_units_low[1] < 55
    assert found.later_units[[0, 2, 3]].tolist() == [0, 0, 0]


def test_guests_order_nothing_later(plain):
    assert (plain.draws["later_units"] == 0).all()


def test_promotions_too_near_to_the_ends_of_the_data_are_not_told():
    mean, _ = levels_of()
    units, revenue = sold(mean)
    rows = promotion_effects(
        days_of(units, revenue, events=((27, 30), (100, 110), (371, 371), (372, 373))), NO_COSTS, 1
    ).rows
    assert rows.why.tolist() == ["early", "", "", "open"]


def made_up():
    """Twenty days at 10 a unit, then two in which s0 sells 8 at 7, and s1 4 at 10."""
    units = np.r_[np.full((1, 20), 3.0), np.full((1, 20), 1.0), np.zeros((1, 20))]
    revenue = 10 * units
    units, revenue = (
        np.c_[units, [[4.0, 4.0], [2.0, 2.0], [0.0, 0.0]]],
        np.c_[revenue, [[28.0, 28.0], [20.0, 20.0], [0.0, 0.0]]],
    )
    return days_of(units, revenue, events=((20, 21),))


def test_a_discount_given_to_what_would_have_been_bought_anyway():
    told = made_up()
    net = Net(during=np.array([[4.0]]), pulled=np.array([[0.0]]), later=np.zeros((1, 1)), usual=np.array([[8.0]]))
    near = [Near(told.units[:, :20].sum(axis=1)[None], told.revenue[:, :20].sum(axis=1)[None])]
    found = money_given(told, spans_of(told), (net, near))
    # Eight would have sold, six of them s0, each 3 cheaper; of s0 eight sold.
    assert found["anyway"].tolist() == [[18.0]]
    assert found["anyway_share"].tolist() == [[0.75]]
    pulled = money_given(told, spans_of(told), (net._replace(pulled=np.array([[99.0]])), near))
    assert pulled["anyway"].tolist() == [[24.0]]  # no more than was given


def test_the_naive_figure_is_what_sold_beyond_the_mean_of_the_days_before():
    told = made_up()
    row = beyond_before(told, spans_of(told), 28).iloc[0]
    assert (row.naive_units, row.naive_units_low, row.naive_units_high) == (4, 4, 4)
    assert row.naive_net_revenue == 56 + 40 - 80


def test_what_was_wanted_and_not_there():
    told = made_up()
    met = told.totals.met.where(told.totals.index < told.days[21], 0.5)
    # Six sold on each of two days; on the second twelve were wanted.
    assert unmet_rate(replace(told, totals=told.totals.assign(met=met)), spans_of(told)).tolist() == [
        pytest.approx(1 - 12 / 18)
    ]


def test_the_same_seed_tells_the_same(plain):
    again = promotion_effects(days_of(*sold(levels_of()[0])), NO_COSTS, 1)
    pd.testing.assert_frame_equal(again.rows, plain.rows)
