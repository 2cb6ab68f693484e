"""Outlook: what each segment and each cohort will bring in the next 30 days, said so that it can be scored."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.claims import Claim
from shopkeeper.customers.activity import SETTLING
from shopkeeper.customers.expectations import DAYS, expectations, of_group
from shopkeeper.customers.labels import Labels
from shopkeeper.customers.past import Past
from shopkeeper.customers.segment_names import name_segments
from shopkeeper.customers.segment_profile import Segments
from shopkeeper.report.style import ACCENT, WARM, figure, house_style
from shopkeeper.report.words import Sentence, Words, count, money, month, people, percent, say

SMALLEST = 50  # customers of a group, below which nothing is claimed of it
_COHORTS = 15  # the latest
_MEASURES = {"segment": ("orders", "net_revenue"), "cohort": ("buyers",)}
_CLAIMED = {"orders": "list_orders", "net_revenue": "list_net_revenue", "buyers": "cohort_buyers"}
_COLUMNS = ["kind", "group", "measure", "customers", "predicted", "low", "high", "naive"]


@dataclass(frozen=True)
class Group:
    """Customers of whom something is claimed. kind: segment or cohort; key: the segment's, or the month as 2024-05."""

    kind: str
    key: str
    members: pd.Index


@dataclass(frozen=True)
class Outlook:
    """rows: one per (group, measure): kind, group, measure, customers, predicted, low, high, naive (the 30 days before).

    groups: whom the rows are about, by (kind, group). tested: the same rows made 30 days before, with actual.
    """

    rows: pd.DataFrame
    groups: Mapping[tuple[str, str], Group]
    tested: pd.DataFrame


def outlook(past: Past, ways: Segments | None, seed: int) -> Outlook:
    """What is expected of every segment and cohort; and what was, 30 days before, beside what came."""
    today, before = past.shop.as_of, past.shop.as_of - dt.timedelta(days=DAYS)
    groups = _groups(past, today, ways, None if ways is None else ways.labels)
    rows = _rows(past, today, groups, seed)
    then = _groups(past, before, ways, None if ways is None else ways.month_ago) if past.reaches(before) else []
    tested = _rows(past, before, then, seed)
    if len(tested):
        actual = _sums(past, before, then)
        tested["actual"] = [actual[row.kind, row.group, row.measure] for row in tested.itertuples()]
    return Outlook(rows, {(group.kind, group.key): group for group in groups}, tested)


def _groups(past: Past, day: dt.date, ways: Segments | None, labels: pd.Series | None) -> list[Group]:
    known = past.known(day)
    first = (pd.Timestamp(day) - pd.to_timedelta(known["T"], unit="D")).rename("first")
    settled = first[first >= pd.Timestamp(past.shop.first_day) + pd.Timedelta(days=SETTLING)]
    months = (settled if len(settled) else first).dt.strftime("%Y-%m")
    cohorts = [Group("cohort", str(month), part.index) for month, part in months.groupby(months)][-_COHORTS:]
    segments = []
    if ways is not None and labels is not None:
        names = name_segments(ways.traits)
        parts = labels[labels.index.isin(known.index)]
        segments = [Group("segment", names[int(n)].key, part.index) for n, part in parts.groupby(parts)]
    return [group for group in [*segments, *cohorts] if len(group.members) >= SMALLEST]


def _rows(past: Past, day: dt.date, groups: list[Group], seed: int) -> pd.DataFrame:
    expected = expectations(past, day, seed) if groups else {}
    naive = _sums(past, day - dt.timedelta(days=DAYS), groups) if expected else {}
    rows = [
        (group.kind, group.key, measure, len(group.members), *of_group(expected[measure], group.members, seed),
         naive[group.kind, group.key, measure])
        for group in groups
        for measure in _MEASURES[group.kind]
        if expected
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS)


def _sums(past: Past, day: dt.date, groups: list[Group]) -> dict[tuple[str, str, str], float]:
    """What the members of each group did in the 30 days after the day."""
    after = past.after(day, DAYS)
    did = pd.DataFrame({
        "orders": after.orders_after, "net_revenue": after.net_revenue_after, "buyers": (after.orders_after > 0),
    }).astype("float64")  # fmt: skip
    return {
        (group.kind, group.key, measure): float(did[measure].reindex(group.members).sum())
        for group in groups
        for measure in _MEASURES[group.kind]
    }


def claims(found: Outlook, as_of: dt.date) -> list[Claim]:
    """The rows as claims for the 30 days after as_of: of a segment about a frozen list, of a cohort about its month."""
    starts, ends = as_of + dt.timedelta(days=1), as_of + dt.timedelta(days=DAYS)
    return [
        Claim(
            subject=row.group if row.kind == "cohort" else f"segment: {row.group} @{as_of}",
            measure=_CLAIMED[row.measure],
            starts_on=starts,
            ends_on=ends,
            predicted=row.predicted,
            low=row.low,
            high=row.high,
            naive=row.naive,
            members=() if row.kind == "cohort" else tuple(found.groups[row.kind, row.group].members),
        )
        for row in found.rows.itertuples()
    ]


OUTLOOK: Labels = {
    "what": (say("Group"), "text"),
    "measure_told": (say("What"), "text"),
    "customers": (say("Customers"), "people"),
    "expected": (say("Expected, next 30 days"), "text"),
    "from": (say("90% from"), "text"),
    "to": (say("90% to"), "text"),
    "last": (say("Last 30 days"), "text"),
}
_TOLD = {"orders": say("orders"), "net_revenue": say("sales"), "buyers": say("customers who order")}
_UNIT = {"orders": count, "net_revenue": money, "buyers": people}


def outlook_rows(found: Outlook, ways: Segments | None) -> pd.DataFrame:
    """The rows in words, segments first."""
    if found.rows.empty:
        return found.rows
    names = {} if ways is None else {name.key: name.name for name in name_segments(ways.traits)}
    told = {"expected": "predicted", "from": "low", "to": "high", "last": "naive"}
    cells = {
        label: [_in_unit(getattr(row, name), row.measure) for row in found.rows.itertuples()]
        for label, name in told.items()
    }
    return found.rows.assign(
        what=[names.get(row.group) or say("first order in {month}", month=month(pd.Timestamp(row.group))) for row in found.rows.itertuples()],
        measure_told=[_TOLD[measure] for measure in found.rows.measure],
        **cells,
    )  # fmt: skip


def _in_unit(value: float, measure: str) -> Sentence:
    return Sentence("{v}", {"v": _UNIT[measure](value)})


def title(rows: pd.DataFrame) -> Sentence:
    """Which group should bring most in the next 30 days; rows: of outlook_rows."""
    if rows.empty:
        return say("Too little is known to say what a group of customers will bring")
    best = rows.loc[rows[rows.measure == _drawn(rows)].predicted.idxmax()]
    facts = {"who": best.what, "n": people(best.customers), "what": best.measure_told}
    return say(
        "Next 30 days, {who} ({n} customers): {expected} {what} expected (90%: {low} to {high}), after {last} in the last 30",
        **facts, expected=best.expected, low=best["from"], high=best["to"], last=best["last"],
    )  # fmt: skip


def tested_told(found: Outlook) -> Sentence:
    """How the same was 30 days before: inside the intervals, and nearer than the rule that nothing changes."""
    tested = found.tested
    if tested.empty:
        return say("The data are too short to hold an earlier expectation against what came.")
    inside = ((tested.low <= tested.actual) & (tested.actual <= tested.high)).sum()
    off, naive = ((tested[name] - tested.actual).abs() / tested.actual.clip(lower=1) for name in ("predicted", "naive"))
    facts = {
        "inside": count(inside),
        "n": count(len(tested)),
        "ours": percent(off.mean()),
        "naive": percent(naive.mean()),
    }
    if off.mean() < naive.mean():
        return say(
            "Made the same way 30 days earlier, {inside} of {n} intervals held what came; the mean miss was {ours}, against "
            "{naive} for the rule that the last 30 days repeat. Every expectation here is recorded and scored when its days are over.",
            **facts,
        )
    return say(
        "Made the same way 30 days earlier, {inside} of {n} intervals held what came, but the mean miss was {ours}, no "
        "smaller than that of the rule that the last 30 days repeat ({naive}). Every expectation here is recorded and "
        "scored when its days are over.",
        **facts,
    )


def _drawn(rows: pd.DataFrame) -> str:
    """What the chart draws: sales of segments, where there are any, else the buyers of cohorts."""
    return "net_revenue" if (rows.kind == "segment").any() else "buyers"


def plot_outlook(rows: pd.DataFrame, words: Words) -> Figure:
    """What is expected of each group with its 90% interval, and what the last 30 days brought; rows: of outlook_rows."""
    drawn_rows = rows[rows.measure == _drawn(rows)].reset_index(drop=True)
    with house_style():
        drawn = figure(0.9 + 0.34 * len(drawn_rows))
        axes = drawn.subplots()
        place = np.arange(len(drawn_rows))
        spread = np.abs(drawn_rows[["low", "high"]].to_numpy(np.float64).T - drawn_rows.predicted.to_numpy(np.float64))
        label = words.text(say("expected, 90% interval"))
        axes.errorbar(
            drawn_rows.predicted, place, xerr=spread, fmt="o", color=ACCENT, markersize=5, linewidth=1, label=label
        )
        axes.scatter(
            drawn_rows.naive, place, marker="|", s=140, linewidth=2, color=WARM, label=words.text(say("last 30 days"))
        )
        axes.set_yticks(place, [words.text(what) for what in drawn_rows.what])
        axes.set_xlim(left=0)
        axes.set_ylim(len(place) - 0.5, -0.5)
        unit = _UNIT[_drawn(rows)]
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(unit(tick)) if tick else "0"))
        axes.spines["left"].set_visible(False)
        drawn.legend(loc="outside upper left", ncols=2)
        return drawn
