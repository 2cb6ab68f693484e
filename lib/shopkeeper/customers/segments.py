"""Segments: how many ways of buying the data bear out, and who buys in which."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.customers.behaviour import ATTRIBUTE, DAYS, behaviour
from shopkeeper.customers.mixture import Evidence, Floats, Mixture, bic, fit, memberships, tell
from shopkeeper.customers.past import Past

ENOUGH_DAYS = 3  # order days from which it shows how somebody buys
STABLE = 0.75  # Jaccard from which a segment is taken for one. Source: Hennig (2007), CSDA 52(1), 258-271
MOST_SEGMENTS = 8
FEWEST = 200  # customers known well enough, below which no segments are looked for
_DRAWS = 20  # bootstrap samples of customers
_LARGEST = 5_000  # customers that the mixture is learnt from
_SMALLEST_SHARE = 0.03
_CATEGORIES = 12  # told apart; the rest are one
_VALUES = 4  # of an attribute, above which it tells customers' chance more than their liking
OTHER = "…"  # every other category


@dataclass(frozen=True)
class Segmentation:
    """A mixture whose every segment comes back when customers are drawn anew.

    jaccard: of each segment, 0–1. bic: by number of segments tried.
    """

    mixture: Mixture
    jaccard: Floats
    bic: pd.Series


def known_customers(past: Past, day: dt.date) -> Evidence:
    """Evidence, at the end of that day, of every customer with three order days or more in the two years before.

    What they spend counts where only orders are known; where lines are, what is in the basket says it better.
    """
    shop = past.shop.seen_on(day)
    amounts = shop.load(rhythm(shop.orders, day)).set_index("customer_id")
    choices = shop.load(behaviour(shop, past.things(day)))
    return tell(_clearer(choices), amounts.drop(columns="spend") if shop.has("order_lines") else amounts)


def rhythm(orders: ir.Table, as_of: dt.date) -> ir.Table:
    """One row per customer with three order days or more: customer_id, and on a log scale gap, gap_spread, spend.

    gap         mean log of the days between order days
    gap_spread  standard deviation of the same: small for a regular customer
    spend       mean log of net_revenue per order day, where it is above 0
    """
    day = orders.ordered_at.date()
    recent = orders.filter(orders.customer_id.notnull() & (day > ibis.literal(as_of - dt.timedelta(days=DAYS))))
    daily = recent.group_by("customer_id", day=recent.ordered_at.date()).agg(paid=recent.net_revenue.sum())
    before = daily.day.lag().over(group_by="customer_id", order_by="day")
    daily = daily.mutate(gap=daily.day.delta(before, unit="day").log())
    spend = (daily.paid > 0).ifelse(daily.paid, ibis.null("float64")).log()
    daily = daily.mutate(spend=spend)
    told = daily.group_by("customer_id").agg(
        days=daily.count(), gap=daily.gap.mean(), gap_spread=daily.gap.std(how="pop"), spend=spend.mean()
    )
    return told.filter(told.days >= ENOUGH_DAYS).drop("days")


def find_segments(evidence: Evidence, seed: int) -> Segmentation | None:
    """As many segments as the customers bear out: the most, up to the best by BIC, that each come back in nine of ten redraws.

    BIC alone goes on splitting: people within a segment differ too, and it takes every lasting difference for one.
    None when not even two come back.
    """
    draw = np.random.default_rng(seed)
    rows = np.arange(len(evidence.customers))
    if len(rows) < FEWEST:
        return None
    if len(rows) > _LARGEST:
        evidence = evidence.some(np.sort(draw.choice(rows, _LARGEST, replace=False)))
    fits, scores = _of_each_size(evidence, seed)
    for size in range(int(scores.idxmin()), 1, -1):
        if fits[size].weights.min() < _SMALLEST_SHARE:
            continue
        draws = _redraws(fits[size], evidence, draw)
        if np.quantile(draws, 0.1, axis=0).min() >= STABLE:
            order = np.argsort(-fits[size].weights)
            return Segmentation(_reordered(fits[size], order), draws.mean(axis=0)[order], scores)
    return None


def _of_each_size(evidence: Evidence, seed: int) -> tuple[dict[int, Mixture], pd.Series]:
    """A mixture of each size and its BIC, until two more segments in a row have raised it, or MOST_SEGMENTS is reached."""
    fits: dict[int, Mixture] = {}
    scores: dict[int, float] = {}
    for size in range(1, MOST_SEGMENTS + 1):
        fits[size] = fit(evidence, size, seed)
        scores[size] = bic(fits[size], evidence)
        if size - min(scores, key=scores.__getitem__) == 2:
            break
    return fits, pd.Series(scores, name="bic")


def _redraws(mixture: Mixture, evidence: Evidence, draw: np.random.Generator) -> Floats:
    """Draws × segments: Jaccard with the most like segment when customers are drawn anew; ends early when hopeless."""
    labels = memberships(mixture, evidence).argmax(axis=1)
    found: list[Floats] = []
    for _ in range(_DRAWS):
        drawn, times = np.unique(draw.integers(0, len(labels), len(labels)), return_counts=True)
        some = evidence.some(drawn)
        anew = fit(some, mixture.size, int(draw.integers(2**31)), times.astype(np.float64))
        again = memberships(anew, some).argmax(axis=1)
        found.append(overlap(labels[drawn], again, mixture.size).max(axis=1))
        if (np.array(found) < STABLE).sum(axis=0).max() > _DRAWS / 10:
            break
    return np.array(found)


def overlap(first: np.ndarray, second: np.ndarray, size: int) -> Floats:
    """Jaccard of each label of `first` (rows) with each of `second`: shared customers by customers in either."""
    both = np.zeros((size, size))
    np.add.at(both, (first, second), 1.0)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
    return np.asarray(both / np.maximum(either, 1.0), np.float64)


def _reordered(mixture: Mixture, order: np.ndarray) -> Mixture:
    return Mixture(mixture.weights[order], mixture.chances[order], mixture.means[order], mixture.variances[order])


def _clearer(choices: pd.DataFrame) -> pd.DataFrame:
    """The choices with all but the twelve commonest categories as one, and without attributes of many values."""
    of = choices.question == "category"
    common = choices[of].groupby("choice").times.sum().nlargest(_CATEGORIES).index
    values = choices.groupby("question").choice.transform("nunique")
    is_unclear = choices.question.str.startswith(ATTRIBUTE) & (values > _VALUES)
    return choices.assign(choice=choices.choice.mask(of & ~choices.choice.isin(common), OTHER))[~is_unclear]
