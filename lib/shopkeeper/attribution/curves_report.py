"""The response curves in a table and a chart: what each channel brings a week, by what is spent on it a week."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.attribution.budget import Budget
from shopkeeper.attribution.curves import Floats, contribution_at, marginal_return
from shopkeeper.report.charts import short
from shopkeeper.report.style import ACCENT, INK, SOFT, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Words, money, plain, say

PLANNED, PROPOSED, SEEN = say("planned"), say("proposed"), say("most ever spent")
_LEVELS = 6  # of spend, beside those that have a name
_NAME = 18  # characters of a channel that half a phone has room for

CURVES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Channel"), "text"),
    "spend": (say("Spend a week"), "money"),
    "mark": (say("Which is"), "text"),
    "contribution": (say("Gross profit a week"), "money"),
    "low": (say("90% from"), "money"),
    "high": (say("90% to"), "money"),
    "next": (say("Profit of the next 1.00"), "money"),
}


def curve_rows(found: Budget) -> pd.DataFrame:
    """Some levels of spend of each channel, rising, those planned, proposed and the most ever spent among them; money a week.

    what, channel; spend; mark: which of the three, or null; contribution (gross profit, the spend not taken off) with a 90% interval
    (low, high); next: what one more of the currency brings. A curve that ends before the most ever spent does not show it.
    """
    curves, ends = found.curves, found.curves.spend[-1]
    even = np.linspace(curves.spend[0], np.minimum(np.maximum(curves.seen, curves.now), ends), _LEVELS)
    levels = [*even, curves.now, found.proposed, np.where(curves.seen <= ends, curves.seen, np.nan)]
    marks = [*[None] * _LEVELS, PLANNED, PROPOSED, SEEN]
    parts = [_at_level(found, spend).assign(mark=mark) for spend, mark in zip(levels, marks, strict=True)]
    return pd.concat(parts).dropna(subset="spend").sort_values(["channel", "spend"], kind="stable", ignore_index=True)


def _at_level(found: Budget, spend: Floats) -> pd.DataFrame:
    curves, weeks = found.curves, found.curves.weeks
    brings = contribution_at(curves, spend) / weeks
    low, high = np.quantile(brings, [0.05, 0.95], axis=0)
    return pd.DataFrame({
        "channel": range(len(spend)), "what": [plain(name) for name in curves.channels], "spend": spend / weeks,
        "contribution": brings.mean(axis=0), "low": low, "high": high, "next": marginal_return(curves, spend).mean(axis=0),
    })  # fmt: skip


def curves_title(rows: pd.DataFrame) -> Sentence:
    """At which channel the next money brings most and least, as planned. rows: of budget_report.budget_rows."""
    if len(rows) < 2:
        return say("What the channel brings, by what is spent on it")
    most, least = rows.loc[rows.next_now.idxmax()], rows.loc[rows.next_now.idxmin()]
    return say(
        "Beside what is planned, the next 1.00 spent brings most profit at {most} ({high}; 90%: {high_range}) and least at {least} ({low}; "
        "90%: {low_range})",
        most=most["what"], high=money(most.next_now), high_range=most.next_range, least=least["what"], low=money(least.next_now),
        low_range=least.next_range,
    )  # fmt: skip


def plot_curves(rows: pd.DataFrame, words: Words) -> Figure:
    """A small chart for each channel: what it brings by what is spent on it, with a 90% interval and marks of where it stands."""
    groups = [part for _, part in rows.groupby("channel")]
    with house_style():
        drawn = figure(0.8 + 1.35 * -(-len(groups) // 2))
        grid = drawn.subplots(-(-len(groups) // 2), 2, squeeze=False).ravel()
        for axes, part in zip(grid, groups, strict=False):
            _curve(axes, part, words)
        for axes in grid[len(groups) :]:
            axes.set_visible(False)
        drawn.supxlabel(words.text(say("spend a week")), fontsize="medium")
        drawn.supylabel(words.text(say("gross profit it brings")), fontsize="medium")
        drawn.legend(*grid[0].get_legend_handles_labels(), loc="outside upper left", ncols=3)
        return drawn


def _curve(axes: Axes, part: pd.DataFrame, words: Words) -> None:
    axes.fill_between(part.spend, part.low, part.high, color=SOFT, alpha=0.4, linewidth=0)
    axes.plot(part.spend, part.contribution, color=SOFT)
    for mark, shape, colour in ((PLANNED, "|", INK), (PROPOSED, "o", ACCENT), (SEEN, "x", WARM)):
        at = part[[each == mark for each in part["mark"]]]
        axes.scatter(at.spend, at.contribution, marker=shape, color=colour, s=30, zorder=3, label=words.text(mark))
    axes.set_title(short(words.text(part["what"].iloc[0]), _NAME), loc="left")
    axes.set_ylim(bottom=min(0, part.low.min()))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(2))
        axis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick)) if tick else "0"))
