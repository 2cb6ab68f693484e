"""The ledger by hand: every step of every line, and totals that agree to the cent."""

import datetime as dt

import numpy as np
import pytest
from by_hand import imported, lay_out, orders_csv
from ledger_by_hand import order, shop_of
from shopkeeper.pricing.ledger import brand_totals, by_category, loss_makers, margin_ledger
from shopkeeper.pricing.ledger_lines import STEPS, ledger_lines
from shopkeeper.shop import Shop

SET = (["sku", "component", "quantity"], ("set", "a", 1), ("set", "b", 1))
PRICES = ["day", "sku", "seller", "price", "known_on"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        lay_out(tmp_path_factory.mktemp("ledger"), patch)
        yield made()


@pytest.fixture(scope="module")
def ledger(shop):
    return margin_ledger(shop)


def made():
    orders = [
        order("o1", "2024-03-01", 112, fee=5.61, logistics=4),
        order("o2", "2024-03-02", 50),
        order("o3", "2024-03-03", 50),
        order("o4", "2024-03-04", 25, fee=1),  # without lines
        order("o5", "2024-03-05", 33),
        order("o6", "2024-03-06", 50, cancelled="2024-03-07 12:00:00"),
        order("o7", "2024-03-08", 60),
    ]
    lines = [
        ("o1", 1, "a", 2, 50, 85, 85, 10, 5),
        ("o1", 2, "b", 1, 30, 27, 27, "", ""),
        ("o2", 1, "a", 1, 50, 50, 50, "", ""),
        ("o3", 1, "a", 1, 50, 50, 50, "", ""),
        ("o5", 1, "b", 1, 30, 33, 33, "", ""),
        ("o6", 1, "a", 1, 50, 50, 50, "", ""),
        ("o7", 1, "set", 1, 70, 60, 60, "", ""),
    ]
    returns = [
        ("o1", 1, "2024-04-20 12:00:00", 1, 42.5),  # late: one of two comes back
        ("o2", 1, "2024-03-09 12:00:00", "", 10),  # money alone
        ("o3", "", "2024-03-03 15:00:00", "", 50),  # never sent
    ]
    media = (["period_start", "period_days", "channel", "spend"], ("2024-03-04", 7, "search", 21))
    return shop_of(orders, lines, returns, bundles=SET, media=media)


def of(ledger, sku):
    rows = ledger.rows
    row = rows[rows["sku"].isna() if sku is None else rows["sku"] == sku].iloc[0]
    return {name: round(row[name], 2) for name in (*STEPS, "net_revenue", "contribution") if row[name]}


def test_every_step_of_a_sku(ledger):
    assert of(ledger, "a") == {
        "list_revenue": 235, "promotion_discount": -10, "coupon_discount": -5, "other_discount": -5, "net_revenue": 215,
        "refunds": -102.5, "goods": -60, "platform_fee": -4.26, "logistics": -2.67, "contribution": 45.57,
    }  # fmt: skip


def test_a_cost_that_is_not_known_is_assumed_and_a_price_above_list_has_its_step(ledger):
    assert of(ledger, "b") == {
        "list_revenue": 95, "other_discount": -8, "above_list": 3, "net_revenue": 90, "assumed_goods": -45,
        "platform_fee": -1.35, "logistics": -1.33, "contribution": 42.32,
    }  # fmt: skip


def test_an_order_without_lines_is_of_no_sku_and_not_lost(ledger):
    assert of(ledger, None) == {
        "list_revenue": 25, "net_revenue": 25, "assumed_goods": -12.5, "platform_fee": -1, "contribution": 11.5,
    }  # fmt: skip


def test_totals_of_skus_categories_and_orders_agree_to_the_cent(shop, ledger):
    lines = shop.load(ledger_lines(shop, ledger.first))
    by_order = lines[list(STEPS)].groupby(lines.order_id).sum().sum(axis=1)
    assert by_order["o1"] == 11200 - 561 - 400 - 4250 - 2000 - 1350
    totals = brand_totals(ledger)
    assert totals.contribution == 99.39 == round(by_order.sum() / 100, 2)
    assert round(by_category(ledger).contribution.sum(), 2) == 99.39
    assert (totals.ads, totals.left) == (-21, 78.39)


def test_a_return_counts_from_the_day_it_is_known_and_a_cancelled_order_until_then(shop):
    before = brand_totals(margin_ledger(shop.seen_on(dt.date(2024, 4, 19))))
    assert before.refunds == -60
    assert brand_totals(margin_ledger(shop.seen_on(dt.date(2024, 3, 6)))).net_revenue == 112 + 50 + 50 + 25 + 33 + 50


def test_the_window_is_of_days_on_which_orders_were_placed(shop):
    later = margin_ledger(shop, days=(shop.as_of - dt.date(2024, 3, 5)).days + 1)
    assert later.first == dt.date(2024, 3, 5)
    assert brand_totals(later).net_revenue == 33 + 60
    assert later.ads == 21 * 6 / 7


def test_where_lines_do_not_tell_discounts_the_own_price_of_the_day_does(bench):
    """List price 50 stood before; the report of the platform shows the reduced 40, and 4 came off by coupon."""
    prices = (PRICES, *[(day, "a", "shop", price, day) for day, price in (("2024-02-01", 50), ("2024-03-01", 40))])
    shop = shop_of([order("o1", "2024-03-02", 72)], [("o1", 1, "a", 2, 40, 72, 72, "", "")], prices=prices)
    found = of(margin_ledger(shop), "a")
    assert (found["list_revenue"], found["promotion_discount"], found["coupon_discount"]) == (100, -20, -8)


def test_tax_that_the_own_price_holds_is_no_coupon(bench):
    prices = (PRICES, ("2024-02-01", "a", "shop", 50, "2024-02-01"))
    shop = shop_of([order("o1", "2024-03-02", 42)], [("o1", 1, "a", 1, 50, 50, 42, "", "")], prices=prices)
    found = of(margin_ledger(shop), "a")
    assert found["other_discount"] == -8
    assert "coupon_discount" not in found


def test_a_list_price_of_today_that_the_own_price_never_reached_is_not_that_days(bench):
    prices = (PRICES, ("2024-02-01", "a", "shop", 40, "2024-02-01"))
    shop = shop_of([order("o1", "2024-03-02", 40)], [("o1", 1, "a", 1, 40, 40, 40, "", "")], prices=prices)
    assert of(margin_ledger(shop), "a")["list_revenue"] == 40


def test_an_own_price_says_nothing_of_what_went_into_a_set(bench):
    prices = (PRICES, ("2024-02-01", "a", "shop", 45, "2024-02-01"))
    line = ("o1", 1, "set", 1, 70, 60, 60, "", "")
    found = of(margin_ledger(shop_of([order("o1", "2024-03-02", 60)], [line], prices=prices, bundles=SET)), "a")
    assert (found["list_revenue"], found["other_discount"]) == (35, -5)
    assert "coupon_discount" not in found


def test_refunds_of_whole_orders_and_unknown_lines_are_shared_and_a_list_price_of_0_is_none(bench):
    orders, lines = [order("o1", "2024-03-02", 30)], [("o1", 1, "a", 1, 0, 10, 10, 2, ""), ("o1", 2, "b", 1, "", 20, 20, "", "")]  # fmt: skip
    products = [("a", "thing a", "k", 0, ""), ("b", "thing b", "k", "", "")]
    shop = shop_of(orders, lines, [("o1", "", "2024-03-09 12:00:00", "", 10.01)], products)
    ledger = margin_ledger(shop)
    assert of(ledger, "a") == {
        "list_revenue": 12, "promotion_discount": -2, "net_revenue": 10, "refunds": -3.34, "assumed_goods": -5, "contribution": 1.66,
    }  # fmt: skip
    assert of(ledger, "b")["refunds"] == -6.67


def test_a_brand_without_lines_has_a_ledger_of_the_brand_alone(bench):
    imported("plain", {"orders.csv": orders_csv(*[(n, "c", f"2024-01-{n:02d} 23:00:00", 10) for n in range(1, 11)])})
    ledger = margin_ledger(Shop("plain"))
    assert brand_totals(ledger).contribution == 50
    assert ledger.rows["sku"].isna().all()
    assert np.isnan(ledger.ads)
    assert loss_makers(ledger).empty


def test_a_large_shop_made_by_chance_agrees_in_every_total(bench):
    draw = np.random.default_rng(5)
    orders, lines, returns = [], [], []
    for number in range(300):
        net = 0.0
        for line in range(1, 2 + draw.integers(4)):
            units, listed = int(draw.integers(1, 5)), float(draw.integers(100, 9000)) / 100
            brought = round(units * listed * draw.uniform(0.6, 1.05), 2)
            lines.append((f"o{number}", line, f"s{draw.integers(9)}", units, listed, brought, brought, "", ""))
            net += brought
            if draw.random() < 0.2:
                named = line if draw.random() < 0.7 else ""
                returns.append((f"o{number}", named, "2024-04-02 12:00:00", "", round(brought * draw.uniform(0.2, 1), 2)))  # fmt: skip
        fee, freight, postage = (round(float(x), 2) for x in draw.uniform(0, 9, 3))
        orders.append(order(f"o{number}", "2024-03-02", round(net, 2), fee, freight, postage))
    products = [(f"s{n}", f"thing {n}", f"k{n % 3}", n, "") for n in range(9)]
    shop = shop_of(orders, lines, returns, products)
    ledger = margin_ledger(shop)
    totals = brand_totals(ledger)
    assert totals.net_revenue == pytest.approx(sum(row[6] for row in lines), abs=0.001)
    assert totals.refunds == pytest.approx(-sum(row[4] for row in returns), abs=0.001)
    for step, column, sign in (("platform_fee", 5, -1), ("logistics", 6, -1), ("delivery_paid", 7, 1)):
        assert totals[step] == pytest.approx(sign * sum(row[column] for row in orders), abs=0.001)
    for rows in (ledger.rows, by_category(ledger)):
        assert rows[list(STEPS)].sum().sum() == pytest.approx(totals.contribution, abs=0.001)
        assert np.allclose(rows[list(STEPS)].sum(axis=1), rows.contribution, atol=0.001)


def test_skus_that_sell_well_and_lose_money_come_first_with_the_cause(bench):
    products = [("dear", "d", "k", 60, 50), ("back", "b", "k", 20, 50), ("fine", "f", "k", 20, 50), ("far", "a", "k", 9, 50)]  # fmt: skip
    orders, lines, returns = [], [], []
    for sku, units, fee in (("dear", 4, 0), ("back", 1, 5), ("fine", 3, 0), ("far", 1, 45)):
        orders.append(order(sku, "2024-03-02", 50 * units, fee))
        lines.append((sku, 1, sku, units, 50, 50 * units, 50 * units, "", ""))
    returns.append(("back", 1, "2024-03-09 12:00:00", 1, 50))
    found = loss_makers(margin_ledger(shop_of(orders, lines, returns, products)))
    assert found["sku"].tolist() == ["dear", "back", "far"]
    assert found.cause.tolist() == ["goods", "returns", "fees"]
    assert found.is_seller.tolist() == [True, False, False]
    assert found.contribution.tolist() == [-40, -5, -4]
