"""Market and shelves by hand: what became of earlier calls, how near forecasts of the core were, and how shelves stand."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from panels_by_hand import panel_of, plan_of, steady
from shopkeeper.demand.accuracy import beside_naive, came, core_accuracy, top_skus
from shopkeeper.demand.forecast_report import season_told, why_told, year_ago_told
from shopkeeper.demand.market import trend_record
from shopkeeper.demand.shelves import figures
from shopkeeper.report.words import Words


@dataclass
class Past:
    """An origin and what was agreed on it, as far as accuracy asks."""

    panel: object
    wanted: np.ndarray
    of_skus: np.ndarray

    @property
    def is_out(self):
        return np.zeros(self.wanted.shape, bool)

    @property
    def weight(self):
        return self.panel.revenue[:, -28:].sum(axis=1)


def found_of(panel, wanted, told):
    one = Past(panel, wanted, told)
    return SimpleNamespace(origins=[one], past=[one])


def test_accuracy_of_the_core_is_one_less_what_weeks_missed_of_what_came():
    """Ten a day are told and come but for one week of twenty a day: of 350 units 70 are missed; the weeks before had five a day."""
    panel = panel_of(np.full((1, 56), 5.0), categories=1)
    wanted = np.full((1, 28), 10.0)
    wanted[0, :7] = 20.0
    [row] = core_accuracy(found_of(panel, wanted, np.full((1, 28), 10.0))).to_dict("records")
    assert row["ours"] == pytest.approx(1 - 70 / 350)
    assert row["naive"] == pytest.approx(1 - (105 + 3 * 35) / 350)
    assert row["bias"] == pytest.approx(280 / 350 - 1)


def test_the_simple_rule_is_the_mean_of_the_last_four_weeks():
    days = np.tile([1.0, 2.0], 28)[None]
    panel = panel_of(days, categories=1)
    wanted = np.full((1, 28), 1.5)
    [row] = beside_naive(found_of(panel, wanted, wanted)).to_dict("records")
    assert row["ours"] == 0
    assert row["naive"] == 0  # the mean of the last four weeks is what comes
    other = beside_naive(found_of(panel, wanted + 1, wanted)).to_dict("records")[0]
    assert (other["ours"], other["naive"]) == (1, 1)  # off by a unit each day, where a usual step is one


def test_the_core_is_what_brought_most_lately_and_is_looked_at_by_itself():
    panel = panel_of(np.array([[1.0] * 40, [3.0] * 40, [2.0] * 40, [0.0] * 40]))
    assert top_skus(panel) == [1, 2, 0]
    rest = panel.skus.assign(is_rest=[False, True, False, False])
    assert top_skus(panel_of(panel.sales, skus=rest), most=1) == [2]


def test_what_came_is_counted_by_brand_category_and_sku_and_is_unknown_of_one_that_is_gone():
    later = panel_of(np.arange(12.0).reshape(3, 4))  # s0 and s2 are of k0
    rows = pd.DataFrame(
        [("brand", "", "units", 2), ("category", "k0", "units", 2), ("sku", "s1", "net_revenue", 1), ("sku", "gone", "units", 1)],
        columns=["level", "subject", "measure", "days"],
    )  # fmt: skip
    told = came(later, rows, start=2)
    assert told[:3] == [2 + 3 + 6 + 7 + 10 + 11, 2 + 3 + 10 + 11, 60]
    assert np.isnan(told[3])


def test_a_sku_that_keeps_on_rising_is_one_that_went_on():
    units = steady(40, 280, seed=4, mean=30.0).astype(float)
    units[0] = np.random.default_rng(1).poisson(20 * 1.012 ** np.arange(280))
    record = trend_record(panel_of(units))
    assert record.day.nunique() == 6
    rises = record[record.rises]
    assert rises.called.sum() >= 5
    assert rises.went_on.sum() >= 5
    assert (record.went_on <= record.called).all()
    assert trend_record(panel_of(units[:, :70])).empty


def test_how_shelves_stand_is_stock_over_sales_empty_days_and_what_was_missed():
    """Two a day of a SKU that costs 4 sell, one a day more is wanted in the last week, where the shelf was empty; 56 lie there."""
    sales, demand = np.full((1, 400), 2.0), np.full((1, 400), 2.0)
    demand[0, -7:] = 3.0
    out = demand > sales
    panel = panel_of(sales, categories=1, demand=demand, is_out=out)
    shelves = pd.DataFrame({"place": [0, 0], "unit_cost": [4.0, 4.0], "on_hand": [50.0, 6.0]})
    told = figures(panel, shelves)
    assert (told.value, told.turnover) == (224, 28)
    assert (told.empty, told.empty_before) == (7 / 28, 0)
    assert told.missed == pytest.approx(7 / (7 + 56))
    assert told.missed_before == 0
    assert told.lost == 7 * 10


def test_promotions_that_are_told_as_they_begin_are_not_planned_ahead():
    units = np.full((2, 60), 3.0)
    late = plan_of(units.shape, [0], 30, 36, known=29)
    assert not panel_of(units, plans={"display": late}).is_planned_ahead
    assert panel_of(
        units, plans={"display": late, "discount": plan_of(units.shape, [0], 40, 42, known=20)}
    ).is_planned_ahead
    assert not panel_of(units).is_planned_ahead


def test_what_ended_with_the_season_a_year_before_is_named_where_the_forecast_goes_on():
    """Garlands sell ten a day until the fourteenth day of these weeks a year before, then none for long; nine candles sell all year."""
    units = np.full((10, 500), 10.0)
    units[0, 500 - 364 + 14 : 400] = 0.0
    panel = panel_of(units, categories=1)
    goes_on, ends = np.full((10, 28), 10.0), np.full((10, 28), 10.0)
    ends[0, 14:] = 0.0
    said = season_told(SimpleNamespace(forecast=SimpleNamespace(panel=panel, agreed=SimpleNamespace(of_skus=goes_on))))
    assert Words("en", "CNY").text(said).startswith("Order less of s0: a year ago")
    assert (
        season_told(SimpleNamespace(forecast=SimpleNamespace(panel=panel, agreed=SimpleNamespace(of_skus=ends))))
        is None
    )
    all_fall = panel_of(np.tile(np.maximum(units[:1], 1.0), (10, 1)), categories=1)
    assert (
        season_told(SimpleNamespace(forecast=SimpleNamespace(panel=all_fall, agreed=SimpleNamespace(of_skus=goes_on))))
        is None
    )
    young = panel_of(units[:, -300:], categories=1)
    assert (
        season_told(SimpleNamespace(forecast=SimpleNamespace(panel=young, agreed=SimpleNamespace(of_skus=goes_on))))
        is None
    )


def test_plans_that_end_with_the_data_are_said_to_be_missing_perhaps():
    units = np.full((2, 60), 3.0)
    plans = {"discount": plan_of(units.shape, [0], 40, 59, known=20)}
    said = why_told(SimpleNamespace(forecast=SimpleNamespace(panel=panel_of(units, plans=plans))))
    assert Words("en", "CNY").text(said).startswith("No promotion is planned for these weeks, while 36% of")
    goes_on = {"discount": plan_of(units.shape, [0], 40, 67, known=20)}
    said = why_told(SimpleNamespace(forecast=SimpleNamespace(panel=panel_of(units, plans=goes_on))))
    assert Words("en", "CNY").text(said).startswith("Of these four weeks' days and SKUs 14% are planned")


def test_a_year_ago_that_went_otherwise_is_told_and_one_that_went_alike_is_not():
    """Four SKUs sold ten a day, and four in these weeks a year before: -60%."""
    units = np.full((4, 500), 10.0)
    units[:, 500 - 364 : 500 - 336] = 4.0

    def told(expected, known=units):
        agreed = SimpleNamespace(of_skus=np.full((4, 28), expected))
        return year_ago_told(SimpleNamespace(forecast=SimpleNamespace(panel=panel_of(known), agreed=agreed)))

    said = Words("en", "CNY").text(told(9.0))
    assert "\N{MINUS SIGN}60%" in said
    assert "\N{MINUS SIGN}10%" in said
    assert told(4.5) is None
    assert told(9.0, units[:, -380:]) is None  # no four weeks before them are known
