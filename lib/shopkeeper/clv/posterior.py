"""The posterior of a model of repeat buying, customers pooled by how they came and what they bought first."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import helmert

from shopkeeper.clv import coarser, tops
from shopkeeper.clv.fit import collapse
from shopkeeper.clv.models import Floats, Histories, Theta, histories
from shopkeeper.clv.tops import LogDensity
from shopkeeper.clv.unknowns import COMMON, LogLikelihood, before, better_centred, by_themselves, parameters

_CHAINS, _TUNE, _DRAWS = 2, 200, 900  # two long chains: the noise of r_hat falls with their length
_ACCEPTED, _CAREFUL = 0.9, 0.98  # share of steps to be accepted, and where some went astray: they are shorter then

Chains = list[tuple[Floats, int]]  # of each chain, its draws (down) of the unknowns, and how many steps went astray


@dataclass(frozen=True)
class Posterior:
    """Draws of a model's parameters (days).

    first    the parameter that all share, by draw
    others   each other parameter, by draw (down) and cell (across)
    common   of unknowns.COMMON, by draw
    checks   r_hat (largest), ess (smallest of bulk and tail), divergences
    drift    of future.draw_future, which no sampler tells but earlier days
    """

    model: str
    first: Floats
    others: tuple[Floats, Floats, Floats]
    common: pd.DataFrame
    checks: dict[str, float]
    drift: float = 0.0

    def __len__(self) -> int:
        return len(self.first)

    def theta(self, draw: int) -> Theta:
        """One draw, as models take it."""
        return float(self.first[draw]), self.others[0][draw], self.others[1][draw], self.others[2][draw]

    @property
    def is_sound(self) -> bool:
        """Whether the sampler may be trusted."""
        return self.checks["r_hat"] <= 1.01 and self.checks["ess"] >= 400 and self.checks["divergences"] == 0


def sample(model: str, rows: pd.DataFrame, levels: pd.DataFrame, seed: int) -> Posterior:
    """Draw from the posterior of rows (frequency, recency and T in days; cell; n, where several are alike).

    levels: of each cell (down, in order) the level of each factor (across), as text; without columns all are alike.
    Of more rows than coarser.MOST a coarser picture is sampled, bent so that its slope and curvature where the draws lie are those of
    all rows: see coarser.py. A sampler that is not sound gets as many chains again, and where steps went astray, it begins anew
    with shorter ones; once.
    """
    whole = collapse(rows)
    design = _design(levels, histories(whole))
    centred, density = _from_the_top(model, whole, design)
    drawn = _draws(density, seed)
    found = _posterior(model, design, centred, drawn)
    if found.checks["divergences"]:
        return _posterior(model, design, centred, _draws(density, seed + 1, accepted=_CAREFUL))
    if not found.is_sound:
        return _posterior(model, design, centred, drawn + _draws(density, seed + 1))
    return found


def _posterior(model: str, design: Floats, centred: Floats, drawn: Chains) -> Posterior:
    points = np.concatenate([points for points, _ in drawn])
    each = [parameters(model, point, design, centred) for point in points]
    first, *others = (np.array(values) for values in zip(*each, strict=True))
    mean, deviation = before(model, design.shape[1])
    common = (mean + deviation * points)[:, : len(COMMON)]
    return Posterior(
        model, first, (others[0], others[1], others[2]), pd.DataFrame(common, columns=list(COMMON)), _checks(drawn)
    )


def _design(levels: pd.DataFrame, data: Histories) -> Floats:
    """What each cell (down) has of each contrast between the levels of a factor (across), one fewer than levels; less what all
    customers have of it in the mean.

    Less the mean, so that a contrast is not confused with the pace of all. Levels whose effects are normal and equally wide
    have such contrasts too; what all levels of a factor share would be no effect.
    """
    if levels.columns.empty:
        return np.zeros((max(len(levels), 1), 0))
    n = pd.Series(np.bincount(data.cell[data.pair], data.n, len(levels)), levels.index)
    # The largest first: each contrast is of a level with all larger ones, so that no other is as ill known as a small one's.
    order = {name: n.groupby(levels[name]).sum().sort_values(ascending=False, kind="stable").index for name in levels}
    dummies = [pd.get_dummies(levels[name], dtype="float64")[order[name]].to_numpy() for name in levels]
    ones = np.hstack([each @ helmert(each.shape[1]).T for each in dummies])
    return np.asarray(ones - np.average(ones[data.cell[data.pair]], axis=0, weights=data.n), np.float64)


@dataclass(frozen=True)
class _Density:
    """A log density seen from its top: `at` stands for the unknowns top + width @ at."""

    log_density: LogDensity
    top: Floats
    width: Floats
    lack: coarser.Lack | None = None

    def __call__(self, at: Floats, **_: Any) -> tuple[float, Floats]:
        point = self.unknowns(at)
        total, slope = self.log_density(point)
        if self.lack:
            more, steeper = self.lack(point)
            total, slope = total + more, slope + steeper
        return total, slope @ self.width

    def unknowns(self, at: Floats) -> Floats:
        """What `at` stands for."""
        return self.top + self.width @ at


def _from_the_top(model: str, whole: pd.DataFrame, design: Floats) -> tuple[Floats, _Density]:
    """How each effect is sampled (c of unknowns), and the log density of the rows, or of a coarser picture, from its top."""
    log_density, ones = _compiled(model)[1], np.ones((2, design.shape[1]))
    _give(model, rows := coarser.coarser(whole, coarser.MOST[model]), design, ones)
    at, curve = tops.settled(log_density, np.zeros(len(COMMON) + ones.size))
    centred = better_centred(at, curve, ones, model)
    lack = None
    if rows is not whole:
        _give(model, whole, design, ones)
        at, slope, curve = tops.beside_spreads(log_density, at)
        _give(model, rows, design, ones)
        lack = coarser.lack(model, centred, at, slope - log_density(at)[1], curve, tops.curve(log_density, at))
    _give(model, rows, design, centred)
    top = np.concatenate([at[: len(COMMON)], at[len(COMMON) :] / by_themselves(at, centred, model)[1][:, 0]])
    seen = _Density(log_density, top, np.eye(len(top)), lack)
    return centred, replace(seen, width=tops.width(tops.curve(seen, np.zeros(len(top)))))


def _give(model: str, rows: pd.DataFrame, design: Floats, centred: Floats) -> None:
    """Put the rows into the compiled model."""
    import pymc as pm

    with _compiled(model)[0]:
        middle = np.zeros(len(before(model, design.shape[1])[0]))
        pm.set_data(histories(rows)._asdict() | {"design": design, "centred": centred, "middle": middle})


def _draws(density: _Density, seed: int, accepted: float = _ACCEPTED) -> Chains:
    """Of each chain, draws of the unknowns (down), and how many steps went astray."""
    import nutpie

    size = len(density.top)
    sampler = nutpie.compiled_pyfunc.from_pyfunc(
        size, lambda: density, lambda *_: lambda at, **__: {"point": density.unknowns(at)}, [np.dtype("float64")],
        [(size,)], ["point"], make_initial_point_fn=lambda seed: np.random.default_rng(seed).normal(size=size),
    )  # fmt: skip
    with pd.option_context("future.infer_string", False):  # nutpie takes plain strings only
        trace = nutpie.sample(
            sampler, draws=_DRAWS, tune=_TUNE, chains=_CHAINS, cores=1, seed=seed, progress_bar=False, target_accept=accepted,
        )  # fmt: skip
    points, astray = trace.posterior["point"].to_numpy(), trace.sample_stats.diverging.to_numpy()
    return [(each, int(gone.sum())) for each, gone in zip(points, astray, strict=True)]


def _checks(drawn: Chains) -> dict[str, float]:
    import arviz as az

    kept = az.from_dict({"posterior": {"point": np.array([points for points, _ in drawn])}}).posterior.dataset
    r_hat, bulk, tail = az.rhat(kept), az.ess(kept, method="bulk"), az.ess(kept, method="tail")
    return {
        "r_hat": float(r_hat["point"].max()),
        "ess": float(min(bulk["point"].min(), tail["point"].min())),
        "divergences": float(sum(gone for _, gone in drawn)),
    }


@cache
def _compiled(model: str) -> tuple[Any, LogDensity]:
    """The model, and its log density with its slope: made once a process, for data of any length."""
    import pymc as pm
    from pytensor.gradient import grad

    some = histories(pd.DataFrame({"frequency": [0.0, 2.0], "recency": [0.0, 30.0], "T": [60.0, 90.0]}))
    with pm.Model(check_bounds=False) as made:
        given = [pm.Data(name, value) for name, value in some._asdict().items()]
        point = pm.Normal("point", pm.Data("middle", np.zeros(len(COMMON))))
        node = LogLikelihood(model).make_node(
            point, pm.Data("design", np.zeros((1, 0))), pm.Data("centred", np.zeros((2, 0))), *given
        )
        pm.Potential("log_likelihood", node.outputs[0])
        value, total = made.rvs_to_values[point], made.logp()
        # Not compiled to machine code: nearly all of the time goes into one node, which is compiled already.
        whole = pm.pytensorf.compile([value], [total, grad(total, value)], mode="FAST_COMPILE")
    whole.trust_input = True

    def log_density(at: Floats, **_: Any) -> tuple[float, Floats]:
        total, slope = whole(at)
        return float(total), slope

    return made, log_density
