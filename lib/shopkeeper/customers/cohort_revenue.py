"""Cohort revenue in words and as a chart: how much a customer has brought, by the month of the first order."""

import re

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.customers.charts import heat
from shopkeeper.customers.cohorts import ENOUGH, with_mean
from shopkeeper.customers.labels import Labels
from shopkeeper.report.style import figure, house_style
from shopkeeper.report.words import Sentence, Words, count, money, month, people, say

_MONTHS = (0, 1, 2, 3, 6, 9, 12)  # few enough for a phone
_TOLD = 3  # months after the first that the title speaks of
_NEWEST = 3  # cohorts that count as the newest

COHORT_REVENUE: Labels = {
    "cohort": (say("First order"), "month"),
    "months_since": (say("Months after"), "count"),
    "customers": (say("Customers"), "people"),
    "mean": (say("Sales per customer so far"), "money"),
    "mean_low": (say("90% from"), "money"),
    "mean_high": (say("90% to"), "money"),
}


def shown_means(cohorts: pd.DataFrame) -> pd.DataFrame:
    """The cohorts with their means, without those too small for an interval."""
    means = with_mean(cohorts)
    return means[means.customers >= ENOUGH].reset_index(drop=True)


def title(cohorts: pd.DataFrame) -> Sentence:
    """What a customer of the cohorts has brought after three months, or the latest reached, and where the newest stand."""
    due = min(_TOLD, cohorts.months_since.max()) if len(cohorts) else 0
    then = cohorts[cohorts.months_since == due].sort_values("cohort")
    pooled = _pooled(then)
    if pooled.customers < ENOUGH:
        return say(
            "Fewer than {n} new customers have a whole month behind them: too few for an average", n=count(ENOUGH)
        )
    said = say(
        "Up to calendar month {months} after that of their first order, customers have each brought {mean} (90%: {low} to {high}; {n} customers)",
        months=count(due), mean=money(pooled["mean"]), low=money(pooled.mean_low), high=money(pooled.mean_high),
        n=people(pooled.customers),
    )  # fmt: skip
    newest, earlier = (_pooled(part) for part in (then.tail(_NEWEST), then.head(-_NEWEST)))
    if min(newest.customers, earlier.customers) < ENOUGH:
        return said
    return say(
        "{said}. Newest, from {month}: {newest}, {against} ({earlier})",
        said=said, month=month(then.cohort.iloc[-_NEWEST]), newest=money(newest["mean"]),
        against=_against(newest, earlier), earlier=money(earlier["mean"]),
    )  # fmt: skip


def _pooled(cohorts: pd.DataFrame) -> pd.Series:
    """All their customers as one cohort."""
    sums = cohorts[["customers", "net_revenue", "squares", "cubes"]].sum()
    return with_mean(sums.to_frame().T).iloc[0]


def _against(newest: pd.Series, earlier: pd.Series) -> Sentence:
    """Whether the means differ by more than chance: the 90% interval of their difference excludes 0.

    Source: Zou & Donner (2008), Statistics in Medicine 27(10), 1693-1702: the interval of a difference from two.
    """
    higher, lower = (newest, earlier) if newest["mean"] > earlier["mean"] else (earlier, newest)
    error = np.hypot(higher["mean"] - higher.mean_low, lower.mean_high - lower["mean"])
    if higher["mean"] - lower["mean"] <= error:
        return say("in line with the months before")
    return say("above the months before") if higher is newest else say("below the months before")


def plot_cohort_revenue(cohorts: pd.DataFrame, words: Words) -> Figure:
    """Sales per customer so far, by cohort (down) and some months after the first order (across), darker for more."""
    with house_style():
        seen = cohorts[cohorts.months_since.isin(_MONTHS)]
        means = seen.pivot(index="cohort", columns="months_since", values="mean").sort_index()
        drawn = figure(0.8 + 0.24 * len(means))
        axes = drawn.subplots()
        heat(axes, means, lambda mean: _bare(mean, words))
        axes.set_yticks(range(len(means)), [words.value(month(cohort)) for cohort in means.index])
        unit = say("sales per customer so far, in {currency}", currency=words.currency)
        axes.set_xlabel(f"{words.text(say('months after the first order'))}\n{words.text(unit)}", linespacing=1.5)
        return drawn


def _bare(amount: float, words: Words) -> str:
    """An amount without its currency, which the axis names once."""
    return re.sub(r"^\D+", "", words.value(money(amount)))
