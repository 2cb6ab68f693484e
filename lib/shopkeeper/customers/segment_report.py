"""Segments in words and as a chart: who they are, what they bring, and who moved."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.customers.labels import Labels
from shopkeeper.customers.segment_names import in_words, name_segments
from shopkeeper.customers.segment_profile import Segments
from shopkeeper.customers.segments import ENOUGH_DAYS, FEWEST
from shopkeeper.report.style import ACCENT, WARM, figure, house_style
from shopkeeper.report.words import SMALLEST_GROUP, Sentence, Words, count, percent, say

SEGMENTS: Labels = {
    "what": (say("Segment"), "text"),
    "apart": (say("What sets them apart"), "text"),
    "customers": (say("Customers"), "people"),
    "change": (say("Change on 30 days before"), "change"),
    "sales": (say("Sales, last 365 days"), "money"),
    "margin": (say("Gross profit of them"), "money"),
    "rate": (say("Bought again within 90 days"), "percent"),
    "rate_low": (say("90% from"), "percent"),
    "rate_high": (say("90% to"), "percent"),
    "leaving": (say("About to leave"), "people"),
    "offer": (say("Offer that suits them"), "text"),
    "jaccard": (say("Found again when customers are redrawn"), "percent"),
}
FILE = say("Every customer known well, with the probability of each segment:")


def segment_rows(found: Segments | None, table: pd.DataFrame) -> pd.DataFrame:
    """The segment table with names, offers and what sets each apart; nothing that tells of one to four customers."""
    if found is None:
        return table
    names = name_segments(found.traits)
    few = table.customers < SMALLEST_GROUP
    hidden = {name: table[name].mask(few) for name in ("share", "sales", "margin", "change") if name in table}
    unsure = (table.were < SMALLEST_GROUP) | table.came.between(1, SMALLEST_GROUP - 1)
    hidden |= {name: table[name].mask(unsure) for name in ("rate", "rate_low", "rate_high")}
    told = {"leaving": table.leaving if "leaving" in table else np.nan}
    return table.assign(
        what=[name.name for name in names],
        offer=[name.offer for name in names],
        apart=in_words(found.traits),
        **hidden,
        **told,
    )


def segments_title(rows: pd.DataFrame, found: Segments | None) -> Sentence:
    """How many segments there are, which is the largest, and which brings most; or why there are none."""
    if found is None:
        return say(
            "No segments are shown: they need {n} customers with {days} order days or more, and groups that come back when "
            "customers are drawn anew",
            n=count(FEWEST), days=count(ENOUGH_DAYS),
        )  # fmt: skip
    largest = rows.loc[rows.customers.idxmax()]
    richest = rows.loc[rows.sales.idxmax()]
    facts = {"n": count(len(rows)), "share": percent(largest.share), "largest": largest.what}
    if largest.name == richest.name:
        return say(
            "{n} ways of buying. The largest, {largest}, holds {share} of the customers known well and brings most sales",
            **facts,
        )
    return say(
        "{n} ways of buying. The largest, {largest}, holds {share} of the customers known well; {richest} bring most sales",
        **facts, richest=richest.what,
    )  # fmt: skip


def plot_segments(rows: pd.DataFrame, words: Words) -> Figure:
    """Each segment's share of customers and of sales, side by side."""
    with house_style():
        drawn = figure(0.7 + 0.5 * len(rows))
        axes = drawn.subplots()
        place = np.arange(len(rows))
        drawn_side = [
            (say("share of customers"), rows.share, ACCENT, -0.19),
            (say("share of sales"), rows.sales / rows.sales.sum(), WARM, 0.19),
        ]
        for label, share, colour, shift in drawn_side:
            bars = axes.barh(place + shift, share, height=0.36, color=colour, label=words.text(label))
            axes.bar_label(bars, [words.value(percent(each)) for each in share], padding=3)
        axes.set_yticks(place, [words.text(name) for name in rows.what])
        axes.margins(x=0.15)
        axes.invert_yaxis()
        axes.xaxis.set_visible(False)
        axes.spines[["bottom", "left"]].set_visible(False)
        drawn.legend(loc="outside upper left", ncols=2)
        return drawn


def movement_rows(moved: pd.DataFrame, found: Segments | None) -> tuple[pd.DataFrame, Labels]:
    """Where customers were a month ago (down) and are now (across), with the labels of its columns."""
    labels: Labels = {"what": (say("30 days before ↓, now →"), "text")}
    if found is None or moved.empty:
        return pd.DataFrame(), labels
    names = [name.name for name in name_segments(found.traits)]
    wide = moved.pivot(index="from", columns="to", values="customers").fillna(0)
    wide = wide.rename(columns=lambda number: f"to_{number}")
    rows = wide.assign(what=[say("not yet known well") if number < 0 else names[number] for number in wide.index])
    return rows, labels | {f"to_{number}": (names[number], "people") for number in moved["to"].unique()}


def movement_title(moved: pd.DataFrame, found: Segments | None) -> Sentence:
    """How many changed segment in a month, and how far a segmentation of a month ago agrees."""
    if found is None or moved.empty:
        return say("Nobody can be followed from month to month here")
    known = moved[moved["from"] >= 0]
    stayed = known[known["from"] == known["to"]].customers.sum() / max(known.customers.sum(), 1)
    return say(
        "{stayed} of the customers known a month ago buy as they did then. Drawn anew from that month's data, the segments "
        "would hold {agreement} of today's customers in the same place",
        stayed=percent(stayed), agreement=percent(found.agreement),
    )  # fmt: skip


def members(found: Segments | None) -> pd.DataFrame:
    """One row per customer known well: its segment's key, and the probability of each segment."""
    if found is None:
        return pd.DataFrame(columns=["customer_id", "segment"])
    keys = [name.key for name in name_segments(found.traits)]
    shares = found.shares.set_axis(keys, axis=1).round(4)
    shares.insert(0, "segment", [keys[number] for number in found.labels])
    return shares.rename_axis("customer_id").sort_index().reset_index()


def groups(found: Segments | None) -> tuple[pd.Series, dict[str, Sentence]]:
    """The segment's key of each customer known well, and what each key is called."""
    if found is None:
        return pd.Series(dtype="object"), {}
    names = name_segments(found.traits)
    return found.labels.map({number: name.key for number, name in enumerate(names)}), {n.key: n.name for n in names}
