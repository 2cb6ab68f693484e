"""The budget in words: what to raise, keep and lower, what that gains, and how sure it is."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.attribution.budget import (
    FLAT,
    Budget,
    Move,
    brought,
    choose,
    gain,
    is_advised,
    is_flat,
    moves,
    regret,
    room,
)
from shopkeeper.attribution.curves import Floats, bottom, marginal_return, top
from shopkeeper.attribution.division import worst
from shopkeeper.decisions import Decision
from shopkeeper.report.charts import Amounts, plot_ranges
from shopkeeper.report.page import Tile
from shopkeeper.report.words import (
    Kind,
    Sentence,
    Value,
    Words,
    chance,
    count,
    day,
    money,
    percent,
    plain,
    say,
    together,
)

CLEAR = 0.8  # chance from which one channel, or one move, of a budget that is advised is called clear
WIDE = 0.1  # of planned spend: a best that is known less closely than that is not known
_LEANS = 0.02  # of planned spend: a change by less is none
_SLACK = 1e-6  # of planned spend

RAISE, LOWER, KEEP = say("raise"), say("lower"), say("keep")
MORE, LESS, UNKNOWN = say("rather more"), say("rather less"), say("cannot be told")

BUDGET: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Channel"), "text"),
    "now": (say("Planned, a week"), "money"),
    "proposed": (say("Proposed, a week"), "money"),
    "change": (say("Change"), "change"),
    "range": (say("Best within the limits, 90% interval"), "text"),
    "next_now": (say("Profit of the next 1.00, as planned"), "money"),
    "next_range": (say("90% interval"), "text"),
    "next_proposed": (say("As proposed"), "money"),
    "verdict": (say("Verdict"), "text"),
}


def budget_rows(found: Budget) -> pd.DataFrame:
    """One row per channel, the largest planned spend first; money a week.

    now, proposed, change (-1 to infinity; null where nothing is planned); low, high and range: 90% interval of what would be best
    next_now, next_range, next_proposed: gross profit of one more of the currency beside what is planned, and what is proposed
    up, down: chance that the best is more, or less, than planned; verdict
    """
    curves, weeks = found.curves, found.curves.weeks
    low, high = np.quantile(found.best, [0.05, 0.95], axis=0) / weeks
    now = marginal_return(curves, curves.now)
    rows = pd.DataFrame({
        "what": [plain(name) for name in curves.channels], "now": curves.now / weeks, "proposed": found.proposed / weeks,
        "change": found.proposed / np.where(curves.now > 0, curves.now, np.nan) - 1,
        "low": low, "high": high, "range": _ranges(low, high),
        "next_now": now.mean(axis=0), "next_range": _ranges(*np.quantile(now, [0.05, 0.95], axis=0)),
        "next_proposed": marginal_return(curves, found.proposed).mean(axis=0),
        "up": (found.best > curves.now).mean(axis=0), "down": (found.best < curves.now).mean(axis=0),
    })  # fmt: skip
    is_moved, is_level = is_advised(found), float(regret(found, curves.now).mean()) < FLAT * brought(found)
    rows["verdict"] = [_verdict(row, is_moved, is_level) for _, row in rows.iterrows()]
    return rows.sort_values("now", ascending=False, kind="stable", ignore_index=True)


def weekly_rows(plan: pd.DataFrame) -> pd.DataFrame:
    """One row per channel, the largest first: what, and what is proposed for each week (day it begins). plan: of weekly_plan."""
    week = pd.to_datetime(plan.period_start).dt.strftime("%Y-%m-%d")
    wide = plan.groupby(["channel", week.rename("week")]).proposed.sum().unstack(fill_value=0.0)
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    return wide.assign(what=[plain(name) for name in wide.index]).reset_index(drop=True)


def weekly_labels(rows: pd.DataFrame) -> dict[str, tuple[Sentence, Kind]]:
    """The columns of weekly_rows."""
    labels: dict[str, tuple[Sentence, Kind]] = {"what": (say("Channel"), "text")}
    for name in rows.columns.drop("what"):
        labels[name] = (say("week of {day}", day=day(dt.date.fromisoformat(name))), "money")
    return labels


def _ranges(low: Floats, high: Floats) -> list[Sentence]:
    return [say("{low} to {high}", low=money(a), high=money(b)) for a, b in zip(low, high, strict=True)]


def _verdict(row: pd.Series, is_moved: bool, is_level: bool) -> Sentence:
    """is_moved: whether the proposal is advised; is_level: whether who knew the curves could hardly do better than the plan."""
    more = row.proposed - row.now
    if is_moved and abs(more) > _LEANS * row.now:
        clear, leaning, surely = (RAISE, MORE, row.up) if more > 0 else (LOWER, LESS, row.down)
        return clear if surely >= CLEAR else leaning
    return KEEP if is_level or row.high - row.low <= WIDE * row.now else UNKNOWN


def title(found: Budget) -> Sentence:
    """What moving the budget should bring, or why it is better left as planned."""
    facts = _facts(found)
    if is_flat(found):
        return say(
            "The plan is as good as any budget within the limits: the best should bring {gain} more (90%: {low} to {high}), less than "
            "{flat} of what all channels bring",
            flat=percent(FLAT), **facts,
        )  # fmt: skip
    if not is_advised(found):
        return say(
            "No budget is surely better than the plan: the best guess should bring {gain} more (90%: {low} to {high}), and would "
            "bring less than the plan with a chance of {risk}",
            **facts,
        )  # fmt: skip
    return say(
        "To move {moved} of {total} a week for {weeks} weeks should bring {gain} more {what} (90%: {low} to {high}). {action}",
        action=action(moves(found)[0], found.curves.weeks), **facts,
    )  # fmt: skip


def _facts(found: Budget) -> dict[str, Sentence | Value]:
    """What sentences on a whole budget are made of; money over the weeks ahead, but moved, total and planned a week."""
    gains, curves = gain(found), found.curves
    low, high = np.quantile(gains, [0.05, 0.95])
    return {
        "gain": money(gains.mean()), "low": money(low), "high": money(high), "worst": money(worst(gains)),
        "risk": chance((gains <= 0).mean()), "moved": money(np.abs(found.proposed - curves.now).sum() / 2 / curves.weeks),
        "total": money(found.proposed.sum() / curves.weeks), "planned": money(curves.now.sum() / curves.weeks),
        "weeks": count(curves.weeks), "what": say("gross profit within a year") if curves.days else say("gross profit"),
    }  # fmt: skip


def plot_budget(rows: pd.DataFrame, words: Words) -> Figure:
    """Of each channel the planned and the proposed spend a week, and a 90% interval of what would be best."""
    dot, mark = Amounts(rows.proposed, say("proposed")), Amounts(rows.now, say("planned"))
    return plot_ranges(rows, dot, mark, words, say("Best within the limits, 90% interval"))


def flat_told(found: Budget) -> Sentence:
    """The channel that could be given most more or less at hardly any loss."""
    curves, (low, high) = found.curves, room(found)
    widest = int(np.argmax(high - low))
    if high[widest] - low[widest] <= WIDE * curves.now[widest]:
        return say(
            "The best budget is well marked: to give any channel much more or less would cost over {flat} of what all bring.",
            flat=percent(FLAT),
        )
    return say(
        "Budgets that differ much do about as well: {channel} could be given anything from {low} to {high} a week, the others set to "
        "fit, and all together would still bring within {flat} of the most.",
        channel=curves.channels[widest], low=money(low[widest] / curves.weeks), high=money(high[widest] / curves.weeks),
        flat=percent(FLAT),
    )  # fmt: skip


def limits_told(found: Budget) -> Sentence:
    """By what the proposal is limited, and which channels are held there."""
    curves = found.curves
    is_beyond = curves.now > curves.seen
    room_left = np.where(found.proposed > curves.now, top(curves) - found.proposed, found.proposed - bottom(curves))
    is_held = (
        (np.abs(found.proposed - curves.now) > _SLACK * curves.now) & (room_left <= _SLACK * curves.now) & ~is_beyond
    )
    told = say(
        "No channel moves by more than {most} of its planned spend at once, nor to more than was ever spent on it in {weeks} weeks, since "
        "nothing is known there.",
        most=percent(found.most), weeks=count(curves.weeks),
    )  # fmt: skip
    if is_held.any():
        told = say(
            "{told} Held by this: {channels}; look again after these weeks.",
            told=told,
            channels=_those(found, is_held),
        )
    if is_beyond.any():
        told = say("{told} Planned beyond what was ever spent: {channels}; what that brings is a guess.", told=told, channels=_those(found, is_beyond))  # fmt: skip
    return told


def _those(found: Budget, which: npt.NDArray[np.bool_]) -> Sentence:
    return together([plain(name) for name, is_one in zip(found.curves.channels, which, strict=True) if is_one])


def risk_told(best: Budget, careful: Budget) -> Sentence:
    """The two budgets beside each other, and which is proposed."""
    one, other = _facts(best), _facts(careful)
    told = say(
        "The budget that brings most on average moves {moved} a week: {gain} more, and {worst} if things stand as in the worst fifth of "
        "what may be true.",
        **one,
    )
    if not moves(careful):
        return say("{told} No move gains in that fifth.", told=told)
    chosen = say("Proposed is the first.")
    if choose(best, careful) is careful:
        chosen = say("Proposed is the careful one: the first is not surely better than the plan.")
    return say(
        "{told} The careful one, which does best there, moves {moved}: {gain} more, and {worst}. {chosen}",
        told=told,
        chosen=chosen,
        **other,
    )


def knowledge_told(best: Budget) -> Sentence:
    """What it would be worth to know all curves exactly. best: of propose."""
    return say(
        "To know exactly what every channel brings would be worth {worth} more from {weeks} weeks within these limits: tests that cost more do "
        "not pay by them alone.",
        worth=money(regret(best, best.proposed).mean()), weeks=count(best.curves.weeks),
    )  # fmt: skip


def total_told(free: Budget) -> Sentence:
    """Whether the total is right. free: of propose_freely."""
    if not is_advised(free):
        return say(
            "To spend more or less in all is not surely better: the best guess is {total} a week, planned are {planned}.",
            **_facts(free),
        )
    return say(
        "If the total may change, {total} a week should leave most within the same limits, where {planned} are planned: {gain} more from {weeks} "
        "weeks, the spend taken off (90%: {low} to {high}).",
        **_facts(free),
    )  # fmt: skip


def action(move: Move, weeks: int) -> Sentence:
    """The move as a thing to do, by the week."""
    givers = together([plain(name) if name else say("a larger total") for name in move.givers])
    facts: dict[str, Value | Sentence] = {
        "amount": money(move.amount / weeks), "givers": givers, "taker": plain(move.taker),
    }  # fmt: skip
    if not move.taker:
        return say("Spend {amount} a week less on {givers}", **facts)
    if move.givers == ("",):
        return say("Spend {amount} a week more on {taker}", **facts)
    return say("Shift {amount} a week from {givers} to {taker}", **facts)


def decisions(found: Budget, assumed: Sentence, is_regional: bool = True) -> list[Decision]:
    """The clear moves of a budget that is advised. assumed: what counts; is_regional: whether regions can be held against each other."""
    if not is_advised(found):
        return []
    return [_decision(found, move, assumed, is_regional) for move in moves(found) if (move.gain > 0).mean() >= CLEAR]


def _check(weeks: int, is_regional: bool) -> Sentence:
    if is_regional:
        return say(
            "Leave some regions at the old budget for {weeks} weeks, compare their sales with the others', and enter the difference in "
            "lift_tests.",
            weeks=count(weeks),
        )
    return say(
        "After {weeks} weeks, hold sales against what this report expected of them at the plan: its claims are scored then.",
        weeks=count(weeks),
    )


def _decision(found: Budget, move: Move, assumed: Sentence, is_regional: bool) -> Decision:
    weeks = found.curves.weeks
    low, high = np.quantile(move.gain, [0.05, 0.95])
    return Decision(
        subject=f"channel: {move.taker or move.givers[0]}", action=action(move, weeks), amount=move.amount / weeks,
        unit="currency a week", gain=float(move.gain.mean()), gain_low=float(low), gain_high=float(high),
        probability=float((move.gain > 0).mean()), horizon_days=found.curves.days or 7 * weeks,
        assumptions=say("{assumed} What these weeks' spend brings after them counts. {limits}", assumed=assumed, limits=limits_told(found)),
        check=_check(weeks, is_regional),
    )  # fmt: skip


def tiles(found: Budget) -> list[Tile]:
    """The gain of moving the budget, for the first screen."""
    facts = _facts(found)
    label = say("Gain from moving the budget for {weeks} weeks", weeks=facts["weeks"])
    if found.curves.days:
        label = say("Gain within a year from moving the budget for {weeks} weeks", weeks=facts["weeks"])
    return [
        (label, money(gain(found).mean()), say("90%: {low} to {high}; chance of less than by the plan {risk}", **facts))
    ]
