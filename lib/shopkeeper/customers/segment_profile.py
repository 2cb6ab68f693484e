"""Segment profile: what each segment is called, what it brings, who moved between segments since last month."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from shopkeeper.customers.cohorts import with_rate
from shopkeeper.customers.mixture import Evidence, Floats, as_asked, fit, memberships
from shopkeeper.customers.past import Past
from shopkeeper.customers.segments import Segmentation, find_segments, known_customers, overlap
from shopkeeper.customers.tags import LEAVING
from shopkeeper.shop import Shop

MONTH, QUARTER = 30, 90  # days
_EVENING, _DAY = [str(h) for h in (20, 21, 22, 23, 0, 1, 2)], [str(h) for h in range(8, 18)]
_ALIKE = 1e-9  # standard deviation of a share below which it is rounding
_LARGE = ["4", "8", "16", "more"]


@dataclass(frozen=True)
class Segments:
    """Who is in which segment today, and was 30 and 90 days ago, by today's segmentation.

    labels, month_ago, quarter_ago: segment number by customer_id. shares: n × k memberships of today.
    traits: segments × traits, standardised lift. agreement: share of customers whom a segmentation made a month ago,
    matched to today's, would put into the same segment.
    """

    segmentation: Segmentation
    labels: pd.Series
    shares: pd.DataFrame
    month_ago: pd.Series
    quarter_ago: pd.Series
    traits: pd.DataFrame
    agreement: float


def segment_customers(past: Past, evidence: Evidence, seed: int) -> Segments | None:
    """Find segments, and put every customer of the evidence into one, today and as known 30 and 90 days ago.

    None where the customers bear out no two segments.
    """
    segmentation = find_segments(evidence, seed)
    if segmentation is None:
        return None
    shares = memberships(segmentation.mixture, evidence)
    labels = pd.Series(shares.argmax(axis=1), index=evidence.customers, name="segment")
    month, quarter = (_earlier(past, days, evidence) for days in (MONTH, QUARTER))
    return Segments(
        segmentation, labels, pd.DataFrame(shares, index=evidence.customers),
        _labels(segmentation, month), _labels(segmentation, quarter),
        traits(evidence, shares), agreement(segmentation, month, evidence, labels, seed),
    )  # fmt: skip


def _earlier(past: Past, days: int, like: Evidence) -> Evidence | None:
    day = past.shop.as_of - dt.timedelta(days=days)
    return as_asked(known_customers(past, day), like) if day > past.shop.first_day else None


def _labels(segmentation: Segmentation, evidence: Evidence | None) -> pd.Series:
    if evidence is None or not len(evidence.customers):
        return pd.Series(dtype="int64", name="segment")
    return pd.Series(
        memberships(segmentation.mixture, evidence).argmax(axis=1), index=evidence.customers, name="segment"
    )


def agreement(segmentation: Segmentation, then: Evidence | None, now: Evidence, labels: pd.Series, seed: int) -> float:
    """Share of today's customers that last month's segmentation puts into the segment matched to theirs.

    Matched so that most customers are shared. Source: Kuhn (1955), Naval Research Logistics 2(1-2), 83-97.
    """
    if then is None or len(then.customers) < 10 * segmentation.mixture.size:
        return np.nan
    before = memberships(fit(then, segmentation.mixture.size, seed), now).argmax(axis=1)
    shared = overlap(labels.to_numpy(), before, segmentation.mixture.size)
    rows, columns = linear_sum_assignment(-shared)
    same = dict(zip(columns, rows, strict=True))
    return float(np.mean([same[other] == own for other, own in zip(before, labels, strict=True)]))


def traits(evidence: Evidence, shares: Floats) -> pd.DataFrame:
    """Segments × traits: mean of the trait in the segment less that of all, in standard deviations of customers.

    A trait is a customer's share of answers (question, choice), hours and large baskets summed up, and two of rhythm:
    regular (short and even gaps) and rare (long gaps). Who has no amount counts as the mean; null where all are alike.
    """
    totals = evidence.counts.T.groupby(level=0).transform("sum").T
    own = (evidence.counts / totals.where(totals > 0)).fillna(evidence.counts.sum() / totals.sum().clip(lower=1e-9))
    own.columns = pd.MultiIndex.from_tuples([_broad(*name) for name in own.columns])
    own = own.T.groupby(level=[0, 1]).sum().T
    rhythm = ((evidence.amounts - evidence.amounts.mean()) / evidence.amounts.std(ddof=0)).fillna(0.0)
    own["rhythm", "regular"] = -(rhythm.gap + rhythm.gap_spread) / 2
    own["rhythm", "rare"] = rhythm.gap
    if "spend" in rhythm:
        own["spend", "high"], own["spend", "low"] = rhythm.spend, -rhythm.spend
    means = (shares.T @ own.to_numpy()) / shares.sum(axis=0)[:, None]
    spread = own.std(ddof=0)
    spread = spread.where(spread > _ALIKE)
    return pd.DataFrame((means - own.mean().to_numpy()) / spread.to_numpy(), columns=own.columns)


def _broad(question: str, choice: str) -> tuple[str, str]:
    if question == "hour":
        return question, "evening" if choice in _EVENING else "day" if choice in _DAY else "else"
    if question in {"basket", "units"}:
        return question, "large" if choice in _LARGE else "small"
    return question, choice


def segment_table(shop: Shop, found: Segments | None, leaving: pd.Series | None = None) -> pd.DataFrame:
    """One row per segment, the largest first: segment, customers, share, sales and margin of the last 365 days,
    repurchase rate of those in it 90 days ago within these 90 days (rate, rate_low, rate_high), before (customers a month ago),
    change, jaccard, and leaving: how many of them are about to leave (tags.LEAVING), where known.
    """
    if found is None:
        return pd.DataFrame()
    since = shop.as_of - dt.timedelta(days=365)
    sales = shop.load(_sales_since(shop.orders, since)).set_index("customer_id").net_revenue
    size = found.segmentation.mixture.size
    table = pd.DataFrame({"segment": range(size), "jaccard": found.segmentation.jaccard})
    table["customers"] = _by_segment(found.labels, size)
    table["share"] = table.customers / len(found.labels)
    table["sales"] = (
        sales.reindex(found.labels.index).fillna(0).groupby(found.labels).sum().reindex(range(size), fill_value=0.0)
    )
    table["margin"] = table.sales * shop.brand.gross_margin
    table["before"] = _by_segment(found.month_ago, size)
    table["change"] = table.customers / table.before.where(table.before > 0) - 1
    came = _came(shop, QUARTER)
    table["were"] = _by_segment(found.quarter_ago, size)
    table["came"] = _by_segment(found.quarter_ago[found.quarter_ago.index.isin(came)], size)
    table = with_rate(table, "came", "were")
    if leaving is not None:
        at_risk = leaving.reindex(found.labels.index).ge(LEAVING)
        table["leaving"] = _by_segment(found.labels[at_risk], size)
    return table


def movement(found: Segments | None) -> pd.DataFrame:
    """Who was where a month ago (rows; -1: not yet known) and is where now (columns): from, to, customers."""
    if found is None or found.month_ago.empty:
        return pd.DataFrame()
    before = found.month_ago.reindex(found.labels.index).fillna(-1).astype(int)
    return pd.crosstab(before, found.labels).stack().rename("customers").rename_axis(["from", "to"]).reset_index()


def _by_segment(labels: pd.Series, size: int) -> pd.Series:
    return labels.value_counts().reindex(range(size), fill_value=0).astype("int64")


def _sales_since(orders: ir.Table, since: dt.date) -> ir.Table:
    recent = orders.filter(orders.customer_id.notnull() & (orders.ordered_at.date() > ibis.literal(since)))
    return recent.group_by("customer_id").agg(net_revenue=recent.net_revenue.sum())


def _came(shop: Shop, days: int) -> pd.Index:
    """Customers who ordered in the last `days` days."""
    return pd.Index(shop.load(_sales_since(shop.orders, shop.as_of - dt.timedelta(days=days))).customer_id)
