"""Prices as the brand writes them."""

import numpy as np
import pandas as pd
from shopkeeper.pricing.ladder import MOST, allowed, endings
from shopkeeper.pricing.rules import Rules


def offers_of(*prices, cost=1.0, competitor=np.nan):
    return pd.DataFrame({"price": prices, "cost": cost, "kept": 1.0, "competitor": competitor})


FREE = Rules(least_margin=0.0)


def told(offers, rules=FREE):
    return [row[~np.isnan(row)].tolist() for row in allowed(offers, rules)]


def test_habits_are_told_by_size():
    prices = np.array([129.0, 239.0, 89.0, 59.9, 39.9, 79.9, 9.99, 4.99])
    assert endings(prices) == [(99, 100), (990, 1000), (900, 1000)]


def test_prices_end_as_the_brands_do():
    offers = offers_of(129.0, 239.0, 199.0, 39.9, 52.9)
    assert told(offers)[0] == [119.0, 129.0, 139.0]
    assert told(offers)[4] == [47.9, 48.9, 49.9, 50.9, 51.9, 52.9, 53.9, 54.9, 55.9, 56.9, 57.9]


def test_without_a_habit_every_cent_may_be_asked_but_few_are_tried():
    prices = told(offers_of(20.13, 31.48, 47.72, 55.01))[0]
    assert len(prices) == MOST
    assert prices[0] == 18.12
    assert prices[-1] == 22.14


def test_the_least_margin_and_the_competitor_bound_prices():
    offers = offers_of(20.0, 21.07, 33.31, cost=19.0, competitor=20.5)
    low = told(offers, Rules(least_margin=0.05, band=0.02))[0]
    assert min(low) >= 20.0  # below the band already: no further
    assert max(low) <= 20.91


def test_where_no_price_keeps_the_rules_none_is_offered():
    assert told(offers_of(20.0, 21.07, cost=25.0))[0] == []


def test_a_habit_that_leaves_no_choice_gives_way_to_the_next_finer_one():
    assert told(offers_of(10.0, 20.0, 30.0))[0] == [9.0, 10.0, 11.0]
    assert told(offers_of(29.0, 39.0, 59.0))[0] == [27.0, 28.0, 29.0, 30.0, 31.0]
