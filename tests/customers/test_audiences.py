"""Who could be written to: by stage, segment and category, never against their will."""

import pandas as pd
import pytest
from shopkeeper.customers import audiences
from shopkeeper.customers.audiences import at_risk, at_risk_told
from shopkeeper.customers.next_category import NextCategory
from shopkeeper.customers.tags import TAGS, Tagged
from shopkeeper.report.words import Words

KNOWN = pd.DataFrame(
    {"order_days": [1.0, 4.0, 3.0], "spend": [20.0, 400.0, 90.0], "spend_365": [20.0, 400.0, 0.0]},
    index=pd.Index(["ana", "bea", "cai"], name="customer_id"),
)
NOTHING = NextCategory(pd.DataFrame(), pd.DataFrame(), pd.DataFrame())


def tagged(name, probabilities, is_trusted=1.0):
    tag = next(tag for tag in TAGS if tag.name == name)
    return Tagged(tag, pd.Series(probabilities), {"is_trusted": is_trusted}, pd.DataFrame())


ORDERING = tagged("order_30", {"ana": 0.19, "bea": 0.5, "cai": 0.1})
LEAVING = tagged("lapse_90", {"ana": 0.9, "bea": 0.6, "cai": 0.9})


def test_each_list_holds_whom_its_name_says_at_the_worth_of_their_orders():
    could, names = audiences.candidates(KNOWN, [ORDERING, LEAVING], NOTHING, None, gross_margin=0.5)
    assert could.set_index("customer_id")["list"].to_dict() == {"ana": "second_order", "bea": "early_warning"}
    assert could.worth.tolist() == [10.0, 50.0]
    assert could.probability.iloc[1] == pytest.approx(1 - 0.5 ** (14 / 30))
    assert set(names) == {"second_order", "early_warning"}


def test_a_probability_that_did_not_hold_makes_no_list():
    withheld = tagged("order_30", {"ana": 0.19}, is_trusted=0.0)
    could, names = audiences.candidates(KNOWN, [withheld, LEAVING], NOTHING, None, gross_margin=0.5)
    assert could.empty
    assert names == {}


def test_who_does_not_want_to_be_written_to_stands_in_no_list():
    willing = audiences.willing(KNOWN, pd.DataFrame({"customer_id": ["bea"]}))
    could, _ = audiences.candidates(willing, [ORDERING, LEAVING], NOTHING, None, gross_margin=0.5)
    assert could.customer_id.tolist() == ["ana"]


def test_a_category_list_holds_those_at_a_fifth_or_more_within_thirty_days():
    now = pd.DataFrame(
        [("ana", "tea", 30, 0.2), ("cai", "tea", 30, 0.19), ("cai", "tea", 90, 0.9)],
        columns=["customer_id", "category", "days", "probability"],
    )
    found = NextCategory(now, pd.DataFrame(), pd.DataFrame())
    could, _ = audiences.candidates(KNOWN, [ORDERING], found, None, gross_margin=0.5)
    assert could[could["list"] == "category: tea"].customer_id.tolist() == ["ana"]


def test_good_customers_about_to_leave_come_by_what_is_at_risk_with_them():
    names = ["order_days", "spend_365", "T", "days_since_last"]
    known = pd.DataFrame(
        [(3, 365.0, 400, 50), (3, 3650.0, 400, 60), (5, 730.0, 89, 9), (1, 9999.0, 400, 5), (4, 100.0, 400, 5)],
        index=pd.Index(["ana", "bea", "cai", "once", "stays"], name="customer_id"),
        columns=names,
    ).astype("float64")
    leaving = pd.Series({"ana": 0.8, "bea": 0.5, "cai": 0.9, "once": 0.9, "stays": 0.2})
    table = at_risk(known, leaving, gross_margin=0.5).set_index("customer_id")
    # A year's 365 at half margin is 0.5 a day: 45 in 90 days, of which 0.8 are at risk. cai is known for 90 days only.
    assert table.at_stake.to_dict() == {"cai": 365.0, "bea": 450.0, "ana": 45.0}
    assert table.value_at_risk.to_dict() == {"cai": 328.5, "bea": 225.0, "ana": 36.0}
    assert list(table.index) == ["cai", "bea", "ana"]


def test_what_is_at_risk_is_told_with_the_luck_of_who_leaves():
    table = pd.DataFrame({"probability": [0.5] * 100, "at_stake": [200.0] * 100, "value_at_risk": [100.0] * 100})
    said = Words("en", "CNY").text(at_risk_told(table, leaving=table.probability))
    assert "100 good customers" in said
    assert (
        "CN¥10K of gross profit is at risk with them (90%, by the luck of who leaves: CN¥8,355 to CN¥11.6K)" in said
    )  # 1.645 × 10 × 100


def test_without_a_probability_to_leave_nobody_is_at_risk():
    assert at_risk(pd.DataFrame(), None, 0.5).empty
    words, nobody = Words("en", "CNY"), at_risk(pd.DataFrame(), None, 0.5)
    assert "cannot be told here" in words.text(at_risk_told(nobody, None))
    assert (
        words.text(at_risk_told(nobody, pd.Series({"ana": 0.1}))) == "No good customer is known to be about to leave."
    )
