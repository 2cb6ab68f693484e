"""Activity: revenue, orders and buyers over time, and what moved revenue from one window to another."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

WINDOW = 30  # days
YEAR = 364  # days: a year before, on the same weekdays
Z90 = 1.645
SETTLING = 90  # days after the data begin in which a first order seen is often not the first


def monthly_activity(orders: ir.Table, as_of: dt.date) -> ir.Table:
    """One row per calendar month: net_revenue, orders, new_buyers, returning_buyers, is_complete.

    A buyer is new in the month of its first order; guests count as orders, not as buyers.
    is_complete: the month ended by as_of, and the data began by its first day.
    """
    dated = orders.mutate(month=orders.ordered_at.truncate("month").date(), first=_first_day(orders))
    months = dated.group_by("month").agg(
        net_revenue=dated.net_revenue.sum(),
        orders=dated.count(),
        new_buyers=dated.customer_id.nunique(where=dated.first >= dated.month),
        returning_buyers=dated.customer_id.nunique(where=dated.first < dated.month),
    )
    ends = months.month + ibis.interval(months=1)
    begins = dated.agg(first=dated.ordered_at.date().min()).first.as_scalar()
    is_complete = (ends.cast("date") <= ibis.literal(as_of + dt.timedelta(days=1))) & (begins <= months.month)
    return months.mutate(month=months.month.cast("date"), is_complete=is_complete)


def window_activity(orders: ir.Table, ends: list[dt.date], days: int = WINDOW) -> ir.Table:
    """One row per window of `days` days that ends on each of `ends`, that day included.

    Returns ends_on, net_revenue, orders, and for new buyers, returning buyers and guests how many
    (of guests: orders) and their net_revenue: new, new_revenue, returning, returning_revenue, guest, guest_revenue.
    """
    windows = ibis.memtable([(end,) for end in ends], schema={"ends_on": "date"})
    dated = orders.mutate(day=orders.ordered_at.date(), first=_first_day(orders))
    starts = windows.ends_on - ibis.interval(days=days - 1)
    within = dated.join(windows, [dated.day <= windows.ends_on, dated.day >= starts])
    is_guest = within.customer_id.isnull()
    is_new = ~is_guest & (within.first >= within.ends_on - ibis.interval(days=days - 1))
    is_old = ~is_guest & ~is_new
    return within.group_by("ends_on").agg(
        net_revenue=within.net_revenue.sum(),
        orders=within.count(),
        new=within.customer_id.nunique(where=is_new),
        new_revenue=within.net_revenue.sum(where=is_new).fill_null(0),
        returning=within.customer_id.nunique(where=is_old),
        returning_revenue=within.net_revenue.sum(where=is_old).fill_null(0),
        guest=within.count(where=is_guest),
        guest_revenue=within.net_revenue.sum(where=is_guest).fill_null(0),
    )


def change_by_chance(orders: ir.Table, end: dt.date, before: dt.date, days: int = WINDOW) -> ir.Table:
    """The standard error of the change in net revenue between two windows, from the spread between customers.

    One row: change (revenue of the window ending on `end`, less that of the one ending on `before`), standard_error.
    Each customer, and each guest's order, is one independent draw: the variance of a sum of a Poisson number of
    contributions d is the sum of d². It holds no chance that moves all customers at once, such as the weather.
    """
    dated = orders.mutate(day=orders.ordered_at.date(), who=orders.customer_id.fill_null(orders.order_id))
    now, then = (
        dated.day.between(ibis.literal(last - dt.timedelta(days=days - 1)), ibis.literal(last))
        for last in (end, before)
    )
    signed = dated.mutate(signed=now.ifelse(dated.net_revenue, 0.0) - then.ifelse(dated.net_revenue, 0.0))
    moved = signed.group_by("who").agg(d=signed.signed.sum())
    return moved.agg(change=moved.d.sum(), standard_error=(moved.d * moved.d).sum().sqrt())


def window_ends(first_day: dt.date, as_of: dt.date, days: int = WINDOW) -> list[dt.date]:
    """Ends of the windows to compare: back from as_of through 13 windows, and the one a year before.

    Only windows that lie whole in the data.
    """
    ends = [as_of - dt.timedelta(days=days * k) for k in range(13)] + [as_of - dt.timedelta(days=YEAR)]
    return [end for end in ends if end - dt.timedelta(days=days - 1) >= first_day]


def usual_range(windows: pd.DataFrame, column: str, first_day: dt.date) -> tuple[float, float] | None:
    """The middle 90% of the windows before the latest, over a year at most; None with fewer than six.

    Windows that begin within 90 days of first_day are left out: there, everyone seems new.
    """
    latest = windows.ends_on.max()
    settled = windows.ends_on - dt.timedelta(days=WINDOW - 1) >= pd.Timestamp(first_day) + dt.timedelta(days=SETTLING)
    regular = windows[settled & (latest - windows.ends_on).dt.days.between(1, 360)]
    if len(regular) < 6:
        return None
    low, high = np.quantile(regular[column], [0.05, 0.95])
    return float(low), float(high)


def drivers(now: pd.Series, before: pd.Series) -> pd.DataFrame:
    """Split a change of net revenue, exactly, by who came and what each spent.

    Returns group (new, returning, guest), effect (number, spend) and amount in currency; amounts add up to the change.
    The number effect values the change in heads at the mean of both windows' spend, and the other way round.
    """
    rows = []
    for group in ("new", "returning", "guest"):
        n1, n0 = now[group], before[group]
        spend1, spend0 = (row[f"{group}_revenue"] / row[group] if row[group] else np.nan for row in (now, before))
        spend1, spend0 = (spend0 if n1 == 0 else spend1), (spend1 if n0 == 0 else spend0)
        if n1 or n0:
            rows.append((group, "number", (n1 - n0) * (spend1 + spend0) / 2))
            rows.append((group, "spend", (spend1 - spend0) * (n1 + n0) / 2))
    return pd.DataFrame(rows, columns=["group", "effect", "amount"])


def against_targets(months: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Add `target` to the months: the brand's net_revenue target of that month; null where none is given."""
    whole = targets[(targets.metric == "net_revenue") & targets.subject.isna()]
    by_month = whole.assign(month=whole.period_start).set_index("month").value
    return months.assign(target=months.month.map(by_month))


def _first_day(orders: ir.Table) -> ir.Value:
    """The day of the customer's first order, on each of its orders; null for guests."""
    first = orders.ordered_at.date().min().over(group_by="customer_id")
    return orders.customer_id.notnull().ifelse(first, ibis.null("date"))
