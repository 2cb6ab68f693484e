"""Groups: what a new customer of each channel, or of each first purchase, is worth, and which of two is worth more."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.clv.expected import COARSE, expected_orders
from shopkeeper.clv.models import Floats, histories
from shopkeeper.clv.posterior import Posterior
from shopkeeper.clv.value import spread

MONTHS = 12  # after the first order, that a new customer's worth is followed through
FEWEST = 5  # customers with repeat orders, from which a group's mean amount has an error
_DRAWS = 200
_GRID = 41  # of how far groups may lie apart


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


def new_customers(posterior: Posterior, history: pd.DataFrame, group: pd.Series, rate: float, seed: int) -> Worth:
    """What a new customer of each group is worth, groups being drawn to each other by how little is known of them.

    history: of purchase_history, with cell, by customer_id; group: of each of them, text. A group's customers are of
    many cells, and a new one is of each as often as those before were.
    """
    draw = np.random.default_rng(seed)
    names = sorted(group.unique())
    mix = pd.crosstab(history.cell, group, normalize="columns").reindex(columns=names)
    orders = _orders_of_new(posterior, mix, rate)
    first = shared_means(
        *_by_group(history.first_margin, history.first_margin * 0 + 1, group, names), draw, len(orders)
    )
    later = shared_means(
        *_by_group(history.margin * history.frequency, history.frequency, group, names), draw, len(orders)
    )
    return Worth(names, first[:, None, :] + orders * later[:, None, :])


def _orders_of_new(posterior: Posterior, mix: pd.DataFrame, rate: float) -> Floats:
    """By draw, month and group: repeat orders of a new customer up to then, each discounted to the first order."""
    cells = mix.index.to_numpy()
    new = histories(pd.DataFrame({"frequency": 0.0, "recency": 0.0, "T": 0.0, "cell": cells}))
    ends = np.asarray(365.0 / 12 * np.arange(1, MONTHS + 1), np.float64)
    made = []
    for number in spread(posterior, _DRAWS):
        came = expected_orders(posterior.model, posterior.theta(number), new, ends, COARSE)
        monthly = np.diff(came, axis=1, prepend=0.0) * (1 + rate) ** (-(ends - ends[0] / 2) / 365)
        made.append(np.vstack([np.zeros(mix.shape[1]), monthly.cumsum(axis=1).T @ mix.to_numpy()]))
    return np.array(made)


def _by_group(amount: pd.Series, n: pd.Series, group: pd.Series, names: list[str]) -> tuple[Floats, Floats]:
    """Of each group, the mean of an order, and its error, customers being what is drawn by chance; NaN for too few.

    Source: the ratio estimator, Cochran (1977), Sampling Techniques, ch. 6.
    """
    table = pd.DataFrame({"amount": amount.fillna(0.0), "n": n.astype("float64")})
    sums = table.groupby(group).sum().reindex(names)
    mean = sums.amount / sums.n.where(sums.n > 0)
    off = (table.amount - table.n * group.map(mean).astype("float64")).fillna(0.0)
    size = (table.n > 0).groupby(group).sum().reindex(names)
    error = np.sqrt((off**2).groupby(group).sum().reindex(names) * size / (size - 1).clip(lower=1)) / sums.n
    known = size >= FEWEST
    return mean.where(known).to_numpy(np.float64), error.where(known).to_numpy(np.float64)


def shared_means(mean: Floats, error: Floats, draw: np.random.Generator, size: int) -> Floats:
    """Draws (down) of groups' true means (across), which are normal about one middle; of a group without a mean, drawn from these.

    How far they lie apart is weighed by how likely it makes what was seen, between 0 and three times what was seen.
    Source: Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., 5.4.
    """
    known = np.isfinite(mean) & np.isfinite(error)
    if not known.any():
        return np.full((size, len(mean)), np.nan)
    m, e = mean[known], np.maximum(error[known], 1e-9 * (1 + np.abs(mean[known])))
    most = 3 * max(float(np.std(m)), float(np.min(e)))
    apart = np.linspace(0.0, most, _GRID)
    weight = 1 / (apart[:, None] ** 2 + e**2)
    middle = (weight * m).sum(axis=1) / weight.sum(axis=1)
    logs = 0.5 * (
        np.log(weight).sum(axis=1) - np.log(weight.sum(axis=1)) - (weight * (m - middle[:, None]) ** 2).sum(axis=1)
    )
    which = draw.choice(_GRID, size, p=np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum())
    centre = middle[which] + draw.normal(size=size) / np.sqrt(weight[which].sum(axis=1))
    own = np.full(len(mean), np.inf)
    own[known] = e
    at = np.where(known, mean, 0.0)
    trust = apart[which, None] ** 2 / (apart[which, None] ** 2 + own**2)
    deviation = apart[which, None] * np.sqrt(1 - trust)
    return np.asarray(
        centre[:, None] + trust * (at - centre[:, None]) + deviation * draw.normal(size=(size, len(mean)))
    )


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
