"""How far a category's demand follows all its prices together; the rest of what a price moves is taken from its neighbours.

Within a market and period, SKUs share demand by what their prices and promotions make of each (nested logit); how much there is to
share follows the inclusive value, to a power between 0 (prices move shares alone) and 1 (nothing comes from neighbours).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from shopkeeper.pricing.panel import PricePanel
from shopkeeper.pricing.price_model import Cells, unknowns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

POWER = (0.5, 0.3)  # mean over markets, before the data: anywhere from 0 to 1, this being its mean and deviation
_MEAN = np.linspace(0, 1, 41)[:, None]  # looked at point by point
_ASSORTMENT = (0.5, 0.5)  # power to which a wider choice at usual prices brings more demand, likewise
_WIDE = 10.0  # deviation of what is not known beforehand: levels, trends and seasons, in log demand
_BETWEEN = np.geomspace(0.05, 0.8, 12)  # deviation of powers between markets, looked at point by point
# Before the data, and by which factor, in logs, it may be another: with .2 believed
# beforehand the 102 markets of complete_journey tell .23 to .48, with nothing believed .38 to .80.
_APART = (0.3, 0.4)
_SPREAD = np.geomspace(1e-4, 1, 16)  # variance of log demand beyond chance, likewise
_FEWEST, _LEAST = (
    3,
    5.0,
)  # markets whose common ups and downs can be told apart; units a period, from which one is heard
# A sale brings a category more than its prices do: guests, ads, what was put off. It is left out. On a simulated brand it made powers of .57 out of .36.
# A third left powers .28 standard errors too high, a fifth .18.
_EVENT = 1 / 5  # of a market's usual demand promoted, from which a period is one
_WAVES = 4  # of the year; with two, errors were 1.15 of what was told, with four 1.00
_SWEEPS, _SETTLING = 8, 60  # of the Gibbs sampler by draw of the elasticities, and before the first


class Index(NamedTuple):
    """Of the markets that are heard, × periods; NaN where nothing sold, or where a fifth of the market was promoted.

    sold        log of units a day, and noise: its variance by chance
    price       log inclusive value beside that of usual prices
    assortment  log inclusive value a day at usual prices
    """

    sold: Floats
    noise: Floats
    price: Floats
    assortment: Floats


class _Told(NamedTuple):
    """Markets × periods × what explains them; what sold; its variance by chance, infinite where nothing did; and of each _SPREAD besides, what a
    market's variances are: sums of their logs (markets × spreads), and one by each of them (markets × periods × spreads).
    """

    explain: Floats
    sold: Floats
    noise: Floats
    logs: Floats
    narrow: Floats


class _State(NamedTuple):
    """effects: markets × (level, trend, seasons, assortment, price); period: what all markets share; spread: by market."""

    effects: Floats
    period: Floats
    spread: Floats
    mean: float
    between: float


def category_response(cells: Cells, flat: Floats, panel: PricePanel, seed: int) -> Floats:
    """Draws × SKUs of the cells: the power of each SKU's market; 1 for SKUs of small categories, which share a market but are no substitutes.

    flat: draws of the model's unknowns. The ups and downs that all markets share, their seasons, trends and assortment are told apart from
    prices; what markets tell is drawn to what they have in common.
    """
    rng = np.random.default_rng(seed)
    heard = heard_markets(cells)
    power = np.ones((len(flat), cells.home.max() + 1))
    state = _State(np.zeros((len(heard), 2 * _WAVES + 4)), np.zeros(len(panel.days)), np.full(len(heard), 0.05), *POWER)
    season = _seasons(panel.starts)
    for draw, z in enumerate(flat):
        told = _told(index_of(cells, z, panel.days, heard), season)
        for _ in range(_SWEEPS + _SETTLING * (draw == 0)):
            state = _sweep(told, state, rng)
        power[draw, 1:] = _within(
            np.full(power.shape[1] - 1, state.mean), np.full(power.shape[1] - 1, state.between), rng
        )
        power[draw, heard] = state.effects[:, -1]
    power[:, 0] = 1.0
    return power[:, cells.home]


def index_of(cells: Cells, z: Floats, days: Ints, heard: Ints) -> Index:
    """What the markets that are heard sold, and what their prices and assortment made of each period, at the unknowns z."""
    of = unknowns(z, cells)
    usual = np.exp(cells.usual + of["level"][cells.sku])
    moved = usual * np.exp(of["sku"][cells.sku] * cells.log_price + cells.promoted @ of["lift"])
    base, now, sold, event = (
        np.add.reduceat(part, cells.first[:-1]) for part in (usual, moved, cells.sold, usual * cells.event)
    )
    tables = np.full((4, cells.home.max() + 1, len(days)), np.nan)
    daily = np.log(days[cells.period])
    tables[:, cells.market, cells.period] = (
        np.where(event < _EVENT * base, np.log(sold) - daily, np.nan),
        np.where(event < _EVENT * base, 1 / sold, np.nan),
        np.log(now / base),
        np.log(base) - daily,
    )
    return Index(*tables[:, heard])


def heard_markets(cells: Cells) -> Ints:
    """The markets of enough units, the one of small categories left out; none where they are too few to tell what all share."""
    sold = np.add.reduceat(cells.sold, cells.first[:-1])
    usual = np.bincount(cells.market, sold, cells.home.max() + 1) / np.maximum(np.bincount(cells.market), 1)
    heard = 1 + np.flatnonzero(usual[1:] >= _LEAST)
    return heard if len(heard) >= _FEWEST else heard[:0]


def _seasons(starts: pd.DatetimeIndex) -> Floats:
    """Periods × (level, trend, waves of the year)."""
    years = ((starts - starts[0]).days / 365.25).to_numpy(np.float64)
    waves = [wave(2 * np.pi * times * years) for times in range(1, _WAVES + 1) for wave in (np.sin, np.cos)]
    return np.stack([np.ones(len(years)), years - years.mean(), *waves], axis=1)


def _told(index: Index, season: Floats) -> _Told:
    own = np.stack([index.assortment, index.price], axis=2)
    explain = np.concatenate([np.broadcast_to(season, (len(own), *season.shape)), np.nan_to_num(own)], axis=2)
    noise = np.where(np.isnan(index.noise), np.inf, index.noise)
    heard = np.isfinite(noise)[:, :, None]
    variance = np.where(heard, np.nan_to_num(index.noise)[:, :, None] + _SPREAD, 1.0)
    return _Told(explain, np.nan_to_num(index.sold), noise, np.log(variance).sum(axis=1), heard / variance)


def _sweep(told: _Told, state: _State, rng: np.random.Generator) -> _State:
    """One round of the Gibbs sampler: effects by market, what periods share, spread, and what powers have in common."""
    if not len(state.effects):
        mean, between = _common(np.zeros(0), rng)
        return state._replace(mean=mean, between=between)
    explain, sold, noise, *_ = told
    weight = 1 / (state.spread[:, None] + noise)
    effects = _effects(explain, sold - state.period, weight, state, rng)
    left = sold - (explain @ effects[:, :, None])[:, :, 0]
    heard = weight.sum(axis=0)
    known = np.maximum(heard, 1e-9)
    period = np.where(
        heard > 0, (weight * left).sum(axis=0) / known + rng.normal(size=len(known)) / np.sqrt(known), 0.0
    )
    squared = ((left - period) ** 2)[:, None, :] @ told.narrow
    spread = _SPREAD[_picked(-(told.logs + squared[:, 0]) / 2, rng)]
    return _State(effects, period, spread, *_common(effects[:, -1], rng))


def _effects(explain: Floats, sold: Floats, weight: Floats, state: _State, rng: np.random.Generator) -> Floats:
    own = (_ASSORTMENT, (state.mean, state.between))
    mean = np.r_[np.zeros(explain.shape[2] - 2), [each[0] for each in own]]
    prior = np.r_[np.full(explain.shape[2] - 2, _WIDE), [each[1] for each in own]] ** -2.0
    weighed = weight[:, :, None] * explain
    known = weighed.transpose(0, 2, 1) @ explain + np.diag(prior)
    middle = np.linalg.solve(known, (weighed.transpose(0, 2, 1) @ sold[:, :, None]) + (prior * mean)[:, None])
    root = np.linalg.cholesky(known)
    apart = np.asarray(rng.normal(size=middle.shape))
    # The power is the last effect, so that it is drawn by itself, and the others follow it.
    last, deviation = middle[:, -1, 0], 1 / root[:, -1, -1]
    apart[:, -1, 0] = (_within(last, deviation, rng) - last) / deviation
    return np.asarray((middle + np.linalg.solve(root.transpose(0, 2, 1), apart))[:, :, 0])


def _within(mean: Floats, deviation: Floats, rng: np.random.Generator) -> Floats:
    """Draws of normals that lie between 0 and 1."""
    low, high = ndtr(-mean / deviation), ndtr((1 - mean) / deviation)
    drawn = mean + deviation * ndtri(low + (high - low) * rng.uniform(size=len(mean)))
    # Where all but nothing lies between, the nearer end stands for it.
    return np.asarray(np.clip(drawn, 0.0, 1.0))


def _common(power: Floats, rng: np.random.Generator) -> tuple[float, float]:
    """Mean of the powers over markets, and how far they differ: normals that lie between 0 and 1."""
    # The grid is even in logarithms, as is what is known before the data.
    before = -(np.log(_BETWEEN / _APART[0]) ** 2) / (2 * _APART[1] ** 2)
    # Without what a normal has beyond 0 and 1, means far from the middle and wide differences would count as less likely than they are.
    within = np.log(_BETWEEN * (ndtr((1 - _MEAN) / _BETWEEN) - ndtr(-_MEAN / _BETWEEN)))
    squared = (power**2).sum() - 2 * _MEAN * power.sum() + len(power) * _MEAN**2
    density = before - len(power) * within - squared / (2 * _BETWEEN**2)
    place = int(_picked(density.reshape(1, -1), rng)[0])
    return float(_MEAN[place // len(_BETWEEN), 0]), float(_BETWEEN[place % len(_BETWEEN)])


def _picked(density: Floats, rng: np.random.Generator) -> Ints:
    """Of each row one place, by its log density."""
    return np.asarray((density + rng.gumbel(size=density.shape)).argmax(axis=1), np.int64)
