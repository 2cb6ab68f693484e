"""Costs: what one unit of each SKU costs on each day, without regard to demand."""

import numpy as np

from shopkeeper.simulate.catalogue import BOX_FEN, Catalogue
from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.names import MAKERS
from shopkeeper.simulate.prices import weeks
from shopkeeper.simulate.world import World

_LASTS = 0.9  # of a week's distance from the usual cost that is left in the next
_OF_MAKER = 0.5  # share of the variance that all SKUs of a maker have in common


def make_costs(world: World, draws: Draws, catalogue: Catalogue) -> Ints:
    """Days × SKUs, fen: constant from Monday to Sunday, around the SKU's cost_fen. A set costs what its components do, and its box."""
    week, skus = weeks(world), catalogue.skus
    count = week.max() + 1
    maker = np.array([MAKERS.index(name) for name in skus.maker])
    of_maker = _lasting(draws.normal("maker cost", np.arange(count)[:, None], np.arange(len(MAKERS))))
    own = _lasting(draws.normal("unit cost", np.arange(count)[:, None], np.arange(len(skus))))
    log = world.cost_noise * (_OF_MAKER**0.5 * of_maker[:, maker] + (1 - _OF_MAKER) ** 0.5 * own)
    cost = np.rint(skus.cost_fen.to_numpy() * np.exp(log)).astype(np.int64)
    for number, rows in catalogue.bundles.groupby("sku"):
        cost[:, number] = cost[:, rows.component] @ rows.quantity.to_numpy() + BOX_FEN
    return np.asarray(cost[week], np.int64)


def _lasting(news: Floats) -> Floats:
    """Autoregressive paths of variance 1 by column, out of standard normal draws a week."""
    path = news.copy()
    for week in range(1, len(path)):
        path[week] = _LASTS * path[week - 1] + (1 - _LASTS**2) ** 0.5 * news[week]
    return path
