"""Trends: what is planted is found, what is the brand's is nobody's, and steady SKUs are as often thought to rise as to fade."""

import numpy as np
import pytest
from panels_by_hand import WEEKDAY, panel_of, plan_of, steady
from scipy.stats import kstest
from shopkeeper.demand.trend import came_after, surprises, trends
from shopkeeper.tables import DataError

DAYS = 112
MONTHS = np.clip(np.arange(DAYS) - 56, 0, None) / 28  # since eight weeks before the end


def probabilities(panel, origin=DAYS):
    return trends(panel, origin).skus.set_index("sku").probability


def planted(change, skus=40, seed=2):
    """Steady SKUs but for the first four: two change by this factor in four weeks, two by its inverse."""
    factor = np.ones((skus, DAYS))
    factor[:2], factor[2:4] = change**MONTHS, change**-MONTHS
    return np.random.default_rng(seed).poisson(12 * factor * WEEKDAY[np.arange(DAYS) % 7])


def test_skus_that_rise_or_fade_are_found_and_by_how_much():
    found = trends(panel_of(planted(1.4)), DAYS).skus.set_index("sku")
    assert (found.probability[["s0", "s1"]] > 0.9).all()
    assert (found.probability[["s2", "s3"]] < 0.1).all()
    assert found.probability.drop(["s0", "s1", "s2", "s3"]).mean() == pytest.approx(0.5, abs=0.1)
    assert (found.low[["s0", "s1"]] < 0.4).all()
    assert (found.high[["s0", "s1"]] > 0.4).all()
    assert found.change[["s0", "s1"]].mean() == pytest.approx(0.4, abs=0.12)


def test_probabilities_of_steady_skus_are_about_uniform():
    found = probabilities(panel_of(steady(300, DAYS, seed=3)))
    assert found.mean() == pytest.approx(0.5, abs=3.3 / (12 * 300) ** 0.5)
    assert kstest(found, "uniform").statistic < 0.1
    assert 0.01 < (found < 0.05).mean() < 0.08
    assert 0.01 < (found > 0.95).mean() < 0.08


def test_weeks_that_vary_more_than_by_luck_make_no_trends():
    luck = np.random.default_rng(4)
    shock = luck.gamma(1 / 0.2, 0.2, (300, DAYS // 7)).repeat(7, axis=1)
    found = probabilities(panel_of(luck.poisson(10 * shock)))
    assert ((found < 0.05) | (found > 0.95)).mean() < 0.1


def test_a_rise_of_the_brand_is_no_skus_trend():
    luck = np.random.default_rng(5)
    found = trends(panel_of(luck.poisson(12 * np.ones((60, 1)) * 1.5**MONTHS)), DAYS)
    assert found.skus.probability.mean() == pytest.approx(0.5, abs=0.13)
    assert ((found.skus.probability < 0.05) | (found.skus.probability > 0.95)).mean() < 0.15
    assert found.categories.probability.between(0.05, 0.95).all()


def test_one_skus_great_rise_does_not_make_the_others_fade():
    units = steady(40, DAYS, seed=6)
    units[0] = np.random.default_rng(6).poisson(20 * 4.0**MONTHS)
    found = probabilities(panel_of(units))
    assert found["s0"] > 0.99
    assert found.drop("s0").mean() > 0.4


def test_promotions_are_no_trend():
    units, plans = steady(40, DAYS, seed=7), {"discount": plan_of((40, DAYS), slice(0, 5), DAYS - 10, DAYS - 1)}
    units[:5, -10:] *= 4
    before = probabilities(panel_of(units))
    told = probabilities(panel_of(units, plans=plans))
    names = [f"s{number}" for number in range(5)]
    assert before[names].min() > 0.99
    assert told[names].mean() == pytest.approx(0.5, abs=0.3)


def test_a_category_that_rises_is_found_and_draws_its_skus():
    luck = np.random.default_rng(8)
    factor = np.where(np.arange(60)[:, None] % 3 == 0, 1.25**MONTHS, 1.0)
    units = luck.poisson(6 * factor)
    slow = luck.poisson(0.05, (1, DAYS))  # of the rising category, and too slow to tell anything itself
    found = trends(panel_of(np.vstack([units, slow]), categories=3), DAYS)
    by = found.categories.set_index("category").probability
    assert by["k0"] > 0.97
    assert (by[["k1", "k2"]] < 0.5).all()
    assert found.skus.set_index("sku").probability["s60"] > 0.6


def test_what_every_year_brings_is_half_taken_off():
    days = 364 + DAYS
    season = np.exp(0.25 * np.sin(2 * np.pi * np.arange(days) / 364))
    factor = np.where(np.arange(40)[:, None] % 2 == 0, season, 1 / season)
    units = np.random.default_rng(9).poisson(10 * factor)
    # The first quarter of the year rises, from the 56th to the 112th day less and less.
    with_year = trends(panel_of(units), 364 + 63).categories.set_index("category").change
    without = trends(panel_of(units[:, 364:]), 63).categories.set_index("category").change
    assert without["k0"] > 0.05
    assert 0.3 < with_year["k0"] / without["k0"] < 0.8


def test_a_sku_of_two_weeks_has_no_trend_yet():
    units = steady(10, DAYS).astype(float)
    units[0, :-14] = np.nan
    found = probabilities(panel_of(units))
    assert np.isnan(found["s0"])
    assert found.drop("s0").notna().all()


def test_a_sku_that_never_sold_is_not_shown_and_changes_nothing():
    units = steady(10, DAYS)
    alone = probabilities(panel_of(units, categories=1))
    found = probabilities(panel_of(np.vstack([units, np.zeros((1, DAYS))]), categories=1))
    assert "s10" not in found
    assert found.to_numpy() == pytest.approx(alone.to_numpy(), abs=0.02)


def test_no_value_of_the_origin_or_later_is_read():
    units, origin = steady(20, 140), 90
    later, plans = units.copy().astype(float), {"discount": plan_of((20, 140), slice(0, 9), 80, 99, known=85)}
    later[:, origin:] = np.random.default_rng(1).uniform(0, 999, later[:, origin:].shape)
    unknown = {"discount": plans["discount"], "coupon": plan_of((20, 140), slice(5, 20), 60, 139, known=origin)}
    before, after = (trends(panel_of(u, plans=p), origin) for u, p in ((units, plans), (later, unknown)))
    assert before.skus.equals(after.skus)
    assert before.categories.equals(after.categories)


def test_too_few_days_are_said():
    with pytest.raises(DataError, match="only 50 days are known; a trend is read from 56"):
        trends(panel_of(steady(4, 100)), 50)


def test_what_came_after_is_beside_what_the_brand_did():
    units = np.full((11, DAYS), 10.0)
    units[:, 84:] = 20
    units[0, 84:] = 10  # half of what the brand did
    found = came_after(panel_of(units), 84)
    assert found[1:] == pytest.approx(0, abs=0.1)  # one SKU in eleven is part of the brand
    assert found[0] - found[1] == pytest.approx(np.log(0.5), abs=0.005)


def test_surprises_are_told_with_what_stands_beside_them():
    units = np.full((4, 56), 1.0)
    price, out = np.full((4, 56), 10.0), np.zeros((4, 56), bool)
    price[0, 28:], out[1, 50:53] = 8.0, True
    visits = np.tile(np.r_[np.full(28, 100), np.full(28, 150)], (4, 1))
    panel = panel_of(
        units, price=price, is_out=out, traffic={"visits": visits}, plans={"coupon": plan_of((4, 56), [0], 26, 34)}
    )
    actual, low = np.array([50.0, 10.0, 30.0, 5.0]), np.array([20.0, 20.0, 20.0, np.nan])
    found = surprises(panel, actual, low, low + 20)
    first, second = found.to_dict("records")
    assert [first[name] for name in ("sku", "beyond", "money", "price_change", "days_out")] == ["s1", -10, -100, 0, 3]
    assert second == {
        "sku": "s0", "product": "s0", "category": "k0", "actual": 50, "low": 20, "high": 40, "beyond": 10, "money": 80,
        "price_change": pytest.approx(-0.2), "visits_change": pytest.approx(0.5),
        "promotion_days": 7, "promotion_days_before": 2, "days_out": 0,
    }  # fmt: skip


def test_without_traffic_visits_are_unknown():
    found = surprises(panel_of(np.ones((1, 56))), np.array([9.0]), np.array([1.0]), np.array([3.0]))
    assert found.visits_change.isna().all()
