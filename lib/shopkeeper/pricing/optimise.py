"""The price list that earns most: expected contribution over what is known of elasticities, under the brand's rules."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.pricing.best_prices import Market, gained, sales, search
from shopkeeper.pricing.ladder import allowed, bounds
from shopkeeper.pricing.rules import Rules
from shopkeeper.tables import DataError, offenders

Floats = NDArray[np.float64]

_CHOSEN_BY = 60  # draws that prices are chosen by; the others tell what that brings, and know nothing of the choice
_ROUNDS = 3  # in which what is not safe goes back to today's price and the rest is chosen anew


@dataclass(frozen=True)
class Demand:
    """What is known of demand over the horizon, draws × SKUs in the order of the offers.

    units: at today's prices; beside: elasticity beside the others of the market; power: how far the market follows all its prices.
    """

    units: Floats
    beside: Floats
    power: Floats


@dataclass(frozen=True)
class PriceList:
    """rows: one per offer, with
        new               what to ask: the price that earns most where that is safe, else today's; best: what earns most, safe or not
        gain, low, high   of new, or where it is today's of best, alone, the safe ones being made: currency over the horizon, 90%;
                          probability of a gain
        units, new_units  expected over the horizon, at today's price and at new; own: elasticity of its units to its own price, mean
        is_safe           to be done: the gain is as probable as the rules ask for
        is_bound          the step stops it, not demand: units hardly answer, or the best price lies beyond
        is_waiting        it would be done, but for the brand's price level
        is_stuck          no price keeps the rules, today's neither
    gains, own: draws × SKUs, what a change brings alone, and the elasticity to its own price; total: draws of what the safe changes bring together (currency over the horizon).
    """

    rows: pd.DataFrame
    gains: Floats
    own: Floats
    total: Floats

    @property
    def safe(self) -> pd.DataFrame:
        """The changes to make, the largest gain first."""
        return self.rows[self.rows.is_safe].sort_values("gain", ascending=False, ignore_index=True)


def price_list(offers: pd.DataFrame, demand: Demand, rules: Rules) -> PriceList:
    """The prices that earn most over the horizon.

    offers: one row per SKU: sku, market (a number; 0: without substitutes), price (today's), before (half a year ago), kept (of one unit of price, what stays with the
    brand), cost (of a unit sold, whatever its price), stock (units that can be sold; infinite where not counted), competitor (NaN: none),
    is_tried (whether its price was ever another, without which no change of it is safe).
    DataError for prices or shares that are not above 0, and costs below it.
    """
    _check(offers)
    today, table = offers.price.to_numpy(np.float64), allowed(offers, rules)
    tried = offers.is_tried.to_numpy(bool)
    chosen, told = _split(demand, slice(None, _CHOSEN_BY)), _split(demand, slice(_CHOSEN_BY, None))
    best = _searched(offers, chosen, table, today)
    safe = best if tried.all() else _searched(offers, chosen, np.where(tried[:, None], table, np.nan), today)
    is_safe = _are_safe(offers, told, rules, safe)
    for _ in range(_ROUNDS):
        if (is_safe == (safe != today)).all():
            break
        safe = _searched(offers, chosen, np.where(is_safe[:, None], table, np.nan), today)
        is_safe = _are_safe(offers, told, rules, safe)
    fit = np.where(is_safe, safe, today)
    level = _level(offers, told, rules, (today, fit))
    new = np.where(_are_safe(offers, told, rules, level), level, today)
    least, most = bounds(offers, rules)
    return _listed(offers.assign(is_stuck=least > most), told, (best, fit, new), table)


def _are_safe(offers: pd.DataFrame, demand: Demand, rules: Rules, price: Floats) -> NDArray[np.bool_]:
    """Whether a price is another than today's, and gains as probably as the rules ask for."""
    today = offers.price.to_numpy(np.float64)
    gain = _gains(offers, demand, price, today)
    return np.asarray((price != today) & ((gain > 0).mean(axis=0) >= rules.certain))


def _level(offers: pd.DataFrame, demand: Demand, rules: Rules, prices: tuple[Floats, Floats]) -> Floats:
    """The safe prices, less the changes that bring least for what they move, until the brand's prices move no further than they may, and are no
    further from those of half a year ago. Where they are already, they go no further.
    """
    today, safe = prices
    if rules.level is None:
        return safe
    value = today * demand.units.mean(axis=0)
    share = value / max(float(value.sum()), 1e-9)
    moved, since = np.log(safe / today) * share, float(np.log(today / offers.before.to_numpy()) @ share)
    total = float(moved.sum())
    room = min(max(rules.level - np.sign(total) * since, 0.0), rules.level)
    gain = _gains(offers, demand, safe, today).mean(axis=0)
    order = np.argsort(np.where(moved * total > 0, gain / np.maximum(np.abs(moved), 1e-12), np.inf), kind="stable")
    left = abs(total) - np.r_[0.0, np.cumsum(np.abs(moved[order]))]
    drop = order[: int((left > room).sum())]
    kept = safe.copy()
    kept[drop] = today[drop]
    return kept


def contribution(offers: pd.DataFrame, demand: Demand, price: Floats) -> Floats:
    """Draws: what all SKUs earn over the horizon at these prices (currency)."""
    worth = offers.kept.to_numpy() * price - offers.cost.to_numpy()
    return np.asarray(units_at(offers, demand, price) @ worth)


def units_at(offers: pd.DataFrame, demand: Demand, price: Floats) -> Floats:
    """Draws × SKUs: units sold over the horizon at these prices."""
    made = np.empty(demand.units.shape)
    for here, market in _markets(offers, demand):
        made[:, here] = np.asarray(sales(price[here], market))
    return made


def _split(demand: Demand, draws: slice) -> Demand:
    """Some of the draws; all where there are too few to be told apart."""
    if len(demand.units) < 2 * _CHOSEN_BY:
        return demand
    return Demand(demand.units[draws], demand.beside[draws], demand.power[draws])


def _markets(offers: pd.DataFrame, demand: Demand) -> Iterator[tuple[NDArray[np.int64], Market]]:
    """By market its rows and what is known of it; SKUs without substitutes each by itself."""
    market = offers.market.to_numpy(np.int64)
    own = np.where(market == 0, market.max(initial=0) + 1 + np.arange(len(market)), market)
    order = np.argsort(own, kind="stable")
    columns = [offers[name].to_numpy(np.float64) for name in ("price", "kept", "cost", "stock")]
    for here in np.split(order, np.flatnonzero(np.diff(own[order])) + 1):
        now, kept, cost, stock = (column[here] for column in columns)
        draws = [np.ascontiguousarray(table[:, here]) for table in (demand.beside, demand.units)]
        power = np.ascontiguousarray(demand.power[:, here[0]])
        yield here, Market(now, draws[0], power, draws[1], kept, cost, stock)


def _searched(offers: pd.DataFrame, demand: Demand, table: Floats, start: Floats) -> Floats:
    made = start.copy()
    for here, market in _markets(offers, demand):
        made[here] = search(start[here], table[here], market)
    return made


def _gains(offers: pd.DataFrame, demand: Demand, price: Floats, other: Floats) -> Floats:
    """Draws × SKUs: what a SKU's price brings beside its other one, the rest having these prices."""
    made = np.empty(demand.units.shape)
    for here, market in _markets(offers, demand):
        made[:, here] = gained(price[here], other[here], market)
    return made


def _listed(offers: pd.DataFrame, demand: Demand, prices: tuple[Floats, Floats, Floats], table: Floats) -> PriceList:
    """prices: what earns most, what of it is safe, and what of that keeps the brand's level; table: those allowed."""
    (best, fit, new), today = prices, offers.price.to_numpy(np.float64)
    is_new = new != today
    gain = np.where(is_new, 1, -1) * _gains(offers, demand, new, np.where(is_new, today, best))
    own, (low, high) = _own(offers, demand), np.quantile(gain, [0.05, 0.95], axis=0)
    rows = offers.assign(
        new=new, best=best, gain=gain.mean(axis=0), low=low, high=high, probability=(gain > 0).mean(axis=0),
        own=own.mean(axis=0), units=demand.units.mean(axis=0), new_units=units_at(offers, demand, new).mean(axis=0),
        is_safe=is_new, is_waiting=(fit != today) & ~is_new, is_bound=_is_bound(today, np.where(is_new, new, best), table),
    )  # fmt: skip
    together = contribution(offers, demand, new) - contribution(offers, demand, today)
    return PriceList(rows, gain, own, together)


def _own(offers: pd.DataFrame, demand: Demand) -> Floats:
    """Draws × SKUs: elasticity of units to the own price: what a percent does beside the others, less what it takes of its own market."""
    made = np.empty(demand.units.shape)
    for here, market in _markets(offers, demand):
        share = market.units / np.maximum(market.units.sum(axis=1, keepdims=True), 1e-9)
        made[:, here] = market.beside * (1 - (1 - market.power[:, None]) * share)
    return made


def _is_bound(today: Floats, new: Floats, table: Floats) -> NDArray[np.bool_]:
    """Whether no allowed price lies beyond the one that was found."""
    ends = np.stack([np.nanmin(table, axis=1, initial=np.inf), np.nanmax(table, axis=1, initial=-np.inf)])
    return np.asarray((new != today) & ((new <= ends[0] + 1e-9) | (new >= ends[1] - 1e-9)))


def _check(offers: pd.DataFrame) -> None:
    for name, is_wrong in (
        ("price", ~(offers.price > 0)), ("kept", ~(offers.kept > 0)), ("cost", ~(offers.cost >= 0)), ("stock", ~(offers.stock >= 0)),
    ):  # fmt: skip
        if is_wrong.any():
            raise DataError(
                f"price list: {name} of {int(is_wrong.sum())} of {len(offers)} SKUs is not a number that a price can be found by "
                f"({offenders(list(offers['sku'][is_wrong]))}). Prices and what is kept of them lie above 0, costs and stock at 0 or above: "
                "correct them, or leave these SKUs out."
            )
