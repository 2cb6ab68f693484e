"""The unknowns of a posterior in one row, and how likely the data are under them.

Before the data speak each of the common ones is standard normal; times its deviation, added to its mean, it is what its
name says. A level's effect is normal too, as wide as the spread of its kind. What is sampled is the effect by spread^(1 - c):
at c = 1 the effect itself, which gets stuck where little is known of a level, at c = 0 its multiple of the spread, which does
where much is. So each has its own c, by what is known.

Source of c: Papaspiliopoulos, Roberts & Sköld (2003), Bayesian Statistics 7, 307-326.

The slopes are worked out by hand, so that all this is one node of PyMC's graph: which is then made in a second, for any
data, where the graph of its parts takes a minute to compile.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from shopkeeper.clv.models import Floats, Histories, Theta
from shopkeeper.clv.slopes import slopes

COMMON = ("log_r", "pace", "leaving", "steady", "pace_spread", "leaving_spread")
"""Logarithms of r; of the mean customer's orders a day; of how the mean customer leaves (BG/NBD and MBG/NBD the logit of
a / (a + b), Pareto/NBD log s / beta); of a + b, or s; and of the spread of levels in pace, and in leaving. After them come
the levels: what sets each apart in pace, then in leaving."""
SPREADS = (4, 5)  # places of the last two
SPREAD = (-1.6, 0.8)  # mean and deviation of its logarithm before the data speak: most levels lie 5% to 80% apart
_LIMIT = 20.0  # where a sampler that has gone astray is held, so that every number is finite
_BEFORE = {
    "bgnbd": ((-0.4, 0.8), (-4.0, 1.5), (-1.0, 1.2), (1.0, 1.0), SPREAD, SPREAD),
    "mbgnbd": ((-0.4, 0.8), (-4.0, 1.5), (-1.0, 1.2), (1.0, 1.0), SPREAD, SPREAD),
    "pareto_nbd": ((-0.4, 0.8), (-4.0, 1.5), (-5.3, 1.5), (-0.4, 0.8), SPREAD, SPREAD),
}


@cache
def before(model: str, levels: int) -> tuple[Floats, Floats]:
    """Mean and deviation of each unknown before the data speak."""
    around = np.array([*_BEFORE[model], *[(0.0, 1.0)] * (2 * levels)])
    return around[:, 0], around[:, 1]


def parameters(model: str, point: Floats, design: Floats, centred: Floats) -> Theta:
    """The parameters of each cell. design: what each cell (down) has of each level (across).

    centred: c of each level's effect (across) in pace, and in leaving (down), 0–1.
    """
    mean, deviation = before(model, design.shape[1])
    at = np.clip(mean + deviation * point, -_LIMIT, _LIMIT)
    log_r, pace, leaving, steady = at[:4]
    effect = _width(at, centred) * at[len(COMMON) :].reshape(2, -1)
    paces = np.clip(pace + design @ effect[0], -_LIMIT, _LIMIT)
    leavings = np.clip(leaving + design @ effect[1], -_LIMIT, _LIMIT)
    r, alpha, much = np.exp(log_r), np.exp(log_r - paces), np.exp(steady)
    if model == "pareto_nbd":
        return r, alpha, np.full_like(leavings, much), np.exp(steady - leavings)
    share = 1 / (1 + np.exp(-leavings))
    return r, alpha, share * much, (1 - share) * much


def _width(at: Floats, centred: Floats) -> Floats:
    """What a level's unknown is multiplied by: spread^(1 - c), times the spread's middle before the data to the power c."""
    return np.asarray(np.exp(centred * SPREAD[0] + (1 - centred) * at[list(SPREADS), None]))


def by_themselves(point: Floats, centred: Floats, model: str) -> tuple[Floats, Floats]:
    """The same unknowns with every effect as at c = 1, whatever the spread; and how each effect does (down) with its unknown and
    with the spread (across).
    """
    mean, deviation = before(model, centred.shape[1])
    at = mean + deviation * point
    ratio = (_width(at, centred) / np.exp(SPREAD[0])).ravel()
    straight = point.copy()
    straight[len(COMMON) :] *= ratio
    with_spread = straight[len(COMMON) :] * (1 - centred.ravel()) * SPREAD[1]
    return straight, np.column_stack([ratio, with_spread])


def likelihood(model: str, point: Floats, design: Floats, centred: Floats, data: Histories) -> tuple[float, Floats]:
    """The log-likelihood of all customers, with what levels share; and its slope by each unknown."""
    mean, deviation = before(model, design.shape[1])
    at = mean + deviation * point
    r, alpha, third, fourth = theta = parameters(model, point, design, centred)
    total, by_r, (by_alpha, by_third, by_fourth) = slopes(model, theta, data)
    by_pace, by_steady = -by_alpha * alpha, by_third @ third + by_fourth @ fourth
    by_leaving = -by_fourth * fourth
    if model != "pareto_nbd":
        by_leaving = (by_third - by_fourth) * third * fourth / (third + fourth)
    shared, by_spread, by_level = _shared(at, centred, np.array([by_pace, by_leaving]) @ design)
    common = [by_r * r - by_pace.sum(), by_pace.sum(), by_leaving.sum(), by_steady, *by_spread]
    return total + shared, deviation * np.concatenate([common, by_level.ravel()])


def _shared(at: Floats, centred: Floats, by_effect: Floats) -> tuple[float, Floats, Floats]:
    """What a level's effect being as wide as the spread adds to the log density, and both's slopes by spread and level.

    An unknown is not standard normal but has the deviation (spread / its middle)^c: the difference is what is added.
    by_effect: slopes of the log-likelihood by each level's effect, of pace and of leaving (down).
    """
    unknown, apart = at[len(COMMON) :].reshape(2, -1), np.clip(at[list(SPREADS)] - SPREAD[0], -_LIMIT, _LIMIT)[:, None]
    narrower, width = np.exp(-2 * centred * apart), _width(at, centred)
    shared = float(np.sum(unknown**2 * (1 - narrower) / 2 - centred * apart))
    by_level = unknown * (1 - narrower) + by_effect * width
    by_spread = np.sum(centred * (unknown**2 * narrower - 1) + (1 - centred) * unknown * by_effect * width, axis=1)
    return shared, by_spread, by_level


def better_centred(point: Floats, curve: Floats, centred: Floats, model: str) -> Floats:
    """C of each effect by what the data say of it at the top: the share of what is known of an effect that they tell.

    curve: of less the log density at the point, with prior, by the unknowns in deviations.
    """
    if centred.size == 0:
        return centred
    mean, deviation = before(model, centred.shape[1])
    at = mean + deviation * point
    apart = np.clip(at[list(SPREADS)] - SPREAD[0], -_LIMIT, _LIMIT)[:, None]
    of_data = np.diag(curve)[len(COMMON) :].reshape(2, -1) - np.exp(-2 * centred * apart)
    told = np.maximum(of_data, 0.0) / _width(at, centred) ** 2 * np.exp(2 * at[list(SPREADS)])[:, None]
    return np.asarray(told / (1 + told))


class LogLikelihood(Op):
    """likelihood as a node: in the unknowns, design, centred and the six parts of Histories; out the total and its slope."""

    __props__ = ("model",)

    def __init__(self, model: str) -> None:
        self.model = model

    def make_node(self, *inputs: Any) -> Apply[Any]:
        """The node for these inputs."""
        return Apply(self, [pt.as_tensor(each) for each in inputs], [pt.dscalar(), pt.dvector()])

    def perform(self, node: Apply[Any], inputs: Sequence[Any], output_storage: Any) -> None:
        """Work out both outputs."""
        point, design, centred, *data = inputs
        total, slope = likelihood(self.model, point, design, centred, Histories(*data))
        output_storage[0][0], output_storage[1][0] = np.asarray(total), slope

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """The slope of the total; nothing else is a variable."""
        return [cotangents[0] * outputs[1], *(DisconnectedType()() for _ in inputs[1:])]

    def connection_pattern(self, node: Apply[Any]) -> list[list[bool]]:
        """The total depends on the unknowns."""
        return [[number == 0, False] for number in range(len(node.inputs))]
