"""Brands of known truth for the posterior of repeat buying: parameters, what a new customer orders, what a channel will.

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
from shopkeeper.clv.future import draw_future, orders_within
from shopkeeper.clv.models import histories, p_alive
from shopkeeper.clv.posterior import Posterior, sample
from shopkeeper.clv.unknowns import COMMON, before

CUSTOMERS, AHEAD, YEAR = 5_000, 91.0, 365.0
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
    """Another world: customers leave by age; what a new one orders is counted on 200,000 of each channel."""
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
    """Of one brand, the share of draws below the truth: of common unknowns, of a new customer's first year, of a channel's next quarter."""
    name, seed = task
    draw = np.random.default_rng(seed)
    cell = np.repeat(np.arange(len(_SIZES)), _SIZES)
    age = np.floor(draw.uniform(30, 700, len(cell)))
    rows, common, year = WORLDS[name](draw, cell, age)
    rows = rows.assign(cell=cell, n=1.0)
    levels = pd.DataFrame({"channel": [str(k) for k in range(len(_SIZES))]})
    found = sample("bgnbd", rows, levels, seed)
    years, quarters = _drawn(found, rows, draw)
    later = rows.later.groupby(cell).sum().to_numpy()
    return {
        "common": [float((found.common[each] < true).mean()) for each, true in zip(COMMON, common, strict=True)],
        "year": list((years < year).mean(axis=0)),
        "quarter": list(((quarters < later) + 0.5 * (quarters == later)).mean(axis=0)),
        "sound": [float(found.is_sound), found.checks["r_hat"], found.checks["ess"], found.checks["divergences"]],
    }


def _drawn(found: Posterior, rows: pd.DataFrame, draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """By draw (down) and channel: orders of a new customer's first year, and of all the channel's customers in the quarter ahead."""
    new = histories(pd.DataFrame({"frequency": 0.0, "recency": 0.0, "T": 0.0, "cell": range(len(_SIZES))}))
    data = histories(rows)
    years, quarters = [], []
    for place in np.linspace(0, len(found) - 1, _DRAWS).astype(int):
        theta = found.theta(place)
        years.append(expected_orders("bgnbd", theta, new, np.array([YEAR]))[:, 0])
        still = np.flatnonzero(draw.random(len(rows)) < p_alive("bgnbd", theta, data))
        came = orders_within("bgnbd", draw_future("bgnbd", theta, data, still, draw), np.array([AHEAD]), draw)[:, 0]
        quarters.append(np.bincount(rows.cell.iloc[still], came, len(_SIZES)))
    return np.array(years), np.array(quarters)


def judged(name: str, seeds: range, workers: int = 2) -> Iterator[dict[str, list[float]]]:
    """What judge says of each seed's brand."""
    with Pool(workers) as pool:
        yield from pool.imap(judge, [(name, seed) for seed in seeds])


if __name__ == "__main__":
    for each in judged(sys.argv[1], range(int(sys.argv[2]), int(sys.argv[3])), 1):
        print(each, flush=True)
