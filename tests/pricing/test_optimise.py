"""The price list: known optima, no rule broken, neighbours and shelves counted, and a limit told as a limit."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.pricing import ladder
from shopkeeper.pricing.optimise import Demand, contribution, price_list, units_at
from shopkeeper.pricing.rules import Rules
from shopkeeper.tables import DataError

FREE = Rules(step=0.5, least_margin=0.0, level=None, keep_endings=False)


def offers_of(price, cost, **columns):
    count = len(price)
    plain = {
        "before": price,
        "market": 0,
        "kept": 1.0,
        "stock": np.inf,
        "competitor": np.nan,
        "is_tried": True,
    } | columns
    return pd.DataFrame({"sku": [f"s{n}" for n in range(count)], "price": price, "cost": cost, **plain})


def demand_of(units, beside, power=1.0, draws=1, unsure=0.0):
    """The same in every draw, slopes but for their unsureness."""
    noise = unsure * np.random.default_rng(5).normal(size=(draws, len(units)))
    return Demand(
        np.tile(units, (draws, 1)).astype(float), np.array(beside) + noise, np.full((draws, len(units)), power)
    )


def test_a_single_sku_gets_the_textbook_price(monkeypatch):
    monkeypatch.setattr(ladder, "MOST", 2_000)
    [row] = price_list(offers_of([15.0], [10.0]), demand_of([100], [-2.5]), FREE).rows.to_dict("records")
    assert row["new"] == pytest.approx(10 * 2.5 / 1.5, rel=1e-3)
    assert row["new_units"] == pytest.approx(100 * (row["new"] / 15) ** -2.5)
    assert row["gain"] == pytest.approx((row["new"] - 10) * row["new_units"] - 500)
    assert row["is_safe"]
    assert not row["is_bound"]


@pytest.mark.parametrize("slope", [-0.4, -1.0])
def test_demand_that_hardly_answers_returns_the_bound_and_says_so(slope):
    [row] = price_list(
        offers_of([20.0], [5.0]), demand_of([100], [slope]), Rules(step=0.1, level=None, keep_endings=False)
    ).rows.to_dict("records")
    assert row["new"] == pytest.approx(22.0)
    assert row["is_bound"]


def test_what_a_cut_takes_from_its_neighbours_is_no_gain():
    pair = offers_of([20.0, 20.0], [8.0, 8.0], market=1)
    shared = price_list(pair, demand_of([100, 100], [-2.5, -2.5], power=0.0), FREE)
    apart = price_list(pair, demand_of([100, 100], [-2.5, -2.5], power=1.0), FREE)
    assert (apart.rows.new < 20).all()  # textbook: 13.33
    assert (shared.rows.new == 30).all()  # nobody is lost, so the step alone ends it
    assert shared.rows.is_bound.all()


def test_market_units_follow_the_nested_logit_by_hand():
    """e^0 and 2^-1 of 100 units each: 150 of 200, to the power of a half less one."""
    pair = offers_of([10.0, 10.0], [1.0, 1.0], market=1)
    units = units_at(pair, demand_of([100, 100], [-1.0, -1.0], power=0.5), np.array([10.0, 20.0]))
    assert units[0].tolist() == pytest.approx([100 * 0.75**-0.5, 50 * 0.75**-0.5])


def test_nothing_is_marked_down_that_is_not_there():
    plenty, few = (
        price_list(offers_of([20.0], [5.0], stock=stock), demand_of([100], [-4.0]), FREE) for stock in (np.inf, 100.0)
    )
    assert plenty.rows.new[0] < 12
    assert few.rows.new[0] == 20.0


def test_a_gain_that_is_not_probable_enough_waits():
    offers, rules = offers_of([20.0], [8.0]), Rules(step=0.2, level=None, keep_endings=False, certain=0.9)
    sure, unsure = (
        price_list(offers, demand_of([100], [-1.9], draws=300, unsure=spread), rules) for spread in (0.05, 1.0)
    )
    assert sure.safe["sku"].tolist() == ["s0"]
    assert unsure.safe.empty
    assert unsure.total.tolist() == [0.0] * 240
    assert unsure.rows.new[0] == 20.0
    assert unsure.rows.best[0] != 20.0  # still told, to be tested


def test_a_price_that_never_moved_is_told_but_not_changed():
    made = price_list(offers_of([15.0], [10.0], is_tried=False), demand_of([100], [-2.5]), FREE)
    assert made.rows.new[0] == 15.0
    assert made.rows.best[0] > 16
    assert made.rows.gain[0] > 10
    assert made.safe.empty


def test_the_price_level_moves_no_further_than_it_may_and_what_brings_least_for_it_waits():
    offers = offers_of([20.0, 20.0, 20.0], [5.0, 5.0, 15.0])
    demand = demand_of([100, 100, 100], [-0.2, -0.9, -1.5], draws=200, unsure=0.01)
    every, level = (
        price_list(offers, demand, Rules(step=0.1, level=of, keep_endings=False)).rows for of in (None, 0.07)
    )
    assert every.is_safe.tolist() == [True, True, True]
    assert level.is_safe.tolist() == [True, False, True]
    assert level.is_waiting.tolist() == [False, True, False]


def test_what_the_level_moved_within_half_a_year_is_taken_off_what_it_may():
    demand, rules = (
        demand_of([100, 100], [-0.2, -0.4], draws=200, unsure=0.01),
        Rules(step=0.1, level=0.05, keep_endings=False),
    )
    raised = {
        before: price_list(offers_of([20.0, 20.0], [5.0, 5.0], before=before), demand, rules).rows.is_safe.sum()
        for before in (22.0, 20.0, 19.0)
    }
    # 10% below, as before, and 5% above already; each change moves the level by 4.8%
    assert raised == {22.0: 1, 20.0: 1, 19.0: 0}


def test_a_price_beyond_the_competitors_band_may_come_nearer_and_go_no_further():
    offers = offers_of([20.0, 20.0], [5.0, 12.0], competitor=[15.0, 26.0])
    low, high = ladder.bounds(offers, Rules(step=0.1, band=0.1))
    assert low.tolist() == pytest.approx([18.0, 20.0])
    assert high.tolist() == pytest.approx([20.0, 22.0])


def test_gains_told_apart_and_together_are_those_of_the_prices():
    offers = offers_of([20.0, 30.0, 25.0], [8.0, 20.0, 5.0], market=1)
    demand = demand_of([100, 50, 80], [-2.5, -1.8, -3.0], power=0.4)
    made = price_list(offers, demand, FREE)
    new, now = made.rows.new.to_numpy(), offers.price.to_numpy()
    assert made.total[0] == pytest.approx(contribution(offers, demand, new)[0] - contribution(offers, demand, now)[0])
    without = np.where(np.arange(3) == 1, now, new)
    assert made.rows.gain[1] == pytest.approx(
        contribution(offers, demand, new)[0] - contribution(offers, demand, without)[0]
    )


def test_no_rule_is_broken_in_ten_thousand_cases():
    draw = np.random.default_rng(8)
    count = 10_000
    price = np.round(draw.uniform(2, 400, count), 2)
    offers = offers_of(
        price, price * draw.uniform(0.2, 1.3, count), market=draw.integers(0, 400, count), kept=draw.uniform(0.6, 1, count),
        stock=np.where(draw.random(count) < 0.3, draw.integers(0, 50, count), np.inf), competitor=np.where(draw.random(count) < 0.3, price * 1.05, np.nan),
    )  # fmt: skip
    demand = demand_of(draw.gamma(2, 20, count), -draw.uniform(0.2, 4, count), power=0.4, draws=2)
    rules = Rules(step=0.12, least_margin=0.15, level=None, band=0.1)
    rows = price_list(offers, demand, rules).rows
    moved = rows[rows.new != rows.price]
    assert len(moved) > 2_000
    assert (abs(moved.new / moved.price - 1) <= 0.12 + 1e-9).all()
    assert (moved.kept * moved.new * (1 - 0.15) >= moved.cost - 1e-9).all()
    rivals = moved.dropna(subset=["competitor"])
    assert len(rivals) > 500
    assert (abs(rivals.new / rivals.competitor - 1) <= 0.1 + 1e-9).all()
    assert (rows.new_units <= rows.stock + 1e-9).all()
    assert rows.is_stuck.any()
    assert (rows.new == rows.price)[rows.is_stuck & (rows.cost > 1.12 * rows.price)].all()


@pytest.mark.parametrize(
    ("column", "value"), [("price", 0.0), ("kept", 0.0), ("cost", -1.0), ("cost", np.nan), ("stock", -2.0)]
)
def test_an_offer_that_no_price_can_be_found_by_is_named(column, value):
    with pytest.raises(DataError, match=rf"{column} of 1 of 2 SKUs .*s0"):
        price_list(
            offers_of([20.0, 20.0], [5.0, 5.0]).assign(**{column: [value, 1.0]}), demand_of([1, 1], [-2, -2]), FREE
        )


@pytest.mark.parametrize(("rule", "value"), [("step", -0.1), ("least_margin", 1.0), ("certain", 0.3), ("band", 2.0)])
def test_a_rule_that_says_nothing_is_named(rule, value):
    with pytest.raises(DataError, match=rule):
        Rules(**{rule: value})
