"""Cohorts: customers by the month of their first order, and how many come back."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import beta, t

from shopkeeper.customers.activity import SETTLING
from shopkeeper.customers.history import customer_history
from shopkeeper.report.words import SMALLEST_GROUP

REPURCHASE_DAYS = 90
ENOUGH = 30  # customers from which a mean of what they brought has an interval that holds


def cohort_retention(orders: ir.Table, as_of: dt.date) -> ir.Table:
    """One row per (cohort, months_since): customers of the cohort, and active, those who ordered in that month.

    cohort: first day of the month of the first order. months_since: 1 is the month after it.
    Only months that ended by as_of; a month in which nobody of a cohort came back counts 0.
    """
    named = orders.filter(orders.customer_id.notnull())
    month = named.ordered_at.truncate("month").date()
    dated = named.mutate(month=month, cohort=month.min().over(group_by="customer_id"))
    size = dated.group_by("cohort").agg(customers=dated.customer_id.nunique())
    last = ibis.literal(as_of + dt.timedelta(days=1))
    months = dated.filter((dated.month + ibis.interval(months=1)).cast("date") <= last).select("month").distinct()
    active = dated.group_by("cohort", "month").agg(active=dated.customer_id.nunique())
    grid = size.join(months, months.month > size.cohort).left_join(active, ["cohort", "month"])
    return grid.select(
        "cohort", "customers", months_since=_months(grid.cohort, grid.month), active=grid.active.fill_null(0)
    )


def _months(cohort: ir.Value, month: ir.Value) -> ir.Value:
    """Calendar months from one first day of a month to another."""
    return (month.year() - cohort.year()) * 12 + month.month() - cohort.month()


def cohort_revenue(orders: ir.Table, as_of: dt.date) -> ir.Table:
    """One row per (cohort, months_since): what the cohort's customers brought up to the end of that month, before returns.

    customers     of the cohort
    net_revenue   of them all, from the first order on; months_since 0 is the month of the first order itself
    squares, cubes  sums over customers of the square and the cube of what each has brought by then
    Only months that ended by as_of; a month in which nobody of a cohort ordered repeats the one before.
    """
    named = orders.filter(orders.customer_id.notnull())
    monthly = named.group_by("customer_id", month=named.ordered_at.truncate("month").date()).agg(
        paid=named.net_revenue.sum()
    )
    own = ibis.window(group_by="customer_id", order_by="month", preceding=None, following=0)
    by_now = monthly.mutate(cohort=monthly.month.min().over(group_by="customer_id"), now=monthly.paid.sum().over(own))
    # A customer's square changes in months with an order only, so sums of steps replace one row per customer and month.
    before = by_now.now - by_now.paid
    steps = by_now.group_by("cohort", "month").agg(
        net_revenue=by_now.paid.sum(),
        squares=(by_now.now**2 - before**2).sum(),
        cubes=(by_now.now**3 - before**3).sum(),
    )
    size = by_now.group_by("cohort").agg(customers=by_now.customer_id.nunique())
    last = ibis.literal(as_of + dt.timedelta(days=1))
    months = steps.filter((steps.month + ibis.interval(months=1)).cast("date") <= last).select("month").distinct()
    grid = size.join(months, months.month >= size.cohort).left_join(steps, ["cohort", "month"])
    grid = grid.mutate(months_since=_months(grid.cohort, grid.month))
    upto = ibis.window(group_by="cohort", order_by="months_since", preceding=None, following=0)
    sums = {name: grid[name].fill_null(0).sum().over(upto) for name in ("net_revenue", "squares", "cubes")}
    return grid.select("cohort", "months_since", "customers", **sums)


def with_mean(sums: pd.DataFrame) -> pd.DataFrame:
    """Add mean = net_revenue / customers with its 90% interval: mean, mean_low, mean_high; null with fewer than 30 customers.

    What customers bring is skewed, so the normal interval lies too low: at 30 customers of a heavy tail it held 83% of
    true means and this one 85%; with 8 customers, 74% and 82%, so that fewer than 30 get none.
    Source: Hall (1992), J. R. Statist. Soc. B 54(1), 221-228: the cubic transformation, with Student's t.
    """
    n = sums.customers
    mean, second, third = (sums[name] / n for name in ("net_revenue", "squares", "cubes"))
    variance = (second - mean**2).clip(lower=0.0)
    skewness = ((third - 3 * mean * second + 2 * mean**3) / variance**1.5).where(variance > 0, 0.0)
    error, bend = np.sqrt(variance / (n - 1)), skewness / (6 * np.sqrt(n))
    quantile = pd.Series(t.ppf(0.95, n - 1), sums.index)
    low, high = (mean - error * _unbent(sign * quantile, bend) for sign in (1, -1))
    limits = {"mean_low": low.clip(lower=0.0), "mean_high": high}
    return sums.assign(mean=mean, **{name: limit.where(n >= ENOUGH) for name, limit in limits.items()})


def _unbent(x: pd.Series, bend: pd.Series) -> pd.Series:
    """Hall's inverse transformation, ((1 + 6 bend (x - bend))^(1/3) - 1) / (2 bend); x itself where nothing is bent."""
    straight = bend.abs() < 1e-9
    safe = bend.mask(straight, 1.0)
    return x.where(straight, (np.cbrt(1 + 6 * safe * (x - safe)) - 1) / (2 * safe))


def repurchase_by_cohort(orders: ir.Table, as_of: dt.date, days: int = REPURCHASE_DAYS) -> ir.Table:
    """One row per cohort: customers, and repeated, those who ordered again within `days` of their first order.

    Orders of the first day are one purchase. is_mature: every customer of the cohort has had those days by as_of.
    """
    history = _second_orders(orders, as_of)
    cohort = history.first_day.truncate("month")
    ends = cohort.cast("date") + ibis.interval(months=1) + ibis.interval(days=days - 1)
    return history.group_by(cohort=cohort.cast("date"), is_mature=ends.cast("date") <= ibis.literal(as_of)).agg(
        customers=history.count(),
        repeated=history.count(where=history.days_to_second <= days),
    )


def _second_orders(orders: ir.Table, as_of: dt.date) -> ir.Table:
    """One row per customer: first_day, and days_to_second, null for those who bought on one day only."""
    named = orders.filter(orders.customer_id.notnull())
    daily = named.select("customer_id", day=named.ordered_at.date()).distinct()
    daily = daily.mutate(first_day=daily.day.min().over(group_by="customer_id"))
    second = daily.day.min(where=daily.day > daily.first_day)
    people = daily.group_by("customer_id", "first_day").agg(second=second)
    return people.mutate(days_to_second=people.second.delta(people.first_day, unit="day"))


def with_rate(counts: pd.DataFrame, hits: str, of: str) -> pd.DataFrame:
    """Add rate = hits / of with its 90% interval: rate, rate_low, rate_high.

    Source: Jeffreys' interval; Brown, Cai & DasGupta (2001), Statistical Science 16(2), 101-133.
    """
    k, n = counts[hits], counts[of]
    low = beta.ppf(0.05, k + 0.5, n - k + 0.5)
    high = beta.ppf(0.95, k + 0.5, n - k + 0.5)
    return counts.assign(
        rate=k / n,
        rate_low=pd.Series(low, counts.index).where(k > 0, 0.0),
        rate_high=pd.Series(high, counts.index).where(k < n, 1.0),
    )


def shown_rates(rated: pd.DataFrame, hits: str) -> pd.DataFrame:
    """The rates, without those that rest on one to four customers: no page shows so few."""
    few = rated[hits].between(1, SMALLEST_GROUP - 1)
    return rated[~few].reset_index(drop=True)


def shown_cohorts(cohorts: pd.DataFrame, first_day: dt.date) -> pd.DataFrame:
    """The latest 15 cohorts of five customers or more that began 90 days into the data.

    Earlier ones hold customers who had bought before the data began. Where hardly any cohort is later, all are shown.
    """
    large = cohorts[cohorts.customers >= SMALLEST_GROUP]
    settled = large[large.cohort >= pd.Timestamp(first_day) + dt.timedelta(days=SETTLING)]
    usable = settled if settled.cohort.nunique() >= 3 else large
    latest = sorted(usable.cohort.unique())[-15:]
    return usable[usable.cohort.isin(latest)].reset_index(drop=True)


def data_begins(orders: ir.Table, first_day: dt.date) -> ir.Table:
    """How the customers known begin. One row; nulls where no order carries a customer ID.

    share     of all customers whose first order falls in the first 90 days of the data, 0–1;
              a large one means that many were customers before the data began
    last_new  day on which the latest customer was first seen
    """
    history = customer_history(orders, first_day)
    late = ibis.literal(first_day) - history["T"].min() * ibis.interval(days=1)
    return history.agg(share=(history["T"] >= -SETTLING).mean(), last_new=late.cast("date"))
