"""Campaigns: what earlier messages brought, told by those who were held out of them."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.customers.activity import Z90
from shopkeeper.customers.labels import Labels
from shopkeeper.report.style import ACCENT, INK, SOFT, WARM, figure, house_style
from shopkeeper.report.words import Sentence, Words, change, count, day, percent, say

DAYS = 14  # that a message is given to work
SMALLEST_HOLDOUT = 20  # customers held out, from which a campaign is compared
_SHOWN = 12  # campaigns that a chart on a phone has room for
_BOTH = ("sent", "held")

CAMPAIGNS: Labels = {
    "campaign": (say("Campaign"), "text"),
    "sent_on": (say("Sent on"), "day"),
    "sent": (say("Written to"), "people"),
    "held_out": (say("Held out"), "people"),
    "sent_per_head": (say("Orders per head, written to"), "percent"),
    "held_per_head": (say("Orders per head, held out"), "percent"),
    "lift": (say("More orders"), "change"),
    "lift_low": (say("90% from"), "change"),
    "lift_high": (say("90% to"), "change"),
}


def campaign_counts(contacts: ir.Table, orders: ir.Table, as_of: dt.date, days: int = DAYS) -> ir.Table:
    """One row per campaign that held out 20 customers or more: what both groups ordered in the days after the message.

    sent_on                    day of its first message
    sent, held_out             customers written to, and kept out; holdout null counts as written to
    sent_orders, held_orders   orders within `days` times 24 hours after the message; _squares sums each customer's square
    sent_revenue, held_revenue the same of their net_revenue, before returns
    Only messages whose days are over at the end of as_of; a customer's first message of a campaign counts.
    """
    over = ibis.timestamp(str(as_of + dt.timedelta(days=1 - days)))
    told = contacts.filter(contacts.sent_at < over).mutate(is_held=contacts.holdout.fill_null(False))
    first = told.group_by("campaign", "customer_id").agg(sent_at=told.sent_at.min(), is_held=told.is_held.all())
    each = _beside_orders(first, orders, days)
    sums = {
        f"{group}_{name}": value.sum(where=each.is_held == (group == "held"))
        for group in _BOTH
        for what in ("orders", "revenue")
        for name, value in ((what, each[what]), (f"{what}_squares", each[what] ** 2))
    }
    counted = each.group_by("campaign").agg(
        sent_on=each.sent_at.min().date(), sent=(~each.is_held).sum(), held_out=each.is_held.sum(), **sums
    )
    return counted.filter((counted.held_out >= SMALLEST_HOLDOUT) & (counted.sent >= SMALLEST_HOLDOUT))


def _beside_orders(first: ir.Table, orders: ir.Table, days: int) -> ir.Table:
    """Each customer of each campaign, with orders and revenue in the days after the message; 0 for none."""
    named = orders.select("customer_id", "ordered_at", "net_revenue")
    pairs = first.inner_join(named, "customer_id")
    after = (pairs.ordered_at > pairs.sent_at) & (pairs.ordered_at <= pairs.sent_at + ibis.interval(days=days))
    came = (
        pairs.filter(after)
        .group_by("campaign", "customer_id")
        .agg(orders=ibis._.count(), revenue=ibis._.net_revenue.sum())
    )
    each = first.left_join(came, ["campaign", "customer_id"])
    return each.select(
        "campaign", "sent_at", "is_held", orders=each.orders.fill_null(0), revenue=each.revenue.fill_null(0.0)
    )


def campaign_results(counts: pd.DataFrame) -> pd.DataFrame:
    """The counts, in order of sending, with what each campaign brought against its holdout, and 90% intervals.

    sent_per_head, held_per_head    orders per customer in the days after the message
    difference                      the one less the other; _low, _high
    lift                            their ratio, less 1; _low, _high; null where nobody held out ordered
    sent_variance, revenue_variance between customers written to
    Null intervals where nobody ordered.

    The holdout is small, so its own spread says little: without a single order it would be 0. Instead orders of both
    groups are taken to vary alike in proportion to their mean, and the interval holds every effect that the data do
    not contradict (a score interval; Wilson, 1927, J. Am. Stat. Assoc. 22, 209-212).
    """
    told = counts.sort_values(["sent_on", "campaign"], ignore_index=True)
    sent, held = told.sent_orders / told.sent, told.held_orders / told.held_out
    spread = _variance(told.sent_orders, told.sent_orders_squares, told.sent)
    low, high = shift_interval(sent - held, sent, spread / told.sent, spread / told.held_out)
    lift_low, lift_high = ratio_interval(sent, held, spread / told.sent, spread / told.held_out)
    return told.assign(
        sent_per_head=sent, held_per_head=held, difference=sent - held, difference_low=low, difference_high=high,
        lift=sent / held.where(held > 0) - 1, lift_low=lift_low, lift_high=lift_high, sent_variance=spread,
        revenue_variance=_variance(told.sent_revenue, told.sent_revenue_squares, told.sent),
    )  # fmt: skip


def _variance(total: pd.Series, squares: pd.Series, n: pd.Series) -> pd.Series:
    """Between customers."""
    return (squares - total**2 / n) / (n - 1)


def shift_interval(shift: pd.Series, sent: pd.Series, own: pd.Series, held: pd.Series) -> tuple[pd.Series, pd.Series]:
    """90% interval of a difference between those written to and those held out.

    sent: the quantity among those written to; own: its variance; held: the variance of that of the holdout, if it were
    as large as sent. Every d with (shift - d)² ≤ z² (own + held (1 - d / sent)).
    """
    bend = Z90**2 * held / sent
    middle = shift - bend / 2
    reach = (middle**2 - shift**2 + Z90**2 * (own + held)).clip(lower=0.0) ** 0.5
    return middle - reach, middle + reach


def ratio_interval(sent: pd.Series, held: pd.Series, own: pd.Series, other: pd.Series) -> tuple[pd.Series, pd.Series]:
    """90% interval of sent / held - 1. own: the variance of sent; other: that of held, if it were as large as sent.

    Every ratio r with (sent - r held)² ≤ z² (own + r other); null where held is 0.
    """
    known = held.where((held > 0) & (sent > 0))
    middle = (sent * known + Z90**2 * other / 2) / known**2
    reach = (middle**2 - (sent**2 - Z90**2 * own) / known**2).clip(lower=0.0) ** 0.5
    return (middle - reach).clip(lower=0.0) - 1, middle + reach - 1


@dataclass(frozen=True)
class Brought:
    """What all campaigns brought against their holdouts, with 90% intervals; nulls where nothing can be said.

    lift: relative rise of orders per head; lift_sd: its standard error. extra_orders, extra_revenue: among those
    written to, within the days after the message, net_revenue in the brand's currency.
    """

    n_campaigns: int
    lift: float
    lift_sd: float
    lift_low: float
    lift_high: float
    extra_orders: float
    extra_orders_low: float
    extra_orders_high: float
    extra_revenue: float
    extra_revenue_low: float
    extra_revenue_high: float


def pooled_lift(results: pd.DataFrame) -> Brought:
    """All campaigns together.

    The weights of a campaign are the inverse variance that its difference would have if all were alike. Weights from
    each campaign's own few orders would favour those that luck left low: in a simulation such a pooled lift stayed
    below 0.1 where 0.3 was planted (tests/customers/test_campaigns.py).
    Source: Mantel & Haenszel (1959), J. Natl. Cancer Inst. 22(4), 719-748.
    """
    weight = results.sent * results.held_out / (results.sent + results.held_out)
    sent, held = (weight * results.sent_per_head).sum(), (weight * results.held_per_head).sum()
    own, other = ((weight**2 * results.sent_variance / results[n]).sum() for n in ("sent", "held_out"))
    [low], [high] = ratio_interval(*(pd.Series([float(value)]) for value in (sent, held, own, other)))
    lift = float(sent / held - 1) if held > 0 else np.nan
    lift_sd = float((own + (1 + lift) * other) ** 0.5 / held) if held > 0 else np.nan
    orders = _extra(results, "orders", results.sent_variance)
    return Brought(
        len(results), lift, lift_sd, low, high, *orders, *_extra(results, "revenue", results.revenue_variance)
    )


def _extra(results: pd.DataFrame, what: str, variance: pd.Series) -> tuple[float, float, float]:
    """What those written to brought more than as many of the holdout would have, in all, with its 90% interval."""
    total = results[f"sent_{what}"].sum()
    extra = total - (results.sent * results[f"held_{what}"] / results.held_out).sum()
    own, other = ((results.sent**2 * variance / results[n]).sum() for n in ("sent", "held_out"))
    [low], [high] = shift_interval(*(pd.Series([float(value)]) for value in (extra, total, own, other)))
    return float(extra), low, high


def brought(pooled: Brought) -> Sentence:
    """What the messages brought against the holdout, or that nothing can be said."""
    if not pooled.n_campaigns:
        return say(
            "No earlier campaign held out {n} customers or more, so nothing can be said of what messages bring: those who "
            "are written to differ from the others. Hold out one in ten of the next list.",
            n=count(SMALLEST_HOLDOUT),
        )
    if np.isnan(pooled.lift_low):
        return say("Too few of those held out ordered to say what messages bring")
    facts = {"low": change(pooled.lift_low), "high": change(pooled.lift_high), "n": count(pooled.n_campaigns)}
    if pooled.lift_low <= 0 <= pooled.lift_high:
        return say(
            "What messages brought is within chance: {lift} orders per head against the holdout (90%: {low} to {high}; "
            "campaigns: {n})",
            lift=change(pooled.lift), **facts,
        )  # fmt: skip
    if pooled.lift > 0:
        return say(
            "Messages brought {lift} more orders per head than the holdout (90%: {low} to {high}; campaigns: {n})",
            lift=percent(pooled.lift), **facts,
        )  # fmt: skip
    return say(
        "Messages cost orders: {lift} fewer per head than the holdout (90%: {low} to {high}; campaigns: {n})",
        lift=percent(-pooled.lift), **facts,
    )  # fmt: skip


def plot_campaigns(results: pd.DataFrame, words: Words) -> Figure:
    """The lift of the latest 12 campaigns with 90% intervals, the first sent on top; below them that of all together."""
    known = results[results.lift_high.notna()]
    latest, pooled = known.tail(_SHOWN), pooled_lift(results)
    labels = [words.value(day(sent)) for sent in latest.sent_on] + [words.text(say("all campaigns"))]
    lift, low, high = (np.append(latest[name], getattr(pooled, name)) for name in ("lift", "lift_low", "lift_high"))
    with house_style():
        drawn = figure(0.8 + 0.26 * len(labels))
        axes = drawn.subplots()
        colours = [ACCENT] * len(latest) + [WARM]
        axes.hlines(range(len(labels)), low, high, colors=colours, linewidth=1.5)
        axes.scatter(lift, range(len(labels)), color=colours, s=28, zorder=3)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.axhline(len(latest) - 0.5, color=SOFT, linewidth=0.6)
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        # One small campaign's interval must not flatten the others: it runs off the edge, its numbers stand below.
        right = min(np.nanmax([0.1, *1.1 * high]), np.nanmax([1.0, *2 * lift]))
        axes.set_xlim(np.nanmin([-0.1, *1.1 * low]), right)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(change(tick)) if tick else "0"))
        axes.set_xlabel(words.text(say("orders per head, written to against held out")))
        return drawn
