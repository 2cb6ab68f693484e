"""What is claimed of segments and cohorts: whom, what, beside which simple rule, and how it is scored later."""

import datetime as dt

import pandas as pd
import pytest
from by_hand import imported, lay_out, small_shop
from shopkeeper import decisions
from shopkeeper.brand import load_brand
from shopkeeper.customers import outlook
from shopkeeper.customers.past import Past
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop

EN = Words("en", "CNY")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        lay_out(tmp_path_factory.mktemp("bench"), monkeypatch)
        imported("shop", {"orders.csv": small_shop(customers=900)})
        past = Past(Shop("shop", "2024-08-31"))
        yield past, outlook.outlook(past, None, seed=1)


def test_each_cohort_is_claimed_beside_what_it_did_in_the_last_30_days(found):
    past, told = found
    rows = told.rows.set_index("group")
    assert list(rows.index) == sorted(rows.index)
    assert "2023-08" not in rows.index  # the data begin in June: such early customers may have bought before
    cohort = told.groups["cohort", "2024-05"].members
    orders = past.shop.load(past.shop.orders.select("customer_id", "ordered_at"))
    first = orders.groupby("customer_id").ordered_at.min()
    assert set(cohort) == set(first.index[first.dt.strftime("%Y-%m") == "2024-05"])
    last = orders[orders.ordered_at >= "2024-08-02"]
    assert rows.naive["2024-05"] == last.customer_id[last.customer_id.isin(cohort)].nunique()


def test_intervals_hold_the_prediction_and_the_same_was_tested_30_days_before(found):
    _, told = found
    assert (told.rows.low <= told.rows.predicted).all()
    assert (told.rows.predicted <= told.rows.high).all()
    assert len(told.tested) >= 8
    assert ((told.tested.low <= told.tested.actual) & (told.tested.actual <= told.tested.high)).mean() >= 0.7
    assert "30 days earlier" in EN.text(outlook.tested_told(told))


def test_the_claims_are_scored_by_anyone_who_has_the_later_orders(found):
    past, told = found
    said = [claim.as_dict() for claim in outlook.claims(told, past.shop.as_of)]
    brand = load_brand("shop")
    decisions.record(brand, "01_profiling", past.shop.as_of, {"claims": said})
    scored = {row["id"]: row for row in decisions.score(brand)}
    assert len(scored) == len(told.rows)
    [late] = [row for row in decisions.read(brand, "claims") if row["subject"] == "2024-05"]
    assert (late["starts_on"], late["ends_on"]) == ("2024-09-01", "2024-09-30")
    later = Shop("shop")
    orders = later.load(later.orders.select("customer_id", "ordered_at"))
    after = orders[orders.ordered_at.between("2024-09-01", "2024-10-01")]
    members = told.groups["cohort", "2024-05"].members
    assert scored[late["id"]]["actual"] == after.customer_id[after.customer_id.isin(members)].nunique()


def test_a_claim_about_a_segment_names_its_members_and_one_about_a_cohort_its_month():
    members = pd.Index(["ana", "bea"])
    rows = pd.DataFrame(
        [
            ("segment", "regulars", "orders", 2, 5.0, 3.0, 8.0, 4.0),
            ("cohort", "2024-05", "buyers", 2, 1.0, 0.0, 2.0, 1.0),
        ],
        columns=["kind", "group", "measure", "customers", "predicted", "low", "high", "naive"],
    )
    groups = {
        (kind, key): outlook.Group(kind, key, members) for kind, key in (("segment", "regulars"), ("cohort", "2024-05"))
    }
    one, other = outlook.claims(outlook.Outlook(rows, groups, pd.DataFrame()), dt.date(2024, 6, 30))
    assert (one.subject, one.measure, one.members) == ("segment: regulars @2024-06-30", "list_orders", ("ana", "bea"))
    assert (other.subject, other.measure, other.members) == ("2024-05", "cohort_buyers", ())
    assert (one.starts_on, one.ends_on) == (dt.date(2024, 7, 1), dt.date(2024, 7, 30))


def test_where_the_simple_rule_was_nearer_the_page_says_so():
    tested = pd.DataFrame({"predicted": [20.0], "low": [15.0], "high": [25.0], "naive": [11.0], "actual": [10.0]})
    said = EN.text(outlook.tested_told(outlook.Outlook(pd.DataFrame(), {}, tested)))
    assert "0 of 1 intervals" in said
    assert "no smaller than that of the rule" in said
