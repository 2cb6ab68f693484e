"""The first year: how often new customers came again in it, beside what the model says of them."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.clv.expected import COARSE, expected_orders
from shopkeeper.clv.level import Level
from shopkeeper.clv.models import histories
from shopkeeper.clv.posterior import Posterior
from shopkeeper.clv.value import spread
from shopkeeper.shop import Shop

DAYS = 365
FEWEST = 200  # new customers who have had a year, from which it is compared
_DRAWS = 20
_LEAST = 1e-3  # repeat days that are taken to have come at least, so that their logarithm is finite


@dataclass(frozen=True)
class FirstYear:
    """Repeat order days of a new customer in the first year: came, of the n who have had it, and told by the model; NaN for too few.

    level: what repeat orders of the newcomers to come are multiplied by, and how far that may be off.
    """

    n: int
    came: float
    told: float
    level: Level


def first_year(shop: Shop, customers: pd.DataFrame, posterior: Posterior, year: Level) -> FirstYear:
    """Compare them, on customers who were not known already when the data began and were first seen a year ago or more.

    customers: by customer_id, T, cell and is_new. year: what moves everyone in the year ahead, which moves newcomers too. What the
    model missed counts as far as it is more than chance, and half of it rests no surer than that.
    """
    ripe = customers[customers.is_new & (customers["T"] >= DAYS)]
    if len(ripe) < FEWEST:
        return FirstYear(len(ripe), float("nan"), float("nan"), Level(0.0, year.shock, year.n))
    came = shop.load(repeat_days(shop)).set_index("customer_id").days.reindex(ripe.index).fillna(0.0)
    told = _told(posterior, ripe.cell)
    miss, season = float(np.log(max(came.mean(), _LEAST) / told)), 0.0
    if miss:
        season = miss * miss**2 / (miss**2 + came.var() / len(came) / max(came.mean(), _LEAST) ** 2)
    return FirstYear(len(ripe), float(came.mean()), told, Level(season, max(year.shock, abs(season) / 2), year.n))


def repeat_days(shop: Shop) -> ir.Table:
    """One row per named customer who came again within a year of the first order: customer_id, and days with an order in it, less the first."""
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    daily = named.select("customer_id", day=named.ordered_at.date()).distinct()
    daily = daily.mutate(first=daily.day.min().over(group_by="customer_id"))
    again = daily.filter((daily.day > daily["first"]) & (daily.day.delta(daily["first"], unit="day") <= DAYS))
    return again.group_by("customer_id").agg(days=again.count().cast("float64"))


def _told(posterior: Posterior, cell: pd.Series) -> float:
    """Repeat order days that the model expects of new customers of these cells in the first year, in the mean."""
    share = cell.value_counts(normalize=True)
    new = histories(pd.DataFrame({"frequency": 0.0, "recency": 0.0, "T": 0.0, "cell": share.index}))
    days = np.array([float(DAYS)])
    each = [
        expected_orders(posterior.model, posterior.theta(number), new, days, COARSE)[:, 0]
        for number in spread(posterior, _DRAWS)
    ]
    return float(np.mean(each, axis=0) @ share.to_numpy())
