"""The posterior of a model of repeat buying, customers pooled by how they came and what they bought first."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from shopkeeper.clv.fit import WEEK, collapse
from shopkeeper.clv.models import Floats, Histories, Theta, histories
from shopkeeper.clv.unknowns import COMMON, LogLikelihood, before, parameters

MOST = 4_000  # rows that are sampled
_ROUNDS = 4
_CHAINS, _TUNE, _DRAWS = 2, 200, 900  # two long chains: the noise of r_hat falls with their length
_ACCEPTED, _CAREFUL = 0.8, 0.98  # share of steps to be accepted, and where some went astray: they are shorter then
_STEP = 1e-4  # of a difference quotient
_FLATTEST = 0.3  # curvature that every direction is taken to have; that of what is known before the data is 1
_LIMIT = 8.0  # deviations from what is known before within which the top is sought

LogDensity = Callable[..., tuple[float, Floats]]


@dataclass(frozen=True)
class Posterior:
    """Draws of a model's parameters (days).

    first    the parameter that all share, by draw
    others   each other parameter, by draw (down) and cell (across)
    common   of unknowns.COMMON, by draw
    checks   r_hat (largest), ess (smallest of bulk and tail), divergences
    """

    model: str
    first: Floats
    others: tuple[Floats, Floats, Floats]
    common: pd.DataFrame
    checks: dict[str, float]

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
    Of more than 4,000 rows a coarser picture is sampled, bent so that its slope and curvature at the top are those of all
    rows: see _coarser. A sampler that is not sound is given twice the draws, once.
    """
    whole = collapse(rows)
    design = _design(levels, histories(whole))
    centred = _centred(model, whole, design, seed)
    found = _posterior(model, design, *_draws(centred, seed, (_DRAWS, _ACCEPTED)))
    if not found.is_sound:
        found = _posterior(model, design, *_draws(centred, seed + 1, (2 * _DRAWS, _CAREFUL)))
    return found


def _coarser(whole: pd.DataFrame, seed: int) -> pd.DataFrame:
    """At most 4,000 rows like these: days of one, two or four weeks are not told apart, and if that is not enough,
    customers are drawn at random.
    """
    for days in (1, WEEK, 2 * WEEK, 4 * WEEK):
        rows = whole if days == 1 else collapse(whole, days)
        if len(rows) <= MOST:
            return rows
    drawn = whole.sample(MOST, weights="n", replace=True, random_state=seed)
    return drawn.assign(n=whole.n.sum() / MOST)


def _posterior(model: str, design: Floats, points: Floats, checks: dict[str, float]) -> Posterior:
    each = [parameters(model, point, design) for point in points]
    first, *others = (np.array(values) for values in zip(*each, strict=True))
    mean, deviation = before(model, design.shape[1])
    common = (mean + deviation * points)[:, : len(COMMON)]
    return Posterior(
        model, first, (others[0], others[1], others[2]), pd.DataFrame(common, columns=list(COMMON)), checks
    )


def _design(levels: pd.DataFrame, data: Histories) -> Floats:
    """What each cell (down) has of each level (across), less what all customers have of it in the mean.

    Less the mean, so that the effect of a level is not confused with the pace of all.
    """
    if levels.columns.empty:
        return np.zeros((max(len(levels), 1), 0))
    ones = pd.get_dummies(levels, dtype="float64").to_numpy()
    return np.asarray(ones - np.average(ones[data.cell[data.pair]], axis=0, weights=data.n), np.float64)


@dataclass(frozen=True)
class _Centred:
    """A log density seen from its top: `at` stands for the unknowns top + width @ at. What is sampled lacks tilt of the
    slope that it should have there, and bend of the curvature.
    """

    log_density: LogDensity
    top: Floats
    width: Floats
    tilt: Floats
    bend: Floats

    def __call__(self, at: Floats, **_: Any) -> tuple[float, Floats]:
        total, slope = self.log_density(self.unknowns(at))
        bent = self.bend @ at
        return float(total + self.tilt @ at - at @ bent / 2), slope @ self.width + self.tilt - bent

    def unknowns(self, at: Floats) -> Floats:
        """What `at` stands for."""
        return self.top + self.width @ at


def _centred(model: str, whole: pd.DataFrame, design: Floats, seed: int) -> _Centred:
    """The log density of the rows, or of a coarser picture with the slope of the whole at the top of the whole."""
    log_density, size = _compiled(model)[1], len(before(model, design.shape[1])[0])
    rows = _coarser(whole, seed)
    _give(model, rows, design)
    top, width = _top(log_density, size)
    if rows is whole:
        return _Centred(log_density, top, width, np.zeros(size), np.zeros((size, size)))
    _give(model, whole, design)
    for _ in range(_ROUNDS):  # Newton's steps, the curvature being that of the coarser picture
        top = np.clip(top + width @ (width.T @ log_density(top)[1]), -_LIMIT, _LIMIT)
    slope, curve = log_density(top)[1], _curve(log_density, top)
    width = _width(curve)
    _give(model, rows, design)
    tilt, bend = slope - log_density(top)[1], curve - _curve(log_density, top)
    return _Centred(log_density, top, width, width.T @ tilt, width.T @ bend @ width)


def _give(model: str, rows: pd.DataFrame, design: Floats) -> None:
    """Put the rows into the compiled model."""
    import pymc as pm

    with _compiled(model)[0]:
        middle = np.zeros(len(before(model, design.shape[1])[0]))
        pm.set_data(histories(rows)._asdict() | {"design": design, "middle": middle})


def _draws(centred: _Centred, seed: int, how: tuple[int, float]) -> tuple[Floats, dict[str, float]]:
    """Draws of the unknowns (down), and the sampler's checks. how: draws of a chain, and share of steps to be accepted."""
    import nutpie

    size = len(centred.top)
    sampler = nutpie.compiled_pyfunc.from_pyfunc(
        size, lambda: centred, lambda *_: lambda at, **__: {"point": centred.unknowns(at)}, [np.dtype("float64")],
        [(size,)], ["point"], make_initial_point_fn=lambda seed: np.random.default_rng(seed).normal(size=size),
    )  # fmt: skip
    with pd.option_context("future.infer_string", False):  # nutpie takes plain strings only
        trace = nutpie.sample(
            sampler, draws=how[0], tune=_TUNE, chains=_CHAINS, cores=1, seed=seed, progress_bar=False,
            target_accept=how[1],
        )  # fmt: skip
    return trace.posterior["point"].to_numpy().reshape(-1, size), _checks(trace)


def _top(log_density: LogDensity, size: int) -> tuple[Floats, Floats]:
    """The likeliest unknowns, and what a standard normal is multiplied by to lie about them as the posterior does.

    Seen so the posterior is nearly round, and the sampler need not search for its shape.
    """

    def loss(at: Floats) -> tuple[float, Floats]:
        total, slope = log_density(at)
        return -total, -slope

    top = minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B", bounds=[(-_LIMIT, _LIMIT)] * size).x
    return top, _width(_curve(log_density, top))


def _curve(log_density: LogDensity, top: Floats) -> Floats:
    steps = _STEP * np.eye(len(top))
    rows = np.array([log_density(top - step)[1] - log_density(top + step)[1] for step in steps]) / (2 * _STEP)
    return np.asarray((rows + rows.T) / 2)


def _width(curve: Floats) -> Floats:
    curvature, axes = np.linalg.eigh(curve)
    return np.asarray(axes / np.sqrt(np.maximum(curvature, _FLATTEST)))


def _checks(trace: Any) -> dict[str, float]:
    import arviz as az

    kept = trace.posterior.dataset[["point"]]
    r_hat, bulk, tail = az.rhat(kept), az.ess(kept, method="bulk"), az.ess(kept, method="tail")
    return {
        "r_hat": float(r_hat["point"].max()),
        "ess": float(min(bulk["point"].min(), tail["point"].min())),
        "divergences": float(trace.sample_stats.diverging.sum()),
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
        node = LogLikelihood(model).make_node(point, pm.Data("design", np.zeros((1, 0))), *given)
        pm.Potential("log_likelihood", node.outputs[0])
        value, total = made.rvs_to_values[point], made.logp()
        # Not compiled to machine code: nearly all of the time goes into one node, which is compiled already.
        whole = pm.pytensorf.compile([value], [total, grad(total, value)], mode="FAST_COMPILE")
    whole.trust_input = True

    def log_density(at: Floats, **_: Any) -> tuple[float, Floats]:
        total, slope = whole(at)
        return float(total), slope

    return made, log_density
