"""Budgets of known truth: does a proposed budget gain what was expected of it?

A budget is chosen because its gain looks largest, so what is expected of it would be too much if it were read from the likeliest
curves. As a mean over a posterior it is not, where the posterior is right. In the first world it is: true curves are drawn
from what the model takes them for before it sees data, and the posterior is theirs. In the second they have another shape.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from shopkeeper.attribution.budget import Budget, choose, gain, is_advised, propose, propose_carefully, propose_freely
from shopkeeper.attribution.curves import Curves

SEEDS = range(400)
CHANNELS, LEVELS, DRAWS = 6, 80, 500
_READINGS = np.array(
    [0.5, 0.7, 0.9, 1.0, 1.1, 1.3]
)  # of the planned spend, at which what a channel brings was read, with error
_ERROR = 0.3  # of what the planned spend costs
_BEFORE = 20_000  # draws before the data
_RETURN, _BEND = (0.4, 0.6), (0.7, 0.4)  # logarithms of return as planned, and of λ × planned spend: mean and deviation
Draw = np.random.Generator
Shape = Callable[
    [np.ndarray], np.ndarray
]  # what is brought, by spend (down) as a share of what is planned, and channel


def saturation(returns: np.ndarray, bend: np.ndarray, spend: np.ndarray) -> np.ndarray:
    """tanh, as a share of the planned spend; returns: as planned."""
    return returns * np.tanh(bend * spend / 2) / np.tanh(bend / 2)


def own(draw: Draw) -> Shape:
    """Curves of the model's own shape, drawn from what it takes them for."""
    returns, bend = (np.exp(draw.normal(*each, CHANNELS)) for each in (_RETURN, _BEND))
    return lambda spend: saturation(returns, bend, spend)


def other(draw: Draw) -> Shape:
    """Hill's curves, steep at first and never quite level."""
    returns = np.exp(draw.normal(*_RETURN, CHANNELS))
    half, power = np.exp(draw.normal(0.3, 0.5, CHANNELS)), draw.uniform(0.7, 1, CHANNELS)
    return lambda spend: returns * spend**power * (1 + half**power) / (spend**power + half**power)


WORLDS = {"saturation as the model's": own, "another generator, Hill's saturation": other}


def posterior(draw: Draw, read: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draws of return and bend of each channel, and the likeliest of them first: sampled by importance from what stood before."""
    returns, bend = (np.exp(draw.normal(*each, (_BEFORE, CHANNELS))) for each in (_RETURN, _BEND))
    apart = np.stack([read[place] - saturation(returns, bend, share) for place, share in enumerate(_READINGS)])
    likely = -0.5 * (apart**2).sum(axis=0) / _ERROR**2
    weight = np.exp(likely - likely.max(axis=0))
    picked = [draw.choice(_BEFORE, DRAWS, p=each / each.sum()) for each in weight.T]
    rows = np.vstack([likely.argmax(axis=0), np.column_stack(picked)])
    return np.take_along_axis(returns, rows, 0), np.take_along_axis(bend, rows, 0)


def curves(now: np.ndarray, brings: np.ndarray) -> Curves:
    """Of what is brought (draw × level × channel, by the planned spend), on levels up to half more than is planned."""
    spend = np.linspace(0, 1.5, LEVELS)[:, None] * now
    return Curves(tuple(map(str, range(CHANNELS))), spend, brings * now, now, 0 * now, 1.5 * now, 1.5 * now)


@dataclass(frozen=True)
class Judged:
    """What was expected of a budget, its 90% interval and chance of a gain, and what it truly gained, by the planned total."""

    kind: str
    expected: float
    low: float
    high: float
    chance: float
    true: float
    is_advised: bool

    @property
    def holds(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= self.true <= self.high


def judge(world: Callable[[Draw], Shape], seed: int) -> list[Judged]:
    """The best, the free, the careful and the chosen budget of one shop, and what its likeliest curves alone would promise."""
    draw = np.random.default_rng(seed)
    shape, now = world(draw), draw.lognormal(11, 0.8, CHANNELS)
    read = shape(_READINGS[:, None]) + draw.normal(0, _ERROR, (len(_READINGS), CHANNELS))
    returns, bend = posterior(draw, read)
    levels = np.linspace(0, 1.5, LEVELS)[:, None]
    known = saturation(returns[:, None], bend[:, None], levels)
    likeliest, all_draws = curves(now, known[:1]), curves(now, known[1:])
    truth = curves(now, shape(levels)[None])
    best, careful = propose(all_draws), propose_carefully(all_draws)
    budgets = {
        "best": best, "free": propose_freely(all_draws), "careful": careful, "chosen": choose(best, careful),
        "likeliest curves": propose(likeliest),
    }  # fmt: skip
    return [_judged(kind, found, truth) for kind, found in budgets.items()]


def _judged(kind: str, found: Budget, truth: Curves) -> Judged:
    unit = truth.now.sum()
    gains, true = gain(found) / unit, gain(replace(found, curves=truth)) / unit
    low, high = np.quantile(gains, [0.05, 0.95])
    return Judged(kind, gains.mean(), low, high, (gains > 0).mean(), float(true[0]), is_advised(found))


def judged(name: str, seeds: Iterable[int] = SEEDS) -> list[list[Judged]]:
    """What judge says of each seed's shop."""
    return [judge(WORLDS[name], seed) for seed in seeds]


def holds(shops: Iterable[list[Judged]], kind: str = "best") -> Iterator[list[bool]]:
    """For each shop, whether the 90% interval of the gain of its budget holds the truth."""
    for shop in shops:
        yield [each.holds for each in shop if each.kind == kind]


def expected_and_true(shops: list[list[Judged]]) -> str:
    """Mean expected and true gain by kind of budget, with the error of their difference; how often it gained, as expected and in truth."""
    lines = [_line([each for shop in shops for each in shop if each.kind == kind.kind]) for kind in shops[0]]
    chosen = [each for shop in shops for each in shop if each.kind == "chosen" and each.is_advised]
    head = "| budget | expected gain | true gain | difference, standard error | chance of a gain | gained |\n|---|---|---|---|---|---|\n"
    told = f"\nOf the chosen, {len(chosen)} of {len(shops)} were advised; {np.mean([each.true > 0 for each in chosen]):.1%} of these gained.\n"
    return head + "".join(lines) + told


def _line(rows: list[Judged]) -> str:
    expected, true, chance = (
        np.array([getattr(each, name) for each in rows]) for name in ("expected", "true", "chance")
    )
    apart = expected - true
    error = apart.std(ddof=1) / len(rows) ** 0.5
    return (
        f"| {rows[0].kind} | {expected.mean():.2%} | {true.mean():.2%} | {apart.mean():+.2%} ± {error:.2%} | {chance.mean():.1%} | "
        f"{(true > 0).mean():.1%} |\n"
    )


if __name__ == "__main__":
    for world in WORLDS:
        found = judged(world, range(int(sys.argv[1]), int(sys.argv[2])))
        print(
            world,
            {
                kind.kind: f"{np.mean([each for shop in holds(found, kind.kind) for each in shop]):.1%}"
                for kind in found[0]
            },
        )
        print(expected_and_true(found), flush=True)
