"""Ahead: orders and sales of each group in the weeks to come, said so that they can be scored."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.claims import Claim
from shopkeeper.clv.level import Level
from shopkeeper.clv.models import Floats
from shopkeeper.clv.origins import WEEKS
from shopkeeper.clv.value import Drawn

FEWEST = 50  # customers of a group, below which nothing is claimed of it
_MOVES = 25  # of everyone, for each draw of the customers
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

    drawn: futures of which margin is net revenue, not discounted. group: of each customer, by customer_id.
    lately: by group, the columns orders_4, net_revenue_4, orders_13…: what its customers did in so many weeks up to today.
    per_day: orders on an order day; a day may hold several.
    """
    sizes = group.value_counts()
    rows = [
        (name, weeks, measure, int(sizes[name]), *_interval(each[:, place, number], levels[weeks]),
         float(lately.loc[name, f"{measure}_{weeks}"]))
        for number, name in enumerate(drawn.groups)
        for place, weeks in enumerate(WEEKS)
        for measure, each in (("orders", drawn.orders * per_day), ("net_revenue", drawn.margin))
        if weeks in levels and sizes[name] >= FEWEST
    ]  # fmt: skip
    names = ["group", "weeks", "measure", "customers", "predicted", "low", "high", "naive"]
    table = pd.DataFrame(rows, columns=names)
    members = {name: tuple(sorted(group.index[group == name])) for name in table.group.unique()}
    return Ahead(table, members)


def _interval(draws: Floats, level: Level) -> tuple[float, float, float]:
    """Mean and 90% interval of what customers do by chance, times what moves everyone."""
    moved = np.outer(draws, level.moves(_MOVES))
    low, high = np.quantile(moved, [0.05, 0.95])
    return float(draws.mean() * np.exp(level.season)), float(low), float(high)


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
