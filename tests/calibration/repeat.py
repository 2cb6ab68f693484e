"""Brands of known truth for customer value: parameters, what a new customer brings in a year, what a channel orders next.

The first world is the model's own, its parameters drawn from what the model takes them for before the data speak, so that
the place of the truth among the draws is uniform where the posterior is right. In the second customers leave otherwise.
"""

import sys
from collections.abc import Callable, Iterator
from multiprocessing import Pool

import numpy as np
import pandas as pd
from repeat_buyers import bgnbd, leaving_by_age
from shopkeeper.clv.expected import expected_orders
from shopkeeper.clv.fit import collapse, maximum_likelihood
from shopkeeper.clv.future import draw_future, orders_within
from shopkeeper.clv.groups import new_customers
from shopkeeper.clv.models import histories, p_alive
from shopkeeper.clv.posterior import Posterior, sample
from shopkeeper.clv.unknowns import COMMON, before

AHEAD, YEAR = 91.0, 365.0
_SIZES = np.array([1500, 1200, 900, 600, 400, 200, 120, 80])
_DRAWS = 300  # of a posterior, that futures are drawn from
Draw = np.random.Generator


def own(draw: Draw, cell: np.ndarray, age: np.ndarray) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Histories, the true common unknowns, and the true orders of a new customer's first year by channel."""
    mean, deviation = before("bgnbd", 0)
    common = mean + deviation * draw.normal(size=len(COMMON))
    log_r, pace, leaving, steady, *spreads = common
    apart = np.exp(spreads)[:, None] * draw.normal(size=(2, len(_SIZES)))
    apart -= np.average(apart, axis=1, weights=_SIZES)[:, None]
    share = 1 / (1 + np.exp(-(leaving + apart[1])))
    alpha, a, b = np.exp(log_r - pace - apart[0]), share * np.exp(steady), (1 - share) * np.exp(steady)
    rows = bgnbd(draw, age, np.exp(log_r), alpha[cell], a[cell], b[cell], AHEAD)
    new = histories(pd.DataFrame({"frequency": 0.0, "recency": 0.0, "T": 0.0, "cell": range(len(_SIZES))}))
    return rows, common, expected_orders("bgnbd", (np.exp(log_r), alpha, a, b), new, np.array([YEAR]))[:, 0]


def other(draw: Draw, cell: np.ndarray, age: np.ndarray) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Another world: customers leave by age; what a new one orders is counted on 20,000 of each channel."""
    alpha = np.exp(draw.normal(3.9, 0.3, len(_SIZES)) + draw.normal(0, 0.3))
    life = np.exp(draw.normal(5.0, 0.3, len(_SIZES)))
    rows = leaving_by_age(draw, age, 0.9, alpha[cell], life[cell], AHEAD)
    many = np.repeat(np.arange(len(_SIZES)), 20_000)
    year = leaving_by_age(draw, np.zeros(len(many)), 0.9, alpha[many], life[many], YEAR).later
    return rows, np.full(len(COMMON), np.nan), year.groupby(many).mean().to_numpy()


WORLDS: dict[str, Callable[[Draw, np.ndarray, np.ndarray], tuple[pd.DataFrame, np.ndarray, np.ndarray]]] = {
    "BG/NBD": own, "another generator, leaving by age": other,
}  # fmt: skip


def judge(task: tuple[str, int]) -> dict[str, list[float]]:
    """Of one brand, the share of draws below the truth: of the common unknowns, of what a new customer of each channel brings
    with the first order and in the year after, and of the orders of each channel's customers in the quarter ahead.
    """
    name, seed = task
    draw = np.random.default_rng(seed)
    cell = np.repeat(np.arange(len(_SIZES)), _SIZES)
    age = np.floor(draw.uniform(30, 700, len(cell)))
    rows, common, year = WORLDS[name](draw, cell, age)
    rows, mean = _with_money(draw, rows.assign(cell=cell), cell)
    found = sample("bgnbd", rows, pd.DataFrame({"channel": [str(k) for k in range(len(_SIZES))]}), seed)
    worth = new_customers(found, rows, rows.cell.astype(str), 0.0, seed).year.to_numpy()
    quarters, later = _quarters(found, rows, draw), rows.later.groupby(cell).sum().to_numpy()
    return {
        "common": [float((found.common[each] < true).mean()) for each, true in zip(COMMON, common, strict=True)],
        "year": [float(share) for share in (worth < mean * (1 + year)).mean(axis=0)],
        "quarter": [float(s) for s in ((quarters < later) + 0.5 * (quarters == later)).mean(axis=0)],
        "sound": [float(found.is_sound), found.checks["r_hat"], found.checks["ess"], found.checks["divergences"]],
    }


def _with_money(draw: Draw, rows: pd.DataFrame, cell: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """The histories with what first and later order days brought, and the true mean of each channel."""
    mean = 80 * np.exp(draw.normal(0, 0.3, len(_SIZES)))
    own = mean[cell] * draw.gamma(4, 1 / 4, len(cell))
    again = np.maximum(3 * rows.frequency, 1e-9)
    first, later = own * draw.gamma(3, 1 / 3, len(cell)), own * draw.gamma(again) / again
    return rows.assign(first_margin=first, margin=later.where(rows.frequency > 0)), mean


def _quarters(found: Posterior, rows: pd.DataFrame, draw: Draw) -> np.ndarray:
    """By draw (down) and channel (across), orders of all its customers in the quarter ahead."""
    data, quarters = histories(rows), []
    for place in np.linspace(0, len(found) - 1, _DRAWS).astype(int):
        theta = found.theta(place)
        still = np.flatnonzero(draw.random(len(rows)) < p_alive("bgnbd", theta, data))
        came = orders_within("bgnbd", draw_future("bgnbd", theta, data, still, draw), np.array([AHEAD]), draw)[:, 0]
        quarters.append(np.bincount(rows.cell.iloc[still], came, len(_SIZES)))
    return np.array(quarters)


def pooled(seed: int) -> tuple[float, float]:
    """Mean squared error of the orders of a new customer's first year over twenty channels of 50 to 5,000 customers, whose paces
    differ with deviation 0.3: drawn to each other by the posterior, and each on its own by maximum likelihood.
    """
    draw, sizes = np.random.default_rng(seed), np.geomspace(50, 5_000, 20).astype(int)
    cell = np.repeat(np.arange(20), sizes)
    alpha, many = 45 * np.exp(draw.normal(0, 0.3, 20)), len(cell)
    a, b = np.full(many, 0.8), np.full(many, 2.5)
    rows = bgnbd(draw, np.floor(draw.uniform(30, 700, many)), 0.7, alpha[cell], a, b, 0.0).assign(cell=cell)
    new, year = histories(pd.DataFrame({"frequency": [0.0], "recency": [0.0], "T": [0.0]})), np.array([YEAR])

    def ahead(theta: tuple) -> float:
        return float(expected_orders("bgnbd", theta, new, year)[0, 0])

    true = np.array([ahead((0.7, np.array([each]), a[:1], b[:1])) for each in alpha])
    found = sample("bgnbd", rows, pd.DataFrame({"channel": [f"{k:02d}" for k in range(20)]}), seed)
    each = new._replace(
        x=np.zeros(20), cell=np.arange(20), pair=np.arange(20), recency=np.zeros(20), T=np.zeros(20), n=np.ones(20)
    )
    ours = np.mean(
        [expected_orders("bgnbd", found.theta(k), each, year)[:, 0] for k in range(0, len(found), 9)], axis=0
    )
    alone = np.array(
        [
            ahead(maximum_likelihood("bgnbd", collapse(part.drop(columns="cell"))).of_cells())
            for _, part in rows.groupby("cell")
        ]
    )
    return float(np.mean((ours - true) ** 2)), float(np.mean((alone - true) ** 2))


def judged(name: str, seeds: range, workers: int = 2) -> Iterator[dict[str, list[float]]]:
    """What judge says of each seed's brand."""
    with Pool(workers) as pool:
        yield from pool.imap(judge, [(name, seed) for seed in seeds])


if __name__ == "__main__":
    for each in judged(sys.argv[1], range(int(sys.argv[2]), int(sys.argv[3])), 1):
        print(each, flush=True)
