"""New products in words: what their first four weeks should bring, and which earlier launches tell it."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.demand import named
from shopkeeper.demand.launches import Launches, analogues, first_month
from shopkeeper.demand.study import Study
from shopkeeper.report.charts import Amounts, plot_ranges
from shopkeeper.report.words import Kind, Sentence, Words, count, day, plain, say

LAUNCHES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "sku": (say("SKU"), "text"),
    "since": (say("On sale from"), "day"),
    "units": (say("Sold so far"), "count"),
    "median": (say("Expected, first 28 days"), "count"),
    "low": (say("90% from"), "count"),
    "high": (say("90% to"), "count"),
    "alike": (say("Most like"), "text"),
    "theirs": (say("Which sold in 28 days"), "text"),
}
_SHOWN, _ALIKE = 12, 2


def launch_rows(found: Study) -> pd.DataFrame:
    """One row per SKU on sale for less than 28 days or planned within 56, the most units first."""
    launches = found.market.launches
    if launches is None or launches.skus.empty:
        return pd.DataFrame()
    rows = first_month(launches).join(launches.skus.set_index("sku")["product"], on="sku")
    rows = rows.nlargest(_SHOWN, "mean").reset_index(drop=True)
    first = found.forecast.panel.days[0]
    near = analogues(launches, _ALIKE).groupby("sku")
    told = [near.get_group(sku) if sku in near.groups else pd.DataFrame() for sku in rows["sku"]]
    return rows.assign(
        what=named.products(rows, found.forecast.panel.skus), since=[(first + pd.Timedelta(days=int(number))).date() for number in rows.launched],
        alike=[plain("; ".join(part["product"].fillna(part.analogue))) if len(part) else plain("–") for part in told],
        theirs=[plain("; ".join(f"{units:,.0f}" for units in part.units)) if len(part) else plain("–") for part in told],
    )  # fmt: skip


def title(rows: pd.DataFrame, launches: Launches | None) -> Sentence:
    """What is new, and what the newest should bring."""
    if launches is None:
        return say("Too few SKUs were launched within the data to tell what a new one will sell")
    if rows.empty:
        return say("No SKU was launched in the last four weeks, and no launch is planned for the next eight")
    first = rows.iloc[0]
    told = say(
        "{what}, on sale from {day}, should sell {units} units in its first four weeks (90%: {low} to {high})",
        what=first["what"], day=day(first.since), units=count(first["median"]), low=count(first.low), high=count(first.high),
    )  # fmt: skip
    return (
        say("{n} SKUs are new or planned. {told}", n=count(len(launches.skus)), told=told)
        if len(launches.skus) > 1
        else told
    )


def plot_launches(rows: pd.DataFrame, words: Words) -> Figure:
    """Of each new SKU what its first four weeks should sell, with the 90% interval, and what it has sold so far."""
    return plot_ranges(rows, Amounts(rows["median"], say("expected")), Amounts(rows.units, say("sold so far")), words, kind="count")  # fmt: skip


def record_told(launches: Launches | None) -> Sentence | None:
    """How near earlier launches were told by the others, beside the mean of all."""
    if launches is None:
        return None
    earlier = launches.earlier
    off = float(np.abs(np.log((earlier.units + 1) / (earlier.expected + 1))).median())
    return say(
        "Told by {n} earlier launches: what a SKU is, what its category sells, and, once it sells, its own first days. Half of them sold within a factor of "
        "{factor} of what the others had told of them before their first sale.",
        n=count(len(earlier)), factor=plain(f"{np.exp(off):.1f}"),
    )  # fmt: skip
