"""Titles of the profile's charts: each states what its chart shows, by rule, from the same table."""

import datetime as dt

import pandas as pd

from shopkeeper.customers.cohorts import REPURCHASE_DAYS, shown_rates, with_rate
from shopkeeper.customers.labels import EFFECTS
from shopkeeper.customers.rfm import top_share
from shopkeeper.report.words import Sentence, Value, change, count, day, money, month, people, percent, say


def revenue(months: pd.DataFrame) -> Sentence:
    """The last complete month against the one before and a year before, as far as the data reach."""
    complete = months[months.is_complete]
    if complete.empty:
        return say("No calendar month is complete yet")
    last = complete.iloc[-1]
    facts = {"month": month(last.month), "revenue": money(last.net_revenue)}
    by_month = complete.set_index("month").net_revenue
    changes = {name: by_month.get(last.month - pd.DateOffset(months=back)) for name, back in (("mom", 1), ("yoy", 12))}
    known = {name: change(last.net_revenue / was - 1) for name, was in changes.items() if was}
    if len(known) == 2:
        return say(
            "{month} brought {revenue}: {mom} on the month before, {yoy} on the same month a year before",
            **facts,
            **known,
        )
    if "mom" in known:
        return say("{month} brought {revenue}: {mom} on the month before", **facts, **known)
    return say("{month} brought {revenue}", **facts)


def drivers(parts: pd.DataFrame, before: Sentence, is_chance: bool) -> Sentence:
    """The effect that moved revenue most, or that the whole may be chance."""
    main = parts.loc[parts.amount.abs().idxmax()]
    what = EFFECTS[main.group, main.effect]
    if is_chance:
        return say(
            "Largest piece of the change against {before}: {what}, {amount}. The whole is within chance: read no cause into it",
            what=what, amount=money(main.amount), before=before,
        )  # fmt: skip
    if main.amount >= 0:
        return say(
            "Against {before}, the largest effect was {what}: +{amount}",
            what=what,
            amount=money(main.amount),
            before=before,
        )
    return say(
        "Against {before}, the largest effect was {what}: {amount}", what=what, amount=money(main.amount), before=before
    )


def buyers(months: pd.DataFrame) -> Sentence:
    """The share of returning buyers in the last complete month, and a year before."""
    complete = months[months.is_complete].set_index("month")
    if complete.empty:
        return say("No calendar month is complete yet")
    both = complete.new_buyers + complete.returning_buyers
    shares = (complete.returning_buyers / both)[both > 0]
    last = complete.index[-1]
    if last not in shares.index:
        return say("No order of {month} carries a customer ID", month=month(last))
    facts = {"share": percent(shares[last]), "month": month(last)}
    earlier = shares.get(last - pd.DateOffset(years=1))
    if earlier is None:
        return say("{share} of the identified buyers of {month} had bought before", **facts)
    return say(
        "{share} of the identified buyers of {month} had bought before, {earlier} a year earlier",
        **facts,
        earlier=percent(earlier),
    )


def rfm(scored: pd.DataFrame, grid: pd.DataFrame, first_day: dt.date) -> Sentence:
    """What the best corner of the grid brings; without one, what the best tenth of customers brings."""
    if scored.empty:
        return say("No order carries a customer ID, so there is nobody to score.")
    best = grid[(grid.r == scored.r.max()) & (grid.f == scored.f.max())]
    if best.empty:
        share = percent(top_share(scored.net_revenue))
        return say(
            "The 10% of customers who spent most brought {share} of the sales of customers with an ID", share=share
        )
    return say(
        "The {n} customers with the best scores for both recency and frequency brought {share} of the sales of customers "
        "with an ID since {first}",
        n=people(best.customers.iloc[0]), share=percent(best.share.iloc[0]), first=day(first_day),
    )  # fmt: skip


def retention(cohorts: pd.DataFrame) -> Sentence:
    """Over the cohorts shown: how many ordered in the third month after the month of their first order."""
    third = cohorts[cohorts.months_since == 3]
    if third.empty:
        return say("No month's new customers are three months old yet")
    [pooled] = with_rate(third[["active", "customers"]].sum().to_frame().T, "active", "customers").itertuples()
    return say(
        "{share} ordered in the third calendar month after their first order (90%: {low} to {high}; {n} customers)",
        share=percent(pooled.rate), low=percent(pooled.rate_low), high=percent(pooled.rate_high), n=people(pooled.customers),
    )  # fmt: skip


def repurchase(mature: pd.DataFrame) -> Sentence:
    """The latest mature cohort against the average of those before it."""
    shown = shown_rates(mature, "repeated")
    if shown.empty:
        return say("No month's new customers have all had {days} days to come back yet", days=count(REPURCHASE_DAYS))
    last = shown.iloc[-1]
    earlier = mature[
        mature.cohort < last.cohort
    ]  # the average is of all, those too few to be shown one by one included
    facts: dict[str, Value | Sentence] = {
        "rate": percent(last.rate), "month": month(last.cohort), "days": count(REPURCHASE_DAYS),
    }  # fmt: skip
    if earlier.empty:
        return say("{rate} of those who first ordered in {month} came back within {days} days", **facts)
    pooled = earlier.repeated.sum() / earlier.customers.sum()
    return say(
        "{rate} of those who first ordered in {month} came back within {days} days, {against} ({pooled})",
        **facts, against=_against(last, pooled), pooled=percent(pooled),
    )  # fmt: skip


def _against(last: pd.Series, pooled: float) -> Sentence:
    if last.rate_low <= pooled <= last.rate_high:
        return say("in line with the average of earlier months")
    return (
        say("above the average of earlier months") if last.rate > pooled else say("below the average of earlier months")
    )
