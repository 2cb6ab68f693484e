"""Sales by price within SKU, and within market and period: what is left of columns there, and the Poisson regression on them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.pricing.price_model import Cells

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SWEEPS, _NEAR = 2_000, 1e-9  # of taking means off in turn, and what is left of them, relative to the columns
_STEPS, _STRIDE = 50, 3.0  # of the regression, and the most by which the log of expected sales moves in one
_UNMOVED = 1e-8  # share of a column's variation that has to be left for it to count as no fixed effect's copy


class Telling(NamedTuple):
    """The cells that have others, with sales, in their SKU and in their market and period: number of each, and of its SKU and period, from 0."""

    cell: Ints
    sku: Ints
    group: Ints


class Regression(NamedTuple):
    """The last step of a Poisson regression, which is a weighted linear one.

    weight: expected sales; demand, columns: what is left of the linearised log sales and of each column within SKU and period;
    coefficients of the columns; off: sold less expected.
    """

    telling: Telling
    weight: Floats
    demand: Floats
    columns: Floats
    coefficients: Floats
    off: Floats


def telling(cells: Cells, known: NDArray[np.bool_] | None = None) -> Telling:
    """The cells that tell something; known: those that may."""
    group = np.repeat(np.arange(len(cells.size)), np.diff(cells.first))
    cell = np.flatnonzero(np.ones(len(group), bool) if known is None else known)
    while True:
        keep = np.ones(len(cell), bool)
        for by in (cells.sku[cell], group[cell]):
            keep &= (np.bincount(by)[by] > 1) & (np.bincount(by, cells.sold[cell])[by] > 0)
        if keep.all():
            break
        cell = cell[keep]
    numbered = [np.unique(by[cell], return_inverse=True)[1].astype(np.int64) for by in (cells.sku, group)]
    return Telling(cell, *numbered)


def within(rows: Telling, weight: Floats, columns: Floats) -> Floats:
    """What is left of columns (rows × columns) when weighted means of SKUs and of periods are taken off."""
    left = columns.copy()
    scale = np.maximum(np.abs(columns).max(axis=0, initial=0.0), 1e-300)
    for _ in range(_SWEEPS if len(rows.cell) else 0):
        moved = 0.0
        for by in (rows.sku, rows.group):
            total = np.bincount(by, weight)
            mean = np.stack([np.bincount(by, weight * each) / total for each in left.T], axis=1)
            left -= mean[by]
            moved = max(moved, float((np.abs(mean) / scale).max(initial=0.0)))
        if moved < _NEAR:
            break
    return left


def poisson(cells: Cells, rows: Telling, columns: Floats) -> Regression:
    """Expected sales by columns (rows × columns), with the level of each SKU and of each market and period.

    A column that the levels tell already gets 0. Source: iteratively reweighted least squares as in Correia, Guimarães & Zylkin
    (2020), Stata Journal 20(1), 95-115.
    """
    sold, usual = cells.sold[rows.cell], cells.usual[rows.cell]
    logged = np.log((sold + sold.mean()) / 2)
    coefficients = np.full(columns.shape[1], np.inf)
    for _ in range(_STEPS):
        weight = np.exp(logged)
        working = logged - usual + (sold - weight) / weight
        left = within(rows, weight, np.c_[working, columns])
        found = least_squares(left[:, 1:], left[:, 0], weight)
        fitted = usual + working - (left[:, 0] - left[:, 1:] @ found)
        logged = np.clip(fitted, logged - _STRIDE, logged + _STRIDE)  # or a far first step overflows
        if np.abs(found - coefficients).max(initial=0.0) < 1e-8:
            break
        coefficients = found
    return Regression(rows, weight, left[:, 0], left[:, 1:], found, sold - weight)


def least_squares(columns: Floats, of: Floats, weight: Floats) -> Floats:
    """Coefficients of weighted least squares; 0 for a column without variation of its own."""
    root = np.sqrt(weight)[:, None]
    size = np.sqrt(((root * columns) ** 2).sum(axis=0))
    moves = size > _UNMOVED
    found = np.zeros(columns.shape[1])
    scaled = root * columns[:, moves] / size[moves]
    found[moves] = np.linalg.lstsq(scaled, root[:, 0] * of, rcond=1e-9)[0] / size[moves]
    return found


def clustered(step: Regression) -> Floats:
    """Covariance of the coefficients, errors of a SKU's cells being of one kind however they hang together."""
    inverse = np.linalg.pinv((step.columns * step.weight[:, None]).T @ step.columns, rcond=1e-12, hermitian=True)
    scores = by_sku(step.telling, step.columns * step.off[:, None])
    return np.asarray(inverse @ (scores.T @ scores) @ inverse * few(step.telling, step.columns.shape[1]))


def few(rows: Telling, columns: int) -> float:
    """By how much clustered variances are too small, for few SKUs and for levels of periods that are learnt too."""
    cells, skus, learnt = len(rows.cell), rows.sku.max() + 1, columns + rows.group.max() + 1
    return float(skus / max(skus - 1, 1) * (cells - 1) / max(cells - learnt, 1))


def by_sku(rows: Telling, columns: Floats) -> Floats:
    """Sums over the cells of each SKU: SKUs × columns."""
    return np.stack([np.bincount(rows.sku, each) for each in columns.T], axis=1)
