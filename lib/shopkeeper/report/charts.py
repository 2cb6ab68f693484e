"""The chart that several parts of the report share: groups in a column, each with a range, a dot and a mark."""

from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.lists import room
from shopkeeper.report.style import ACCENT, INK, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Value, Words, say

_INTERVAL = say("90% interval")
_MOST = 22  # columns of a name that a phone has room for


class Amounts(NamedTuple):
    """What a dot or a mark stands for: its amounts, one of each group, and their name."""

    of: pd.Series
    name: Sentence


def plot_ranges(
    rows: pd.DataFrame, dot: Amounts, mark: Amounts, words: Words, interval: Sentence = _INTERVAL, kind: Kind = "money"
) -> Figure:
    """Of each group (what, in words) its 90% interval (low, high), and what dot and mark stand for; the first on top.

    interval: what the interval is of, where it is not of what the dot stands for. kind: what all of them count.
    """
    with house_style():
        drawn = figure(0.9 + 0.27 * len(rows))
        axes = drawn.subplots()
        places = range(len(rows))
        axes.hlines(places, rows.low, rows.high, color=WARM, linewidth=2, label=words.text(interval))
        axes.scatter(dot.of, places, color=ACCENT, s=26, zorder=3, label=words.text(dot.name))
        axes.scatter(mark.of, places, marker="|", color=INK, s=80, label=words.text(mark.name))
        axes.set_yticks(places, [short(words.text(name)) for name in rows["what"]])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(Value(tick, kind))))
        drawn.legend(loc="outside upper left", ncols=2)
        return drawn


def short(text: str, most: int = _MOST) -> str:
    """The text, cut where it takes more than so many columns; a Chinese character takes two, four capitals five."""
    if _columns(text) <= most:
        return text
    while _columns(text) >= most:
        text = text[:-1]
    return f"{text}…"


def _columns(text: str) -> float:
    return room(text) + 0.25 * sum(letter.isupper() for letter in text)
