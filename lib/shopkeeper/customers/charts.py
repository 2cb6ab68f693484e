"""Charts of the customer profile: tables in, figures out; titles are the page's."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.customers.labels import EFFECTS
from shopkeeper.report.style import ACCENT, GOOD, INK, SOFT, WARM, figure, house_style, month_ticks
from shopkeeper.report.words import SMALLEST_GROUP, Words, count, money, month, percent, say

_BUYERS = ["returning_buyers", "new_buyers"]


def plot_revenue(months: pd.DataFrame, words: Words) -> Figure:
    """Net revenue by month as bars, months not complete pale; the year before as a line, targets as marks."""
    with house_style():
        drawn = figure()
        axes = drawn.subplots()
        recent = months.tail(18).reset_index(drop=True)
        axes.bar(
            recent.index, recent.net_revenue, color=[ACCENT if c else SOFT for c in recent.is_complete], width=0.75
        )
        before = recent.month.map(lambda m: _year_before(months, m)).where(recent.is_complete)
        if before.notna().any():
            axes.plot(
                recent.index,
                before,
                color=WARM,
                marker="o",
                markersize=3,
                linewidth=1,
                label=words.text(say("same month a year before")),
            )
        if recent.target.notna().any():
            axes.scatter(recent.index, recent.target, marker="_", s=120, color=INK, label=words.text(say("target")))
        _legend(axes)
        month_ticks(axes, list(recent.month), words)
        _money_axis(axes, words)
        return drawn


def plot_drivers(drivers: pd.DataFrame, words: Words) -> Figure:
    """What each group and effect added to or took from net revenue, as bars to the right and left of 0."""
    with house_style():
        drawn = figure(0.6 + 0.36 * len(drivers))
        axes = drawn.subplots()
        labels = [words.text(EFFECTS[row.group, row.effect]) for row in drivers.itertuples()]
        colours = [GOOD if amount >= 0 else WARM for amount in drivers.amount]
        bars = axes.barh(labels, drivers.amount, color=colours, height=0.65)
        axes.bar_label(bars, [words.value(money(amount)) for amount in drivers.amount], padding=3)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_xlim(*_with_room(drivers.amount))
        axes.invert_yaxis()
        axes.xaxis.set_visible(False)
        axes.spines[["bottom", "left"]].set_visible(False)
        return drawn


def _with_room(amounts: pd.Series) -> tuple[float, float]:
    """Limits of an axis whose bars are labelled at their ends: a third of it on each side where a bar ends."""
    low, high = min(amounts.min(), 0), max(amounts.max(), 0)
    left, right = 0.34 * (low < 0), 0.3 * (high > 0 or low == 0)
    whole = (high - low or 1.0) / (1 - left - right)
    return low - left * whole, high + right * whole


def plot_buyers(months: pd.DataFrame, words: Words) -> Figure:
    """Buyers by complete month: returning below, new on top."""
    with house_style():
        drawn = figure()
        axes = drawn.subplots()
        recent = months[months.is_complete].tail(18).reset_index(drop=True)
        recent[_BUYERS] = recent[_BUYERS].where(recent[_BUYERS] >= SMALLEST_GROUP, 0)  # one to four are not drawn
        axes.bar(recent.index, recent.returning_buyers, color=ACCENT, width=0.75, label=words.text(say("returning")))
        axes.bar(
            recent.index,
            recent.new_buyers,
            bottom=recent.returning_buyers,
            color=WARM,
            width=0.75,
            label=words.text(say("new")),
        )
        _legend(axes)
        month_ticks(axes, list(recent.month), words)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(count(tick))))
        return drawn


def plot_rfm(grid: pd.DataFrame, words: Words) -> Figure:
    """Share of revenue by recency score (across) and frequency score (up), darker for more."""
    with house_style():
        drawn = figure(3.2)
        axes = drawn.subplots()
        shares = grid.pivot(index="f", columns="r", values="share")
        heat(axes, shares, lambda share: words.value(percent(share)))
        axes.invert_yaxis()
        axes.set_xlabel(words.text(say("recency score: right bought most recently")))
        axes.set_ylabel(words.text(say("frequency score: up bought most often")))
        return drawn


def plot_retention(cohorts: pd.DataFrame, words: Words, months: tuple[int, ...] = (1, 2, 3, 6, 9, 12)) -> Figure:
    """Share of each cohort that ordered again in some later months: few enough for a phone."""
    with house_style():
        seen = cohorts[cohorts.months_since.isin(months)]
        shares = seen.pivot(index="cohort", columns="months_since", values="rate").sort_index()
        drawn = figure(0.8 + 0.24 * len(shares))
        axes = drawn.subplots()
        shares.index = [words.value(month(cohort)) for cohort in shares.index]
        heat(axes, shares, lambda share: words.value(percent(share)))
        axes.set_xlabel(words.text(say("months after the first order")))
        return drawn


def plot_repurchase(rates: pd.DataFrame, words: Words) -> Figure:
    """Share that came back, by month of the first order, with 90% intervals."""
    with house_style():
        drawn = figure()
        axes = drawn.subplots()
        recent = rates.reset_index(drop=True)
        spread = np.abs(recent[["rate_low", "rate_high"]].to_numpy().T - recent.rate.to_numpy())
        axes.errorbar(recent.index, recent.rate, yerr=spread, fmt="o", color=ACCENT, markersize=5, linewidth=1)
        axes.set_ylim(0, min(1.0, 1.15 * recent.rate_high.max()))
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(percent(tick))))
        month_ticks(axes, list(recent.cohort), words)
        return drawn


def heat(axes: Axes, shares: pd.DataFrame, told: Callable[[float], str]) -> None:
    """Draw a table of amounts of 0 or more as squares, darker for more, each with what is told of it; blank where null."""
    high = np.nanmax(shares.to_numpy())
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.25 * high, aspect="auto")
    for row, column in np.argwhere(shares.notna().to_numpy()):
        share = shares.iloc[row, column]
        axes.text(
            column,
            row,
            told(share),
            ha="center",
            va="center",
            color="white" if share > 0.7 * high else INK,
            fontsize=8.5,
        )
    axes.set_xticks(range(shares.shape[1]), [str(name) for name in shares.columns])
    axes.set_yticks(range(shares.shape[0]), [str(name) for name in shares.index])
    axes.spines[:].set_visible(False)


def _year_before(months: pd.DataFrame, when: pd.Timestamp) -> float:
    same = months[(months.month == when - pd.DateOffset(years=1)) & months.is_complete]
    return float(same.net_revenue.iloc[0]) if len(same) else np.nan


def _legend(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0)


def _money_axis(axes: Axes, words: Words) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick)) if tick else "0"))
