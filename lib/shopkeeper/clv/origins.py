"""Origins: earlier days, what was known of customers then, and what they did after."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopkeeper.clv.history import purchase_history
from shopkeeper.shop import Shop

WEEKS = (4, 13, 26)  # ahead, that are claimed and tested
FEWEST = 4  # origins that a comparison needs
_MOST = 6
_LONG, _SHORT = 180, 90  # days that data should, and have to, reach back before an origin
STEP = 28  # days between origins


@dataclass(frozen=True)
class Origin:
    """A day in the past.

    known    of purchase_history on that day, by customer_id
    came     of each of them, order days within so many weeks after it (columns of WEEKS, as far as they are over)
    before   order days in the same 13 weeks a year before, or, where the data do not hold them, in the last 13
    """

    day: dt.date
    known: pd.DataFrame
    came: pd.DataFrame
    before: pd.Series


def origin_days(shop: Shop, weeks: int) -> list[dt.date]:
    """Earlier days after which so many weeks are over, four weeks apart, the latest first; six at most.

    The data reach back 180 days before each, or, where that leaves fewer than four, 90.
    """
    latest = shop.as_of - dt.timedelta(weeks=weeks)
    days = [latest - dt.timedelta(days=STEP * k) for k in range(_MOST)]
    settled = [day for day in days if (day - shop.first_day).days >= _LONG]
    return settled if len(settled) >= FEWEST else [day for day in days if (day - shop.first_day).days >= _SHORT]


def a_year_before(shop: Shop, days: list[dt.date]) -> list[dt.date]:
    """Of these days and of today, the same weekday 52 weeks before, as far as the data reach back 180 days before it."""
    before = [day - dt.timedelta(weeks=52) for day in [shop.as_of, *days]]
    return [day for day in before if (day - shop.first_day).days >= _LONG]


def look_back(shop: Shop, day: dt.date) -> Origin:
    """What was known on that day, and what came after it."""
    known = shop.load(purchase_history(shop.seen_on(day))).set_index("customer_id")
    came = _came(shop, day)
    over = [weeks for weeks in WEEKS if day + dt.timedelta(weeks=weeks) <= shop.as_of]
    return Origin(day, known, came[over].reindex(known.index).fillna(0.0), came.before.reindex(known.index).fillna(0.0))


def _came(shop: Shop, day: dt.date) -> pd.DataFrame:
    """By customer, order days within each of WEEKS after that day, and in the 13 weeks that are its naive forecast."""
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    days = named.select("customer_id", day=named.ordered_at.date()).distinct()
    quarter = dt.timedelta(weeks=13)
    a_year = dt.timedelta(days=364) if day - dt.timedelta(days=364) >= shop.first_day else quarter
    counts = {str(weeks): _within(days, day, weeks) for weeks in WEEKS}
    table = shop.load(days.group_by("customer_id").agg(**counts, before=_within(days, day - a_year, 13)))
    return table.set_index("customer_id").astype("float64").rename(columns={str(weeks): weeks for weeks in WEEKS})


def _within(days: ir.Table, day: dt.date, weeks: int) -> ir.Value:
    end = day + dt.timedelta(weeks=weeks)
    return days.count(where=(days.day > ibis.literal(day)) & (days.day <= ibis.literal(end)))
