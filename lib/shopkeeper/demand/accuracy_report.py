"""How near the forecast was on earlier days, in words: by class of demand, of the core SKUs, and four weeks ago."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from shopkeeper.demand import named
from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.route import class_scores
from shopkeeper.demand.study import Study
from shopkeeper.report.charts import Amounts, plot_ranges
from shopkeeper.report.page import Tile
from shopkeeper.report.style import ACCENT, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Words, change, count, day, money, percent, plain, say

CLASSES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("How it sells"), "text"),
    "n": (say("SKUs"), "count"),
    "share": (say("Share of sales"), "percent"),
    "name": (say("Forecast by"), "text"),
    "ours": (say("Its error"), "percent"),
    "other": (say("Next best"), "text"),
    "theirs": (say("Error of the next best"), "percent"),
    "naive": (say("Error of last week again"), "percent"),
}
CORE: dict[str, tuple[Sentence, Kind]] = {
    "day": (say("Forecast on"), "day"),
    "ours": (say("Accuracy of the forecast"), "percent"),
    "naive": (say("Of weeks like the last four"), "percent"),
    "bias": (say("Forecast above what came"), "change"),
}
LAST: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("What"), "text"),
    "actual": (say("Sold, 28 days"), "money"),
    "predicted": (say("Expected"), "money"),
    "low": (say("90% from"), "money"),
    "high": (say("90% to"), "money"),
    "naive": (say("As in the 28 days before"), "money"),
}
_SHOWN = 12
_NEARER = 0.97  # of the simple rule's misses, below which the forecast is said to be nearer


def class_rows(found: Study) -> pd.DataFrame:
    """One row per class: n SKUs, share of sales, who forecasts it (name) with its error, the next best of the others, and last week again.

    Errors are RMSSE, 1 being what yesterday's sales usually miss today's by. The forecast's own is of the method that the other days chose.
    """
    scores, chosen = class_scores(found.forecast.origins), found.forecast.agreed.chosen
    rows = []
    for kind, part in scores.groupby("kind", sort=False):
        ours = _as_chosen(found, str(kind))
        rest = part[part.method != chosen[str(kind)]].dropna(subset="rmsse").nsmallest(1, "rmsse")
        naive = part[part.method == "seasonal naive"].rmsse
        rows.append({
            "what": named.CLASSES[str(kind)], "n": part.n.iloc[0], "share": part.share.iloc[0], "name": named.METHODS[chosen[str(kind)]],
            "ours": ours, "other": named.METHODS[rest.method.iloc[0]] if len(rest) else plain("–"),
            "theirs": rest.rmsse.iloc[0] if len(rest) else np.nan, "naive": naive.iloc[0] if len(naive) else np.nan,
        })  # fmt: skip
    table = pd.DataFrame(rows, columns=["what", "n", "share", "name", "ours", "other", "theirs", "naive"])
    return table.dropna(subset="ours").sort_values("share", ascending=False, ignore_index=True)


def _as_chosen(found: Study, kind: str) -> float:
    """Error of a class on earlier days, each by the method that the other days chose."""
    told = []
    for origin, agreed in zip(found.forecast.origins, found.forecast.past, strict=True):
        scores = class_scores([origin]).set_index(["kind", "method"]).rmsse
        told.append(scores.get((kind, agreed.chosen[kind]), np.nan))
    return float(np.nanmean(told)) if not np.isnan(told).all() else float("nan")


def classes_told(found: Study) -> Sentence:
    """How much nearer than the simplest rule the forecast was, over all SKUs."""
    ours, naive = found.naive.ours.mean(), found.naive.naive.mean()
    facts = {"n": count(len(found.naive)), "days": count(HORIZON), "less": percent(abs(1 - ours / naive))}
    if not found.is_better:
        return say(
            "On {n} earlier days the forecast of {days} days was no nearer than days like the last four weeks ({less} off more): nothing is decided by it.",
            **facts,
        )
    return say(
        "On {n} earlier days the forecast of {days} days missed by {less} less than days like the last four weeks, SKU by SKU and day by day.",
        **facts,
    )


def core_title(found: Study) -> Sentence:
    """Accuracy of the core SKUs, beside the simple rule."""
    ours, naive = found.core.ours.mean(), found.core.naive.mean()
    facts = {"ours": percent(ours), "naive": percent(naive), "n": count(len(found.core))}
    if ours > naive:
        return say(
            "Weeks of the core SKUs were told {ours} right on average of {n} earlier days, weeks like the last four {naive}",
            **facts,
        )
    return say(
        "Weeks of the core SKUs were told {ours} right on average of {n} earlier days, no better than weeks like the last four: {naive}",
        **facts,
    )


def plot_core(rows: pd.DataFrame, words: Words) -> Figure:
    """Accuracy on each earlier day, of the forecast and of the simple rule."""
    with house_style():
        drawn = figure(2.0)
        axes = drawn.subplots()
        places = range(len(rows))
        axes.plot(places, rows.ours, color=ACCENT, marker="o", markersize=4, label=words.text(say("forecast")))
        axes.plot(places, rows.naive, color=WARM, marker="o", markersize=4, label=words.text(say("weeks like the last four")))  # fmt: skip
        axes.set_xticks(list(places), [words.value(day(each.date())) for each in rows.day])
        axes.set_ylim(max(min(0.0, rows.ours.min(), rows.naive.min()), -1.0), 1)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(percent(tick))))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0)
        return drawn


def core_tile(found: Study) -> Tile:
    """Accuracy of the core SKUs, read against the simple rule."""
    note = say(
        "weeks like the last four: {naive}; {low} to {high} on {n} earlier days",
        naive=percent(found.core.naive.mean()), low=percent(found.core.ours.min()), high=percent(found.core.ours.max()),
        n=count(len(found.core)),
    )  # fmt: skip
    return say("Accuracy of the core SKUs, by week"), percent(found.core.ours.mean()), note


def last_rows(found: Study) -> pd.DataFrame:
    """Net revenue of the last 28 days by category, or where there are none by core SKU, as it was expected and as it came."""
    rows = found.past
    if rows.empty:
        return rows
    rows = rows[(rows.measure == "net_revenue") & (rows.days == HORIZON)]
    level = "category" if (rows.level == "category").any() else "sku"
    rows = rows[rows.level == level].nlargest(_SHOWN, "actual")
    if level == "category":
        return rows.assign(what=[named.category(name) for name in rows.subject])
    skus = found.forecast.panel.skus.set_index("sku").loc[rows.subject].reset_index()
    return rows.assign(what=named.products(skus, found.forecast.panel.skus))


def last_title(found: Study) -> Sentence:
    """How many of the intervals of four weeks ago held what came, and how near their middle was."""
    rows = found.past
    if rows.empty:
        return say("There is but one earlier day to forecast from, so that nothing could be said of how far it strays")
    rows = rows[(rows.level != "brand") & (rows.measure == "units") & (rows.days == HORIZON)]
    inside = ((rows.low <= rows.actual) & (rows.actual <= rows.high)).sum()
    ours, naive = (rows.predicted - rows.actual).abs().sum(), (rows.naive - rows.actual).abs().sum()
    facts = {"inside": count(inside), "n": count(len(rows)), "due": percent(0.9)}
    if ours < _NEARER * naive:
        return say(
            "Four weeks ago {inside} of {n} such intervals of categories and core SKUs would have held the units that came, where {due} should; what was expected missed by {less} less "
            "than the weeks before, repeated, did",
            **facts, less=percent(1 - ours / naive),
        )  # fmt: skip
    return say(
        "Four weeks ago {inside} of {n} such intervals of categories and core SKUs would have held the units that came, where {due} should; what was expected was "
        "no nearer than the weeks before, repeated",
        **facts,
    )


def plot_last(rows: pd.DataFrame, words: Words) -> Figure:
    """Of each category what was expected four weeks ago, its 90% interval, and what came."""
    return plot_ranges(rows, Amounts(rows.predicted, say("expected")), Amounts(rows.actual, say("sold")), words)


def bias_told(found: Study) -> Sentence:
    """Whether forecasts of the brand leaned to one side on earlier days."""
    each = [
        agreed.of_skus.sum() / max(origin.wanted.sum(), 1e-9) - 1
        for origin, agreed in zip(found.forecast.origins, found.forecast.past, strict=True)
    ]
    brand = found.past[(found.past.level == "brand") & (found.past.days == HORIZON)] if len(found.past) else found.past
    said = say(
        "Of all units of four weeks the forecast was off by {low} to {high} on these days.",
        low=change(min(each)), high=change(max(each)),
    )  # fmt: skip
    if brand.empty:
        return said
    row = brand[brand.measure == "net_revenue"].iloc[0]
    return say(
        "{said} Of the last four weeks' sales {expected} would have been expected (90%: {low} to {high}); {came} came.",
        said=said, expected=money(row.predicted), low=money(row.low), high=money(row.high), came=money(row.actual),
    )  # fmt: skip
