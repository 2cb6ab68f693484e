"""Displays and mailers in words: what a SKU sold while it was in one, and what a week in it brings before what it costs."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.demand import named
from shopkeeper.pricing.promotion_report import NONE
from shopkeeper.report.charts import Amounts, plot_ranges
from shopkeeper.report.words import Kind, Sentence, Value, Words, change, count, money, percent, say

KINDS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Kind"), "text"),
    "n": (say("SKU-weeks"), "count"),
    "lift": (say("SKU beside others of its category"), "change"),
    "lift_range": (say("90% interval"), "text"),
    "whole_lift": (say("Category as a whole"), "change"),
    "whole_range": (say("90% interval"), "text"),
    "units": (say("Units, net of other SKUs"), "count"),
    "money": (say("Sales, net of other SKUs"), "money"),
    "week": (say("Contribution of a SKU's week in it"), "money"),
    "week_range": (say("90% interval"), "text"),
    "margin": (say("Contribution of all weeks in it"), "money"),
    "margin_range": (say("90% interval"), "text"),
    "naive": (say("Weeks in it against weeks out of it"), "change"),
}


def plot_kinds(rows: pd.DataFrame, words: Words) -> Figure:
    """By kind (of kind_rows) how much more a SKU in it sells, with its 90% interval, beside the naive figure."""
    rows = rows.assign(low=rows.lift_low, high=rows.lift_high)
    return plot_ranges(
        rows,
        Amounts(rows.lift, say("beside others of its category")),
        Amounts(rows.naive, say("in it against out of it")),
        words,
        kind="change",
    )


def kind_rows(kinds: pd.DataFrame, margins: pd.DataFrame) -> pd.DataFrame:
    """One row for each kind of kind_effects, in words; with what kind_margins tells of it, where that is known."""
    rows = kinds.merge(margins, on="kind", how="left") if len(margins) else kinds
    ranges = {"lift_range": _changes(rows, "lift"), "whole_range": _changes(rows, "whole_lift")}
    ranges |= {f"{name}_range": _moneys(rows, name) for name in ("week", "margin") if name in rows}
    return rows.assign(what=[named.promotion(kind) for kind in rows.kind], **ranges)


def kind_labels(rows: pd.DataFrame) -> dict[str, tuple[Sentence, Kind]]:
    """The columns of kind_rows that this brand can fill."""
    return {name: label for name, label in KINDS.items() if name in rows}


def _moneys(rows: pd.DataFrame, name: str) -> list[Sentence | None]:
    pairs = zip(rows[f"{name}_low"], rows[f"{name}_high"], strict=True)
    return [None if np.isnan(low) else say("{low} to {high}", low=money(low), high=money(high)) for low, high in pairs]


def _changes(kinds: pd.DataFrame, name: str) -> list[Sentence | None]:
    pairs = zip(kinds[f"{name}_low"], kinds[f"{name}_high"], strict=True)
    return [
        None if np.isnan(low) else say("{low} to {high}", low=change(low), high=change(high)) for low, high in pairs
    ]


def kind_title(kinds: pd.DataFrame) -> Sentence:
    """With which kind SKUs sell most beside others."""
    if kinds.empty:
        return NONE
    best = kinds.loc[kinds.lift.idxmax()]
    lift, low, high = (change(float(best[f"lift{end}"])) for end in ("", "_low", "_high"))
    return say(
        "While a SKU was in a {kind} it sold {lift} beside the others of its category (90%: {low} to {high})",
        kind=named.promotion(str(best.kind)), lift=lift, low=low, high=high,
    )  # fmt: skip


def kinds_told(kinds: pd.DataFrame, margins: pd.DataFrame) -> list[Sentence]:
    """How it was measured, what a week brings and may cost, and how much is taken from other SKUs."""
    if kinds.empty:
        return []
    method = say(
        "Displays and mailers run every week, so each SKU is compared with the others of its category in the same weeks, at its price of then. It is an "
        "association: what is put on display was chosen because it was expected to sell."
    )
    rows = [margins.loc[place] for place in margins.index]
    return [method, *(sentence for row in rows for sentence in (_pays(row), _in_all(row))), *_assumed(margins)]


def _pays(row: pd.Series) -> Sentence:
    """What a week may cost."""
    week, low, high = (money(float(row[f"week{end}"])) for end in ("", "_low", "_high"))
    facts: dict[str, Sentence | Value] = {"kind": named.promotion(str(row.kind)), "low": low, "high": high}
    if row.week_high < 0:
        return say(
            "A SKU's week in a {kind} loses contribution, {low} to {high} (90%), even where the {kind} costs nothing: what others of its category lose leaves more.",
            **facts,
        )
    if row.week_low <= 0:
        return say(
            "Whether a SKU's week in a {kind} brings contribution, after what others of its category lose, is within chance: {low} to {high} (90%). It surely pays at no "
            "cost, and surely not where it costs {high} or more.",
            **facts,
        )
    return say(
        "A SKU's week in a {kind} brings {week} of contribution (90%: {low} to {high}) after what others of its category lose, before what the {kind} itself costs, which is "
        "not known: it pays where it costs less than {week}, and surely where it costs less than {low}.",
        week=week,
        **facts,
    )


def _in_all(row: pd.Series) -> Sentence:
    """What all weeks brought, and what neighbours lost."""
    return say(
        "In all, {weeks} such weeks brought {much} (90%: {low} to {high}). Of what they brought their own SKUs, others of the category lost {share} (90%: {least} to {most}), by "
        "how far categories follow their own prices.",
        weeks=count(float(row.weeks)), much=money(float(row.margin)), low=money(float(row.margin_low)), high=money(float(row.margin_high)),
        share=percent(float(row.taken)), least=percent(float(row.taken_low)), most=percent(float(row.taken_high)),
    )  # fmt: skip


def _assumed(margins: pd.DataFrame) -> list[Sentence]:
    """How much of it rests on a cost that is not known."""
    if margins.empty or not margins.assumed_rate.max() > 0:
        return []
    if margins.assumed_rate.min() == 1:
        return [say("No cost of a unit sold in them is known; the brand's gross margin stands for it.")]
    share = percent(float(margins.assumed_rate.max()))
    return [
        say(
            "For up to {share} of the units sold in them the cost is not known; the brand's gross margin stands for it.",
            share=share,
        )
    ]
