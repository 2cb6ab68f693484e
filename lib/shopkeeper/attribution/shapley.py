"""Shapley values: what a channel adds, averaged over every order in which channels could join, for any value of sets of them."""

from collections.abc import Callable, Sequence
from math import comb

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Value = Callable[[Flags], Floats]

MOST_EXACT = 12  # channels, of which all 4,096 sets are valued
PAIRS = 1_000  # of orders of joining drawn beyond, each with its reverse
_BATCH = 2**16  # sets that are valued at once


def shapley(value: Value, n: int, seed: int, pairs: int = PAIRS) -> tuple[Floats, Floats]:
    """Each of n channels' share of value, and its standard error; over all channels shares add up to v(all) - v(none).

    value: of sets of channels, flags of (sets, n), one number or several (draws of a posterior, say) per set; those stand
    in the last axis of the result. Exact to 12 channels, where the error is 0; beyond, so many pairs of orders of joining
    are drawn, and the error is that of sampling them, not of the value.

    Source: Shapley (1953), Contributions to the Theory of Games II, 307-317; orders in pairs with their reverse: Mitchell,
    Cooper, Frank & Holmes (2022), J. Mach. Learn. Res. 23(43), 1-46.
    """
    if n <= MOST_EXACT:
        exact = _exact(value, n)
        return exact, np.zeros_like(exact)
    return _sampled(value, n, seed, pairs)


def _exact(value: Value, n: int) -> Floats:
    kept = (np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1
    size = kept.sum(axis=1, keepdims=True)
    # Of channels in a set, each was last to join it in 1 / (n · C(n-1, size-1)) of all orders; of the others, each is next.
    chance = np.array([1 / (n * comb(n - 1, k)) for k in range(n)])
    weight = np.where(kept, chance[size - 1], -chance[np.minimum(size, n - 1)])
    return np.asarray(np.tensordot(weight, _valued(value, kept), (0, 0)))


def _sampled(value: Value, n: int, seed: int, pairs: int) -> tuple[Floats, Floats]:
    draw = np.random.default_rng(seed)
    order = draw.permuted(np.tile(np.arange(n), (pairs, 1)), axis=1)
    joined = np.stack([order, order[:, ::-1]], axis=1)
    place = joined.argsort(axis=2)  # of each channel, in each order
    kept = place[:, :, None, :] < np.arange(n + 1)[:, None]  # after none, one, two … have joined
    worth = _valued(value, kept.reshape(-1, n))
    worth = worth.reshape(pairs, 2, n + 1, *worth.shape[1:])
    added = np.diff(worth, axis=2)
    added = np.take_along_axis(added, place.reshape(*place.shape, *[1] * (added.ndim - 3)), axis=2).mean(axis=1)
    return added.mean(axis=0), added.std(axis=0, ddof=1) / np.sqrt(pairs)


def _valued(value: Value, kept: Flags) -> Floats:
    """The value of each set; each distinct one is valued once."""
    distinct, which = np.unique(np.packbits(kept, axis=1), axis=0, return_inverse=True)
    sets = np.unpackbits(distinct, axis=1, count=kept.shape[1]).astype(bool)
    parts = [value(sets[k : k + _BATCH]) for k in range(0, len(sets), _BATCH)]
    return np.concatenate(parts)[which.ravel()]


def orders_reached(sets: pd.DataFrame, channels: Sequence[str]) -> Value:
    """A value function: orders of the journeys that knew no channels but those of a set.

    sets: loaded from channel_sets; channels in the order of the flags. Its Shapley values share each order equally among
    the distinct channels of its journey.
    """
    touched = np.array([[channel in row for channel in channels] for row in sets.channels], np.float32)
    known = touched.sum(axis=1) == sets.channels.map(len)
    orders = np.where(known, sets.conversions, 0).astype(float)

    def value(kept: Flags) -> Floats:
        return np.asarray(((~kept).astype(np.float32) @ touched.T == 0) @ orders)

    return value
