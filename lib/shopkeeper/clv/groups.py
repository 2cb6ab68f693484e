"""Groups: what a new customer of each channel, or of each first purchase, is worth, and which of two is worth more."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.clv.expected import COARSE, expected_orders
from shopkeeper.clv.means import first_and_later
from shopkeeper.clv.models import Floats, histories
from shopkeeper.clv.posterior import Posterior
from shopkeeper.clv.value import spread

MONTHS = 12  # after the first order, that a new customer's worth is followed through
_DRAWS = 400


@dataclass(frozen=True)
class Worth:
    """Draws of what a new customer of each group brings: by draw, month (0 the first order alone, to 12) and group.

    margin is discounted to the day of the first order and adds up over the months, in currency.
    """

    groups: list[str]
    margin: Floats

    @property
    def year(self) -> pd.DataFrame:
        """By draw (down) and group (across), the margin of the first order and of the year after it."""
        return pd.DataFrame(self.margin[:, -1], columns=self.groups)


def new_customers(orders: Floats, history: pd.DataFrame, group: pd.Series, seed: int) -> Worth:
    """What a new customer of each group is worth, groups being drawn to each other by how little is known of them.

    orders: of orders_of_new. history: of purchase_history, with cell, by customer_id; group: of each of them, text. A group's
    customers are of many cells, and a new one is of each as often as those before were.
    """
    names = sorted(group.unique())
    mix = pd.crosstab(history.cell, group, normalize="columns").reindex(range(orders.shape[2]), fill_value=0.0)[names]
    first, later = first_and_later(history, group, names, len(orders), seed)
    return Worth(names, first[:, None, :] + (orders @ mix.to_numpy()) * later[:, None, :])


def orders_of_new(posterior: Posterior, rate: float) -> Floats:
    """By draw, month and cell: repeat orders of a new customer up to then, each discounted to the first order by the yearly rate."""
    many = posterior.others[0].shape[1]
    new = histories(pd.DataFrame({"frequency": 0.0, "recency": 0.0, "T": 0.0, "cell": range(many)}))
    ends = np.asarray(365.0 / 12 * np.arange(1, MONTHS + 1), np.float64)
    made = []
    for number in spread(posterior, _DRAWS):
        came = expected_orders(posterior.model, posterior.theta(number), new, ends, COARSE)
        monthly = np.diff(came, axis=1, prepend=0.0) * (1 + rate) ** (-(ends - ends[0] / 2) / 365)
        made.append(np.vstack([np.zeros(many), monthly.cumsum(axis=1).T]))
    return np.array(made)


def worth_table(worth: Worth, group: pd.Series) -> pd.DataFrame:
    """One row per group, the most worth first: customers, first (margin of the first order), year, and low and high of its 90% interval."""
    year = worth.year
    low, high = np.quantile(year, [0.05, 0.95], axis=0)
    table = pd.DataFrame({
        "group": worth.groups,
        "customers": group.value_counts().reindex(worth.groups).to_numpy(),
        "first": worth.margin[:, 0].mean(axis=0),
        "year": year.mean().to_numpy(),
        "low": low,
        "high": high,
    })  # fmt: skip
    return table.sort_values("year", ascending=False, ignore_index=True)


def better(worth: Worth) -> pd.DataFrame:
    """The probability that a new customer of one group (down) is worth more than one of another (across); NaN for itself."""
    year = worth.year.to_numpy()
    share = (year[:, :, None] > year[:, None, :]).mean(axis=0)
    np.fill_diagonal(share, np.nan)
    return pd.DataFrame(share, worth.groups, worth.groups)


def payback_months(worth: Worth, cost: pd.Series) -> pd.DataFrame:
    """Of each group with a cost of winning a customer, the month by which the mean customer has brought it, and a 90% interval.

    cost: by group, in currency. 0: with the first order. Infinite where a year is not enough.
    """
    priced = [name for name in worth.groups if cost.get(name, np.nan) > 0]
    rows = []
    for name in priced:
        paid = worth.margin[:, :, worth.groups.index(name)] >= cost[name]
        month = np.where(paid.any(axis=1), paid.argmax(axis=1), np.inf)
        rows.append(
            (name, float(cost[name]), *(float(np.quantile(month, q, method="inverted_cdf")) for q in (0.5, 0.05, 0.95)))
        )
    return pd.DataFrame(rows, columns=["group", "cost", "months", "low", "high"])
