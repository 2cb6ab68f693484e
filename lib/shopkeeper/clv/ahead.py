"""Ahead: orders and sales of each group in the weeks to come, said so that they can be scored."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import pandas as pd

from shopkeeper.claims import Claim
from shopkeeper.clv.level import Level
from shopkeeper.clv.origins import WEEKS
from shopkeeper.clv.value import Drawn
from shopkeeper.shop import Shop

FEWEST = 50  # customers of a group, below which nothing is claimed of it
_MEASURES = {"orders": "list_orders", "net_revenue": "list_net_revenue"}


@dataclass(frozen=True)
class Ahead:
    """rows: one per (group, weeks, measure): customers, predicted, low, high (of a 90% interval), naive (the same weeks up to today).

    members: pseudonyms of each group's customers.
    """

    rows: pd.DataFrame
    members: Mapping[str, tuple[str, ...]]


def ahead(drawn: Drawn, levels: Mapping[int, Level], group: pd.Series, lately: pd.DataFrame, per_day: float) -> Ahead:
    """What each group of 50 customers or more brings in as many weeks ahead as earlier days tell about.

    drawn: futures of net revenue, not discounted. group: of each customer, by customer_id.
    lately: by group, the columns orders_4, net_revenue_4, orders_13…: what its customers did in so many weeks up to today.
    per_day: orders on an order day; a day may hold several.
    """
    sizes = group.value_counts()
    rows = [
        (name, weeks, measure, int(sizes[name]), *levels[weeks].around(each[:, place, number]),
         float(lately.loc[name, f"{measure}_{weeks}"]))
        for number, name in enumerate(drawn.groups)
        for place, weeks in enumerate(WEEKS)
        for measure, each in (("orders", drawn.orders * per_day), ("net_revenue", drawn.brought))
        if weeks in levels and sizes[name] >= FEWEST
    ]  # fmt: skip
    names = ["group", "weeks", "measure", "customers", "predicted", "low", "high", "naive"]
    table = pd.DataFrame(rows, columns=names)
    members = {name: tuple(sorted(group.index[group == name])) for name in table.group.unique()}
    return Ahead(table, members)


def claims(found: Ahead, kind: str, as_of: dt.date) -> list[Claim]:
    """The rows as claims about frozen lists of customers. kind: what the groups are, such as channel."""
    return [
        Claim(
            subject=f"{kind}: {row.group} @{as_of}",
            measure=_MEASURES[str(row.measure)],
            starts_on=as_of + dt.timedelta(days=1),
            ends_on=as_of + dt.timedelta(weeks=int(row.weeks)),
            predicted=float(row.predicted),
            low=float(row.low),
            high=float(row.high),
            naive=float(row.naive),
            members=found.members[str(row.group)],
        )
        for row in found.rows.itertuples()
    ]


def lately(shop: Shop, group: pd.Series) -> pd.DataFrame:
    """By group, what its customers did up to today: orders_4 and net_revenue_4 in the last 4 weeks, and so for each of WEEKS."""
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    since = {weeks: named.ordered_at.date() > ibis.literal(shop.as_of - dt.timedelta(weeks=weeks)) for weeks in WEEKS}
    counts = {f"orders_{weeks}": named.count(where=late) for weeks, late in since.items()}
    sums = {f"net_revenue_{weeks}": named.net_revenue.sum(where=late) for weeks, late in since.items()}
    each = shop.load(named.group_by("customer_id").agg(**counts, **sums)).set_index("customer_id").fillna(0.0)
    return each.groupby(group.reindex(each.index)).sum()


def per_day(history: pd.DataFrame) -> float:
    """Orders on a day with any, of all customers."""
    return float(history.orders.sum() / (history.frequency + 1).sum())
