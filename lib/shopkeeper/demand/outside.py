"""Outside signals: weather, search, mentions, live schedules… as they were known on each day."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from shopkeeper.demand.panel import AHEAD, UNKNOWN, Panel
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Signals = Mapping[str, tuple[Floats, Ints]]

_LEAST = 56  # days with a value, below which a signal is not looked at


def signals(shop: Shop, panel: Panel) -> Signals:
    """By name the signal's value on each of the panel's days and those ahead, and the day number on which it became known.

    Values of several regions are averaged, and known with the last of them; NaN where there is none. A signal of fewer than
    56 days is left out.
    """
    of = shop.regressors
    rows = shop.load(of.group_by("name", "day").agg(value=of.value.mean(), known_on=of.known_on.max()))
    first, length = panel.days[0], len(panel.days) + AHEAD
    made: dict[str, tuple[Floats, Ints]] = {}
    for name, part in rows.groupby("name"):
        place, told = ((part[column] - first).dt.days.to_numpy() for column in ("day", "known_on"))
        inside = (place >= 0) & (place < length)
        values, known = np.full(length, np.nan), np.full(length, UNKNOWN, np.int64)
        values[place[inside]], known[place[inside]] = part.value.to_numpy(np.float64)[inside], told[inside]
        if inside.sum() >= _LEAST:
            made[str(name)] = (values, known)
    return made
