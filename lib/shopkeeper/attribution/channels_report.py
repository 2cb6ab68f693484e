"""The channels in words: the main table, what is credited against what is brought, and the short view against the long."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.attribution import walk
from shopkeeper.attribution.paths import STAGES, channels_of
from shopkeeper.attribution.transforms import Floats
from shopkeeper.attribution.walk import Walk
from shopkeeper.report.charts import Amounts, plot_ranges
from shopkeeper.report.page import Tile
from shopkeeper.report.words import Kind, Sentence, Value, Words, count, money, percent, plain, say

CHANNELS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Channel"), "text"),
    "attributed_roas": (say("Sales per 1.00, as credited"), "money"),
    "roas_told": (say("Sales per 1.00, by all sources (90%)"), "text"),
    "verdict": (say("Verdict"), "text"),
    "planned": (say("Planned, a week"), "money"),
    "proposed": (say("Proposed, a week"), "money"),
    "spend": (say("Spend a week until now"), "money"),
    "stage": (say("Place on paths"), "text"),
}
PAYBACK: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Channel"), "text"),
    "attributed_cpa": (say("Cost of a new customer, as credited"), "money"),
    "cpa_told": (say("Cost of a new customer, by all sources (90%)"), "text"),
    "month": (say("Profit per 1.00 within a month"), "money"),
    "year_told": (say("Profit per 1.00 within a year (90%)"), "text"),
}
_PAYS, _LOSES, _OPEN = say("pays within the year"), say("does not pay within the year"), say("cannot be told yet")
_COLLECTS = say("collects demand made elsewhere")
_SURE = 0.9


def rows_told(
    rows: pd.DataFrame, walked: Walk | None, captured: Collection[str] = (), is_trusted: bool = True
) -> pd.DataFrame:
    """Rows of channels.channel_rows with names, stages, amounts with their intervals, and verdict in words. captured: of study.Study;
    is_trusted: whether the health gate was passed, without which no verdict stands.
    """
    stage = walked.stages.set_index("channel").stage if walked else pd.Series(dtype="object")
    table = rows.reindex(columns=[*rows.columns, *(name for name in _NEEDED if name not in rows)])
    return table.assign(
        what=[plain(name) for name in table.channel],
        stage=[STAGES[stage[name]] if name in stage.index and name not in captured else None for name in table.channel],
        roas_told=_around(table, "roas", ""), cpa_told=_around(table, "cpa", "cpa_"), year_told=_around(table, "year", "year_"),
        verdict=[_COLLECTS if name in captured else _verdict(chance, is_trusted) for name, chance in zip(table.channel, table.chance, strict=True)],
    )  # fmt: skip


_NEEDED = (
    "attributed_roas", "attributed_cpa", "roas", "low", "high", "cpa", "cpa_low", "cpa_high", "month", "month_low", "month_high",
    "year", "year_low", "year_high", "chance",
)  # fmt: skip


def _around(table: pd.DataFrame, name: str, prefix: str) -> list[Sentence | None]:
    """An amount with its interval; none where it is not known."""
    amounts = zip(table[name], table[f"{prefix}low"], table[f"{prefix}high"], strict=True)
    return [
        say("{amount} ({low} to {high})", amount=money(amount), low=money(low), high=money(high))
        if low == low
        else None
        for amount, low, high in amounts
    ]


def _verdict(chance: float, is_trusted: bool) -> Sentence | None:
    if chance != chance:
        return None
    if not is_trusted:
        return _OPEN
    return _PAYS if chance >= _SURE else _LOSES if chance <= 1 - _SURE else _OPEN


def title(rows: pd.DataFrame, is_trusted: bool = True) -> Sentence:
    """Where what is credited is furthest above what is brought. rows, is_trusted: of rows_told."""
    known = rows.dropna(subset=["attributed_roas", "roas"])
    if not is_trusted:
        return say("What each channel seems to bring per 1.00 spent: not every check was passed, so nothing is sure")
    if known.empty:
        return say("What each channel brings per 1.00 spent")
    over = known[known.attributed_roas > known.high]
    if over.empty:
        return say("No channel is credited with surely more than it brings")
    worst = over.loc[(over.attributed_roas / over.roas).idxmax()]
    return say(
        "{channel} is credited with {said} per 1.00 spent, and brings {roas} ({range}); surely overrated are {n} of {all} channels",
        channel=worst["what"], said=money(worst.attributed_roas), roas=money(worst.roas), range=_interval(worst, ""),
        n=count(len(over)), all=count(len(known)),
    )  # fmt: skip


def _interval(row: pd.Series, prefix: str) -> Sentence:
    return say("90%: {low} to {high}", low=money(row[f"{prefix}low"]), high=money(row[f"{prefix}high"]))


def places_told(rows: pd.DataFrame) -> Sentence | None:
    """What a channel's place on paths is, where journeys tell it. rows: of rows_told."""
    if rows.empty or rows.stage.isna().all():
        return None
    return say(
        "Place on paths: where a channel stands more often than others do, first (acquire), between (nurture) or last (harvest)."
    )


def plot_reported(rows: pd.DataFrame, words: Words) -> Figure:
    """Sales per 1.00 spent, with 90% intervals, and as credited."""
    known = rows.dropna(subset=["roas"])
    truth, said = say("brings, by all sources"), say("as credited")
    return plot_ranges(known, Amounts(known.roas, truth), Amounts(known.attributed_roas, said), words)


def long_title(rows: pd.DataFrame) -> Sentence | None:
    """Whose short view misleads most: the channel that looks poor within a month, or by report, and pays within the year."""
    known = rows.dropna(subset=["year"]).reset_index(drop=True)
    if len(known) < 2:
        return None
    short, long = known["month"].rank(ascending=False), known["year"].rank(ascending=False)
    riser = known.loc[(short - long).idxmax()]
    facts: dict[str, Value | Sentence] = {
        "channel": riser["what"], "month": money(riser["month"]), "year": money(riser["year"]), "range": _interval(riser, "year_"),
        "was": count(short[(short - long).idxmax()]), "is": count(long[(short - long).idxmax()]), "all": count(len(known)),
    }  # fmt: skip
    if (short - long).max() <= 0:
        return say("Within a month or within a year, channels stand in the same order of profit")
    return say(
        "By the best guess {channel} is number {was} of {all} by the profit of the first month ({month} per 1.00 spent), and number {is} by that "
        "of the first year ({year}; {range})",
        **facts,
    )  # fmt: skip


def plot_long(rows: pd.DataFrame, words: Words) -> Figure:
    """Gross profit per 1.00 spent within a year, with 90% intervals, and within a month."""
    known = rows.dropna(subset=["year"]).assign(low=lambda each: each.year_low, high=lambda each: each.year_high)
    return plot_ranges(
        known, Amounts(known["year"], say("within a year")), Amounts(known["month"], say("within a month")), words
    )


PATHS: dict[str, tuple[Sentence, Kind]] = {
    "rank": (say("Rank"), "count"),
    "path": (say("Path, from the first touch to the order"), "text"),
    "conversions": (say("New customers"), "people"),
    "share": (say("Share of all"), "percent"),
}
RULES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Channel"), "text"),
    "last_click": (say("Last click"), "people"),
    "first": (say("First touch"), "people"),
    "linear": (say("All touches alike"), "people"),
    "chain": (say("Markov chain"), "people"),
    "shapley": (say("Shapley value"), "people"),
    "lost": (say("Would not have come without it"), "people"),
    "low": (say("90% from"), "people"),
    "high": (say("90% to"), "people"),
}


def path_rows(walked: Walk | None) -> pd.DataFrame:
    """The commonest paths, in words; without rows where there are no journeys."""
    if walked is None:
        return pd.DataFrame()
    told = [" → ".join(channels_of(path)) for path in walked.paths.path]
    return walked.paths.assign(path=told).sort_values("rank", ignore_index=True)


def rule_rows(walked: Walk | None) -> pd.DataFrame:
    """New customers by channel as rules of thumb and the Markov chain credit them, beside how many would not have come without it."""
    if walked is None:
        return pd.DataFrame()
    wide = walked.rules.pivot(index="channel", columns="rule", values="orders").fillna(0.0)
    lost = pd.DataFrame(walk.lost(walked), columns=list(walked.credit.channels))
    chain = walked.chain.set_index("channel").orders.astype("float64")
    table = wide.assign(chain=chain, shapley=walked.shapley).reindex(lost.columns).fillna(0.0).assign(
        lost=lost.median(), low=lost.quantile(0.05), high=lost.quantile(0.95), what=[plain(name) for name in lost.columns]
    )  # fmt: skip
    return table.sort_values("last_click", ascending=False).reset_index(names="channel")


def rules_title(rows: pd.DataFrame, walked: Walk | None) -> Sentence | None:
    """How many new customers ads brought, and what last click says instead."""
    if walked is None or rows.empty:
        return None
    most = rows.loc[(rows.last_click - rows.lost).idxmax()]
    return say(
        "Ads are credited with {share} of the new customers on journeys; last click credits most wrongly {channel}: {said} where {lost} "
        "would not have come (90%: {low} to {high})",
        share=percent(_by_ads(walked).mean()), channel=most["what"], said=count(most.last_click), lost=count(most.lost),
        low=count(most.low), high=count(most.high),
    )  # fmt: skip


def _by_ads(walked: Walk) -> Floats:
    """By draw, the share of new customers on journeys that ads are credited with: all but those of the base."""
    return np.asarray(1 - walked.credit.base_orders / walked.orders, np.float64)


def tiles(walked: Walk) -> list[Tile]:
    """New customers on journeys, and the share of them that ads brought, with its 90% interval."""
    share = _by_ads(walked)
    low, high = np.quantile(share, [0.05, 0.95])
    return [
        (say("New customers on journeys"), count(walked.orders), say("who met an ad, or came by themselves")),
        (say("Share of them credited to ads"), percent(share.mean()), say("90%: {low} to {high}", low=percent(low), high=percent(high))),
    ]  # fmt: skip


def plot_rules(rows: pd.DataFrame, words: Words) -> Figure:
    """New customers who would not have come without a channel, with 90% intervals, and as last click credits them."""
    dot, mark = Amounts(rows.lost, say("would not have come")), Amounts(rows.last_click, say("by last click"))
    return plot_ranges(rows, dot, mark, words, kind="count")
