"""Markdowns: what may be asked, what a cut takes from its neighbours, known truth, and what the report says where it must and where it may."""

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from prices_by_hand import panel_of
from shopkeeper.pricing import markdown_report as report
from shopkeeper.pricing.elasticity import Elasticities
from shopkeeper.pricing.markdown import AT_ONCE, PLANNED, REPLANNED, Clearance, answers, clearance, lots_of, markdowns
from shopkeeper.pricing.markdown_goods import Goods, Wanted, lowest_prices, prices_down, with_neighbours
from shopkeeper.pricing.optimise import Demand, units_at
from shopkeeper.pricing.rules import Rules
from shopkeeper.report.words import Words

EN, ZH = Words("en", "CNY"), Words("zh", "CNY")
DRAWS, WEEKS = 400, 10


def text(sentence, words=EN):
    return words.text(sentence)


def goods_of(stock, price=100.0, floor=50.0, **columns):
    """SKUs without substitutes, 20 units a week at today's price, of which all must be gone in ten weeks."""
    count = len(stock)
    rows = pd.DataFrame({
        "sku": [f"s{n}" for n in range(count)], "product": ["red thing", "blue thing"][:count], "place": range(count), "price": price, "kept": 1.0, "carried": 0.0, "unit_cost": 40.0,
        "stock": np.asarray(stock, float), "on_hand": np.asarray(stock, float), "weeks": WEEKS, "life": 0.0, "holding": 0.0, "share": 1.0, "neighbours": 0.0, "floor": floor, "seen": 70.0,
    }).assign(**columns)  # fmt: skip
    return Goods(rows, prices_down(rows, [(0, 100)] * 3), count)


def wanted_of(count, seed=1, level=0.2):
    """20 a week, the level of each SKU off by so much in every draw."""
    draw = np.random.default_rng(seed)
    rates = 20 * np.exp(level * draw.normal(size=(DRAWS, count, 1))) * np.ones(WEEKS)
    return Wanted(rates, seed)


def found_of(slopes, unsure=0.1, power=1.0):
    noise = unsure * np.random.default_rng(2).normal(size=(DRAWS, len(slopes)))
    skus = pd.DataFrame({"sku": [f"s{n}" for n in range(len(slopes))]})
    each, none = np.ones((DRAWS, len(slopes))), np.ones(len(slopes))
    return Elasticities(skus, np.array(slopes) + noise, power * each, 0 * none, none, none, each[:, 0], {}, 0, {})


def test_no_price_is_lower_than_was_ever_seen_to_sell():
    """s0 and s2 share a category: 10, once 8 and, with no sale, 4; s2 stood at 6 for one period, then at 7 of its usual 10."""
    price = np.full((4, 6), 10.0)
    price[0, 1], price[0, 2], price[2, 1], price[2, 2], price[1, 3] = 8, 4.8, 6, 7, 9
    sold = np.full((4, 6), 5.0)
    sold[0, 2] = 0
    rows = lowest_prices(panel_of(sold, price)).set_index("sku")
    assert rows.seen.tolist() == [8, 9, 6, 10]
    # In two periods or more the category stood at 0.7; s2 has its own 6.
    assert rows.floor[["s0", "s2"]].tolist() == pytest.approx([7, 6])
    assert rows.floor[["s1", "s3"]].tolist() == pytest.approx([9, 10])


def test_prices_fall_from_todays_to_the_floor_and_end_as_the_brands_do():
    rows = pd.DataFrame({"price": [49.0, 129.0, 20.0], "floor": [28.0, 60.0, 20.0]})
    table = prices_down(rows, [(900, 1000)] * 3)
    assert table[0][~np.isnan(table[0])].tolist() == [49, 39, 29]
    assert table[1][~np.isnan(table[1])].tolist() == [129, 119, 109, 99, 89, 79, 69]
    assert table[2][~np.isnan(table[2])].tolist() == [20]


def test_what_a_cut_sells_and_takes_is_that_of_the_price_list():
    """Two SKUs of a market, one halved: units and the neighbour's loss as optimise counts them."""
    offers = pd.DataFrame(
        {
            "sku": ["a", "b"],
            "market": 1,
            "price": [10.0, 20.0],
            "kept": 0.9,
            "cost": [3.0, 8.0],
            "stock": np.inf,
            "units": [40.0, 60.0],
        }
    )
    demand = Demand(np.array([[40.0, 60.0]]), np.array([[-2.0, -1.5]]), np.array([[0.4, 0.4]]))
    now, cut = (units_at(offers, demand, np.array([price, 20.0]))[0] for price in (10.0, 5.0))
    row = with_neighbours(offers).iloc[0]
    factor, taken = answers(row, np.array([10.0, 5.0]), demand.beside[:, 0], demand.power[:, 0])
    assert factor[0].tolist() == pytest.approx([1, cut[0] / now[0]])
    assert taken[0, 0] == 0
    assert taken[0, 1] * cut[0] == pytest.approx((now[1] - cut[1]) * (0.9 * 20 - 8))


def test_paths_are_told_by_draws_that_did_not_choose_them():
    goods, wanted = goods_of([400]), wanted_of(1)
    chosen, told = lots_of(goods, 0, wanted, found_of([-2.0]))
    assert (len(chosen.units), len(told.units)) == (120, DRAWS - 120)
    assert chosen.pace[-1, 0] == pytest.approx(wanted.rates[119, 0].mean())
    assert told.pace[0, 0] == pytest.approx(wanted.rates[120, 0].mean())


def test_a_path_brings_what_is_true_and_more_than_today_and_one_cut():
    """400 units, 200 wanted in ten weeks at 100 and the slope is -2: all sell at 100 × 2^(-1/2) = 70.7, for 28,284 instead of 20,000."""
    made = markdowns(goods_of([400]), wanted_of(1, level=0.02), found_of([-2.0], unsure=0.02), Rules())
    [row] = made.down.to_dict("records")
    assert row["low"] < 28_284 - 20_000 < row["high"]
    assert row["gain"] == pytest.approx(8_284, rel=0.1)  # chance takes a part
    assert row["kept"] == pytest.approx(20_000, rel=0.03)
    assert 50 <= row["lowest"] <= 75
    path = made.weeks.price.to_numpy()
    assert (np.diff(path) <= 0).all()
    assert made.weeks.week.tolist() == list(range(1, WEEKS + 1))
    assert path.mean() == pytest.approx(70.7, abs=4)
    planned, once, anew = (made.total(way).mean() for way in (PLANNED, AT_ONCE, REPLANNED))
    assert anew > planned > 0.99 * once


def test_what_sells_in_time_keeps_its_price_and_so_does_what_may_wait():
    soon = markdowns(goods_of([120]), wanted_of(1), found_of([-2.0]), Rules())
    assert soon.down.empty
    assert soon.weeks.empty
    assert soon.total(PLANNED).tolist() == [0.0] * (DRAWS - 120)
    both = clearance(goods_of([400], life=100.0), wanted_of(1), found_of([-2.0]), Rules())
    assert both.kept.down.empty
    assert both.gone.down["sku"].tolist() == ["s0"]
    dear = clearance(goods_of([400], life=100.0, holding=15.0), wanted_of(1), found_of([-2.0]), Rules())
    assert dear.kept.down["sku"].tolist() == ["s0"]  # to hold it costs more than the cut


def test_a_gain_that_is_not_probable_enough_gets_no_path():
    unsure = markdowns(goods_of([400]), wanted_of(1), found_of([-1.0], unsure=1.0), Rules(certain=0.95))
    assert unsure.down.empty


def study_of(cleared, is_trusted=True):
    """What a report needs of a study of 30 June."""
    skus = pd.DataFrame({"sku": ["s0", "s1"], "product": ["red thing", "blue thing"], "is_rest": False})
    beside = SimpleNamespace(by_instrument=None)
    return SimpleNamespace(
        shop=SimpleNamespace(as_of=dt.date(2026, 6, 30)), forecast=SimpleNamespace(panel=SimpleNamespace(skus=skus)), learnt=SimpleNamespace(beside=beside),
        cleared=cleared, is_trusted=is_trusted,
    )  # fmt: skip


@pytest.fixture(scope="module")
def pressed():
    """s0 spoils when the path ends; s1 may lie on."""
    return clearance(goods_of([400, 420], life=[0.0, 200.0]), wanted_of(2), found_of([-2.0, -2.0]), Rules())


def test_the_report_tells_which_paths_pay_in_any_case_and_decides_on_these(pressed):
    found = study_of(pressed)
    rows = report.path_rows(found)
    assert rows["sku"].tolist() == ["s0", "s1"]
    assert [text(each) for each in rows.until] == ["in any case", "if all must be gone by 29 Dec 2026"]
    assert text(report.title(found, rows)).startswith("1 SKUs to mark down step by step")
    [decision] = report.decisions(found)
    assert decision.gain == pytest.approx(pressed.kept.gains[PLANNED][:, 0].mean())
    assert decision.horizon_days == 7 * WEEKS
    assert text(decision.action).startswith("Mark down 1 SKUs week by week: first red thing")
    file = report.file_rows(found)
    assert file.groupby("sku").size().to_dict() == {"s0": WEEKS, "s1": WEEKS}
    assert file[file["sku"] == "s0"].price.tolist() == pressed.kept.weeks.price.tolist()
    assert file.from_day[:2].tolist() == [dt.date(2026, 7, 1), dt.date(2026, 7, 8)]
    assert set(file[file["sku"] == "s0"].must_be_gone_by) == {""}
    assert set(file[file["sku"] == "s1"].must_be_gone_by) == {"2026-12-29"}
    assert report.plot_paths(rows, ZH).axes


def test_notes_tell_the_limit_the_other_ways_and_what_gets_no_path(pressed):
    found = study_of(replace(pressed, kept=replace(pressed.kept, slow=5)))
    told = " ".join(text(each) for each in report.notes(found, report.path_rows(found)))
    assert "Where goods may lie on: the paths of 1 SKUs bring" in told
    assert "Where all must be gone, and what is left is lost: the paths of 2 SKUs bring" in told
    assert "3 of 5 SKUs that lie too long get no path" in told
    assert "2 go lower than the SKU itself has sold at" in told  # 70, and paths end in the sixties


def test_where_nothing_is_marked_down_a_sentence_says_why(pressed):
    none = markdowns(goods_of([]), wanted_of(0), found_of([-2.0]), Rules())
    empty = Clearance(none, none)

    def said(slow, cleared=empty, is_trusted=True):
        found = study_of(replace(cleared, kept=replace(cleared.kept, slow=slow)), is_trusted)
        rows = report.path_rows(found)
        assert rows.empty
        assert report.decisions(found) == []
        assert report.file_rows(found).empty
        return text(report.title(found, rows))

    assert said(None).startswith("Stock is not counted")
    assert said(0).startswith("No SKU has more in stock than sells in 180 days")
    assert said(3).startswith("Of 3 SKUs that lie too long none has an elasticity")
    assert said(2, pressed, is_trusted=False).startswith("How low to go with the 2 SKUs that lie too long is not said")
    keep = markdowns(goods_of([100]), wanted_of(1), found_of([-2.0]), Rules())
    assert said(1, Clearance(keep, keep)).startswith("Of 1 SKUs that lie too long none pays to be marked down: at")
