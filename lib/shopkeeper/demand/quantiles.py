"""Quantiles of what will sell: of sample paths, moved to where earlier outcomes fell among theirs.

Outcomes of rare goods are mostly 0, so that an interval holds too many of them or too few whatever is done. Where an
outcome falls among the paths is told with chance between its lowest and highest rank, and is then even over 0 to 1 exactly where the
paths are right. Source: Czado, Gneiting & Held (2009), Biometrics 65(4), 1254-1261.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_FEWEST = 100  # outcomes from which a group is told by itself
_GRID = np.linspace(0, 1, 201)


def ranks(paths: NDArray[np.int32], outcome: Floats, seed: int) -> Floats:
    """Where each outcome falls among its paths, 0 to 1, drawn at random among equals.

    paths: count × ..., outcome: ....
    """
    below, equal = (paths < outcome).sum(axis=0), (paths == outcome).sum(axis=0)
    luck = np.random.default_rng(seed).random(np.shape(outcome))
    return np.asarray((below + luck * (equal + 1)) / (len(paths) + 1))


@dataclass(frozen=True)
class Moved:
    """By group the level of the paths at which each level of outcomes lies, on an even grid from 0 to 1."""

    everywhere: Floats
    groups: Mapping[str, Floats] = field(default_factory=dict)

    def level(self, group: str, level: float) -> float:
        """The level of the paths that outcomes of the group stay below with that chance."""
        return float(np.interp(level, _GRID, self.groups.get(group, self.everywhere)))


def learn_levels(rank: Floats, group: NDArray[np.str_]) -> Moved:
    """From ranks of earlier outcomes, by group and for all; a group of fewer than 100 is told as all are.

    Source: Chernozhukov, Wüthrich & Zhu (2021), PNAS 118(48), distributional conformal prediction.
    """
    names, counts = np.unique(group, return_counts=True)
    large = [name for name, count in zip(names, counts, strict=True) if count >= _FEWEST]
    return Moved(_quantiles(rank), {str(name): _quantiles(rank[group == name]) for name in large})


def _quantiles(rank: Floats) -> Floats:
    if not len(rank):
        return _GRID
    made = np.quantile(rank, _GRID)
    made[0], made[-1] = 0.0, 1.0
    return np.asarray(np.maximum.accumulate(made))


def quantiles(
    paths: NDArray[np.int32], group: NDArray[np.str_], moved: Moved, levels: Sequence[float] = LEVELS
) -> Floats:
    """Quantiles that do not cross and are never below 0: levels × ...; paths: count × ..., group: ...."""
    flat, names = paths.reshape(len(paths), -1), np.broadcast_to(group, paths.shape[1:]).ravel()
    ordered = np.sort(flat, axis=0)
    made = np.empty((len(levels), flat.shape[1]))
    for name in np.unique(names):
        here = names == name
        wanted = np.array([moved.level(str(name), level) for level in levels])
        place = np.clip(np.ceil(wanted * len(paths)).astype(int) - 1, 0, len(paths) - 1)
        made[:, here] = ordered[:, here][place]
    return made.reshape(len(levels), *paths.shape[1:])
