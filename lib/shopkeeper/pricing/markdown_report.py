"""What must clear, in words: how low to go with what lies too long, when, and what that brings beside keeping the price and one cut now."""

import datetime as dt
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.decisions import Decision
from shopkeeper.demand import named
from shopkeeper.demand.replenish import HOLDING
from shopkeeper.demand.slow import LONG
from shopkeeper.pricing.confounding_report import word
from shopkeeper.pricing.markdown import AT_ONCE, PLANNED, REPLANNED, Markdowns
from shopkeeper.pricing.markdown_goods import WEEKS
from shopkeeper.pricing.study import Study
from shopkeeper.report.charts import short
from shopkeeper.report.decided import around
from shopkeeper.report.style import ACCENT, SOFT, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Words, count, day, money, month, percent, price, say

PATHS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "until": (say("When"), "text"),
    "on_hand": (say("In stock"), "count"),
    "price": (say("Price now"), "price"),
    "begins": (say("First cut"), "text"),
    "ends": (say("Last cut"), "text"),
    "left": (say("Left in the end"), "count"),
    "gain": (say("Brings beyond today's price"), "money"),
    "range": (say("90% interval"), "text"),
}
FILE = say("The price of each week of these paths, with what should lie there at its end, as a list to work from:")
_FILE = ["sku", "product", "must_be_gone_by", "price_now", "week", "from_day", "price", "units_left"]
_DRAWN = 4  # paths that a phone has room for


class Cut(NamedTuple):
    """A price that is lower than the one before, and the first day on which it is asked."""

    price: float
    day: dt.date


def path_rows(found: Study) -> pd.DataFrame:
    """The paths to take, those that pay only where all must be gone last; none where prices may not be decided on."""
    kept, gone = found.cleared.kept, found.cleared.gone
    others = gone.down[~gone.down["sku"].isin(kept.down["sku"])]
    late = _begins(found, WEEKS) - dt.timedelta(days=1)
    parts = [
        _with_path(found, kept, kept.down).assign(until=say("in any case"), must_be_gone_by=""),
        _with_path(found, gone, others).assign(until=say("if all must be gone by {last}", last=day(late)), must_be_gone_by=str(late)),
    ]  # fmt: skip
    rows = pd.concat(parts, ignore_index=True) if found.is_trusted else parts[0].head(0)
    return rows.assign(
        what=named.products(rows, found.forecast.panel.skus),
        range=[say("{low} to {high}", low=money(low), high=money(high)) for low, high in zip(rows.low, rows.high, strict=True)],
    )  # fmt: skip


def _with_path(found: Study, of: Markdowns, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their weeks (number, first day, price, left; a list each) and their cuts in words."""
    weeks = [of.weeks[of.weeks["sku"] == sku] for sku in rows["sku"]]
    days = [[_begins(found, week) for week in range(len(each))] for each in weeks]
    cuts = [_cuts(now, each.price, begins) for now, each, begins in zip(rows.price, weeks, days, strict=True)]
    first, last = ([_said(each[end]) for each in cuts] for end in (0, -1))
    return rows.assign(
        week=[each.week.tolist() for each in weeks], from_day=days, path=[each.price.tolist() for each in weeks], units_left=[each.left.tolist() for each in weeks],
        begins=first, ends=last, cuts=[len(each) for each in cuts],
    )  # fmt: skip


def _cuts(now: float, path: "pd.Series[float]", days: list[dt.date]) -> list[Cut]:
    return [
        Cut(after, begins)
        for (before, after), begins in zip(pairwise([now, *path]), days, strict=True)
        if after < before
    ]


def _said(cut: Cut) -> Sentence:
    return say("{price} from {day}", price=price(cut.price), day=day(cut.day))


def _begins(found: Study, week: int) -> dt.date:
    """The first day of a week of the paths, numbered from 0."""
    return found.shop.as_of + dt.timedelta(days=1 + 7 * week)


def file_rows(found: Study) -> pd.DataFrame:
    """One row per path and week; must_be_gone_by is empty where the path pays in any case."""
    rows = path_rows(found).rename(columns={"price": "price_now", "path": "price"})
    return rows.explode(["week", "from_day", "price", "units_left"])[_FILE].reset_index(drop=True)


def title(found: Study, rows: pd.DataFrame) -> Sentence:
    """What to mark down and what that brings, or why nothing is."""
    if (reason := _nothing(found, rows)) is not None:
        return reason
    kept = found.cleared.kept
    if len(kept.down):
        gain = around(kept.total(PLANNED))
        off = 1 - kept.down.lowest / kept.down.price
        return say(
            "{n} SKUs to mark down step by step, by {least} to {most} in the end, should bring {gain} more than at today's prices (90%: {low} to {high})",
            n=count(len(kept.down)), least=percent(off.min()), most=percent(off.max()),
            gain=money(gain["gain"]), low=money(gain["gain_low"]), high=money(gain["gain_high"]),
        )  # fmt: skip
    gain = around(found.cleared.gone.total(PLANNED))
    return say(
        "Of {told} SKUs that lie too long none pays to be marked down while it may lie on; if all must be gone by {last}, the paths of {n} of them should bring {gain} more than today's prices "
        "(90%: {low} to {high})",
        told=count(len(kept.rows)), last=day(_begins(found, WEEKS) - dt.timedelta(days=1)), n=count(len(rows)),
        gain=money(gain["gain"]), low=money(gain["gain_low"]), high=money(gain["gain_high"]),
    )  # fmt: skip


def _nothing(found: Study, rows: pd.DataFrame) -> Sentence | None:
    """Why there is no path; None where there is one."""
    kept = found.cleared.kept
    if kept.slow is None:
        return say("Stock is not counted, so that nobody can say what lies too long, or how low to go with it")
    if not kept.slow:
        return say(
            "No SKU has more in stock than sells in {days} days: nothing has to be marked down", days=count(LONG)
        )
    if kept.rows.empty:
        return say(
            "Of {slow} SKUs that lie too long none has an elasticity to go by: how low to go with them cannot be told",
            slow=count(kept.slow),
        )
    if not found.is_trusted:
        return say(
            "How low to go with the {slow} SKUs that lie too long is not said: prices may not be decided on yet",
            slow=count(kept.slow),
        )
    if rows.empty:
        return say(
            "Of {told} SKUs that lie too long none pays to be marked down: at today's prices they bring as much, even if what is left in {weeks} weeks is lost",
            told=count(len(kept.rows)), weeks=count(WEEKS),
        )  # fmt: skip
    return None


def notes(found: Study, rows: pd.DataFrame) -> list[Sentence]:
    """What a path counts, how it compares with other ways, how low it may go, and what has none."""
    if not found.cleared.kept.slow:
        return []
    return [_counted(found), *_beside(found, rows), *_bounds(rows), *_left_out(found)]


def _counted(found: Study) -> Sentence:
    return say(
        "What lies there is paid for, so that its cost is no reason to keep a price. A unit sold counts for what stays of its price after returns, fees and delivery, less what it takes from other "
        "SKUs of its category; to hold one costs {holding} of its cost a year, and one that is never sold brings nothing. While goods may lie on, they are sold at the last price until they spoil or have "
        "lain three years. What is wanted is forecast for four weeks; after these it is taken to go on like them, since no season is known.",
        holding=percent(HOLDING),
    )  # fmt: skip


def _beside(found: Study, rows: pd.DataFrame) -> list[Sentence]:
    """What the paths bring beside one cut now, and beside prices set anew each week."""
    made = []
    for of, told in ((found.cleared.kept, _ANY), (found.cleared.gone, _GONE)):
        if len(rows) and len(of.down) and rows["sku"].isin(of.down["sku"]).any():
            path, once, anew = (around(of.total(way)) for way in (PLANNED, AT_ONCE, REPLANNED))
            made.append(
                say(
                    "{kind}: the paths of {n} SKUs bring {path} (90%: {path_low} to {path_high}) beyond today's prices; one cut now, to the best single price of each, {once} ({once_low} to {once_high}); "
                    "prices set anew each week by what is left, {anew} ({anew_low} to {anew_high}). All by draws that chose none of them.",
                    kind=told, n=count(len(of.down)), path=money(path["gain"]), path_low=money(path["gain_low"]), path_high=money(path["gain_high"]),
                    once=money(once["gain"]), once_low=money(once["gain_low"]), once_high=money(once["gain_high"]),
                    anew=money(anew["gain"]), anew_low=money(anew["gain_low"]), anew_high=money(anew["gain_high"]),
                )
            )  # fmt: skip
    return made


_ANY, _GONE = say("Where goods may lie on"), say("Where all must be gone, and what is left is lost")


def _bounds(rows: pd.DataFrame) -> list[Sentence]:
    """How low prices may go, and how many paths end there or where the SKU itself never was."""
    if rows.empty:
        return []
    return [
        say(
            "No price is lower than the SKU's own lowest, or than as far below its usual price as others of its category have sold: beyond, nobody has seen what customers do. {bound} of {n} paths "
            "end at that limit; {unseen} go lower than the SKU itself has sold at.",
            bound=count(rows.is_bound.sum()), n=count(len(rows)), unseen=count((rows.lowest < rows.seen - 0.005).sum()),
        )
    ]  # fmt: skip


def _left_out(found: Study) -> list[Sentence]:
    """SKUs without an elasticity to go by; and that the price list leaves the others alone."""
    slow, told = found.cleared.kept.slow or 0, len(found.cleared.kept.rows)
    made = []
    if untold := slow - told:
        made.append(
            say(
                "{n} of {slow} SKUs that lie too long get no path: too little of them was sold, their price hardly ever moved, or it is too uncertain that they sell more when cheaper.",
                n=count(untold), slow=count(slow),
            )
        )  # fmt: skip
    if told:
        made.append(
            say("The other {n} keep today's price unless a path is told here: the price list above leaves them alone.", n=count(told))
        )  # fmt: skip
    return made


def plot_paths(rows: pd.DataFrame, words: Words) -> Figure:
    """The prices of the first paths, week by week, beside today's, and what should be left of the stock."""
    rows = rows.head(_DRAWN)
    with house_style():
        drawn = figure(0.9 + 1.25 * len(rows))
        panels = drawn.subplots(len(rows), squeeze=False, sharex=True)[:, 0]
        for axes, row in zip(panels, rows.to_dict("records"), strict=True):
            _plot_path(axes, row, words)
        _legend(drawn, panels[0], words)
        days = max(rows.from_day, key=len)
        ticks = range(0, len(days), max(len(days) // 3, 1))
        panels[-1].set_xticks(ticks, [words.value(month(days[tick])) for tick in ticks])
        return drawn


def _legend(drawn: Figure, axes: Axes, words: Words) -> None:
    """What the lines of every path are, and the area behind them."""
    steps, today = axes.lines
    area = Patch(color=SOFT, alpha=0.3, linewidth=0)
    names = [words.text(name) for name in (say("price"), say("today's"), say("units left (right)"))]
    drawn.legend([steps, today, area], names, loc="outside upper left", ncols=3)


def _plot_path(axes: Axes, row: dict[str, Any], words: Words) -> None:
    """One path: the price as steps, and units left as an area behind it, on their own scale."""
    weeks = range(len(row["path"]) + 1)
    beside = axes.twinx()
    beside.fill_between(weeks, [row["stock"], *row["units_left"]], color=SOFT, alpha=0.3, linewidth=0)
    beside.set_ylim(0, 1.05 * row["stock"])
    beside.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    axes.step(weeks, [*row["path"], row["path"][-1]], where="post", color=ACCENT)
    axes.axhline(row["price"], color=WARM, linewidth=1, linestyle=":")
    axes.set_ylim(0, 1.15 * row["price"])
    axes.set_zorder(beside.get_zorder() + 1)
    axes.patch.set_visible(False)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick)) if tick else "0"))
    axes.set_title(short(words.text(row["what"]), 44), loc="left")


def decisions(found: Study) -> list[Decision]:
    """To mark down what pays to be marked down whatever becomes of the rest; nothing where prices may not be decided on."""
    down = found.cleared.kept.down
    if down.empty or not found.is_trusted:
        return []
    return [
        Decision(
            # As the report on demand calls it: of both the better one counts.
            subject="markdown of slow stock", amount=float((down.kept_left - down.left).sum()), unit="units", **around(found.cleared.kept.total(PLANNED)),
            horizon_days=int(np.ceil(7 * (down.weeks + down.life).max())),
            action=_action(path_rows(found).iloc[0], len(down)),
            assumptions=say(
                "Who answers to a price goes on to do so as in the past (an {word}); what is left may lie on until it spoils, or for three years; what is never sold brings nothing.",
                word=word(found.learnt.beside.by_instrument),
            ),
            check=say("Units left of these SKUs after each week beside those of the path, and their contribution beside that of the weeks before."),
        )
    ]  # fmt: skip


def _action(first: pd.Series, skus: int) -> Sentence:
    """What to do: the first path by name."""
    if first.cuts == 1:
        return say(
            "Mark down {n} SKUs week by week: first {what}, to {begins}",
            n=count(skus),
            what=first["what"],
            begins=first.begins,
        )
    return say(
        "Mark down {n} SKUs week by week: first {what}, to {begins}; in the end to {ends}", n=count(skus), what=first["what"], begins=first.begins, ends=first.ends,
    )  # fmt: skip
