"""Costs: what a new customer of each channel cost, what she is worth beside it, and which channel to pay more for."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.clv.beginnings import OTHER
from shopkeeper.clv.groups import Worth, better, payback_months
from shopkeeper.clv.newcomers import SURE, named
from shopkeeper.clv.study import Study
from shopkeeper.clv.value import HORIZON
from shopkeeper.decisions import Decision
from shopkeeper.report.words import Kind, Sentence, count, money, number, people, percent, say
from shopkeeper.shop import Shop

FEWEST = 20  # new customers of a channel, from which the cost of one is told
MOVED = 0.1  # share of a year's spend, or of its new customers, that a decision moves
_COLUMNS = ["channel", "spend", "customers", "cost"]

COSTS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Channel"), "text"),
    "spend": (say("Spend"), "money"),
    "customers": (say("New customers"), "people"),
    "cost": (say("Cost of one"), "money"),
    "worth": (say("Worth with the first year"), "money"),
    "ratio": (say("Worth by cost (LTV : CAC)"), "number"),
    "low": (say("90% from"), "number"),
    "high": (say("90% to"), "number"),
    "pays": (say("Chance that it pays within the year"), "chance"),
    "payback": (say("Paid back by month"), "text"),
}


def spend_by_channel(shop: Shop) -> ir.Table:
    """One row per channel: spend of the media periods that began in the last 364 days, and from and until when they ran."""
    media = shop.media
    start = media.period_start.cast("date")
    since = start > ibis.literal(shop.as_of - dt.timedelta(days=HORIZON))
    late = media.filter(since & (start <= ibis.literal(shop.as_of)) & (media.spend > 0))  # not what is planned
    end = (late.period_start + late.period_days * ibis.interval(days=1)).cast("date")
    return late.group_by("channel").agg(
        spend=late.spend.sum(), since=late.period_start.cast("date").min(), until=end.max()
    )


def costs(spend: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row per channel with spend and 20 new customers or more in its time: channel, spend, customers (new), cost of one."""
    if "channel" not in study.factors or spend.empty:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    new = study.customers[study.customers.is_new].assign(channel=study.factors.channel)
    rows = [
        (row.channel, float(row.spend), ((new.channel == row.channel) & new.first_day.between(row.since, row.until, "left")).sum())
        for row in spend.itertuples()
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=_COLUMNS[:3])
    table = table[table.customers >= FEWEST]
    return table.assign(cost=table.spend / table.customers).reset_index(drop=True)


def cost_rows(table: pd.DataFrame, worth: Worth | None, seed: int) -> pd.DataFrame:
    """The costs beside what a new customer is worth, the best first: worth, ratio with low and high, pays, months and payback in words."""
    if worth is None:
        return pd.DataFrame()
    table = table[table.channel.isin(worth.groups)]
    if table.empty:
        return pd.DataFrame()
    ratios = _ratios(table, worth, seed)
    low, high = np.quantile(ratios, [0.05, 0.95], axis=0)
    paid = payback_months(worth, table.set_index("channel").cost).set_index("group").reindex(table.channel)
    rows = table.assign(
        worth=worth.year[table.channel].mean().to_numpy(), ratio=ratios.mean(axis=0), low=low, high=high,
        pays=(ratios > 1).mean(axis=0), months=paid.months.to_numpy(),
        payback=[_payback(row.months, row.low, row.high) for row in paid.itertuples()],
        what=[named(name) for name in table.channel],
    )  # fmt: skip
    return rows.sort_values("ratio", ascending=False, ignore_index=True)


def _ratios(table: pd.DataFrame, worth: Worth, seed: int) -> np.ndarray:
    """Draws (down) of worth by cost of each channel (across): how many come for the same money is luck as well."""
    year = worth.year[table.channel].to_numpy()
    came = np.random.default_rng(seed).gamma(table.customers.to_numpy(np.float64), size=year.shape)
    return np.asarray(year * came / table.spend.to_numpy(), np.float64)


def _payback(month: float, low: float, high: float) -> Sentence:
    if not np.isfinite(month):
        return say("not within a year")
    if month == high == 0:
        return say("with the first order")
    if not np.isfinite(high):
        return say("{month} ({low} or later)", month=count(month), low=count(low))
    return say("{month} ({low} to {high})", month=count(month), low=count(low), high=count(high))


def costs_title(rows: pd.DataFrame) -> Sentence:
    """Whether new customers pay, by channel; or that what they cost is not known."""
    if rows.empty:
        return say(
            "What a new customer costs is not known here. With a table of media spend by channel, this part shows the worth of a customer "
            "by their cost, and the month that pays it back."
        )
    best, paying = rows.iloc[0], (rows.pays >= SURE).sum()
    return say(
        "In {n} of {all} channels a new customer surely brings more in the first year than they cost; most in {what}, {ratio} times the cost",
        n=count(paying), all=count(len(rows)), what=best["what"], ratio=number(best.ratio),
    )  # fmt: skip


def overall(table: pd.DataFrame) -> float | None:
    """What a new customer cost in the mean of all channels with a cost; None where none is known."""
    return float(table.spend.sum() / table.customers.sum()) if len(table) else None


def decisions(study: Study, rows: pd.DataFrame, worth: Worth | None, seed: int) -> list[Decision]:
    """The channel to pay more for: by worth and cost where costs are known (rows: of cost_rows), else by worth alone.

    Only what is better with a chance of 90% or more; nothing where the model may not be trusted.
    """
    if worth is None or not study.is_trusted:
        return []
    if len(rows) > 1:
        return _move(rows, worth, seed)
    return _pay_more(worth, int((study.customers.is_new & (study.customers["T"] < HORIZON)).sum()))


def _move(rows: pd.DataFrame, worth: Worth, seed: int) -> list[Decision]:
    """Move a tenth of the spend of the channel whose customers bring least by their cost to the one where they bring most."""
    best, least = rows.iloc[0], rows.iloc[-1]
    ratios = _ratios(rows, worth, seed)
    moved = MOVED * float(least.spend)
    gain = moved * (ratios[:, 0] - ratios[:, -1])
    if (gain > 0).mean() < SURE:
        return []
    return [_decision(
        str(best.channel), moved, "currency a year", gain,
        say("Move {money} a year from {least} to {best}", money=money(moved), least=least["what"], best=best["what"]),
        say(
            "The next customer is taken to cost what one has cost so far, and to be like those who came: {best} {cost} for {worth}, {least} "
            "{cost_least} for {worth_least} of gross profit with the first year. Who comes by a channel is an association.",
            best=best["what"], cost=money(best.cost), worth=money(best.worth), least=least["what"], cost_least=money(least.cost),
            worth_least=money(least.worth),
        ),
    )]  # fmt: skip


def _pay_more(worth: Worth, new_a_year: int) -> list[Decision]:
    """Pay more for a customer of the channel whose newcomers are worth most than for one of that where they are worth least."""
    year = worth.year.drop(columns=OTHER, errors="ignore")
    if len(year.columns) < 2:
        return []
    best, least = str(year.mean().idxmax()), str(year.mean().idxmin())
    if better(worth).loc[best, least] < SURE:
        return []
    gap = (year[best] - year[least]).to_numpy()
    moved = MOVED * new_a_year
    return [_decision(
        best, float(gap.mean()), "currency a new customer", moved * gap,
        say(
            "Pay up to {gap} more for a new customer by {best} than for one by {least}",
            gap=money(float(gap.mean())), best=named(best), least=named(least),
        ),
        say(
            "The gain is that of {n} new customers a year, a tenth of all, who come by {best} instead of {least} at the same cost. What they "
            "cost is not known here. Who comes by a channel is an association.",
            n=people(moved), best=named(best), least=named(least),
        ),
    )]  # fmt: skip


def _decision(
    channel: str, amount: float, unit: str, gain: np.ndarray, action: Sentence, assumptions: Sentence
) -> Decision:
    low, high = np.quantile(gain, [0.05, 0.95])
    return Decision(
        subject=f"channel: {channel}", action=action, amount=amount, unit=unit, gain=float(gain.mean()),
        gain_low=float(low), gain_high=float(high), probability=float((gain > 0).mean()), horizon_days=HORIZON,
        assumptions=assumptions,
        check=say("After {days} days: cost and gross profit of the new customers of both channels, from the day it is done.", days=count(HORIZON)),
    )  # fmt: skip


def told(study: Study, found: list[Decision], worth: Worth | None) -> Sentence:
    """Which channel deserves more, or that none surely does."""
    if not study.is_trusted:
        return say(
            "Nothing is decided by a model that beat no simple rule on earlier days, was not tested, or did not converge."
        )
    if worth is None:
        return say("By which channel customers came is not known here, so no channel can be said to deserve more.")
    if not found:
        return say("No channel's new customers are worth more than another's with a chance of {limit}: leave the channels as they are.", limit=percent(SURE))  # fmt: skip
    return say(
        "{action}: {gain} a year (90%: {low} to {high}).",
        action=found[0].action, gain=money(found[0].gain), low=money(found[0].gain_low), high=money(found[0].gain_high),
    )  # fmt: skip
