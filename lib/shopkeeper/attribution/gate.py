"""The health gate: what a media mix has to pass before anyone moves money by it."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from shopkeeper.attribution import media_mix
from shopkeeper.attribution.evidence import evidence
from shopkeeper.attribution.forecast import errors, expected, forecast, seasonal_naive
from shopkeeper.attribution.media_mix import Mix
from shopkeeper.attribution.mix_density import BIAS, HEAVY
from shopkeeper.attribution.mix_model import places, unknowns
from shopkeeper.attribution.panel import Panel, panel
from shopkeeper.attribution.plan import AHEAD
from shopkeeper.attribution.study import base_of, learnt, looked_at
from shopkeeper.attribution.transforms import MAX_LAG, Floats
from shopkeeper.attribution.worth import settled
from shopkeeper.brand import Brand
from shopkeeper.fits import kept
from shopkeeper.shop import Shop

FOLDS = 3  # earlier days that one is made on
PLACEBO = "placebo"
MOST_PLACEBO = 0.03  # share of sales that a channel which never was may be given
_PRIOR = 4_000  # draws of what is thought before the data
_SEED = 1


def prior_share(mix: Mix, seed: int) -> Floats:
    """Draws of the share of sales that all channels bring, before the data speak."""
    data = mix.evidence
    z = np.random.default_rng(seed).normal(size=(_PRIOR, places(data)["apart"].stop))
    return np.asarray(unknowns(z, data)["roas"] @ data.cost, np.float64)


def predictive_p(mix: Mix, panel: Panel, base: pd.DataFrame, seed: int) -> pd.Series:
    """Shares of draws in which sales made up by the model are further out than the real ones: by how far the worst week is off,
    and by how much each week's error goes with the next one's beyond what the model takes it to. .5 is usual, near 0 or 1 is not.
    """
    real, draw = errors(mix, panel, base), np.random.default_rng(seed)
    stays, common = mix.known["persistence"][:, [0]], mix.known["common"][:, [0]]
    new = (real[:, 1:] - stays * real[:, :-1]) / common
    made = draw.standard_t(HEAVY, new.shape)
    return pd.Series({
        "worst week": float((np.abs(made).max(axis=1) >= np.abs(new).max(axis=1)).mean()),
        "week after week": float((_next(made) >= _next(new)).mean()),
    })  # fmt: skip


def _next(errors: Floats) -> Floats:
    return np.asarray((errors[:, 1:] * errors[:, :-1]).mean(axis=1), np.float64)


def placebo_share(brand: Brand, panel: Panel, base: pd.DataFrame, shift: int) -> float:
    """Median share of sales given to a channel that never was: the spend of all, moved by so many weeks in a circle."""
    moved = np.roll(panel.spend.mean(axis=2, keepdims=True), shift, axis=0)
    with_it = replace(panel, channels=(*panel.channels, PLACEBO), spend=np.concatenate([panel.spend, moved], axis=2))
    found = kept(brand, media_mix.glance, evidence(with_it, base), _SEED)
    return float(np.median(found.known["roas"][:, -1]) * found.evidence.cost[-1])


def sensitivity(mix: Mix) -> Floats:
    """By channel, how far its mean log roas moves, in its own deviations, if what was thought of it before the data (with what journeys
    tell, and their common bias) is half or twice as sure. Draws are weighed anew, not drawn.
    """
    log_roas, before = np.log(mix.known["roas"]), mix.evidence
    z = (log_roas - before.prior_mean) / np.hypot(before.prior_sd, before.told * BIAS)
    moves = []
    for wider in (0.5, 2.0):
        weight = norm.logpdf(z, scale=wider) - norm.logpdf(z)
        weight = np.exp(weight - weight.max(axis=0))
        moved = (weight * log_roas).sum(axis=0) / weight.sum(axis=0) - log_roas.mean(axis=0)
        moves.append(np.abs(moved) / log_roas.std(axis=0))
    return np.asarray(np.max(moves, axis=0), np.float64)


def negative_base(mix: Mix, panel: Panel, base: pd.DataFrame) -> float:
    """Chance that sales without any spend would have been below 0 in some quarter of the weeks learnt from."""
    nothing = replace(panel, spend=0 * panel.spend)
    without = expected(mix, nothing, base, np.zeros((0, *panel.spend.shape[1:])))
    quarters = without[:, : len(base) // 13 * 13].reshape(len(without), -1, 13).mean(axis=2)
    return float((quarters < 0).any(axis=1).mean())


def _seen_on(shop: Shop, day: dt.date, of_new: float) -> Panel:
    """What the mix would have looked at on an earlier day, regions added up."""
    then = panel(shop.seen_on(day)).nationwide()
    return looked_at(then.since(settled(shop)) if of_new else then, of_new)


def rolling_origin(shop: Shop, whole: Panel, of_new: float, seed: int) -> pd.DataFrame:
    """One row per earlier day, the latest first: sales of the AHEAD weeks after it (actual), forecast on it with low and high of its 90%
    interval, and naive, by forecast.seasonal_naive. Each is made of what was known on that day, and of the spend that then came. of_new: of Study.
    """
    rows = []
    for fold in range(1, FOLDS + 1):
        ends = len(whole.weeks) - AHEAD * fold
        day = (whole.weeks[ends - 1] + pd.Timedelta(days=6)).date()
        if ends - MAX_LAG + 1 < 52 or day <= shop.first_day:
            break
        then = _seen_on(shop, day, of_new).joined(whole.twins)
        if len(then.weeks) != ends:  # media of that day came late
            continue
        channels = tuple(name for name in whole.channels if name in then.channels)
        then, plan = then.of(channels), whole.nationwide().of(channels).spend[ends : ends + AHEAD]
        base = base_of(shop.seen_on(day), then, plan)
        known = kept(shop.brand, media_mix.glance, evidence(then, learnt(base, then)), seed)
        ahead = forecast(known, then, base, plan, seed).sum(axis=1)
        actual = whole.sales[ends : ends + AHEAD].sum()
        rows.append((day, actual, ahead.mean(), *np.quantile(ahead, [0.05, 0.95]), seasonal_naive(then, AHEAD)))
    return pd.DataFrame(rows, columns=["day", "actual", "forecast", "low", "high", "naive"])
