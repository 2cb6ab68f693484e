"""The search for the prices of a market that earn most, compiled once. Units follow the nested logit of category_response."""

import numba
import numpy as np

_SWEEPS = 20  # through a market's SKUs, at most; most markets stand still after three
_NOTHING, _MORE = -1e300, 1e-9  # what every price is better than; by which share one has to be better than another

_compiled = numba.njit(cache=True)


@_compiled
def appeal(price, now, slope):  # type: ignore[no-untyped-def]
    """What a price makes of a SKU, beside its price of today."""
    return np.exp(slope * np.log(price / now))


@_compiled
def search(start, allowed, now, slope, power, units, kept, cost, stock):  # type: ignore[no-untyped-def]
    """Prices of one market from start: one SKU after the other gets the allowed price that earns most in the mean of the draws.

    allowed: SKUs × prices, NaN where there are fewer. While one SKU is looked at, what the others sell is scaled together, their stock apart.
    """
    price, each = start.copy(), np.empty(slope.shape)
    for sku in range(len(price)):
        _set(each, sku, price, now, slope, units)
    for _ in range(_SWEEPS):
        is_moved = False
        for sku in range(len(price)):
            others, margin = _others(each, sku, kept * price - cost)
            mine = (now[sku], kept[sku], cost[sku], stock[sku])
            best = _best(
                price[sku], allowed[sku], mine, slope[:, sku], power, units[:, sku], others, margin, units.sum(axis=1)
            )
            if best != price[sku]:
                is_moved, price[sku] = True, best
                _set(each, sku, price, now, slope, units)
        if not is_moved:
            break
    return price


@_compiled
def _set(each, sku, price, now, slope, units):  # type: ignore[no-untyped-def]
    """Notes what each draw has a SKU sell at its price, what its market does apart."""
    for draw in range(len(each)):
        each[draw, sku] = units[draw, sku] * appeal(price[sku], now[sku], slope[draw, sku])


@_compiled
def _others(each, sku, worth):  # type: ignore[no-untyped-def]
    """By draw, what the rest of the market sells and earns."""
    sold, earned = np.zeros(len(each)), np.zeros(len(each))
    for draw in range(len(each)):
        for other in range(each.shape[1]):
            if other != sku:
                sold[draw] += each[draw, other]
                earned[draw] += worth[other] * each[draw, other]
    return sold, earned


@_compiled
def _best(price, allowed, mine, slope, power, units, others, margin, usual):  # type: ignore[no-untyped-def]
    """The price of one SKU that earns most for its market, its own of now where no other is better."""
    now, kept, cost, stock = mine
    best, most = price, _NOTHING
    for place in range(-1, len(allowed)):
        tried = price if place < 0 else allowed[place]
        if np.isnan(tried):
            break
        made = 0.0
        for draw in range(len(slope)):
            own = units[draw] * appeal(tried, now, slope[draw])
            share = ((others[draw] + own) / usual[draw]) ** (power[draw] - 1) if usual[draw] > 0 else 1.0
            made += margin[draw] * share + (kept * tried - cost) * min(own * share, stock)
        if made > most + _MORE * abs(most):
            best, most = tried, made
    return best


@_compiled
def swapped(price, other, now, slope, power, units, kept, cost, stock):  # type: ignore[no-untyped-def]
    """Draws × SKUs: contribution of the market with this one SKU at its other price, and the rest at these."""
    draws, count = slope.shape
    made = np.empty((draws, count))
    for draw in range(draws):
        here, there = np.empty(count), np.empty(count)
        total, usual = 0.0, 0.0
        for sku in range(count):
            here[sku] = units[draw, sku] * appeal(price[sku], now[sku], slope[draw, sku])
            there[sku] = units[draw, sku] * appeal(other[sku], now[sku], slope[draw, sku])
            total += here[sku]
            usual += units[draw, sku]
        for sku in range(count):
            share = 1.0
            if usual > 0:
                share = (max(total - here[sku] + there[sku], 0.0) / usual) ** (power[draw] - 1)
            worth = kept[sku] * other[sku] - cost[sku]
            made[draw, sku] = worth * min(there[sku] * share, stock[sku])
            for rest in range(count):
                if rest != sku:
                    worth = kept[rest] * price[rest] - cost[rest]
                    made[draw, sku] += worth * min(here[rest] * share, stock[rest])
    return made


@_compiled
def sales(price, now, slope, power, units, stock):  # type: ignore[no-untyped-def]
    """Draws × SKUs: units sold of a market at these prices."""
    made = np.empty(slope.shape)
    for draw in range(len(slope)):
        total, usual = 0.0, 0.0
        for sku in range(len(price)):
            made[draw, sku] = units[draw, sku] * appeal(price[sku], now[sku], slope[draw, sku])
            total += made[draw, sku]
            usual += units[draw, sku]
        share = (total / usual) ** (power[draw] - 1) if usual > 0 else 1.0
        for sku in range(len(price)):
            made[draw, sku] = min(made[draw, sku] * share, stock[sku])
    return made
