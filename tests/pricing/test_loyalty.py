"""Who comes back for the same SKU: pairs of purchases beside chance, by hand and in a market of known tastes."""

import ibis
import numpy as np
import pandas as pd
import pytest
from shopkeeper.pricing.loyalty import loyalty, same_again


def bought(*rows):
    """customer, sku, day of January 1970, units; all of one category."""
    table = pd.DataFrame(rows, columns=["customer_id", "sku", "day", "units"]).assign(category="tea")
    days = pd.Timestamp("1970-01-01") + pd.to_timedelta(table.day, "D")
    return ibis.memtable(table.assign(day=days)).mutate(day=ibis._.day.date())


def told(*rows):
    return same_again(bought(*rows)).execute()


def test_a_next_purchase_counts_beside_the_skus_share_of_the_month():
    [row] = told(("ana", "green", 1, 1), ("ana", "green", 5, 1), (None, "black", 9, 2)).to_dict("records")
    assert row == {"category": "tea", "pairs": 1.0, "again": 1.0, "chance": 0.5}  # two of four units were green


def test_what_was_bought_on_one_day_is_one_visit_and_its_next_one_counts_once():
    rows = told(("ana", "green", 1, 1), ("ana", "black", 1, 1), ("ana", "green", 8, 1), ("ana", "white", 8, 1))
    assert rows.pairs.tolist() == [2.0]  # green and black each have one next purchase, half of it green
    assert rows.again.tolist() == [0.5]


def test_who_bought_once_or_is_not_named_tells_nothing():
    assert told(("ana", "green", 1, 1), ("ben", "green", 2, 1), (None, "green", 3, 1), (None, "green", 4, 1)).empty


def test_categories_of_few_pairs_are_drawn_to_the_others():
    rows = pd.DataFrame(
        {"category": ["many", "few"], "pairs": [5000.0, 10.0], "again": [1400.0, 9.0], "chance": [500.0, 1.0]}
    )
    found = loyalty(rows)
    assert found["many"] == pytest.approx(0.2, abs=0.001)  # 900 of 4,500
    assert 0.2 < found["few"] < 0.25  # by itself 8 of 9


def test_less_than_chance_is_no_loyalty_and_without_rows_there_is_none():
    assert loyalty(
        pd.DataFrame({"category": ["tea"], "pairs": [900.0], "again": [10.0], "chance": [300.0]})
    ).tolist() == [0.0]
    assert loyalty(pd.DataFrame({"category": [], "pairs": [], "again": [], "chance": []})).empty


def test_planted_tastes_are_found_again_through_seasons():
    """Customers choose by tastes of their own, and all of them turn to one SKU for a month."""
    draw = np.random.default_rng(4)
    chances = draw.dirichlet(np.full(5, 1.5), 4_000)
    season = np.where(np.arange(12)[:, None] == 6, np.r_[6.0, np.ones(4)], 1.0)
    chosen = [
        draw.random((4_000, 1)) > (share := chances * season[month]).cumsum(axis=1) / share.sum(axis=1)[:, None]
        for month in range(12)
    ]
    sku = np.stack([above.sum(axis=1) for above in chosen], axis=1)
    rows = [(f"c{who}", f"s{sku[who, month]}", 28 * month + 3, 1) for who in range(4_000) for month in range(12)]
    usual = chances.mean(axis=0)
    planted = ((chances**2).mean(axis=0).sum() - (usual**2).sum()) / (1 - (usual**2).sum())
    assert loyalty(told(*rows)).tolist() == pytest.approx([planted], abs=0.02)
