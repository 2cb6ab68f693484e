"""From order lines to a panel: what counts, what is set right, and what is named."""

import numpy as np
import pytest
from by_hand import csv_text
from goods_by_hand import day, sales_of, shop_of
from shopkeeper.demand.panel import REST, load_panel
from shopkeeper.tables import DataError

pytestmark = pytest.mark.usefixtures("bench")
STOCK = ["day", "sku", "warehouse", "on_hand", "on_order", "stocked_out"]


@pytest.fixture(scope="module")
def units():
    return sales_of(8, 120)


def row(panel, sku: str) -> int:
    return panel.skus.index[panel.skus["sku"] == sku][0]


def test_every_unit_stands_on_its_day(units):
    panel = load_panel(shop_of("plain", units))
    for number in range(8):
        np.testing.assert_array_equal(np.nan_to_num(panel.sales[row(panel, f"s{number}")]), units[number])
    assert panel.revenue.sum() == pytest.approx(10 * units.sum())


def test_what_is_not_looked_at_alone_stands_with_the_rest_of_its_category(units):
    panel = load_panel(shop_of("rest", units), most=3)
    assert panel.skus["sku"].tolist()[3:] == [f"{REST}k0", f"{REST}k1"]
    assert np.nansum(panel.sales) == units.sum()
    assert panel.skus.is_rest.tolist() == [False] * 3 + [True] * 2


def test_days_before_a_first_sale_are_unknown_and_months_of_nothing_are_zeros():
    units = sales_of(3, 200)
    units[0, :50] = 0
    units[1, 60:150] = 0
    panel = load_panel(shop_of("gaps", units))
    first = int(np.flatnonzero(units[0])[0])
    assert np.isnan(panel.sales[row(panel, "s0"), :first]).all()
    assert (panel.sales[row(panel, "s1"), 60:150] == 0).all()


def test_a_sku_with_one_sale_is_there_and_one_that_never_sold_is_not():
    units = sales_of(4, 140)
    units[2] = 0
    units[2, 70] = 1
    units[3] = 0
    panel = load_panel(shop_of("rare", units))
    assert sorted(panel.skus["sku"]) == ["s0", "s1", "s2"]
    assert panel.on_sale(75)[row(panel, "s2")]
    assert not panel.on_sale(71 + 56)[row(panel, "s2")]


def test_a_typing_error_is_named_and_its_next_best_day_stands_in_its_place(units):
    wrong = units.copy()
    wrong[1, 40] = 1000 * max(units[1, 40], 3)
    panel = load_panel(shop_of("typo", wrong))
    [spike] = panel.spikes.to_dict("records")
    second = np.sort(wrong[1])[-2]
    assert (spike["sku"], spike["units"], spike["taken"]) == ("s1", wrong[1, 40], second)
    assert panel.sales[row(panel, "s1"), 40] == second


def test_sales_on_a_day_without_stock_are_a_lower_bound(units):
    sold = units.copy()
    sold[0, 30:34] = 1
    stock = [(day(d), "s0", "w", 0 if 30 <= d < 34 else 50, 0, d in (32, 33)) for d in range(120)]
    panel = load_panel(shop_of("out", sold, {"stock.csv": csv_text(STOCK, *stock)}))
    place = row(panel, "s0")
    assert np.flatnonzero(panel.is_out[place]).tolist() == [30, 31, 32, 33]
    assert panel.demand[place, 30:34].min() > 1.5
    kept = np.delete(np.arange(120), [30, 31, 32, 33])
    np.testing.assert_array_equal(panel.demand[place, kept], panel.sales[place, kept])


def test_a_promotion_counts_from_the_day_it_is_known_and_overlapping_ones_by_the_deeper():
    units = sales_of(2, 120)
    promotions = [
        ("a", day(90), day(99), "discount", day(80)),
        ("b", day(95), day(104), "discount", day(85)),
        ("c", day(110), day(112), "discount", day(119)),
    ]
    skus = [("a", "s0", 0.2), ("b", "s0", 0.3), ("c", "s0", 0.5)]
    files = {
        "promotions.csv": csv_text(["promotion", "starts_on", "ends_on", "kind", "known_on"], *promotions),
        "promotion_skus.csv": csv_text(["promotion", "sku", "depth"], *skus),
    }
    panel = load_panel(shop_of("promoted", units, files))
    plan, place = panel.plans["discount"], row(panel, "s0")
    assert plan.size[place, [89, 90, 95, 99, 100, 104, 105]].tolist() == [0, 0.2, 0.3, 0.3, 0.3, 0.3, 0]
    seen = plan.seen(81, np.arange(88, 106))[place]
    assert seen.tolist() == [0, 0] + [0.2] * 5 + [0.3] * 5 + [0] * 6
    assert plan.seen(111, np.arange(110, 113))[place].tolist() == [0, 0, 0]


def test_too_little_to_forecast_from_is_said():
    with pytest.raises(DataError, match="at least 84 days"):
        load_panel(shop_of("young", sales_of(2, 40)))
