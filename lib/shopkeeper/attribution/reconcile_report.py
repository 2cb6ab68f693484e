"""Journeys, media mix and lift tests on one chart, what each can and cannot see, and the test that would settle it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from shopkeeper.attribution.media_mix import Mix
from shopkeeper.attribution.next_test import Design
from shopkeeper.attribution.panel import EVERYWHERE, OTHERS
from shopkeeper.attribution.reconcile import SOURCES, disagreements
from shopkeeper.report.style import ACCENT, GOOD, INK, SOFT, WARM, figure, house_style
from shopkeeper.report.words import (
    Kind,
    Sentence,
    Value,
    Words,
    change,
    count,
    money,
    number,
    percent,
    plain,
    say,
    together,
)

NAMES: dict[str, Sentence] = {
    "journeys": say("journeys"),
    "media mix": say("media mix"),
    "lift tests": say("lift tests"),
    "all together": say("all together"),
}
BESIDE: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Channel"), "text"),
    "by": (say("Told by"), "text"),
    "roas": (say("Sales per 1.00 spent"), "money"),
    "low": (say("90% from"), "money"),
    "high": (say("90% to"), "money"),
}
SIGHT: dict[str, tuple[Sentence, Kind]] = {
    "by": (say("Told by"), "text"),
    "sees": (say("Sees"), "text"),
    "misses": (say("Does not see"), "text"),
}
_COLOURS = {"journeys": WARM, "media mix": SOFT, "lift tests": GOOD, "all together": ACCENT}
_LEAST, _MOST = 0.05, 30.0  # sales per 1.00 spent, between which a chart has room


def beside_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of reconcile.beside, with the names of channel (what) and source (by) in words."""
    return rows.assign(what=[plain(name) for name in rows.channel], by=[NAMES[source] for source in rows.source])


def sight_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """What each source that is there can see, and what it cannot. rows: of reconcile.beside."""
    sees = {
        "journeys": say("Who met which ads before a first order, day by day, by person."),
        "media mix": say(
            "What all people bring, also those whom no platform can follow; how soon and how far more spend works."
        ),
        "lift tests": say("What really changed when spend was changed on purpose: cause, not company."),
        "all together": say(
            "What the three say of the same channel, each weighed by how sure it is, and how far journeys were found wrong of all channels."
        ),
    }
    misses = {
        "journeys": say(
            "Ads met on platforms that share no user id; how much a person wanted to buy anyway; old customers."
        ),
        "media mix": say("Channels whose spend moves with demand or with each other; what has never been spent."),
        "lift tests": say(
            "Other times, regions and amounts than those of the test; what works after the reading ended."
        ),
        "all together": say(
            "What none of them sees. Journeys and media mix look at the same sales, so they count once."
        ),
    }
    there = [source for source in SOURCES if (rows.source == source).any()]
    return pd.DataFrame({
        "by": [NAMES[s] for s in there], "sees": [sees[s] for s in there], "misses": [misses[s] for s in there],
    })  # fmt: skip


def title(rows: pd.DataFrame) -> Sentence:
    """Whether two sources contradict each other."""
    apart, kinds = disagreements(rows), rows.source.nunique() - 1
    if kinds < 2:
        return say("One source alone tells of these channels: nothing can be held against it until a channel is tested")
    if apart.empty:
        return say(
            "No two sources contradict each other: where more than one tells of a channel, their 90% intervals meet"
        )
    first = apart.iloc[0]
    return say(
        "Of {channel} two sources cannot both be right ({one}: {high}, {other}: {low} per 1.00 spent); so it is with {n} of {all} channels",
        channel=plain(first.channel), one=NAMES[first.source], other=NAMES[first.source_other], high=money(first.roas),
        low=money(first.roas_other), n=count(len(apart)), all=count(rows.channel.nunique()),
    )  # fmt: skip


def bias_told(mix: Mix) -> Sentence | None:
    """How far journeys were found wrong of all channels together; nothing where there are none. mix: with journeys and lift tests."""
    if not mix.evidence.told.any():
        return None
    ratio, low, high = np.quantile(np.exp(mix.known["bias"]), [0.5, 0.05, 0.95])
    return say(
        "Of all channels at once, sales by week and lift tests take them to bring {ratio} times what journeys tell (90%: {low} to {high}). That "
        "counts for each, so that the answer of all together may lie above or below each source.",
        ratio=number(ratio), low=number(low), high=number(high),
    )  # fmt: skip


def plot(rows: pd.DataFrame, words: Words) -> Figure:
    """Sales per 1.00 spent by channel, a line for each source with its 90% interval, on a log scale; the mark is 1."""
    channels = list(dict.fromkeys(rows.channel))
    sources = [source for source in SOURCES if (rows.source == source).any()]
    with house_style():
        drawn = figure(0.9 + 0.19 * len(channels) * (len(sources) + 0.8))
        axes = drawn.subplots()
        for number, source in enumerate(sources):
            part = rows[rows.source == source]
            place = [(len(sources) + 1) * channels.index(name) + number for name in part.channel]
            colour, known = _COLOURS[source], part[["low", "roas", "high"]].clip(_LEAST, _MOST)
            axes.hlines(place, known.low, known.high, color=colour, linewidth=2.5 if source == SOURCES[-1] else 1.5)
            axes.scatter(known.roas, place, color=colour, s=22, zorder=3, label=words.text(NAMES[source]))
            _mark_beyond(axes, part.assign(place=place), colour)
        axes.axvline(1, color=INK, linewidth=0.8, label=words.text(say("as much as is spent")))
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator([0.1, 0.3, 1, 3, 10, 30]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
        middle = (len(sources) - 1) / 2
        axes.set_yticks([(len(sources) + 1) * n + middle for n in range(len(channels))], channels)
        axes.invert_yaxis()
        axes.set_xlabel(words.text(say("sales per 1.00 spent; an arrow: beyond the chart")))
        drawn.legend(loc="outside upper left", ncols=2)
        return drawn


def _mark_beyond(axes: Axes, part: pd.DataFrame, colour: str) -> None:
    """Arrows in place of the dots for which the chart has no room."""
    for is_out, edge, shape in ((part.roas < _LEAST, _LEAST, "<"), (part.roas > _MOST, _MOST, ">")):
        axes.scatter([edge] * int(is_out.sum()), part.place[is_out], color=colour, marker=shape, s=60, zorder=4)


def settled_told(made: Design | None, rows: pd.DataFrame) -> Sentence:
    """The cheapest test that would settle what is least known, or that none within reach would."""
    if made is None:
        return say(
            "No test within reach (8 weeks, regions with half of all sales at most) would tell the answers apart: for what these channels "
            "cost, sales move too much by themselves. More regions to hold against each other, or more spend on the channel that is tested, "
            "would change that."
        )
    return say(
        "{why} The cheapest test that would settle it with a chance of {power}: {action}. That is {spend} of spend; it should cost {cost} "
        "in all and read with a standard error of {error}.",
        why=_why(made.channel, rows), power=percent(made.power), action=action(made), cost=money(max(made.cost, 0.0)),
        spend=money(abs(made.spend)), error=money(made.lift_sd),
    )  # fmt: skip


def _why(channel: str, rows: pd.DataFrame) -> Sentence:
    if channel in set(disagreements(rows).channel):
        return say("Of {channel} the sources contradict each other.", channel=plain(channel))
    final = rows[(rows.source == SOURCES[-1]) & (rows.channel == channel)].iloc[0]
    return say(
        "Of the channels that a test can settle, least known is {channel}: {low} to {high} per 1.00 spent.",
        channel=plain(channel), low=money(final.low), high=money(final.high),
    )  # fmt: skip


def action(made: Design) -> Sentence:
    """The test as a thing to do."""
    where = _where(made.regions)
    facts: dict[str, Value | Sentence] = {"channel": plain(made.channel), "where": where, "weeks": count(made.weeks)}
    if made.change <= -1:
        return say("Switch {channel} off for {weeks} weeks {where}", **facts)
    return say(
        "Change the spend on {channel} by {change} for {weeks} weeks {where}", change=change(made.change), **facts
    )


def _where(regions: tuple[str, ...]) -> Sentence:
    if regions == (EVERYWHERE,):
        return say("everywhere")
    named = [name for name in regions if name != OTHERS]
    if len(named) < len(regions):
        if not named:
            return say("in the smaller regions")
        return say("in {regions} and the smaller regions", regions=together([plain(name) for name in named]))
    return say("in {regions}", regions=together([plain(name) for name in named]))
