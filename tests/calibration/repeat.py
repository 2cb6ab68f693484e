"""Brands of known truth for customer value: parameters, what a new customer brings in a year, what a channel orders next.

The first world is the model's own, its parameters drawn from what the model takes them for before the data speak, so that
the place of the truth among the draws is uniform where the posterior is right. In the second customers leave otherwise.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context

import numpy as np
import pandas as pd
from repeat_buyers import bgnbd, leaving_by_age
from scipy.stats import kstest
from shopkeeper.clv.expected import expected_orders
from shopkeeper.clv.fit import collapse, maximum_likelihood
from shopkeeper.clv.future import draw_orders
from shopkeeper.clv.groups import new_customers, orders_of_new
from shopkeeper.clv.models import PARAMETERS, Theta, histories, p_alive
from shopkeeper.clv.posterior import Posterior, sample
from shopkeeper.clv.study import best_model
from shopkeeper.clv.unknowns import COMMON, before

AHEAD, YEAR = 91.0, 365.0
_SIZES = np.array([1500, 1200, 900, 600, 400, 200, 120, 80])
_DRAWS = 300  # of a posterior, that futures are drawn from
_CHANNELS = np.geomspace(50, 5_000, 20).astype(int)  # sizes, of brands that tell what pooling is worth
_EVERY = 9  # of the draws that a mean is taken of
_WORKERS = 2
SEEDS = {"BG/NBD": range(60), "another generator, leaving by age": range(40)}
POOLED = range(12)
KINDS = {
    "common": "parameters of repeat buying",
    "year": "margin of a new customer of a channel, first order and year after",
    "quarter": "orders of a channel's customers in the next 91 days",
}
Draw = np.random.Generator
Shares = dict[str, list[float]]  # of draws below the truth, by kind


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
    """Another world: customers leave by age, and no common unknown is true."""
    alpha = np.exp(draw.normal(3.9, 0.3, len(_SIZES)) + draw.normal(0, 0.3))
    life = np.exp(draw.normal(5.0, 0.3, len(_SIZES)))
    rows = leaving_by_age(draw, age, 0.9, alpha[cell], life[cell], AHEAD)
    day = np.arange(YEAR) + 0.5
    here = np.exp(-((1.2658 * day / life[:, None]) ** 0.7)).sum(axis=1)  # days of a year that a new one is a customer
    return rows, np.zeros(0), 0.9 / alpha * here


WORLDS: dict[str, Callable[[Draw, np.ndarray, np.ndarray], tuple[pd.DataFrame, np.ndarray, np.ndarray]]] = {
    "BG/NBD": own, "another generator, leaving by age": other,
}  # fmt: skip


def judge(task: tuple[str, int]) -> Shares:
    """Of one brand, the share of draws below the truth: of the common unknowns, of what a new customer of each channel brings
    with the first order and in the year after, and of the orders of each channel's customers in the quarter ahead.
    """
    name, seed = task
    draw = np.random.default_rng(seed)
    cell = np.repeat(np.arange(len(_SIZES)), _SIZES)
    age = np.floor(draw.uniform(30, 700, len(cell)))
    rows, common, year = WORLDS[name](draw, cell, age)
    rows, mean = _with_money(draw, rows.assign(cell=cell), cell)
    # As a study does where no earlier day was compared; the parameters of the first world are its own.
    model = "bgnbd" if len(common) else best_model(pd.DataFrame(), rows.drop(columns="cell"))
    found = sample(model, rows, pd.DataFrame({"channel": [str(k) for k in range(len(_SIZES))]}), seed)
    worth = new_customers(orders_of_new(found, 0.0), rows, rows.cell.astype(str), seed).year.to_numpy()
    quarters, later = _quarters(found, rows, draw), rows.later.groupby(cell).sum().to_numpy()
    return {
        "common": [float((found.common[each] < true).mean()) for each, true in zip(COMMON, common, strict=False)],
        "year": [float(share) for share in (worth < mean * (1 + year)).mean(axis=0)],
        "quarter": [float(s) for s in ((quarters < later) + 0.5 * (quarters == later)).mean(axis=0)],
        "model": [float(model == each) for each in PARAMETERS],
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
        still = np.flatnonzero(draw.random(len(rows)) < p_alive(found.model, theta, data))
        who, came = draw_orders(found.model, theta, data, still, np.array([AHEAD]), draw)
        quarters.append(np.bincount(rows.cell.iloc[who], came[:, 0], len(_SIZES)))
    return np.array(quarters)


def pooled(seed: int) -> tuple[float, float]:
    """Mean squared error of the orders of a new customer's first year over twenty channels of 50 to 5,000 customers, whose paces
    differ with deviation 0.3: drawn to each other by the posterior, and each on its own by maximum likelihood.
    """
    draw, size = np.random.default_rng(seed), len(_CHANNELS)
    cell = np.repeat(np.arange(size), _CHANNELS)
    alpha = 45 * np.exp(draw.normal(0, 0.3, size))
    a, b = np.full(size, 0.8), np.full(size, 2.5)
    rows = bgnbd(draw, np.floor(draw.uniform(30, 700, len(cell))), 0.7, alpha[cell], a[cell], b[cell], 0.0)
    rows = rows.assign(cell=cell)
    true = _first_year((0.7, alpha, a, b))
    found = sample("bgnbd", rows, pd.DataFrame({"channel": [f"{k:02d}" for k in range(size)]}), seed)
    ours = np.mean([_first_year(found.theta(number)) for number in range(0, len(found), _EVERY)], axis=0)
    parts = [collapse(part.drop(columns="cell")) for _, part in rows.groupby("cell")]
    alone = np.concatenate([_first_year(maximum_likelihood("bgnbd", part).of_cells()) for part in parts])
    return float(np.mean((ours - true) ** 2)), float(np.mean((alone - true) ** 2))


def _first_year(theta: Theta) -> np.ndarray:
    """Orders of the first year of a new customer of each cell."""
    new = pd.DataFrame({"frequency": 0.0, "recency": 0.0, "T": 0.0, "cell": range(len(theta[1]))})
    return expected_orders("bgnbd", theta, histories(new), np.array([YEAR]))[:, 0]


def judged(name: str, seeds: Iterable[int]) -> Iterator[Shares]:
    """What judge says of each seed's brand."""
    # A process forked from one with threads may hang.
    with get_context("spawn").Pool(_WORKERS) as pool:
        yield from pool.imap(judge, [(name, seed) for seed in seeds])


def all_pooled() -> list[tuple[float, float]]:
    """What pooled says of each seed's brand."""
    with get_context("spawn").Pool(_WORKERS) as pool:
        return pool.map(pooled, POOLED, chunksize=1)


def holds(brands: Iterable[Shares], kind: str) -> Iterator[list[bool]]:
    """For each brand, whether the 90% intervals of this kind hold the truth."""
    for shares in brands:
        yield [0.05 <= share <= 0.95 for share in shares[kind]]


def ranks_and_pooling(brands: dict[str, list[Shares]], errors: list[tuple[float, float]]) -> str:
    """Below the table: whether the truth's place among the draws is uniform, samplers that were sound, what pooling is worth."""
    places = np.array([shares["common"] for shares in brands["BG/NBD"]]).T
    ranks = [f"| {name} | {kstest(each, 'uniform').pvalue:.2f} |\n" for name, each in zip(COMMON, places, strict=True)]
    sound = [f"{sum(each['sound'][0] for each in of):.0f} of {len(of)} ({name})" for name, of in brands.items()]
    chosen = pd.Series(
        [list(PARAMETERS)[np.argmax(each["model"])] for each in brands["another generator, leaving by age"]]
    )
    ours, alone = np.sqrt(np.mean(errors, axis=0))
    return (
        "Brands of 5,000 customers in 8 channels of 80 to 1,500. Where a posterior is right, the share of its draws below "
        "the truth is uniform; over the brands of BG/NBD, the p of Kolmogorov and Smirnov:\n\n"
        f"| unknown | p |\n|---|---|\n{''.join(ranks)}\nSamplers that were sound: {', '.join(sound)}.\n\n"
        "Of the other generator no model is true. The likeliest was taken, as a study does where too few days are over to compare: "
        f"{', '.join(f'{name} {times} times' for name, times in chosen.value_counts().items())}.\n\n"
        f"Orders of a new customer's first year, {len(_CHANNELS)} channels of {_CHANNELS[0]:,} to {_CHANNELS[-1]:,} customers, "
        f"{len(errors)} brands, root mean squared error: {ours:.3f} where channels are drawn to each other, {alone:.3f} where "
        f"each is on its own, {1 - ours / alone:.0%} less.\n"
    )


if __name__ == "__main__":
    for each in map(judge, [(sys.argv[1], seed) for seed in range(int(sys.argv[2]), int(sys.argv[3]))]):
        print(each, flush=True)
