"""What is ahead: units and money of the brand, its categories and its SKUs over the next one, two and four weeks, with intervals."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.panel import Panel

Floats = NDArray[np.float64]

WINDOWS = (7, 14, 28)  # days
PATHS = 500
_LATELY, _A_YEAR = 91, 364
_DRAWN = 30.0  # units by which a SKU's own price on promoted days is drawn to what promotions take off all prices
_FILLED = 50.0  # units by which its fill rate is drawn to that of all


class Money(NamedTuple):
    """By SKU: net revenue of a unit on plain days and on promoted ones (currency), and the share of units wanted that are sold."""

    plain: Floats
    promoted: Floats
    filled: Floats

    def of_days(self, promoted: NDArray[np.bool_]) -> Floats:
        """What a unit wanted on a day brings: SKUs × days."""
        return np.asarray(np.where(promoted, self.promoted[:, None], self.plain[:, None]) * self.filled[:, None])


def money_of(panel: Panel) -> Money:
    """What units bring, as they did lately: plain days of the last quarter, promoted ones of the last year."""
    promoted = panel.is_promoted[:, : len(panel.days)]
    recent = np.arange(len(panel.days)) >= len(panel.days) - _LATELY
    year = np.arange(len(panel.days)) >= len(panel.days) - _A_YEAR
    ever = _per_unit(panel, np.ones_like(promoted))
    # Where promotions are not known ahead, days to come are as mixed as those of late.
    plain = _per_unit(panel, (~promoted & recent) if panel.is_planned_ahead else recent, ever)
    of_year = _per_unit(panel, ~promoted & year, ever)
    units, money = (np.nansum(np.where(promoted & year, table, 0.0), axis=1) for table in (panel.sales, panel.revenue))
    usual = money.sum() / max(float((units * of_year).sum()), 1e-9) if units.sum() > 0 else 1.0
    ratio = (money + _DRAWN * usual * of_year) / np.maximum((units + _DRAWN) * of_year, 1e-9)
    sold, wanted = (np.nansum(table[:, -_LATELY:], axis=1) for table in (panel.sales, panel.demand))
    common = sold.sum() / max(wanted.sum(), 1e-9)
    return Money(plain, plain * ratio, (sold + _FILLED * common) / (wanted + _FILLED))


def _per_unit(panel: Panel, where: NDArray[np.bool_], otherwise: Floats | None = None) -> Floats:
    units, money = (np.nansum(np.where(where, table, 0.0), axis=1) for table in (panel.sales, panel.revenue))
    rest = np.zeros(len(units)) if otherwise is None else otherwise
    return np.asarray(np.where(units > 0, money / np.maximum(units, 1e-9), rest))


def ahead_rows(panel: Panel, paths: NDArray[np.int32], money: Money, skus: Sequence[int]) -> pd.DataFrame:
    """Units sold and net revenue of the brand, each category and these SKUs over the next 7, 14 and 28 days.

    paths: count × SKUs × 28, units wanted.

    Returns rows of level (brand, category, sku), subject, measure (units, net_revenue), days, predicted (mean), low, high (90%
    interval), naive (of as many days up to today, or four weeks in proportion) and lately (of the last 28 days).
    """
    promoted = panel.is_promoted[:, len(panel.days) : len(panel.days) + HORIZON]
    worth = {"units": np.broadcast_to(money.filled[:, None], promoted.shape), "net_revenue": money.of_days(promoted)}
    past = {"units": panel.sales, "net_revenue": panel.revenue}
    rows = []
    for level, subject, members in _subjects(panel, skus):
        for measure, each in worth.items():
            totals = np.cumsum(np.einsum("psd,sd->pd", paths[:, members], each[members]), axis=1)
            lately = float(np.nansum(past[measure][members, -28:]))
            rows += [
                (level, subject, measure, days, *_told(totals[:, days - 1]), lately * days / 28, lately)
                for days in WINDOWS
            ]
    names = ["level", "subject", "measure", "days", "predicted", "low", "high", "naive", "lately"]
    return pd.DataFrame(rows, columns=names)


def _told(total: Floats) -> tuple[float, float, float]:
    low, high = np.quantile(total, [0.05, 0.95])
    return float(total.mean()), float(low), float(high)


def _subjects(panel: Panel, skus: Sequence[int]) -> list[tuple[str, str, NDArray[np.int64]]]:
    number, names = panel.category
    made: list[tuple[str, str, NDArray[np.int64]]] = [("brand", "", np.arange(len(panel.skus)))]
    if len(names) > 1:
        made += [("category", name, np.flatnonzero(number == place)) for place, name in enumerate(names) if name]
    return made + [("sku", str(panel.skus["sku"][place]), np.array([place])) for place in skus]
