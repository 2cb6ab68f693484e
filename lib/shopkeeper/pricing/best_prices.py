"""The search for the prices of a market that earn most, compiled once. Units follow the nested logit of category_response."""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SWEEPS = 20  # through a market's SKUs, at most; most markets stand still after three
_NOTHING, _MORE = -1e300, 1e-9  # what every price is better than; by which share one has to be better than another

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
def swapped(price, other, market):  # type: ignore[no-untyped-def]
    """Draws × SKUs: contribution of the market with this one SKU at its other price, and the rest at these."""
    made = np.empty(market.units.shape)
    here, there = np.empty(len(price)), np.empty(len(price))
    moved, away = np.log(price / market.now), np.log(other / market.now)
    for draw in range(len(made)):
        for sku in range(len(price)):
            here[sku] = _apart(draw, sku, moved[sku], market)
            there[sku] = _apart(draw, sku, away[sku], market)
        total, usual = here.sum(), market.units[draw].sum()
        for sku in range(len(price)):
            share = _share(max(total - here[sku] + there[sku], 0.0), usual, market.power[draw])
            made[draw, sku] = _worth(sku, other[sku], market) * min(there[sku] * share, market.stock[sku])
            for rest in range(len(price)):
                if rest != sku:
                    made[draw, sku] += _worth(rest, price[rest], market) * min(here[rest] * share, market.stock[rest])
    return made


@_compiled
def search(start, allowed, market):  # type: ignore[no-untyped-def]
    """Prices of one market from start: one SKU after the other gets the allowed price that earns most in the mean of the draws.

    allowed: SKUs × prices, NaN where there are fewer. While one SKU is looked at, what the others sell is scaled together, their stock apart.
    """
    price, each = start.copy(), np.empty(market.units.shape)
    usual = market.units.sum(axis=1)
    for sku in range(len(price)):
        _note(each, sku, price[sku], market)
    for _ in range(_SWEEPS):
        is_moved = False
        for sku in range(len(price)):
            rest = (*_others(each, sku, price, market), usual)
            best = _best(sku, price[sku], allowed[sku], market, rest)
            if best != price[sku]:
                is_moved, price[sku] = True, best
                _note(each, sku, best, market)
        if not is_moved:
            break
    return price


@_compiled
def _apart(draw, sku, moved, market):  # type: ignore[no-untyped-def]
    """Units of a SKU whose log price has moved so far from today's, what its market does apart."""
    return market.units[draw, sku] * np.exp(market.beside[draw, sku] * moved)


@_compiled
def _share(total, usual, power):  # type: ignore[no-untyped-def]
    """What the market as a whole makes of that: it follows its prices to the power, and neighbours share the rest."""
    return (total / usual) ** (power - 1) if usual > 0 else 1.0


@_compiled
def _worth(sku, price, market):  # type: ignore[no-untyped-def]
    return market.kept[sku] * price - market.cost[sku]


@_compiled
def _note(each, sku, price, market):  # type: ignore[no-untyped-def]
    """Notes what each draw has a SKU sell at its price."""
    moved = np.log(price / market.now[sku])
    for draw in range(len(each)):
        each[draw, sku] = _apart(draw, sku, moved, market)


@_compiled
def _others(each, sku, price, market):  # type: ignore[no-untyped-def]
    """By draw, what the rest of the market sells and earns."""
    sold, earned = np.zeros(len(each)), np.zeros(len(each))
    for other in range(each.shape[1]):
        if other != sku:
            worth = _worth(other, price[other], market)
            for draw in range(len(each)):
                sold[draw] += each[draw, other]
                earned[draw] += worth * each[draw, other]
    return sold, earned


@_compiled
def _best(sku, price, allowed, market, rest):  # type: ignore[no-untyped-def]
    """The price of one SKU that earns most for its market, its own of now where no other is better. rest: of _others, and usual units."""
    sold, earned, usual = rest
    best, most = price, _NOTHING
    for place in range(-1, len(allowed)):
        tried = price if place < 0 else allowed[place]
        if np.isnan(tried):
            break
        made, worth, moved = 0.0, _worth(sku, tried, market), np.log(tried / market.now[sku])
        for draw in range(len(usual)):
            own = _apart(draw, sku, moved, market)
            share = _share(sold[draw] + own, usual[draw], market.power[draw])
            made += earned[draw] * share + worth * min(own * share, market.stock[sku])
        if made > most + _MORE * abs(most):
            best, most = tried, made
    return best
