"""What is bought together: expected orders by hand, planted pairs found, chance and heavy baskets not taken for them."""

import numpy as np
import pandas as pd
import pytest
from baskets_by_hand import shop_of, skus_of
from shopkeeper.pricing.complements import (
    baskets_of,
    below,
    complements,
    count_together,
    draw_lifts,
    learn_prior,
    pairs_of,
)

SKUS = [f"s{number}" for number in range(20)]


def drawn(weeks=6, orders=180, together=0.0, seed=3):
    """Baskets of 2 to 6 of twenty SKUs, drawn by chance; s0 takes s1 along in a share of orders."""
    draw = np.random.default_rng(seed)
    made = []
    for number in range(weeks * orders):
        skus = set(draw.choice(SKUS, draw.integers(2, 7), replace=False).tolist())
        if "s0" in skus and draw.random() < together:
            skus.add("s1")
        made.append((number % weeks, f"c{number}", sorted(skus)))
    return made


def test_expected_orders_are_those_of_independence_in_week_and_size(bench):
    """Week 0: of six pairs of a, b, x and y each is as likely in an order of two, and there are four. Week 1: one order, of a and b alone."""
    pairs = ["ax", "ay", "bx", "by"]
    shop = shop_of([*((0, f"c{n}", list(pair)) for n, pair in enumerate(pairs)), (1, "c9", ["a", "b"])])
    counted = count_together(shop, baskets_of(shop, ["a", "b", "x", "y"]), 4)
    [row] = pairs_of(counted, skus_of("abxy")).query("first == 0 and second == 1").to_dict("records")
    assert row["expected"] == pytest.approx(4 / 6 + 1)
    assert (row["orders"], row["customers"]) == (1, 1)


def test_a_planted_pair_is_found_and_no_other(bench):
    found = complements(shop_of(drawn(together=0.8)), skus_of(SKUS), 1)
    [row] = found.rows.to_dict("records")
    assert {row["sku"], row["other"]} == {"s0", "s1"}
    assert row["lift_low"] < row["orders"] / row["expected"] < row["lift_high"]
    assert found.pairs == 20 * 19 / 2


def test_heavy_baskets_are_no_complements(bench):
    assert complements(shop_of(drawn()), skus_of(SKUS), 1).rows.empty


def test_what_goes_along_is_what_lies_beyond_chance_by_unit(bench):
    """s1 is bought three at a time: with a unit of s0 go three of it, for each order beyond chance."""
    baskets = drawn(together=0.8)
    [row] = complements(shop_of(baskets, units={"s1": 3}), skus_of(SKUS), 1).rows.to_dict("records")
    assert (row["sku"], row["other"]) == ("s0", "s1")
    sold = sum("s0" in skus for _, _, skus in baskets)
    assert row["attach"] == pytest.approx((row["lift"] - 1) * row["expected"] * 3 / sold)
    assert row["attach_low"] == pytest.approx((row["lift_low"] - 1) * row["expected"] * 3 / sold)
    [turned] = complements(shop_of(baskets, units={"s0": 3}), skus_of(SKUS), 1).rows.to_dict("records")
    assert (turned["sku"], turned["other"]) == ("s1", "s0")


def test_pairs_of_the_first_half_are_looked_for_in_the_second(bench):
    steady = complements(shop_of(drawn(weeks=6, together=0.8)), skus_of(SKUS), 1).again
    assert (steady.n, steady.above) == (1, 1.0)
    assert steady.found == pytest.approx(steady.told, rel=0.1)
    early, late = drawn(weeks=6, together=0.8), drawn(weeks=6, seed=4)
    fading = [basket for basket in early if basket[0] < 3] + [basket for basket in late if basket[0] >= 3]
    faded = complements(shop_of(fading), skus_of(SKUS), 1).again
    assert faded.told > 1.3
    assert faded.found == pytest.approx(1.0, abs=0.15)
    assert complements(shop_of(late), skus_of(SKUS), 1).again is None


def test_what_one_market_shares_is_left_out(bench):
    shop = shop_of(drawn(together=0.8))
    assert complements(shop, skus_of(SKUS, same=("s0", "s1")), 1).rows.empty
    without = skus_of(SKUS).assign(market=0)  # categories of few SKUs share no demand, but what they hold is alike
    alike = without.assign(category=without.category.where(without["sku"] != "s1", "k2"))
    assert len(complements(shop, without, 1).rows) == 1
    assert complements(shop, alike, 1).rows.empty
    assert len(complements(shop, alike.assign(category=None), 1).rows) == 1


def test_what_few_customers_buy_is_left_out(bench):
    baskets = drawn(together=0.8)
    habit = [(week, "one" if {"s0", "s1"} <= set(skus) else customer, skus) for week, customer, skus in baskets]
    assert complements(shop_of(habit), skus_of(SKUS), 1).rows.empty
    few, enough = ([*drawn(), *((0, f"new{n}", ["x", "y"]) for n in range(count))] for count in (4, 9))
    assert complements(shop_of(few), skus_of([*SKUS, "x", "y"]), 1).rows.empty
    assert len(complements(shop_of(enough), skus_of([*SKUS, "x", "y"]), 1).rows) == 1


def test_what_is_sold_in_a_set_goes_together_because_it_was_put_there(bench):
    baskets = drawn(together=0.8)
    sets = {number for number, (_, _, skus) in enumerate(baskets) if {"s0", "s1"} <= set(skus)}
    assert complements(shop_of(baskets, sets=sets), skus_of(SKUS), 1).rows.empty


def test_orders_of_one_thing_tell_nothing(bench):
    found = complements(shop_of([(0, f"c{n}", ["s0" if n % 2 else "s1"]) for n in range(40)]), skus_of(SKUS), 1)
    assert found.rows.empty
    assert found.pairs == 0
    assert found.again is None


def test_a_planted_mixture_is_learnt_and_its_chances_are_those_of_its_draws():
    draw = np.random.default_rng(2)
    expected = draw.gamma(2, 5, 20_000)
    lift = np.where(draw.random(20_000) < 0.05, draw.gamma(8, 4 / 8, 20_000), draw.gamma(100, 1 / 100, 20_000))
    heard = draw.poisson(lift * expected).astype(float)
    prior = learn_prior(heard, expected)
    means = sorted(prior.shape / prior.rate)
    assert means == pytest.approx([1.0, 4.0], rel=0.1)
    assert prior.share.min() == pytest.approx(0.05, abs=0.01)
    pairs = pd.DataFrame({"heard": [12.0, 12.0], "heard_expected": [9.0, 4.0]})
    draws = np.concatenate([draw_lifts(prior, pairs, seed) for seed in range(60)])
    assert below(prior, pairs) == pytest.approx((draws <= 1).mean(axis=0), abs=0.015)
