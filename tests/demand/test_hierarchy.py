"""Forecasts that add up."""

import numpy as np
import pytest
from scipy import sparse
from shopkeeper.demand.hierarchy import reconcile

SUMS = sparse.csr_matrix([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])


def test_what_errs_least_is_moved_least():
    """Brand 10, SKUs 3 and 4: 3 are missing. By errors' variances 1, 1 and 1 each node takes a third of them."""
    found = reconcile(SUMS, np.array([[10.0], [3.0], [4.0]]), np.ones(3))
    np.testing.assert_allclose(found.ravel(), [9, 4, 5], rtol=1e-6)
    sure = reconcile(SUMS, np.array([[10.0], [3.0], [4.0]]), np.array([1e-6, 2.0, 1.0]))
    np.testing.assert_allclose(sure.ravel(), [10, 5, 5], rtol=1e-4)


def test_nothing_falls_below_0():
    found = reconcile(SUMS, np.array([[1.0], [0.1], [6.0]]), np.array([0.01, 1.0, 1.0]))
    assert 0 <= found.min() < 1e-6
    np.testing.assert_allclose(found[0], found[1:].sum(axis=0), rtol=1e-6)
    assert found[0, 0] == pytest.approx(1, abs=0.1)


def test_many_nodes_add_up():
    luck = np.random.default_rng(2)
    place = np.arange(600)
    middle = sparse.csr_matrix((np.ones(600), (place % 20, place)))
    sums = sparse.vstack([sparse.csr_matrix(np.ones((1, 600))), middle, sparse.eye(600)]).tocsr()
    base = (sums @ luck.gamma(0.2, 1.0, (600, 28))) * luck.lognormal(0, 0.3, (621, 28))
    found = reconcile(sums, base, base.mean(axis=1) + 0.01)
    np.testing.assert_allclose(found, sums @ found[-600:], rtol=1e-6)
    assert found.min() >= 0
