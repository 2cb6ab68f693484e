"""What the coming weeks should sell, by draw, at the spend that is planned for them."""

import numpy as np
import pandas as pd

from shopkeeper.attribution.evidence import per_head, usual_sales
from shopkeeper.attribution.media_mix import Mix
from shopkeeper.attribution.mix_density import HEAVY
from shopkeeper.attribution.panel import Panel
from shopkeeper.attribution.response import gains, weights
from shopkeeper.attribution.transforms import Floats, adstock, saturation

YEAR = 52


def expected(mix: Mix, panel: Panel, base: pd.DataFrame, plan: Floats) -> Floats:
    """Draws × weeks: expected sales of all regions in the weeks learnt from and those of the plan, relative to a usual week.

    base: of base.base over both; plan: coming weeks × regions × channels, currency.
    """
    known, kernels = mix.known, weights(mix)
    total = known["intercept"] + known["coefficients"] @ base.to_numpy(np.float64).T
    # Regions' levels and drifts weigh by size; the drift stands still after the last week learnt from.
    weeks = len(mix.evidence.sales)
    when = np.minimum((np.arange(len(base)) + 0.5) / weeks - 0.5, 0.5)
    total += (known["level"] @ panel.size)[:, None] + (known["drift"] @ panel.size)[:, None] * when
    spend = per_head(panel, np.concatenate([panel.spend, plan]))
    gain = gains(mix)
    for channel in range(len(panel.channels)):
        reached = saturation(
            adstock(spend[channel], kernels[:, None, channel]), known["steepness"][:, channel, None, None]
        )
        total += np.einsum("dgw,dg->dw", reached, known["apart"][:, :, channel] * panel.size) * gain[:, [channel]]
    return np.asarray(total, np.float64)


def forecast(mix: Mix, panel: Panel, base: pd.DataFrame, plan: Floats, seed: int) -> Floats:
    """Draws × coming weeks: sales of all regions, currency, with the shocks of single weeks. Arguments as of expected."""
    total, weeks = expected(mix, panel, base, plan), len(mix.evidence.sales)
    shock = (mix.evidence.sales[-1] @ panel.size) - total[:, weeks - 1]
    draw, common, stays = np.random.default_rng(seed), mix.known["common"][:, 0], mix.known["persistence"][:, 0]
    ahead = []
    for week in range(weeks, total.shape[1]):
        shock = stays * shock + common * draw.standard_t(HEAVY, len(mix))
        ahead.append(total[:, week] + shock)
    return np.asarray(np.maximum(np.stack(ahead, axis=1), 0.0) * usual_sales(panel), np.float64)


def errors(mix: Mix, panel: Panel, base: pd.DataFrame) -> Floats:
    """Draws × learnt weeks: what all regions sold less what was expected, relative to a usual week."""
    nothing = np.zeros((0, *panel.spend.shape[1:]))
    return np.asarray(mix.evidence.sales @ panel.size - expected(mix, panel, base, nothing), np.float64)


def seasonal_naive(panel: Panel, number: int) -> float:
    """Sales of so many coming weeks by the simplest rule: those of the same weeks a year before, as much more as the last quarter
    was above its own year before; where there is no year, as many as in the last weeks.
    """
    weekly = panel.sales.sum(axis=1)
    if len(weekly) < YEAR + 13:
        return float(weekly[-number:].sum())
    growth = weekly[-13:].sum() / max(weekly[-YEAR - 13 : -YEAR].sum(), 1e-9)
    start = len(weekly) - YEAR
    return float(weekly[start : start + number].sum() * growth)
