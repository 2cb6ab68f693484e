"""Remaining value: what each customer should still bring, who holds most of it, and what is as good as in the bank."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from shopkeeper.clv.beginnings import OTHER
from shopkeeper.clv.fit import collapse
from shopkeeper.clv.models import histories, p_alive
from shopkeeper.clv.origins import CHOSEN, WEEKS
from shopkeeper.clv.study import Study
from shopkeeper.clv.value import HORIZON, Drawn, drawn, expected, spread
from shopkeeper.report.page import Tile
from shopkeeper.report.style import ACCENT, INK, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Words, count, money, people, percent, say

_TENTHS = 10
_TOO_MANY = 0.5  # share of customers of none of the groups, from which the groups say little
_ALIVE, _WIDE = (
    40,
    1.645,
)  # draws of a posterior that customers are counted in; deviations on each side of a 90% interval
_SHARES = (0.0, 0.1, 0.5, 1.0)  # of customers, by value: who holds most, some, little

TENTHS: dict[str, tuple[Sentence, Kind]] = {
    "tenth": (say("Tenth of customers, most valuable first"), "count"),
    "customers": (say("Customers"), "people"),
    "margin": (say("Gross profit, next 12 months"), "money"),
    "low": (say("90% from"), "money"),
    "high": (say("90% to"), "money"),
    "share": (say("Share of it"), "percent"),
}
FILE = say("Every customer with the value of the next 12 months, its 90% interval and chances, under a pseudonym:")


@dataclass(frozen=True)
class Remaining:
    """What the customers known today should bring in the next 364 days.

    customers   by customer_id: orders, margin (discounted to today) with low and high of a 90% interval, p_alive, tenth
    margin      futures of the tenths, discounted; sales: those of each group, of net revenue, not discounted
    kind        what the groups are: channel, first_bought or value; group: of each customer
    """

    customers: pd.DataFrame
    margin: Drawn
    sales: Drawn
    kind: str
    group: pd.Series


def remaining(study: Study, rate: float, seed: int) -> Remaining:
    """What every customer should bring, with intervals, and futures of the tenths and groups of customers.

    rate: the yearly discount, 0.1 for 10%.
    """
    known = study.customers
    told = expected(study.posterior, known, rate)
    own = study.spend.mean(known.order_days, known.amount)
    told = told.assign(orders=told.orders * study.yearly, margin=told.discounted_orders * study.yearly * own)
    tenth = _tenths(told.margin)
    limits, margin = drawn(study.posterior, study.spend, known.assign(group=tenth.map("{:02d}".format)), rate, seed)
    kind, group = _groups(study, told.margin)
    paid = known.assign(group=group, amount=study.paid)
    _, sales = drawn(study.posterior, study.sales, paid, 0.0, seed + 1)
    customers = told[["orders", "margin", "p_alive"]].join(limits * study.yearly).assign(tenth=tenth)
    return Remaining(customers, margin, sales, kind, group)


def _tenths(margin: pd.Series) -> pd.Series:
    """1 for the tenth of customers worth most, to 10; of equals, the first in order of name."""
    place = margin.rank(ascending=False, method="first") - 1
    return (place * _TENTHS // len(margin) + 1).astype(int)


def _groups(study: Study, margin: pd.Series) -> tuple[str, pd.Series]:
    """What customers are told apart by, the first that is known of most: channel, first purchase, or what they are still worth."""
    for kind in ("channel", "first_bought"):
        if kind in study.factors and (study.factors[kind] == OTHER).mean() < _TOO_MANY:
            return kind, study.factors[kind]
    place = margin.rank(ascending=False, method="first") / len(margin)
    return "value", pd.cut(place, list(_SHARES), labels=["most", "middle", "least"]).astype("object")


def tenth_rows(held: Remaining, study: Study) -> pd.DataFrame:
    """One row per tenth of customers, the most valuable first: customers, margin, low, high, share of all margin."""
    level = study.year
    sizes = held.customers.tenth.value_counts().sort_index()
    rows = [(number, sizes[number], *level.around(held.margin.year[:, number - 1])) for number in sizes.index]
    table = pd.DataFrame(rows, columns=["tenth", "customers", "margin", "low", "high"])
    total = table.margin.sum()
    return table.assign(share=table.margin / total if total > 0 else np.nan)


def tenths_title(rows: pd.DataFrame, held: Remaining) -> Sentence:
    """How much the best tenth holds, with its interval, and the half worth least."""
    if not rows.share.notna().all():
        return say("Customers are not expected to bring any gross profit in the next 12 months")
    low, high = np.quantile(held.margin.year[:, 0] / held.margin.year.sum(axis=1), [0.05, 0.95])
    return say(
        "The tenth of customers worth most should bring {best} of the gross profit of the next 12 months (90%: {low} to {high}), "
        "the half worth least {rest}",
        best=percent(rows.share[0]), low=percent(low), high=percent(high), rest=percent(rows.share[_TENTHS // 2 :].sum()),
    )  # fmt: skip


def plot_tenths(rows: pd.DataFrame, words: Words) -> Figure:
    """What each tenth should bring, as bars with 90% intervals; rows: of tenth_rows."""
    with house_style():
        drawn_ = figure(2.6)
        axes = drawn_.subplots()
        axes.bar(rows.tenth, rows.margin, color=ACCENT, width=0.7)
        axes.vlines(rows.tenth, rows.low, rows.high, color=INK, linewidth=1.2)
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set_xticks(rows.tenth)
        axes.set_xlabel(words.text(say("tenths of customers, most valuable first")))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick))))
        return drawn_


def tiles(held: Remaining, study: Study) -> list[Tile]:
    """Sales and gross profit of the year that today's customers should bring, and sales of the next 13 weeks, with intervals."""
    level = study.year
    sales, margin = (level.around(each.year.sum(axis=1)) for each in (held.sales, held.margin))
    quarter = study.levels.get(CHOSEN, level).around(held.sales.brought[:, WEEKS.index(CHOSEN)].sum(axis=1))
    return [
        (say("Sales from today's customers, next 12 months"), money(sales[0]), interval(sales)),
        (say("Gross profit of them, in today's money"), money(margin[0]), interval(margin)),
        (
            say("Sales from today's customers, next {weeks} weeks", weeks=count(CHOSEN)),
            money(quarter[0]),
            interval(quarter),
        ),
    ]


def interval(told: tuple[float, float, float]) -> Sentence:
    """The 90% interval of an amount of money (mean, low, high)."""
    return say("90%: {low} to {high}", low=money(told[1]), high=money(told[2]))


def bank_told(held: Remaining, study: Study, lately: pd.Series) -> Sentence:
    """What is as good as in the bank, beside what the same customers brought in the last 364 days (net revenue, by customer)."""
    mean, low, high = study.year.around(held.sales.year.sum(axis=1))
    return say(
        "If nobody new came, the {n} customers known today should order for {mean} in the next {days} days (90%: {low} to "
        "{high}), before returns. In the last {days} days they ordered for {before}. {tested}",
        n=people(len(held.customers)), mean=money(mean), low=money(low), high=money(high), before=money(lately.sum()),
        days=count(HORIZON), tested=_tested(study),
    )  # fmt: skip


def _tested(study: Study) -> Sentence:
    """How the same forecast did a year ago, and what was made of it."""
    if not study.year.season:
        return say("How such a forecast does over a whole year could not be tested: the data are too short.")
    return say(
        "Of every 100 orders that the same forecast would have told a year ago, {came} came; today's is changed by as much, and the "
        "interval allows for half of the difference being chance.",
        came=count(100 * study.yearly),
    )  # fmt: skip


def alive_told(study: Study) -> Sentence:
    """What p_alive means, and how many are customers still."""
    once = study.customers.frequency == 0
    if study.model == "bgnbd":
        return say(
            "A customer never says that it is over. p_alive is the chance that it is not, told from how long the silence is beside the "
            "customer's own rhythm. BG/NBD, which stands here, lets nobody leave before the second order, so all {all_once} who came once "
            "count as customers still; of the {others} others, {alive} should be. It says nothing of when: for who is about to leave, read "
            "the chance to order in 13 weeks.",
            alive=_still(study, ~once), others=people((~once).sum()), all_once=people(once.sum()),
        )  # fmt: skip
    return say(
        "A customer never says that it is over. p_alive is the chance that it is not, told from how long the silence is "
        "beside the customer's own rhythm: of {n} customers {alive} should be customers still, of the {all_once} who came once {once}. "
        "It says nothing of when: for who is about to leave, read the chance to order in 13 weeks.",
        alive=_still(study, once | ~once), n=people(len(once)), once=_still(study, once), all_once=people(once.sum()),
    )  # fmt: skip


def _still(study: Study, among: pd.Series) -> Sentence:
    """How many among these are customers still, with a 90% interval: of what is not known of the model, and of chance."""
    rows = collapse(study.customers[among])
    thetas = [study.posterior.theta(number) for number in spread(study.posterior, _ALIVE)]
    chances = np.array([p_alive(study.model, theta, histories(rows)) for theta in thetas])
    told = chances @ rows.n.to_numpy()
    off = _WIDE * np.sqrt(told.var() + (chances * (1 - chances) @ rows.n.to_numpy()).mean())
    mean, low, high = (people(each) for each in (told.mean(), max(told.mean() - off, 0.0), told.mean() + off))
    return say("{mean} (90%: {low} to {high})", mean=mean, low=low, high=high)


def file_rows(held: Remaining, study: Study, soon: pd.Series | None) -> pd.DataFrame:
    """One row per customer, the most valuable first, as people read it.

    soon: chance to order in 13 weeks, where it may be trusted. Columns: customer_id, clv_364 with low and high, orders_364,
    order_in_13_weeks_probability, p_alive, order_days, days_since_last, and what the customer came by.
    """
    known, told = study.customers, held.customers
    table = pd.DataFrame({
        "clv_364": told.margin.round(2), "clv_low": told.low.round(2), "clv_high": told.high.round(2),
        "orders_364": told.orders.round(3), "p_alive": told.p_alive.round(4), "order_days": known.frequency + 1,
        "days_since_last": known["T"] - known.recency,
    })  # fmt: skip
    if soon is not None:
        table.insert(4, "order_in_13_weeks_probability", soon.reindex(table.index).round(4))
    table = table.join(study.factors.drop(columns="seen", errors="ignore")).rename_axis("customer_id").reset_index()
    return table.sort_values(["clv_364", "customer_id"], ascending=[False, True], ignore_index=True)
