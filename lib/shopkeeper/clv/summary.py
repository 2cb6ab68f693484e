"""The report's first screen and first notes in sentences: computed, to be said in any language."""

import pandas as pd

from shopkeeper.claims import Claim
from shopkeeper.clv.remaining import Remaining
from shopkeeper.clv.study import CUSTOMERS, REPEATED, Study
from shopkeeper.customers.contact_lists import Lift
from shopkeeper.decisions import Decision, shrunken_gain
from shopkeeper.report.page import Tile
from shopkeeper.report.words import Sentence, Value, change, count, money, people, percent, say


def enough(history: pd.DataFrame) -> tuple[bool, Sentence]:
    """Whether there are customers enough to learn from, and what to say where there are not."""
    again = int((history.frequency > 0).sum())
    return len(history) >= CUSTOMERS and again >= REPEATED, say(
        "This report is learnt from customers who came again. It needs {customers} customers with an ID and {repeated} of them who "
        "ordered on two days or more; the data hold {n} and {again}. Orders of guests cannot be followed: see that the export carries the "
        "customer's ID, or come back when more have ordered.",
        customers=count(CUSTOMERS), repeated=count(REPEATED), n=people(len(history)), again=people(again),
    )  # fmt: skip


def known_told(history: pd.DataFrame, rate: float, margin: float) -> Sentence:
    """Whom the report rests on, and what is assumed about money."""
    share = (history.first_margin + (history.frequency * history.margin).fillna(0.0)).sum()
    sales = (history.first_revenue + (history.frequency * history.revenue).fillna(0.0)).sum()
    return say(
        "{n} customers are known by their ID, {again} of them ordered on two days or more. Their orders left {share} of sales as gross "
        "profit; where a unit cost is not known, {margin} is assumed. What comes later counts less, by {rate} a year.",
        n=people(len(history)), again=people((history.frequency > 0).sum()), share=percent(share / sales if sales > 0 else float("nan")),
        margin=percent(margin), rate=percent(rate),
    )  # fmt: skip


def sound(study: Study, claims: list[Claim]) -> list[Claim]:
    """The claims, where the sampler converged."""
    return claims if study.posterior.is_sound else []


def to_do(decisions: list[Decision], lift: Lift) -> Sentence | None:
    """What should gain most, drawn to 0 by how unsure it is; None where nothing is decided. A lift not measured is a trial."""
    if not decisions:
        return None
    best = max(decisions, key=lambda each: shrunken_gain(vars(each)))
    is_trial = best.subject.startswith("contact list") and not lift.n_campaigns
    facts: dict[str, Sentence | Value] = {
        "action": best.action, "gain": money(best.gain), "low": money(best.gain_low), "high": money(best.gain_high),
    }  # fmt: skip
    if is_trial:
        return say("To try first: {action} (at the assumed effect {gain}, 90%: {low} to {high}).", **facts)
    return say("To do first: {action} ({gain} expected, 90%: {low} to {high}).", **facts)


def tiles(held: list[Tile], *others: list[Tile]) -> list[Tile]:
    """Four for the first screen: sales and gross profit of the year, what else can be told, and where that is little, the quarter."""
    return [*held[:2], *(tile for each in others for tile in each), *held[2:]][:4]


def headline(held: Remaining, study: Study, lately: pd.Series, first: Sentence | None) -> Sentence:
    """What today's customers should bring beside what they brought, and the first thing to do, where there is one."""
    mean, low, high = study.year.around(held.sales.year.sum(axis=1))
    before = float(lately.sum())
    told = say(
        "Without one new customer, today's should order for {mean} in the next 12 months (90%: {low} to {high}), {change} on what they "
        "ordered for in the last 12.",
        mean=money(mean), low=money(low), high=money(high), change=change(mean / before - 1 if before > 0 else float("nan")),
    )  # fmt: skip
    return say("{told} {to_do}", told=told, to_do=first) if first else told
