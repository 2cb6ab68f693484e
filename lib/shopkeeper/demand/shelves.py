"""Figures of the shelves: how long stock lasts, how often shelves were empty, and what that cost."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from shopkeeper.demand.accuracy import top_skus
from shopkeeper.demand.panel import Panel

_QUARTER, _MONTH = 91, 28  # days


class Figures(NamedTuple):
    """value: cost of what lies on the shelves (currency); turnover: days that it lasts at the cost of sales of the last quarter; NaN where none sold.

    empty, empty_before: of the core SKUs, share of days in the last four weeks, and in the year before them, on which a warehouse that
    serves the SKU had none; missed, missed_before: share of all units wanted that were not there; lost: the money of these, in four weeks.
    """

    value: float
    turnover: float
    empty: float
    empty_before: float
    missed: float
    missed_before: float
    lost: float


def figures(panel: Panel, shelves: pd.DataFrame) -> Figures:
    """Of a stocktake's shelves."""
    cost = shelves.drop_duplicates("place").set_index("place").unit_cost
    sold = np.nansum(panel.sales[:, -_QUARTER:], axis=1)[cost.index] @ cost.to_numpy()
    value = float((shelves.on_hand * shelves.unit_cost).sum())
    top = top_skus(panel)
    wanted, there = np.nan_to_num(panel.demand), np.nan_to_num(panel.sales)
    late, before = slice(-_MONTH, None), slice(-_MONTH - 364, -_MONTH)
    price = np.nan_to_num(panel.price[:, late])
    empty = [float(panel.is_out[top, days].mean()) if top else np.nan for days in (late, before)]
    missed = [1 - float(there[:, days].sum()) / max(float(wanted[:, days].sum()), 1e-9) for days in (late, before)]
    turnover = value / (float(sold) / min(_QUARTER, panel.sales.shape[1])) if sold > 0 else float("nan")
    lost = float(((wanted - there)[:, late] * price).sum())
    return Figures(value, turnover, empty[0], empty[1], missed[0], missed[1], lost)
