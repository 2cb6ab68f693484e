"""Our prices beside those of others, from rows made by hand."""

import datetime as dt

import pandas as pd
import pytest
from ledger_by_hand import order, shop_of
from shopkeeper.pricing import competitors_report as report
from shopkeeper.pricing.competitors import compare_prices
from shopkeeper.report.words import Words

EN = Words("en", "CNY")
PRICES = ["day", "sku", "seller", "price", "known_on"]


def text(sentence):
    return EN.text(sentence)


def shop_with(*prices):
    """prices: (sku, seller, day of April, price[, known on])."""
    rows = [(f"2024-04-{on:02d}", sku, seller, price, *(known or [f"2024-04-{on:02d}"])) for sku, seller, on, price, *known in prices]  # fmt: skip
    orders = [order("o1", "2024-03-01", 90), order("o2", "2024-04-02", 40)]
    lines = [("o1", 1, "a", 2, 50, 90, 90, "", ""), ("o2", 1, "b", 1, 50, 40, 40, "", "")]
    return shop_of(orders, lines, prices=(PRICES, *rows))


def on(rows, number):
    return rows[rows.day == pd.Timestamp(2024, 4, number)]


def test_ours_beside_each_and_the_cheapest_by_day(bench):
    found = compare_prices(
        shop_with(("a", "shop", 1, 40), ("b", "shop", 1, 30), ("a", "rival", 10, 50), ("b", "rival", 10, 30), ("a", "other", 12, 20))
    )  # fmt: skip
    assert on(found.market, 9).empty
    [tenth] = on(found.market, 10).to_dict("records")
    assert (tenth["skus"], tenth["better"], tenth["dearer"]) == (2, 0.5, 0)
    assert tenth["ratio"] == pytest.approx((40 / 50) ** 0.5)
    [twelfth] = on(found.market, 12).to_dict("records")
    assert (twelfth["better"], twelfth["dearer"]) == (0, 0.5)
    assert on(found.sellers, 12).set_index("seller").ratio.to_dict() == pytest.approx({"other": 2, "rival": 0.8**0.5})
    assert found.known == 2


def test_a_price_stands_until_it_is_seen_again_but_28_days_at_most(bench):
    found = compare_prices(shop_with(("a", "shop", 1, 40), ("a", "rival", 1, 50), ("b", "shop", 1, 30), ("b", "rival", 9, 25)))  # fmt: skip
    assert on(found.market, 28).skus.tolist() == [2]
    assert on(found.market, 29).skus.tolist() == [1]
    assert found.market.day.max() == pd.Timestamp(2024, 4, 30)


def test_what_is_known_later_is_not_seen_before(bench):
    shop = shop_with(("a", "shop", 1, 40), ("a", "rival", 3, 20, "2024-04-20"))
    assert compare_prices(shop.seen_on(dt.date(2024, 4, 19))).market.empty
    assert len(compare_prices(shop.seen_on(dt.date(2024, 4, 20))).market) == 18


def test_where_we_post_no_price_what_was_paid_stands(bench):
    found = compare_prices(shop_with(("a", "rival", 10, 50)))
    assert not found.is_posted
    assert found.market.ratio.iloc[0] == pytest.approx(45 / 50)
    assert "what customers last paid" in text(report.notes(found)[-1])


def test_prices_of_0_are_none_and_those_far_from_ours_are_left_out_and_counted(bench):
    found = compare_prices(shop_with(("a", "shop", 1, 40), ("a", "rival", 10, 0), ("a", "other", 10, 7), ("a", "third", 10, 8)))  # fmt: skip
    assert found.market.ratio.iloc[-1] == pytest.approx(5)
    assert found.odd == 1
    assert found.sellers.seller.unique().tolist() == ["third"]


def test_skus_that_others_sell_for_less_by_most_come_first(bench):
    shop = shop_with(
        ("a", "shop", 1, 40), ("b", "shop", 1, 30), ("a", "rival", 21, 30), ("b", "rival", 24, 18), ("b", "rival", 27, 40), ("b", "other", 2, 27)
    )  # fmt: skip
    found = compare_prices(shop)
    assert list(zip(found.cheaper["sku"], found.cheaper.seller, strict=True)) == [("a", "rival"), ("b", "other")]
    assert found.cheaper.gap.tolist() == pytest.approx([0.25, 0.1])
    assert found.cheaper.cheaper_days.tolist() == [10, 28]
    rows = report.cheaper_rows(found, pd.DataFrame({"sku": ["a", "b"], "product": ["thing a", "thing b"]}))
    assert text(report.cheaper_title(found, rows)) == (
        "Of 2 SKUs another seller was cheaper for 7 days or more; by most rival, 25% below ours, of a"
    )


def test_the_share_is_told_with_that_of_four_weeks_before(bench):
    found = compare_prices(shop_with(("a", "shop", 1, 40), ("a", "rival", 2, 50), ("a", "rival", 20, 32)))
    assert text(report.days_title(found)) == (
        "On 30 Apr 2024 ours is the lower price for 0% of 1 SKUs (100% four weeks before), and another's for 100%: "
        "in the mean ours is 25% dearer than the cheapest other"
    )
    rows = report.day_rows(found)
    assert rows["beside rival"].iloc[[0, -1]].tolist() == pytest.approx([-0.2, 0.25])
    assert set(report.day_labels(rows)) == set(rows.columns)
    assert len(report.plot_days(rows, EN).axes[0].lines) == 2
    assert text(report.tile(found)[0][2]) == "of 1, on 30 Apr 2024; prices +25% beside the cheapest other"


def test_where_no_other_seller_is_known_it_is_said_so(bench):
    found = compare_prices(shop_with(("a", "shop", 1, 40)))
    assert text(report.days_title(found)).startswith("No price of another seller is known")
    assert report.day_rows(found).empty
    assert report.cheaper_title(found, found.cheaper) is None
    assert report.tile(found) == report.notes(found) == []


def test_prices_of_others_for_what_we_do_not_sell_compare_with_nothing(bench):
    found = compare_prices(shop_with(("a", "shop", 1, 40), ("zzz", "rival", 1, 40)))
    assert text(report.days_title(found)).startswith("Prices of 1 other sellers are known, but none of a SKU")
