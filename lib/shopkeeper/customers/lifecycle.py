"""Lifecycle: new, bought once, active, dormant, lost, by limits that are the shop's own."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.customers.cohorts import REPURCHASE_DAYS, with_rate
from shopkeeper.customers.history import customer_history
from shopkeeper.customers.labels import Labels
from shopkeeper.report.style import ACCENT, WARM, figure, house_style
from shopkeeper.report.words import SMALLEST_GROUP, Sentence, Value, Words, change, count, people, percent, say

STAGES: dict[str, Sentence] = {
    "new": say("new"),
    "once": say("bought once"),
    "active": say("active"),
    "dormant": say("dormant"),
    "lost": say("lost"),
}
_NOT_YET = "not_yet"  # the stage, on an earlier day, of who had not ordered by then
_NEW_DAYS = 30
_CHANGE_DAYS = 30
_ENOUGH_GAPS = 50
_ASSUMED = (90, 180)


@dataclass(frozen=True)
class Limits:
    """Days since the last order up to which a customer is active, and beyond which it is lost.

    repeats: order days after a first one that the limits were read from.
    active_share, lost_share: share of them that came within each limit, 0–1.
    """

    active: int
    lost: int
    repeats: int
    active_share: float
    lost_share: float

    @property
    def is_assumed(self) -> bool:
        """Whether there were too few repeat orders to read limits from."""
        return self.repeats < _ENOUGH_GAPS


def repeat_gaps(orders: ir.Table, as_of: dt.date) -> ir.Table:
    """One row per number of days between successive order days of one customer, up to as_of: days, times."""
    named = orders.filter(orders.customer_id.notnull() & (orders.ordered_at.date() <= ibis.literal(as_of)))
    daily = named.select("customer_id", day=named.ordered_at.date()).distinct()
    before = daily.day.lag().over(group_by="customer_id", order_by="day")
    gaps = daily.mutate(days=daily.day.delta(before, unit="day")).filter(lambda each: each.days.notnull())
    return gaps.group_by("days").agg(times=gaps.count())


def limits(gaps: pd.DataFrame) -> Limits:
    """The limits that a shop's repeat_gaps set: active, the days within which 75% of repeat orders came, at least 30;
    lost, those within which 95% came, at least twice as many. With fewer than 50 repeat orders, 90 and 180.

    Only gaps that have ended are known, so a customer called lost may yet return.
    """
    gaps = gaps.sort_values("days")
    repeats = int(gaps.times.sum())
    active, lost = _ASSUMED
    if repeats >= _ENOUGH_GAPS:
        upto = gaps.times.cumsum() / repeats
        active = max(_NEW_DAYS, int(gaps.days[upto >= 0.75].iloc[0]))
        lost = max(2 * active, int(gaps.days[upto >= 0.95].iloc[0]))
    shares = [float(gaps.times[gaps.days <= limit].sum() / max(repeats, 1)) for limit in (active, lost)]
    return Limits(active, lost, repeats, *shares)


def lifecycle(history: ir.Table, limits: Limits) -> ir.Table:
    """Add `stage` to customer_history, as on the day it was made for.

    new      first order within the last 30 days
    once     one order day, 30 days ago or more, within the active limit
    active   two order days or more, the last within the active limit
    dormant  last order beyond the active limit, up to the lost limit
    lost     last order beyond the lost limit
    """
    since_last = history["T"] - history.recency
    stage = ibis.cases(
        (history["T"] < _NEW_DAYS, "new"),
        (since_last > limits.lost, "lost"),
        (since_last > limits.active, "dormant"),
        (history.frequency == 0, "once"),
        else_="active",
    )
    return history.mutate(stage=stage)


def movements(orders: ir.Table, as_of: dt.date, limits: Limits) -> ir.Table:
    """One row per (stage_90, stage_30, stage, is_back): customers, and their net_revenue of the last 365 days.

    stage_90, stage_30: the stage so many days before as_of, by the same limits; `not_yet` for who had not ordered by then.
    is_back: ordered in the last 90 days.
    """
    named = orders.filter(orders.customer_id.notnull())
    year = named.filter(named.ordered_at.date() > ibis.literal(as_of - dt.timedelta(days=365)))
    paid = year.group_by("customer_id").agg(net_revenue=year.net_revenue.sum())
    each = lifecycle(customer_history(named, as_of), limits)
    each = each.select("customer_id", "stage", is_back=each["T"] - each.recency < REPURCHASE_DAYS)
    each = each.left_join(paid, "customer_id").drop("customer_id_right")
    for ago in (_CHANGE_DAYS, REPURCHASE_DAYS):
        each = each.left_join(_stage_on(named, as_of - dt.timedelta(days=ago), limits, ago), "customer_id")
        each = each.drop("customer_id_right")
    told = each.mutate(**{name: each[name].fill_null(_NOT_YET) for name in ("stage_30", "stage_90")})
    groups = told.group_by("stage_90", "stage_30", "stage", "is_back")
    return groups.agg(customers=told.count(), net_revenue=told.net_revenue.sum().fill_null(0))


def _stage_on(orders: ir.Table, day: dt.date, limits: Limits, ago: int) -> ir.Table:
    then = orders.filter(orders.ordered_at.date() <= ibis.literal(day))
    staged = lifecycle(customer_history(then, day), limits)
    return staged.select("customer_id", **{f"stage_{ago}": staged.stage})


def lifecycle_table(moved: pd.DataFrame, gross_margin: float) -> pd.DataFrame:
    """One row per stage, all five, from movements.

    customers, share             in it now, and of all customers
    customers_before, change     in it 30 days before, and the relative change since
    net_revenue, margin          of the last 365 days, of those in it now; margin at gross_margin
    rate, rate_low, rate_high    repurchase: of those in it 90 days ago, the share that ordered again since
    What would tell of one to four customers is null, but for customers and customers_before, which `people` hides.
    """
    now = moved.groupby("stage")[["customers", "net_revenue"]].sum().reindex(list(STAGES), fill_value=0)
    before = moved.groupby("stage_30").customers.sum().reindex(now.index, fill_value=0)
    few, few_before = (counts.between(1, SMALLEST_GROUP - 1) for counts in (now.customers, before))
    table = now.assign(
        share=(now.customers / now.customers.sum()).mask(few),
        customers_before=before,
        change=(now.customers / before.where(before > 0) - 1).mask(few | few_before),
        net_revenue=now.net_revenue.mask(few),
        margin=(gross_margin * now.net_revenue).mask(few),
    )
    return table.join(_repurchase(moved)).rename_axis("stage").reset_index()


def _repurchase(moved: pd.DataFrame) -> pd.DataFrame:
    then = moved.groupby("stage_90").customers.sum().reindex(list(STAGES), fill_value=0)
    back = moved[moved.is_back].groupby("stage_90").customers.sum().reindex(then.index, fill_value=0)
    rated = with_rate(pd.DataFrame({"back": back, "then": then}), "back", "then")
    few = (then < SMALLEST_GROUP) | back.between(1, SMALLEST_GROUP - 1)
    return rated[["rate", "rate_low", "rate_high"]].mask(few)


def movement_matrix(moved: pd.DataFrame) -> pd.DataFrame:
    """One row per stage 30 days ago, the five and `not_yet`: a column of customers for each stage now."""
    counts = moved.pivot_table(index="stage_30", columns="stage", values="customers", aggfunc="sum")
    whole = counts.reindex(index=[*STAGES, _NOT_YET], columns=list(STAGES)).fillna(0).astype(int)
    return whole.rename_axis(index="before", columns=None).reset_index()


LIFECYCLE: Labels = {
    "what": (say("Stage"), "text"),
    "customers": (say("Customers"), "people"),
    "share": (say("Share of customers"), "percent"),
    "customers_before": (say("30 days before"), "people"),
    "change": (say("Change"), "change"),
    "net_revenue": (say("Sales, last 365 days"), "money"),
    "margin": (say("Gross profit of them"), "money"),
    "rate": (say("Bought again within 90 days"), "percent"),
    "rate_low": (say("90% from"), "percent"),
    "rate_high": (say("90% to"), "percent"),
}
MOVEMENTS: Labels = {"what": (say("30 days before ↓, now →"), "text")}
MOVEMENTS |= {stage: (label, "people") for stage, label in STAGES.items()}


def stage_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The table, of stages or of movements, with each stage in words."""
    names = STAGES | {_NOT_YET: say("no customer yet")}
    return table.assign(what=[names[stage] for stage in table.iloc[:, 0]])


def limits_told(limits: Limits) -> Sentence:
    """What active and lost mean in this shop, and what they were read from."""
    facts: dict[str, Value] = {"active": count(limits.active), "lost": count(limits.lost)}
    if limits.is_assumed:
        return say(
            "Only {n} repeat orders are known, too few to read the shop's own rhythm from. Assumed: active is who ordered in "
            "the last {active} days, lost is who did not in the last {lost}; dormant lies between.",
            n=count(limits.repeats), **facts,
        )  # fmt: skip
    return say(
        "Here, {active_share} of all repeat orders came within {active} days of the order before, and {lost_share} within "
        "{lost}. So active is who ordered in the last {active} days, lost is who did not in the last {lost}; dormant lies "
        "between.",
        active_share=percent(limits.active_share), lost_share=percent(limits.lost_share), **facts,
    )  # fmt: skip


def title(table: pd.DataFrame, matrix: pd.DataFrame) -> Sentence:
    """How many are active, against 30 days before, and how many went to sleep and woke since."""
    by_stage, flows = table.set_index("stage"), matrix.set_index("before")
    if not by_stage.customers.sum():
        return say("No order carries a customer ID, so there is nobody to place.")
    active, asleep = by_stage.loc["active"], ["dormant", "lost"]
    awake = [stage for stage in STAGES if stage not in asleep]
    facts: dict[str, Any] = {
        "n": people(active.customers), "share": percent(active.share), "all": people(by_stage.customers.sum()),
        "slept": people(flows.loc[awake, asleep].sum().sum()), "woke": people(flows.loc[asleep, awake].sum().sum()),
    }  # fmt: skip
    if np.isnan(active.change):
        return say(
            "{n} of {all} customers are active; in the last 30 days, {slept} went dormant and {woke} dormant or lost ones "
            "came back",
            **facts,
        )
    return say(
        "{n} of {all} customers are active ({share}), {change} on 30 days before: since then, {slept} went dormant and "
        "{woke} dormant or lost ones came back",
        **facts, change=change(active.change),
    )  # fmt: skip


def plot_lifecycle(table: pd.DataFrame, words: Words) -> Figure:
    """Customers by stage as bars, and their number 30 days before as a mark; one to four are not drawn."""
    with house_style():
        drawn = figure(2.2)
        axes = drawn.subplots()
        labels = [words.text(STAGES[stage]) for stage in table.stage]
        now, before = (
            table[name].where(table[name] >= SMALLEST_GROUP, 0) for name in ("customers", "customers_before")
        )
        bars = axes.barh(labels, now, color=ACCENT, height=0.62)
        mark = words.text(say("30 days before"))
        axes.scatter(before, range(len(table)), marker="|", s=220, linewidth=2.5, color=WARM, label=mark)
        said = [words.value(people(customers)) for customers in table.customers]
        for bar, reached, text in zip(bars, np.maximum(now, before), said, strict=True):
            axes.annotate(
                text, (reached, bar.get_y() + bar.get_height() / 2), (7, 0), textcoords="offset points", va="center"
            )
        axes.margins(x=0.16)
        axes.set_xlim(left=0)
        axes.invert_yaxis()
        axes.xaxis.set_visible(False)
        axes.spines[["bottom", "left"]].set_visible(False)
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
        return drawn
