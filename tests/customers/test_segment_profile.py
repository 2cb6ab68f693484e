"""Segments over time: labels mean the same from month to month, and movements count people."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.customers.mixture import fit, memberships, tell
from shopkeeper.customers.segment_profile import Segments, agreement, movement, traits
from shopkeeper.customers.segment_report import members, movement_rows, movement_title, segment_rows
from shopkeeper.customers.segments import Segmentation
from shopkeeper.report.words import Words

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
