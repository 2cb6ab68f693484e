"""Visitors: who comes into the market, when, for how long, and how much it means to buy."""

import numpy as np
import pandas as pd

from shopkeeper.simulate.arrivals import usual_arrivals
from shopkeeper.simulate.clock import busy_time
from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.people import shares_of_places
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.segments import column
from shopkeeper.simulate.world import World

_EACH = 12.5  # visitors for each customer of the world
_WARM = 28  # days before the opening from which visitors are there
_INTENT = 0.9  # standard deviation of log intent
_LEAST, _STAYS, _LONGEST = 4.0, 17.0, 70.0  # days in the market: at least, beyond it on average, and at most


def make_visitors(scene: Scene) -> pd.DataFrame:
    """One row per visitor: key, segment and place (numbers), intent (log-normal, mean 1), enters and leaves (market time,
    0 when the shop opens), patience (a unit exponential: the hazard that it takes until the visitor orders).

    The last one is no visitor of the market: it orders as the last day ends, whatever else happens (journeys.CLOSING).
    """
    world, draws = scene.world, scene.draws
    key = np.arange(round(_EACH * (world.customers - 1)))
    enters = _enters(world, draws, key)
    stays = _LEAST - _STAYS * np.log(draws.uniform("in the market", key))
    return pd.DataFrame({
        "key": key,
        "segment": draws.pick("segment", column(scene.segments, "share"), key),
        "place": draws.pick("place", shares_of_places(), key),
        "intent": np.exp(_INTENT * draws.normal("intent", key) - _INTENT**2 / 2),
        "enters": enters,
        "leaves": np.minimum(enters + np.minimum(stays, _LONGEST), busy_time(world)[world.days]),
        "patience": -np.log(draws.uniform("patience", key)),
    })  # fmt: skip


def _enters(world: World, draws: Draws, key: Ints) -> Floats:
    """Market time at which each enters: as arrivals would without promotions, and for a while before the opening."""
    day = np.arange(-_WARM, world.days)
    chosen = day[draws.pick("enters", usual_arrivals(world, day), key)]
    part, edge = draws.uniform("enters at", key), busy_time(world)
    length = np.diff(edge)[np.maximum(chosen, 0)]
    return np.where(chosen < 0, chosen + part, edge[np.maximum(chosen, 0)] + part * length)
