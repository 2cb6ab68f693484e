"""What stands in the price panel, from a shop made by hand."""

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text
from goods_by_hand import day, shop_of
from prices_by_hand import panel_of
from shopkeeper.demand.panel import load_panel
from shopkeeper.pricing.panel import price_panel

DAYS = 98  # from a Monday on


def made(more):
    shop = shop_of("shop", np.full((3, DAYS), 2), more)
    return price_panel(shop, load_panel(shop))


def prices(*rows):
    """Prices of s0: day number, seller, price."""
    lines = [(day(number), "s0", seller, price, day(number)) for number, seller, price in rows]
    return {"prices.csv": csv_text(["day", "sku", "seller", "price", "known_on"], *lines)}


def test_periods_are_weeks_cut_where_a_promotion_begins_and_ends(bench):
    promotion = {
        "promotions.csv": csv_text(
            ["promotion", "starts_on", "ends_on", "kind", "known_on"], ("p", day(16), day(17), "discount", day(0))
        ),
        "promotion_skus.csv": csv_text(["promotion", "sku", "depth"], ("p", "s1", 0.2)),
    }
    panel = made(promotion)
    assert panel.days.tolist()[:6] == [7, 7, 2, 2, 3, 7]
    assert panel.promoted["discount"][[0, 1], 3].tolist() == [0.0, 1.0]
    assert panel.sold[0].tolist() == (2 * panel.days).tolist()


def test_a_week_begins_where_prices_change(bench):
    panel = made(prices((0, "shop", 12.0), (17, "shop", 10.0), (31, "shop", 12.0)))
    assert panel.days.tolist()[:3] == [3, 7, 7]
    assert panel.price[0, :6].tolist() == [12.0, 12.0, 12.0, 10.0, 10.0, 12.0]
    assert panel.price[1, :6].tolist() == [10.0] * 6  # where no price is set, what was paid stands for it


def test_prices_of_others_are_not_ours(bench):
    assert set(made(prices((0, "rival", 5.0), (0, "shop", 12.0))).price[0]) == {12.0}


def test_days_with_an_empty_shelf_count_neither_as_sold_nor_as_open(bench):
    stock = [(day(number), "s0", "w", 0 if number in (7, 8, 9) else 50) for number in range(DAYS)]
    panel = made({"stock.csv": csv_text(["day", "sku", "warehouse", "on_hand"], *stock)})
    assert panel.sold[0, :3].tolist() == [14, 8, 14]
    assert panel.open[0, :3].tolist() == pytest.approx([1, 4 / 7, 1])


def test_what_went_into_a_set_is_not_sold_at_its_own_price(bench):
    panel = made({"bundles.csv": csv_text(["sku", "component", "quantity"], ("s0", "s1", 3))})
    alone = panel.sold[panel.skus["sku"].tolist().index("s1")]
    assert alone.tolist() == (2 * panel.days).tolist()
    assert "s0" not in panel.skus["sku"].tolist() or panel.sold[panel.skus["sku"].tolist().index("s0")].sum() == 0


def test_what_a_sku_cost_half_a_year_ago_is_its_usual_price_of_that_quarter():
    starts = pd.date_range("2024-01-01", periods=52, freq="7D")
    price = np.where(np.arange(52) < 26, 10.0, 12.0)[None] * np.ones((3, 1))
    off = np.zeros((3, 52))
    off[1, 12:26], price[1, 12:26] = 1.0, 7.0  # all that quarter in a promotion
    price[2, :40] = np.nan  # sold later only
    panel = panel_of(np.ones((3, 52)), price, {"discount": off})
    assert (panel.starts == starts).all()
    assert panel.before.tolist() == [10.0, 12.0, 12.0]


def test_todays_price_is_the_last_one_set_that_no_promotion_made(bench):
    promotion = {
        "promotions.csv": csv_text(["promotion", "starts_on", "ends_on", "kind", "known_on"], ("p", day(90), day(99), "discount", day(0))),
        "promotion_skus.csv": csv_text(["promotion", "sku", "depth"], ("p", "s0", 0.2)),
    }  # fmt: skip
    panel = made(promotion | prices((0, "shop", 12.0), (80, "shop", 11.0), (90, "shop", 8.0)))
    assert panel.today.tolist() == [11.0, 10.0, 10.0]


def test_units_within_sets_are_told_apart(bench):
    panel = made({"bundles.csv": csv_text(["sku", "component", "quantity"], ("s0", "s1", 3))})
    share = dict(zip(panel.skus["sku"], panel.alone, strict=True))
    assert share["s2"] == 1.0
    assert share["s1"] == pytest.approx(2 / (2 + 2 * 3))


def test_a_price_of_more_than_twice_the_usual_one_is_another_offers(bench):
    price = made(prices((0, "shop", 12.0), (20, "shop", 30.0), (27, "shop", 12.0), (50, "shop", 7.0))).price[0]
    assert np.isnan(price).sum() == 1
    assert np.nanmin(price) == 7.0
