"""All of demand in one call, on a made shop with shelves: lists that add up, and what would have been said four weeks ago."""

import numpy as np
import pytest
from shopkeeper.demand.accuracy import top_skus
from shopkeeper.demand.ahead import WINDOWS
from shopkeeper.demand.study import study

SKUS = 12


def test_regions_are_served_by_the_warehouse_whose_stock_falls_with_them(found):
    panel = found.forecast.panel
    assert list(panel.shelves) == ["n", "s"]
    total = np.nansum(panel.sales)
    assert np.nansum(panel.shelves["n"]) / total == pytest.approx(0.56, abs=0.05)


def test_every_shelf_stands_once_and_orders_come_in_whole_cases(found):
    lines = found.stock.orders.lines
    assert len(lines) == len(found.stock.shelves) == 2 * SKUS
    assert (lines.units % 6 == 0).all()
    assert (lines.money == lines.units * 4).all()
    short = lines[(lines["sku"] == "s1") & (lines.warehouse == "s")].iloc[0]
    assert short.units > 0
    assert short.risk > 0.99
    assert lines[lines["sku"] == "s0"].units.sum() == 0


def test_what_lies_there_for_years_is_slow_and_what_is_missing_is_moved(found):
    assert found.stock.slow["sku"].tolist()[0] == "s0"
    assert {("s1", "n", "s")} <= {(row["sku"], row.source, row.target) for _, row in found.stock.moved.lines.iterrows()}


def test_what_was_said_four_weeks_ago_stands_beside_what_came(found):
    past = found.past
    assert set(past.days) == set(WINDOWS)
    brand = past[(past.level == "brand") & (past.measure == "units") & (past.days == 28)].iloc[0]
    assert brand.actual == np.nansum(found.forecast.panel.sales[:, -28:])
    assert ((past.low <= past.actual) & (past.actual <= past.high)).mean() > 0.75


def test_a_second_look_is_the_same_and_the_skus_shown_are_those_that_bring_most(found):
    again = study(found.shop, 1, 0.95)
    np.testing.assert_array_equal(again.paths, found.paths)
    revenue = found.forecast.panel.revenue[:, -28:].sum(axis=1)
    assert top_skus(found.forecast.panel)[0] == revenue.argmax()
