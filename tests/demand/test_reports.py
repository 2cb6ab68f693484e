"""What the report says of a made shop: its sentences, tables, tiles, claims and decisions, and what it leaves out where stock is not known."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shopkeeper.claims import MEASURES
from shopkeeper.demand import (
    accuracy_report,
    explore,
    forecast_report,
    launch_report,
    market_report,
    named,
    stock_report,
    summary,
    told,
)
from shopkeeper.demand.causes import causes
from shopkeeper.demand.what_if import Question, WhatIf, within
from shopkeeper.report.words import Words

EN, ZH = Words("en", "CNY"), Words("zh", "CNY")


def text(sentence, words=EN):
    return words.text(sentence)


def test_weeks_of_the_chart_are_those_that_were_sold_then_those_that_are_expected(found):
    title, rows = told.brand(found)
    sold = np.nansum(found.forecast.panel.sales[:, -140:])
    assert rows.sold.sum() == sold
    assert rows.expected.notna().sum() == 4
    assert rows.day.iloc[20] == found.shop.as_of + dt.timedelta(days=1)
    ahead = rows.dropna(subset="expected")
    assert (ahead.low < ahead.expected).all()
    assert (ahead.expected < ahead.high).all()
    claimed = found.ahead[(found.ahead.level == "brand") & (found.ahead.measure == "units") & (found.ahead.days == 28)]
    assert ahead.expected.sum() == pytest.approx(claimed.predicted.iloc[0])
    assert "In the next four weeks goods for" in text(title)


def test_an_order_line_says_how_long_stock_lasts_what_is_promoted_and_what_is_on_its_way(found):
    panel, lines = found.forecast.panel, found.stock.orders.lines
    out = lines[(lines["sku"] == "s1") & (lines.warehouse == "s")]
    assert text(causes(panel, out, None)[0]).startswith("sold out; an order takes 10 days")
    promoted = lines[(lines["sku"] == "s2") & (lines.warehouse == "n")]
    said = text(causes(panel, promoted, None)[0])
    assert "an order takes 10; discount from" in said
    assert "(20% off)" in said
    coming = text(causes(panel, promoted.assign(on_order=30.0), None)[0])
    assert "30 on their way" in coming
    cold = np.zeros(len(panel.skus))
    cold[int(promoted.place.iloc[0])] = 0.3
    assert "outside signals: +30%" in text(causes(panel, promoted, cold)[0])


def test_the_order_list_is_written_with_every_line_and_its_cause(found):
    title, orders = told.orders(found)
    lines = found.stock.orders.lines
    assert len(orders) == (lines.units > 0).sum()
    file = stock_report.file_rows(orders, ZH)
    assert file.money.sum() == pytest.approx(lines.money.sum(), abs=1)
    assert file.cause.str.contains("天").all()
    assert f"{lines.money.sum():,.0f}" in text(title).replace("K", ",000") or "K" in text(title)
    assert list(stock_report.file_rows(stock_report.no_rows(), EN).columns) == list(file.columns)


def test_the_first_screen_tells_risk_money_and_slow_stock_each_beside_something(found):
    orders = told.orders(found)[1]
    tiles = summary.tiles(found)
    assert 3 <= len(tiles) <= 5
    assert [text(label) for label, _, _ in tiles][:3] == [
        "Sales at risk of stock-out in 14 days",
        "Money to order today",
        "Money in slow stock",
    ]
    assert tiles[1][1].value == orders.money.sum()
    assert text(summary.headline(found, orders)).startswith("Order ")


def test_every_claim_is_of_a_measure_that_can_be_scored_and_lies_in_its_interval(found):
    made = summary.claims(found)
    assert len(made) == 2 * 3 * (2 + 12)
    assert {one.measure for one in made} <= set(MEASURES)
    assert all(one.starts_on == found.shop.as_of + dt.timedelta(days=1) for one in made)
    assert {(one.ends_on - one.starts_on).days + 1 for one in made} == {7, 14, 28}
    assert all(one.low <= one.predicted <= one.high for one in made)
    rows = summary.claim_rows(found, made)
    assert len(rows) == 3 * 2


def test_decisions_are_the_order_list_and_the_moves_with_their_gains(found):
    orders, moved, slow = told.orders(found)[1], told.moves(found)[1], told.slow(found)[1]
    made = {one.subject: one for one in summary.decisions(found, orders, moved, slow)}
    assert {"order list", "moves between warehouses"} <= set(made)
    assert made["order list"].gain == pytest.approx(
        orders.gain.sum() + found.stock.orders.lines[found.stock.orders.lines.units == 0].gain.sum()
    )
    assert made["moves between warehouses"].gain == pytest.approx(moved.gain.sum())
    for one in made.values():
        assert one.gain_low <= one.gain <= one.gain_high


def test_a_forecast_no_nearer_than_last_week_again_decides_nothing_and_says_so(found):
    worse = replace(found, naive=found.naive.assign(ours=2.0, naive=1.0))
    orders = told.orders(worse)[1]
    assert orders.empty
    assert summary.decisions(worse, orders, told.moves(worse)[1], told.slow(worse)[1]) == []
    is_fine, banner = told.checked(worse)
    assert not is_fine
    assert "nothing is decided by it" in text(banner)
    assert text(summary.headline(worse, orders)).startswith("In the next four weeks")


def test_without_stock_the_page_tells_what_it_assumes_and_what_to_keep(bare):
    assert told.orders(bare)[1].empty
    assert (told.moves(bare)[0], told.slow(bare)[0]) == (None, None)
    assert "Assumed are 14 days from order to shelf (5 more or less)" in text(told.risk(bare)[0])
    title, rows = told.policy(bare)
    assert "core SKUs on the shelf with a chance of 95% each" in text(title)
    assert (rows.up_to > rows.safety).all()
    # Orders go out every week and take two: three weeks are to be on hand and on their way.
    assert ((rows.up_to - rows.safety) / rows.weekly).between(2.4, 3.6).all()
    assert 3 <= len(summary.tiles(bare)) <= 5
    assert any("sales are all that is known" in text(one) for one in summary.unknown(bare))


def test_classes_and_earlier_days_are_told_with_the_simple_rule_beside(found):
    rows = accuracy_report.class_rows(found)
    assert rows.n.sum() <= 12
    assert (rows.ours < rows.naive).all()
    assert "less than days like the last four weeks" in text(accuracy_report.classes_told(found))
    title, last = told.last(found)
    assert last.actual.sum() == pytest.approx(np.nansum(found.forecast.panel.revenue[:, -28:]), rel=1e-9)
    assert "such intervals" in text(title)
    assert "Of all units of four weeks" in text(accuracy_report.bias_told(found))


def test_columns_that_no_table_of_the_brand_can_fill_are_left_out(found, bare):
    assert {"promotion_days", "days_out"} <= set(market_report.left_labels(found))
    assert not {"promotion_days", "days_out", "visits_change"} & set(market_report.left_labels(bare))


def test_trends_hits_and_launches_say_what_they_are_worth_or_that_they_are_too_few(found):
    assert text(market_report.record_told(found))
    assert text(market_report.hits_told(found))
    title, rows = told.launches(found)
    assert rows.empty
    assert "launched" in text(title)
    assert launch_report.record_told(None) is None


def test_titles_lose_the_words_that_all_of_a_brand_begin_with():
    skus = pd.DataFrame(
        {"sku": ["a", "b", "c"], "product": ["Aurora Rose Cream", "Aurora Rose Mask", None], "is_rest": False}
    )
    assert [text(name) for name in named.products(skus, skus)] == ["Cream", "Mask", "c"]
    alone = skus.head(1)
    assert [text(name) for name in named.products(alone, skus)] == ["Cream"]
    other = skus.assign(product=["Rose Cream", "Mask", "Mask"])
    assert [text(name) for name in named.products(other, other)] == ["Rose Cream", "Mask · b", "Mask · c"]
    twice = other.iloc[[1, 1]]
    assert [text(name) for name in named.products(twice, other)] == ["Mask", "Mask"]


def test_a_deeper_discount_sells_more_and_a_safer_shelf_takes_more(found):
    asked, skus = WhatIf(found, 1), found.forecast.panel.skus["sku"]
    place = int(skus.index[skus == "s2"][0])
    assert asked.kind == "discount"
    plain = asked.answer(Question(place, service=0.9))
    deep = asked.answer(Question(place, depth=0.2, service=0.9))
    assert deep.paths.mean() >= 0.9 * plain.paths.mean()
    np.testing.assert_array_equal(plain.paths, found.paths[:, place])
    safe = asked.answer(Question(place, service=0.99))
    assert safe.lines.up_to.sum() > plain.lines.up_to.sum()
    assert safe.missed <= plain.missed
    assert safe.held > plain.held
    slow = asked.answer(Question(place, service=0.9, lead=30))
    assert slow.lines.lead_days_mean.tolist() == [30, 30]
    assert slow.lines.up_to.sum() > plain.lines.up_to.sum()
    assert "With what is planned," in text(explore.told(plain, Question(place, service=0.9), is_bare=False))
    empty = asked.answer(Question(int(skus.index[skus == "s1"][0]), service=0.95))
    assert asked.shared(empty, 5).tolist() == [0, 5]
    assert "Should the supplier have but 5: 0 to n and 5 to s." in text(
        explore.shared_told(empty, 5, asked.shared(empty, 5))
    )


def test_a_budget_buys_the_lines_that_bring_most_for_the_money(found):
    lines = found.stock.orders.lines
    wanted = lines[lines.units > 0]
    gaining = wanted[wanted.gain > 0]
    assert len(within(found, float(lines.money.sum()))) == len(gaining)
    half = within(found, float(gaining.money.sum()) / 2)
    assert half.money.sum() <= gaining.money.sum() / 2
    assert half.gain.sum() / half.money.sum() >= gaining.gain.sum() / gaining.money.sum()
    assert within(found, 0.0).empty
    assert "order 0 of" in text(explore.budget_told(found, 0.0))


def test_without_stock_the_widgets_ask_of_bare_shelves(bare):
    asked = WhatIf(bare, 1)
    assert asked.kind is None
    controls = explore.controls(asked, EN)
    assert controls["depth"].max == 0
    assert len(controls["place"].options) == 12
    answer = asked.answer(Question(int(bare.bare.place.iloc[0]), service=0.95, lead=7))
    assert len(answer.lines) == 1
    assert 0 < answer.missed < answer.lines.daily.sum() * 6
    assert explore.plot_paths(answer, EN).axes


def test_charts_are_drawn_in_both_languages(found):
    for words in (EN, ZH):
        assert forecast_report.plot_weeks(forecast_report.brand_rows(found), words).axes
        assert len(forecast_report.plot_skus(forecast_report.sku_rows(found), words).axes) == 6
        assert stock_report.plot_risk(told.risk(found)[1], words).axes
        assert accuracy_report.plot_core(found.core, words).axes
        assert accuracy_report.plot_last(told.last(found)[1], words).axes
