"""The media mix in words and charts: what would have been sold without marketing, and what each channel brought."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.attribution.evidence import usual_sales
from shopkeeper.attribution.forecast import expected
from shopkeeper.attribution.panel import Panel
from shopkeeper.attribution.response import brought, weights
from shopkeeper.attribution.study import Study
from shopkeeper.attribution.transforms import MAX_LAG
from shopkeeper.report.style import ACCENT, INK, SOFT, WARM, figure, house_style, month_ticks
from shopkeeper.report.words import Kind, Sentence, Words, count, day, money, percent, plain, say

WEEKS: dict[str, tuple[Sentence, Kind]] = {
    "week": (say("Week of"), "day"),
    "sales": (say("In all"), "money"),
    "without": (say("Without marketing"), "money"),
    "low": (say("90% from"), "money"),
    "high": (say("90% to"), "money"),
}
CARRY: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Channel"), "text"),
    "share": (say("Share brought"), "percent"),
    "low": (say("90% from"), "percent"),
    "high": (say("90% to"), "percent"),
    "first": (say("Of its effect, in the week of the spend"), "percent"),
    "first_range": (say("90% interval"), "text"),
    "bought": (say("Of 10% more spend: more bought"), "percent"),
    "more": (say("Of 10% more spend: more sold"), "percent"),
    "more_range": (say("90% interval"), "text"),
}
_A_TENTH = 0.1


def told(found: Study) -> Sentence:
    """What the media mix rests on, and what it leaves out."""
    panel = found.panel
    parts = [
        _learnt_from(panel),
        *([_tested(len(found.tests), found.unused)] if len(found.tests) or found.unused else []),
        *([_of_new(found.of_new)] if found.of_new else []),
        *([_TESTED_NEW] if found.of_new and len(found.tests) else []),
        *[_captured(name) for name in found.captured],
        *[_left_out(name, why) for name, why in found.left_out.items()],
        *[_twins(name) for name in dict.fromkeys(panel.parts.values())],
    ]  # fmt: skip
    return _one_after_another(parts)


def _learnt_from(panel: Panel) -> Sentence:
    facts = {"weeks": count(len(panel.learnt)), "first": day(panel.learnt[0].date()), "channels": count(len(panel.channels))}  # fmt: skip
    if len(panel.regions) == 1:
        return say(
            "The media mix is learnt from {weeks} weeks from {first} on and {channels} channels, all regions added up.",
            **facts,
        )
    return say(
        "The media mix is learnt from {weeks} weeks from {first} on, {channels} channels and {regions} regions.",
        regions=count(len(panel.regions)), **facts,
    )  # fmt: skip


def _tested(used: int, unused: int) -> Sentence:
    if not unused:
        return say("Lift tests used: {used}.", used=count(used))
    return say(
        "Lift tests used: {used}; left out: {unused}, outside these weeks or without a change of spend on these channels.",
        used=count(used), unused=count(unused),
    )  # fmt: skip


def _one_after_another(parts: list[Sentence]) -> Sentence:
    whole = parts[0]
    for part in parts[1:]:
        whole = say("{one} {other}", one=whole, other=part)
    return whole


_TESTED_NEW = say(
    "What lift tests read is taken to be of new customers; where ads move old ones too, tests say too much."
)


def _of_new(of_new: float) -> Sentence:
    return say(
        "Counted are new customers alone, each at {of_new}, what one brings within a month.", of_new=money(of_new)
    )


def _captured(name: str) -> Sentence:
    return say(
        "{channel} collects demand that is made elsewhere: the mix takes it for no cause of sales, and what it costs stands beside.",
        channel=plain(name),
    )


def _left_out(name: str, why: str) -> Sentence:
    if why == "unpaid":
        return say("Of {channel} nothing can be learnt: nothing was spent on it.", channel=plain(name))
    return say("Of {channel} nothing can be learnt: it has spend in too few weeks.", channel=plain(name))


def _twins(name: str) -> Sentence:
    return say(
        "Spend on {channels} moves together: sales by week tell what they bring together, and so they stand as one. Vary one of them, or test it.",
        channels=plain(name),
    )


def week_rows(found: Study) -> pd.DataFrame:
    """One row per learnt week: sales, what would have been sold without marketing, and its 90% interval; currency."""
    panel, mix = found.panel, found.together
    nothing = np.zeros((0, *panel.spend.shape[1:]))
    all_of = expected(mix, panel, found.base, nothing) * usual_sales(panel)
    without = all_of - brought(mix, panel).sum(axis=2)
    low, high = np.quantile(without, [0.05, 0.95], axis=0)
    return pd.DataFrame({
        "week": panel.learnt, "sales": panel.sales[MAX_LAG - 1 :].sum(axis=1), "without": without.mean(axis=0), "low": low, "high": high,
    })  # fmt: skip


def media_share(found: Study) -> tuple[float, float, float]:
    """The share of sales that all channels brought over the learnt weeks: mean, and 90% interval."""
    share = brought(found.together, found.panel).sum(axis=(1, 2)) / found.panel.sales[MAX_LAG - 1 :].sum()
    low, high = np.quantile(share, [0.05, 0.95])
    return float(share.mean()), float(low), float(high)


def weeks_title(found: Study) -> Sentence:
    """How much less would have come without any marketing."""
    facts = dict(zip(("share", "low", "high"), map(percent, media_share(found)), strict=True))
    if found.of_new:
        return say(
            "Without any of these channels {share} of new customers would not have come (90%: {low} to {high}); the rest would anyway",
            **facts,
        )
    return say(
        "Without any of these channels {share} of sales would not have come (90%: {low} to {high}); the rest would have come anyway",
        **facts,
    )


def plot_weeks(rows: pd.DataFrame, words: Words) -> Figure:
    """Sales by week, and what would have been sold without marketing, with its 90% interval."""
    with house_style():
        drawn = figure(2.8)
        axes = drawn.subplots()
        place = range(len(rows))
        axes.fill_between(place, rows.low, rows.high, color=WARM, alpha=0.25, linewidth=0)
        axes.plot(place, rows.without, color=WARM, label=words.text(say("without marketing")))
        axes.plot(place, rows.sales, color=INK, linewidth=0.9, label=words.text(say("in all")))
        axes.set_ylim(bottom=min(0.0, float(rows.low.min())))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick)) if tick else "0"))
        _by_month(axes, rows, words)
        drawn.legend(loc="outside upper left", ncols=2)
        return drawn


def _by_month(axes: object, rows: pd.DataFrame, words: Words) -> None:
    """Ticks at the first week of some months."""
    first = rows.groupby(rows.week.dt.to_period("M")).head(1)
    step = max(1, -(-len(first) // 6))
    shown = first.iloc[::step]
    month_ticks(axes, [week.date() for week in shown.week], words)  # type: ignore[arg-type]
    axes.set_xticks(shown.index, [text.get_text() for text in axes.get_xticklabels()])  # type: ignore[attr-defined]


def carry_rows(found: Study) -> pd.DataFrame:
    """One row per channel, the largest spend first: share of sales, how soon it works, and what a tenth more spend buys (null where media
    do not tell) and brings.
    """
    mix = found.together
    share = brought(mix, found.panel).sum(axis=1) / found.panel.sales[MAX_LAG - 1 :].sum()
    first, steep = weights(mix)[:, :, 0], mix.known["steepness"]
    more = _A_TENTH * found.panel.rises * steep / np.sinh(steep)
    low, high = np.quantile(share, [0.05, 0.95], axis=0)
    return pd.DataFrame({
        "what": [plain(name) for name in found.channels], "share": share.mean(axis=0), "low": low, "high": high,
        "first": first.mean(axis=0), "first_range": ranges(first),
        "bought": [_A_TENTH * found.panel.bought.get(name, np.nan) for name in found.channels],
        "more": more.mean(axis=0), "more_range": ranges(more),
    })  # fmt: skip


def ranges(draws: np.ndarray) -> list[Sentence]:
    """The 90% interval of each column of draws, shares, in words."""
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return [say("{low} to {high}", low=percent(a), high=percent(b)) for a, b in zip(low, high, strict=True)]


def plot_shares(rows: pd.DataFrame, words: Words) -> Figure:
    """The share of sales of each channel, with 90% intervals."""
    with house_style():
        drawn = figure(0.7 + 0.27 * len(rows))
        axes = drawn.subplots()
        place = range(len(rows))
        axes.hlines(place, rows.low, rows.high, color=SOFT, linewidth=2)
        axes.scatter(rows.share, place, color=ACCENT, s=26, zorder=3)
        axes.set_yticks(place, [words.text(name) for name in rows["what"]])
        axes.invert_yaxis()
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(percent(tick))))
        axes.set_xlabel(words.text(say("share brought")))
        return drawn


def shares_title(rows: pd.DataFrame) -> Sentence:
    """Which channel brought most, and how sure that is."""
    best = rows.loc[rows.share.idxmax()]
    facts = {"share": percent(best.share), "low": percent(best.low), "high": percent(best.high)}
    if (rows.high.drop(best.name) > best.low).any():
        return say(
            "{channel} should have brought most, {share} of all (90%: {low} to {high}), though another may have",
            channel=best["what"], **facts,
        )  # fmt: skip
    return say("{channel} brought most: {share} of all (90%: {low} to {high})", channel=best["what"], **facts)
