"""Person-time as the hazard's density reads it: states and times that days at risk and orders fall into, and touches in groups."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import block_diag

from shopkeeper.attribution.person_time import KERNELS, PersonTime

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
_ORDERED = ("willing", "age")
# Of each factor's effects before the data: what these do not ask for stays near 0.
_SPREADS = {"willing": 0.05, "age": 0.15, "season": 0.15, "is_promoted": 0.5}
_OF_STATE, _OF_TIME = ["near", "age"], ["season", "is_promoted"]


@dataclass(frozen=True)
class Groups:
    """Touches of one channel and willing: that channel's place, how willing, how many, and by half-life (across) their exposure."""

    channel: Places
    willing: Floats
    touches: Floats
    exposures: Floats

    def favoured(self, favour: float) -> tuple[Floats, Floats]:
        """What each group's touches bring against their channel's mean touch, and how the logarithm of that goes with favour."""
        many = int(self.channel.max()) + 1
        much = np.exp(favour * self.willing)
        mean, up = (
            np.bincount(self.channel, self.touches * each, many) / np.bincount(self.channel, self.touches, many)
            for each in (much, much * self.willing)
        )
        return much / mean[self.channel], self.willing - (up / mean)[self.channel]


@dataclass(frozen=True)
class Orders:
    """Each order's state and time; and of each order and group of touches that it has, in pairs by order, the stock by half-life."""

    state: Places
    time: Places
    order: Places
    group: Places
    stock: Floats

    def __len__(self) -> int:
        return len(self.state)


@dataclass(frozen=True)
class Rows:
    """Person-time in arrays.

    names       of all levels of all factors, with their factor; design: levels (down) from their unknowns
    log_intent  by state; levels: of a state (down), the places of willing and age among the names
    times       of a time (down), the places of season and promotion
    days        at risk by state (down) and time (across)
    """

    channels: tuple[str, ...]
    names: tuple[tuple[str, Any], ...]
    design: Floats
    log_intent: Floats
    states: Places
    times: Places
    days: Floats
    orders: Orders
    groups: Groups


def rows(time: PersonTime) -> Rows:
    """The arrays of this person-time."""
    cells, orders = _with_willing(time.cells), _with_willing(time.conversions)
    both = pd.concat([cells, orders.assign(days=0.0)])  # an order may fall into a state that nobody was in for long
    days = both.pivot_table("days", ["willing", *_OF_STATE], _OF_TIME, "sum", fill_value=0.0)
    states, times = days.index.to_frame(index=False), days.columns.to_frame(index=False)
    intent = (cells.log_intent * cells.days).groupby([cells[name] for name in _OF_STATE]).sum()
    intent /= cells.days.groupby([cells[name] for name in _OF_STATE]).sum()
    log_intent = states.join(intent.rename("log_intent"), on=_OF_STATE).log_intent.fillna(states.near / 4)
    places, design = _levels(both)
    touched = time.groups.sort_values(["channel", "willing"], ignore_index=True)
    channel, channels = pd.factorize(touched.channel)
    willing, touches = (touched[name].to_numpy(np.float64) for name in ("willing", "touches"))
    return Rows(
        tuple(channels), tuple(places), design, log_intent.to_numpy(np.float64), _places(states[["willing", "age"]], places),
        _places(times, places), days.to_numpy(), _orders(time, (states, times, touched)),
        Groups(channel, willing, touches, touched[list(KERNELS)].to_numpy()),
    )  # fmt: skip


def _with_willing(frame: pd.DataFrame) -> pd.DataFrame:
    """With willing: the log intent in whole numbers, -4 to 3."""
    return frame.assign(willing=(frame.near / 4).round().clip(-4, 3).astype("int64"))


def _levels(cells: pd.DataFrame) -> tuple[dict[tuple[str, Any], int], Floats]:
    """The place of every factor's level, and the design: levels (down) from unknowns, factor by factor."""
    places: dict[tuple[str, Any], int] = {}
    designs = []
    for factor, spread in _SPREADS.items():
        days = cells.groupby(factor).days.sum()
        places |= {(factor, level): len(places) + number for number, level in enumerate(days.index)}
        designs.append(spread * _design(days.to_numpy(), factor in _ORDERED))
    return places, block_diag(*designs)


def _design(days: Floats, is_ordered: bool) -> Floats:
    """A factor's levels (down) from its unknowns: the steps between levels, or one each; 0 in the mean over days."""
    design = np.tril(np.ones((len(days), len(days))), -1)[:, :-1] if is_ordered else np.eye(len(days))
    return np.asarray(design - days @ design / days.sum())


def _places(levels: pd.DataFrame, places: dict[tuple[str, Any], int]) -> Places:
    return np.array([[places[factor, level] for level in levels[factor]] for factor in levels]).T.copy()


def _orders(time: PersonTime, known: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> Orders:
    """Orders beside the states, times and groups of touches that are known, each named by its place."""
    states, times, groups = (each.assign(place=range(len(each))) for each in known)
    at = time.conversions.merge(states, "left", _OF_STATE).merge(times, "left", _OF_TIME, suffixes=("", "_of_time"))
    number = pd.Series(range(len(at)), at.order_id)
    pairs = time.stocks.assign(order=time.stocks.order_id.map(number)).merge(
        groups[["channel", "willing", "place"]], on=["channel", "willing"]
    )
    pairs = pairs.sort_values(["order", "place"])
    state, when, order, group = (
        each.to_numpy(np.int64) for each in (at.place, at.place_of_time, pairs.order, pairs.place)
    )
    return Orders(state, when, order, group, np.ascontiguousarray(pairs[list(KERNELS)].to_numpy(np.float64)))
