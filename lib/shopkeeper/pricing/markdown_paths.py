"""Paths of weekly prices that never rise, for what lies too long: the search for the best, by plan and by what is left, compiled once."""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_GRID = 200  # amounts of stock that a policy tells apart, at most
_SWEEPS = 50  # through all moves of a path, at most; most paths stand still after three
_BETTER = 1e-3  # by which share of what the stock brings a path has to be better: less is not worth a new label

_RARE = 1e-15  # a chance beyond which no unit is counted
_MANY = 200.0  # units from which a Poisson distribution is taken for a normal one

_compiled = numba.njit(cache=True)


class Lot(NamedTuple):
    """What is known of the stock of one SKU that lies too long, over weeks in which its price may be set and the time after, in which the last one stands.

    units    draws × weeks × prices, wanted; prices fall, the first is today's
    worth    draws × prices: what a unit sold leaves, the goods' own cost apart, since it is spent (currency)
    pace     draws × prices: units wanted a week, after these weeks
    stock    units; life: weeks after these in which goods can still be sold
    holding  of a unit over a week, salvage: of a unit that is never sold (currency)
    """

    units: Floats
    worth: Floats
    pace: Floats
    stock: float
    life: float
    holding: float
    salvage: float


@_compiled
def values(path, lot):  # type: ignore[no-untyped-def]
    """By draw, what the stock brings on a path: by week the place of its price."""
    made = np.empty(len(lot.units))
    for draw in range(len(made)):
        left, total = lot.stock, 0.0
        for week in range(len(path)):
            sold = min(lot.units[draw, week, path[week]], left)
            left -= sold
            total += sold * lot.worth[draw, path[week]] - left * lot.holding
        made[draw] = total + _after(left, draw, path[-1], lot)
    return made


@_compiled
def _after(left, draw, price, lot):  # type: ignore[no-untyped-def]
    """What so many units bring after the last week at the price that stands then: the n-th sells after n / pace weeks, and is held until then.

    Units that would come too late, or bring less than to hold them costs, go for their salvage at once.
    """
    pace, worth = lot.pace[draw, price], lot.worth[draw, price] - lot.salvage
    sold = min(left, pace * lot.life)
    if lot.holding > 0:
        sold = min(sold, max(pace * worth / lot.holding, 0.0))
    held = lot.holding * sold * sold / (2 * pace) if pace > 0 else 0.0
    return sold * worth - held + left * lot.salvage


@_compiled
def mean_value(path, lot):  # type: ignore[no-untyped-def]
    """What the stock brings on a path, in the mean of the draws."""
    total = 0.0
    for draw in range(len(lot.units)):
        left = lot.stock
        for week in range(len(path)):
            sold = min(lot.units[draw, week, path[week]], left)
            left -= sold
            total += sold * lot.worth[draw, path[week]] - left * lot.holding
        total += _after(left, draw, path[-1], lot)
    return total / len(lot.units)


@_compiled
def best_path(start, lot, is_thorough):  # type: ignore[no-untyped-def]
    """The path that brings most in the mean of the draws, from start on: a price is put to some weeks on end, those before and after giving way, as long as that gains.

    is_thorough: any weeks on end; else the first or the last ones, or one by itself.
    """
    path, most = start.copy(), mean_value(start, lot)
    weeks, prices = len(path), lot.worth.shape[1]
    for _ in range(_SWEEPS):
        before = most
        for first in range(weeks):
            for last in range(first, weeks):
                if not (is_thorough or first == 0 or last in (first, weeks - 1)):
                    continue
                for price in range(prices):
                    tried = _with(path, first, last, price)
                    value = mean_value(tried, lot)
                    if value > most + _BETTER * abs(most):
                        path, most = tried, value
        if most == before:
            break
    return path


@_compiled
def _with(path, first, last, price):  # type: ignore[no-untyped-def]
    """The path with this price from one week to another, the weeks before as high at least, and those after as low."""
    made = path.copy()
    for week in range(len(path)):
        if week < first:
            made[week] = min(path[week], price)
        elif week > last:
            made[week] = max(path[week], price)
        else:
            made[week] = price
    return made


@_compiled
def counted(rates, factors, luck):  # type: ignore[no-untyped-def]
    """Draws × weeks × prices: units of a Poisson distribution with mean rate × factor, from luck (0–1, of the same shape).

    Who buys at one price buys at a lower one too, and others join them by luck of their own; where fewer do, the first luck tells how many.
    """
    made = np.empty(luck.shape)
    for draw in range(made.shape[0]):
        for week in range(made.shape[1]):
            units, before = 0.0, 0.0
            for price in range(made.shape[2]):
                mean = rates[draw, week] * factors[draw, price]
                if mean >= before:
                    units += _units(mean - before, luck[draw, week, price])
                else:
                    units = _units(mean, luck[draw, week, 0])
                made[draw, week, price], before = units, mean
    return made


@_compiled
def _units(mean, luck):  # type: ignore[no-untyped-def]
    if mean > _MANY:  # a normal distribution is as good, and the logistic one of the same variance as that
        return max(np.round(mean + np.sqrt(3 * mean) / np.pi * np.log(luck / (1 - luck))), 0.0)
    units, chance = 0, np.exp(-mean)
    total = chance
    while total < luck and (units < mean or chance > _RARE):
        units += 1
        chance *= mean / units
        total += chance
    return float(units)


def single_best(lot: Lot) -> int:
    """The place of the one price that brings most when it stands from now on, in the mean of the draws."""
    weeks, prices = lot.units.shape[1:]
    means = [mean_value(np.full(weeks, price), lot) for price in range(prices)]
    return int(np.argmax(means))


def planned_path(lot: Lot) -> Ints:
    """The path that brings most in the mean of the draws: the best of those that are found from each single price, looked at thoroughly."""
    weeks, prices = lot.units.shape[1:]
    found = [best_path(np.full(weeks, start), lot, False) for start in range(prices)]
    return np.asarray(best_path(max(found, key=lambda path: mean_value(path, lot)), lot, True), np.int64)


class Policy(NamedTuple):
    """left: amounts of stock, ascending; price: weeks × amounts × last prices, the place of the price to ask; value: what is then expected today."""

    left: Floats
    price: Ints
    value: float


def policy(lot: Lot) -> Policy:
    """The price of each week by what is left and the last price, that brings most where weeks are told one by one: dynamic programming.

    What a week sold tells nothing of the next here: draws of different weeks are taken as independent, as they are not where a draw is
    high or low for good.
    Source: Gallego & van Ryzin (1994), Management Science 40(8), 999-1020.
    """
    grid = np.linspace(0.0, lot.stock, int(min(_GRID, np.ceil(lot.stock))) + 1)
    price, value = _solved(lot, grid)
    return Policy(grid, price, float(value))


@_compiled
def _solved(lot, grid):  # type: ignore[no-untyped-def]
    """The places of prices, weeks × amounts × last prices, and the value of all the stock at today's price."""
    weeks, prices = lot.units.shape[1:]
    chosen = np.empty((weeks, len(grid), prices), np.int64)
    later, now = np.empty((prices, len(grid))), np.empty((prices, len(grid)))
    for price in range(prices):
        for at in range(len(grid)):
            later[price, at] = _mean_after(grid[at], price, lot)
    for week in range(weeks - 1, -1, -1):
        for price in range(prices):
            for at in range(len(grid)):
                now[price, at] = _mean_from(grid[at], week, price, lot, later[price], grid[1])
        _choose(now, chosen[week], later)
    return chosen, later[0, -1]


@_compiled
def _choose(now, chosen, later):  # type: ignore[no-untyped-def]
    """Notes by amount and last price which price, as low or lower, brings most, and how much; of equal ones the higher."""
    last = len(now) - 1
    for at in range(now.shape[1]):
        best = last
        for price in range(last, -1, -1):
            if now[price, at] >= now[best, at]:
                best = price
            chosen[at, price] = best
            later[price, at] = now[best, at]


@_compiled
def _mean_after(left, price, lot):  # type: ignore[no-untyped-def]
    total = 0.0
    for draw in range(len(lot.pace)):
        total += _after(left, draw, price, lot)
    return total / len(lot.pace)


@_compiled
def _mean_from(stock, week, price, lot, later, step):  # type: ignore[no-untyped-def]
    """What so many units bring from a week on at a price, where later is what amounts a step apart bring from the next week on."""
    total = 0.0
    for draw in range(len(lot.units)):
        sold = min(lot.units[draw, week, price], stock)
        place = (stock - sold) / step
        below = min(int(place), len(later) - 2)
        total += sold * lot.worth[draw, price] - (stock - sold) * lot.holding
        total += later[below] + (place - below) * (later[below + 1] - later[below])
    return total / len(lot.units)


@_compiled
def followed(price, grid, lot):  # type: ignore[no-untyped-def]
    """By draw, what the stock brings where each week's price is asked by what is left; price, grid: of a policy. Beside it draws × weeks of places."""
    draws, weeks = lot.units.shape[:2]
    made, path = np.empty(draws), np.empty((draws, weeks), np.int64)
    for draw in range(draws):
        left, total, last = lot.stock, 0.0, 0
        for week in range(weeks):
            last = price[week, round(left / grid[1]), last]
            path[draw, week] = last
            sold = min(lot.units[draw, week, last], left)
            left -= sold
            total += sold * lot.worth[draw, last] - left * lot.holding
        made[draw] = total + _after(left, draw, last, lot)
    return made, path
