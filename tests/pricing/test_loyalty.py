"""Who comes back for the same SKU: pairs of purchases beside chance, by hand and in a market of known tastes."""

import ibis
import numpy as np
import pandas as pd
import pytest
from shopkeeper.pricing.loyalty import loyalty, same_again, shown_beside


def bought(*rows):
    """customer, sku, day of January 1970, units; all of one category."""
    table = pd.DataFrame(rows, columns=["customer_id", "sku", "day", "units"]).assign(category="tea")
    days = pd.Timestamp("1970-01-01") + pd.to_timedelta(table.day, "D")
    return ibis.memtable(table.assign(day=days)).mutate(day=ibis._.day.date())


def told(*rows):
    return same_again(bought(*rows)).execute()


def test_a_next_purchase_counts_beside_the_skus_share_of_the_month():
    [row] = told(("ana", "green", 1, 1), ("ana", "green", 5, 1), (None, "black", 9, 2)).to_dict("records")
    assert row == {"sku": "green", "pairs": 1.0, "again": 1.0, "chance": 0.5}  # two of four units were green


def test_what_was_bought_on_one_day_is_one_visit_and_its_next_one_counts_once():
    rows = told(("ana", "green", 1, 1), ("ana", "black", 1, 1), ("ana", "green", 8, 1), ("ana", "white", 8, 1))
    rows = rows.set_index("sku")
    assert rows.pairs.to_dict() == {"green": 1.0, "black": 1.0}  # each has one next purchase, half of it green
    assert rows.again.to_dict() == {"green": 0.5, "black": 0.0}


def test_who_bought_once_or_is_not_named_tells_nothing():
    assert told(("ana", "green", 1, 1), ("ben", "green", 2, 1), (None, "green", 3, 1), (None, "green", 4, 1)).empty


def test_skus_of_few_pairs_are_drawn_to_what_their_share_of_sales_tells():
    rows = pd.DataFrame(
        {"sku": ["many", "few"], "pairs": [5000.0, 10.0], "again": [1400.0, 9.0], "chance": [500.0, 1.0]}
    )
    found = loyalty(rows).to_dict()
    assert found["many"] == pytest.approx(0.2, abs=0.001)  # 900 of 4,500
    assert 0.2 < found["few"] < 0.3  # by itself 8 of 9
    rare = rows.assign(pairs=[5000.0, 1.0], again=[1400.0, 0.0], chance=[500.0, 0.001])
    assert loyalty(rare)["few"] == pytest.approx(0.02, abs=0.001)  # a hundredth of the share, a tenth of the loyalty


def test_less_than_chance_is_no_loyalty_and_without_rows_there_is_none():
    assert loyalty(pd.DataFrame({"sku": ["tea"], "pairs": [900.0], "again": [10.0], "chance": [300.0]})).tolist() == [
        0.0
    ]
    assert loyalty(pd.DataFrame({"sku": [], "pairs": [], "again": [], "chance": []})).empty


def test_what_a_loyal_sku_shows_beside_its_neighbours_by_hand():
    """Three SKUs, customers of their own tastes, whose baskets follow prices by half: what one price moves, exactly."""
    likes = np.random.default_rng(1).dirichlet([0.5, 1, 2], 500)
    share, (first, *_) = likes.mean(axis=0), likes.T
    given = first @ first / first.sum()  # what its buyers give the first SKU anyway
    own, neighbours = -2 * (1 - 0.5 * given), 2 * 0.5 * (first @ (1 - first)) / (1 - first).sum()
    loyal = (given - share[0]) / (1 - share[0])
    beside = -2 * shown_beside(np.array([loyal]))[0]
    assert beside == pytest.approx(own - neighbours)
    power = 0.5 * -2 / beside  # the market gains what it would without loyalty
    assert beside * (1 - (1 - power) * share[0]) == pytest.approx(own)


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
    planted = ((chances**2).mean(axis=0) / usual - usual) / (1 - usual)
    assert loyalty(told(*rows)).sort_index().tolist() == pytest.approx(planted.tolist(), abs=0.02)
