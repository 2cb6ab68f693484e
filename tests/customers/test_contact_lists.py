"""Whom to write to: each customer once, a tenth held out, and a gain that is no surer than it is."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from shopkeeper.customers import contact_lists
from shopkeeper.customers.campaigns import campaign_results, pooled_lift
from shopkeeper.customers.contact_lists import (
    LISTS,
    Lift,
    assign,
    assumed,
    decisions,
    list_rows,
    list_table,
    measured,
    to_do,
    with_gain,
    with_holdout,
)
from shopkeeper.report.words import Words, plain, say

AS_OF = dt.date(2024, 6, 30)
WORDS = Words("en", "CNY")
NAMES = {
    "carts": (say("Left in the cart"), plain("Remind them.")),
    "win_back": (plain("Quiet regulars"), plain("20 off.")),
}


def candidates(*rows):
    """Candidates of (customer, list, probability, worth)."""
    return pd.DataFrame(rows, columns=["customer_id", "list", "probability", "worth"])


def a_list(name, n, probability=0.1, worth=40.0, first=0):
    return [(f"c{number:04}", name, probability, worth) for number in range(first, first + n)]


def written(name, n, probability, worth):
    """A list of n customers who are written to, and nobody held out."""
    return candidates(*a_list(name, n)).assign(probability=probability, worth=worth, group="write")


def test_a_customer_stays_where_an_order_more_is_worth_most():
    # 0.2 × 40 = 8 is above 0.1 × 60 = 6 for the first 60; the other 60 are on one list only.
    wanted = candidates(*a_list("win_back", 120, 0.1, 60.0), *a_list("carts", 60, 0.2, 40.0))
    made = assign(wanted)
    assert made["list"].value_counts().to_dict() == {"carts": 60, "win_back": 60}
    assert made.customer_id.is_unique
    assert made[made.customer_id == "c0000"][["list", "probability", "worth"]].values.tolist() == [["carts", 0.2, 40.0]]


def test_equal_worth_goes_by_the_name_of_the_list():
    made = assign(candidates(*a_list("win_back", 60, 0.1, 40.0), *a_list("carts", 60, 0.2, 20.0)))
    assert set(made["list"]) == {"carts"}


def test_customers_of_a_list_that_is_too_small_go_to_their_next_best():
    # Best for 49 is carts, which is too small; 40 of them are on win_back too, which has 10 others: it then has 50.
    wanted = candidates(
        *a_list("carts", 49, 0.3), *a_list("win_back", 40, 0.1), *a_list("win_back", 10, 0.1, first=100)
    )
    assert assign(wanted)["list"].value_counts().to_dict() == {"win_back": 50}


def test_nobody_is_written_to_for_nothing_and_too_few_make_no_list():
    assert assign(candidates(*a_list("carts", 80, 0.1, -5.0), *a_list("win_back", 49))).empty
    assert assign(candidates()).empty


@pytest.mark.parametrize(("size", "held"), [(50, 5), (62, 6), (67, 7), (400, 40), (4, 4)])
def test_a_tenth_is_held_out_and_never_fewer_than_five(size, held):
    made = with_holdout(candidates(*a_list("carts", size)), AS_OF, seed=1)
    assert made.group.value_counts().get("holdout") == held


def test_where_no_order_is_worth_anything_nobody_is_written_to_and_nobody_held_out():
    nobody = with_gain(with_holdout(assign(candidates(*a_list("carts", 60, worth=0.0))), AS_OF, seed=1), Lift(0.1, 0.1))
    assert nobody.empty
    assert list_table(nobody, Lift(0.1, 0.1)).empty


def test_who_is_held_out_hangs_on_seed_day_list_and_customer_alone():
    members = candidates(*a_list("carts", 200), *a_list("win_back", 200, first=200))

    def held(frame, as_of=AS_OF, seed=1):
        made = with_holdout(frame, as_of, seed)
        return set(made[made.group == "holdout"].customer_id)

    assert held(members) == held(members.sample(frac=1, random_state=3)) == held(members[members["list"] == "carts"]) | held(members[members["list"] == "win_back"])  # fmt: skip
    others = [held(members, seed=2), held(members, as_of=AS_OF + dt.timedelta(days=1))]
    assert all(other != held(members) for other in others)


def test_the_lot_does_not_ask_what_a_customer_is_worth():
    members = candidates(*[(f"c{n}", "carts", 0.1, float(n)) for n in range(4000)])
    made = with_holdout(members, AS_OF, seed=1)
    gap = made.groupby("group").worth.mean().diff().iloc[-1]
    assert abs(gap) < 3.3 * made.worth.std() / 400**0.5


def test_the_expected_gain_of_a_customer():
    made = with_gain(candidates(("ana", "carts", 0.2, 50.0)), Lift(0.1, 0.1))
    assert made.expected_gain.tolist() == pytest.approx([1.0])


def test_a_list_counts_those_written_to_only():
    members = pd.concat([written("carts", 90, 0.1, 40.0), written("carts", 10, 0.9, 900.0).assign(group="holdout")])
    [row] = list_table(members, Lift(0.5, 0.1)).itertuples()
    assert (row.customers, row.to_write, row.held_out) == (100, 90, 10)
    assert (row.gain, row.margin) == pytest.approx((90 * 0.1 * 40 * 0.5, 40))


def test_the_interval_holds_what_is_not_known_of_the_lift_and_the_luck_of_who_orders():
    """By hand, of 10,000 customers: sd² = (0.1 × 40,000)² + 0.1 × 1,000 × 40²: so many orders that all is normal."""
    [row] = list_table(written("carts", 10_000, 0.1, 40.0), Lift(0.1, 0.1)).itertuples()
    sd = (4000**2 + 100 * 40**2) ** 0.5
    assert (row.gain_low, row.gain_high) == pytest.approx((4000 - 1.645 * sd, 4000 + 1.645 * sd), abs=0.03 * sd)
    assert row.probability == pytest.approx(0.84, abs=0.01)  # that a normal with sd = mean is above 0
    [sure] = list_table(written("carts", 100, 0.1, 40.0), Lift(0.2, 0.0)).itertuples()
    assert (sure.gain_low, sure.gain_high) == (0, 200)  # Poisson of mean 2: 0 to 5 orders of 40
    assert sure.probability == pytest.approx(1 - np.exp(-2), abs=0.02)


def test_a_lift_below_zero_loses_orders():
    [row] = list_table(written("carts", 1000, 0.1, 40.0), Lift(-0.5, 0.05)).itertuples()
    assert row.gain == pytest.approx(-2000)
    assert row.gain_low < row.gain < row.gain_high < 0
    assert row.probability == 0


def test_the_table_is_the_same_for_any_order_of_rows_and_runs_from_the_largest_gain():
    members = pd.concat([written("carts", 100, 0.1, 40.0), written("win_back", 100, 0.1, 60.0)])
    table = list_table(members, assumed(0.1))
    assert table["list"].tolist() == ["win_back", "carts"]
    pd.testing.assert_frame_equal(table, list_table(members.sample(frac=1, random_state=1), assumed(0.1)))


@pytest.mark.parametrize("size", [60, 2000])
def test_the_interval_of_the_gain_holds_nine_times_in_ten(size):
    """Customers of unlike chances and worths, of whom each brings a Poisson number of orders more, or loses it."""
    members, brought = [], {}
    for seed in range(400):
        draw, name = np.random.default_rng(seed), f"list {seed}"
        one = written(name, size, draw.beta(1, 6, size), draw.lognormal(4, 0.8, size))
        lift = draw.normal(0.4, 0.2)
        extra = np.sign(lift) * draw.poisson(abs(lift) * one.probability)
        members.append(one)
        brought[name] = (extra * one.worth).sum()
    table = list_table(pd.concat(members), Lift(0.4, 0.2)).set_index("list")
    inside = pd.Series(brought).reindex(table.index).between(table.gain_low, table.gain_high)
    assert len(inside) == 400
    assert 0.861 <= np.mean(inside) <= 0.939, np.mean(inside)


def test_an_assumed_lift_may_be_off_by_as_much_as_itself():
    assert assumed(0.1) == Lift(0.1, 0.1, 0)
    assert assumed(-0.1) == Lift(-0.1, 0.1, 0)


@pytest.fixture
def results():
    """One campaign that brought 25% more orders per head."""
    sums = {f"{group}_{what}{power}": n for group, n in (("sent", 900.0), ("held", 80.0)) for what in ("orders", "revenue") for power in ("", "_squares")}  # fmt: skip
    return campaign_results(pd.DataFrame([{"campaign": "a", "sent_on": AS_OF, "sent": 9000, "held_out": 1000} | sums]))


def test_a_measured_lift_lies_between_assumption_and_measurement_by_their_precisions(results):
    found = pooled_lift(results)
    assert found.lift == pytest.approx(0.25)
    lift = measured(assumed(0.1), results)
    weights = np.array([1 / 0.1**2, 1 / found.lift_sd**2])
    assert lift.mean == pytest.approx(np.average([0.1, 0.25], weights=weights))
    assert lift.sd == pytest.approx(weights.sum() ** -0.5)
    assert lift.n_campaigns == 1


def test_an_assumption_that_the_campaigns_refute_counts_no_more(results):
    found = pooled_lift(results)
    refuted = found.lift_low - 0.01
    assert measured(assumed(refuted), results) == Lift(found.lift, found.lift_sd, 1)
    assert measured(assumed(found.lift_low + 0.01), results).mean < found.lift


def test_without_campaigns_the_assumption_stands(results):
    assert measured(assumed(0.1), results.head(0)) == assumed(0.1)


def test_a_decision_says_whom_to_write_what_and_how_it_will_be_told(results):
    members = with_holdout(candidates(*a_list("carts", 100), *a_list("win_back", 100, 0.1, 60.0, 100)), AS_OF, 1)
    first, second = decisions(list_table(members, assumed(0.1)), assumed(0.1), NAMES, 28)
    assert WORDS.text(first.action) == "Write to 90 customers: Quiet regulars. 20 off."
    assert (second.subject, second.amount, second.horizon_days) == ("contact list: carts", 90, 28)
    assert first.gain == pytest.approx(90 * 0.1 * 60 * 0.1)
    assert first.gain_low < first.gain < first.gain_high
    assert "10 customers of the list, drawn by lot" in WORDS.text(first.check)
    assert "after 28 days" in WORDS.text(first.check)
    assert "+10% (90%: −6.4% to +26%): assumed" in WORDS.text(first.assumptions)
    assert "CN¥60.00 of gross profit" in WORDS.text(first.assumptions)
    lift = measured(assumed(0.1), results)
    [told, _] = decisions(list_table(members, lift), lift, NAMES, 28)
    assert "against their holdout (1)" in WORDS.text(told.assumptions)


def test_no_more_than_ten_lists_and_none_that_loses():
    names = {f"l{n:02}": (plain(f"List {n}"), plain("")) for n in range(12)}
    members = pd.concat([written(name, 60, 0.1, 10.0 + n) for n, name in enumerate(names)])
    made = decisions(list_table(members, assumed(0.1)), assumed(0.1), names, 28)
    assert [row.subject for row in made] == [f"contact list: l{n:02}" for n in range(11, 1, -1)]
    loses = Lift(-0.1, 0.01, 3)
    assert decisions(list_table(members, loses), loses, names, 28) == []
    assert "no list is worth writing to" in WORDS.text(
        contact_lists.title(list_rows(list_table(members, loses), names))
    )


def test_the_page_names_lists_offers_and_intervals():
    members = pd.concat([written("carts", 100, 0.1, 40.0), written("win_back", 100, 0.1, 60.0)])
    rows = list_rows(list_table(members, Lift(0.5, 0.1)), NAMES)
    assert set(LISTS) <= set(rows.columns)
    assert [WORDS.text(name) for name in rows["name"]] == ["Quiet regulars", "Left in the cart"]
    assert WORDS.text(contact_lists.title(rows)).startswith(
        "Most should come of writing to 100 customers: Quiet regulars, CN¥300 (90%: CN¥"
    )
    axes = contact_lists.plot_lists(rows, WORDS).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Quiet regulars", "Left in the cart"]
    assert [text.get_text() for text in axes.texts] == ["CN¥300", "CN¥200"]


def test_without_lists_the_page_says_so():
    table = list_table(assign(candidates()).assign(group=[]), assumed(0.1))
    assert decisions(table, assumed(0.1), {}, 28) == []
    assert "No list has 50 customers" in WORDS.text(contact_lists.title(list_rows(table, {})))


def test_what_message_and_offer_may_cost_is_the_gain_by_customer_written_to():
    members = pd.DataFrame({
        "customer_id": [f"c{n}" for n in range(100)], "list": "a", "probability": 0.5, "worth": 20.0,
        "group": ["write"] * 90 + ["holdout"] * 10,
    })  # fmt: skip
    [row] = list_table(members, Lift(0.1, 0.01)).to_dict("records")
    assert row["gain"] == pytest.approx(90)
    assert row["break_even"] == pytest.approx(1)  # 0.5 × 20 × 0.1


def test_the_first_screen_names_the_first_list_and_an_assumed_lift_makes_it_a_trial():
    rows = pd.DataFrame(
        [{"gain": 90.0, "gain_low": -5.0, "gain_high": 200.0, "to_write": 90, "name": say("Bought once")}]
    )
    words = Words("en", "CNY")
    measured_lift, assumed_lift = Lift(0.1, 0.05, n_campaigns=3), Lift(0.1, 0.1)
    told = "write to 90 customers, Bought once ("
    assert words.text(to_do(rows, measured_lift)).startswith(
        f"To do first: {told}CN¥90.00 expected, 90%: −CN¥5.00 to CN¥200"
    )
    assert words.text(to_do(rows, assumed_lift)).startswith(f"To try first: {told}at the assumed effect")
    assert to_do(rows.assign(gain=-1.0), measured_lift) is None
    assert to_do(rows.head(0), measured_lift) is None
