"""The search for the prices of a market that earn most, compiled once. Units follow the nested logit of category_response."""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SWEEPS = 20  # through a market's SKUs, at most; most markets stand still after three
_MORE = 1e-9  # by which share one price has to be better than another

_compiled = numba.njit(cache=True)


class Market(NamedTuple):
    """What the search knows of a market: now (today's price), kept, cost and stock by SKU; beside and units, draws × SKUs; power by draw."""

    now: Floats
    beside: Floats
    power: Floats
    units: Floats
    kept: Floats
    cost: Floats
    stock: Floats


@_compiled
def sales(price, market):  # type: ignore[no-untyped-def]
    """Draws × SKUs: units sold of a market at these prices."""
    made, moved = np.empty(market.units.shape), np.log(price / market.now)
    for draw in range(len(made)):
        for sku in range(len(price)):
            made[draw, sku] = _apart(draw, sku, moved[sku], market)
        share = _share(made[draw].sum(), market.units[draw].sum(), market.power[draw])
        for sku in range(len(price)):
            made[draw, sku] = min(made[draw, sku] * share, market.stock[sku])
    return made


@_compiled
def gained(price, other, market):  # type: ignore[no-untyped-def]
    """Draws × SKUs: what each SKU's price earns the market beside its other one, the rest having these prices; 0 where both are the same."""
    made, here = np.zeros(market.units.shape), np.empty(len(price))
    moved, away = np.log(price / market.now), np.log(other / market.now)
    worth = market.kept * price - market.cost
    for draw in range(len(made)):
        for sku in range(len(price)):
            here[sku] = _apart(draw, sku, moved[sku], market)
        total, usual, power = here.sum(), market.units[draw].sum(), market.power[draw]
        earned = _earned(here, worth, _share(total, usual, power), market.stock)
        for sku in range(len(price)):
            if other[sku] != price[sku]:
                there = _apart(draw, sku, away[sku], market)
                share = _share(max(total - here[sku] + there, 0.0), usual, power)
                rest = _earned(here, worth, share, market.stock) - worth[sku] * min(
                    here[sku] * share, market.stock[sku]
                )
                made[draw, sku] = (
                    earned - rest - _worth(sku, other[sku], market) * min(there * share, market.stock[sku])
                )
    return made


@_compiled
def search(start, allowed, market):  # type: ignore[no-untyped-def]
    """Prices of one market from start: one SKU after the other gets the allowed price that earns most in the mean of the draws.

    allowed: SKUs × prices, NaN where there are fewer. While one SKU is looked at, what the others sell is scaled together, their stock apart.
    """
    price, each, choices = start.copy(), np.empty(market.units.T.shape), _choices(allowed, market)
    usual = market.units.sum(axis=1)
    for sku in range(len(price)):
        each[sku] = _at(sku, price[sku], market)
    for _ in range(_SWEEPS):
        is_moved, sold, earned = False, each.sum(axis=0), (market.kept * price - market.cost) @ each
        for sku in range(len(price)):
            rest = (sold - each[sku], earned - _worth(sku, price[sku], market) * each[sku], usual)
            best = _best(sku, (price[sku], each[sku]), (allowed[sku], choices[sku]), market, rest)
            if best >= 0:
                is_moved, price[sku], each[sku] = True, allowed[sku, best], choices[sku, best]
                sold, earned = rest[0] + each[sku], rest[1] + _worth(sku, price[sku], market) * each[sku]
        if not is_moved:
            break
    return price


@_compiled
def _choices(allowed, market):  # type: ignore[no-untyped-def]
    """SKUs × prices × draws: units at each allowed price, what the market does apart."""
    made = np.empty((*allowed.shape, len(market.units)))
    for sku in range(len(allowed)):
        for place in range(allowed.shape[1]):
            if np.isnan(allowed[sku, place]):
                break
            made[sku, place] = _at(sku, allowed[sku, place], market)
    return made


@_compiled
def _at(sku, price, market):  # type: ignore[no-untyped-def]
    """By draw: units of a SKU at this price, what its market does apart."""
    made, moved = np.empty(len(market.units)), np.log(price / market.now[sku])
    for draw in range(len(made)):
        made[draw] = _apart(draw, sku, moved, market)
    return made


@_compiled
def _apart(draw, sku, moved, market):  # type: ignore[no-untyped-def]
    """Units of a SKU whose log price has moved so far from today's, what its market does apart."""
    return market.units[draw, sku] * (np.exp(market.beside[draw, sku] * moved) if moved else 1.0)


@_compiled
def _share(total, usual, power):  # type: ignore[no-untyped-def]
    """What the market as a whole makes of that: it follows its prices to the power, and neighbours share the rest."""
    return (total / usual) ** (power - 1) if usual > 0 else 1.0


@_compiled
def _worth(sku, price, market):  # type: ignore[no-untyped-def]
    return market.kept[sku] * price - market.cost[sku]


@_compiled
def _earned(units, worth, share, stock):  # type: ignore[no-untyped-def]
    """What the SKUs of a market earn where it makes this share of these units."""
    made = 0.0
    for sku in range(len(units)):
        made += worth[sku] * min(units[sku] * share, stock[sku])
    return made


@_compiled
def _best(sku, now, choices, market, rest):  # type: ignore[no-untyped-def]
    """Place of the price of one SKU that earns most for its market; -1 where none is better than that of now. now, choices: prices, and their units."""
    best, most = -1, _mean_earned(sku, now[0], now[1], market, rest)
    for place in range(len(choices[0])):
        if np.isnan(choices[0][place]):
            break
        made = _mean_earned(sku, choices[0][place], choices[1][place], market, rest)
        if made > most + _MORE * abs(most):
            best, most = place, made
    return best


@_compiled
def _mean_earned(sku, price, units, market, rest):  # type: ignore[no-untyped-def]
    """What the market earns in the mean of the draws with a SKU at this price, selling these units. rest: what the others sell and earn, and usual units."""
    sold, earned, usual = rest
    made, worth = 0.0, _worth(sku, price, market)
    for draw in range(len(usual)):
        share = _share(sold[draw] + units[draw], usual[draw], market.power[draw])
        made += earned[draw] * share + worth * min(units[draw] * share, market.stock[sku])
    return made
