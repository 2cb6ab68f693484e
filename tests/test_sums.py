"""Sums that do not depend on the order of rows, and so not on cores."""

import ibis
import numpy as np
import pandas as pd
import pytest
from shopkeeper.sums import total


def summed(values):
    table = ibis.memtable(pd.DataFrame({"x": values}))
    return table.agg(x=total(table.x)).to_pandas().x.iloc[0]


def test_any_order_gives_the_same_bits():
    values = np.random.default_rng(1).lognormal(3, 2, 50_000).round(2)
    orders = [np.random.default_rng(seed).permutation(values) for seed in range(5)]
    assert len({summed(each) for each in orders}) == 1
    assert len({float(np.cumsum(each)[-1]) for each in orders}) > 1  # what it is for: added one by one they differ
    assert summed(values) == pytest.approx(values.sum(), rel=1e-12)


@pytest.mark.parametrize(("values", "expected"), [([0.1, 0.2, None], 0.3), ([-5.25, 5.25], 0.0), ([7e9, 7e9], 1.4e10)])
def test_it_is_the_sum(values, expected):
    assert summed(values) == pytest.approx(expected, abs=2e-9)


def test_of_nothing_nothing_is_known():
    assert pd.isna(summed(np.array([None, None], float)))
