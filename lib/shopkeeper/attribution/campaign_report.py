"""Campaigns that nobody was held out of, in words and as charts."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.attribution.campaign_panel import DAYS, FEWEST
from shopkeeper.attribution.campaign_study import Study
from shopkeeper.report.page import Tile
from shopkeeper.report.style import ACCENT, INK, SOFT, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Words, change, count, day, money, percent, plain, say

_SHOWN = 12  # campaigns that a chart on a phone has room for
_MOST = 14  # characters of a name, likewise
_WHY: Mapping[str, Sentence] = {
    "": plain(""),
    "held": say("held out customers by lot: measured against those"),
    "early": say("less than eight weeks of data before it"),
    "late": say("its four weeks are not over"),
    "few": say("sent to fewer than {n} customers", n=count(FEWEST)),
    "unlike": say("too few other customers are comparable"),
}
EFFECTS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Campaign"), "text"),
    "sent_on": (say("Sent on"), "day"),
    "offer": (say("Offer"), "text"),
    "sent": (say("Times sent"), "people"),
    "redeemed_rate": (say("Redeemed it"), "percent"),
    "lift": (say("Effect on spend"), "change"),
    "lift_low": (say("90% from"), "change"),
    "lift_high": (say("90% to"), "change"),
    "effect": (say("Per customer"), "money"),
    "total_range": (say("In all, 90% interval"), "text"),
    "earlier_range": (say("Measured four weeks early"), "text"),
    "why": (say("Why it was not measured"), "text"),
}
PATH: dict[str, tuple[Sentence, Kind]] = {
    "week": (say("Week from the campaign"), "number"),
    "difference": (say("Weekly spend above comparable customers"), "money"),
    "low": (say("90% from"), "money"),
    "high": (say("90% to"), "money"),
}
PLACEBO: dict[str, tuple[Sentence, Kind]] = {
    "middle": (say("Effect in standard errors"), "number"),
    "pretended": (say("Pretended campaigns"), "count"),
    "real": (say("Real campaigns"), "count"),
}


def effect_rows(study: Study) -> pd.DataFrame:
    """One row for each campaign in order of time, then one for each offer and one for all together, in words."""
    rows = study.effects.rows
    single = rows.assign(
        what=[plain(name) for name in rows.campaign],
        redeemed_rate=(rows.redeemed / rows.sent).where((rows.redeemed >= 5) | (rows.redeemed == 0)),
        total_range=[_range(row.total_low, row.total_high) for row in rows.itertuples()],
        earlier_range=[_range(row.earlier_low, row.earlier_high) for row in rows.itertuples()],
        why=[_WHY[why] for why in rows.why], is_measured=rows.why == "", is_pooled=False,
    )  # fmt: skip
    if study.pooled.empty:
        return single
    offers = study.pooled.sort_values("offer", na_position="last", kind="stable")
    names = [
        say("all campaigns") if pd.isna(offer) else say("all of {offer}", offer=plain(offer)) for offer in offers.offer
    ]
    # Money of one more of an offer is no campaign's: the pooled rows stand with their lifts alone.
    together = offers.assign(what=names, is_measured=True, is_pooled=True)[
        ["what", "sent", "lift", "lift_low", "lift_high", "is_measured", "is_pooled"]
    ]
    return pd.concat([single, together], ignore_index=True)


def _range(low: float, high: float) -> Sentence | None:
    return None if np.isnan(low) else say("{low} to {high}", low=money(low), high=money(high))


def title(study: Study) -> Sentence:
    """What the campaigns did to spend in all, or that this is within chance, or why nothing is said."""
    if study.effects.rows.empty:
        return say("No campaign sent to known customers is in the data")
    if (study.effects.rows.why == "held").all():
        return say("Every campaign held out customers by lot, and is measured against those")
    if study.pooled.empty:
        return say(
            "No campaign can be measured by comparing customers (campaigns: {n})", n=count(len(study.effects.rows))
        )
    row = study.pooled.iloc[0]
    facts = {"n": count(row.n_campaigns), "low": change(row.lift_low), "high": change(row.lift_high)}
    if row.lift_low <= 0 <= row.lift_high:
        return say(
            "What campaigns did to spend is within chance: {lift} over four weeks, against comparable customers who were not sent them (90%: "
            "{low} to {high}; campaigns: {n})",
            lift=change(row.lift), **facts,
        )  # fmt: skip
    if row.lift > 0:
        return say(
            "Customers who were sent a campaign spent {lift} more over four weeks than comparable customers (90%: {low} to {high}; campaigns: {n})",
            lift=percent(row.lift), **facts,
        )  # fmt: skip
    return say(
        "Customers who were sent a campaign spent {lift} less over four weeks than comparable customers (90%: {low} to {high}; campaigns: {n})",
        lift=percent(-row.lift), **facts,
    )  # fmt: skip


def told(study: Study) -> list[Sentence]:
    """What was measured and what not, and how many campaigns stand out by themselves."""
    rows, measured = study.effects.rows, study.measured
    if measured.empty:
        return _unmeasured(rows)
    beyond = int(((measured.effect_low > 0) | (measured.effect_high < 0)).sum())
    return [
        say(
            "For each campaign we compare how spend changed, from the {days} days before it to the {days} days from it on, with how it "
            "changed among comparable customers: not sent it, but with as much spend, as many orders and as recent a last order until "
            "then, and sent the same other campaigns in these weeks. Returns are not taken off.",
            days=count(DAYS),
        ),
        say(
            "This is not an experiment: nobody was held out by lot. The difference is the campaign's effect only if both groups would have "
            "moved alike without it. Not measured: what a campaign costs, what it does after {days} days, and new customers.",
            days=count(DAYS),
        ),
        say(
            "Campaigns whose own effect lies beyond chance: {beyond} of {n}; if none of them did anything, it would be about {expected}.",
            n=count(len(measured)), beyond=count(beyond), expected=count(0.1 * len(measured)),
        ),
        *_unmeasured(rows),
    ]  # fmt: skip


def _unmeasured(rows: pd.DataFrame) -> list[Sentence]:
    left = rows.why[(rows.why != "") & (rows.why != "held")]
    by_lot = rows[rows.why == "held"].campaign.nunique()
    experiment = say("Campaigns that held out customers by lot: {n}. What those brought is measured against them, which is surer, and not here.", n=count(by_lot))  # fmt: skip
    said = [
        say("Campaigns not measured, {why}: {n}.", why=_WHY[str(why)], n=count(n))
        for why, n in left.value_counts().items()
    ]
    return [*said, *([experiment] if by_lot else [])]


def plot_effects(rows: pd.DataFrame, words: Words) -> Figure:
    """The effect on spend of the twelve largest campaigns with 90% intervals, the first on top; below them those of each offer and of all."""
    known = rows[rows.is_measured]
    single, together = known[~known.is_pooled], known[known.is_pooled]
    single = single.loc[single.sent.nlargest(_SHOWN).index.sort_values()]
    shown = pd.concat([single, together])
    labels = [*(_label(row, words) for row in single.itertuples()), *(words.text(what) for what in together["what"])]
    with house_style():
        drawn = figure(0.8 + 0.26 * len(labels))
        axes = drawn.subplots()
        colours = [ACCENT] * len(single) + [WARM] * len(together)
        axes.hlines(range(len(labels)), shown.lift_low, shown.lift_high, colors=colours, linewidth=1.5)
        axes.scatter(shown.lift, range(len(labels)), color=colours, s=28, zorder=3)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.axhline(len(single) - 0.5, color=SOFT, linewidth=0.6)
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(change(tick)) if tick else "0"))
        axes.set_xlabel(words.text(say("spend in four weeks, against comparable customers")))
        return drawn


def _label(row: "pd.Series[object]", words: Words) -> str:
    name = words.text(row.what)
    return f"{words.value(day(row.sent_on))}: {name if len(name) <= _MOST else name[: _MOST - 1] + '…'}"


def path_title(study: Study) -> Sentence | None:
    """Whether those sent and their peers moved alike before; None where that cannot be told."""
    early = study.measured.dropna(subset="earlier")
    if early.empty:
        return None
    beyond = int(((early.earlier_low > 0) | (early.earlier_high < 0)).sum())
    facts = {"n": count(len(early)), "beyond": count(beyond), "expected": count(0.1 * len(early))}
    if study.was_alike:
        return say(
            "Before the campaigns both groups moved alike: effects beyond chance, when measured four weeks too early, are {beyond} of {n} "
            "(by luck alone: about {expected})",
            **facts,
        )
    return say(
        "Before the campaigns the groups did not move alike: effects beyond chance, when measured four weeks too early, are {beyond} of "
        "{n} (by luck alone: about {expected})",
        **facts,
    )


def plot_path(path: pd.DataFrame, words: Words) -> Figure:
    """How far those sent lay above their peers in each week before and after, with 90% intervals."""
    with house_style():
        drawn = figure()
        axes = drawn.subplots()
        places = path.week.where(path.week < 0, path.week - 1)
        axes.vlines(places, path.low, path.high, color=ACCENT, linewidth=1.5)
        axes.scatter(places, path.difference, color=ACCENT, s=24, zorder=3)
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.axvline(-0.5, color=WARM, linewidth=1)
        axes.set_xticks(places, [words.value(count(week)) for week in path.week])
        axes.set_xlabel(words.text(say("week from the campaign")))
        axes.set_ylabel(words.text(say("spend above comparable customers")))
        _money_up(axes, words)
        return drawn


def _money_up(axes: Axes, words: Words) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick)) if tick else "0"))


def placebo_title(study: Study) -> Sentence | None:
    """How often the measure gives a false alarm; None where no campaign could be pretended."""
    n, alarms = len(study.placebo), int((study.placebo.p < 0.05).sum())
    if not n:
        return None
    facts = {"n": count(n), "share": percent(alarms / n)}
    if study.is_quiet:
        return say(
            "Of {n} pretended campaigns, whose customers were drawn by lot and sent nothing, a 5% test finds an effect in {share} (expected: 5%)",
            **facts,
        )
    return say(
        "The measure cannot be trusted here: of {n} pretended campaigns, whose customers were drawn by lot and sent nothing, a 5% test "
        "finds an effect in {share} (expected: 5%)",
        **facts,
    )


def placebo_rows(study: Study) -> pd.DataFrame:
    """Effects in standard errors, of pretended and of real campaigns, counted by halves of one; the outermost hold what lies beyond."""
    edges = np.arange(-3.5, 3.6, 0.5)
    z = study.measured.effect / study.measured.sd
    counted = [np.histogram(np.clip(each, -3.49, 3.49), edges)[0] for each in (study.placebo.z, z)]
    return pd.DataFrame({"middle": (edges[1:] + edges[:-1]) / 2, "pretended": counted[0], "real": counted[1]})


def plot_placebo(rows: pd.DataFrame, words: Words) -> Figure:
    """Shares of pretended and of real campaigns by their effect in standard errors."""
    with house_style():
        drawn = figure()
        axes = drawn.subplots()
        axes.bar(
            rows.middle,
            rows.pretended / rows.pretended.sum(),
            width=0.46,
            color=SOFT,
            label=words.text(say("pretended")),
        )
        axes.step(rows.middle, rows.real / rows.real.sum(), where="mid", color=ACCENT, label=words.text(say("real")))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(percent(tick))))
        axes.set_xlabel(words.text(say("effect in standard errors")))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0)
        return drawn


def tiles(study: Study) -> list[Tile]:
    """The effect of each kind of campaign on spend."""
    return [
        (
            say("Effect on spend, {offer}", offer=str(row.offer)) if isinstance(row.offer, str) else say("Effect on spend, all campaigns"),
            change(row.lift), say("90%: {low} to {high}", low=change(row.lift_low), high=change(row.lift_high)),
        )
        for row in study.pooled.head(4).itertuples()
    ]  # fmt: skip
