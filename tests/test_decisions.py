import datetime as dt
import hashlib
import json
import threading

import pytest
from by_hand import csv_text, imported, orders_csv
from shopkeeper import decisions
from shopkeeper.brand import load_brand
from shopkeeper.decisions import Claim, Decision
from shopkeeper.report.words import money, plain, say
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

FILES = {
    "orders.csv": csv_text(
        ["order_id", "customer_id", "ordered_at", "net_revenue"],
        ("1", "ana", "2024-01-01", 10), ("2", "ana", "2024-01-10", 20), ("3", "bo", "2024-01-10", 30), ("4", "", "2024-01-20", 40),
    ),
    "order_lines.csv": csv_text(
        ["order_id", "line", "sku", "quantity", "net_revenue"],
        ("1", 1, "tea", 2, 10), ("2", 1, "tea", 3, 20), ("3", 1, "cup", 1, 30), ("4", 1, "tea", 4, 40),
    ),
}  # fmt: skip


@pytest.fixture
def acme(bench):
    imported("acme", FILES)
    return load_brand("acme")


def day(n):
    return dt.date(2024, 1, n)


def claim(measure="orders", subject="", start=11, end=20, predicted=2.0, low=1.0, high=3.0, naive=4.0, members=()):
    return Claim(subject, measure, day(start), day(end), predicted, low, high, naive, tuple(members)).as_dict()


def decision(subject="search ads", gain=1000.0, low=500.0, high=1500.0):
    return Decision(
        subject, say("{n} in {before}", n=money(3000), before=plain(subject)), 3000, "CNY a week", gain, low, high, 0.95, 28, plain("margin 50%"), plain("compare")
    ).as_dict()  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "subject", "period", "value"),
    [
        ("net_revenue", "", (1, 10), 60),
        ("net_revenue", "", (11, 19), 0),
        ("orders", "", (10, 20), 3),
        ("buyers", "", (1, 20), 2),
        ("units_sold", "tea", (1, 10), 5),
        ("units_sold", "gone", (1, 20), 0),
        ("cohort_buyers", "2024-01", (10, 20), 2),
        ("cohort_buyers", "2024-01", (1, 9), 1),
        ("cohort_buyers", "2023-12", (1, 20), 0),
    ],
)
def test_measures_count_both_ends_of_the_period(acme, measure, subject, period, value):
    asked = Claim(subject, measure, day(period[0]), day(period[1]), 0, 0, 0, 0)
    assert decisions.MEASURES[measure](Shop("acme"), asked) == value


@pytest.mark.parametrize(
    ("measure", "members", "value"),
    [("list_orders", ["ana"], 2), ("list_orders", ["ana", "bo", "nobody"], 3), ("list_net_revenue", ["bo"], 30)],
)
def test_a_list_is_measured_on_its_members_alone(acme, measure, members, value):
    asked = Claim("all @2024-01-01", measure, day(1), day(20), 0, 0, 0, 0, tuple(map(acme.pseudonym, members)))
    assert decisions.MEASURES[measure](Shop("acme"), asked) == value


def test_a_cohort_is_the_month_of_the_first_order_ever_seen(bench):
    lines = (
        ("1", "ana", "2023-12-31", 1),
        ("2", "ana", "2024-01-10", 1),
        ("3", "bo", "2024-01-10", 1),
        ("4", "", "2024-01-20", 1),
    )
    imported("acme", {"orders.csv": orders_csv(*lines)})
    asked = Claim("2024-01", "cohort_buyers", day(1), day(20), 0, 0, 0, 0)
    assert decisions.MEASURES["cohort_buyers"](Shop("acme"), asked) == 1  # ana came in December


def test_a_claim_of_an_unknown_measure_is_refused(acme):
    with pytest.raises(DataError, match=r"no measure 'luck'; registered are net_revenue, orders"):
        claim(measure="luck")
    with pytest.raises(DataError, match="list_orders of 'vip' names 0 customers"):
        claim("list_orders", "vip")
    with pytest.raises(DataError, match="orders of '' names 1 customers"):
        claim(members=["ana"])
    with pytest.raises(DataError, match="its subject is a month, such as 2024-05"):
        claim("cohort_buyers", "May 2024")


def listed(brand, *people, predicted=2.0, start=1):
    names = [brand.pseudonym(person) for person in people]
    return {"claims": [claim("list_orders", "vip @2024-01-09", start, predicted=predicted, members=names)]}


def lists(brand):
    return {path.name: path.read_text().split() for path in (brand.record / "lists").glob("*")}


def test_the_members_of_a_list_travel_as_plain_values_and_stand_in_one_file(acme):
    row = json.loads(json.dumps(listed(acme, "bo", "ana")))
    decisions.record(acme, "02_clv", day(9), row)
    decisions.record(acme, "02_clv", day(9), listed(acme, "ana", "bo", start=2))
    names = sorted(map(acme.pseudonym, ["ana", "bo"]))
    digest = hashlib.sha256("".join(f"{name}\n" for name in names).encode()).hexdigest()[:8]
    assert lists(acme) == {f"{digest}.txt": names}
    assert [kept["members"] for kept in decisions.read(acme, "claims")] == [digest, digest]
    assert "members" not in claim()


def test_a_list_keeps_its_members_when_the_same_claim_is_made_of_others(acme):
    decisions.record(acme, "02_clv", day(9), listed(acme, "ana"))
    before = lists(acme)
    decisions.record(acme, "02_clv", day(9), listed(acme, "ana", "bo", predicted=3.0))
    assert lists(acme) == before
    [score] = decisions.score(acme)
    assert (score["actual"], score["error"]) == (2.0, 0.0)


def test_who_asked_to_be_forgotten_is_on_no_new_list_and_a_list_without_them_is_still_scored(acme):
    acme.tombstones.write_text(acme.pseudonym("bo"))
    decisions.record(acme, "02_clv", day(9), listed(acme, "ana", "bo"))
    assert list(lists(acme).values()) == [[acme.pseudonym("ana")]]
    [path] = (acme.record / "lists").glob("*")
    path.write_text("forgotten\n")
    assert decisions.score(acme)[0]["actual"] == 0


def test_a_claim_whose_list_is_gone_is_named_and_the_others_are_scored(acme):
    both = listed(acme, "ana")["claims"] + [claim()]
    decisions.record(acme, "02_clv", day(9), {"claims": both})
    [path] = (acme.record / "lists").glob("*")
    path.unlink()
    with pytest.raises(
        DataError, match=rf"claims: 1 of 2 due .* gone \({path.name} of 'vip @2024-01-09'\).* Put the files back"
    ):
        decisions.score(acme)
    assert [row["actual"] for row in decisions.read(acme, "scores")] == [1.0]


def test_a_claim_is_scored_once_when_its_period_is_complete(acme):
    decisions.record(acme, "04_demand", day(10), {"claims": [claim(), claim(end=21)]})
    [score] = decisions.score(acme)
    assert (score["actual"], score["is_inside"], score["error"], score["naive_error"]) == (1.0, True, 1.0, 3.0)
    assert decisions.score(acme) == []
    assert decisions.track_record(acme) == [
        {"analysis": "04_demand", "live": False, "scored": 1, "inside": 1, "skill": pytest.approx(2 / 3)}
    ]


def test_the_first_claim_for_a_key_stands(acme):
    decisions.record(acme, "04_demand", day(10), {"claims": [claim(predicted=2.0)]})
    decisions.record(acme, "04_demand", day(11), {"claims": [claim(predicted=1.0)]})
    [kept] = decisions.read(acme, "claims")
    assert (kept["predicted"], kept["made_on"]) == (2.0, "2024-01-10")


def test_live_and_replayed_claims_are_kept_apart(acme):
    decisions.record(acme, "04_demand", day(10), {"claims": [claim(end=25)]})
    decisions.record(acme, "04_demand", day(20), {"claims": [claim(end=25)]})
    assert [row["live"] for row in decisions.read(acme, "claims")] == [False, True]


def test_a_decision_done_leaves_the_list_and_its_record_stays(acme):
    decisions.record(
        acme, "03_attribution", day(20), {"decisions": [decision(), decision("e-mail", 2000.0, 1500.0, 2500.0)]}
    )
    best, other = decisions.open_decisions(acme)
    assert (best["subject"], other["subject"]) == ("e-mail", "search ads")
    assert decisions.decide(acme, best["id"], "done", day(21))["subject"] == "e-mail"
    assert [row["subject"] for row in decisions.open_decisions(acme)] == ["search ads"]
    assert len(decisions.read(acme, "decisions")) == 2
    with pytest.raises(DataError, match="no decision 'nope'"):
        decisions.decide(acme, "nope", "done", day(21))


def test_overlapping_decisions_count_once_and_later_ones_replace_earlier(acme):
    decisions.record(acme, "03_attribution", day(10), {"decisions": [decision("old idea")]})
    decisions.record(acme, "03_attribution", day(20), {"decisions": [decision("e-mail", 100.0, 50.0, 150.0)]})
    decisions.record(acme, "05_pricing", day(20), {"decisions": [decision("e-mail", 900.0, 800.0, 1000.0)]})
    assert [(row["subject"], row["analysis"]) for row in decisions.open_decisions(acme)] == [("e-mail", "05_pricing")]


def test_a_later_run_that_decides_nothing_withdraws_what_stood(acme):
    decisions.record(acme, "03_attribution", day(10), {"decisions": [decision()]})
    decisions.record(acme, "03_attribution", day(20), {"decisions": []})
    assert decisions.open_decisions(acme) == []
    decisions.record(acme, "03_attribution", day(20), {"decisions": [decision()]})
    decisions.record(acme, "03_attribution", day(20), {"decisions": []})
    assert decisions.open_decisions(acme) == []


def test_a_wide_interval_shrinks_the_gain_it_is_ranked_by():
    sure, unsure = decision(gain=1000, low=900, high=1100), decision(gain=1200, low=-4000, high=6400)
    assert decisions.shrunken_gain(sure) > decisions.shrunken_gain(unsure) > 0
    assert decisions.shrunken_gain(decision(gain=0, low=0, high=0)) == 0


def test_a_line_that_a_kill_cut_short_is_dropped_and_the_rest_stays(acme):
    decisions.record(acme, "04_demand", day(10), {"claims": [claim()]})
    path = acme.record / "claims.jsonl"
    path.write_text(path.read_text() + '{"id": "torn", "predi')
    assert len(decisions.read(acme, "claims")) == 1
    decisions.record(acme, "04_demand", day(10), {"claims": [claim(end=21)]})
    assert [row["ends_on"] for row in decisions.read(acme, "claims")] == ["2024-01-20", "2024-01-21"]


def test_two_writers_lose_no_line(acme):
    def write(start):
        for end in range(12, 32):
            decisions.record(acme, f"writer {start}", day(10), {"claims": [claim(start=start, end=end)]})

    threads = [threading.Thread(target=write, args=(start,)) for start in (1, 2, 3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(decisions.read(acme, "claims")) == 60


def test_what_was_done_is_told_with_its_terms_the_latest_last(acme):
    both = [
        decision() | {"subject": "price list", "action": {"text": name}, "terms": terms}
        for name, terms in (("a", {"s1": 9.0}), ("b", {"s2": 4.0}))
    ]
    decisions.record(acme, "05_pricing", day(9), {"decisions": both})
    one, other = (row["id"] for row in decisions.read(acme, "decisions"))
    decisions.decide(acme, other, "done", day(10))
    decisions.decide(acme, one, "done", day(12))
    assert decisions.done(acme, "price list", day(12)) == [(day(10), {"s2": 4.0}), (day(12), {"s1": 9.0})]
    assert decisions.done(acme, "price list", day(11)) == [(day(10), {"s2": 4.0})]
    decisions.decide(acme, one, "declined", day(13))
    assert [on for on, _ in decisions.done(acme, "price list", day(13))] == [day(10)]
    assert decisions.done(acme, "budget", day(13)) == []
