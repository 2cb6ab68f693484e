"""What a reader sees of tags: a verdict for each, and how many are likely, also when it is nobody."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.customers import tag_report
from shopkeeper.customers.next_category import NextCategory
from shopkeeper.customers.tag_report import (
    CATEGORIES,
    ERRORS,
    TESTED,
    categories_title,
    category_curve_title,
    category_rows,
    curves_title,
    likely_rows,
    plot_categories,
    plot_curves,
    tags_title,
    tills_told,
)
from shopkeeper.customers.tags import TAGS, Tagged
from shopkeeper.report.words import Words, plain

EN = Words("en", "CNY")
HELD = {
    "customers": 1000.0, "did": 300.0, "rate": 0.3, "predicted": 0.31, "slope": 0.974, "top_error": 0.1,
    "top_ratio": 1.049, "ece": 0.02, "brier": 0.15, "brier_base": 0.21, "brier_recency": 0.18, "auc": 0.8,
    "auc_recency": 0.7, "is_trusted": 1.0,
}  # fmt: skip
WITHHELD = HELD | {"is_trusted": 0.0}
NOTHING = NextCategory(pd.DataFrame(), pd.DataFrame(), pd.DataFrame())


def tagged(name, tested):
    tag = next(tag for tag in TAGS if tag.name == name)
    return Tagged(tag, pd.Series(dtype="float64"), tested, pd.DataFrame())


@pytest.mark.parametrize(
    ("tested", "verdict"),
    [
        (None, "too little is known to learn and test it"),
        (HELD, "held: lists may be made"),
        (WITHHELD | {"top_error": 0.126, "slope": 2.0}, "too rare to test: withheld"),
        (WITHHELD | {"brier": 0.18}, "no better than a simple rule: withheld"),
        (WITHHELD | {"brier": 0.15, "brier_base": 0.15}, "no better than a simple rule: withheld"),
        (WITHHELD | {"slope": 1.3}, "missed: withheld"),
        (WITHHELD, "missed in too many weeks: withheld"),
    ],
)
def test_the_verdict_says_why(tested, verdict):
    [row] = tag_report.tested_rows([tagged("order_30", tested)]).to_dict("records")
    assert (EN.text(row["what"]), EN.text(row["verdict"])) == ("will order within 30 days", verdict)


def test_every_tag_has_a_row_with_all_columns_its_numbers_rounded_and_a_dash_for_none():
    rows = tag_report.tested_rows(
        [tagged("order_30", HELD | {"auc_bgnbd": 0.7996}), tagged("top_90", HELD), tagged("lapse_90", None)]
    )
    assert set(TESTED | ERRORS) <= set(rows.columns)
    exact = ["slope", "top_ratio", "brier", "brier_base", "brier_recency", "auc", "auc_recency", "auc_bgnbd"]
    assert rows[exact].to_numpy().tolist() == [
        ["0.97", "1.05", "0.1500", "0.2100", "0.1800", "0.800", "0.700", "0.800"],
        ["0.97", "1.05", "0.1500", "0.2100", "0.1800", "0.800", "0.700", "–"],
        ["–"] * 8,
    ]
    assert rows.rate.tolist()[:2] == [0.3, 0.3]
    assert set(TESTED | ERRORS) <= set(tag_report.tested_rows([tagged("lapse_90", None)]).columns)


def found(now=(), tested=(), curve=None):
    """now: (customer, category, days, probability); tested: (category, days, test)."""
    return NextCategory(
        pd.DataFrame(now, columns=["customer_id", "category", "days", "probability"]) if now else pd.DataFrame(),
        pd.DataFrame([test | {"category": category, "days": days} for category, days, test in tested]),
        pd.DataFrame() if curve is None else curve,
    )


def test_only_categories_that_did_not_hold_are_listed_with_why():
    rows = category_rows(found(tested=[("tea", 7, HELD), ("cups", 7, WITHHELD | {"slope": 0.5}), ("tea", 3, WITHHELD | {"top_error": 0.5})]))  # fmt: skip
    assert [(row.category, row.days, row.slope, EN.text(row.verdict)) for row in rows.itertuples()] == [
        ("cups", 7, "0.50", "missed: withheld"),
        ("tea", 3, "0.97", "too rare to test: withheld"),
    ]
    assert set(CATEGORIES) <= set(rows.columns)
    assert category_rows(NOTHING).empty


TWO_HORIZONS = [("tea", 7, HELD), ("cups", 7, WITHHELD), ("tea", 30, WITHHELD)]
LIKELY = [
    ("ana", "tea", 7, 0.75), ("ana", "cups", 7, 0.6), ("bea", "tea", 7, 0.5), ("cai", "tea", 7, 0.4999),
    ("dan", "tea", 3, 0.8),
]  # fmt: skip


def test_at_half_and_at_three_quarters_count_themselves_and_a_customer_counts_once():
    rows = likely_rows(found(LIKELY, TWO_HORIZONS)).set_index("days")
    assert rows.loc[7].tolist() == [2, 1, 2, 1, 0.75]
    assert rows.loc[3].tolist() == [0, 0, 1, 1, 0.8]


def test_a_horizon_with_nobody_has_a_row_of_noughts_also_when_none_has_anybody():
    for told in (found(LIKELY, TWO_HORIZONS), found((), TWO_HORIZONS)):
        rows = likely_rows(told).set_index("days")
        assert rows.index.tolist() == [3, 7, 30, 90]
        assert rows.loc[30, ["tested", "trusted", "half", "three_quarters"]].tolist() == [1, 0, 0, 0]
        assert np.isnan(rows.loc[30, "sure"])
    assert rows.half.sum() + rows.three_quarters.sum() == 0


def test_the_title_of_categories_tells_the_shortest_horizon_of_a_week_or_more_that_held():
    assert EN.text(categories_title(found(LIKELY, TWO_HORIZONS))) == (
        "Within 7 days, <5 customers reach 75% in some category and <5 reach 50%; 1 of 2 categories held when tested"
    )
    nobody = found(
        [("ana", "tea", 30, 0.2)], [("tea", 3, HELD), ("tea", 7, WITHHELD), ("tea", 30, HELD), ("tea", 90, HELD)]
    )
    assert EN.text(categories_title(nobody)) == (
        "Within 30 days, 0 customers reach 75% in some category and 0 reach 50%; 1 of 1 categories held when tested"
    )


def test_the_title_of_categories_says_so_when_none_held_or_none_could_be_told():
    none_held = found((), [("tea", 7, WITHHELD)])
    assert EN.text(categories_title(found((), [("tea", 90, HELD)]))).startswith("Within 90 days, 0 customers")
    assert EN.text(categories_title(none_held)) == "No category's probability held when tested, so none is used"
    assert EN.text(category_curve_title(none_held)) == "No category's probability can be drawn"
    assert EN.text(categories_title(NOTHING)).startswith("No next category can be told")


def test_the_title_of_tags_counts_those_that_held_and_ranks_by_ordering_within_30_days():
    ordering = HELD | {"auc": 0.85, "auc_recency": 0.75}
    many = [tagged("top_90", HELD), tagged("order_30", ordering), tagged("lapse_90", WITHHELD), tagged("new_90", None)]
    said = EN.text(tags_title(many))
    assert said.startswith("2 of 4 tags held when tested on days they were not learnt from.")
    assert said.endswith("it ranks the right one higher in 85% of cases; recency alone in 75%")
    beside = [tagged("order_30", ordering | {"auc_bgnbd": 0.8})]
    assert EN.text(tags_title(beside)).endswith("recency alone in 75%, the BG/NBD model in 80%")


def test_without_ordering_the_title_of_tags_ranks_by_the_first_that_held():
    many = [
        tagged("order_30", WITHHELD | {"auc": 0.6}),
        tagged("lapse_90", HELD),
        tagged("top_90", HELD | {"auc": 0.9}),
    ]
    assert "higher in 80% of cases" in EN.text(tags_title(many))
    assert EN.text(tags_title(many[:1])).startswith("No probability held when tested")


CURVE = pd.DataFrame({
    "customers": [10, 30], "predicted": [0.1, 0.5], "observed": [0.2, 0.8], "low": [0.1, 0.7], "high": [0.4, 1.0],
})  # fmt: skip


def test_the_title_of_curves_counts_groups_within_chance_and_weighs_the_gap_by_customers():
    # The first is predicted on the edge of its interval, the second outside; (10 × 0.1 + 30 × 0.3) / 40 = 0.25.
    wider = pd.concat([CURVE.assign(high=0.45), CURVE, CURVE, CURVE, CURVE])
    said = EN.text(curves_title(wider))
    assert "in 5 of 10 groups" in said
    assert said.endswith("where 9 would if every probability were exact; the mean gap is 25%")
    assert "in 1 of 2 groups" in EN.text(curves_title(CURVE.assign(low=0.0, high=[0.05, 0.6])))
    assert EN.text(curves_title(pd.DataFrame())) == "Nothing could be tested yet"


def test_of_categories_the_gaps_are_told_and_no_count_of_intervals_is_called_due():
    said = EN.text(category_curve_title(found((), [("tea", 7, HELD)], CURVE)))
    assert "what came is 25%, the largest of a group 30%" in said
    assert "would if every probability were exact" not in said


def test_each_tag_has_a_panel_whose_points_stand_where_they_were_predicted_and_seen():
    curves = pd.concat([CURVE.assign(tag=tag, what=[plain(tag)] * 2) for tag in ("a", "b", "c")])
    shown = [axes for axes in plot_curves(curves, EN).axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == ["a", "b", "c"]
    points = shown[0].containers[0].lines[0]
    assert points.get_xydata().tolist() == [[0.1, 0.2], [0.5, 0.8]]
    bars = shown[0].containers[0].lines[2][0].get_segments()
    assert np.array(bars)[:, :, 1].tolist() == [pytest.approx([0.1, 0.4]), pytest.approx([0.7, 1.0])]


def test_next_categories_have_a_panel_for_every_horizon():
    curve = pd.concat([CURVE.assign(days=7), CURVE.assign(days=30)])
    panels = [axes.get_title(loc="left") for axes in plot_categories(curve, EN).axes if axes.get_visible()]
    assert panels == ["within 7 days", "within 30 days"]


def test_one_to_four_tills_are_not_counted_out():
    assert EN.text(tills_told(3)).startswith("<5 accounts placed more than a hundred orders")
    assert EN.text(tills_told(12)).startswith("12 accounts")
