"""The market in words: what rises and fades, what may be a hit, and where sales left their forecast."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.demand import named
from shopkeeper.demand.market import SURE
from shopkeeper.demand.study import Study
from shopkeeper.report.charts import Amounts, plot_ranges
from shopkeeper.report.words import Kind, Sentence, Words, change, count, percent, plain, say

TRENDS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("What"), "text"),
    "units": (say("Units, last 28 days"), "count"),
    "change": (say("Level, beyond the brand's, in four weeks"), "change"),
    "low": (say("90% from"), "change"),
    "high": (say("90% to"), "change"),
    "probability": (say("Chance that it rose"), "chance"),
}
HITS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "sku": (say("SKU"), "text"),
    "category_said": (say("Category"), "text"),
    "units": (say("Units, last 28 days"), "count"),
    "rises": (say("Level, beyond the brand's, in four weeks"), "change"),
}
LEFT: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "actual": (say("Wanted, 28 days"), "count"),
    "range": (say("Expected, 90%"), "text"),
    "money": (say("Sales beyond, or short"), "money"),
    "sku": (say("SKU"), "text"),
    "price_change": (say("Price"), "change"),
}
_PROMOTED: dict[str, tuple[Sentence, Kind]] = {
    "promotion_days": (say("Days in promotion"), "count"),
    "promotion_days_before": (say("In the 28 before"), "count"),
}
_VISITED: dict[str, tuple[Sentence, Kind]] = {"visits_change": (say("Visits"), "change")}
_OUT: dict[str, tuple[Sentence, Kind]] = {"days_out": (say("Days with an empty shelf"), "count")}
_SHOWN, _CHARTED = 10, 12


def trend_rows(found: Study) -> pd.DataFrame:
    """Categories, or where there is but one the SKUs whose trend is surest; the most rising first."""
    told = found.market.trends
    rows = told.categories.dropna(subset="change").nlargest(_CHARTED, "units")
    if len(rows) > 1:
        rows = rows.assign(what=[named.category(name) for name in rows.category])
    else:
        rows = _sure(told.skus)
        rows = rows.assign(what=named.products(rows, found.forecast.panel.skus)) if len(rows) else rows
    return rows.sort_values("change", ascending=False, ignore_index=True)


def sku_rows(found: Study) -> pd.DataFrame:
    """The SKUs that surely rise or fade, the most units first."""
    rows = _sure(found.market.trends.skus)
    return rows.assign(what=named.products(rows, found.forecast.panel.skus)) if len(rows) else rows


def _sure(skus: pd.DataFrame) -> pd.DataFrame:
    rows = skus[(skus.probability >= SURE) | (skus.probability <= 1 - SURE)]
    moved = rows.units * np.abs(rows.change)  # the most units first: a rise of what hardly sells is no news
    return rows.loc[moved.sort_values(ascending=False, kind="stable").index].head(_SHOWN)


def trend_title(rows: pd.DataFrame) -> Sentence:
    """What rises or fades beyond what the brand does."""
    if rows.empty:
        return say("Weeks without promotions are too few to read a trend from")
    up, down = rows[rows.probability >= SURE], rows[rows.probability <= 1 - SURE]
    if up.empty and down.empty:
        return say("None of these has surely risen or faded beside the brand")
    best = (up if len(up) else down).iloc[0 if len(up) else -1]
    facts = {"what": best["what"], "change": change(best.change), "low": change(best.low), "high": change(best.high)}
    if len(up):
        return say("{what} has risen beyond the brand: {change} in four weeks (90%: {low} to {high})", **facts)
    return say("{what} has faded beside the brand: {change} in four weeks (90%: {low} to {high})", **facts)


def plot_trends(rows: pd.DataFrame, words: Words) -> Figure:
    """Change of the level in four weeks beyond the brand's, with its 90% interval."""
    flat = pd.Series(0.0, rows.index)
    return plot_ranges(rows, Amounts(rows.change, say("change in four weeks")), Amounts(flat, say("as the brand")), words, kind="change")  # fmt: skip


def record_told(found: Study) -> Sentence:
    """What became of earlier calls."""
    record = found.market.record
    called, went_on = int(record.called.sum()), int(record.went_on.sum())
    facts = {"n": count(called), "days": count(record.day.nunique()), "sure": percent(SURE)}
    if not called:
        return say("On {days} earlier days no SKU was called rising or fading with a chance of {sure}.", **facts)
    return say(
        "Promotions, weekdays and half of last year's season are taken out. A trend of the past is not one of the future: of {n} SKUs called rising "
        "or fading with a chance of {sure} on {days} earlier days, {went} moved on the same way in the four weeks after.{kept}",
        **facts, went=percent(went_on / called), kept=_survivors(found),
    )  # fmt: skip


def _survivors(found: Study) -> Sentence:
    """That earlier lists are of SKUs that sell much today, where not all stand by themselves."""
    if not found.forecast.panel.skus.is_rest.any():
        return plain("")
    return say(" These are SKUs that still sell much today; those that fell out since are not counted.")


def hit_rows(found: Study) -> pd.DataFrame:
    """The likeliest hits, and what stands behind them."""
    rows = found.market.hits.listed.head(_SHOWN)
    if rows.empty:
        return rows
    return rows.assign(
        what=named.products(rows, found.forecast.panel.skus), category_said=[named.category(name) for name in rows.category],
        rises=np.expm1(rows.trend),
    )  # fmt: skip


def hits_told(found: Study) -> Sentence:
    """What the same list was worth."""
    hits = found.market.hits
    record = hits.record
    if hits.listed.empty or record.empty:
        return say("Too few SKUs have become hits so far to learn from which will be next.")
    listed, right = record.listed.sum(), record.hits.sum()
    return say(
        "A hit is among the tenth that grow most and sells as much as three quarters of the SKUs do. Of the {n} SKUs on this list on {days} earlier days "
        "{right} became one ({precision}); of SKUs taken at random {base} do. It is a list to look at, not to order by.{kept}",
        n=count(listed), days=count(len(record)), right=count(right), precision=percent(right / listed),
        kept=_survivors(found), base=percent(np.average(record.base_rate, weights=record.listed)),
    )  # fmt: skip


def left_rows(found: Study) -> pd.DataFrame:
    """SKUs whose sales left the interval that was forecast four weeks ago, the most money first."""
    rows = found.market.left.head(_SHOWN)
    if rows.empty:
        return rows
    ranges = [say("{low} to {high}", low=count(a), high=count(b)) for a, b in zip(rows.low, rows.high, strict=True)]
    return rows.assign(what=named.products(rows, found.forecast.panel.skus), range=ranges)


def left_labels(found: Study) -> dict[str, tuple[Sentence, Kind]]:
    """The columns of left_rows that this brand's tables can fill."""
    panel = found.forecast.panel
    return (
        LEFT | (_PROMOTED if panel.plans else {}) | (_VISITED if "visits" in panel.traffic else {}) | (_OUT if panel.shelves else {})
    )  # fmt: skip


def hit_labels(found: Study) -> dict[str, tuple[Sentence, Kind]]:
    """The columns of hit_rows; no category where the brand has but one."""
    is_one = len(found.forecast.panel.category[1]) < 2
    return {name: label for name, label in HITS.items() if not (is_one and name == "category_said")}


def left_title(found: Study) -> Sentence | None:
    """How many left it, beside how many do by chance."""
    n, told = len(found.market.left), found.market.told
    if not told:
        return None
    facts = {"n": count(n), "all": count(told), "share": percent(n / told), "expected": percent(found.market.by_chance)}
    if n == 0:
        return say("Of {all} SKUs none left what was expected of it four weeks ago", **facts)
    return say("Of {all} SKUs {n} ({share}) were wanted more or less than the 90% interval of four weeks ago; {expected} would be by chance", **facts)  # fmt: skip
