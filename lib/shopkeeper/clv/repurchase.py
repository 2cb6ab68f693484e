"""Repurchase: what share of new customers orders again within so many days, and how long those who do take, by first category."""

import ibis
import ibis.expr.types as ir
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from shopkeeper.clv.beginnings import OTHER
from shopkeeper.clv.origins import SETTLING
from shopkeeper.clv.study import CUSTOMERS
from shopkeeper.customers.cohorts import with_rate
from shopkeeper.report.style import ACCENT, WARM, figure, house_style
from shopkeeper.report.words import SMALLEST_GROUP, Kind, Sentence, Words, count, people, percent, say
from shopkeeper.shop import Shop

DAYS = (30, 60, 90, 180, 365)
FEWEST = 50  # customers who came again, from which a cycle is told
_MOST = 10  # first categories shown

RATES: dict[str, tuple[Sentence, Kind]] = {
    "days": (say("Within days of the first order"), "count"),
    "customers": (say("Customers who had so many days"), "people"),
    "rate": (say("Ordered again"), "percent"),
    "rate_low": (say("90% from"), "percent"),
    "rate_high": (say("90% to"), "percent"),
}
CYCLES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Bought first"), "text"),
    "half": (say("Half by day"), "count"),
    "quarter": (say("A quarter by day"), "count"),
    "three_quarters": (say("Three quarters by day"), "count"),
    "customers": (say("Customers"), "people"),
    "rate": (say("Ordered again"), "percent"),
    "days": (say("Within days of the first order"), "count"),
}


def second_orders(shop: Shop) -> ir.Table:
    """One row per named customer: customer_id, T (days since the first order) and gap, days from it to the second order day.

    gap is null for who bought on one day only.
    """
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    daily = named.select("customer_id", day=named.ordered_at.date()).distinct()
    daily = daily.mutate(first_day=daily.day.min().over(group_by="customer_id"))
    each = daily.group_by("customer_id", "first_day").agg(second=daily.day.min(where=daily.day > daily.first_day))
    return each.select(
        "customer_id",
        T=ibis.literal(shop.as_of).delta(each.first_day, unit="day"),
        gap=each.second.delta(each.first_day, unit="day"),
    )


def new_only(seconds: pd.DataFrame, is_new: pd.Series) -> pd.DataFrame:
    """Those whose first order is known to be their first (is_new, by customer_id); all, where hardly any is."""
    later = seconds[seconds.customer_id.map(is_new).astype(bool)].reset_index(drop=True)
    return later if len(later) >= CUSTOMERS else seconds


def repurchase_rates(seconds: pd.DataFrame) -> pd.DataFrame:
    """One row per number of days: customers who have had them since their first order, the share of these that ordered again, and its 90% interval."""
    ripe = [(days, seconds[seconds["T"] >= days]) for days in DAYS]
    rows = [(days, len(part), int((part.gap <= days).sum())) for days, part in ripe if len(part) >= SMALLEST_GROUP]
    table = with_rate(pd.DataFrame(rows, columns=["days", "customers", "again"]), "again", "customers")
    return table[~table.again.between(1, SMALLEST_GROUP - 1)].reset_index(drop=True)


def cycles(seconds: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """One row per first purchase, the quickest first: days, customers who have had so many since, the share that came again within them
    (rate), and by which day a quarter, half and three quarters of those had. Only of 50 customers or more who did.

    days: the longest of DAYS that 200 customers or more have had.
    """
    within = [days for days in DAYS if (seconds["T"] >= days).sum() >= CUSTOMERS]
    if "first_bought" not in factors or not within:
        return pd.DataFrame()
    days = within[-1]
    ripe = seconds[seconds["T"] >= days].set_index("customer_id")
    ripe = ripe.assign(first_bought=factors.first_bought.reindex(ripe.index))
    sizes = ripe.first_bought.value_counts()
    again = ripe[ripe.gap <= days].groupby("first_bought").gap
    table = again.quantile([0.25, 0.5, 0.75]).unstack()
    table.columns = pd.Index(["quarter", "half", "three_quarters"])
    table = table[again.size() >= FEWEST].assign(customers=sizes, rate=again.size() / sizes, days=days)
    table = table.drop(index=OTHER, errors="ignore").rename_axis("first_bought").reset_index()
    return table.assign(what=table.first_bought).sort_values("half", ignore_index=True).head(_MOST)


def rates_title(rates: pd.DataFrame) -> Sentence:
    """What share came again within the shortest and the longest time that is known."""
    if rates.empty:
        return say("No customer is known long enough to tell who comes again")
    first, last = rates.iloc[0], rates.iloc[-1]
    if first.days == last.days:
        return say(
            "{rate} of customers order again within {days} days of the first order",
            rate=percent(first.rate),
            days=count(first.days),
        )
    return say(
        "{first} of customers order again within {soon} days of the first order, {last} within {late}",
        first=percent(first.rate), last=percent(last.rate), soon=count(first.days), late=count(last.days),
    )  # fmt: skip


def plot_rates(rates: pd.DataFrame, words: Words) -> Figure:
    """The share that ordered again, by days since the first order, with 90% intervals."""
    with house_style():
        drawn = figure(2.3)
        axes = drawn.subplots()
        places = range(len(rates))
        axes.vlines(places, rates.rate_low, rates.rate_high, color=WARM, linewidth=2)
        axes.plot(places, rates.rate, color=ACCENT, marker="o", markersize=5)
        axes.set_xticks(places, [words.value(count(days)) for days in rates.days])
        axes.set_xlabel(words.text(say("days since the first order")))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(percent(tick))))
        axes.set_ylim(0, 1.1 * rates.rate_high.max())
        return drawn


def cycles_title(table: pd.DataFrame) -> Sentence:
    """Whose customers come back soonest, and whose latest."""
    if table.empty:
        return say("How soon customers come back after which first purchase cannot be told yet")
    if len(table) == 1:
        return say(
            "Half of those who first bought {what} and come again within {days} days do so by day {half}",
            days=count(table.days.iloc[0]), what=str(table.first_bought.iloc[0]), half=count(table.half.iloc[0]),
        )  # fmt: skip
    soon, late = table.iloc[0], table.iloc[-1]
    return say(
        "Half of those who come again within {days} days do so by day {soon} where they first bought {quick}, by day {late} "
        "where it was {slow}: that is when a reminder is due",
        days=count(soon.days), soon=count(soon.half), quick=str(soon.first_bought), late=count(late.half), slow=str(late.first_bought),
    )  # fmt: skip


def known_told(seconds: pd.DataFrame, is_new: pd.Series) -> Sentence:
    """How many customers these figures rest on, and whether their first order is known to be one."""
    if len(seconds) == is_new.sum():
        return say(
            "Counted are {n} customers first seen {days} days or more after the data begin.",
            n=people(len(seconds)),
            days=count(SETTLING),
        )
    return say(
        "Hardly anybody was first seen {days} days or more after the data begin, so all {n} customers count; some had bought before, and "
        "for those the first order here was not the first.",
        n=people(len(seconds)), days=count(SETTLING),
    )  # fmt: skip
