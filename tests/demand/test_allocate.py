"""Sharing out, against trying everything."""

import itertools

import numpy as np
import pytest
from shopkeeper.demand.allocate import chances, share_out, within_budget


def value(worth: np.ndarray, units: tuple[int, ...] | np.ndarray) -> float:
    """What so many units of each shelf are worth."""
    return sum(row[:n].sum() for row, n in zip(worth, units, strict=True))


def test_sharing_out_equals_brute_force():
    luck = np.random.default_rng(7)
    for _ in range(200):
        shelves, supply = int(luck.integers(1, 4)), int(luck.integers(0, 9))
        worth = np.sort(luck.random((shelves, 9)) * (luck.random((shelves, 9)) < 0.8), axis=1)[:, ::-1]
        given = share_out(supply, worth)
        best = max(
            value(worth, units)
            for units in itertools.product(range(supply + 1), repeat=shelves)
            if sum(units) <= supply
        )
        assert given.sum() <= supply
        assert value(worth, given) == pytest.approx(best)


def test_all_of_it_goes_out_while_anybody_wants_it():
    need = np.array([[3, 0], [5, 1]])
    worth = chances(need, 6)
    assert worth[0].tolist() == [1, 1, 1, 0.5, 0.5, 0]
    assert share_out(4, worth).tolist() == [3, 1] or share_out(4, worth).tolist() == [4, 0]
    assert share_out(20, worth).tolist() == [5, 1]


def test_a_budget_is_never_broken_and_spent_where_it_gains_most():
    kept = within_budget(np.array([100.0, 50.0, 60.0, 10.0]), np.array([90.0, 80.0, 60.0, -5.0]), 115)
    assert kept.tolist() == [False, True, True, False]
