"""Maximum likelihood of the models of repeat buying, on customers collapsed to those alike."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from shopkeeper.clv.models import Floats, Histories, Theta, histories
from shopkeeper.clv.slopes import slopes

WEEK = 7
_MOST_ROWS = 20_000  # of which a search is quick; of more, weeks are searched first
_EDGE = 12.0  # the logarithms of parameters are sought within ± this
_STEP = 1e-4  # of a difference quotient, in logarithms
_NEAR = 0.1  # the longest of the last steps
_FLAT = 1e-6  # slope of the mean log-likelihood from which on a top is no top


@dataclass(frozen=True)
class Fit:
    """Parameters of the greatest likelihood (days), its logarithm, and whether a top was found inside the range.

    spread: covariance of the logarithms of the parameters, from the curvature at the top.
    """

    model: str
    theta: tuple[float, float, float, float]
    log_likelihood: float
    is_converged: bool
    spread: Floats

    def of_cells(self) -> Theta:
        """The parameters as models take them: the first a number, the others one of each cell; here there is one."""
        first, second, third, fourth = self.theta
        return first, np.array([second]), np.array([third]), np.array([fourth])


def collapse(customers: pd.DataFrame, days: int = 1) -> pd.DataFrame:
    """Customers alike in frequency, recency and T, and in cell where they have one, counted in n.

    days: of T and recency that are not told apart. In weeks, T stands at the middle of its week, and recency too, but
    at 0 where there was no repeat order, and never beyond T.
    """
    kept = [name for name in ("cell", "frequency", "recency", "T") if name in customers]
    rows = customers[kept].astype("float64")
    if days > 1:
        middles = (rows[["recency", "T"]] // days + 0.5) * days
        rows = rows.assign(T=middles["T"], recency=middles.recency.where(rows.frequency > 0, 0.0))
    counted = customers.get("n", pd.Series(1, customers.index)).groupby([rows[name] for name in kept], sort=True).sum()
    return counted.rename("n").reset_index()


def maximum_likelihood(model: str, rows: pd.DataFrame) -> Fit:
    """The parameters under which the rows (of collapse) are likeliest. Many rows are first searched by the week."""
    whole = histories(rows)
    if len(rows) <= _MOST_ROWS:
        top, curve = _climb(model, whole, _start(model, whole))
        return _fitted(model, whole, top, curve)
    weeks = collapse(rows, days=WEEK)
    top, curve = _climb(model, histories(weeks), _start(model, whole))
    for _ in range(3):  # Newton's steps, the curvature being that of the weeks
        top = top - np.linalg.solve(curve, _loss(model, top, whole)[1])
    return _fitted(model, whole, top, curve)


def _start(model: str, data: Histories) -> Floats:
    """Logarithms of r, alpha and of a, b or s, beta, from how much is ordered in how many days."""
    days = float(np.average(data.T, weights=data.n)) or 1.0
    pace = float(np.average(data.x[data.pair], weights=data.n)) + 0.1
    alpha = 0.5 * days / pace
    return np.log([0.5, alpha, 0.7, 2 * alpha if model == "pareto_nbd" else 2.0])


def _loss(model: str, at: Floats, data: Histories) -> tuple[float, Floats]:
    """Less the mean log-likelihood of a customer at these logarithms of parameters, and its slope."""
    first, second, third, fourth = np.exp(at)
    theta = float(first), np.array([second]), np.array([third]), np.array([fourth])
    found = slopes(model, theta, data)
    by_parameter = np.array([found.first, *(each[0] for each in found.others)])
    return -found.total / data.n.sum(), -by_parameter * np.exp(at) / data.n.sum()


def _climb(model: str, data: Histories, start: Floats) -> tuple[Floats, Floats]:
    """The top, and the curvature of the loss there."""
    found = minimize(
        lambda at: _loss(model, at, data), start, jac=True, method="L-BFGS-B", bounds=[(-_EDGE, _EDGE)] * len(start),
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-9},
    )  # fmt: skip
    top = found.x
    curve = _curvature(model, top, data)
    for _ in range(2):  # Newton's steps, for the last digits
        if np.linalg.eigvalsh(curve)[0] > 0:
            step = np.linalg.solve(curve, _loss(model, top, data)[1])
            top = top - step if np.abs(step).max() < _NEAR else top
    return top, curve


def _curvature(model: str, at: Floats, data: Histories) -> Floats:
    steps = _STEP * np.eye(len(at))
    rows = np.array([_loss(model, at + s, data)[1] - _loss(model, at - s, data)[1] for s in steps]) / (2 * _STEP)
    return np.asarray(rows + rows.T, np.float64) / 2


def _fitted(model: str, data: Histories, top: Floats, curve: Floats) -> Fit:
    n = data.n.sum()
    is_inside = bool(np.abs(top).max() < _EDGE - 0.1 and np.linalg.eigvalsh(curve)[0] > 0)
    loss, slope = _loss(model, top, data)
    spread = np.linalg.inv(curve) / n if is_inside else np.full_like(curve, np.nan)
    return Fit(model, tuple(np.exp(top)), -n * loss, is_inside and bool(np.abs(slope).max() < _FLAT), spread)
