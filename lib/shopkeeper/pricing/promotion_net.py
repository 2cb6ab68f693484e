"""The net effect of promotions on one measure: on their days, on the days around, and later, of customers whom they brought."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.pricing.promotion_baseline import AFTER, BEFORE, DRAWS, Baseline, Spans, fit_baseline
from shopkeeper.pricing.promotion_days import PromotionDays

Floats = NDArray[np.float64]

_AROUND = 28  # days on both sides whose ordinary days tell how large a promotion is
_SMALLEST, _LARGEST = 0.25, 3.0  # size of a promotion beside the mean of all
_HANG = 10.0  # days over which the share of customers brought before is smoothed
_MOST_BROUGHT = 0.9
_UNSURE = 0.3  # of what empty shelves lost in promotions, in logs: in simulated brands unconstrained demand found two thirds to all of it


class Net(NamedTuple):
    """Draws × promotions: during (its days), pulled (missed around it), later (by customers whom it brought), usual (what would have sold on its days)."""

    during: Floats
    pulled: Floats
    later: Floats
    usual: Floats

    @property
    def net(self) -> Floats:
        """All that it changed."""
        return np.asarray(self.during + self.later - self.pulled)


class Shelves(NamedTuple):
    """sold: what promotions changed of what sold, shelves as they were; wanted: of what was wanted, had every shelf been full, with and without them."""

    sold: Net
    wanted: Net


def spans_of(told: PromotionDays) -> Spans:
    """Days of the promotions, and by how much each lifts its days above the ordinary ones around it, beside the others."""
    first, last = (told.events[name].to_numpy(np.int64) for name in ("first", "last"))
    orders, plain, lifts = told.totals.orders.to_numpy(), ~told.is_promoted, []
    for start, end in zip(first, last, strict=True):
        around = slice(max(start - _AROUND, 0), end + _AROUND + 1)
        usual = orders[around][plain[around]]
        usual = usual if len(usual) else orders[plain]
        lifts.append(orders[max(start, 0) : end + 1].mean() / max(usual.mean(), 1e-9) - 1)
    size = np.clip(lifts, 0.05, None)
    return Spans(first, last, np.clip(size / size.mean(), _SMALLEST, _LARGEST))


def new_by_promotion(told: PromotionDays, spans: Spans, seed: int) -> Floats:
    """Draws × promotions: of customers whose first order fell on its days, the share beyond those who would have come then; 0 where all are guests."""
    came = told.totals.first_orders.to_numpy()
    if came.sum() == 0:
        return np.zeros((DRAWS, len(spans.first)))
    base = _fit(told, spans, (came, told.met_of("orders"), np.zeros(len(came))), seed)
    usual = _usually_met(came, told.met_of("orders"), ~told.is_promoted) * _usual(base, spans, seed)
    whole = summed_within(came, spans)
    return np.asarray((whole - usual) / np.maximum(whole, 1.0))


def fit_net(told: PromotionDays, name: str, known: tuple[Spans, Floats], seed: int) -> Shelves:
    """What promotions changed of one measure. known: their spans, and the shares of new customers that they brought.

    Without a promotion shelves would have held what they do on ordinary days: when goods would have been ordered, and what would have run out for it,
    is the buyer's, and not known.
    """
    (spans, brought), series, met = known, told.totals[name].to_numpy(), told.met_of(name)
    later, squares = _of_new(told, spans, name)
    base = _fit(told, spans, (series, met, _lifted(series, brought.mean(axis=0) @ later, ~told.is_promoted)), seed)
    usual, luck = _usual(base, spans, seed), np.random.default_rng(seed + 1)
    missed = np.stack([_missed(base, spans, number) for number in range(len(spans.first))], axis=1)
    pulled = luck.normal(missed, np.sqrt(base.spread * np.abs(missed)))
    # Of the customers who came, which ones it brought is luck too.
    mixed = np.clip(brought * (1 - brought), 0, None) * squares
    after = luck.normal(brought * later.sum(axis=1), np.sqrt(mixed))
    here, wanted = _usually_met(series, met, ~told.is_promoted), series / met
    more = (later / met).sum(axis=1) / np.maximum(later.sum(axis=1), 1e-9)
    return Shelves(
        Net(summed_within(series, spans) - here * usual, here * pulled, after, here * usual),
        Net(summed_within(series, spans) + _missing(wanted - series, spans, seed) - usual, pulled, more * after, usual),
    )


def _missing(lost: Floats, spans: Spans, seed: int) -> Floats:
    """Draws × promotions: what was wanted on its days and not there; how much is told by what other days and SKUs sold, alike wrong for all."""
    off = np.random.default_rng(seed + 2).normal(0.0, _UNSURE, (DRAWS, 1))
    return np.asarray(np.exp(off) * summed_within(lost, spans))


def _usually_met(series: Floats, met: Floats, plain: NDArray[np.bool_]) -> float:
    """Of what is wanted on days without a promotion, the share that is there."""
    return float(series[plain].sum() / max((series / met)[plain].sum(), 1e-9))


def summed_within(series: Floats, spans: Spans) -> Floats:
    """Sum over the days of each promotion."""
    return np.array([series[spans.days(number)].sum() for number in range(len(spans.first))])


def _fit(told: PromotionDays, spans: Spans, known: tuple[Floats, Floats, Floats], seed: int) -> Baseline:
    """The baseline with full shelves, of a series, the share of it that shelves had, and what is known beforehand of its log level.

    Shelves that a promotion has emptied would look like purchases that it pulled forward.
    """
    series, met, offset = known
    base = fit_baseline(series, (told.days, told.country), (spans, offset + np.log(met)), seed)
    return replace(base, level=base.level - np.log(met))


def _usual(base: Baseline, spans: Spans, seed: int) -> Floats:
    """Draws × promotions: what would have sold on its days, with the luck that this would have had."""
    means = [base.without(number)[:, spans.days(number)].sum(axis=1) for number in range(len(spans.first))]
    mean = np.stack(means, axis=1)
    return np.random.default_rng(seed).normal(mean, np.sqrt(base.spread * mean))


def _missed(base: Baseline, spans: Spans, number: int) -> Floats:
    """Draws: what the days around a promotion missed for it."""
    days, first, last = np.arange(base.level.shape[1]), spans.first[number], spans.last[number]
    around = ((days >= first - BEFORE) & (days < first)) | ((days > last) & (days <= last + AFTER))
    changed = base.without(number)[:, around] * np.expm1(base.emptied[:, number][:, around])
    return np.asarray(-changed.sum(axis=1))


def _of_new(told: PromotionDays, spans: Spans, name: str) -> tuple[Floats, Floats]:
    """Promotions × days, and promotions: what those who first came in each did after it, and the squares of each customer's sum."""
    made, squares = np.zeros((len(spans.first), len(told.days))), np.zeros(len(spans.first))
    for number, (first, last) in enumerate(zip(spans.first, spans.last, strict=True)):
        rows = told.later[told.later.came.between(first, last) & (told.later.day > last)]
        made[number] = np.bincount(rows.day, rows[name], len(told.days))
        squares[number] = told.squares[name][told.squares.came.between(first, last)].sum()
    return made, squares


def _lifted(series: Floats, of_brought: Floats, plain: NDArray[np.bool_]) -> Floats:
    """By day, how far customers whom promotions brought before raise the log level: by their share of what sells between two promotions.

    Without it the level would be taken to rise by itself where promotions raised it, and so before them too.
    """
    share, carried = np.zeros(len(series)), 0.0
    gap = np.cumsum(np.r_[0, np.diff(plain.astype(int)) == 1])
    for number in range(int(gap.max()) + 1):
        days = np.flatnonzero(gap == number)
        ordinary = days[plain[days]]
        if len(ordinary):
            near = np.exp(-0.5 * ((ordinary[:, None] - ordinary) / _HANG) ** 2)
            share[ordinary] = near @ of_brought[ordinary] / np.maximum(near @ series[ordinary], 1e-9)
            carried = share[ordinary[-1]]
        share[days[~plain[days]]] = carried
    return np.asarray(-np.log1p(-np.clip(share, 0.0, _MOST_BROUGHT)))
