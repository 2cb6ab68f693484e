"""Elasticities where demand has another form than the model's, and shares no code with the simulator.

Sixty shops of 60 SKUs in five categories over 104 weeks. Demand falls along straight lines, so that elasticities grow with the price; of what a
dearer SKU loses, 10 to 90% by category leaves the category, and the rest goes to neighbours that are close or far pair by pair. Demand of a category
drifts, SKUs scatter by 15%, customers take one to three units at once. True is the mean over what was sold, at the prices of each week.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from bands import verdict
from numpy.typing import NDArray
from priced import one_by_one
from prices_by_hand import panel_of
from shopkeeper.pricing.elasticity import Elasticities, fit_elasticities
from shopkeeper.pricing.panel import PricePanel

Floats = NDArray[np.float64]

SEEDS = range(60)
SKUS, CATEGORIES, WEEKS = 60, 5, 104
HOME = np.arange(SKUS) % CATEGORIES
_PAIR, _THIRD = 0.2, 0.05  # of customers who take a second unit, and a third


class Truth(NamedTuple):
    """sku, mean: elasticities to a SKU's own price, of each and by category; together: of a category to all its prices."""

    sku: Floats
    mean: Floats
    together: Floats


def shop_of(seed: int) -> tuple[PricePanel, Truth]:
    """What is seen of a shop, and what is true of it."""
    draw = np.random.default_rng(seed)
    size, slope = 15 * draw.lognormal(0, 0.9, SKUS), -np.clip(draw.normal(2.1, 0.45, SKUS), 0.8, 3.2)
    leaves = draw.uniform(0.1, 0.9, CATEGORIES)
    off, promoted = _prices(draw)
    lost = -slope * size * (1 - leaves[HOME])  # to neighbours, by 100% of its price
    mean = np.maximum(
        size[:, None] * (1 + slope[:, None] * off) + _given(size, draw).T @ (lost[:, None] * off), 0.02 * size[:, None]
    )
    wanted = mean * np.exp(0.15 * promoted + _drift(draw)[HOME] + 0.15 * draw.normal(size=mean.shape))
    came = draw.poisson(wanted / (1 + _PAIR + _THIRD))
    sold = came + draw.binomial(came, _PAIR) + draw.binomial(came, _THIRD)
    panel = panel_of(
        sold, 100 * draw.lognormal(0, 0.5, SKUS)[:, None] * (1 + off), {"discount": 1.0 * promoted}, CATEGORIES
    )
    moved = slope * size * (1 + off).sum(axis=1)
    by = [np.bincount(HOME, part) for part in (moved, mean.sum(axis=1))]
    return panel, Truth(moved / mean.sum(axis=1), by[0] / by[1], leaves * by[0] / by[1])


def _prices(draw: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """SKUs × weeks: prices beside the usual ones, set anew every two months or so, and whether in a promotion of its own."""
    is_new = draw.random((SKUS, WEEKS)) < 1 / 8
    is_new[:, 0] = True
    usual = pd.DataFrame(np.where(is_new, draw.normal(0, 0.08, is_new.shape), np.nan).T).ffill().to_numpy().T
    promoted = draw.random(usual.shape) < 0.06
    return np.clip(usual - promoted * draw.uniform(0.1, 0.25, usual.shape), -0.3, 0.2), promoted


def _given(size: Floats, draw: np.random.Generator) -> Floats:
    """SKUs × SKUs: of what one loses to neighbours, the share that each of them gets."""
    close = draw.exponential(size=(SKUS, SKUS)) * size * (HOME[:, None] == HOME)
    np.fill_diagonal(close, 0.0)
    return np.asarray(close / close.sum(axis=1, keepdims=True))


def _drift(draw: np.random.Generator) -> Floats:
    """Categories × weeks, log demand: a year's wave of each, what moves all, and what lasts for some weeks."""
    week = np.arange(WEEKS)
    wave = draw.uniform(0, 0.3, (CATEGORIES, 1)) * np.sin(2 * np.pi * (week / 52 + draw.random((CATEGORIES, 1))))
    lasting = draw.normal(0, 0.06, (CATEGORIES, WEEKS))
    for at in range(1, WEEKS):
        lasting[:, at] += 0.5 * lasting[:, at - 1]
    return np.asarray(wave + lasting + 0.15 * draw.normal(size=WEEKS))


def learnt(seed: int) -> tuple[dict[str, list[bool]], Floats, Floats]:
    """Of one shop: which intervals hold, and the errors of SKUs beside those of a regression of each by itself."""
    panel, true = shop_of(seed)
    found = fit_elasticities(panel, seed)
    place = found.of["sku"].str[1:].astype(int).to_numpy()
    alone = np.array([one_by_one(panel, sku) for sku in place])
    return _held(found, true, place), (found.by_sku.elasticity - true.sku[place]).to_numpy(), alone - true.sku[place]


def _held(found: Elasticities, true: Truth, place: NDArray[np.int64]) -> dict[str, list[bool]]:
    skus, of = found.by_sku, found.by_category
    return {
        "elasticity of a SKU": skus.low.le(true.sku[place]).to_numpy() & skus.high.ge(true.sku[place]).to_numpy(),
        "elasticity of a category's SKUs, mean": of.low.le(true.mean).to_numpy() & of.high.ge(true.mean).to_numpy(),
        "elasticity of a category to all its prices": of.together_low.le(true.together).to_numpy() & of.together_high.ge(true.together).to_numpy(),
    }  # fmt: skip


def table_of(all_of: list[tuple[dict[str, list[bool]], Floats, Floats]]) -> str:
    """Coverage and errors in one text."""
    lines = ["| 90% interval of | intervals | coverage | 99% band | holds |\n|---|---|---|---|---|\n"]
    lines += [f"| {name} | {verdict(held[name] for held, *_ in all_of)} |\n" for name in all_of[0][0]]
    ours, alone = (np.concatenate(part) for part in list(zip(*all_of, strict=True))[1:])
    root = [float(np.sqrt(np.mean(error**2))) for error in (ours, alone)]
    lines.append(
        f"\nRoot mean squared error of SKUs: {root[0]:.3f}, of a regression of each by itself {root[1]:.3f} ({root[0] / root[1]:.2f} of it); bias {ours.mean():+.3f}.\n"
    )
    return "".join(lines)
