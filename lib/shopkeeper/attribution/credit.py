"""Credit: which first orders each channel brought, and how many would be lost without it.

Of an order, each channel has the share that its touches had in the hazard at that moment, and the base the rest: credit and
base are all orders, to the last digit. Without a channel, some whom it brought would have ordered later; what is lost is less.
"""

from dataclasses import dataclass

import numba
import numpy as np
import pandas as pd

from shopkeeper.attribution.hazard import Hazard
from shopkeeper.attribution.hazard_density import Parts
from shopkeeper.attribution.hazard_rows import Floats, Places, Rows, rows
from shopkeeper.attribution.person_time import AGES, PersonTime

_LAST = 30.0  # days that the open bin of ages is taken to last
_FEW = 50  # draws, enough for a mean
_AGE = 1  # place of age among a state's levels
_TOLD = ("orders", "revenue", "came", "brought", "lost", "missed", "missed_squares")
_TINY = 1e-300


@dataclass(frozen=True)
class Credit:
    """By draw (down) and channel (across); money is net_revenue of the orders, before returns.

    orders, revenue   expected credit; base_orders, base_revenue: of what comes by itself, by draw
    came, brought     the same, and who came through what drawn too
    lost, missed      orders and revenue lost if the channel were off and all else stayed, with the luck of what comes
    """

    channels: tuple[str, ...]
    orders: Floats
    revenue: Floats
    base_orders: Floats
    base_revenue: Floats
    came: Floats
    brought: Floats
    lost: Floats
    missed: Floats


def credit(hazard: Hazard, time: PersonTime, seed: int) -> Credit:
    """What each channel brought of the orders on journeys."""
    seen, luck = rows(time), np.random.default_rng(seed)
    order, channel = seen.orders.order, seen.groups.channel[seen.orders.group]
    money = time.conversions.net_revenue.to_numpy(np.float64)
    told = {name: np.zeros((len(hazard), len(hazard.channels))) for name in _TOLD}
    base = np.zeros((len(hazard), 2))
    for place in range(len(hazard)):
        part, of_base = _parts(seen, hazard.parts(place))
        row = [told[name][place] for name in _TOLD]
        _credit(part, order, channel, money, luck.random(len(of_base)), tuple(row[:4]))
        _losses(part * _stays_away(seen, hazard.parts(place), of_base, row[0]), order, channel, money, tuple(row[4:]))
        base[place] = of_base.sum(), of_base @ money
    missed = told["missed"] + luck.normal(size=told["missed"].shape) * np.sqrt(told["missed_squares"])
    return Credit(
        hazard.channels, told["orders"], told["revenue"], base[:, 0], base[:, 1], told["came"], told["brought"],
        luck.poisson(told["lost"]).astype(np.float64), np.maximum(missed, 0.0),
    )  # fmt: skip


def cause_shares(hazard: Hazard, time: PersonTime, group: pd.Series) -> pd.DataFrame:
    """Groups of orders (down; group: a name by order_id) by what brought them: the mean share of each channel, and of the base ("")."""
    seen, many = rows(time), len(hazard.channels)
    code, names = pd.factorize(time.conversions.order_id.map(group))
    of_order, told = seen.orders.order, np.zeros((len(names) + 1, many + 1))
    for place in np.linspace(0, len(hazard) - 1, _FEW).astype(int):
        part, of_base = _parts(seen, hazard.parts(place))
        np.add.at(told, (code[of_order], seen.groups.channel[seen.orders.group]), part)
        np.add.at(told, (code, many), of_base)
    shares = told[: len(names)] / told[: len(names)].sum(axis=1, keepdims=True)  # what has no group stands last
    return pd.DataFrame(shares, index=list(names), columns=[*hazard.channels, ""])


def summary(found: Credit) -> pd.DataFrame:
    """By channel: orders, revenue, lost, missed of Credit, each its mean over draws and 90% interval; share: of all orders, lost."""
    all_orders = found.orders[0].sum() + found.base_orders[0]
    told = {
        "orders": (found.orders, found.came), "revenue": (found.revenue, found.brought), "lost": (found.lost, found.lost),
        "missed": (found.missed, found.missed), "share": (found.lost / all_orders, found.lost / all_orders),
    }  # fmt: skip
    columns: dict[str, Floats] = {}
    for name, (expected, drawn) in told.items():
        columns |= _mean_and_interval(name, expected, drawn)
    return pd.DataFrame({"channel": found.channels} | columns)


def _mean_and_interval(name: str, expected: Floats, drawn: Floats) -> dict[str, Floats]:
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    return {name: expected.mean(axis=0), f"{name}_low": low, f"{name}_high": high}


def _parts(seen: Rows, parts: Parts) -> tuple[Floats, Floats]:
    """Of each order, the share of each group of touches that it has (in pairs), and that of the base."""
    orders = seen.orders
    pushed = np.sum(parts.each(seen.groups)[orders.group] * orders.stock, axis=1)
    base = parts.state(seen)[orders.state] * parts.time(seen)[orders.time]
    hazard = base + np.bincount(orders.order, pushed, len(orders))
    return np.asarray(pushed / hazard[orders.order]), np.asarray(base / hazard)


def _stays_away(seen: Rows, parts: Parts, of_base: Floats, credited: Floats) -> Floats:
    """By pair of order and channel, how likely no order comes later where this one does not, the channel being off.

    Later orders are expected by age: those that came later on journeys, over the persons at risk. Those of the base go with what
    it is at the order; those of channels go on without this one. of_base: of each order, the base's share. credited: by channel.
    """
    age = seen.states[seen.orders.state, _AGE]
    at_risk, usual = _at_risk(seen, parts)
    by_base, by_touches = (_later(age, each, at_risk)[age] for each in (of_base, 1 - of_base))
    by_base = by_base * parts.state(seen)[seen.orders.state] * parts.time(seen)[seen.orders.time] / usual[age]
    others = 1 - credited / max(credited.sum(), _TINY)
    order, channel = seen.orders.order, seen.groups.channel[seen.orders.group]
    return np.asarray(np.exp(-by_base[order] - by_touches[order] * others[channel]), np.float64)


def _at_risk(seen: Rows, parts: Parts) -> tuple[Floats, Floats]:
    """By level: persons at risk at a moment of that age, and their mean base."""
    widths, age = np.diff([*AGES, AGES[-1] + _LAST]), seen.states[:, _AGE]
    days = np.bincount(age, seen.days.sum(axis=1), len(seen.names))
    expected = np.bincount(age, parts.state(seen) * (seen.days @ parts.time(seen)), len(seen.names))
    long = np.array([widths[level] if factor == "age" else 1.0 for factor, level in seen.names])
    return np.maximum(days / long, 1.0), np.maximum(expected, _TINY) / np.maximum(days, _TINY)


def _later(age: Places, parts: Floats, at_risk: Floats) -> Floats:
    """By level, of orders the parts that came at a higher age, and half of those at the same, over the persons at risk."""
    came = np.bincount(age, parts, len(at_risk))
    return (np.cumsum(came[::-1])[::-1] - came / 2) / at_risk


@numba.njit(cache=True, error_model="numpy")
def _credit(part, order, channel, money, luck, told):  # type: ignore[no-untyped-def]
    """Add up, by channel: each order's credit, its revenue, and the order and its revenue where luck falls on the channel."""
    orders, revenue, came, brought = told
    for pair in range(len(order)):
        row, to = order[pair], channel[pair]
        orders[to] += part[pair]
        revenue[to] += part[pair] * money[row]
        if 0 <= luck[row] < part[pair]:
            came[to] += 1
            brought[to] += money[row]
        luck[row] -= part[pair]


@numba.njit(cache=True, error_model="numpy")
def _losses(part, order, channel, money, told):  # type: ignore[no-untyped-def]
    """Add up, by channel: parts of orders, their revenue, and the squares of that."""
    lost, missed, squares = told
    for pair in range(len(order)):
        row, to = order[pair], channel[pair]
        lost[to] += part[pair]
        missed[to] += part[pair] * money[row]
        squares[to] += part[pair] * money[row] ** 2
