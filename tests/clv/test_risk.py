"""Value at risk: who fell, what they brought and should bring, what was seen before, and what it may cost to win them back."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text, imported, orders_csv
from shopkeeper.clv import risk, winback
from shopkeeper.clv.warning import Chance
from shopkeeper.customers.contact_lists import Lift
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop

WORDS = Words("en", "CNY")
HELD = {"is_trusted": 1.0, "ece": 0.01}


def chance(study, fallen: pd.Index) -> Chance:
    """Everyone's chance is as it was, .6, but for those who fell to .3."""
    before = pd.Series(0.6, study.origins[0].known.index)
    now = pd.Series(0.6, study.customers.index)
    now[fallen] = 0.3
    return Chance(now, before, HELD, pd.DataFrame())


def good(study) -> pd.Index:
    found = risk.at_risk(study, chance(study, study.customers.index), lately(study), 0.1, 1)
    return pd.Index(found.rows.customer_id)


def lately(study) -> pd.DataFrame:
    return pd.DataFrame({"margin": 100.0, "net_revenue": 200.0}, study.customers.index)


def test_only_good_customers_whose_chance_fell_are_at_risk(studied):
    _, study = studied
    everyone = good(study)
    known = study.origins[0].known
    assert len(everyone) == pytest.approx(0.25 * (known.frequency > 0).sum(), abs=1)
    found = risk.at_risk(study, chance(study, everyone[:60]), lately(study), 0.1, 1)
    assert set(found.rows.customer_id) == set(everyone[:60])
    assert set(found.others) == set(everyone[60:])
    assert found.rows.value_at_risk.to_list() == pytest.approx((100 - found.rows.expected).to_list())
    lost, low, high = found.lost
    assert low < lost < high
    assert lost == pytest.approx(6_000 - found.expected[0])
    assert found.expected[0] == pytest.approx(found.rows.expected.sum(), rel=0.05)
    assert (found.rows.worth_back > found.rows.expected).all()


def test_a_chance_that_did_not_hold_names_nobody(studied):
    _, study = studied
    failed = dataclasses.replace(chance(study, study.customers.index), tested={"is_trusted": 0.0, "ece": 0.01})
    assert risk.at_risk(study, failed, lately(study), 0.1, 1) is None
    assert risk.at_risk(study, None, lately(study), 0.1, 1) is None
    assert risk.tiles(None) == []
    assert risk.file_rows(None).empty
    assert "not told" in WORDS.text(risk.told(None))


def test_nobody_at_risk_is_said(studied):
    _, study = studied
    found = risk.at_risk(study, chance(study, study.customers.index[:0]), lately(study), 0.1, 1)
    assert found.rows.empty
    assert WORDS.text(risk.told(found)).startswith("Of no good customer")
    assert winback.candidates(found, pd.DataFrame({"customer_id": []})).empty


def test_margin_lately_is_that_of_364_days(bench):
    imported("shop", {"orders.csv": orders_csv(
        (1, "ana", "2024-01-01 10:00", 100), (2, "ana", "2024-01-02 10:00", 40), (3, "ben", "2024-12-30 23:59", 80)
    )})  # fmt: skip
    shop = Shop("shop")
    assert shop.as_of == dt.date(2024, 12, 30)
    table = shop.load(risk.margin_lately(shop)).set_index("customer_id")
    assert sorted(table.margin) == [20.0, 40.0]  # half of it; 1 January is 364 days ago


def test_what_was_seen_before_is_read_from_what_the_brand_knows(bench):
    """Ana sent soap back, ben's lamp was nowhere in stock for seven days, cat was seen last week."""
    end = "2024-06-30"
    days = [f"2024-06-{n:02d}" for n in range(1, 8)]
    imported("shop", {
        "orders.csv": orders_csv(("a", "ana", "2024-05-01 10:00", 10), ("b", "ben", "2024-05-01 10:00", 10), ("c", "cat", "2024-05-01 10:00", 10), ("z", "", f"{end} 23:59", 1)),
        "order_lines.csv": csv_text(["order_id", "line", "sku", "quantity", "net_revenue"], ("a", 1, "soap", 1, 10), ("b", 1, "lamp", 1, 10), ("c", 1, "bag", 1, 10)),
        "returns.csv": csv_text(["order_id", "line", "returned_at", "quantity", "refund"], ("a", 1, "2024-05-05 10:00", 1, 10)),
        "stock.csv": csv_text(["day", "sku", "warehouse", "on_hand", "on_order", "stocked_out"], *[(day, sku, house, 0, 0, out) for day in days for sku, house, out in (("lamp", "x", "yes"), ("lamp", "y", "yes"), ("bag", "x", "yes"), ("bag", "y", "no"))]),
        "events.csv": csv_text(["visitor_id", "customer_id", "at", "kind"], ("v", "cat", "2024-06-25 10:00", "login")),
    })  # fmt: skip
    shop = Shop("shop")
    seen = shop.load(risk.signs(shop))
    name = {shop.brand.pseudonym(each): each for each in ("ana", "ben", "cat")}
    by = seen.assign(who=seen.customer_id.map(name)).set_index("who")
    assert by.returned.to_dict() == {"ana": True, "ben": False, "cat": False}
    assert by.stocked_out.to_dict() == {"ana": False, "ben": True, "cat": False}
    assert by.not_seen.to_dict() == {"ana": True, "ben": True, "cat": False}


def test_signs_are_compared_between_those_at_risk_and_the_others(studied):
    _, study = studied
    everyone = good(study)
    found = risk.at_risk(study, chance(study, everyone[:60]), lately(study), 0.1, 1)
    seen = pd.DataFrame({"customer_id": everyone, "returned": np.arange(len(everyone)) < 30})
    [row] = risk.seen_rows(found, seen).to_dict("records")
    assert row["at_risk"] == 0.5
    assert row["others"] == 0.0
    assert 0.3 < row["low"] < 0.5 < row["high"] < 0.65
    assert "50% sent something back" in WORDS.text(risk.seen_title(risk.seen_rows(found, seen)))
    assert risk.seen_rows(None, seen).empty


def test_winning_back_is_worth_the_order_and_what_comes_after_it():
    rows = pd.DataFrame({
        "customer_id": [f"c{n:03d}" for n in range(80)], "chance_now": 0.3, "order_margin": 20.0, "worth_back": 100.0, "expected": 40.0,
    })  # fmt: skip
    found = risk.AtRisk(rows, pd.Index([]), (0.0, 0.0, 0.0))
    could = winback.candidates(found, pd.DataFrame({"customer_id": ["c000"]}))
    assert len(could) == 79
    assert could.worth.unique().tolist() == [80.0]
    assert could.probability.iloc[0] == pytest.approx(1 - 0.7 ** (14 / 91))
    chosen, table = winback.win_back(could, Lift(0.1, 0.02, n_campaigns=2), dt.date(2025, 1, 1), seed=1)
    [decision] = winback.decisions(table, Lift(0.1, 0.02, n_campaigns=2))
    written = (chosen.group == "write").sum()
    assert decision.subject == "contact list: early_warning"
    assert decision.gain == pytest.approx(written * could.probability.iloc[0] * 80 * 0.1)
    assert (chosen.group == "holdout").sum() == 8
    assert winback.decisions(table, Lift(0.1, 0.02, 2))[0].amount == written


def test_too_few_to_win_back_make_no_list():
    rows = pd.DataFrame(
        {"customer_id": ["a"], "chance_now": 0.3, "order_margin": 20.0, "worth_back": 100.0, "expected": 40.0}
    )
    could = winback.candidates(risk.AtRisk(rows, pd.Index([]), (0.0, 0.0, 0.0)), pd.DataFrame({"customer_id": []}))
    chosen, table = winback.win_back(could, Lift(0.1, 0.1), dt.date(2025, 1, 1), seed=1)
    assert chosen.empty
    assert winback.decisions(table, Lift(0.1, 0.1)) == []
    assert "Fewer than 50" in WORDS.text(winback.told(table))
