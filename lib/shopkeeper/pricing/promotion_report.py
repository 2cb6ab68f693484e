"""Promotions of the past in words: what each brought net, the best and the worst, and what their discounts gave away."""

import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.pricing.promotion import EARLIEST, Promotions
from shopkeeper.pricing.promotion_baseline import AFTER, BEFORE
from shopkeeper.report.charts import Amounts, plot_ranges
from shopkeeper.report.words import Kind, Sentence, Words, count, money, percent, plain, say, together

NONE = say(
    "No promotion with a beginning and an end is in the data, or too few days lie outside them: what promotions bring is not told."
)
EFFECTS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Promotion"), "text"),
    "starts_on": (say("Begins"), "day"),
    "ends_on": (say("Ends"), "day"),
    "units": (say("Units, net"), "count"),
    "net_revenue": (say("Net sales, net effect"), "money"),
    "range": (say("90% interval"), "text"),
    "margin": (say("Contribution, net effect"), "money"),
    "margin_range": (say("90% interval"), "text"),
    "missed": (say("Full shelves would have added"), "money"),
    "missed_range": (say("90% interval"), "text"),
    "anyway": (say("Discount on what would have sold anyway"), "money"),
    "naive_net_revenue": (say("Beyond the 28 days before"), "money"),
    "why_said": (say("Why it is not told"), "text"),
}
_WHY = {
    "": plain(""),
    "open": say("its {n} days after are not over", n=count(AFTER)),
    "early": say("fewer than {n} days of data before it", n=count(EARLIEST)),
}
_UNMET = 0.02  # share of units wanted from which empty shelves are told of
_SHOWN = 12  # promotions that a chart on a phone has room for


def effect_rows(found: Promotions) -> pd.DataFrame:
    """One row a promotion, the last first, in words; figures of those that are not told are left out."""
    rows = found.rows.iloc[::-1].reset_index(drop=True)
    told, missed = rows.why == "", f"missed_{_by(found)}"
    if missed in rows:
        rows = rows.assign(missed=rows[missed], missed_range=_ranges(rows, missed))
    figures = [
        name for name in ("units", "net_revenue", "margin", "missed", "anyway", "naive_net_revenue") if name in rows
    ]
    rows = rows.assign(
        what=[plain(name) for name in rows.promotion], why_said=[_WHY[why] for why in rows.why], range=_ranges(rows, "net_revenue"),
        low=rows.net_revenue_low, high=rows.net_revenue_high,
    )  # fmt: skip
    if "margin" in rows:
        rows = rows.assign(margin_range=_ranges(rows, "margin"))
    texts = [name for name in ("range", "margin_range", "missed_range") if name in rows]
    return rows.assign(
        **{name: rows[name].where(told) for name in figures}, **{name: rows[name].where(told, None) for name in texts}
    )


def effect_labels(found: Promotions) -> dict[str, tuple[Sentence, Kind]]:
    """The columns of effect_rows that this brand can fill."""
    rows = found.rows
    left = set() if "margin" in rows else {"margin", "margin_range"}
    left |= {"why_said"} if (rows.why == "").all() else set()
    left |= set() if f"missed_{_by(found)}" in rows else {"missed", "missed_range"}
    return {name: label for name, label in EFFECTS.items() if name not in left}


def _ranges(rows: pd.DataFrame, name: str) -> list[Sentence]:
    pairs = zip(rows[f"{name}_low"], rows[f"{name}_high"], strict=True)
    return [say("{low} to {high}", low=money(low), high=money(high)) for low, high in pairs]


def title(found: Promotions) -> Sentence:
    """The best and the worst of the promotions that are charted, by net sales as they are."""
    rows = found.told.tail(_SHOWN)
    if rows.empty:
        return say("For no promotion are both the days before and after known")
    best, worst = _ends(rows, "net_revenue")
    if len(rows) == 1:
        return say("What a promotion brought in {what}, net: {best}", what=say("net sales"), best=best)
    return say(
        "Of the last {n} promotions most net sales, net, were brought by {best}; least by {worst}",
        n=count(len(rows)),
        best=best,
        worst=worst,
    )


def _contribution(found: Promotions) -> list[Sentence]:
    """The best and the worst promotion of all by contribution; nothing where costs are not known, or there is no other."""
    if "margin" not in found.rows or len(found.told) < 2:
        return []
    best, worst = _ends(found.told, "margin")
    return [
        say(
            "Most {what}, net, was brought by {best}; least by {worst}",
            what=say("contribution"),
            best=best,
            worst=worst,
        )
    ]


def _ends(rows: pd.DataFrame, by: str) -> tuple[Sentence, Sentence]:
    return _of(rows.loc[rows[by].idxmax()], by), _of(rows.loc[rows[by].idxmin()], by)


def _of(row: pd.Series, by: str) -> Sentence:
    low, much, high = (money(float(row[f"{by}{end}"])) for end in ("_low", "", "_high"))
    return say("{what}: {much} (90%: {low} to {high})", what=plain(str(row.promotion)), much=much, low=low, high=high)


def _by(found: Promotions) -> str:
    return "margin" if "margin" in found.rows else "net_revenue"


def _what(found: Promotions) -> Sentence:
    return say("contribution") if _by(found) == "margin" else say("net sales")


def plot_effects(rows: pd.DataFrame, words: Words) -> Figure:
    """Net effect on net sales of the last twelve promotions that are told (of effect_rows), with 90% intervals, beside the naive figure."""
    rows = rows[rows.why == ""].head(_SHOWN).reset_index(drop=True)
    net, naive = say("net effect on net sales"), say("beyond the 28 days before")
    return plot_ranges(rows, Amounts(rows.net_revenue, net), Amounts(rows.naive_net_revenue, naive), words)


def told(found: Promotions) -> list[Sentence]:
    """How it was measured, what was pulled forward, taken from others and given away, and what is not told."""
    rows = found.told
    if rows.empty:
        return _left_out(found)
    method = say(
        "Each promotion stands beside what the brand would have sold without it, learnt from days that no promotion covers. What the {before} days before "
        "and the {after} days after it missed is taken off, and later orders of customers whom it brought are added. This is no experiment: whatever else "
        "happened on its days counts as its effect.",
        before=count(BEFORE), after=count(AFTER),
    )  # fmt: skip
    losers = _losers(found)
    return [
        *_contribution(found),
        method,
        pull_forward(found),
        later(found),
        substitutes(found),
        given(found),
        *_unmet(found),
        *losers,
        *_left_out(found),
    ]


def pull_forward(found: Promotions) -> Sentence:
    """How much of what promotions sold was only moved from the days around them."""
    moved, during = found.together("pulled_units"), found.together("during_units")
    facts = {"low": count(moved.low), "high": count(moved.high)}
    if moved.low <= 0 <= moved.high:
        return say(
            "Whether promotions pull purchases forward is within chance: {low} to {high} units in all (90%).", **facts
        )
    if moved.high < 0:
        facts = {"low": count(-moved.high), "high": count(-moved.low)}
        return say("The days around promotions sold more, not less: {low} to {high} units in all (90%).", **facts)
    return say(
        "Of the units that promotions sold beyond the baseline on their days, {share} were missing on the days around: {much} units in all (90%: {low} to {high}).",
        share=percent(min(moved.middle / max(during.middle, 1e-9), 1.0)), much=count(moved.middle), **facts,
    )  # fmt: skip


def later(found: Promotions) -> Sentence:
    """What those whom promotions brought ordered later."""
    more = found.together("later_net_revenue")
    if more.low == more.high == 0:
        return say(
            "Later orders of customers whom promotions brought are not counted: no customers are known who came first in one."
        )
    return say(
        "Customers whom promotions brought have since ordered for {much} more (90%: {low} to {high}), which is counted in; it assumes that they are like the "
        "others who came first on those days.",
        much=money(more.middle), low=money(more.low), high=money(more.high),
    )  # fmt: skip


def substitutes(found: Promotions) -> Sentence:
    """What became of SKUs of the same categories that were not in them."""
    others = found.together("substitute_units")
    facts = {"low": count(others.low), "high": count(others.high), "much": count(others.middle)}
    if others.high < 0:
        facts = {"low": count(-others.high), "high": count(-others.low), "much": count(-others.middle)}
        return say(
            "SKUs of the same categories that were not in them sold {much} units fewer on those days (90%: {low} to {high}), which is taken off.",
            **facts,
        )
    if others.low > 0:
        return say(
            "SKUs of the same categories that were not in them sold {much} units more on those days (90%: {low} to {high}): promotions drew people to these too.",
            **facts,
        )
    return say("Whether SKUs of the same categories that were not in them lost to promotions is within chance.")


def given(found: Promotions) -> Sentence:
    """The money that discounts gave to those who would have bought anyway."""
    much = found.together("anyway")
    told_ = found.told
    whole = (told_.anyway / told_.anyway_share.where(told_.anyway_share > 0)).sum()
    return say(
        "Their lower prices gave {much} (90%: {low} to {high}) to purchases that would have been made anyway: {share} of all that they gave.",
        much=money(much.middle), low=money(much.low), high=money(much.high), share=percent(min(much.middle / max(whole, 1e-9), 1.0)),
    )  # fmt: skip


def _unmet(found: Promotions) -> list[Sentence]:
    """How much of what promotions drew was not there, and what that cost, where stock is known."""
    missed, by = found.told.unmet_rate.max(), f"missed_{_by(found)}"
    if not missed > _UNMET or by not in found.draws:
        return []
    worst, lost = found.told.loc[found.told.unmet_rate.idxmax()], found.together(by)
    return [
        say(
            "What was wanted and not there is no sale and not counted: at worst, in {worst}, {share} of the units wanted were not there. Had shelves been full on every "
            "day, promotions would have brought {much} more {what} (90%: {low} to {high}); how much was wanted is told by what other days and SKUs sold. Without a "
            "promotion shelves are taken to hold what they hold on ordinary days.",
            worst=plain(str(worst.promotion)), share=percent(float(missed)), what=_what(found),
            much=money(lost.middle), low=money(lost.low), high=money(lost.high),
        )
    ]  # fmt: skip


def _losers(found: Promotions) -> list[Sentence]:
    """Those that surely lost, or none surely gained."""
    rows, by = found.told, _by(found)
    lost = rows[rows[f"{by}_high"] < 0]
    unsure = rows[(rows[f"{by}_low"] <= 0) & (rows[f"{by}_high"] >= 0)]
    said = [say("Promotions that surely lost: {names}.", names=_names(lost))] if len(lost) else []
    return said + (
        [say("Promotions that may have brought nothing: {names}.", names=_names(unsure))] if len(unsure) else []
    )


def _names(rows: pd.DataFrame) -> Sentence:
    return together([plain(str(name)) for name in rows.promotion])


def _left_out(found: Promotions) -> list[Sentence]:
    left = found.rows[found.rows.why != ""]
    return [
        say("Not told ({why}): {names}.", why=_WHY[str(why)], names=_names(rows)) for why, rows in left.groupby("why")
    ]
