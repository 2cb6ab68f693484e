"""RFM: recency, frequency and monetary value as scores that ties cannot distort."""

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.report.words import SMALLEST_GROUP

SCORES = 5
_SIGN = {"days_since_last_order": -1, "order_days": 1, "net_revenue": 1}  # fewer days since are better


def rfm_table(history: ir.Table) -> ir.Table:
    """The three quantities of each customer: days_since_last_order, order_days, net_revenue (of all orders)."""
    return history.select(
        customer_id=history.customer_id,
        days_since_last_order=history["T"] - history.recency,
        order_days=history.frequency + 1,
        net_revenue=history.net_revenue,
    )


def cut_points(rfm: pd.DataFrame) -> dict[str, list[float]]:
    """For each quantity, the values above which a customer scores one more: its quintiles, equal ones once.

    Where many customers tie (all bought once), fewer than four are left, and so fewer than five scores.
    """
    shares = np.arange(1, SCORES) / SCORES
    cuts: dict[str, list[float]] = {name: [] for name in _SIGN}
    for name, sign in _SIGN.items() if len(rfm) else ():
        quintiles = np.unique(np.quantile(sign * rfm[name], shares, method="inverted_cdf"))
        # The largest value as a cut would leave the score above it empty.
        cuts[name] = [float(cut) for cut in quintiles if cut < (sign * rfm[name]).max()]
    return cuts


def rfm_scores(rfm: pd.DataFrame) -> pd.DataFrame:
    """Add r, f and m: 1 is the lowest; the highest is one more than the cut-points. Equal values score equally."""
    cuts = cut_points(rfm)
    scored = {
        letter: 1 + np.searchsorted(cuts[name], _SIGN[name] * rfm[name], side="left")
        for letter, name in zip("rfm", _SIGN, strict=True)
    }
    return rfm.assign(**scored)


def rfm_grid(scored: pd.DataFrame) -> pd.DataFrame:
    """One row per (r, f): customers, net_revenue, and its share of all revenue, 0–1. Cells of fewer than five are left out."""
    grid = scored.groupby(["r", "f"], as_index=False).agg(
        customers=("customer_id", "size"), net_revenue=("net_revenue", "sum")
    )
    grid = grid[grid.customers >= SMALLEST_GROUP]
    return grid.assign(share=grid.net_revenue / scored.net_revenue.sum()).reset_index(drop=True)


def cut_point_table(rfm: pd.DataFrame) -> pd.DataFrame:
    """One row per quantity and score: from and to, the limits of its values, and how many customers have it.

    Limits are cut-points, so that no single customer's value is told; the best and the worst score are open: null.
    Days are whole, so their limits are the first and last day; amounts lie above `from`, up to `to`.
    """
    cuts, scored = cut_points(rfm), rfm_scores(rfm)
    rows = []
    for letter, name in zip("rfm", _SIGN, strict=True):
        edges = [np.nan, *cuts[name], np.nan]
        for score in sorted(scored[letter].unique()):
            low, high = edges[score - 1], edges[score]
            limits = {"days_since_last_order": (-high, -low - 1), "order_days": (low + 1, high)}.get(name, (low, high))
            rows.append((name, score, *limits, int((scored[letter] == score).sum())))
    table = pd.DataFrame(rows, columns=["quantity", "score", "from", "to", "customers"])
    return table[table.customers >= SMALLEST_GROUP].reset_index(drop=True)


def top_share(net_revenue: pd.Series, share: float = 0.1) -> float:
    """Share of revenue, 0–1, that the best `share` of customers bring."""
    best = net_revenue.nlargest(max(1, round(share * len(net_revenue))))
    return float(best.sum() / net_revenue.sum())
