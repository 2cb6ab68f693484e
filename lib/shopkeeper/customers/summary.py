"""The profile in sentences: what the tables say, chosen by rule and computed, to be said in any language."""

import datetime as dt

import pandas as pd

from shopkeeper.customers.activity import WINDOW, YEAR, Z90, usual_range
from shopkeeper.customers.cohorts import REPURCHASE_DAYS
from shopkeeper.customers.labels import EFFECTS
from shopkeeper.customers.rfm import top_share
from shopkeeper.report.words import Sentence, Value, change, count, day, money, month, people, percent, say

# (group, effect, whether it raised revenue) → why, and where to look first.
_REASONS: dict[tuple[str, str, bool], tuple[Sentence, Sentence]] = {
    ("new", "number", True): (say("more new buyers came"), say("See what brought them, and win their second order.")),
    ("new", "number", False): (say("fewer new buyers came"), say("Look at acquisition first.")),
    ("new", "spend", True): (
        say("new buyers spent more"),
        say("See which first purchases grew, and show them to more people."),
    ),
    ("new", "spend", False): (say("new buyers spent less"), say("Look at prices and offers of first purchases.")),
    ("returning", "number", True): (
        say("more earlier customers came back"),
        say("See what brought them back, and repeat it."),
    ),
    ("returning", "number", False): (
        say("fewer earlier customers came back"),
        say("Look first at who stopped coming, and write to them."),
    ),
    ("returning", "spend", True): (
        say("returning buyers spent more"),
        say("See which products grew, and keep them on the shelf."),
    ),
    ("returning", "spend", False): (
        say("returning buyers spent less"),
        say("Look at what left their baskets, and at discounts."),
    ),
    ("guest", "number", True): (say("more guests ordered"), say("Give guests a reason to leave their name.")),
    ("guest", "number", False): (say("fewer guests ordered"), say("Look at the traffic and the checkout first.")),
    ("guest", "spend", True): (say("guests spent more per order"), say("Give guests a reason to leave their name.")),
    ("guest", "spend", False): (say("guests spent less per order"), say("Look at the prices that guests see.")),
}


def before_words(end: dt.date, before: dt.date) -> Sentence:
    """How the window that the latest is compared with is called."""
    a_year = (end - before).days == YEAR
    return say("the same 30 days a year before") if a_year else say("the 30 days before")


def comparison(windows: pd.DataFrame, as_of: dt.date) -> dt.date | None:
    """End of the window to compare the latest with: a year before, else 30 days before; None without either."""
    ends = {stamp.date() for stamp in windows.ends_on}
    candidates = [as_of - dt.timedelta(days=days) for days in (YEAR, WINDOW)]
    return next((end for end in candidates if end in ends), None)


def headline(now: pd.Series, by_chance: pd.Series, drivers: pd.DataFrame, before: Sentence) -> Sentence:
    """The first sentence: revenue, its change, and the main reason; or that the change is within chance."""
    moved, earlier = by_chance.change, now.net_revenue - by_chance.change
    facts: dict[str, Value | Sentence] = {
        "revenue": money(now.net_revenue),
        "change": change(moved / earlier),
        "before": before,
    }
    if abs(moved) <= Z90 * by_chance.standard_error:
        return say(
            "Net revenue of the last 30 days was {revenue}: {change} on {before}, no more than chance would bring.",
            **facts,
        )
    along = drivers[(drivers.amount > 0) == (moved > 0)]
    main = drivers.loc[along.amount.abs().idxmax()]
    reason, action = _REASONS[main.group, main.effect, bool(main.amount > 0)]
    return say(
        "Net revenue of the last 30 days was {revenue}, {change} on {before}, above all because {reason}. {action}",
        **facts, reason=reason, action=action,
    )  # fmt: skip


def change_interval(now: pd.Series, by_chance: pd.Series, before: Sentence) -> Sentence:
    """The change of revenue with its 90% interval."""
    earlier = now.net_revenue - by_chance.change
    low, high = (by_chance.change + sign * Z90 * by_chance.standard_error for sign in (-1, 1))
    return say(
        "{change} on {before} (90%: {low} to {high})",
        change=change(by_chance.change / earlier), before=before, low=change(low / earlier), high=change(high / earlier),
    )  # fmt: skip


def usual(windows: pd.DataFrame, column: str, before: dt.date, first_day: dt.date) -> Sentence:
    """What the number of buyers is read against: its usual range, and the same days a year before."""
    bounds = usual_range(windows, column, first_day)
    earlier = windows.set_index("ends_on").loc[pd.Timestamp(before), column]
    known = say("{n} in {before}", n=people(earlier), before=before_words(windows.ends_on.max().date(), before))
    if bounds is None:
        return known
    return say("usually {low} to {high}; {known}", low=people(bounds[0]), high=people(bounds[1]), known=known)


def repurchase_tile(mature: pd.DataFrame) -> tuple[Sentence, Value, Sentence]:
    """Label, value and interval of the latest mature cohort's rate."""
    label = say("Came back within {days} days", days=count(REPURCHASE_DAYS))
    if mature.empty:
        return label, percent(float("nan")), say("no cohort is old enough yet")
    last = mature.iloc[-1]
    interval = say(
        "90%: {low} to {high}; of {n} who first ordered in {month}",
        low=percent(last.rate_low), high=percent(last.rate_high), n=people(last.customers), month=month(last.cohort),
    )  # fmt: skip
    return label, percent(last.rate), interval


def revenue_title(months: pd.DataFrame) -> Sentence:
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


def drivers_title(drivers: pd.DataFrame, before: Sentence) -> Sentence:
    """The effect that moved revenue most."""
    main = drivers.loc[drivers.amount.abs().idxmax()]
    facts: dict[str, Value | Sentence] = {
        "what": EFFECTS[main.group, main.effect],
        "amount": money(abs(main.amount)),
        "before": before,
    }
    if main.amount >= 0:
        return say(
            "The {what} added {amount} to net revenue against {before}, more than anything else moved it", **facts
        )
    return say("The {what} took {amount} from net revenue against {before}, more than anything else moved it", **facts)


def buyers_title(months: pd.DataFrame) -> Sentence:
    """New and returning buyers of the last complete month."""
    complete = months[months.is_complete]
    if complete.empty:
        return say("No calendar month is complete yet")
    last = complete.iloc[-1]
    both = last.new_buyers + last.returning_buyers
    if not both:
        return say("Nobody who bought in {month} is known by name", month=month(last.month))
    return say(
        "{share} of the buyers of {month} had bought before",
        share=percent(last.returning_buyers / both), month=month(last.month),
    )  # fmt: skip


def rfm_title(scored: pd.DataFrame) -> Sentence:
    """How much the best tenth brings."""
    if scored.empty:
        return say("No customer is known by name, so there is nobody to score.")
    share = percent(top_share(scored.net_revenue))
    return say("The best tenth of all customers has brought {share} of all revenue from named customers", share=share)


def retention_title(cohorts: pd.DataFrame) -> Sentence:
    """Over all cohorts: how many order again in the third month after their first order."""
    third = cohorts[cohorts.months_since == 3]
    if third.empty:
        return say("No cohort is three months old yet")
    share = third.active.sum() / third.customers.sum()
    return say(
        "Of {n} customers, {share} ordered again in the third month after their first order",
        n=people(third.customers.sum()),
        share=percent(share),
    )


def repurchase_title(mature: pd.DataFrame) -> Sentence:
    """The latest mature cohort against all earlier ones."""
    if mature.empty:
        return say("No cohort has had {days} days to come back yet", days=count(REPURCHASE_DAYS))
    last, earlier = mature.iloc[-1], mature.iloc[:-1]
    facts = {"rate": percent(last.rate), "month": month(last.cohort), "days": count(REPURCHASE_DAYS)}
    if earlier.empty:
        return say("{rate} of those who first ordered in {month} came back within {days} days", **facts)
    pooled = earlier.repeated.sum() / earlier.customers.sum()
    facts["pooled"] = percent(pooled)
    if last.rate_low <= pooled <= last.rate_high:
        return say(
            "{rate} of those who first ordered in {month} came back within {days} days, in line with earlier ones ({pooled})",
            **facts,
        )
    if last.rate > pooled:
        return say(
            "{rate} of those who first ordered in {month} came back within {days} days, more than of earlier ones ({pooled})",
            **facts,
        )
    return say(
        "{rate} of those who first ordered in {month} came back within {days} days, fewer than of earlier ones ({pooled})",
        **facts,
    )


def began_late(share: float, first_day: dt.date) -> Sentence:
    """How far 'new' can be trusted, given where the data begin."""
    if share != share:
        return say("The data begin on {first}; no customer is known by name.", first=day(first_day))
    facts = {"share": percent(share), "first": day(first_day)}
    if share > 0.4:
        return say(
            "The data begin on {first}, and {share} of all customers are first seen within 90 days of it. Many of them may have bought before: read 'new', and the first cohorts, as 'first seen'.",
            **facts,
        )
    return say(
        "The data begin on {first}; {share} of all customers are first seen within 90 days of it, some of whom may have bought before.",
        **facts,
    )


def left_out(account: pd.DataFrame) -> Sentence:
    """How many rows were read, and how many of them count for nothing."""
    read, kept = account.rows.sum(), account[account.outcome == "kept"].rows.sum()
    if read == kept:
        return say("All {read} rows that were read are used.", read=count(read))
    return say(
        "{read} rows were read and {kept} of them used; {left} were left out, each for a reason given here.",
        read=count(read), kept=count(kept), left=count(read - kept),
    )  # fmt: skip
