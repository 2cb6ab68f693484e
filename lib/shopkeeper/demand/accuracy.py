"""Accuracy of the forecast on earlier days: of the SKUs that matter most, and of what would have been said four weeks ago."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.forecast import Forecast
from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.panel import Panel
from shopkeeper.demand.scores import accuracy, bias, rmsse, weighted

Floats = NDArray[np.float64]

TOP = 20  # SKUs of most net revenue: the core


def top_skus(panel: Panel, most: int = TOP) -> list[int]:
    """Rows of the SKUs of most net revenue in the last four weeks, that are on sale."""
    lately = panel.revenue[:, -HORIZON:].sum(axis=1)
    single = ~panel.skus.is_rest.to_numpy() & (lately > 0)
    return [int(place) for place in np.argsort(-lately, kind="stable") if single[place]][:most]


def core_accuracy(found: Forecast) -> pd.DataFrame:
    """One row per origin: day, and 1 − WAPE over weekly units of its core SKUs of the forecast (ours) and of weeks as the mean of the
    last four (naive); bias of ours. Days with an empty shelf, whose demand nobody saw, are left out; NaN where nothing was wanted.
    """
    rows = []
    for origin, agreed in zip(found.origins, found.past, strict=True):
        top = top_skus(origin.panel)
        seen = ~origin.is_out[top]
        wanted, told, naive = (
            _weekly(table[top] * seen) for table in (origin.wanted, agreed.of_skus, usual(origin.panel))
        )
        if wanted.sum() <= 0:
            rows.append((origin.panel.days[-1], np.nan, np.nan, np.nan))
            continue
        rows.append((origin.panel.days[-1], accuracy(wanted, told), accuracy(wanted, naive), bias(wanted, told)))
    return pd.DataFrame(rows, columns=["day", "ours", "naive", "bias"])


def _weekly(daily: Floats) -> Floats:
    return np.asarray(daily.reshape(len(daily), HORIZON // 7, 7).sum(axis=2))


def usual(panel: Panel) -> Floats:
    """The simple rule: every day ahead as the mean of the last four weeks; SKUs × 28, units."""
    mean = np.nan_to_num(panel.demand[:, -HORIZON:]).mean(axis=1, keepdims=True)
    return np.broadcast_to(mean, (len(mean), HORIZON))


def came(later: Panel, rows: pd.DataFrame, start: int) -> Sequence[float]:
    """What was sold of each row's subject (of ahead.ahead_rows) in the days that it is about; start: their first day's number."""
    tables = {"units": later.sales, "net_revenue": later.revenue}
    by_sku = pd.Series(later.skus.index, later.skus["sku"])
    made = []
    for row in rows.itertuples():
        sold = tables[str(row.measure)][:, start : start + int(row.days)]
        if row.level == "sku":
            made.append(float(np.nansum(sold[by_sku[row.subject]])) if row.subject in by_sku else np.nan)
        else:
            here = (later.skus.category == row.subject).to_numpy() | (row.level == "brand")
            made.append(float(np.nansum(sold[here])))
    return made


def beside_naive(found: Forecast) -> pd.DataFrame:
    """One row per origin: day, and RMSSE of all SKUs, weighed by net revenue, of the forecast (ours) and of days like the last four weeks
    (naive). Last week again would be easier to beat: it carries its own days' luck.
    """
    rows = []
    for origin, agreed in zip(found.origins, found.past, strict=True):
        past, made = origin.panel.demand, (agreed.of_skus, usual(origin.panel))
        rows.append((origin.panel.days[-1], *(weighted(rmsse(past, origin.wanted, of), origin.weight) for of in made)))
    return pd.DataFrame(rows, columns=["day", "ours", "naive"])
