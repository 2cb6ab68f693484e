"""Origins: earlier days, what was known of customers then, and what they did after."""

import datetime as dt
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopkeeper.clv.fit import WEEK, Fit, collapse, maximum_likelihood
from shopkeeper.clv.history import purchase_history
from shopkeeper.shop import Shop

WEEKS = (4, 13, 26)  # ahead, that are claimed and tested
YEAR = 52  # weeks, that value looks ahead
CHOSEN = 13  # weeks ahead that models are chosen by, and that a warning looks ahead
FEWEST = 4  # origins that a comparison needs
STEP = 28  # days between origins
_MOST_ROWS = 3_000  # of customers collapsed, that a fit on an earlier day takes day by day
SETTLING = 90  # days in which those who bought before the data began are first seen
_ENOUGH, _MOST = 5, 6  # origins: of five, the earliest one's 13 weeks are over by the latest
_OVER = (*WEEKS, YEAR)
_LONG = 180  # days that data should reach back before an origin; SETTLING is the least


@dataclass(frozen=True)
class Origin:
    """A day in the past.

    known    of purchase_history on that day, by customer_id
    came     of each of them, order days within so many weeks after it (columns of WEEKS, and YEAR, as far as they are over)
    before   order days in the same 13 weeks a year before, or, where the data do not hold them, in the last 13
    """

    day: dt.date
    known: pd.DataFrame
    came: pd.DataFrame
    before: pd.Series
    fits: dict[str, Fit] = field(default_factory=dict, repr=False)  # by model, made when first asked for

    def fit(self, model: str) -> Fit:
        """The model by maximum likelihood on what was known then; days of a week are not told apart where rows are many."""
        if model not in self.fits:
            rows = collapse(self.known)
            rows = rows if len(rows) <= _MOST_ROWS else collapse(self.known, days=WEEK)
            self.fits[model] = maximum_likelihood(model, rows)
        return self.fits[model]


def origin_days(shop: Shop, weeks: int) -> list[dt.date]:
    """Earlier days after which so many weeks are over, four weeks apart, the latest first; six at most.

    The data reach back 180 days before each, or, where that leaves fewer than five, 90.
    """
    latest = shop.as_of - dt.timedelta(weeks=weeks)
    days = [latest - dt.timedelta(days=STEP * k) for k in range(_MOST)]
    settled = [day for day in days if (day - shop.first_day).days >= _LONG]
    return settled if len(settled) >= _ENOUGH else [day for day in days if (day - shop.first_day).days >= SETTLING]


def a_year_before(shop: Shop, days: list[dt.date]) -> list[dt.date]:
    """Of these days and of today, the same weekday 52 weeks before, as far as the data reach back 180 days before it."""
    before = [day - dt.timedelta(weeks=YEAR) for day in [shop.as_of, *days]]
    return [day for day in before if (day - shop.first_day).days >= _LONG]


def look_back(shop: Shop, day: dt.date) -> Origin:
    """What was known on that day, and what came after it."""
    known = shop.load(purchase_history(shop.seen_on(day))).set_index("customer_id")
    came = _came(shop, day)
    over = [weeks for weeks in _OVER if day + dt.timedelta(weeks=weeks) <= shop.as_of]
    return Origin(day, known, came[over].reindex(known.index).fillna(0.0), came.before.reindex(known.index).fillna(0.0))


def _came(shop: Shop, day: dt.date) -> pd.DataFrame:
    """By customer, order days within each of WEEKS, and a YEAR, after that day, and in the 13 weeks that are its naive forecast."""
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    days = named.select("customer_id", day=named.ordered_at.date()).distinct()
    quarter, a_year = dt.timedelta(weeks=CHOSEN), dt.timedelta(weeks=YEAR)
    a_year = a_year if day - a_year >= shop.first_day else quarter
    counts = {str(weeks): _within(days, day, weeks) for weeks in _OVER}
    table = shop.load(days.group_by("customer_id").agg(**counts, before=_within(days, day - a_year, CHOSEN)))
    return table.set_index("customer_id").astype("float64").rename(columns={str(weeks): weeks for weeks in _OVER})


def _within(days: ir.Table, day: dt.date, weeks: int) -> ir.Value:
    end = day + dt.timedelta(weeks=weeks)
    return days.count(where=(days.day > ibis.literal(day)) & (days.day <= ibis.literal(end)))
