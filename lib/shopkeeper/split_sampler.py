"""Draws of unknowns by hundreds or thousands, all but standard normal: Hamiltonian steps that are exact for what is normal of a density.

A step turns place and speed as a normal density would, and pushes by what the density is beside that. Four steps of a quarter turn in all
take thousands of unknowns across, where steps that know nothing of the normal part have to be fifteen and shorter.
Source: Shahbaba, Lan, Johnson & Neal (2014), Statistics and Computing 24(3), 339-349.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Floats = npt.NDArray[np.float64]
LogDensity = Callable[[Floats], tuple[float, Floats]]

_TURN = 1.6  # radians of a draw's turn in all: a quarter, after which place says nothing of where it came from
_JITTER = 0.2  # of it, so that no unknown comes back to where it was
_FEWEST, _MOST = 4, 64  # steps of a turn
_ACCEPTED = 0.7  # share of turns, below which they take twice as many steps
_SETTLING = 100  # turns that are thrown away; of these the last two thirds tell scales
_PROBES, _STIFF = (
    10,
    4.0,
)  # directions in which curvature is looked at; from this of an unknown it is looked at by itself
_NEAR, _OFF = 1e-3, 1e-4  # steps of difference quotients, of all unknowns and of one
_ASTRAY = 1_000.0  # of energy gained or lost, from which a turn has gone astray


class _View(NamedTuple):
    """What the sampler sees times scale, and centre, are the unknowns."""

    centre: Floats
    scale: Floats


class Chain(NamedTuple):
    """points (turns × unknowns), the last place as the sampler sees it, the share of turns accepted, how many went astray, and steps of a turn."""

    points: Floats
    last: Floats
    accepted: float
    astray: int
    steps: int


def likeliest(log_density: LogDensity, size: int) -> Floats:
    """The unknowns at the top of the density, looked for from 0."""

    def loss(at: Floats) -> tuple[float, Floats]:
        value, slope = log_density(at)
        return -value, -slope

    return np.asarray(minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x)


def turn(
    log_density: LogDensity, size: int, seed: int, draws: int, cores: int, is_careful: bool = False
) -> list[Chain]:
    """Two chains of so many draws, both at once where there are cores; by shorter steps where is_careful."""
    streams = [np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(3)]
    view, steps = _seen(log_density, size, streams[-1]), _FEWEST * (1 + is_careful)
    places = [stream.normal(size=size) for stream in streams[:-1]]

    def run(count: int) -> list[Chain]:
        with ThreadPoolExecutor(cores) as pool:
            return list(
                pool.map(
                    lambda each: _chain(log_density, view, steps, count, *each), zip(places, streams, strict=False)
                )
            )

    settled = run(_SETTLING)
    while min(chain.accepted for chain in settled) < _ACCEPTED and steps < _MOST:
        steps *= 2
        settled = run(_SETTLING)
    known = view
    view = _settled(known, settled)
    places = [(known.centre + known.scale * chain.last - view.centre) / view.scale for chain in settled]
    return run(draws)


def _seen(log_density: LogDensity, size: int, rng: np.random.Generator) -> _View:
    """From the top; an unknown of which the data tell much as wide as it is there, all others as they are."""
    top = likeliest(log_density, size)
    probes = rng.choice([-1.0, 1.0], (_PROBES, size))
    bent = np.mean([probe * _bend(log_density, top, _NEAR * probe) for probe in probes], axis=0) / _NEAR
    scale = np.ones(size)
    for place in np.flatnonzero(bent > _STIFF):
        off = np.zeros(size)
        off[place] = _OFF
        scale[place] = max(_bend(log_density, top, off)[place] / _OFF, 1.0) ** -0.5
    return _View(top, scale)


def _bend(log_density: LogDensity, at: Floats, off: Floats) -> Floats:
    """How the slope falls along the way."""
    return np.asarray((log_density(at - off)[1] - log_density(at + off)[1]) / 2)


def _settled(view: _View, chains: list[Chain]) -> _View:
    """The stiff unknowns as wide as they were seen to be."""
    seen = np.concatenate([chain.points[_SETTLING // 3 :] for chain in chains])
    return view._replace(scale=np.where(view.scale < 1, seen.std(axis=0), 1.0))


def _chain(
    log_density: LogDensity, view: _View, steps: int, count: int, place: Floats, rng: np.random.Generator
) -> Chain:
    points, accepted, astray = np.empty((count, len(place))), 0, 0
    value, slope = log_density(view.centre + view.scale * place)
    for draw in range(count):
        speed = rng.normal(size=len(place))
        angle = _TURN / steps * rng.uniform(1 - _JITTER, 1 + _JITTER)
        to, ends, to_value, to_slope = _turned(log_density, view, (place, speed, slope), steps, angle)
        gain = (to_value - ends @ ends / 2) - (value - speed @ speed / 2)
        astray += not abs(gain) < _ASTRAY
        if np.log(rng.uniform()) < gain:
            place, value, slope, accepted = to, to_value, to_slope, accepted + 1
        points[draw] = view.centre + view.scale * place
    return Chain(points, place, accepted / count, astray, steps)


def _turned(
    log_density: LogDensity, view: _View, start: tuple[Floats, Floats, Floats], steps: int, angle: float
) -> tuple[Floats, Floats, float, Floats]:
    """Where a turn ends: place and speed, and the log density there with its slope in the unknowns."""
    (place, speed, slope), (along, across) = start, (np.cos(angle), np.sin(angle))
    value = 0.0
    for _ in range(steps):
        speed = speed + angle / 2 * (view.scale * slope + place)
        place, speed = along * place + across * speed, along * speed - across * place
        value, slope = log_density(view.centre + view.scale * place)
        speed = speed + angle / 2 * (view.scale * slope + place)
    return place, speed, value, slope
