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
def best_path(start, lot):  # type: ignore[no-untyped-def]
    """The path that brings most in the mean of the draws, from start on: a week's price is set, or a cut put earlier, later or deeper, as long as it gains."""
    path, most = start.copy(), values(start, lot).mean()
    weeks, prices = len(path), lot.worth.shape[1]
    for _ in range(_SWEEPS):
        before = most
        for week in range(weeks):
            for price in range(prices):
                for move in range(3):
                    tried = _moved(path, week, price, move)
                    value = values(tried, lot).mean()
                    if value > most + _BETTER * abs(most):
                        path, most = tried, value
        if most == before:
            break
    return path


@_compiled
def _moved(path, week, price, move):  # type: ignore[no-untyped-def]
    """The path with this price, or a lower one, from the week on (0); with this price, or a higher one, up to it (1); in the week alone, its neighbours allowing (2)."""
    made = path.copy()
    if move == 0:
        made[week:] = np.maximum(path[week:], price)
    elif move == 1:
        made[: week + 1] = np.minimum(path[: week + 1], price)
    else:
        least = path[week - 1] if week > 0 else 0
        most = path[week + 1] if week + 1 < len(path) else price
        made[week] = min(max(price, least), max(most, least))
    return made


@_compiled
def counted(rates, factors, luck):  # type: ignore[no-untyped-def]
    """Draws × weeks × prices: units of a Poisson distribution with mean rate × factor, where luck (0–1) falls in it: the same luck at every price."""
    made = np.empty((*rates.shape, factors.shape[1]))
    for draw in range(made.shape[0]):
        for week in range(made.shape[1]):
            for price in range(made.shape[2]):
                made[draw, week, price] = _units(rates[draw, week] * factors[draw, price], luck[draw, week])
    return made


@_compiled
def _units(mean, luck):  # type: ignore[no-untyped-def]
    if mean > _MANY:  # a normal distribution is as good, its quantile by the logistic one's (Shore, 1982)
        return max(np.round(mean + np.sqrt(mean) * np.log(luck / (1 - luck)) / 1.702), 0.0)
    units, chance = 0, np.exp(-mean)
    total = chance
    while total < luck and chance > 1e-15:
        units += 1
        chance *= mean / units
        total += chance
    return float(units)


def single_best(lot: Lot) -> int:
    """The place of the one price that brings most when it stands from now on, in the mean of the draws."""
    weeks, prices = lot.units.shape[1:]
    means = [values(np.full(weeks, price), lot).mean() for price in range(prices)]
    return int(np.argmax(means))


def planned_path(lot: Lot) -> Ints:
    """The path that brings most in the mean of the draws, searched from today's price and from the best single one."""
    weeks = lot.units.shape[1]
    found = [best_path(np.full(weeks, start), lot) for start in sorted({0, single_best(lot)})]
    return np.asarray(max(found, key=lambda path: values(path, lot).mean()), np.int64)


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
