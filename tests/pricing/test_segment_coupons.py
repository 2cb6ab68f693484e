"""Coupons for some: what they bring, what protecting earlier prices costs, and when none is proposed."""

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text, imported
from prices_by_hand import panel_of
from shopkeeper.customers.lifecycle import Limits
from shopkeeper.pricing import segment_report, told
from shopkeeper.pricing.optimise import Demand
from shopkeeper.pricing.segment_coupons import (
    Coupons,
    coupon_gains,
    deepest_seen,
    segment_coupons,
    segment_shares,
    spent_lately,
)
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop

EN = Words("en", "CNY")
ORDERS, LINES = (
    ["order_id", "customer_id", "ordered_at", "net_revenue"],
    ["order_id", "line", "sku", "quantity", "customer_paid", "net_revenue"],
)


def goods_of(elasticity, draws=1, units=100.0):
    """One SKU at 10 that costs 4, of a market by itself."""
    offers = pd.DataFrame(
        {"sku": ["s0"], "market": [0], "price": [10.0], "kept": [1.0], "cost": [4.0], "stock": [np.inf]}
    )
    return offers, Demand(np.full((draws, 1), units), np.full((draws, 1), elasticity), np.ones((draws, 1)))


def test_a_coupon_gains_by_units_loses_by_discount_and_pays_back_earlier_buyers():
    """100 units at a margin of 6; 10% off at -3: 100 / 0.9³ = 137.17 units at 5, and a tenth of the 500 paid the week before."""
    [[gain]] = coupon_gains(goods_of(-3.0), np.array([0.1]), claimed=500.0)
    assert gain == pytest.approx(100 / 0.9**3 * 5 - 600 - 50)
    [[without]] = coupon_gains(goods_of(-3.0), np.array([0.1]), claimed=0.0)
    assert without - gain == pytest.approx(50)


def test_who_would_have_bought_anyway_gets_the_discount_too():
    """Nobody buys more: 100 units at 1 less each."""
    assert coupon_gains(goods_of(0.0), np.array([0.1]), 0.0)[0, 0] == pytest.approx(-100)


def test_what_may_be_claimed_is_what_members_paid_within_the_days(bench):
    orders = [
        ("1", "ana", "2024-12-25", 30),
        ("2", "ana", "2024-12-24", 500),
        ("3", "ben", "2024-12-31", 20),
        ("4", "cid", "2024-12-30", 70),
        ("5", "", "2024-12-30", 9),
    ]
    lines = [(order, 1, "s", 1, paid, paid) for order, _, _, paid in orders]
    imported("acme", {"orders.csv": csv_text(ORDERS, *orders), "order_lines.csv": csv_text(LINES, *lines)})
    shop = Shop("acme", "2024-12-31")
    members = pd.DataFrame(
        {
            "customer_id": [shop.brand.pseudonym(name) for name in ("ana", "ben", "dora")],
            "segment": ["often", "often", "lost"],
        }
    )
    assert spent_lately(shop, members).to_dict() == {"often": 50.0}
    longer = Shop(replace(shop.brand, price_protection_days=8), "2024-12-31")
    assert spent_lately(longer, members).to_dict() == {"often": 550.0}


def test_no_coupon_goes_deeper_than_half_of_what_sells_has_been():
    """s0 sells 30 and was 10% off, s1 sells 60 and was 30% off, s2 sells 30 and never moved."""
    price = np.array([[10, 10, 9], [10, 10, 7], [10, 10, 10]], float)
    assert deepest_seen(panel_of(np.array([[10] * 3, [20] * 3, [10] * 3]), price)) == pytest.approx(0.1)


def test_a_segment_buys_of_a_market_what_it_did_lately_mixed_with_all():
    """Market 1: 150 of 200 units are often's, of all 250 it is 0.6: (150 + 50 × 0.6) / 250."""
    units = pd.DataFrame({"segment": ["often", "others", "tiny"], "sku": ["a", "a", "b"], "units": [150.0, 50.0, 50.0]})
    offers = pd.DataFrame({"sku": ["a", "b", "c"], "market": [1, 2, 3]})
    shares = segment_shares(units, offers, ["often", "others"])
    assert shares["often"].tolist() == pytest.approx([0.72, 0.3, 0.6])
    assert np.allclose(shares.sum(axis=1), 1)


def found_of(coupons, switched_on=True, trusted=True):
    shop = SimpleNamespace(brand=SimpleNamespace(segment_coupons=switched_on), as_of=dt.date(2024, 12, 31))
    return SimpleNamespace(shop=shop, coupons=coupons, is_trusted=trusted)


def coupons_of(**columns):
    rows = pd.DataFrame({
        "segment": ["dormant", "often"], "customers": [60, 70], "elasticity": [-3.0, -2.0], "low": [-3.5, -2.4], "high": [-2.5, -1.6], "beside": [0.36, -0.1],
        "beside_low": [0.1, -0.2], "beside_high": [0.6, 0.0], "more": [0.97, 0.1], "depth": [0.1, 0.05], "gain": [300.0, -90.0], "gain_low": [100.0, -120.0], "gain_high": [500.0, -60.0], "probability": [0.99, 0.0],
        "protected": [0.0, 40.0], "is_proposed": [True, False],
    }).assign(**columns)  # fmt: skip
    members = pd.DataFrame({"customer_id": [f"c{n}" for n in range(130)], "segment": ["dormant"] * 60 + ["often"] * 70})
    gains = np.c_[np.linspace(100, 500, 50), np.linspace(-120, -60, 50)]
    return Coupons(rows, gains, np.full(50, -2.2), np.full(50, 0.4), 0.2, False, members, Limits(30, 60, 0, 0, 0))


def test_switched_off_the_report_says_so_how_to_change_it_and_what_the_law_asks():
    off = found_of(None, switched_on=False)
    said = EN.text(segment_report.title(off)) + " ".join(EN.text(note) for note in segment_report.notes(off))
    for part in ("the same for everybody", "segment_coupons = true", "article 24", "article 55", "easy way to refuse"):
        assert part in said
    assert segment_report.decisions(off) == []
    assert segment_report.file_rows(off, 1).empty


def test_what_pays_is_one_decision_and_a_list_with_a_holdout():
    found = found_of(coupons_of())
    assert EN.text(segment_report.title(found)).startswith("Coupons for Dormant should bring CN¥300 of contribution")
    [made] = segment_report.decisions(found)
    assert (made.gain, made.amount, made.unit) == (pytest.approx(300), 60, "customers")
    assert "10% off for Dormant" in EN.text(made.action)
    file = segment_report.file_rows(found, 1)
    assert (len(file), set(file.segment), set(file.discount)) == (60, {"dormant"}, {0.1})
    assert (file.group == "holdout").sum() == 6


@pytest.mark.parametrize(
    ("coupons", "trusted", "said"),
    [
        (coupons_of(is_proposed=False, more=0.5), True, "No segment surely answers more to prices than all customers do: one price for all is right"),
        (coupons_of(is_proposed=False), True, "(Dormant) do not answer enough for a coupon to surely pay"),
        (coupons_of(), False, "No coupon is proposed: what prices do is not known well enough here"),
        (replace(coupons_of(is_proposed=False), by_quantity=True), True, "whoever buys more at once pays less here"),
        (None, True, "Too few purchases are by customers who are known"),
    ],
)  # fmt: skip
def test_where_nothing_is_proposed_the_reason_is_said(coupons, trusted, said):
    found = found_of(coupons, trusted=trusted)
    title, rows = told.coupons(found)
    assert said in EN.text(title)
    assert len(rows) == (2 if coupons and trusted else 0)
    assert segment_report.decisions(found) == []


def test_the_chart_shows_who_answers_more_than_all_customers_and_its_table_how_much_more_is_sold():
    rows = segment_report.segment_rows(coupons_of())
    assert rows.answer.tolist() == [3.0, 2.0]
    assert EN.text(rows.answer_range[0]) == "2.5 to 3.5"
    assert (rows.beside[0], EN.text(rows.beside_range[0])) == (0.36, "+10% to +60%")
    assert EN.text(rows.range[0]) == "CN¥100 to CN¥500"
    drawn = segment_report.plot_segments(rows, EN)
    assert [label.get_text() for label in drawn.axes[0].get_yticklabels()] == ["Dormant", "Active, many orders"]


def test_a_shop_of_guests_is_told_nothing_of_segments(bench):
    orders = [(str(n), "", f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}", 10) for n in range(400)]
    lines = [(order, 1, f"s{int(order) % 2}", 1, 10, 10) for order, *_ in orders]
    imported("guests", {"orders.csv": csv_text(ORDERS, *orders), "order_lines.csv": csv_text(LINES, *lines)})
    panel = panel_of(np.full((2, 50), 4.0), np.tile([10.0, 9.0], (2, 25)))
    assert segment_coupons(Shop("guests"), panel, goods_of(-3.0), 1) is None
