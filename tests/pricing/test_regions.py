"""Tests of a price by region: who is paired with whom, how much halves swing, and that the weeks named have the power named."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from goods_by_hand import sales_of, shop_of
from price_lists_by_hand import list_of, weekly
from shopkeeper.pricing import price_tests_report
from shopkeeper.pricing.price_tests import REGIONS, TURNS, price_tests, weeks_by_region
from shopkeeper.pricing.regions import Split, pair_regions, split_regions, swings
from shopkeeper.report.words import Words

EN = Words("en", "CNY")
NEW, OLD, BEFORE = ("a", "c"), ("b", "d"), 52


def split_of(noise, skus=1):
    return Split(NEW, OLD, BEFORE, pd.Series(noise, [f"s{n}" for n in range(skus)]))


def test_regions_are_paired_with_the_next_in_size():
    units = pd.Series({"c": 40, "a": 100, "e": 10, "d": 30, "b": 90})
    assert pair_regions(units) == [("a", "b"), ("c", "d")]


def test_a_region_that_has_no_like_stays_out():
    assert pair_regions(pd.Series({"big": 300, "a": 100, "b": 90, "c": 40})) == [("a", "b")]


def sold_of(units, skus=("s0",)):
    """units: SKUs × weeks × regions."""
    return pd.DataFrame([
        {"sku": sku, "week": week, "region": "abcde"[place], "units": float(number)}
        for sku, table in zip(skus, units, strict=True) for week, row in enumerate(table) for place, number in enumerate(row)
    ])  # fmt: skip


def test_single_units_swing_as_a_coin_does_and_a_season_falls_out():
    """Half of the units in either half: 1 / (.5 × .5) = 4 by unit, 5 where a fifth is sold elsewhere."""
    season = 30 * (1 + np.sin(np.arange(400)))
    draw = np.random.default_rng(5)
    units = draw.poisson(season[None, :, None] * np.ones((1, 400, 5)))
    assert swings(sold_of(units[:, :, :4]), NEW, OLD)["s0"] == pytest.approx(4, rel=0.15)
    assert swings(sold_of(units), NEW, OLD)["s0"] == pytest.approx(5, rel=0.15)
    lots = 6 * draw.poisson(season[None, :, None] / 6 * np.ones((1, 400, 4)))
    assert swings(sold_of(lots), NEW, OLD)["s0"] == pytest.approx(24, rel=0.2)


def test_no_sku_swings_less_than_the_brand():
    draw = np.random.default_rng(6)
    units = np.stack([6 * draw.poisson(5, (200, 4)), np.full((200, 4), 30)])
    made = swings(sold_of(units, ("lots", "even")), NEW, OLD)
    assert made["even"] == pytest.approx(made["lots"] / 2, rel=0.1)  # the brand's is the mean of 6 and 0


def test_weeks_tell_the_change_beyond_what_the_weeks_before_leave_open():
    """(.1 / 2.486)² / .01 - 1 / 52 = .1425, so that 7.02 weeks would do; .05 less than the weeks before leave open."""
    assert weeks_by_region(np.array([0.1, 0.1, 1.0]), np.array([0.01, 0.1, 0.01]), BEFORE).tolist() == [8, np.inf, 4]


def test_the_weeks_named_have_a_power_of_80_percent():
    """Two halves of 40 units a week, sold in twos, with weeks that swing by a third together; the new price sells 20% less."""
    draw, apart, runs = np.random.default_rng(3), np.log(0.8), 4000
    noise = swings(sold_of(2 * draw.poisson(10, (1, 200, 4))), NEW, OLD)
    split = Split(NEW, OLD, BEFORE, noise)
    [weeks] = weeks_by_region(np.array([apart]), split.variance(pd.Series(["s0"]), np.array([80.0])), BEFORE)
    assert 4 < weeks < 26

    def halves(count, change):
        common = draw.lognormal(0, 1 / 3, (runs, count))
        return [2 * draw.poisson(20 * np.exp(moved) * common).sum(axis=1) for moved in (change, 0.0)]

    (new, old), (before_new, before_old) = halves(int(weeks), apart), halves(BEFORE, 0.0)
    told = np.log(new / old) - np.log(before_new / before_old)
    spread = np.sqrt(split.variance(pd.Series(["s0"]), np.array([80.0])) * (1 / weeks + 1 / BEFORE))
    assert (told < -1.645 * spread).mean() == pytest.approx(0.8, abs=0.05)
    assert weeks < 4 * (1 / 9 + 2 / 80) * (2.486 / apart) ** 2  # what turns would take


def test_the_design_is_the_one_of_fewer_weeks():
    gains = list_of([[30], [-10]], own=[[-2.0], [-8.0]])
    noisy = np.tile(100 * np.array([0.7, 1.3, 0.7, 1.3]), (2, 1, 1))
    [row] = price_tests(gains, noisy, split_of(1.0)).to_dict("records")
    [turns] = price_tests(gains, weekly(100), split_of(2.0)).to_dict("records")
    assert row["design"] == REGIONS
    assert turns["design"] == TURNS
    assert price_tests(gains, noisy).empty  # half a year of turns would not do
    assert price_tests(gains, noisy, Split(NEW, OLD, BEFORE, pd.Series({"other": 1.0}))).empty


def test_a_shop_is_split_pair_by_pair_once_it_has_enough_regions(bench):
    names = tuple(f"r{n}" for n in range(9))
    shop = shop_of("shop", 9 * sales_of(6, 120, mean=2.0), regions=names)
    split = split_regions(shop, 1)
    assert len(split.new) == len(split.old) == 4
    assert set(split.new) | set(split.old) <= set(names)
    assert not set(split.new) & set(split.old)
    assert split.weeks == 120 // 7
    assert split_regions(shop, 1).new == split.new
    assert any(split_regions(shop, seed).new != split.new for seed in range(2, 6))


def test_too_few_regions_make_no_test(bench):
    units = 9 * sales_of(6, 120, mean=2.0)
    assert split_regions(shop_of("seven", units, regions=tuple(f"r{n}" for n in range(7))), 1) is None
    assert split_regions(shop_of("one", units), 1) is None


def test_the_report_names_regions_and_says_that_one_price_for_all_is_broken():
    rows = pd.DataFrame({"sku": ["s0", "s1"], "design": [REGIONS, TURNS]})
    found = SimpleNamespace(tests=rows, split=split_of(1.0))
    by_turns, by_region, power = (EN.text(each) for each in price_tests_report.notes(found, rows))
    assert by_turns.startswith("By turns: ")
    assert by_region.startswith("By region: the new price in a, c, today's in b, d, all weeks long")
    assert "not the same for all" in by_region
    assert "80%" in power
    assert len(price_tests_report.notes(found, rows[1:])) == 2
    assert price_tests_report.notes(found, rows.head(0)) == []
