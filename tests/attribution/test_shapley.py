"""Shapley values: the axioms, by hand, as another library has them, and no surer than they are."""

from itertools import permutations

import mam
import numpy as np
import polars as pl
import pytest
from shopkeeper.attribution.paths import channel_sets
from shopkeeper.attribution.shapley import orders_reached, shapley
from touches_by_hand import make_journeys


def table_value(worth):
    """A value function that reads a table, by set as a number in base 2."""
    return lambda kept: worth[kept @ (1 << np.arange(kept.shape[1]))]


def any_worth(n, seed=1):
    return np.random.default_rng(seed).normal(size=2**n)


def test_two_channels_by_hand():
    """Alone 10 and 20, together 50: the first adds 10 or 30, the second 20 or 40."""
    shares, error = shapley(table_value(np.array([0.0, 10, 20, 50])), 2, seed=1)
    assert shares.tolist() == [20, 30]
    assert error.tolist() == [0, 0]


def test_shares_are_the_mean_over_all_orders_of_joining():
    worth, added = any_worth(5), np.zeros(5)
    for order in permutations(range(5)):
        joined = 0
        for channel in order:
            added[channel] += (worth[joined | 1 << channel] - worth[joined]) / 120
            joined |= 1 << channel
    assert shapley(table_value(worth), 5, seed=1)[0] == pytest.approx(added, abs=1e-12)


@pytest.mark.parametrize("n", [1, 8, 12, 13])
def test_shares_add_up(n):
    worth = any_worth(n)
    shares, _ = shapley(table_value(worth), n, seed=1, pairs=20)
    assert shares.sum() == pytest.approx(worth[-1] - worth[0], abs=1e-9)


@pytest.mark.parametrize("n", [6, 14])
def test_a_channel_that_adds_nothing_has_nothing_and_equals_have_the_same(n):
    """Channel 0 adds nothing; 1 and 2 are worth 1 where either is there; the others are worth 1 each."""

    def value(kept):
        return (kept[:, 1] | kept[:, 2]) + kept[:, 3:].sum(axis=1).astype(float)

    shares, error = shapley(value, n, seed=1)
    assert shares == pytest.approx([0, 0.5, 0.5, *[1] * (n - 3)], abs=1e-12)  # a pair of orders has each of them first
    assert error == pytest.approx(np.zeros(n), abs=1e-12)


def test_several_values_of_a_set_are_shared_each():
    one, two = any_worth(4, 1), any_worth(4, 2)
    both, _ = shapley(table_value(np.column_stack([one, two])), 4, seed=1)
    assert both.shape == (4, 2)
    assert both[:, 1] == pytest.approx(shapley(table_value(two), 4, seed=1)[0], abs=1e-12)


def triples(kept):
    """Worth of a set of 14 channels, of which three in a row are worth more together, and the exact shares."""
    runs = kept[:, :-2] & kept[:, 1:-1] & kept[:, 2:]
    return runs @ np.arange(1.0, 13.0)


def test_the_error_of_drawn_orders_is_told():
    """Each triple's worth is divided by three; errors of 60 seeds are as large as told."""
    parts = np.zeros(14)
    for k in range(12):
        parts[k : k + 3] += (k + 1) / 3
    runs = [shapley(triples, 14, seed, pairs=100) for seed in range(60)]
    off = np.array([(shares - parts) / error for shares, error in runs])
    assert abs(off.mean()) < 0.15
    assert 0.85 < off.std() < 1.15


def test_orders_reached_share_each_order_among_its_distinct_channels():
    journeys = make_journeys(("a b a", 1.0), ("b c", 1.0), ("c", 1.0), ("a c", None), ("a b c", 1.0))
    value = orders_reached(channel_sets(journeys).to_pandas(), "abc")
    kept = np.array([[0, 0, 0], [1, 1, 0], [0, 1, 1], [1, 1, 1]], bool)
    assert value(kept).tolist() == [0, 1, 2, 4]
    shares, _ = shapley(value, 3, seed=1)
    assert shares == pytest.approx([1 / 2 + 1 / 3, 1 / 2 + 1 / 2 + 1 / 3, 1 / 2 + 1 + 1 / 3], abs=1e-12)


def test_shares_agree_with_mam_when_given_its_value():
    """Its players are the channels of one journey, its value of a set is the share of orders of journeys of just that set."""
    draw = np.random.default_rng(1)
    paths = [" > ".join(draw.choice(list("abcdef"), draw.integers(1, 7))) for _ in range(1500)]
    frame = pl.DataFrame({"path": paths, "n": [1] * 1500, "converted": draw.random(1500) < 0.4})
    peer = mam.MAM(frame, "grouped_journey", "path", "converted", occurrences_colname="n").run_shapley(max_size=None)
    told = peer.metadata["conv_table"]
    rates = dict(zip(told["combinations"], told["conv_rate"], strict=True))
    ours = dict.fromkeys("abcdef", 0.0)
    for row in told.iter_rows(named=True):
        players = np.array(row["combinations"].split(" > "))
        value = lambda kept, of=players: np.array([rates.get(" > ".join(of[each]), 0.0) for each in kept])  # noqa: E731
        shares, _ = shapley(value, len(players), seed=1)
        for channel, share in zip(players, shares / shares.sum() * row["conversion_value"], strict=True):
            ours[channel] += share
    theirs = peer.to_polars()
    assert ours == pytest.approx(dict(zip(theirs["channels"], theirs["attribution"], strict=True)), abs=1e-9)
