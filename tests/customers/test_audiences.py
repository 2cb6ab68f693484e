"""Who could be written to: by stage, segment and category, never against their will."""

import pandas as pd
import pytest
from shopkeeper.customers import audiences
from shopkeeper.customers.next_category import NextCategory
from shopkeeper.customers.tags import TAGS, Tagged

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
