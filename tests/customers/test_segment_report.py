"""What a reader sees of segments: names, offers and rates, and nothing of one to four customers."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.customers.mixture import Mixture
from shopkeeper.customers.segment_profile import Segments
from shopkeeper.customers.segment_report import (
    SEGMENTS,
    groups,
    members,
    movement_rows,
    movement_title,
    plot_segments,
    segment_rows,
    segments_title,
)
from shopkeeper.customers.segments import Segmentation
from shopkeeper.report.words import Words

EN = Words("en", "CNY")
NOBODY = pd.Series(dtype="int64", name="segment")


def segments(labels, agreement=0.9):
    """Explorers (0) and discount hunters (1), by customer."""
    traits = pd.DataFrame([[1.0, -1.0], [-1.0, 1.0]])
    traits.columns = pd.MultiIndex.from_tuples([("new", "yes"), ("discount", "deep")])
    own = pd.Series(labels, name="segment")
    shares = pd.DataFrame(np.array([[0.75004, 0.24996], [0.2, 0.8]])[own], own.index)
    two = Segmentation(
        Mixture(np.array([0.5, 0.5]), np.empty((2, 0)), np.empty((2, 0)), np.empty((2, 0))),
        np.array([0.9, 0.8]),
        pd.Series({1: 2.0, 2: 1.0}),
    )
    return Segments(two, own, shares, NOBODY, NOBODY, traits, agreement)


TWO = segments({"cai": 0, "ana": 1, "bea": 1})


def table(**columns):
    """Of segment_table: two segments, of 60 and 40 customers unless told otherwise."""
    usual = {
        "customers": [60, 40], "share": [0.6, 0.4], "sales": [300.0, 100.0], "margin": [150.0, 50.0], "change": [0.2, -0.2],
        "were": [50, 50], "came": [25, 10], "rate": [0.5, 0.2], "rate_low": [0.4, 0.1], "rate_high": [0.6, 0.3],
        "jaccard": [0.9, 0.8],
    }  # fmt: skip
    return pd.DataFrame({"segment": [0, 1]} | usual | columns)


def hidden(rows):
    """The columns of the second segment that are not told."""
    return {name for name, cell in rows.iloc[1].items() if isinstance(cell, float) and np.isnan(cell)}


def test_a_segment_bears_its_name_its_offer_and_what_sets_it_apart():
    rows = segment_rows(TWO, table(leaving=[7, 9]))
    told = [[EN.text(row[name]) for name in ("what", "apart", "offer")] for _, row in rows.iterrows()]
    assert told == [
        ["New-product explorers", "buy what is new", "first trial of what is new"],
        ["Discount hunters", "buy deep below the usual price", "a coupon from a minimum order on"],
    ]
    assert rows.leaving.tolist() == [7, 9]
    assert set(SEGMENTS) <= set(rows.columns)


def test_who_is_about_to_leave_is_not_known_where_no_probability_held():
    assert segment_rows(TWO, table()).leaving.isna().all()


@pytest.mark.parametrize(
    ("few", "not_told"),
    [
        ({"customers": [60, 5]}, set()),
        ({"customers": [60, 4]}, {"share", "sales", "margin", "change"}),
        ({"were": [50, 5], "came": [25, 5]}, set()),
        ({"were": [50, 4], "came": [25, 0]}, {"rate", "rate_low", "rate_high"}),
        ({"came": [25, 4]}, {"rate", "rate_low", "rate_high"}),
        ({"came": [25, 1]}, {"rate", "rate_low", "rate_high"}),
        ({"came": [25, 0]}, set()),
    ],
)
def test_one_to_four_customers_hide_what_would_tell_of_them(few, not_told):
    rows = segment_rows(TWO, table(leaving=[7, 9], **few))
    assert hidden(rows) == not_told
    assert rows.iloc[0][["sales", "margin", "change", "rate", "rate_low", "rate_high"]].tolist() == [
        300, 150, 0.2, 0.5, 0.4, 0.6,
    ]  # fmt: skip


def test_the_title_names_the_largest_segment_and_the_one_that_brings_most():
    rows = segment_rows(TWO, table())
    assert EN.text(segments_title(rows, TWO)) == (
        "2 ways of buying. The largest, New-product explorers, holds 60% of the customers known well and brings most sales"
    )
    richer = segment_rows(TWO, table(sales=[100.0, 300.0]))
    assert EN.text(segments_title(richer, TWO)) == (
        "2 ways of buying. The largest, New-product explorers, holds 60% of the customers known well; "
        "Discount hunters bring most sales"
    )


def test_without_segments_the_title_says_what_they_need_and_nothing_is_listed():
    assert "they need 200 customers with 3 order days or more" in EN.text(segments_title(pd.DataFrame(), None))
    assert segment_rows(None, pd.DataFrame()).empty
    assert members(None).columns.tolist() == ["customer_id", "segment"]
    assert groups(None)[1] == {}
    assert movement_rows(pd.DataFrame(), None)[0].empty
    assert EN.text(movement_title(pd.DataFrame(), None)) == "Nobody can be followed from month to month here"


def test_bars_are_each_segments_share_of_customers_and_of_sales():
    [axes] = plot_segments(segment_rows(TWO, table()), EN).axes
    customers, sales = axes.containers
    assert [bar.get_width() for bar in customers] == [0.6, 0.4]
    assert [bar.get_width() for bar in sales] == [0.75, 0.25]
    assert [text.get_text() for text in axes.texts] == ["60%", "40%", "75%", "25%"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["New-product explorers", "Discount hunters"]


MOVED = pd.DataFrame([(-1, 0, 6), (-1, 1, 5), (0, 0, 30), (0, 1, 10), (1, 1, 40)], columns=["from", "to", "customers"])


def test_a_move_nobody_made_counts_0_and_each_column_is_named_for_where_they_are_now():
    rows, labels = movement_rows(MOVED, TWO)
    assert rows[["to_0", "to_1"]].to_numpy().tolist() == [[6, 5], [30, 10], [0, 40]]
    assert [EN.text(each) for each in rows.what] == ["not yet known well", "New-product explorers", "Discount hunters"]
    assert {name: (EN.text(words), kind) for name, (words, kind) in labels.items()} == {
        "what": ("30 days before ↓, now →", "text"),
        "to_0": ("New-product explorers", "people"),
        "to_1": ("Discount hunters", "people"),
    }


def test_who_was_not_known_a_month_ago_neither_stayed_nor_moved():
    # 30 + 40 of the 80 known stayed; 11 were not known.
    assert EN.text(movement_title(MOVED, segments({"ana": 0}, agreement=0.95))) == (
        "88% of the customers known a month ago buy as they did then. Drawn anew from that month's data, the segments would "
        "hold 95% of today's customers in the same place"
    )
    assert "hold – of today's" in EN.text(movement_title(MOVED, segments({"ana": 0}, agreement=np.nan)))


def test_the_file_lists_customers_by_id_with_the_key_and_the_shares_of_four_digits():
    assert members(TWO).to_dict("split")["data"] == [
        ["ana", "discount", 0.2, 0.8],
        ["bea", "discount", 0.2, 0.8],
        ["cai", "explorers", 0.75, 0.25],
    ]
    assert members(TWO).columns.tolist() == ["customer_id", "segment", "explorers", "discount"]


def test_groups_are_keys_by_customer_and_what_each_key_is_called():
    keys, names = groups(TWO)
    assert keys.to_dict() == {"cai": "explorers", "ana": "discount", "bea": "discount"}
    assert {key: EN.text(name) for key, name in names.items()} == {
        "explorers": "New-product explorers",
        "discount": "Discount hunters",
    }


def test_the_chart_says_no_share_of_one_to_four_customers():
    drawn = plot_segments(segment_rows(TWO, table(customers=[297, 3], share=[0.99, 0.01])), EN)
    said = [text.get_text() for text in drawn.axes[0].texts]
    assert said == ["99%", "", "100%", ""]
