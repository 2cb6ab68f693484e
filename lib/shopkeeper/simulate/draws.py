"""Random numbers that belong to what they decide: each is a function of seed, mechanism and key."""

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, pdtr

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Draws:
    """Keyed random numbers. A draw depends on seed, name and keys alone, never on what else was drawn.

    So a mechanism that is added, or one whose rate changes, moves no draw of another, and a customer's third order
    meets the same luck in every world of one seed (common random numbers).
    """

    seed: int

    def uniform(self, name: str, *keys: npt.ArrayLike) -> Floats:
        """One number in (0, 1) for each key; keys are whole numbers that broadcast."""
        root = np.random.SeedSequence([self.seed, zlib.crc32(name.encode())]).generate_state(1, np.uint64)[0]
        state = np.atleast_1d(root)
        with np.errstate(over="ignore"):  # unsigned wrap-around is meant
            for key in keys:
                state = _mix(state ^ _mix(np.asarray(key, np.int64).astype(np.uint64) + _GOLDEN))
        return np.asarray(((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53, np.float64)

    def normal(self, name: str, *keys: npt.ArrayLike) -> Floats:
        """Standard normal draws."""
        return np.asarray(ndtri(self.uniform(name, *keys)), np.float64)

    def integer(self, name: str, high: int, *keys: npt.ArrayLike) -> Ints:
        """Whole numbers from 0 to high - 1."""
        return (self.uniform(name, *keys) * high).astype(np.int64)

    def poisson(self, name: str, mean: npt.ArrayLike, *keys: npt.ArrayLike) -> Ints:
        """Poisson counts, cut at 12: the means here are of baskets and of single customers."""
        u = self.uniform(name, *keys)
        return np.asarray(sum((u > pdtr(k, mean)).astype(np.int64) for k in range(12)), np.int64)

    def pick(self, name: str, weights: npt.ArrayLike, *keys: npt.ArrayLike) -> Ints:
        """One of the choices for each key, by weight: one row of weights for all, or a row for each."""
        return choose(np.asarray(weights, np.float64), self.uniform(name, *keys))


def choose(weights: Floats, u: Floats) -> Ints:
    """The choice that u in (0, 1) falls on, by weight in the last axis."""
    edges = np.cumsum(weights, axis=-1)
    edges = edges / edges[..., -1:]
    if edges.ndim == 1:
        return np.asarray(np.searchsorted(edges[:-1], u), np.int64)
    return np.asarray((u[..., None] > edges[..., :-1]).sum(axis=-1), np.int64)


def _mix(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit of a key moves every bit of the draw."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
