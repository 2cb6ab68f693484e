"""Elasticities that the published ones stand beside: Poisson with fixed effects, and the naive slope of logs."""

import warnings

import numpy as np
import pandas as pd
from scipy.special import ndtri

from shopkeeper.pricing.price_model import Cells

_CERTAIN = float(ndtri(0.95))
_CLUSTERS = 5  # SKUs of a category, from which it is told: errors clustered by fewer tell nothing


def fixed_effects(cells: Cells) -> pd.DataFrame:
    """By category, and of all (category -1): elasticity, low, high (90%). Sales by price within SKU, and within market and period.

    Poisson, so that periods without a sale stay; errors are clustered by SKU. A category of fewer than 5 SKUs, or whose prices never moved
    apart, has no row.
    Source: Correia, Guimarães & Zylkin (2020), Stata Journal 20(1), 95-115, as implemented by pyfixest.
    """
    rows = _rows(cells)
    many = [(name, part) for name, part in _parts(rows) if name < 0 or part["sku"].nunique() >= _CLUSTERS]
    told = [(name, *found) for name, part in many if (found := _poisson(part))]
    return pd.DataFrame(told, columns=["category", "elasticity", "low", "high"])


def naive(cells: Cells) -> pd.DataFrame:
    """By category, and of all (category -1): the slope of log sales in log price within SKUs, periods without a sale left out."""
    rows = _rows(cells)
    rows = rows[rows.sold > 0].assign(logged=lambda kept: np.log(kept.sold) - kept.usual)
    return pd.DataFrame([(name, _slope(part)) for name, part in _parts(rows)], columns=["category", "elasticity"])


def _parts(rows: pd.DataFrame) -> list[tuple[int, pd.DataFrame]]:
    return [(-1, rows), *((int(str(name)), part) for name, part in rows.groupby("category"))]


def _rows(cells: Cells) -> pd.DataFrame:
    group = np.repeat(np.arange(len(cells.size)), np.diff(cells.first))
    return pd.DataFrame(
        {"sold": cells.sold, "log_price": cells.log_price, "sku": cells.sku, "group": group, "category": cells.category[cells.sku]}
    ).assign(usual=cells.usual, **{f"kind{number}": part for number, part in enumerate(cells.promoted.T)})  # fmt: skip


def _telling(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of SKUs and periods that have another row, and sales; the solver aborts where none are left."""
    while len(rows):
        by = [rows.groupby(name).sold.transform(how) for name in ("sku", "group") for how in ("size", "sum")]
        keep = (by[0] > 1) & (by[1] > 0) & (by[2] > 1) & (by[3] > 0)
        if keep.all():
            break
        rows = rows[keep]
    return rows


def _poisson(rows: pd.DataFrame) -> tuple[float, float, float] | None:
    """Elasticity and its interval; None where no price moved beside the others of its market and period."""
    import pyfixest as pf

    rows = _telling(rows)
    if rows["sku"].nunique() < 2:
        return None
    kinds = [name for name in rows if str(name).startswith("kind") and rows[name].std() > 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SKUs and periods that tell nothing are left out, and it says so each time
        try:
            fit = pf.fepois(
                f"sold ~ {' + '.join(['log_price', *kinds])} | sku + group", rows, vcov={"CRV1": "sku"}, offset="usual"
            )
        except ValueError as said:
            if "collinear" not in str(said):
                raise
            return None  # all that varies is told by the fixed effects
    if "log_price" not in fit.coef():
        return None
    slope, error = float(fit.coef()["log_price"]), float(fit.se()["log_price"])
    return slope, slope - _CERTAIN * error, slope + _CERTAIN * error


def _slope(rows: pd.DataFrame) -> float:
    price, sold = (rows[name] - rows.groupby("sku")[name].transform("mean") for name in ("log_price", "logged"))
    return float((price * sold).sum() / max((price**2).sum(), 1e-12))
