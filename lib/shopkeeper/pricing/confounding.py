"""How far an unseen confounder could bend an elasticity: what it would have to explain of prices and of sales, and what that would do.

Prices are set by people who see demand coming. What they saw and the data do not moves both; no regression on the data tells how
much. What can be told is how strong it would have to be, beside what is seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from shopkeeper.pricing.price_model import Cells
from shopkeeper.pricing.within import Regression, clustered, least_squares, poisson, telling, within

Floats = NDArray[np.float64]

_CERTAIN = float(ndtri(0.95))
_OF_PRICE = ("discount", "coupon")  # kinds of promotion that lower the price


class Strength(NamedTuple):
    """Of a confounder: what it explains, 0–1, of what is left of the log price, and of what is left of log sales at that price.

    What is left: within SKU, within market and period, and beside all that is seen. Chance in sales counts as left.
    """

    of_price: float
    of_demand: float


class Bounds(NamedTuple):
    """The elasticities between which the truth lies if a confounder is that strong; low, high with what chance adds (90%)."""

    least: float
    most: float
    low: float
    high: float


@dataclass(frozen=True)
class Association:
    """Poisson with fixed effects, what is seen being held, as its last step: a weighted regression.

    seen: names of the columns beside the log price, which is the first; error: of the elasticity, clustered by SKU.
    """

    regression: Regression
    seen: tuple[str, ...]
    elasticity: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """90%, no confounder being left."""
        return self.elasticity - _CERTAIN * self.error, self.elasticity + _CERTAIN * self.error


def associate(cells: Cells, seen: Sequence[str]) -> Association | None:
    """The elasticity of all SKUs in one, and what it takes to bend it; None where no price moved beside the others of its market and period.

    seen: names of the columns of cells.promoted.
    """
    rows = telling(cells)
    regression = poisson(cells, rows, np.c_[cells.log_price, cells.promoted][rows.cell])
    if not regression.coefficients[:1].any():
        return None
    error = float(np.sqrt(clustered(regression)[0, 0]))
    return Association(regression, tuple(seen), float(regression.coefficients[0]), error)


def strength(found: Association, confounder: Floats) -> Strength:
    """How strong a column of the cells is, that is not among what is seen. All cells of associate's are asked of it."""
    step = found.regression
    column = within(step.telling, step.weight, confounder[step.telling.cell, None])[:, 0]
    return _strength(step, step.columns[:, 1:], column)


def seen_strengths(found: Association) -> pd.DataFrame:
    """One row per column that is seen: name, of_price, of_demand, what it explains beside all others; the one that could bend most first.

    Promotions that are the price itself are no yardstick of what else could be behind it.
    """
    step, told = found.regression, []
    for number, name in enumerate(found.seen, 1):
        if name in _OF_PRICE:
            continue
        others = np.delete(step.columns[:, 1:], number - 1, axis=1)
        told.append((name, *_strength(step, others, step.columns[:, number])))
    table = pd.DataFrame(told, columns=["name", "of_price", "of_demand"])
    bend = table.of_price / (1 - table.of_price).clip(lower=1e-12) * table.of_demand
    return table.loc[bend.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def as_strong(of: Strength, times: float) -> Strength | None:
    """A confounder so many times as strong as one that is seen; None where none can be, since nothing of price would be left.

    Source: Cinelli & Hazlett (2020), JRSS-B 82(1), 39-67, section 4.4, as implemented by sensemakr.
    """
    seen = of.of_price
    of_price = times * seen / max(1 - seen, 1e-12)
    shared = times * seen**2 / max((1 - times * seen) * (1 - seen), 1e-12)
    if times * seen >= 1 or of_price >= 1 or shared >= 1:
        return None
    eta = (np.sqrt(times) + np.sqrt(shared)) / np.sqrt(1 - shared)
    return Strength(of_price, float(min(eta**2 * of.of_demand / max(1 - of.of_demand, 1e-12), 1.0)))


def bounds(found: Association, of: Strength) -> Bounds:
    """Where the elasticity lies if a confounder of that strength is unseen: its bias is at most the one that this strength allows.

    Source: Cinelli & Hazlett (2020), equations 5 and 6; the error is scaled as theirs is, from the clustered one.
    """
    bias = np.sqrt(of.of_demand * of.of_price / (1 - of.of_price)) / _told(found)
    error = found.error * np.sqrt((1 - of.of_demand) / (1 - of.of_price))
    least, most = found.elasticity - bias, found.elasticity + bias
    return Bounds(least, most, least - _CERTAIN * error, most + _CERTAIN * error)


def robustness(found: Association, elasticity: float = 0.0) -> float:
    """What a confounder would have to explain, 0–1, of both prices and sales, for the truth to be that elasticity.

    Source: Cinelli & Hazlett (2020), equation 8.
    """
    size = abs(found.elasticity - elasticity) * _told(found)
    return float((np.sqrt(size**4 + 4 * size**2) - size**2) / 2)


def _told(found: Association) -> float:
    """Deviation of what is left of log prices, over that of what is left of log sales: how well sales tell of a price."""
    step = found.regression
    price = _left(step.columns[:, 1:], step.columns[:, 0], step.weight)
    demand = step.demand - step.columns @ step.coefficients
    return float(np.sqrt((step.weight * price**2).sum() / max((step.weight * demand**2).sum(), 1e-12)))


def _strength(step: Regression, others: Floats, column: Floats) -> Strength:
    price = step.columns[:, [0]]
    return Strength(
        _explained(others, column, price[:, 0], step.weight), _explained(np.c_[price, others], column, step.demand, step.weight)
    )  # fmt: skip


def _explained(beside: Floats, column: Floats, of: Floats, weight: Floats) -> float:
    """Share of what the other columns leave of something that the column explains."""
    left, column = _left(beside, of, weight), _left(beside, column, weight)
    both = (weight * left**2).sum() * (weight * column**2).sum()
    return float((weight * left * column).sum() ** 2 / both) if both > 1e-18 else 0.0


def _left(beside: Floats, of: Floats, weight: Floats) -> Floats:
    return of - beside @ least_squares(beside, of, weight)
