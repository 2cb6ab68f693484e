"""Tags and next categories in words and as charts: what was tested, what held, and what is withheld."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.customers.labels import Labels
from shopkeeper.customers.next_category import HORIZONS, NextCategory
from shopkeeper.customers.scoring import TOP_ERROR, is_right
from shopkeeper.customers.tags import Tagged
from shopkeeper.report.style import ACCENT, INK, SOFT, WARM, figure, house_style
from shopkeeper.report.words import Sentence, Words, count, people, percent, say

TAGS: dict[str, Sentence] = {
    "order_30": say("will order within 30 days"),
    "lapse_90": say("will not order within 90 days"),
    "deal_90": say("if they order, only at a discount, 90 days"),
    "new_90": say("will buy something new within 90 days"),
    "return_90": say("will send goods back within 90 days"),
    "top_90": say("will be in the top tenth by spending, next 90 days"),
    "cart_7": say("left in the cart, will order within 7 days"),
}
TESTED: Labels = {
    "what": (say("Tag"), "text"),
    "verdict": (say("Verdict"), "text"),
    "customers": (say("Customers tested"), "people"),
    "rate": (say("Did it"), "percent"),
    "predicted": (say("Predicted"), "percent"),
    "slope": (say("Calibration slope (1 is right)"), "text"),
    "top_ratio": (say("Observed / predicted, top tenth"), "text"),
}
ERRORS: Labels = {
    "what": (say("Tag"), "text"),
    "ece": (say("Mean gap (ECE)"), "percent"),
    "brier": (say("Brier score"), "text"),
    "brier_base": (say("of the base rate"), "text"),
    "brier_recency": (say("of recency alone"), "text"),
    "auc": (say("Ranking (AUC)"), "text"),
    "auc_recency": (say("of recency alone"), "text"),
    "auc_bgnbd": (say("of BG/NBD"), "text"),
}
CURVE: Labels = {
    "what": (say("Tag"), "text"),
    "customers": (say("Customers"), "people"),
    "predicted": (say("Predicted"), "percent"),
    "observed": (say("Observed"), "percent"),
    "low": (say("90% from"), "percent"),
    "high": (say("90% to"), "percent"),
}
CATEGORY_CURVE: Labels = {"days": (say("Within days"), "count")}
CATEGORY_CURVE |= {name: label for name, label in CURVE.items() if name != "what"}
LIKELY: Labels = {
    "days": (say("Within days"), "count"),
    "tested": (say("Tested"), "count"),
    "trusted": (say("Trusted"), "count"),
    "half": (say("Reach 50%"), "people"),
    "three_quarters": (say("Reach 75%"), "people"),
    "sure": (say("Highest"), "percent"),
}
CATEGORIES: Labels = {"category": (say("Category"), "text"), "days": (say("Within days"), "count")}
CATEGORIES |= {
    name: (TESTED | ERRORS)[name]
    for name in ("verdict", "slope", "top_ratio", "brier", "brier_base", "brier_recency")  # what the verdict rests on
}
TAGS_FILE = say("Every customer with the probabilities that held, under a pseudonym:")
CATEGORIES_FILE = say("Who is likely to buy in which category, under a pseudonym:")
COMPARED = say("The same tests, beside simple rules: a smaller gap and Brier score and a larger AUC are better")
WITHHELD = say("Categories whose probability did not hold, and why")
_EXACT = {"slope": "{:.2f}", "top_ratio": "{:.2f}", "auc": "{:.3f}", "auc_recency": "{:.3f}", "auc_bgnbd": "{:.3f}"}
_BRIER = ("brier", "brier_base", "brier_recency")


def tested_rows(tagged: list[Tagged]) -> pd.DataFrame:
    """One row per tag with its test and the verdict in words."""
    rows = [(each.tested or {}) | {"what": TAGS[each.tag.name], "verdict": _verdict(each.tested)} for each in tagged]
    return _shaped(pd.DataFrame(rows))


def category_rows(found: NextCategory) -> pd.DataFrame:
    """One row per (days, category) that did not hold, with its test and the verdict in words."""
    if found.tested.empty:
        return found.tested
    withheld = found.tested[found.tested.is_trusted == 0.0]
    return _shaped(withheld.assign(verdict=[_verdict(row) for row in withheld.to_dict("records")]))


def _shaped(table: pd.DataFrame) -> pd.DataFrame:
    for name in (*_EXACT, *_BRIER):
        if name in table:
            table[name] = [_EXACT.get(name, "{:.4f}").format(cell) if cell == cell else "–" for cell in table[name]]
    missing = [name for name in TESTED | ERRORS if name not in table]
    return table.assign(**dict.fromkeys(missing, np.nan))


def _verdict(tested: dict[str, float] | None) -> Sentence:
    if not tested:
        return say("too little is known to learn and test it")
    if tested["is_trusted"]:
        return say("held: lists may be made")
    if tested["top_error"] > TOP_ERROR:
        return say("too rare to test: withheld")
    if tested["brier"] >= min(tested["brier_base"], tested["brier_recency"]):
        return say("no better than a simple rule: withheld")
    return (
        say("missed in too many weeks: withheld")
        if is_right(tested["slope"], tested["top_ratio"])
        else say("missed: withheld")
    )


def likely_rows(found: NextCategory) -> pd.DataFrame:
    """One row per horizon: categories tested and trusted, customers who reach 50% and 75% in some category, also when none.

    Without rows where no category could be tested at all.
    """
    if found.tested.empty:
        return pd.DataFrame()
    rows = []
    for days in HORIZONS:
        tested = found.tested[found.tested.days == days]
        now = (
            found.now[found.now.days == days]
            if len(found.now)
            else pd.DataFrame({"customer_id": [], "probability": []})
        )
        best = now.groupby("customer_id").probability.max()
        rows.append({
            "days": days, "tested": len(tested), "trusted": tested.is_trusted.sum(),
            "half": (best >= 0.5).sum(), "three_quarters": (best >= 0.75).sum(), "sure": best.max() if len(best) else np.nan,
        })  # fmt: skip
    return pd.DataFrame(rows)


def tags_title(tagged: list[Tagged]) -> Sentence:
    """How many tags held when tested, and how well the first of them did against recency alone."""
    held = [each for each in tagged if each.is_trusted]
    if not held:
        return say("No probability held when tested on the last days that are over, so no list is made from one")
    tested = next((each.tested for each in held if each.tag.name == "order_30"), held[0].tested)
    assert tested is not None
    said = say(
        "{held} of {all} tags held when tested on days they were not learnt from. Of two customers, one who did what the "
        "first tag says and one who did not, it ranks the right one higher in {auc} of cases; recency alone in {recency}",
        held=count(len(held)), all=count(len(tagged)), auc=percent(tested["auc"]), recency=percent(tested["auc_recency"]),
    )  # fmt: skip
    if "auc_bgnbd" not in tested:
        return said
    return say("{said}, the BG/NBD model in {bgnbd}", said=said, bgnbd=percent(tested["auc_bgnbd"]))


def tills_told(tills: int) -> Sentence:
    """What accounts that no person can be mean for the report."""
    return say(
        "{n} accounts placed more than a hundred orders, and more than three on a day with any: tills or resellers. Their "
        "orders count as sales; nothing is learnt from them, and they stand in no list.",
        n=people(tills),
    )


def curve_rows(tagged: list[Tagged]) -> pd.DataFrame:
    """The reliability of every tag that could be tested, trusted ones first, as one table."""
    shown = sorted((each for each in tagged if len(each.curve)), key=lambda each: not each.is_trusted)
    parts = [each.curve.assign(what=[TAGS[each.tag.name]] * len(each.curve), tag=each.tag.name) for each in shown]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def curves_title(curves: pd.DataFrame) -> Sentence:
    """How many groups lie where they were predicted, within chance."""
    if curves.empty:
        return say("Nothing could be tested yet")
    inside = ((curves.low <= curves.predicted) & (curves.predicted <= curves.high)).sum()
    return say(
        "Said and seen: in {inside} of {all} groups of customers, what was predicted lies within the 90% interval of what "
        "they did, where {due} would if every probability were exact; the mean gap is {gap}",
        due=count(0.9 * len(curves)),
        inside=count(inside), all=count(len(curves)), gap=percent(np.average((curves.observed - curves.predicted).abs(), weights=curves.customers)),
    )  # fmt: skip


def plot_curves(curves: pd.DataFrame, words: Words) -> Figure:
    """Observed over predicted, ten groups each, one small panel for every tag; the diagonal is where both agree."""
    tags = list(dict.fromkeys(curves.tag))
    with house_style():
        drawn = figure(2.0 * -(-len(tags) // 2))
        panels = drawn.subplots(-(-len(tags) // 2), 2, squeeze=False).flatten()
        for axes, tag in zip(panels, tags, strict=False):
            _panel(axes, curves[curves.tag == tag], words)
        for axes in panels[len(tags) :]:
            axes.set_visible(False)
        return drawn


def category_curve_title(found: NextCategory) -> Sentence:
    """How near the categories that held came. Pairs share customers and weeks, so no count of intervals is due."""
    if found.tested.empty:
        return categories_title(found)
    if found.curve.empty:
        return say("No category's probability can be drawn")
    off = (found.curve.observed - found.curve.predicted).abs()
    return say(
        "Said and seen, over all categories that held: the mean gap between what was predicted and what came is {gap}, the "
        "largest of a group {most}. One customer stands in many of a group's pairs, so the bars are shorter than chance",
        gap=percent(np.average(off, weights=found.curve.customers)), most=percent(off.max()),
    )  # fmt: skip


def plot_categories(curve: pd.DataFrame, words: Words) -> Figure:
    """The same for next categories, one panel for every horizon."""
    named = curve.assign(tag=curve.days, what=[say("within {days} days", days=count(days)) for days in curve.days])
    return plot_curves(named, words)


def _panel(axes: Axes, curve: pd.DataFrame, words: Words) -> None:
    top = 1.05 * max(curve.high.max(), curve.predicted.max())
    axes.plot([0, top], [0, top], color=SOFT, linewidth=0.8)
    spread = np.abs(curve[["low", "high"]].to_numpy().T - curve.observed.to_numpy())
    axes.errorbar(
        curve.predicted, curve.observed, yerr=spread, fmt="o", color=ACCENT, ecolor=WARM, markersize=3.5, linewidth=1
    )
    axes.set_title(_wrapped(words.text(curve.what.iloc[0])), loc="left", color=INK, fontsize=8.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(3))
        axis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(percent(tick))))
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)


def _wrapped(text: str, width: int = 26) -> str:
    """The text on two lines at most; Chinese, which has no blanks, breaks anywhere."""
    if len(text) <= width:
        return text
    blank = text.rfind(" ", 0, width)
    return f"{text[:blank]}\n{text[blank + 1 :]}" if blank > 0 else f"{text[:16]}\n{text[16:]}"


def categories_title(found: NextCategory) -> Sentence:
    """How many customers reach 75% in some category within a week, or that none does, or that nothing can be said."""
    if found.tested.empty:
        return say("No next category can be told: products have no category here, or the data are too short")
    rows = likely_rows(found).set_index("days")
    for days in (7, 30, 90):
        if rows.trusted[days]:
            return say(
                "Within {days} days, {sure} customers reach 75% in some category and {half} reach 50%; {trusted} of {tested} "
                "categories held when tested",
                days=count(days), sure=people(rows.three_quarters[days]), half=people(rows.half[days]),
                trusted=count(rows.trusted[days]), tested=count(rows.tested[days]),
            )  # fmt: skip
    return say("No category's probability held when tested, so none is used")
