"""Draws of a log density that is known with its slope, seen from its top so that the sampler need not search for its shape: few unknowns by
nutpie, many by split_sampler.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from shopkeeper.split_sampler import LogDensity, likeliest, turn

Floats = npt.NDArray[np.float64]

Look = Callable[[LogDensity, Floats, int, int], "Drawn"]  # draw or glance

_ACCEPTED, _CAREFUL = 0.9, 0.98  # share of steps to be accepted, and where some diverged: they are shorter then
_TUNING = 500  # draws that are thrown away
_MANY = 1_000  # unknowns
_PASSES = 3  # whose draws are added up, at most
_STEP = 1e-4  # of a difference quotient
_FLATTEST = 0.3  # curvature that every direction is taken to have at least; that of what is known before the data is 1


@dataclass(frozen=True)
class Drawn:
    """Draws (chains × draws × unknowns), and checks: r_hat (largest; of more than 1,000 unknowns that which 1 in 100 exceeds), ess (smallest of bulk and tail), divergences, steps (mean)."""

    points: Floats
    checks: dict[str, float]

    @property
    def flat(self) -> Floats:
        """Draws of all chains, down."""
        return self.points.reshape(-1, self.points.shape[-1])

    @property
    def is_sound(self) -> bool:
        """Whether the sampler may be trusted."""
        return is_sound(self.checks)


def is_sound(checks: dict[str, float]) -> bool:
    """Whether a sampler with these checks may be trusted: R-hat ≤ 1.01, bulk and tail ESS ≥ 400, no divergences."""
    return checks["r_hat"] <= 1.01 and checks["ess"] >= 400 and checks["divergences"] == 0


def draw(log_density: LogDensity, growth: Floats, seed: int, draws: int = 1400) -> Drawn:
    """Two chains, and as many again until the sampler is sound, twice at most; where some diverge, others in their place with shorter steps.

    growth: by unknown, g where what it stands for grows as e to the power of g × it, and 0 where it does not.
    """
    seen = _seen(log_density, growth)
    return _sound(
        lambda again, is_careful: _drawn(
            log_density, seen, (seed + again, draws, _CAREFUL if is_careful else _ACCEPTED)
        )
    )


def draw_many(log_density: LogDensity, size: int, seed: int, draws: int = 1000) -> Drawn:
    """Likewise of unknowns by hundreds or thousands, all but standard normal after the data too."""

    def turned(again: int, is_careful: bool) -> Drawn:
        chains = turn(log_density, size, seed + again, draws, _cores(), is_careful)
        points = np.stack([chain.points for chain in chains])
        paces = {"divergences": float(sum(chain.astray for chain in chains)), "steps": float(chains[0].steps)}
        return Drawn(points, _checks(points) | paces)

    return _sound(turned)


def _sound(drawn: Callable[[int, bool], Drawn]) -> Drawn:
    found = drawn(0, False)
    is_careful = bool(found.checks["divergences"])
    if is_careful:
        found = drawn(1, True)
    for again in range(2, 1 + _PASSES):
        if found.is_sound or found.checks["divergences"]:
            break
        found = _pooled(found, drawn(again, is_careful))
    return found


def _pooled(one: Drawn, other: Drawn) -> Drawn:
    """The chains of both, drawn in the same way."""
    points = np.concatenate([one.points, other.points])
    return Drawn(points, _checks(points) | {name: other.checks[name] for name in ("divergences", "steps")})


def glance(log_density: LogDensity, growth: Floats, seed: int, draws: int) -> Drawn:
    """Two chains, sound or not."""
    return _drawn(log_density, _seen(log_density, growth), (seed, draws, _ACCEPTED))


@dataclass(frozen=True)
class _Seen:
    """How the sampler sees unknowns: from their top, as wide there as a standard normal; and what grows, above where it was thought to be
    before the data (or its top, where that is lower), in proportion.

    What has next to no effect may be as little as it likes, but not more than the data allow: an exponential wall, which the sampler
    runs into from afar. Seen so, it is no steeper than any other; and what the data tell well is as even to both sides of its top.
    """

    top: Floats
    width: Floats
    growth: Floats

    @property
    def size(self) -> int:
        """How many unknowns there are."""
        return len(self.top)

    def unknowns(self, at: Floats) -> Floats:
        """What a point of the sampler's stands for."""
        return self._looked(at)[0]

    def density(self, log_density: LogDensity, at: Floats) -> tuple[float, Floats]:
        """The log density at a point of the sampler's, and its slope there."""
        unknowns, above = self._looked(at)
        value, slope = log_density(unknowns)
        along = (slope - self.growth * (above > 0)) / (1 + above)
        return value - float(np.log1p(above).sum()), np.asarray(along @ self._stretched, np.float64)

    def _looked(self, at: Floats) -> tuple[Floats, Floats]:
        """The unknowns, and by how much of itself what grows is above its turn: 0 below it."""
        over = self._start + self._stretched @ at
        above = self.growth * np.maximum(over, 0.0)
        return np.asarray(self._turn + np.where(above > 0, np.log1p(above) / self._divisor, over), np.float64), above

    @cached_property
    def _turn(self) -> Floats:
        return np.asarray(np.where(self.growth > 0, np.minimum(self.top, 0.0), self.top), np.float64)

    @cached_property
    def _start(self) -> Floats:
        """How far the top lies above the turn, seen in proportion."""
        return np.asarray(np.expm1(self.growth * (self.top - self._turn)) / self._divisor, np.float64)

    @cached_property
    def _stretched(self) -> Floats:
        """The width, as it is where the top is seen."""
        return np.asarray(self.width * np.exp(self.growth * (self.top - self._turn))[:, None], np.float64)

    @cached_property
    def _divisor(self) -> Floats:
        return np.asarray(np.where(self.growth > 0, self.growth, 1.0), np.float64)


def _seen(log_density: LogDensity, growth: Floats) -> _Seen:
    return _Seen(*_top(log_density, len(growth)), growth)


def _top(log_density: LogDensity, size: int) -> tuple[Floats, Floats]:
    """The likeliest unknowns, and what a standard normal is multiplied by to lie there as the density does."""
    top = likeliest(log_density, size)
    steps = _STEP * np.eye(size)
    curve = np.array([log_density(top - step)[1] - log_density(top + step)[1] for step in steps]) / (2 * _STEP)
    curvature, axes = np.linalg.eigh((curve + curve.T) / 2)
    return top, np.asarray(axes / np.sqrt(np.maximum(curvature, _FLATTEST)))


def _drawn(log_density: LogDensity, seen: _Seen, how: tuple[int, int, float]) -> Drawn:
    import nutpie

    (seed, draws, accepted), size = how, seen.size
    sampler = nutpie.compiled_pyfunc.from_pyfunc(
        size, lambda: lambda at, **_: seen.density(log_density, at), lambda *_: lambda at, **__: {"z": seen.unknowns(at)}, [np.dtype("float64")], [(size,)], ["z"],
        make_initial_point_fn=lambda seed: np.random.default_rng(seed).normal(size=size),
    )  # fmt: skip
    with pd.option_context("future.infer_string", False):  # nutpie takes plain strings only
        trace = nutpie.sample(
            sampler, draws=draws, tune=_TUNING, chains=2, cores=_cores(), seed=seed, progress_bar=False, target_accept=accepted,
            adaptation="low_rank",
        )  # fmt: skip
    points = trace.posterior["z"].to_numpy()
    return Drawn(points, _checks(points) | _paces(trace.sample_stats))


def _cores() -> int:
    """As many as this process was given: a density that leaves Python's lock lets both chains run at once."""
    return min(2, int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1))


def _checks(points: Floats) -> dict[str, float]:
    """By ArviZ, but that ranks are told of all unknowns at once: one by one, as it does, they take half of the time."""
    import arviz as az

    away = np.abs(points - np.median(points, axis=(0, 1)))
    seen, ranked, far = (
        az.from_dict({"posterior": {"z": each}}).posterior.dataset for each in (points, _ranked(points), _ranked(away))
    )
    r_hat = np.maximum(az.rhat(ranked, method="split")["z"], az.rhat(far, method="split")["z"])
    least = min(float(az.ess(of, method=how)["z"].min()) for of, how in ((ranked, "mean"), (seen, "tail")))
    # Among thousands a few exceed any limit by chance.
    worst = np.quantile(r_hat, 0.99) if points.shape[-1] > _MANY else r_hat.max()
    return {"r_hat": float(worst), "ess": least}


def _ranked(points: Floats) -> Floats:
    """The normal deviates of the ranks of an unknown's draws.

    Source: Vehtari et al. (2021), Bayesian Analysis 16(2), 667-718.
    """
    flat = points.reshape(-1, points.shape[-1])
    ranks = rankdata(flat.T, axis=1).T.reshape(points.shape)
    return np.asarray(ndtri((ranks - 0.375) / (len(flat) + 0.25)), np.float64)


def _paces(stats: Any) -> dict[str, float]:
    return {"divergences": float(stats.diverging.sum()), "steps": float(stats.n_steps.mean())}
