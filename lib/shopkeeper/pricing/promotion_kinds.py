"""Displays and mailers, which run somewhere every week: what SKUs sold while they were in one, told by kind."""

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from shopkeeper.pricing.panel import PricePanel
from shopkeeper.pricing.price_model import told_skus

Floats = NDArray[np.float64]

WEEKLY = ("display", "mailer")  # kinds that are no events of their own; Shop.sales_events has the others
_FEWEST = 5  # SKUs, and categories, that errors can be clustered by
_LEAST = 100  # SKU-periods in a kind, from which it is told


class _Lift(NamedTuple):
    """In log sales: of all of it, and its 90% interval."""

    middle: float
    low: float
    high: float


def kind_effects(panel: PricePanel) -> pd.DataFrame:
    """One row per kind that ran in 100 SKU-periods or more; empty where none did.

    kind, n (SKU-periods in it); each with _low and _high of 90%:
        lift        by how much a SKU in it sold more beside the others of its category and period, at its price of then
        whole_lift  by how much a category sold more, had all of it been in the kind; null where fewer than 5 categories tell
        own_units   units of SKUs in it beyond, by lift; units, money: of whole categories, by whole_lift, at the prices of then (currency)
    naive: sales a day in it over sales a day out of it, less 1, mean of SKUs.

    An association: SKUs are chosen for a display because they are expected to sell. Where units are fewer than own_units, the rest was taken from others
    of the category. Errors are clustered by SKU, and by category. Source: Correia, Guimarães & Zylkin (2020), Stata Journal 20(1), 95-115.
    """
    kinds = [kind for kind in WEEKLY if kind in panel.promoted and (panel.promoted[kind] > 0).sum() >= _LEAST]
    rows = _rows(panel, kinds)
    if not kinds or rows["sku"].nunique() < _FEWEST:
        return pd.DataFrame()
    of_market = _by_market(rows, kinds)
    own = _lifts(rows, kinds, ("sku", "market"))
    whole = _lifts(of_market, kinds, ("category", "period")) if of_market.category.nunique() >= _FEWEST else {}
    return pd.DataFrame(
        [_row(kind, f"kind{n}", (rows, of_market), (own, whole)) for n, kind in enumerate(kinds) if f"kind{n}" in own]
    )


def _row(
    kind: str, name: str, tables: tuple[pd.DataFrame, pd.DataFrame], lifts: tuple[dict[str, _Lift], dict[str, _Lift]]
) -> dict[str, object]:
    """One kind in figures. tables, lifts: by SKU and period, and by category and period."""
    (rows, of_market), unknown = tables, _Lift(np.nan, np.nan, np.nan)
    own, whole = lifts[0][name], lifts[1].get(name, unknown)
    made = {
        "kind": kind,
        "n": int((rows[name] > 0).sum()),
        "naive": _naive(rows, name),
    }
    for end, mine, all_ in zip(("", "_low", "_high"), own, whole, strict=True):
        beyond = 1 - np.exp(-all_ * of_market[name])
        made |= {
            f"lift{end}": np.expm1(mine), f"whole_lift{end}": np.expm1(all_),
            f"own_units{end}": (rows.sold * (1 - np.exp(-mine * rows[name]))).sum(),
            f"units{end}": (of_market.sold * beyond).sum(min_count=1), f"money{end}": (of_market.money * beyond).sum(min_count=1),
        }  # fmt: skip
    return made


def _rows(panel: PricePanel, kinds: list[str]) -> pd.DataFrame:
    """One row per SKU and period of known price: sold, money, usual (sales expected of it, by its mean), log_price (0 in the SKU's mean), kinds."""
    keep = told_skus(panel)
    known, sold = panel.is_told[keep], panel.sold[keep]
    price = np.where(known, panel.price[keep], 1.0)
    days = panel.open[keep] * panel.days
    rate = (sold * known).sum(axis=1) / np.maximum((days * known).sum(axis=1), 1e-9)
    log_price = np.where(known, np.log(price), 0.0)
    log_price = log_price - (log_price.sum(axis=1) / np.maximum(known.sum(axis=1), 1))[:, None]
    sku, period = np.nonzero(known)
    category = np.unique(panel.skus.category.to_numpy()[keep].astype(str), return_inverse=True)[1]
    return pd.DataFrame({
        "sku": sku, "period": period, "category": category[sku], "market": category[sku] * known.shape[1] + period, "sold": sold[sku, period],
        "money": (sold * price)[sku, period], "usual": rate[sku] * days[sku, period], "log_price": log_price[sku, period],
        "days": days[sku, period],
        **{f"kind{n}": panel.promoted[kind][keep][sku, period] for n, kind in enumerate(kinds)},
    })  # fmt: skip


def _by_market(rows: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """One row per category and period: sums of sold, money, usual; price and kinds weighed by what is usually sold."""
    names = ["log_price", *(f"kind{n}" for n in range(len(kinds)))]
    weighed = rows.assign(**{name: rows[name] * rows.usual for name in names})
    sums = weighed.groupby(["category", "period"], as_index=False)[["sold", "money", "usual", *names]].sum()
    return sums.assign(**{name: sums[name] / sums.usual for name in names})


def _lifts(rows: pd.DataFrame, kinds: list[str], within: tuple[str, str]) -> dict[str, _Lift]:
    """By kind's column; within: levels that are learnt, of which the first clusters errors."""
    import pyfixest as pf

    rows = _telling(rows.assign(offset=np.log(rows.usual)), within)
    names = [f"kind{n}" for n in range(len(kinds)) if len(rows) and rows[f"kind{n}"].std() > 0]
    if not names:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rows that tell nothing are left out, and it says so each time
        fit = pf.fepois(
            f"sold ~ {' + '.join(['log_price', *names])} | {' + '.join(within)}",
            rows,
            vcov={"CRV1": within[0]},
            offset="offset",
        )
    wide = float(student.ppf(0.95, max(rows[within[0]].nunique() - 1, 1)))
    slopes, errors = fit.coef(), fit.se()
    return {
        name: _Lift(*(float(slopes[name] + end * wide * errors[name]) for end in (0, -1, 1)))
        for name in names
        if name in slopes
    }


def _telling(rows: pd.DataFrame, within: tuple[str, str]) -> pd.DataFrame:
    """The rows whose levels have another row, and sales; the solver aborts where none are left."""
    while len(rows):
        by = [rows.groupby(name).sold.transform(how) for name in within for how in ("size", "sum")]
        keep = (by[0] > 1) & (by[1] > 0) & (by[2] > 1) & (by[3] > 0)
        if keep.all():
            break
        rows = rows[keep]
    return rows


def _naive(rows: pd.DataFrame, name: str) -> float:
    """Of SKUs that were both in it and not: sales a day in it over those out of it, less 1; weighed by their sales."""
    split = rows.assign(is_in=rows[name] > 0).groupby(["sku", "is_in"])[["sold", "days"]].sum().unstack()
    both = split.dropna()
    rate = both["sold"] / both["days"]
    return float(rate[True].sum() / max(rate[False].sum(), 1e-9) - 1)
