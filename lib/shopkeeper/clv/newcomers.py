"""Newcomers: what a new customer is worth by where she came from and what she bought first, and what she may cost."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.clv.beginnings import OTHER
from shopkeeper.clv.groups import Worth, better, new_customers, orders_of_new, worth_table
from shopkeeper.clv.level import Level
from shopkeeper.clv.study import CUSTOMERS, Study
from shopkeeper.customers.charts import heat
from shopkeeper.report.charts import Amounts, plot_ranges, short
from shopkeeper.report.page import Tile
from shopkeeper.report.style import figure, house_style
from shopkeeper.report.words import Kind, Sentence, Words, count, money, people, percent, plain, say

ALL = "all"
_MISSING = {
    "channel": say(
        "Worth by channel is not told: that takes a table of customers with the channel of each, two or more of them with 50 customers."
    ),
    "first_bought": say(
        "Worth by first purchase is not told: that takes order lines and products with categories, two or more with 50 customers."
    ),
}
SURE = 0.9  # chance from which one is called better than another
_SHOWN, _COMPARED = 12, 8  # groups that a chart, and a square of chances, have room for

WORTH: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("New customers by"), "text"),
    "customers": (say("Customers"), "people"),
    "first": (say("First order"), "money"),
    "year": (say("With the year after it"), "money"),
    "low": (say("90% from"), "money"),
    "high": (say("90% to"), "money"),
    "beats_next": (say("Chance to be worth more than the next"), "chance"),
}


def worths(study: Study, rate: float, seed: int) -> dict[str, Worth | None]:
    """What a new customer of all, of each channel and of each first purchase is worth in gross profit, by ALL, channel and first_bought.

    Learnt from customers who were not known already when the data began; None where they are fewer than 200, or a kind is not
    known of them.
    """
    known = study.customers[study.customers.is_new]
    groups = {ALL: pd.Series(ALL, known.index)} | {
        kind: study.factors[kind].reindex(known.index) for kind in _MISSING if kind in study.factors
    }
    none: dict[str, Worth | None] = dict.fromkeys([ALL, *_MISSING])
    if len(known) < CUSTOMERS:
        return none
    orders = orders_of_new(study.posterior, rate)
    found = {kind: new_customers(orders, known, group, seed) for kind, group in groups.items()}
    return none | {
        kind: _moved(worth, study.first_year.level, seed) for kind, worth in found.items() if np.isfinite(worth.margin).all()
    }  # fmt: skip


def _moved(worth: Worth, level: Level, seed: int) -> Worth:
    """With repeat orders as far above or below as the first year was, and as much as everyone may be moved, the same in all groups."""
    first, many = worth.margin[:, :1], len(worth.margin)
    moves = np.random.default_rng(seed).permutation(level.moves(many))[:, None, None]
    return Worth(worth.groups, first + (worth.margin - first) * moves)


def worth_rows(worth: Worth | None, study: Study, kind: str) -> pd.DataFrame:
    """One row per group, the most worth first: group, customers, first, year, low, high, beats_next; what: its name in words."""
    if worth is None:
        return pd.DataFrame()
    new = study.customers.index[study.customers.is_new]
    group = pd.Series(ALL, new) if kind == ALL else study.factors[kind].reindex(new)
    table, chance = worth_table(worth, group), better(worth)
    after = [chance.loc[one, next_] for one, next_ in zip(table.group, table.group[1:], strict=False)]
    return table.assign(what=[named(name) for name in table.group], beats_next=[*after, np.nan])


def named(group: str) -> Sentence:
    """A group in words: channels and categories are the brand's own."""
    return say("all others") if group == OTHER else plain(group)


def worth_title(rows: pd.DataFrame, worth: Worth | None) -> Sentence | None:
    """Which group's newcomers are worth most and least, and how sure that is; None where groups are not known."""
    if worth is None or rows.empty:
        return None
    if len(rows) == 1:
        return say(
            "All new customers are of one group, {what}: there is none to compare it with", what=rows["what"].iloc[0]
        )
    best, least = rows.iloc[0], rows.iloc[-1]
    sure = better(worth).loc[best.group, least.group]
    facts: dict[str, Any] = {
        "best": best["what"], "most": money(best.year), "least": least["what"], "little": money(least.year), "sure": percent(sure),
    }  # fmt: skip
    if sure >= SURE:
        return say(
            "A new customer brings most by {best}, {most} with the first year, and least by {least}, {little}; the chance that "
            "the one is truly worth more is {sure}",
            **facts,
        )
    return say(
        "By {best} a new customer brings {most} with the first year, by {least} {little}, but the data cannot tell them "
        "apart: the chance that the one is truly worth more is {sure}",
        **facts,
    )


def plot_worth(rows: pd.DataFrame, words: Words) -> Figure:
    """Worth of a new customer with the first year, with 90% intervals; and of the first order alone. rows: of worth_rows."""
    shown = rows.head(_SHOWN)
    dot, mark = Amounts(shown.year, say("with the year after it")), Amounts(shown["first"], say("first order"))
    return plot_ranges(shown, dot, mark, words)


def better_rows(rows: pd.DataFrame, worth: Worth | None) -> pd.DataFrame:
    """The chance that newcomers of one group (down) are worth more than those of another (across, by place), of eight at most."""
    if worth is None or len(rows) < 3:  # of two, the title has said it
        return pd.DataFrame()
    order = [*rows.group[: _COMPARED - 1], rows.group.iloc[min(len(rows), _COMPARED) - 1]]
    square = better(worth).loc[order, order]
    square.columns = pd.Index([str(place + 1) for place in range(len(order))])
    return square.reset_index(drop=True).assign(what=[named(name) for name in order])


def better_labels(square: pd.DataFrame) -> dict[str, tuple[Sentence, Kind]]:
    """The columns of the square in words."""
    labels: dict[str, tuple[Sentence, Kind]] = {"what": (say("Worth more than … ↓ by"), "text")}
    for place, name in enumerate(square.get("what", []), start=1):
        labels[str(place)] = (say("{place} {what}", place=str(place), what=name), "percent")
    return labels


def better_title(square: pd.DataFrame) -> Sentence | None:
    """How many pairs can be told apart; None where there are fewer than three groups."""
    if square.empty:
        return None
    chances = square.drop(columns="what").to_numpy(np.float64)
    pairs = chances[np.triu_indices(len(chances), 1)]
    return say(
        "Of {all} pairs, {sure} can be told apart with a chance of {limit} or more: read across, the chance to be worth more",
        all=count(len(pairs)), sure=count(((pairs >= SURE) | (pairs <= 1 - SURE)).sum()), limit=percent(SURE),
    )  # fmt: skip


def plot_better(square: pd.DataFrame, words: Words) -> Figure:
    """The square of chances, darker for more; columns stand by their place."""
    chances = square.drop(columns="what")
    chances.index = [f"{place} {short(words.text(name), 14)}" for place, name in enumerate(square["what"], start=1)]
    with house_style():
        drawn = figure(0.7 + 0.3 * len(chances))
        axes = drawn.subplots()
        heat(axes, chances, lambda share: f"{100 * share:.0f}")
        axes.set_xlabel(words.text(say("chance in %, against number …")))
        return drawn


def tiles(rows: pd.DataFrame, cost: float | None) -> list[Tile]:
    """What a new customer may cost, so that the first year pays it back, beside what one costs, where that is known."""
    if rows.empty:
        return []
    row = rows.iloc[0]
    facts = {"low": money(row.low), "high": money(row.high)}
    told = (
        say("90%: {low} to {high}; what one costs is not known here", **facts)
        if cost is None
        else say("90%: {low} to {high}; one cost {cost}", **facts, cost=money(cost))
    )
    return [(say("A new customer may cost up to"), money(row.year), told)]


def unknown_told(study: Study) -> Sentence | None:
    """What is not known of customers, that their worth could be told apart by; None where both are known."""
    missing = [told for kind, told in _MISSING.items() if kind not in study.factors]
    return say("{one} {other}", one=missing[0], other=missing[1]) if len(missing) == 2 else next(iter(missing), None)


def first_year_told(study: Study) -> Sentence | None:
    """How often new customers came again in their first year, beside what the model says of it; None where too few have had one."""
    if not np.isfinite(study.first_year.came):
        return None
    return say(
        "The {n} of them who have had a year came again on {came} days in it, in the mean; the model says {told}. What is told of the next "
        "ones is changed by as much.",
        n=people(study.first_year.n), came=f"{study.first_year.came:.2f}", told=f"{study.first_year.told:.2f}",
    )  # fmt: skip


def affordable_told(rows: pd.DataFrame) -> Sentence:
    """What the cost of a new customer is read from."""
    if rows.empty:
        return say(
            "What a new customer is worth is not told: fewer than {n} customers are known from their first order on.",
            n=count(CUSTOMERS),
        )
    row = rows.iloc[0]
    return say(
        "A new customer brings {first} of gross profit with the first order, and {year} with the year after it (90%: {low} to "
        "{high}), learnt from {n} of them. What one costs in advertising and gifts should stay below that; at a third of it, a "
        "common rule of thumb, {third} may be paid.",
        first=money(row["first"]), year=money(row.year), low=money(row.low), high=money(row.high),
        n=people(row.customers), third=money(row.year / 3),
    )  # fmt: skip
