"""The past: customers as they were known on earlier days, and what they did after."""

import datetime as dt
from collections.abc import Callable
from functools import cached_property

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopkeeper.customers.features import features, outcomes
from shopkeeper.customers.things import category_days, category_history, category_outcomes, things_bought, things_known
from shopkeeper.shop import Shop

STEP = 30  # days between the days looked back to
YEAR = 365
RECENT = 90  # days in which a category's buyers are counted
MOST_CATEGORIES = 20
_FIRST = 60  # days that data must reach back before a day that is looked back to
_PAIR = ["customer_id", "category"]


class Past:
    """A shop on earlier days. Each day is looked up once; what was bought is worked out once for all of them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._looked_up: dict[tuple[object, ...], pd.DataFrame] = {}

    def reaches(self, day: dt.date) -> bool:
        """Whether the data begin long enough before that day."""
        return day - dt.timedelta(days=_FIRST) >= self.shop.first_day

    def things(self, day: dt.date) -> ir.Table:
        """The things bought (of things_bought) that were known at the end of that day."""
        return things_known(self._ever_bought, day)

    def known(self, day: dt.date) -> pd.DataFrame:
        """Features of every customer but tills, by customer_id."""
        everyone = self._everyone(day)
        return everyone[~everyone.is_till.astype(bool)].drop(columns="is_till").astype("float64")

    def tills(self) -> int:
        """Accounts that are tills or resellers, not people, today: they teach nothing and stand in no list."""
        return int(self._everyone(self.shop.as_of).is_till.sum())

    def after(self, day: dt.date, days: int) -> pd.DataFrame:
        """Outcomes of the days after, by customer_id, also of those who were no customers yet; null for nothing."""
        shop = self.shop
        return self._once(
            lambda: outcomes(shop, self.things(shop.as_of), day, days), ["customer_id"], "after", day, days
        )

    def done(self, day: dt.date, days: int) -> pd.DataFrame:
        """Features, and outcomes of the days after."""
        known = self.known(day)
        return known.join(self.after(day, days).astype("float64").reindex(known.index).fillna(0.0))

    @cached_property
    def categories(self) -> list[str]:
        """The twenty categories that most customers bought in lately, the commonest first."""
        things = self.things(self.shop.as_of)
        since = ibis.literal(self.shop.as_of - dt.timedelta(days=RECENT))
        recent = things.filter(things.category.notnull() & (things.day > since))
        counts = self.shop.load(recent.group_by("category").agg(buyers=recent.customer_id.nunique()))
        return list(counts.sort_values(["buyers", "category"], ascending=[False, True]).category.head(MOST_CATEGORIES))

    def bought(self, day: dt.date) -> pd.DataFrame:
        """What each customer had bought in each of the categories, of category_history, by customer_id and category."""
        return self._once(lambda: category_history(things_known(self._category_days, day), day), _PAIR, "bought", day)

    def bought_after(self, day: dt.date) -> pd.DataFrame:
        """When each customer then bought in each of the categories, of category_outcomes, by customer_id and category."""
        return self._once(
            lambda: category_outcomes(things_known(self._category_days, self.shop.as_of), day),
            _PAIR,
            "bought after",
            day,
        )

    @cached_property
    def _category_days(self) -> ir.Table:
        return self.shop.keep(category_days(self._ever_bought, self.categories))

    @cached_property
    def _ever_bought(self) -> ir.Table:
        whole = self.shop.as_ordered()
        return self.shop.keep(things_bought(whole.orders, whole.order_lines, whole.products))

    def _everyone(self, day: dt.date) -> pd.DataFrame:
        return self._once(lambda: features(self.shop.seen_on(day), self.things(day)), ["customer_id"], "known", day)

    def _once(self, table: Callable[[], ir.Table], index: list[str], *which: object) -> pd.DataFrame:
        if which not in self._looked_up:
            self._looked_up[which] = self.shop.load(table()).set_index(index)
        return self._looked_up[which]
