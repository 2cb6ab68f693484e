"""The look of charts: one size that a phone can read, a few calm colours, text that stays text."""

import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib as mpl
import seaborn as sns
from babel.dates import format_skeleton
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shopkeeper.report.words import Words

INK, SOFT, ACCENT, WARM, GOOD = "#1f2933", "#9aa5b1", "#1f5f8b", "#c2571a", "#2f7d4f"
WIDTH = 4.0  # inches; at 390 px a 9 pt label is 11 px high

_FONTS = [
    "Helvetica Neue",
    "Arial",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "DejaVu Sans",
]


@contextmanager
def house_style() -> Iterator[None]:
    """Charts drawn inside have the house's look; nothing outside changes."""
    with mpl.rc_context():
        sns.set_theme(style="white")
        # After set_theme, which resets the fonts.
        mpl.rcParams.update({
            "font.family": "sans-serif",
            "font.sans-serif": _FONTS,
            "font.size": 9,
            "axes.titlesize": 9,
            "axes.labelsize": 9,
            "xtick.labelsize": 8.5,
            "ytick.labelsize": 8.5,
            "legend.fontsize": 8.5,
            "legend.frameon": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": SOFT,
            "axes.labelcolor": INK,
            "text.color": INK,
            "text.parse_math": False,
            "xtick.color": INK,
            "ytick.color": INK,
            "figure.constrained_layout.use": True,
            "figure.constrained_layout.w_pad": 0.1,  # a reader's font may run wider than the one measured
            "svg.fonttype": "none",
            "svg.hashsalt": "shopkeeper",
        })  # fmt: skip
        yield


def figure(height: float = 2.6) -> Figure:
    """An empty figure of the house's width; height in inches."""
    return Figure(figsize=(WIDTH, height))


def svg(figure_: Figure, prefix: str) -> str:
    """The figure as inline SVG; ids begin with prefix, so that two charts on a page never share one."""
    with house_style():
        buffer = io.StringIO()
        figure_.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    drawing = buffer.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r'(<[^>]*?\bid=")', rf"\1{prefix}-", drawing)
    drawing = re.sub(r'(xlink:href="|href="|url\()#', rf"\1#{prefix}-", drawing)
    return re.sub(
        r'<svg [^>]*?viewBox="([^"]+)"[^>]*>',
        r'<svg viewBox="\1" aria-hidden="true" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">',
        drawing,
        count=1,
    )


def month_ticks(axes: Axes, months: Sequence[dt.date], words: Words) -> None:
    """Name at most seven of the months at positions 0, 1, 2…; the year under the first and under each that begins one."""
    step = max(1, -(-len(months) // 7))
    shown = list(enumerate(months))[::step]
    labels, year = [], 0
    for _, when in shown:
        label = format_skeleton("MMM", when, locale=words.locale)
        labels.append(label if when.year == year else f"{label}\n{when.year}")
        year = when.year
    axes.set_xticks([position for position, _ in shown], labels)
