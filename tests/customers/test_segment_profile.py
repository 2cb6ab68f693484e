"""Segments over time: labels mean the same from month to month, and movements count people."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from by_hand import imported, lay_out, orders_csv
from shopkeeper.customers.mixture import fit, memberships, tell
from shopkeeper.customers.past import Past
from shopkeeper.customers.segment_names import name_segments
from shopkeeper.customers.segment_profile import (
    Segments,
    agreement,
    movement,
    segment_customers,
    segment_table,
    traits,
)
from shopkeeper.customers.segment_report import members, movement_rows, movement_title, segment_rows
from shopkeeper.customers.segments import Segmentation, known_customers
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop

EN = Words("en", "CNY")


def evidence(seed, ways=([0.9, 0.1], [0.1, 0.9]), customers=300):
    """Customers of two ways of answering one question, ten times each."""
    draw = np.random.default_rng(seed)
    own = np.arange(customers) % len(ways)
    counts = np.array([draw.multinomial(10, ways[way]) for way in own])
    names = pd.Index([f"c{n:03d}" for n in range(customers)], name="customer_id")
    wide = pd.DataFrame(counts, names, ["yes", "no"])
    long = wide.stack().rename("times").rename_axis(["customer_id", "choice"]).reset_index().assign(question="new")
    return tell(long[long.times > 0], pd.DataFrame({"gap": 1.0 + own, "gap_spread": 0.5}, index=names))


def segmentation(known, seed=1):
    return Segmentation(fit(known, 2, seed), np.array([0.9, 0.9]), pd.Series({1: 2.0, 2: 1.0}))


def test_a_month_ago_the_same_segments_under_other_numbers_agree():
    now, before = evidence(1), evidence(2)
    found = segmentation(now)
    labels = pd.Series(memberships(found.mixture, now).argmax(axis=1), now.customers)
    swapped = pd.Series(1 - labels, now.customers)
    assert agreement(found, before, now, labels, seed=3) > 0.97
    assert agreement(found, before, now, swapped, seed=3) > 0.97  # numbers are matched, not compared
    mixed = pd.Series(np.arange(300) // 2 % 2, now.customers)
    assert agreement(found, before, now, mixed, seed=3) == pytest.approx(0.5, abs=0.05)


def segments(now, before):
    """Two segments, with today's labels and those of a month ago."""
    index = pd.Index([f"c{n}" for n in range(len(now))], name="customer_id")
    labels, month = pd.Series(now, index), pd.Series(before, index).dropna().astype(int)
    two = pd.DataFrame(
        [[1.0, -1.0], [-1.0, 1.0]], columns=pd.MultiIndex.from_tuples([("new", "yes"), ("discount", "deep")])
    )
    shares = pd.DataFrame(np.eye(2)[labels], index)
    return Segments(segmentation(evidence(1)), labels, shares, month, month, two, 0.9)


def test_movement_counts_who_was_where_and_who_was_not_known_yet():
    found = segments([0] * 6 + [1] * 6, [0] * 5 + [1] + [0] + [1] * 4 + [None])
    counted = movement(found).set_index(["from", "to"]).customers
    assert counted.to_dict() == {(0, 0): 5, (0, 1): 1, (1, 0): 1, (1, 1): 4, (-1, 0): 0, (-1, 1): 1}
    rows, _ = movement_rows(movement(found), found)
    assert [EN.text(what) for what in rows.what] == ["not yet known well", "New-product explorers", "Discount hunters"]
    assert EN.text(movement_title(movement(found), found)).startswith("82% of the customers")  # 9 of 11


def test_each_customer_is_listed_with_memberships_that_sum_to_1():
    table = members(segments([0, 1, 1], [0, 1, 1]))
    assert list(table.columns) == ["customer_id", "segment", "explorers", "discount"]
    assert table.segment.tolist() == ["explorers", "discount", "discount"]
    assert table[["explorers", "discount"]].sum(axis=1).tolist() == [1, 1, 1]


def test_traits_are_standard_deviations_from_all_customers():
    known = evidence(1)
    shares = np.eye(2)[np.arange(300) % 2]
    lift = traits(known, shares)
    own = (known.counts["new", "yes"] / 10).to_numpy()
    by_hand = (own[::2].mean() - own.mean()) / own.std()
    assert lift.loc[0, ("new", "yes")] == pytest.approx(by_hand)
    assert lift.loc[0, ("new", "yes")] == pytest.approx(-lift.loc[1, ("new", "yes")])


def test_nothing_is_told_of_one_to_four_customers():
    found = segments([0] * 9 + [1] * 4, [0] * 9 + [1] * 4)
    table = pd.DataFrame({
        "segment": [0, 1], "customers": [9, 4], "sales": [900.0, 400.0], "margin": [450.0, 200.0], "change": [0.0, 0.0],
        "were": [9, 4], "came": [6, 4], "rate": [0.6, 1.0], "rate_low": [0.3, 0.5], "rate_high": [0.8, 1.0],
    })  # fmt: skip
    small = segment_rows(found, table).iloc[1]
    assert small[["sales", "margin", "change", "rate", "rate_low", "rate_high"]].isna().all()
    assert segment_rows(found, table).iloc[0].sales == 900


def three(*choices, **amounts):
    """Evidence of ana, bea and cai: (customer, question, choice, times), and their amounts."""
    names = pd.Index(["ana", "bea", "cai"], name="customer_id")
    weekend = [("ana", "weekend", "yes", 1), ("bea", "weekend", "no", 1)]
    rows = pd.DataFrame([*weekend, *choices], columns=["customer_id", "question", "choice", "times"])
    return tell(rows, pd.DataFrame(amounts, names))


@pytest.mark.parametrize(
    ("question", "usual", "choice", "broad"),
    [
        ("hour", "12", "8", "day"), ("hour", "12", "17", "day"), ("hour", "12", "7", "else"), ("hour", "12", "19", "else"),
        ("hour", "12", "20", "evening"), ("hour", "12", "2", "evening"), ("hour", "12", "3", "else"),
        ("basket", "1", "2", "small"), ("basket", "1", "4", "large"), ("units", "1", "2", "small"), ("units", "1", "more", "large"),
    ],
)  # fmt: skip
def test_hours_and_sizes_are_told_in_two_or_three_kinds(question, usual, choice, broad):
    known = three(("ana", question, choice, 1), ("bea", question, usual, 1), gap=[1.0] * 3, gap_spread=[1.0] * 3)
    kinds = {"day" if question == "hour" else "small", broad}
    assert set(traits(known, np.eye(3))[question].columns) == kinds


def test_choices_of_a_kind_are_summed_up_and_who_did_not_answer_is_like_all():
    # Evening: 1, 0 and, of cai who never said, 4 of all 8: two of them √1.5 standard deviations from the mean.
    known = three(
        ("ana", "hour", "21", 2), ("ana", "hour", "2", 2), ("bea", "hour", "7", 2), ("bea", "hour", "18", 2),
        gap=[1.0, 3.0, 2.0], gap_spread=[1.0, 2.0, 0.0],
    )  # fmt: skip
    assert traits(known, np.eye(3))["hour", "evening"].tolist() == pytest.approx([1.5**0.5, -(1.5**0.5), 0])


def test_the_regular_come_in_short_and_even_gaps_and_the_rare_after_long_ones():
    # In standard deviations gaps are -a, a, 0 and their spreads 0, a, -a, so regular is a/2, -a, a/2.
    known = three(gap=[1.0, 3.0, 2.0], gap_spread=[1.0, 2.0, 0.0], spend=[5.0, 4.0, 3.0])
    lift = traits(known, np.eye(3))
    assert lift["rhythm", "regular"].tolist() == pytest.approx([0.5**0.5, -(2**0.5), 0.5**0.5])
    assert lift["rhythm", "rare"].tolist() == pytest.approx([-(1.5**0.5), 1.5**0.5, 0])
    assert lift["spend", "high"].tolist() == pytest.approx([1.5**0.5, 0, -(1.5**0.5)])
    assert lift["spend", "low"].tolist() == pytest.approx([-(1.5**0.5), 0, 1.5**0.5])


def test_a_customer_counts_in_each_segment_by_its_share():
    # Of ana (rare by -√1.5), bea (√1.5) and half of cai (0) each: 1 of 1.5.
    lift = traits(three(gap=[1.0, 3.0, 2.0], gap_spread=[1.0, 2.0, 0.0]), np.array([[1, 0], [0, 1], [0.5, 0.5]]))
    assert lift["rhythm", "rare"].tolist() == pytest.approx([-(1.5**0.5) / 1.5, 1.5**0.5 / 1.5])


def test_the_table_counts_customers_sales_of_a_year_and_who_came_back_in_a_quarter(bench):
    imported("acme", {"orders.csv": orders_csv(
        ("1", "ana", "2024-01-02", 100), ("2", "ana", "2024-10-03", 50), ("3", "bea", "2024-01-01", 70),
        ("4", "cai", "2024-10-02", 30), ("5", "dan", "2024-12-31", 900),
    )})  # fmt: skip
    shop = Shop("acme", "2024-12-31")

    def by_customer(**of):
        return pd.Series({shop.brand.pseudonym(name): value for name, value in of.items()})

    labels = by_customer(ana=0, bea=0, cai=1)
    found = Segments(segmentation(evidence(1)), labels, pd.DataFrame(), by_customer(ana=0), labels, pd.DataFrame(), 0.9)
    first, second = segment_table(shop, found, by_customer(ana=0.5, bea=0.49, cai=0.9)).to_dict("records")
    counted = ("customers", "before", "were", "came", "leaving")
    assert [first[name] for name in counted] == [2, 1, 2, 1, 1]
    assert [second[name] for name in counted] == [1, 0, 1, 0, 1]
    # bea's order lies 365 days back, cai's 90: no longer in them.
    assert [(each["sales"], each["margin"], each["rate"]) for each in (first, second)] == [(150, 75, 0.5), (30, 15, 0)]
    assert (first["share"], first["change"], first["jaccard"]) == (pytest.approx(2 / 3), 1, 0.9)
    assert np.isnan(second["change"])
    assert "leaving" not in segment_table(shop, found)
    assert segment_table(shop, None).empty


@pytest.fixture(scope="module")
def moving(tmp_path_factory):
    """The segments of a shop of daytime and evening customers, of whom a few move and a few are new; who is who."""
    draw, lines = np.random.default_rng(1), []

    def order(who, day, is_late):
        at = f"{dt.date(2023, 1, 1) + dt.timedelta(days=int(day))} {'21' if is_late else '10'}:00"
        lines.append((f"o{len(lines)}", who, at, 20 + int(draw.integers(5))))

    for number in range(210):
        for day in draw.choice(360, 8, replace=False):
            order(f"{'evening' if number % 2 else 'daytime'} {number}", day, (draw.random() < 0.95) == number % 2)
    for number in range(6):
        for day in (100, 200, 250, *range(372, 399, 3)):
            order(f"mover {number}", day, day > 300)
        for day in (372, 380, 399):
            order(f"newcomer {number}", day, True)
    with pytest.MonkeyPatch.context() as monkeypatch:
        lay_out(tmp_path_factory.mktemp("bench"), monkeypatch)
        imported("shop", {"orders.csv": orders_csv(*lines)})
        past = Past(Shop("shop", "2024-02-04"))
        found = segment_customers(past, known_customers(past, past.shop.as_of), seed=1)
        who = {past.shop.brand.pseudonym(line[1]): line[1].split()[0] for line in lines}
        yield past, found, who


def test_segments_follow_customers_from_month_to_month(moving):
    _, found, who = moving
    counts = {
        name: pd.crosstab(labels.index.map(who), labels.to_numpy()).reindex(columns=[0, 1], fill_value=0)
        for name, labels in (("now", found.labels), ("month", found.month_ago), ("quarter", found.quarter_ago))
    }
    late = counts["now"].loc["evening"].idxmax()
    for then in counts.values():
        assert then.loc["evening", late] >= 103
        assert then.loc["daytime", 1 - late] >= 103
    assert [then.loc["mover", late] for then in counts.values()] == [6, 0, 0]
    assert counts["now"].loc["newcomer", late] == 6
    assert "newcomer" not in counts["month"].index
    moves = movement(found).set_index(["from", "to"]).customers
    assert moves[-1, late] == 6
    assert moves[1 - late, late] >= 6
    assert found.agreement > 0.97


def test_too_few_customers_have_no_segments(moving):
    past, _, _ = moving
    known = known_customers(past, past.shop.as_of)
    assert segment_customers(past, known.some(np.arange(199)), seed=1) is None


def test_a_month_ago_when_fewer_than_ten_a_segment_were_known_tells_no_agreement():
    now = evidence(1)
    found, labels = segmentation(now), pd.Series(np.arange(300) % 2, now.customers)
    assert np.isnan(agreement(found, None, now, labels, seed=3))
    assert np.isnan(agreement(found, now.some(np.arange(19)), now, labels, seed=3))
    assert not np.isnan(agreement(found, now.some(np.arange(20)), now, labels, seed=3))
    nowhere = pd.Series(dtype="int64")
    assert movement(Segments(found, labels, pd.DataFrame(), nowhere, nowhere, pd.DataFrame(), np.nan)).empty


def random_evidence(spend=None):
    """300 customers who all order between eight in the morning and six in the evening."""
    draw = np.random.default_rng(0)
    names = pd.Index([f"c{n:03d}" for n in range(300)], name="customer_id")
    hours = [
        (who, "hour", str(8 + hour), times)
        for who in names
        for hour, times in enumerate(draw.multinomial(draw.integers(3, 40), [0.1] * 10))
        if times
    ]
    amounts = pd.DataFrame({"gap": draw.normal(2, 0.5, 300), "gap_spread": draw.normal(1, 0.1, 300)}, names)
    choices = pd.DataFrame(hours, columns=["customer_id", "question", "choice", "times"])
    return tell(choices, amounts if spend is None else amounts.assign(spend=spend))


def test_what_all_customers_do_alike_is_no_trait_however_it_is_rounded():
    lift = traits(random_evidence(), np.random.default_rng(1).dirichlet([0.3] * 3, 300))
    assert lift["hour", "day"].isna().all()


def test_one_customer_without_a_spend_hides_nobody_elses():
    own = np.arange(300) % 3
    spend = 3.0 + 2 * own
    spend[0] = np.nan
    lift = traits(random_evidence(spend), np.eye(3)[own])
    assert lift["spend", "high"].tolist() == pytest.approx([-1.22, 0, 1.22], abs=0.02)
    assert [name.key for name in name_segments(lift)][::2] == ["small", "large"]
