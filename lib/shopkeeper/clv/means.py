"""Means of groups: what the first and a later order day of each brings, and how far that may be off."""

import numpy as np
import pandas as pd

from shopkeeper.clv.models import Floats

FEWEST = 5  # customers with repeat orders, from which a group's mean amount has an error
_TRUST = 20  # customers that what all groups say of the spread between customers counts for
_WHOLE = 0.01  # share of a group's orders that is taken to be other customers', at least
_GRID = 41  # of how far groups may lie apart


def first_and_later(
    history: pd.DataFrame, group: pd.Series, names: list[str], size: int, seed: int
) -> tuple[Floats, Floats]:
    """Draws (down) of the true mean margin of a first and of a later order day of each group (across).

    history: of purchase_history, by customer_id; group: of each, one of names. Both are means over the same customers: one who
    spends much at first does so later, so both are off together.
    """
    draw = np.random.default_rng(seed)
    once, later = pd.Series(1.0, history.index), (history.margin * history.frequency).fillna(0.0)
    together = _together(history, later, group).reindex(names).to_numpy(np.float64)
    normal = draw.normal(size=(2, size, len(names)))
    normal[1] = together * normal[0] + np.sqrt(1 - together**2) * normal[1]
    means = [ratio_means(history.first_margin, once, group, names), ratio_means(later, history.frequency, group, names)]
    first, again = (shared_means(*each, turns, draw) for each, turns in zip(means, normal, strict=True))
    return first, again


def ratio_means(amount: pd.Series, n: pd.Series, group: pd.Series, names: list[str]) -> tuple[Floats, Floats]:
    """Of each group, the mean of an order, and its error, customers being what is drawn by chance; NaN for too few.

    amount: what the n orders of each customer brought. Where few customers make most orders, their own spread says little of
    itself: a group's variance between customers is drawn to that of all groups, and each customer counts as one who is left out.
    Source: the ratio estimator, Cochran (1977), Sampling Techniques, ch. 6; leverage, MacKinnon & White (1985), J. Econometrics 29.
    """
    table = pd.DataFrame({"amount": amount.fillna(0.0), "n": n.astype("float64")})
    sums = table.groupby(group).sum().reindex(names)
    mean = sums.amount / sums.n.where(sums.n > 0)
    off = (table.amount - table.n * group.map(mean).astype("float64")).fillna(0.0)
    part = table.n / group.map(sums.n).astype("float64")
    alike = (part**2).groupby(group).sum().reindex(names)  # one over as many customers as they are worth
    own = (off**2 / (1 - part).clip(lower=_WHOLE)).groupby(group).sum().reindex(names) / (sums.n**2 * alike)
    known = (table.n > 0).groupby(group).sum().reindex(names) >= FEWEST
    many = (1 / alike - 1).where(known, 0.0)
    middle = (many * own).sum() / many.sum() if many.sum() > 0 else float("nan")
    error = np.sqrt((many * own + _TRUST * middle) / (many + _TRUST) * alike)
    return mean.where(known).to_numpy(np.float64), error.where(known).to_numpy(np.float64)


def _together(history: pd.DataFrame, later: pd.Series, group: pd.Series) -> pd.Series:
    """By group, the correlation of what is off in the first order day of a customer with what is off in all later ones; 0 for too few."""
    first = history.first_margin - history.first_margin.groupby(group).transform("mean")
    mean = later.groupby(group).transform("sum") / history.frequency.groupby(group).transform("sum")
    again = (later - history.frequency * mean).fillna(0.0)
    products = pd.DataFrame({"both": first * again, "first": first**2, "again": again**2}).groupby(group).sum()
    known = (history.frequency > 0).groupby(group).sum() >= FEWEST
    return (products.both / np.sqrt(products["first"] * products.again)).where(known).fillna(0.0).clip(-1, 1)


def shared_means(mean: Floats, error: Floats, normal: Floats, draw: np.random.Generator) -> Floats:
    """Draws (down) of groups' true means (across), which are normal about one middle; of a group without a mean, drawn from these.

    normal: draws of a standard normal, of the same shape. How far they lie apart is weighed by how likely it makes what was seen,
    between 0 and three times what was seen.
    Source: Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., 5.4.
    """
    size = len(normal)
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
    return np.asarray(centre[:, None] + trust * (at - centre[:, None]) + deviation * normal)
