"""Hits by hand: what counts as one, what the list is worth, and that it knows nothing of the days ahead."""

import numpy as np
import pytest
from panels_by_hand import panel_of, plan_of, steady
from shopkeeper.demand.hits import is_hit, likely_hits

SKUS, MONTHS = 40, 12
DAYS = 28 * MONTHS


def moved(flops=()):
    """Ten units a day; each month two SKUs sell four times as much, unless they are among the flops. Also which."""
    units, pairs = np.full((SKUS, DAYS), 10.0), {}
    for month in range(MONTHS):
        pairs[month] = [2 * month, 2 * month + 1]
        units[[sku for sku in pairs[month] if sku not in flops], 28 * month : 28 * month + 28] = 40
    return units, pairs


def planned(pairs):
    plan = plan_of((SKUS, DAYS), [], 0, 0)
    for month, skus in pairs.items():
        plan.size[skus, 28 * month : 28 * month + 28] = 0.2
    return {"discount": plan}


def test_a_hit_grows_more_than_nine_tenths_and_sells_as_much_as_three_quarters():
    units = np.ones((20, 56))
    units[0, 28:], units[1, 28:] = 4, 3
    units[2] = 0
    units[2, 27], units[2, 28:48] = 1, 1  # twenty times as much, and yet less than the others
    assert np.flatnonzero(is_hit(panel_of(units), 28)).tolist() == [0]


def test_a_rise_of_all_is_no_hit():
    units = np.ones((20, 56))
    units[:, 28:] = 5
    assert not is_hit(panel_of(units), 28).any()


def test_the_record_says_what_earlier_lists_were_worth():
    units, pairs = moved(flops=[19])  # of the pair of month 9
    hits = likely_hits(panel_of(units, plans=planned(pairs)), 28 * 11, origins=2)
    months = [(row.day - np.datetime64("2024-01-01")).days // 28 for row in hits.record.itertuples()]
    assert months == [10, 9]
    assert hits.record.listed.tolist() == [2, 2]  # a twentieth of 40
    assert hits.record.hits.tolist() == [2, 1]
    assert hits.record.precision.tolist() == [1, 0.5]
    assert hits.record.base_rate.tolist() == [0.05, 0.025]
    assert sorted(hits.listed["sku"]) == ["s22", "s23"]


def test_visits_that_rise_foretell_hits():
    units, pairs = moved()
    visits = 10 * np.ones_like(units)
    for month in range(1, MONTHS):
        visits[pairs[month], 28 * month - 14 : 28 * month] = 60
    hits = likely_hits(panel_of(units, traffic={"visits": visits}), 28 * 11, origins=2)
    assert sorted(hits.listed["sku"]) == ["s22", "s23"]
    assert hits.record.precision.tolist() == [1, 1]
    blind = likely_hits(panel_of(units), 28 * 11, origins=2)
    assert blind.record.hits.sum() < 4


def test_no_value_of_the_origin_or_later_is_read():
    units, pairs = moved()
    units, origin = units + steady(SKUS, DAYS), 28 * 11
    later, plans = units.copy(), planned(pairs)
    later[:, origin:] = np.random.default_rng(1).uniform(0, 999, later[:, origin:].shape)
    seen, garbled = np.ones_like(units), np.ones_like(units)
    garbled[:, origin:] = later[:, origin:]
    late = plans | {"coupon": plan_of(units.shape, [3, 9], origin, DAYS - 1, known=origin)}
    first = panel_of(units, plans=plans | {"coupon": plan_of(units.shape, [], 0, 0)}, traffic={"visits": seen})
    other = panel_of(later, plans=late, traffic={"visits": garbled}, price=later, revenue=later)
    before, after = likely_hits(first, origin), likely_hits(other, origin)
    assert len(before.listed) == 2
    assert before.listed.equals(after.listed)
    assert before.record.equals(after.record)


def test_the_list_is_as_long_as_asked():
    units, pairs = moved()
    assert len(likely_hits(panel_of(units, plans=planned(pairs)), 28 * 11, most=1).listed) == 1


@pytest.mark.parametrize("origin", [56, 84, 168])
def test_where_too_few_hits_are_known_nothing_is_listed(origin):
    hits = likely_hits(panel_of(moved()[0]), origin)
    assert len(hits.listed) == len(hits.record) == 0
    assert list(hits.record) == ["day", "listed", "hits", "precision", "base_rate"]
    assert {"sku", "chance"} <= set(hits.listed)


def test_a_brand_that_never_moves_has_no_hits():
    hits = likely_hits(panel_of(np.ones((SKUS, DAYS))), 28 * 11)
    assert len(hits.listed) == 0
