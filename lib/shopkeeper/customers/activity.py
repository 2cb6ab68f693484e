"""Activity: revenue, orders and buyers over time, and what moved revenue from one window to another."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.report.words import SMALLEST_GROUP

WINDOW = 30  # days
YEAR = 364  # days: a year before, on the same weekdays
Z90, Z99 = 1.645, 2.576
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
    A window without orders holds 0 everywhere.
    """
    windows = ibis.memtable([(end,) for end in ends], schema={"ends_on": "date"})
    dated = orders.mutate(day=orders.ordered_at.date(), first=_first_day(orders))
    starts = windows.ends_on - ibis.interval(days=days - 1)
    within = dated.join(windows, [dated.day <= windows.ends_on, dated.day >= starts])
    is_guest = within.customer_id.isnull()
    is_new = ~is_guest & (within.first >= within.ends_on - ibis.interval(days=days - 1))
    is_old = ~is_guest & ~is_new
    held = within.group_by("ends_on").agg(
        net_revenue=within.net_revenue.sum(),
        orders=within.count(),
        new=within.customer_id.nunique(where=is_new),
        new_revenue=within.net_revenue.sum(where=is_new),
        returning=within.customer_id.nunique(where=is_old),
        returning_revenue=within.net_revenue.sum(where=is_old),
        guest=within.count(where=is_guest),
        guest_revenue=within.net_revenue.sum(where=is_guest),
    )
    all_ = windows.left_join(held, "ends_on").drop("ends_on_right")
    return all_.mutate(**{name: all_[name].fill_null(0) for name in all_.columns if name != "ends_on"})


def window(windows: pd.DataFrame, end: dt.date) -> pd.Series:
    """The one of the windows that ends on that day."""
    return windows[windows.ends_on == pd.Timestamp(end)].iloc[0]


def change_by_chance(orders: ir.Table, end: dt.date, before: dt.date, days: int = WINDOW) -> ir.Table:
    """How net revenue changed between two windows, and how far chance could have moved it.

    One row: now and before (revenue of the windows ending on `end` and on `before`), and log_error, the standard
    error of log(now / before); infinite or null where one of them is 0. Each customer, and each guest's order, is
    one independent draw: with shares p of now and q of before, the variance is the sum of (p - q)², as in a Poisson
    bootstrap. It holds no chance that moves all customers at once, such as the weather.
    """
    dated = orders.mutate(day=orders.ordered_at.date(), who=orders.customer_id.fill_null(orders.order_id))
    now, then = (
        dated.day.between(ibis.literal(last - dt.timedelta(days=days - 1)), ibis.literal(last))
        for last in (end, before)
    )
    each = dated.group_by("who").agg(
        now=dated.net_revenue.sum(where=now).fill_null(0), before=dated.net_revenue.sum(where=then).fill_null(0)
    )
    sums = each.agg(
        now=each.now.sum(),
        before=each.before.sum(),
        nn=(each.now * each.now).sum(),
        nb=(each.now * each.before).sum(),
        bb=(each.before * each.before).sum(),
    )
    variance = sums.nn / sums.now**2 - 2 * sums.nb / (sums.now * sums.before) + sums.bb / sums.before**2
    return sums.select("now", "before", log_error=ibis.greatest(variance, 0.0).sqrt())


def change_interval(moved: pd.Series) -> tuple[float, float, float]:
    """The relative change and its 90% interval, of a row of change_by_chance; not numbers where a window brought nothing."""
    if not (moved.now > 0 and moved.before > 0):
        return (np.nan, np.nan, np.nan)
    middle = np.log(moved.now / moved.before)
    middle, low, high = (float(np.expm1(middle + sign * Z90 * moved.log_error)) for sign in (0, -1, 1))
    return middle, low, high


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

    Returns group (new, returning, guest; named, where new and returning are too few to be told apart), effect
    (number, spend) and amount in currency; amounts add up to the change. The number effect values the change in
    heads at the mean of both windows' spend, and the other way round.
    """
    rows = []
    now, before = (_with_named(row) for row in (now, before))
    for group in _groups(now, before):
        n1, n0 = now[group], before[group]
        spend1, spend0 = (row[f"{group}_revenue"] / row[group] if row[group] else np.nan for row in (now, before))
        spend1, spend0 = (spend0 if n1 == 0 else spend1), (spend1 if n0 == 0 else spend0)
        if n1 or n0:
            rows.append((group, "number", (n1 - n0) * (spend1 + spend0) / 2))
            rows.append((group, "spend", (spend1 - spend0) * (n1 + n0) / 2))
    return pd.DataFrame(rows, columns=["group", "effect", "amount"])


def moved_heads(now: pd.Series, before: pd.Series) -> pd.DataFrame:
    """Which of new and returning buyers changed in number by more than chance would: group, now, before; the surest first.

    Both numbers are taken as Poisson; the difference of their logarithms is beyond chance above Z99 standard errors.
    """
    heads = pd.DataFrame(
        {"group": ["new", "returning"], "now": [now.new, now.returning], "before": [before.new, before.returning]}
    )
    heads = heads[(heads[["now", "before"]] >= SMALLEST_GROUP).all(axis=1)]
    z = np.log(heads.now / heads.before).abs() / np.sqrt(1 / heads.now + 1 / heads.before)
    return heads.assign(z=z)[z > Z99].sort_values("z", ascending=False).drop(columns="z")


def _with_named(row: pd.Series) -> pd.Series:
    together = {"named": row.new + row.returning, "named_revenue": row.new_revenue + row.returning_revenue}
    return pd.concat([row, pd.Series(together)])


def _groups(now: pd.Series, before: pd.Series) -> tuple[str, ...]:
    few = any(0 < row[group] < SMALLEST_GROUP for row in (now, before) for group in ("new", "returning"))
    return ("named", "guest") if few else ("new", "returning", "guest")


def against_targets(months: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Add `target` to the months: the brand's net_revenue target of that month; null where none is given."""
    whole = targets[(targets.metric == "net_revenue") & targets.subject.isna()]
    by_month = whole.assign(month=whole.period_start).set_index("month").value
    return months.assign(target=months.month.map(by_month))


def _first_day(orders: ir.Table) -> ir.Value:
    """The day of the customer's first order, on each of its orders; null for guests."""
    first = orders.ordered_at.date().min().over(group_by="customer_id")
    return orders.customer_id.notnull().ifelse(first, ibis.null("date"))
