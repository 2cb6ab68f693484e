"""How much more one segment of customers answers to prices than another, from how purchases of a SKU split between them.

What a SKU sold in a period is taken as given: what moves all customers alike, and why its price was what it was, cancels.
Left is who bought it. Segments may like SKUs differently, and come in other numbers to a category in every period; beyond
that, a segment whose share of a SKU's units grows as its price falls answers more.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from shopkeeper.pricing.panel import PricePanel
from shopkeeper.pricing.price_model import Cells, cells_of, told_skus
from shopkeeper.pricing.segment_units import OTHERS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST = 300  # units of a segment, below which it counts among the others
DRAWS = 500
_SPREAD = 0.5  # deviation of a half-normal, before the data: by how much elasticities of segments differ
_GRID = np.linspace(0.0, 2.0, 201)[1:]  # deviations between segments that are looked at
_PROMOTED = 0.5  # share of a cell's days, from which it counts as promoted
_STEPS, _STILL = 20, 1e-4  # of Newton, and the step in an elasticity from which it stands still
_SWEEPS, _NEAR = 200, 1e-5  # of taking levels in turn, and the relative change from which they stand still
_ALIKE = 1e-3  # likewise of what is left of log price, which need not be exact where sums are
_TINY = 1e-9


class Split(NamedTuple):
    """Cells (SKU × period) that sold something: log price, units by segment (cells × segments), and sums by what segments have a level of their
    own in: SKU, category and period, whether in a promotion (each a sparse matrix of what is summed × cells).
    """

    log_price: Floats
    units: Floats
    sums: tuple[Any, ...]
    segments: list[str]


@dataclass(frozen=True)
class SegmentResponse:
    """difference: draws × segments, a segment's elasticity less that of all units together (0 in the mean by units); between: draws, their
    deviation. share: of all units, by segment. measured, error: the difference before it is drawn to 0 (NaN: prices tell nothing).
    """

    segments: list[str]
    share: Floats
    difference: Floats
    between: Floats
    measured: Floats
    error: Floats

    def of(self, segment: str) -> Floats:
        """Draws of the difference of a segment."""
        return np.asarray(self.difference[:, self.segments.index(segment)])


def segment_response(units: pd.DataFrame, panel: PricePanel, seed: int) -> SegmentResponse | None:
    """The differences between segments. units: of segment_units. None where fewer than two have bought 300 units at known prices.

    Each cell's units being given, their split is multinomial; that is Poisson with a level for each cell. Errors are clustered by SKU. Differences
    are then drawn to 0, normal with a deviation that is learnt too.
    Source: Correia, Guimarães & Zylkin (2020), Stata Journal 20(1), 95-115, for the levels; Gelman (2006), Bayesian Analysis 1(3), 515-534, for the deviation.
    """
    split = split_of(units, panel)
    if split is None:
        return None
    measured, covariance = likeliest(split)
    share = split.units.sum(axis=0) / split.units.sum()
    difference, between = _drawn(measured, covariance, share, seed)
    apart = np.eye(len(share)) - share
    error = np.sqrt(np.diag(apart @ covariance @ apart.T))
    return SegmentResponse(split.segments, share, difference, between, apart @ measured, error)


def split_of(units: pd.DataFrame, panel: PricePanel) -> Split | None:
    """The cells with what each segment bought; None where fewer than two groups of customers have bought enough."""
    cells = cells_of(panel)
    bought = _with_small_ones_together(_bought(units, panel, cells))
    if (bought.sum() >= LEAST).sum() < 2:
        return None
    here = np.flatnonzero(bought.sum(axis=1).to_numpy())
    group = np.repeat(np.arange(len(cells.size)), np.diff(cells.first))
    sums = tuple(_sums(of[here]) for of in (cells.sku, group, (cells.event >= _PROMOTED).astype(np.int64)))
    return Split(cells.log_price[here], bought.to_numpy()[here], sums, list(bought.columns))


def _sums(of: Ints) -> Any:
    number = np.unique(of, return_inverse=True)[1]
    return sparse.csr_array((np.ones(len(of)), (number, np.arange(len(of)))))


def _with_small_ones_together(bought: pd.DataFrame) -> pd.DataFrame:
    """The segments that bought enough, and all other customers as one."""
    large = [name for name in bought if name != OTHERS and bought[name].sum() >= LEAST]
    rest = bought.drop(columns=large).sum(axis=1)
    return bought[large].assign(**({OTHERS: rest} if rest.any() else {}))


def _bought(units: pd.DataFrame, panel: PricePanel, cells: Cells) -> pd.DataFrame:
    """Cells × segments, units."""
    keep = told_skus(panel)
    number = pd.Series(np.arange(keep.sum()), panel.skus["sku"][keep])
    group = np.repeat(np.arange(len(cells.period)), np.diff(cells.first))
    place = pd.DataFrame({"number": cells.sku, "period": cells.period[group], "cell": np.arange(len(cells.sku))})
    rows = units[units["sku"].isin(number.index)]
    rows = rows.assign(number=number[rows["sku"]].to_numpy()).merge(place, on=["number", "period"])
    table = rows.pivot_table(index="cell", columns="segment", values="units", aggfunc="sum")
    return table.reindex(np.arange(len(cells.sku))).fillna(0.0)


def likeliest(split: Split) -> tuple[Floats, Floats]:
    """By segment the slope in log price less the first's, whose own is 0, and the covariance of these."""
    count = len(split.segments)
    slope, mean = np.zeros(count), _as_all(split)
    # What is left of log price, in turn in each segment but the first and 0 in the others: cells × segments × slopes.
    price = split.log_price[:, None, None] * np.eye(count)[None, :, 1:]
    known: Floats = np.zeros((count - 1, count - 1))
    for _ in range(_STEPS):
        mean = _levelled(mean, split)
        price = _beside_levels(price, mean, split)
        flat = price.reshape(-1, count - 1)
        known = np.asarray(
            np.linalg.pinv(flat.T @ (flat * mean.reshape(-1, 1)), rcond=1e-9, hermitian=True), np.float64
        )
        step = known @ (flat.T @ (split.units - mean).ravel())
        slope[1:] += step
        mean = mean * np.exp(np.outer(split.log_price, np.r_[0.0, step]))
        if np.abs(step).max() < _STILL:
            break
    covariance = np.zeros((count, count))
    covariance[1:, 1:] = known @ _spread(price, _levelled(mean, split), split, known) @ known
    return slope, covariance


def _spread(price: Floats, mean: Floats, split: Split, known: Floats) -> Floats:
    """Covariance of the sums that slopes follow from, cells of a SKU hanging together as they may.

    A SKU that weighs much draws the slopes to itself, and looks less far off than it is, which is undone; likewise for the levels that are learnt.
    Source: Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181.
    """
    scores = split.sums[0] @ np.einsum("cgh,cg->ch", price, split.units - mean)
    heard = split.sums[0] @ np.einsum("cgh,cgk->chk", price * mean[:, :, None], price).reshape(len(price), -1)
    drawn = np.eye(len(known)) - heard.reshape(-1, *known.shape) @ known
    scores = np.linalg.solve(drawn, scores[:, :, None])[:, :, 0]
    learnt = split.sums[0].shape[0] + split.sums[1].shape[0]
    return np.asarray(scores.T @ scores * len(mean) / max(len(mean) - learnt, 1))


def _as_all(split: Split) -> Floats:
    """Units of each cell, split as all of them are."""
    return np.asarray(np.outer(split.units.sum(axis=1), split.units.sum(axis=0) / split.units.sum()))


def _levelled(mean: Floats, split: Split) -> Floats:
    """Expected units whose sums by cell, and by segment and each of split.sums, are what was bought: scaled to these in turn."""
    for _ in range(_SWEEPS):
        before = mean
        mean = mean * _ratio(split.units.sum(axis=1), mean.sum(axis=1))[:, None]
        for sums in split.sums:
            mean = mean * (sums.T @ _ratio(sums @ split.units, sums @ mean))
        if np.abs(mean - before).sum() < _NEAR * mean.sum():
            break
    return mean


def _beside_levels(columns: Floats, mean: Floats, split: Split) -> Floats:
    """Columns (cells × segments × any) less their means by cell, and by segment and each of split.sums, weighed by what is expected; taken off in turn."""
    weight, left, shape = mean[:, :, None], columns, (len(columns), -1)
    by_cell = mean.sum(axis=1)[:, None, None]
    totals = [_ratio(np.ones(1), sums @ mean) for sums in split.sums]
    for _ in range(_SWEEPS):
        before = left
        left = left - (weight * left).sum(axis=1, keepdims=True) / by_cell
        for sums, total in zip(split.sums, totals, strict=True):
            means = (sums @ (weight * left).reshape(shape)).reshape(-1, *left.shape[1:]) * total[:, :, None]
            left = left - (sums.T @ means.reshape(len(means), -1)).reshape(left.shape)
        if (weight * (left - before) ** 2).sum() < _ALIKE**2 * (weight * left**2).sum():
            break
    return left


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.zeros(below.shape), where=below > 0))


def _drawn(measured: Floats, covariance: Floats, share: Floats, seed: int) -> tuple[Floats, Floats]:
    """Draws of differences that are normal around 0, and of their deviation, given what was measured of them but for a constant."""
    rng = np.random.default_rng(seed)
    contrast = np.eye(len(share))[1:] - np.eye(len(share))[0]
    value, noise = contrast @ measured, contrast @ covariance @ contrast.T
    prior = contrast @ contrast.T
    noise = noise + _TINY * np.trace(prior) * np.eye(len(value))
    logged = (
        np.array([_log_normal(value, noise + deviation**2 * prior) for deviation in _GRID]) - (_GRID / _SPREAD) ** 2 / 2
    )
    chances = np.exp(logged - logged.max())
    between = rng.choice(_GRID, DRAWS, p=chances / chances.sum())
    made = np.array([_differences(value, noise, deviation, contrast, rng) for deviation in between])
    return made - (made @ share)[:, None], between


def _log_normal(value: Floats, covariance: Floats) -> float:
    return float(-(value @ np.linalg.solve(covariance, value) + np.linalg.slogdet(covariance)[1]) / 2)


def _differences(value: Floats, noise: Floats, deviation: float, contrast: Floats, rng: np.random.Generator) -> Floats:
    """A draw given the deviation: one from before the data, moved by what it misses of a measurement with noise drawn anew (Matheron's rule)."""
    before = deviation * rng.standard_normal(contrast.shape[1])
    missed = value - contrast @ before - rng.multivariate_normal(np.zeros(len(value)), noise)
    gain = deviation**2 * contrast.T @ np.linalg.inv(deviation**2 * contrast @ contrast.T + noise)
    return np.asarray(before + gain @ missed)
