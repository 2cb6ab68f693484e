"""The log density of elasticities with its slope, compiled once: negative binomial sales of SKUs within their market and period."""

from typing import Any

import numba
import numpy as np

# Each unknown is standard normal before the data speak, and stands for the following.
MEAN = (-2.0, 1.0)  # the brand's elasticity
BETWEEN = (-0.9, 0.6)  # log deviation of categories' elasticities from it: .15 to 1.1
WITHIN = (-0.9, 0.6)  # log deviation of SKUs' from their category's
LEVEL = 2.0  # deviation of a SKU's log level from what its sales tell
PROMOTED = 1.0  # deviation of what a kind of promotion does beside its price, in log demand
ROUNDS, CLOSE = (
    6,
    1e-3,
)  # of Newton, by which a period's level is found, at most; a step after which there is no need of another

# Sums may be taken in any order, so that several terms are added at once.
_how: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"reassoc", "contract", "nsz"},
}
_compiled, _inside = (
    numba.njit(**_how),
    numba.njit(inline="always", **_how),
)  # inside: where a call for each period would cost time


@_compiled
def drawn_to(mean, deviation, near, weight, z):  # type: ignore[no-untyped-def]
    """What is N(mean, deviation²) before the data, seen from where they draw it: a standard normal z of it is one after them too, all but.

    near, weight: where the data alone would have it, and their information. Returns the value, its log density before the data
    with the volume of a step of z, its slopes in z, in mean and in log deviation, and those of that log density.
    """
    prior = 1 / deviation**2
    narrow = 1 / (weight + prior)
    middle = narrow * (weight * near + prior * mean)
    step = np.sqrt(narrow)
    value = middle + step * z
    pulled = 2 * prior * narrow * (middle - mean) + prior * narrow * step * z
    off = value - mean
    density = -off * off * prior / 2 - np.log(deviation) + np.log(step)
    return (
        value,
        density,
        (step, narrow * prior, pulled),
        (-off * prior, off * prior, off * off * prior - 1 + prior * narrow),
    )


@_compiled
def slopes(z, data):  # type: ignore[no-untyped-def]
    """Elasticity of each category and SKU, and the deviations between categories and within them."""
    between, within = np.exp(BETWEEN[0] + BETWEEN[1] * z[1]), np.exp(WITHIN[0] + WITHIN[1] * z[2])
    mean, last = MEAN[0] + MEAN[1] * z[0], 3 + data.categories
    of_category, of_sku = np.empty(data.categories), np.empty(len(data.category))
    for number in range(data.categories):
        of_category[number] = drawn_to(
            mean, between, data.category_near[number], data.category_weight[number], z[3 + number]
        )[0]
    for sku in range(len(of_sku)):
        own = of_category[data.category[sku]]
        of_sku[sku] = drawn_to(own, within, data.near[sku], data.weight[sku], z[last + sku])[0]
    return of_category, of_sku, between, within


@_compiled
def levels(z, data):  # type: ignore[no-untyped-def]
    """Log level of each SKU beside what its sales tell, and the step of its unknown."""
    step = 1 / np.sqrt(data.level_weight + LEVEL**-2)
    last = 3 + data.categories + len(data.category)
    return step**2 * data.level_weight * data.level_near + step * z[last : last + len(data.category)], step


@_compiled
def pinned(own_level, step, data, slope):  # type: ignore[no-untyped-def]
    """The log density of what all levels of a market have in common, which its periods' levels would undo; its slope is added to slope."""
    markets = data.home.max() + 1
    total, off = np.zeros(markets), np.zeros(markets)
    for sku in range(len(own_level)):
        total[data.home[sku]] += data.level_weight[sku]
        off[data.home[sku]] += data.level_weight[sku] * (own_level[sku] - data.level_near[sku])
    share = off / np.maximum(total, 1e-9)
    for sku in range(len(own_level)):
        slope[sku] -= share[data.home[sku]] * data.level_weight[sku] * step[sku]
    return -(share * off).sum() / 2


@_compiled
def means(z, data):  # type: ignore[no-untyped-def]
    """Expected sales of each cell at the unknowns z."""
    known, made, logged = _effects(z, data), np.empty(len(data.sold)), np.empty(len(data.sold))
    for group in range(len(data.size)):
        here = slice(data.first[group], data.first[group + 1])
        _expect(here, known, data, logged[here], made[here], data.size[group])
    return made


@_compiled
def log_density(z, data):  # type: ignore[no-untyped-def]
    """The log density at the unknowns z, and its slope. data: price_model.Cells. Of each market and period the likeliest level is taken."""
    known, skus = _effects(z, data), len(data.category)
    to_slope, to_level, to_lift = np.zeros(skus), np.zeros(skus), np.zeros(data.promoted.shape[1])
    most = np.diff(data.first).max()
    logged, made, value = (
        np.empty(most),
        np.empty(most),
        0.0,
    )  # of one market and period: large tables would cost more than sums
    for group in range(len(data.size)):
        size, start = data.size[group], data.first[group]
        here = slice(start, data.first[group + 1])
        count = here.stop - start
        _expect(here, known, data, logged[:count], made[:count], size)
        for place in range(count):
            cell = start + place
            share, sold = 1 + made[place] / size, data.sold[cell]
            value += sold * logged[place] - (sold + size) * np.log(share)
            off = (sold - made[place]) / share
            to_slope[data.sku[cell]] += off * data.log_price[cell]
            to_level[data.sku[cell]] += off
            for kind in range(len(to_lift)):
                to_lift[kind] += off * data.promoted[cell, kind]
    more, slope = _of_unknowns(z, data, to_slope, to_level, to_lift)
    return value + more, slope


@_compiled
def _effects(z, data):  # type: ignore[no-untyped-def]
    """Elasticity and level of each SKU, and what each kind of promotion does."""
    return slopes(z, data)[1], levels(z, data)[0], PROMOTED * z[3 + data.categories + 2 * len(data.category) :]


@_inside
def _expect(here, known, data, logged, made, size):  # type: ignore[no-untyped-def]
    """Log demand and demand of the cells of one market and period, at its likeliest level."""
    elasticity, own_level, lifts = known
    for place in range(len(made)):
        cell = here.start + place
        own = data.sku[cell]
        logged[place] = data.usual[cell] + own_level[own] + elasticity[own] * data.log_price[cell]
        for kind in range(len(lifts)):
            logged[place] += lifts[kind] * data.promoted[cell, kind]
        made[place] = np.exp(logged[place])
    found = _level(made, data.sold[here], data.heed[here], size)
    logged += found
    made *= np.exp(found)


@_compiled
def _level(base, sold, heed, size):  # type: ignore[no-untyped-def]
    """The likeliest log level of one market and period. base: demand of its SKUs at level 0; sold: their units; heed: where to look first."""
    units, demand = 0.0, 0.0
    for cell in range(len(base)):
        units += heed[cell] * sold[cell]
        demand += heed[cell] * base[cell]
    found, narrow = np.log(units / demand), 1 / size
    for _ in range(ROUNDS):
        first, second, factor = 0.0, 0.0, np.exp(found)
        for cell in range(len(base)):
            mean = base[cell] * factor
            share = size / (size + mean)
            first += (sold[cell] - mean) * share
            second += mean * share * share * (1 + sold[cell] * narrow)
        # From far away, where one cell outweighs all, a whole step would lead astray.
        found += min(max(first / second, -1.0), 1.0)
        if abs(first) < CLOSE * second:
            break
    return found


@_compiled
def _of_unknowns(z, data, to_slope, to_level, to_lift):  # type: ignore[no-untyped-def]
    """What the unknowns are before the data, and the slope of it all."""
    skus, last, value = len(data.category), 3 + data.categories, 0.0
    of_category, _, between, within = slopes(z, data)
    slope = -z
    own_level, step = levels(z, data)
    slope[last + skus : last + 2 * skus] = (to_level - own_level / LEVEL**2) * step
    value += pinned(own_level, step, data, slope[last + skus : last + 2 * skus])
    slope[last + 2 * skus :] += PROMOTED * to_lift
    value -= (z[:3] ** 2).sum() / 2 + (z[last + 2 * skus :] ** 2).sum() / 2 + (own_level**2).sum() / (2 * LEVEL**2)
    to_category = np.zeros(data.categories)
    for sku in range(skus):
        number = data.category[sku]
        _, density, by, direct = drawn_to(of_category[number], within, data.near[sku], data.weight[sku], z[last + sku])
        value += density
        total = to_slope[sku] + direct[0]
        slope[last + sku] = total * by[0]
        to_category[number] += total * by[1] + direct[1]
        slope[2] += WITHIN[1] * (total * by[2] + direct[2])
    for number in range(data.categories):
        near, weight = data.category_near[number], data.category_weight[number]
        _, density, by, direct = drawn_to(MEAN[0] + MEAN[1] * z[0], between, near, weight, z[3 + number])
        value += density
        total = to_category[number] + direct[0]
        slope[3 + number] = total * by[0]
        slope[0] += MEAN[1] * (total * by[1] + direct[1])
        slope[1] += BETWEEN[1] * (total * by[2] + direct[2])
    return value, slope
