"""Contact lists: whom to write to, with what, and what it should bring; a part of every list is held out to tell."""

import datetime as dt
import hashlib
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import norm

from shopkeeper.customers.activity import Z90
from shopkeeper.customers.campaigns import pooled_lift
from shopkeeper.customers.labels import Labels
from shopkeeper.decisions import Decision
from shopkeeper.report.style import GOOD, INK, WARM, figure, house_style
from shopkeeper.report.words import Sentence, Words, change, count, money, people, say

SMALLEST_LIST = 50
HOLDOUT = 0.1
_HELD_AT_LEAST = 5
_MOST = 10  # lists that a page decides on
_DRAWS = 4_000
# Evenly spread quantiles of a standard normal: chance enters a gain by the orders alone, not by draws of the lift.
_NORMAL = norm.ppf((np.arange(_DRAWS) + 0.5) / _DRAWS)

Names = Mapping[str, tuple[Sentence, Sentence]]  # list → how it is called, and what it is offered

LISTS: Labels = {
    "name": (say("List"), "text"),
    "offer": (say("Offer"), "text"),
    "to_write": (say("To write to"), "people"),
    "held_out": (say("Held out"), "people"),
    "gain": (say("Expected gain"), "money"),
    "range": (say("90% interval"), "text"),
    "probability": (say("Chance that it gains"), "chance"),
    "break_even": (say("Pays if message and offer cost each less than"), "money"),
}


@dataclass(frozen=True)
class Lift:
    """By how much a message raises the chance to order, relative to that without it: 0.1 is a tenth more.

    n_campaigns: how many campaigns measured it; 0 for the analyst's assumption.
    """

    mean: float
    sd: float
    n_campaigns: int = 0


def assumed(lift: float) -> Lift:
    """A lift that nothing here has measured: it may be off by as much as itself, so even its sign is not sure."""
    return Lift(lift, abs(lift))


def measured(prior: Lift, results: pd.DataFrame) -> Lift:
    """The assumption, updated by what campaigns brought (campaign_results); itself where they cannot tell.

    Both are taken as normal and weigh by the inverse of their variances. An assumption outside the 90% interval of what
    was measured is refuted, and counts no more: it was made for want of campaigns, not against them.
    """
    found = pooled_lift(results)
    if np.isnan(found.lift_sd) or found.lift_sd == 0:
        return prior
    if not found.lift_low <= prior.mean <= found.lift_high:
        return Lift(found.lift, found.lift_sd, found.n_campaigns)
    trust = prior.sd**2 / (prior.sd**2 + found.lift_sd**2)
    mean = (1 - trust) * prior.mean + trust * found.lift
    return Lift(mean, float(trust**0.5 * found.lift_sd), found.n_campaigns)


def assign(candidates: pd.DataFrame) -> pd.DataFrame:
    """Every customer once, in the list where an order more is worth most: probability × worth; ties by the list's name.

    candidates: customer_id, list, probability (0–1, to order without being written to), worth (contribution margin of
    one more order, in the brand's currency); only customers who may be written to. Where it is worth nothing, nobody
    is. Of the lists of fewer than 50, the one that the fewest could be on is dissolved, and its customers go to their
    next best, until no list is too small.
    """
    worth = candidates.probability * candidates.worth
    left = candidates.assign(_worth=worth)[worth > 0]  # this way round: a column given to no rows would bring its own
    left = left.sort_values(["customer_id", "_worth", "list"], ascending=[True, False, True]).drop(columns="_worth")
    while True:
        best = left.drop_duplicates("customer_id")
        sizes = best["list"].value_counts()
        small = sizes.index[sizes < SMALLEST_LIST]
        if small.empty:
            return best.sort_values(["list", "customer_id"], ignore_index=True)
        could = left["list"].value_counts().reindex(small).sort_index()
        left = left[left["list"] != could.idxmin()]


def with_holdout(members: pd.DataFrame, as_of: dt.date, seed: int) -> pd.DataFrame:
    """Add group: a tenth of every list, at least 5, is "holdout", the others "write".

    Who, is drawn by a hash of seed, day, list and customer: the same on every run, whatever the order of rows.
    """
    keys = [f"{seed}|{as_of}|{row.list}|{row.customer_id}" for row in members[["list", "customer_id"]].itertuples()]
    lot = pd.Series([hashlib.sha256(key.encode()).hexdigest() for key in keys], members.index, dtype="str")
    place = lot.groupby(members["list"]).rank(method="first")
    size = members["list"].map(members["list"].value_counts()).astype("float64")
    held = (HOLDOUT * size).round().clip(lower=_HELD_AT_LEAST)
    return members.assign(group=pd.Series("write", members.index, dtype="str").mask(place <= held, "holdout"))


def with_gain(members: pd.DataFrame, lift: Lift) -> pd.DataFrame:
    """Add expected_gain: the margin that a message to the customer should bring; of the held out, what it would have."""
    return members.assign(expected_gain=members.probability * members.worth * lift.mean)


def list_table(members: pd.DataFrame, lift: Lift, seed: int = 1) -> pd.DataFrame:
    """One row per list, the largest gain first. Only customers who are written to count.

    customers, to_write, held_out
    gain, gain_low, gain_high   contribution margin that writing should bring, with a 90% interval
    probability                 that it brings more than 0
    margin                      of one more order, in the mean over those who order
    break_even                  gain by customer written to: what message and offer may cost

    The interval holds what is not known of the lift, and the luck of who responds: extra orders are Poisson, and
    many or few of them come from customers whose orders are worth much.
    """
    told = members.assign(is_written=members.group == "write")
    written = told[told.is_written]
    sizes = told.groupby("list").agg(customers=("customer_id", "size"), to_write=("is_written", "sum"))
    sums = pd.DataFrame({
        "orders": written.probability,
        "worth": written.probability * written.worth,
        "squares": written.probability * written.worth**2,
    }).groupby(written["list"]).sum()  # fmt: skip
    gains = [_gain(row.worth, row.squares, lift, seed) for row in sums.itertuples()]
    names = ["gain", "gain_low", "gain_high", "probability"]
    table = sizes.join(pd.DataFrame(gains, sums.index, names)).assign(
        held_out=sizes.customers - sizes.to_write, margin=sums.worth / sums.orders
    )
    table = table.assign(break_even=(table.gain / table.to_write).clip(lower=0.0))
    return table.reset_index().sort_values(["gain", "list"], ascending=[False, True], ignore_index=True)


def _gain(worth: float, squares: float, lift: Lift, seed: int) -> tuple[float, float, float, float]:
    """Mean, 5% and 95% quantile and chance to be above 0 of the gain of a list.

    worth, squares: sums of probability × worth and × worth². Given the lift l, the gain has the mean l × worth and
    the variance |l| × squares: a Poisson number of orders of one size, squares / worth, has both.
    """
    size = squares / worth
    lifts = _NORMAL * lift.sd + lift.mean
    orders = np.random.default_rng(seed).poisson(np.abs(lifts) * worth / size)
    gains = np.sign(lifts) * orders * size
    low, high = np.quantile(gains, [0.05, 0.95])
    return lift.mean * worth, float(low), float(high), float((gains > 0).mean())


def decisions(table: pd.DataFrame, lift: Lift, names: Names, horizon_days: int) -> list[Decision]:
    """Write to these lists: the ten of the largest gain at most, and none that is not expected to gain.

    names: list → how it is called, and what it is offered. horizon_days: that probability looks ahead.
    """
    return [
        Decision(
            subject=f"contact list: {row.list}",
            action=say(
                "Write to {n} customers: {name}. {offer}",
                n=people(row.to_write), name=names[str(row.list)][0], offer=names[str(row.list)][1],
            ),
            amount=float(row.to_write),
            unit="customers",
            gain=float(row.gain),
            gain_low=float(row.gain_low),
            gain_high=float(row.gain_high),
            probability=float(row.probability),
            horizon_days=horizon_days,
            assumptions=_assumptions(lift, row.margin, row.break_even),
            check=say(
                "{n} customers of the list, drawn by lot, are not written to: compare orders per head of both after {days} days.",
                n=people(row.held_out), days=count(horizon_days),
            ),
        )
        for row in table[table.gain > 0].head(_MOST).itertuples()
    ]  # fmt: skip


def lift_told(lift: Lift) -> Sentence:
    """By how much a message is taken to raise the chance to order, with its interval, and where that comes from."""
    low, high = (change(lift.mean + sign * Z90 * lift.sd) for sign in (-1, 1))
    facts = {"lift": change(lift.mean), "low": low, "high": high}
    if not lift.n_campaigns:
        return say(
            "A message is taken to change the chance to order by {lift} (90%: {low} to {high}): assumed, no campaign here "
            "has measured it.",
            **facts,
        )
    return say(
        "A message is taken to change the chance to order by {lift} (90%: {low} to {high}), from what earlier campaigns "
        "brought against their holdout ({n}); what was assumed counts as far as they do not refute it.",
        **facts, n=count(lift.n_campaigns),
    )  # fmt: skip


def _assumptions(lift: Lift, margin: float, break_even: float) -> Sentence:
    return say(
        "{lift} One more order brings {margin} of gross profit in the mean. What message and offer cost is not taken off: it "
        "pays as long as they cost less than {cost} for each customer written to.",
        lift=lift_told(lift), margin=money(margin), cost=money(break_even),
    )  # fmt: skip


def list_rows(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The table of lists with their names, offers and intervals in words."""
    known = [names[key] for key in table["list"]]
    ranges = [
        say("{low} to {high}", low=money(row.gain_low), high=money(row.gain_high))
        for row in table[["gain_low", "gain_high"]].itertuples()
    ]
    return table.assign(name=[name for name, _ in known], offer=[offer for _, offer in known], range=ranges)


def title(rows: pd.DataFrame) -> Sentence:
    """Which list promises most; rows: of list_rows."""
    if rows.empty:
        return say("No list has {n} customers whom it is worth writing to", n=count(SMALLEST_LIST))
    best = rows.iloc[0]
    if best.gain <= 0:
        return say("By what earlier messages brought, no list is worth writing to")
    return say("Most should come of writing to {n} customers: {name}, {gain} (90%: {low} to {high})", **_best(rows))


def to_do(rows: pd.DataFrame, lift: Lift) -> Sentence | None:
    """The list to write to first, for the first screen; None where none should gain. A lift not measured is a trial."""
    if rows.empty or rows.gain.iloc[0] <= 0:
        return None
    if lift.n_campaigns:
        return say(
            "To do first: write to {n} customers, {name} ({gain} expected, 90%: {low} to {high}).", **_best(rows)
        )
    return say(
        "To try first: write to {n} customers, {name} (at the assumed effect {gain}, 90%: {low} to {high}).",
        **_best(rows),
    )


def _best(rows: pd.DataFrame) -> dict[str, Any]:
    best = rows.iloc[0]
    low, high = money(best.gain_low), money(best.gain_high)
    return {"n": people(best.to_write), "name": best["name"], "gain": money(best.gain), "low": low, "high": high}


def plot_lists(rows: pd.DataFrame, words: Words) -> Figure:
    """The expected gain of the first ten lists as bars, with 90% intervals; rows: of list_rows."""
    shown = rows.head(_MOST)
    labels = [textwrap.fill(words.text(name), 16) for name in shown["name"]]
    with house_style():
        drawn = figure(0.6 + 0.42 * len(shown))
        axes = drawn.subplots()
        places = range(len(shown))
        axes.barh(places, shown.gain, color=[GOOD if gain > 0 else WARM for gain in shown.gain], height=0.6, alpha=0.8)
        axes.hlines(places, shown.gain_low, shown.gain_high, colors=INK, linewidth=1.2)
        for place, row in zip(places, shown.itertuples(), strict=True):
            edge = max(row.gain, row.gain_high, 0)
            axes.annotate(words.value(money(row.gain)), (edge, place), (4, 0), textcoords="offset points", va="center")
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_yticks(places, labels)
        axes.margins(x=0.22)
        axes.invert_yaxis()
        axes.xaxis.set_visible(False)
        axes.spines[["bottom", "left"]].set_visible(False)
        return drawn
