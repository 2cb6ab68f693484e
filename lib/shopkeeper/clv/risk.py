"""Value at risk: good customers whose chance to come back has fallen, what they brought, and what they should still bring."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.clv.history import order_margins
from shopkeeper.clv.study import Study
from shopkeeper.clv.value import HORIZON, drawn, expected, order_margins_of
from shopkeeper.clv.warning import Chance
from shopkeeper.report.page import Tile
from shopkeeper.report.words import SMALLEST_GROUP, Kind, Sentence, money, people, percent, say
from shopkeeper.shop import Shop

GOOD = 0.25  # share of customers with repeat orders who are good ones: those worth most 13 weeks ago
FELL = 0.75  # of the chance then, at most which it is now
_WEEKS = 26  # in which it is looked what was seen before
_OUT = 7  # days without stock that count

SIGNS: dict[str, Sentence] = {
    "returned": say("sent something back"),
    "stocked_out": say("something of the last order was out of stock for 7 days or more"),
    "not_seen": say("did not visit or log in for 30 days"),
}
SEEN: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Seen in 26 weeks"), "text"),
    "at_risk": (say("At risk"), "percent"),
    "others": (say("Others"), "percent"),
    "low": (say("Gap, 90% from"), "change"),
    "high": (say("90% to"), "change"),
}
FILE = say("Good customers whose chance to come back has fallen, with what is at risk, the most first:")


@dataclass(frozen=True)
class AtRisk:
    """rows: one per customer at risk, the most at risk first: customer_id, chance_before, chance_now, brought (gross profit of the last
    364 days), expected (of the next), value_at_risk (the first less the second), worth_back (what a return would make
    it), order_days, days_since_last.

    others: the other good customers. expected: mean and 90% interval of the next 364 days of all at risk together.
    """

    rows: pd.DataFrame
    others: pd.Index
    expected: tuple[float, float, float]

    @property
    def lost(self) -> tuple[float, float, float]:
        """Mean and 90% interval of what they brought and will not bring again."""
        brought = float(self.rows.brought.sum())
        mean, low, high = self.expected
        return brought - mean, brought - high, brought - low


def margin_lately(shop: Shop) -> ir.Table:
    """One row per named customer with an order in the last 364 days: customer_id, margin, net_revenue."""
    orders = order_margins(shop)
    since = shop.as_of - dt.timedelta(days=HORIZON)
    late = orders.filter(orders.day > ibis.literal(since))
    return late.group_by("customer_id").agg(margin=late.margin.sum(), net_revenue=late.net_revenue.sum())


def at_risk(study: Study, chance: Chance | None, lately: pd.DataFrame, rate: float, seed: int) -> AtRisk | None:
    """Good customers whose chance to order in 13 weeks has fallen by a quarter or more since 13 weeks ago.

    lately: of margin_lately, by customer_id. None where the chance is not known or did not hold when tested, or the model did not.
    """
    if chance is None or not (chance.is_trusted and study.is_trusted):
        return None
    then = study.origins[0].known.assign(cell=study.customers.cell)
    then = then.loc[then.index.intersection(chance.now.index)]
    good = _good(study, then, rate)
    fell = chance.now[good] <= FELL * chance.before[good]
    rows = _rows(study, chance, good[fell], lately, rate)
    return AtRisk(rows, good[~fell], _together(study, rows, rate, seed))


def _good(study: Study, then: pd.DataFrame, rate: float) -> pd.Index:
    """Of the customers who had come again by then, the quarter that was worth most, as far as it was worth anything."""
    then = then[then.frequency > 0]
    worth = _worth(study, then, rate)
    return worth[(worth > 0) & (worth.rank(ascending=False, method="first") <= GOOD * len(worth))].index


def _worth(study: Study, known: pd.DataFrame, rate: float) -> pd.Series:
    own = order_margins_of(known)
    return expected(study.posterior, known, rate).discounted_orders * study.spend.mean(own.order_days, own.amount)


def _rows(study: Study, chance: Chance, who: pd.Index, lately: pd.DataFrame, rate: float) -> pd.DataFrame:
    known = study.customers.loc[who]
    back = known.assign(frequency=known.frequency + 1, recency=known["T"])  # as if they had ordered today
    rows = pd.DataFrame({
        "chance_before": chance.before[who], "chance_now": chance.now[who],
        "brought": lately.margin.reindex(who).fillna(0.0), "expected": study.yearly * _worth(study, known, rate) if len(who) else 0.0,
        "worth_back": study.yearly * _worth(study, back, rate) if len(who) else 0.0,
        "order_margin": study.spend.mean(known.order_days, known.amount),
        "order_days": known.frequency + 1, "days_since_last": known["T"] - known.recency,
    }, index=who)  # fmt: skip
    rows = rows.assign(value_at_risk=rows.brought - rows.expected).rename_axis("customer_id").reset_index()
    return rows.sort_values(["value_at_risk", "customer_id"], ascending=[False, True], ignore_index=True)


def _together(study: Study, rows: pd.DataFrame, rate: float, seed: int) -> tuple[float, float, float]:
    if rows.empty:
        return 0.0, 0.0, 0.0
    who = study.customers.loc[rows.customer_id].assign(group="at risk")
    _, futures = drawn(study.posterior, study.spend, who, rate, seed)
    return study.year.around(futures.year.sum(axis=1))


def tiles(risk: AtRisk | None) -> list[Tile]:
    """Value at risk, for the first screen, where it can be told."""
    if risk is None:
        return []
    lost, low, high = risk.lost
    told = say("90%: {low} to {high}; {n} good customers", low=money(low), high=money(high), n=people(len(risk.rows)))
    return [(say("Gross profit at risk, next 12 months"), money(lost), told)]


def told(risk: AtRisk | None) -> Sentence:
    """Who is at risk, and with how much."""
    if risk is None:
        return say(
            "Which good customers are about to leave is not told: no chance to order within 13 weeks could be tested on earlier "
            "days, or it did not hold there."
        )
    if risk.rows.empty:
        return say("Of no good customer has the chance to come back fallen by a quarter or more in 13 weeks.")
    lost, low, high = risk.lost
    return say(
        "{n} good customers are at risk: 13 weeks ago they were of the quarter worth most, and since then the chance that they "
        "order within 13 weeks has fallen by a quarter or more. They brought {brought} of gross profit in the last 12 months, "
        "and should bring {mean} in the next; {lost} of it is at risk (90%: {low} to {high}).",
        n=people(len(risk.rows)), brought=money(risk.rows.brought.sum()), mean=money(risk.expected[0]),
        lost=money(lost), low=money(low), high=money(high),
    )  # fmt: skip


def signs(shop: Shop) -> ir.Table:
    """Of every named customer, what was seen in the last 26 weeks: customer_id and those of SIGNS that the brand's tables know."""
    since = ibis.literal(shop.as_of - dt.timedelta(weeks=_WEEKS))
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    parts = {}
    if shop.has("returns"):
        late = shop.returns.filter(shop.returns.returned_at.date() > since)
        parts["returned"] = late.inner_join(named, "order_id").select("customer_id").distinct()
    if shop.has("stock", "order_lines"):
        parts["stocked_out"] = _missing(shop, named, since)
    if shop.has("events"):
        recent = ibis.literal(shop.as_of - dt.timedelta(days=30))
        seen = shop.events.filter((shop.events.at.date() > recent) & shop.events.customer_id.notnull())
        parts["not_seen"] = named.anti_join(seen, "customer_id").select("customer_id").distinct()
    each = named.select("customer_id").distinct()
    for name, who in parts.items():
        each = each.left_join(who.mutate(**{name: True}), "customer_id").drop("customer_id_right")
        each = each.mutate(**{name: each[name].fill_null(False)})
    return each


def _missing(shop: Shop, named: ir.Table, since: ir.Value) -> ir.Table:
    """Customers of whose last order some SKU was nowhere in stock on 7 days or more of the time looked at."""
    stock = shop.stock.filter(shop.stock.day > since)
    daily = stock.group_by("sku", "day").agg(is_out=stock.stocked_out.all())
    out = daily.group_by("sku").agg(days=daily.is_out.sum())
    last = named.group_by("customer_id").agg(order_id=named.order_id.argmax(named.ordered_at))
    lines = shop.order_lines.semi_join(out.filter(out.days >= _OUT), "sku")
    return last.semi_join(lines, "order_id").select("customer_id").distinct()


def seen_rows(risk: AtRisk | None, seen: pd.DataFrame) -> pd.DataFrame:
    """One row per sign: its share among those at risk and among the other good customers (0–1), and a 90% interval of the difference."""
    if risk is None or len(risk.rows) < 10 * SMALLEST_GROUP or len(risk.others) < 10 * SMALLEST_GROUP:
        return pd.DataFrame()
    by = seen.set_index("customer_id")
    rows = [
        (SIGNS[name], *_difference(by[name].reindex(risk.rows.customer_id), by[name].reindex(risk.others)))
        for name in SIGNS
        if name in by
    ]
    return pd.DataFrame(rows, columns=["what", "at_risk", "others", "low", "high"])


def _difference(ours: pd.Series, others: pd.Series) -> tuple[float, float, float, float]:
    """Both shares and an interval of their difference. Source: Agresti & Caffo (2000), The American Statistician 54(4), 280-288."""
    hits, sizes = np.array([ours.sum(), others.sum()], float), np.array([len(ours), len(others)], float)
    share = (hits + 1) / (sizes + 2)
    reach = 1.645 * float(np.sqrt((share * (1 - share) / (sizes + 2)).sum()))
    middle = float(share[0] - share[1])
    return float(hits[0] / sizes[0]), float(hits[1] / sizes[1]), middle - reach, middle + reach


def seen_title(rows: pd.DataFrame) -> Sentence:
    """Which sign stands out most; never called a cause."""
    if rows.empty:
        return say("What was seen before at those at risk is not known here, or they are too few to compare.")
    apart = rows[(rows.low > 0) | (rows.high < 0)]
    if apart.empty:
        return say("Those at risk differ from the other good customers in nothing that was seen before")
    gap = (apart.at_risk - apart.others).abs()
    most = apart.loc[gap.idxmax()]
    return say(
        "Of those at risk, {ours} {sign}; of the other good customers {theirs}. Seen before is not the same as the cause",
        ours=percent(most.at_risk), theirs=percent(most.others), sign=most["what"],
    )  # fmt: skip


def file_rows(risk: AtRisk | None) -> pd.DataFrame:
    """The rows as people read them."""
    names = ["customer_id", "value_at_risk", "brought", "expected", "chance_before", "chance_now", "order_days", "days_since_last"]  # fmt: skip
    if risk is None:
        return pd.DataFrame({name: [] for name in names})
    shares = {name: risk.rows[name].round(4).rename(None) for name in ("chance_before", "chance_now")}
    rows = risk.rows.assign(**shares).round({"value_at_risk": 2, "brought": 2, "expected": 2})[names]
    return rows.rename(columns={"chance_before": "before_probability", "chance_now": "now_probability"})
