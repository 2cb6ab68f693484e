"""The profile's first screen and notes in sentences: chosen by rule, computed, to be said in any language."""

import datetime as dt

import pandas as pd

from shopkeeper.customers.activity import WINDOW, YEAR, change_interval, usual_range
from shopkeeper.customers.cohorts import REPURCHASE_DAYS, shown_rates
from shopkeeper.report.words import Sentence, Value, change, count, day, money, month, people, percent, say

# (group, effect, whether it raised revenue) → what happened, and where to look first.
_REASONS: dict[tuple[str, str, bool], tuple[Sentence, Sentence]] = {
    ("new", "number", True): (
        say("more new buyers came"),
        say("See what brought them, and win their second order."),
    ),
    ("new", "number", False): (
        say("fewer new buyers came"),
        say("Look at traffic and advertising for new customers first."),
    ),
    ("new", "spend", True): (
        say("new buyers spent more"),
        say("See which first purchases grew, and show them to more people."),
    ),
    ("new", "spend", False): (
        say("new buyers spent less"),
        say("Look at prices and offers of first purchases."),
    ),
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
        say("See which products grew, and keep them in stock."),
    ),
    ("returning", "spend", False): (
        say("returning buyers spent less"),
        say("See what they bought less of, then check discounts."),
    ),
    ("named", "number", True): (
        say("more buyers came"),
        say("See what brought them, and repeat it."),
    ),
    ("named", "number", False): (
        say("fewer buyers came"),
        say("Look first at who stopped coming, and write to them."),
    ),
    ("named", "spend", True): (
        say("each buyer spent more"),
        say("See which products grew, and keep them in stock."),
    ),
    ("named", "spend", False): (
        say("each buyer spent less"),
        say("See what they bought less of, then check discounts."),
    ),
    ("guest", "number", True): (
        say("more orders came without a customer ID"),
        say("Invite those buyers to join as members."),
    ),
    ("guest", "number", False): (
        say("fewer orders came without a customer ID"),
        say("Look at the traffic and the checkout first."),
    ),
    ("guest", "spend", True): (
        say("orders without a customer ID grew larger"),
        say("Invite those buyers to join as members."),
    ),
    ("guest", "spend", False): (
        say("orders without a customer ID grew smaller"),
        say("See which products they lost."),
    ),
}


def comparison(windows: pd.DataFrame, as_of: dt.date) -> dt.date | None:
    """End of the window to compare the latest with: a year before, else 30 days before; None without either."""
    ends = {stamp.date() for stamp in windows.ends_on}
    candidates = [as_of - dt.timedelta(days=days) for days in (YEAR, WINDOW)]
    return next((end for end in candidates if end in ends), None)


def before_words(end: dt.date, before: dt.date) -> Sentence:
    """How the window that the latest is compared with is called."""
    if (end - before).days == YEAR:
        return say("the same 30 days last year, weekday for weekday")
    return say("the 30 days before (season not taken out)")


def is_chance(moved: pd.Series) -> bool:
    """Whether the 90% interval of the change holds 0."""
    _, low, high = change_interval(moved)
    return low <= 0 <= high


def headline(changed: Sentence, hint: Sentence, to_do: Sentence | None) -> Sentence:
    """The first screen's sentence: what changed (of `changed`), and what to do, or where to look first."""
    return say("{changed} {action}", changed=changed, action=to_do or hint)


def changed(moved: pd.Series, parts: pd.DataFrame, before: Sentence, heads: pd.DataFrame) -> tuple[Sentence, Sentence]:
    """Revenue, its change, and the largest part of it; and where to look first.

    Where the change may be chance, it names the group of buyers (of activity.moved_heads) that did move, if any.
    """
    middle, _, _ = change_interval(moved)
    facts: dict[str, Value | Sentence] = {"revenue": money(moved.now), "change": change(middle), "before": before}
    nothing = say("Nothing to act on yet.")
    if moved.now == 0 or moved.before == 0:
        facts["earlier"] = money(moved.before)
        return say("Sales of the last 30 days were {revenue}, against {earlier} in {before}.", **facts), nothing
    if is_chance(moved) and heads.empty:
        return say(
            "Sales of the last 30 days were {revenue}, {change} on {before}: too close to call, chance alone could explain it.",
            **facts,
        ), nothing
    if is_chance(moved):
        most = heads.iloc[0]
        reason, hint = _REASONS[most.group, "number", bool(most.now > most.before)]
        facts |= {"reason": reason, "now": people(most.now), "then": people(most.before)}
        return say(
            "Sales of the last 30 days were {revenue}, {change} on {before}: too close to call. What did move: {reason} "
            "({now}, against {then}).",
            **facts,
        ), hint
    along = parts[(parts.amount > 0) == (middle > 0)]
    main = parts.loc[along.amount.abs().idxmax()]
    reason, hint = _REASONS[main.group, main.effect, bool(main.amount > 0)]
    return say(
        "Sales of the last 30 days were {revenue}, {change} on {before}. The largest part: {reason}.",
        **facts, reason=reason,
    ), hint  # fmt: skip


def sales_interval(moved: pd.Series, before: Sentence) -> Sentence:
    """The change of revenue with its 90% interval."""
    middle, low, high = (change(share) for share in change_interval(moved))
    return say("{change} on {before} (90%: {low} to {high})", change=middle, before=before, low=low, high=high)


def usual(windows: pd.DataFrame, column: str, before: dt.date, first_day: dt.date) -> Sentence:
    """What a number of buyers is read against: the compared window, and what most windows of the past year held."""
    bounds = usual_range(windows, column, first_day)
    earlier = windows.set_index("ends_on").loc[pd.Timestamp(before), column]
    known = say("{n} in {before}", n=people(earlier), before=before_words(windows.ends_on.max().date(), before))
    if bounds is None:
        return known
    if bounds[1] < 1:
        return say("none in most 30-day periods of the past year")
    return say(
        "{known}; {low} to {high} in most 30-day periods of the past year",
        known=known, low=people(bounds[0]), high=people(bounds[1]),
    )  # fmt: skip


def repurchase_tile(mature: pd.DataFrame) -> tuple[Sentence, Value, Sentence]:
    """Label, value and interval of the latest mature cohort's rate."""
    label = say("Came back within {days} days", days=count(REPURCHASE_DAYS))
    shown = shown_rates(mature, "repeated")
    if shown.empty:
        return label, percent(float("nan")), say("no month's new customers have had that long yet")
    last = shown.iloc[-1]
    interval = say(
        "90%: {low} to {high}; latest month with {days} days behind it: {n} new customers of {month}",
        low=percent(last.rate_low), high=percent(last.rate_high), n=people(last.customers),
        month=month(last.cohort), days=count(REPURCHASE_DAYS),
    )  # fmt: skip
    return label, percent(last.rate), interval


def began_late(begins: pd.Series, first_day: dt.date) -> Sentence:
    """How far 'new' can be trusted, given where the data begin."""
    if pd.isna(begins.last_new):
        return say("The data begin on {first}; no order carries a customer ID.", first=day(first_day))
    facts = {"share": percent(begins.share), "first": day(first_day)}
    if begins.share > 0.4:
        return say(
            "The data begin on {first}, and {share} of all customers are first seen within 90 days of it. Many of them "
            "may have bought before: read 'new', and the first months' customers, as 'first seen'.",
            **facts,
        )
    return say(
        "The data begin on {first}; {share} of all customers are first seen within 90 days of it, some of whom may have "
        "bought before.",
        **facts,
    )


def gains_newcomers(begins: pd.Series, as_of: dt.date) -> bool:
    """Whether any customer was first seen in the last 90 days, where customers are known at all."""
    return bool(pd.isna(begins.last_new) or (as_of - begins.last_new.date()).days < 90)


def no_newcomers(begins: pd.Series) -> Sentence:
    """What it means for every figure that nobody new joins."""
    last = day(begins.last_new.date()) if not pd.isna(begins.last_new) else ""
    return say(
        "These data follow only customers who joined by {last}. As they leave, sales can only fall: read a fall as their "
        "ageing, not as the state of trade.",
        last=last,
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
