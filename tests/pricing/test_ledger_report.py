"""The ledger's part of the report, from a shop made by hand."""

import pytest
from ledger_by_hand import order, shop_of
from shopkeeper.pricing import ledger_report as report
from shopkeeper.pricing.ledger import brand_totals, loss_makers, margin_ledger
from shopkeeper.report.words import Words

EN = Words("en", "CNY")


def text(sentence):
    return EN.text(sentence)


def sold(*sales, returns=(), products=(("a", "thing a", "k", 20, 50), ("b", "thing b", "m", 60, 50))):
    """One order of each (sku, units), at 45 of 50."""
    orders = [order(f"o{n}", "2024-03-02", 45 * units) for n, (_, units) in enumerate(sales)]
    lines = [(f"o{n}", 1, sku, units, 50, 45 * units, 45 * units, "", 5 * units) for n, (sku, units) in enumerate(sales)]  # fmt: skip
    shop = shop_of(orders, lines, returns, products)
    return margin_ledger(shop), shop


def test_bars_join_and_end_at_the_contribution(bench):
    ledger, _ = sold(("a", 4), ("b", 1), returns=[("o0", 1, "2024-03-20 12:00:00", 1, 45)])
    rows = report.waterfall_rows(brand_totals(ledger)).set_index("step")
    assert rows.index.tolist() == ["list_revenue", "coupon_discount", "net_revenue", "refunds", "goods", "left"]
    assert rows.start.tolist() == [0, 250, 0, 225, 180, 0]
    assert rows.end.tolist() == [250, 225, 225, 180, 60, 60]
    assert rows.share["left"] == pytest.approx(60 / 250)
    assert text(report.waterfall_title(ledger)) == (
        "Of goods worth CN¥250 at list price, CN¥60.00 (24%) is left as contribution; most goes into the goods themselves (48%)"
    )
    assert len(report.plot_waterfall(rows.reset_index(), EN).axes[0].patches) == 6


def test_a_row_of_one_sku_makes_a_waterfall_too(bench):
    ledger, _ = sold(("a", 4), ("b", 1))
    rows = report.waterfall_rows(ledger.rows.iloc[1]).set_index("step")
    assert rows.amount["left"] == 45 - 60
    assert rows.end["goods"] == rows.amount["left"]


def test_losses_are_told_in_money_with_the_cause_or_that_there_are_none(bench):
    ledger, _ = sold(("a", 4), ("b", 2))
    losses = loss_makers(ledger)
    assert text(report.losses_title(losses, ledger)) == (
        "1 of 2 SKUs cost more than they brought in the 365 days to 30 Apr 2024, CN¥30.00 in all; of them 0 are in the better-selling half"
    )
    [row] = report.loss_rows(losses, ledger).to_dict("records")
    assert (text(row["what"]), text(row["why"])) == ("b", "the goods cost more than they brought")
    assert EN.value(report.tile(losses, ledger)[1]) == "CN¥30.00"


def test_no_losses_are_said_to_be_none(bench):
    ledger, _ = sold(("a", 4))
    losses = loss_makers(ledger)
    assert text(report.losses_title(losses, ledger)).startswith(
        "None of the 1 SKUs sold in the 365 days to 30 Apr 2024"
    )
    assert report.loss_rows(losses, ledger).empty
    assert report.losses_note(ledger) is None


def test_what_is_assumed_or_unknown_is_said(bench):
    ledger, shop = sold(("a", 1), products=[("a", "thing a", "", "", "")])
    said = [text(note) for note in report.ledger_notes(ledger, shop)]
    assert said == [
        "100% of the cost of goods is assumed: where no unit cost is known, 50% of net revenue stands for it (gross_margin in brand.toml).",
        "Not known here, and so not taken off: the platform's fee, logistics, ads and returns.",
    ]
    assert report.category_rows(ledger).empty
    assert report.losses_note(ledger)


def test_categories_are_told_apart_by_what_they_keep_else_by_discounts(bench):
    ledger, _ = sold(("a", 4), ("b", 1))
    assert text(report.categories_title(report.category_rows(ledger))) == (
        "Of the largest categories k keeps most of its net revenue (56%), m least (−33%)"
    )
    same = report.category_rows(ledger).assign(kept=0.3)
    assert "keep much the same of their net revenue (30%)" in text(report.categories_title(same))


def test_a_brand_that_sold_nothing_in_these_days_is_told(bench):
    _, shop = sold(("a", 1))
    empty = margin_ledger(shop, days=3)
    assert text(report.waterfall_title(empty)) == "Nothing was sold in the 3 days to 30 Apr 2024"
    assert report.losses_title(loss_makers(empty), empty)
