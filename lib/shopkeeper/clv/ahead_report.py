"""What groups of customers should order in the weeks ahead, in words and as a chart."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.clv.ahead import Ahead
from shopkeeper.clv.level import Level
from shopkeeper.clv.newcomers import named
from shopkeeper.clv.origins import CHOSEN, WEEKS
from shopkeeper.report.charts import Amounts, plot_ranges
from shopkeeper.report.words import Kind, Sentence, Words, count, money, people, say

TIERS: dict[str, Sentence] = {
    "most": say("the tenth worth most"),
    "middle": say("the next 40%"),
    "least": say("the half worth least"),
}
AHEAD: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Customers"), "text"),
    "customers": (say("How many"), "people"),
    "weeks": (say("Weeks ahead"), "count"),
    "measured": (say("What"), "text"),
    "predicted_said": (say("Expected"), "text"),
    "range": (say("90% interval"), "text"),
    "naive_said": (say("In as many weeks up to today"), "text"),
}
_SHOWN = 10


def ahead_rows(found: Ahead, kind: str) -> pd.DataFrame:
    """The rows with groups, measures and amounts in words. kind: channel, first_bought or value."""
    rows = found.rows
    unit = {"orders": count, "net_revenue": money}
    return rows.assign(
        what=[TIERS[str(name)] if kind == "value" else named(str(name)) for name in rows.group],
        measured=[say("orders") if name == "orders" else say("sales") for name in rows.measure],
        predicted_said=[say("{value}", value=unit[str(row.measure)](row.predicted)) for row in rows.itertuples()],
        naive_said=[say("{value}", value=unit[str(row.measure)](row.naive)) for row in rows.itertuples()],
        range=[
            say("{low} to {high}", low=unit[str(row.measure)](row.low), high=unit[str(row.measure)](row.high))
            for row in rows.itertuples()
        ],
    )


def shown_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """What a chart shows: sales of the next 13 weeks, the largest groups first."""
    return rows[(rows.weeks == CHOSEN) & (rows.measure == "net_revenue")].nlargest(_SHOWN, "predicted")


def title(shown: pd.DataFrame) -> Sentence:
    """Which group should order for most, beside what it did lately."""
    if shown.empty:
        return say("The data are too short to say what groups of customers will order")
    most = shown.iloc[0]
    return say(
        "In the next {weeks} weeks most should come of {what}: {mean} of sales (90%: {low} to {high}), after {naive} in the last {weeks}",
        weeks=count(CHOSEN), what=most["what"], mean=money(most.predicted), low=money(most.low), high=money(most.high),
        naive=money(most.naive),
    )  # fmt: skip


def plot_ahead(shown: pd.DataFrame, words: Words) -> Figure:
    """Sales expected of each group with a 90% interval, and what the same customers ordered for in the weeks before."""
    dot, mark = Amounts(shown.predicted, say("expected")), Amounts(shown.naive, say("as many weeks up to today"))
    return plot_ranges(shown, dot, mark, words)


def told(rows: pd.DataFrame, levels: Mapping[int, Level]) -> Sentence:
    """That these are claims, about how many customers, and whether the season is known. levels: of study."""
    if rows.empty:
        return say("Of no group of 50 customers or more can it be said how many orders to expect.")
    recorded = say(
        "Each expectation, of {n} customers in all, is recorded as it stands, and scored when its weeks are over.",
        n=people(rows.drop_duplicates("group").customers.sum()),
    )
    if any(level.season for weeks, level in levels.items() if weeks in WEEKS):
        return recorded
    return say(
        "{recorded} The data do not reach back far enough to tell what the time of year does to customers, so a season that comes in "
        "these weeks is not foreseen.",
        recorded=recorded,
    )
