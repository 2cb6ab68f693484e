"""Launches: attributes that matter are learnt, first sales are believed as far as they deserve, and nobody looks ahead."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels_by_hand import panel_of, plan_of
from shopkeeper.demand.launches import analogues, first_month, learn_launches, next_days, posterior
from shopkeeper.demand.panel import Plan

DAYS, OLD = 364, 20


def of(panel, told, **facts):
    """A catalogue of the panel's SKUs. told: day number of each launch, None where the brand does not tell it."""
    days = [None if day is None else panel.days[0] + pd.Timedelta(days=day) for day in told]
    skus = panel.skus[["sku", "product", "category"]]
    plain = {"maker": None, "launched_on": pd.to_datetime(pd.Series(days)), "list_price": np.nan}
    return skus.assign(**(plain | facts))


def launched(skus=200, seed=1, days=DAYS):
    """Old SKUs at 4 a day; then launches at 2 or 8 a day as the maker has it, half as much again at half the price."""
    luck = np.random.default_rng(seed)
    begun = np.r_[np.zeros(OLD, int), np.sort(luck.integers(60, days - 28, skus))]
    maker, cheap = luck.integers(0, 2, OLD + skus), luck.integers(0, 2, OLD + skus)
    rate = np.where(np.arange(OLD + skus) < OLD, 4.0, 2.0 * 4**maker * 1.5**cheap)
    rate *= luck.gamma(10, 1 / 10, OLD + skus)
    units = luck.poisson(rate[:, None] * (np.arange(days) >= begun[:, None]))
    panel = panel_of(units)
    told = [None] * OLD + list(begun[OLD:])
    return panel, of(panel, told, maker=np.where(maker, "rich", "poor"), list_price=100.0 / (1 + cheap)), begun


def steady_and(begun, days=168, rate=3):
    """Forty SKUs at 2 a day for ever, two categories, and SKUs at 3 a day from these days on."""
    begun = np.r_[np.zeros(40, int), begun]
    units = np.where(
        np.arange(days) >= begun[:, None], np.r_[np.full(40, 2), np.full(len(begun) - 40, rate)][:, None], 0
    )
    panel = panel_of(units)
    return panel, of(panel, [None] * 40 + list(begun[40:]))


def test_gamma_and_poisson_by_hand():
    # Shape 1 / .5 = 2 of mean 28; a quarter of the month should bring 7 and brings 14: 28 × (2 + 14) / (2 + 7).
    mean, shape = posterior(np.array([28.0]), np.array([0.25]), np.array([14.0]), 0.5, 0.0)
    assert mean == pytest.approx(28 * 16 / 9)
    assert shape == pytest.approx(16)
    mean, shape = posterior(np.array([28.0]), np.array([0.25]), np.array([0.0]), 0.5, 0.0)
    assert mean == pytest.approx(28 * 2 / 9)
    assert shape == pytest.approx(2)


def test_sales_that_come_in_lumps_are_believed_less():
    # Lumps .2 over a level of (28 + 14) / 1.25 = 33.6: each unit counts 1 / 7.72; the shape is 1 / (.7 − .2) = 2.
    mean, shape = posterior(np.array([28.0]), np.array([0.25]), np.array([14.0]), 0.7, 0.2)
    assert mean == pytest.approx(28 * (2 + 14 / 7.72) / (2 + 7 / 7.72))
    assert shape == pytest.approx(2 + 14 / 7.72)


def test_launches_that_depend_on_attributes_are_foretold_better_than_by_the_category():
    panel, catalogue, begun = launched()
    wape, within, known = [], [], np.nan_to_num(panel.demand)
    for origin in range(196, DAYS - 34, 7):
        units = {sku: known[row, begun[row] : begun[row] + 28].sum() for row, sku in enumerate(panel.skus["sku"])}
        earlier = panel.skus[(begun >= 60) & (begun + 28 <= origin)]
        naive = earlier["sku"].map(units).groupby(earlier.category).mean()
        told = first_month(learn_launches(panel, catalogue, origin))
        told = told[(told.launched >= origin) & (told.launched < origin + 7)]
        actual = told["sku"].map(units)
        category = told["sku"].map(panel.skus.set_index("sku").category).map(naive)
        wape.append(
            [
                (told["mean"] - actual).abs().sum(),
                (told["median"] - actual).abs().sum(),
                (category - actual).abs().sum(),
            ]
        )
        within.extend(actual.between(told.low, told.high))
    of_mean, of_median, of_category = np.sum(wape, axis=0)
    assert of_mean <= 0.7 * of_category
    assert of_median <= 0.7 * of_category
    assert len(within) > 60
    assert 0.8 < np.mean(within) < 0.99


def test_first_sales_correct_what_was_expected():
    panel, catalogue, begun = launched(seed=2)
    origin = 300
    new = np.flatnonzero((begun > origin - 15) & (begun <= origin - 7))
    whole = panel.demand[new[:, None], begun[new, None] + np.arange(28)].sum(axis=1)
    found = learn_launches(panel, catalogue, origin)
    told = first_month(found).set_index("sku").loc[panel.skus["sku"][new]]
    before = found.skus.set_index("sku").expected[told.index]
    assert np.abs(told["mean"] - whole).sum() < 0.6 * np.abs(before - whole).sum()
    assert (told.high - told.low).mean() < before.mean()


def test_nothing_after_the_origin_changes_a_bit():
    panel, catalogue, begun = launched(seed=3)
    panel = replace(panel, plans={"discount": plan_of(panel.sales.shape, slice(30, 60), 100, 320)})
    wild = np.random.default_rng(1).integers(0, 10**6, panel.sales.shape).astype(float)
    later = np.arange(DAYS) >= 250
    spoilt = {name: np.where(later, wild, getattr(panel, name)) for name in ("sales", "demand", "revenue", "price")}
    day, plan = np.arange(DAYS + 56), panel.plans["discount"]
    secret = Plan(np.where(day >= 330, 0.9, plan.size), np.where(day >= 330, 250, plan.known))
    skus = panel.skus.assign(launched=7)
    true = learn_launches(panel, catalogue, 250)
    false = learn_launches(replace(panel, skus=skus, plans={"discount": secret}, **spoilt), catalogue, 250)
    for one, other in zip(next_days(true), next_days(false), strict=True):
        assert one.tobytes() == other.tobytes()
    pd.testing.assert_frame_equal(first_month(true), first_month(false), check_exact=True)
    pd.testing.assert_frame_equal(analogues(true), analogues(false), check_exact=True)
    assert (begun[OLD:] >= 250).any()


def test_without_its_launch_told_a_sku_begins_with_its_first_sale():
    panel, catalogue = steady_and([100, 161, 40])
    untold = catalogue.assign(launched_on=pd.NaT)
    assert list(learn_launches(panel, untold, 168).skus["sku"]) == ["s41"]
    assert learn_launches(panel, untold, 161).skus.empty
    # What first sold soon after the data begin may be older, unless the brand says otherwise.
    assert list(learn_launches(panel, untold, 168).earlier["sku"]) == ["s40"]
    assert list(learn_launches(panel, catalogue, 168).earlier["sku"]) == ["s40", "s42"]


def test_a_sku_that_has_not_sold_is_expected_to_sell_less_with_each_day():
    panel, catalogue = steady_and(np.r_[np.arange(60, 120, 6), 150])
    panel.demand[50:] = 0
    told = [learn_launches(panel, catalogue, origin) for origin in (150, 155, 162)]
    ahead = [next_days(found)[0][list(found.skus["sku"]).index("s50")].sum() for found in told]
    assert ahead[0] == pytest.approx(3 * 28, rel=0.1)
    assert ahead[0] > 1.3 * ahead[1]
    assert ahead[1] > 1.3 * ahead[2] > 0


def test_what_is_planned_and_in_no_panel_is_forecast_from_its_day_on():
    panel, catalogue = steady_and(np.arange(60, 120, 6))
    day = panel.days[-1] + pd.Timedelta(days=11)
    row = {"sku": "soon", "product": "s", "category": "k0", "maker": None, "launched_on": day, "list_price": np.nan}
    found = learn_launches(panel, pd.concat([catalogue, pd.DataFrame([row])], ignore_index=True), 168)
    [mean], _ = next_days(found)
    assert (mean[:10] == 0).all()
    assert mean[10:] == pytest.approx(3, rel=0.15)
    [month] = first_month(found).to_dict("records")
    assert month["age"] == -10
    assert month["mean"] == pytest.approx(3 * 28, rel=0.1)
    assert month["low"] < month["median"] < month["high"]
    assert len(analogues(found, 2)) == 2


def test_the_first_launch_of_a_new_category_is_the_brands():
    panel, catalogue = steady_and(np.r_[np.arange(60, 120, 6), 150])
    panel.skus.loc[50, "category"] = "new"
    found = learn_launches(panel, catalogue, 150)
    assert found.skus.expected.iloc[0] == pytest.approx(3 * 28, rel=0.1)


def test_the_first_launch_of_all_is_expected_to_sell_as_others_of_its_category():
    panel, catalogue = steady_and([150])
    panel.demand[:40:2] = 5
    found = learn_launches(panel, catalogue, 150)
    assert found.earlier.empty
    assert found.skus.expected.iloc[0] == pytest.approx(5 * 28, rel=0.1)
    assert found.strayed == pytest.approx(1, rel=0.1)
    assert analogues(found).empty


def test_the_nearest_are_those_of_the_same_words():
    panel, catalogue = steady_and([60, 70, 80, 90, 150])
    names = ["old"] * 40 + ["red cake stand", "paper chain", "bunting", "blue lamp", "blue cake stand"]
    panel.skus["product"] = names
    near = analogues(learn_launches(panel, catalogue, 150), 1)
    assert near[["sku", "analogue", "product", "units"]].to_dict("records") == [
        {"sku": "s44", "analogue": "s40", "product": "red cake stand", "units": 84.0}
    ]


def test_a_rush_on_the_first_day_is_expected_on_the_first_day():
    panel, catalogue = steady_and(np.r_[np.arange(60, 120, 6), 150])
    for row, day in enumerate(range(60, 120, 6), start=40):
        panel.demand[row, day] = 30
    [[first, second, *_]], _ = next_days(learn_launches(panel, catalogue, 150))
    [later], _ = next_days(learn_launches(panel, catalogue, 151))
    assert first > 5 * second
    assert later.max() < 2 * later.min()
