"""Replenishment: for each shelf, how much to order today so that it lasts until the order after can arrive."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.ledger import Ledger, arrivals, keep
from shopkeeper.demand.policy import at_chance, lead_days, order_units

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REVIEW = 7  # days from one order to the next
SOON = 14  # days in which sales at risk are counted
UNDER_WAY = 3  # days that goods are under way from one warehouse to another
HOLDING = 0.25  # of a unit's cost a year: capital, room, insurance
LONGEST = 56  # days looked ahead; leads beyond them are cut
SUREST, _LEAST_SURE = 0.99, 0.80  # no shelf is planned to be safer, or less safe
LEAST_GAIN = 0.01  # of a line's money: what brings less within a week is not worth its paperwork
_BLOCK = 2_000_000  # cells of paths × shelves handled at once


@dataclass(frozen=True)
class Terms:
    """What the order list is made for. service: the chance that a shelf lasts until the next order; None: what pays best.

    holding: cost of holding a unit, share of its cost a year; review: days between orders.
    """

    service: float | None = None
    holding: float = HOLDING
    review: int = REVIEW


def extended(paths: NDArray[np.int32], days: int = LONGEST) -> NDArray[np.int32]:
    """Paths beyond their last day: days of their last two weeks, of other paths, so that no path repeats itself."""
    missing = days - paths.shape[2]
    if missing <= 0:
        return paths[:, :, :days]
    fortnight = np.roll(paths[:, :, -14:], 1, axis=0)
    more = np.concatenate([np.roll(fortnight, turn, axis=0) for turn in range(-(-missing // 14))], axis=2)
    return np.concatenate([paths, more[:, :, :missing]], axis=2)


def of_shelves(paths: NDArray[np.int32], shelves: pd.DataFrame, seed: int) -> Ints:
    """Each shelf's part of its SKU's paths, units drawn one by one: paths × shelves × days. Of one SKU they add up."""
    luck = np.random.default_rng(seed)
    rows = shelves.reset_index(drop=True)
    made = np.empty((len(paths), len(rows), paths.shape[2]), np.int64)
    for _, group in rows.groupby("place"):
        rest, left = paths[:, group.place.iloc[0]].astype(np.int64), 1.0
        for at, share in zip(group.index, group.share, strict=True):
            chance = 1.0 if at == group.index[-1] else min(share / max(left, 1e-9), 1.0)
            made[:, at] = rest if chance >= 1 else luck.binomial(rest, chance)
            rest, left = rest - made[:, at], left - share
    return made


def service_that_pays(shelves: pd.DataFrame, terms: Terms) -> Floats:
    """By shelf the chance of lasting at which one more unit costs as much as it brings (the newsvendor's critical ratio)."""
    if terms.service is not None:
        return np.full(len(shelves), terms.service)
    margin = (shelves.price - shelves.unit_cost).clip(lower=0).to_numpy()
    spoils = np.where(shelves.shelf_days > 0, terms.review / shelves.shelf_days, 0.0)
    over = shelves.unit_cost.to_numpy() * (terms.holding * terms.review / 365 + spoils)
    return np.asarray(np.clip(margin / np.maximum(margin + over, 1e-9), _LEAST_SURE, SUREST))


@dataclass(frozen=True)
class OrderList:
    """What to order today. lines: one row a shelf, see order_list.

    at_risk, gain: paths, of all shelves together, currency: net revenue lost within 14 days without an order, and what the list brings.
    """

    lines: pd.DataFrame
    at_risk: Floats
    gain: Floats


def order_list(shelves: pd.DataFrame, wanted: Ints, terms: Terms, seed: int) -> OrderList:
    """What to order for each shelf, and what it saves; one row a shelf, in their order.

    wanted: paths × shelves × days, of of_shelves. Goods on order arrive at a moment within a lead time that is as likely as any other.

    Its lines are shelves with: units, money (currency) to order; service (planned); daily (mean units a day); cover (days that
    on_hand lasts); up_to (units on hand and on order that an order fills up to), safety (of them beyond what is expected); risk, at_risk:
    chance of a stock-out within 14 days without an order, and the net revenue lost to it (currency); late: what of it no order of today can save; lost_without, lost_with: units
    lost until the next order's arrival; gain, gain_low, gain_high: margin saved by then less the cost of holding until then, against ordering
    next week, with its 90% interval. Where no service is asked for, a line that should not gain 1% of its money is left for next week.
    """
    each = max(1, _BLOCK // (wanted.shape[0] * wanted.shape[2]))
    service = service_that_pays(shelves, terms)
    parts = []
    for start in range(0, len(shelves), each):
        block = slice(start, start + each)
        parts.append(_ordered(shelves.iloc[block], wanted[:, block], service[block], terms, seed + start))
    if not parts:
        return OrderList(shelves.assign(units=0), np.zeros(0), np.zeros(0))
    risk, gain = (np.sum([getattr(part, name) for part in parts], axis=0) for name in ("at_risk", "gain"))
    return OrderList(pd.concat([part.lines for part in parts]), risk, gain)


class Standing(NamedTuple):
    """Paths × shelves, units: lost from when goods of another warehouse could be there until today's order could; spare once all is sold until
    next week's can, below 0 what an order has to bring.
    """

    lost: Ints
    spare: Ints


def standing(shelves: pd.DataFrame, wanted: Ints, terms: Terms, seed: int) -> Standing:
    """How shelves stand without an order; wanted: as of order_list."""
    run = _run(shelves, wanted, terms, seed)
    lost = _during(run.without.lost, np.minimum(UNDER_WAY, run.when.first), run.when.first)
    return Standing(lost, -run.need)


def _ordered(shelves: pd.DataFrame, wanted: Ints, service: Floats, terms: Terms, seed: int) -> OrderList:
    """The order list of some shelves."""
    run = _run(shelves, wanted, terms, seed)
    units = order_units(run.need, service, shelves.moq.to_numpy(), shelves.case_pack.to_numpy())
    lost, kept, gain = compared(run, shelves, units, terms)
    money = units * shelves.unit_cost.to_numpy()
    if terms.service is None:
        # A smallest order can cost more to hold for a week than it saves: it waits. Half of the paths choose, so that the others tell
        # without favour what the chosen lines bring.
        pays = gain[::2].mean(axis=0) > LEAST_GAIN * money
        units, money = np.where(pays, units, 0), np.where(pays, money, 0.0)
        gain, kept = np.where(pays, gain, 0.0), np.where(pays, kept, lost)
    gain = gain[1::2]
    short = at_chance(run.need, service)
    lines = _told(shelves, wanted, run.without).assign(
        units=units,
        money=money,
        late=_during(run.without.lost, np.zeros_like(run.when.first), np.minimum(run.when.first, SOON)).mean(axis=0)
        * shelves.price.to_numpy(),
        service=service,
        up_to=np.maximum(shelves.on_hand + shelves.on_order + short, 0).round(),
        safety=np.maximum(short - run.need.mean(axis=0), 0).round(),
        lost_without=lost.mean(axis=0),
        lost_with=kept.mean(axis=0),
        gain=gain.mean(axis=0),
        gain_low=np.quantile(gain, 0.05, axis=0),
        gain_high=np.quantile(gain, 0.95, axis=0),
    )
    at_risk = run.without.lost[:, :, :SOON].sum(axis=2) @ shelves.price.to_numpy()
    return OrderList(lines, at_risk, gain.sum(axis=1))


class Run(NamedTuple):
    """Shelves without an order: when things arrive, what is wanted and on its way (paths × shelves × days), what becomes of the stock, and the
    units (paths × shelves) that an order has to bring so that all lasts until the next one's arrival; below 0 what is spare.
    """

    when: "Moments"
    wanted: Ints
    coming: Ints
    without: Ledger
    need: Ints


def _run(shelves: pd.DataFrame, wanted: Ints, terms: Terms, seed: int) -> Run:
    when = _moments(shelves, wanted.shape, terms, np.random.default_rng(seed))
    hand = np.floor(shelves.on_hand.to_numpy()).astype(np.int64)
    coming = arrivals(shelves.on_order.round().to_numpy(np.int64), when.on_way, wanted.shape[2])
    without = keep(wanted, hand, coming)
    before = np.where(when.first > 0, _at(without.stock, np.maximum(when.first - 1, 0)), hand)
    return Run(when, wanted, coming, without, _during(wanted - coming, when.first, when.after) - before)


def compared(run: Run, shelves: pd.DataFrame, units: Ints, terms: Terms) -> tuple[Ints, Ints, Floats]:
    """Until the next order's arrival, paths × shelves: units lost without and with what is ordered; margin saved less the cost of holding, and
    of what spoils.
    """
    hand = np.floor(shelves.on_hand.to_numpy()).astype(np.int64)
    ordered = keep(run.wanted, hand, run.coming + arrivals(units, run.when.first, run.wanted.shape[2]))
    lost, kept = (
        _during(ledger.lost, np.zeros_like(run.when.after), run.when.after) for ledger in (run.without, ordered)
    )
    held = _during(ordered.stock - run.without.stock, run.when.first, run.when.after)
    margin, cost = (shelves.price - shelves.unit_cost).to_numpy(), shelves.unit_cost.to_numpy()
    spoils = run.when.first + shelves.shelf_days.fillna(LONGEST).to_numpy().astype(np.int64)
    more = np.pad(
        ordered.stock - run.without.stock, ((0, 0), (0, 0), (0, 1))
    )  # beyond the last day nothing is known to spoil
    spoilt = _at(more, np.minimum(spoils - 1, more.shape[2] - 1))
    return lost, kept, np.asarray(margin * (lost - kept) - cost * (terms.holding / 365 * held + spoilt))


class Moments(NamedTuple):
    """Paths × shelves, day numbers from 0: on which today's order arrives, the next one's does, and what is on its way does."""

    first: Ints
    after: Ints
    on_way: Ints


def _moments(shelves: pd.DataFrame, shape: tuple[int, ...], terms: Terms, luck: np.random.Generator) -> Moments:
    mean, sd = shelves.lead_days_mean.to_numpy(float), shelves.lead_days_sd.to_numpy(float)
    # An order of this evening with a lead of one day is there on day 0.
    first, later, other = (lead_days(mean, sd, shape[0], luck) - 1 for _ in range(3))
    first = np.minimum(first, shape[2] - terms.review - 1)
    after = np.clip(terms.review + later, first + 1, shape[2])
    return Moments(first, after, np.floor((other + 1) * luck.random(other.shape)).astype(np.int64))


def _at(table: Ints, day: Ints) -> Ints:
    return np.asarray(np.take_along_axis(table, day[:, :, None], axis=2)[:, :, 0])


def _during(table: Ints, start: Ints, end: Ints) -> Ints:
    """Sums from the day start to the one before end."""
    sums = np.concatenate([np.zeros((*table.shape[:2], 1), table.dtype), table.cumsum(axis=2)], axis=2)
    return _at(sums, end) - _at(sums, start)


def _told(shelves: pd.DataFrame, wanted: Ints, without: Ledger) -> pd.DataFrame:
    """What is known of each shelf without an order."""
    lost = without.lost[:, :, :SOON]
    daily = wanted[:, :, :HORIZON].mean(axis=(0, 2))
    return shelves.assign(
        daily=daily,
        cover=shelves.on_hand.to_numpy() / np.maximum(daily, 1e-9),
        risk=(lost.sum(axis=2) > 0).mean(axis=0),
        at_risk=lost.sum(axis=2).mean(axis=0) * shelves.price.to_numpy(),
    )
