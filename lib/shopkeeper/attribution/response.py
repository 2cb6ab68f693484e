"""What channels bring, by draw: in the weeks learnt from, and in those ahead at any spend, carry-in and carry-out included."""

import numpy as np
import pandas as pd

from shopkeeper.attribution.curves import Curves
from shopkeeper.attribution.evidence import per_head, usual_sales
from shopkeeper.attribution.media_mix import Mix
from shopkeeper.attribution.panel import Panel
from shopkeeper.attribution.transforms import MAX_LAG, TINY, Floats, adstock, carry_over, saturation

CARRIED = MAX_LAG - 1  # weeks that spend works on in, after its own
_LEVELS = 60  # of spend, that a curve is told at


def weights(mix: Mix) -> Floats:
    """Carry-over, draws × channels × lags."""
    return carry_over(mix.known["decay"], mix.known["delay"])


def gains(mix: Mix) -> Floats:
    """Draws × channels: what a region of all customers would sell more in a week if a channel reached all it can, in usual weeks' sales."""
    evidence, kernels = mix.evidence, weights(mix)
    mean = np.zeros((len(mix), len(evidence.cost)))
    for channel in range(len(evidence.cost)):
        reached = _reached(mix, kernels, channel, evidence.spend[channel])
        mean[:, channel] = np.einsum("dgw,dg,g->d", reached, mix.known["apart"][:, :, channel], evidence.size)
    per = np.maximum(mean / len(evidence.sales), TINY)
    return np.asarray(mix.known["roas"] * evidence.cost / per, np.float64)


def _reached(mix: Mix, kernels: Floats, channel: int, spend: Floats) -> Floats:
    """Draws × regions × weeks: saturated adstock of a channel's spend (regions × weeks, carry-in first; draws may come before)."""
    stock = adstock(spend, kernels[:, None, channel])
    return saturation(stock, mix.known["steepness"][:, channel, None, None])


def brought(mix: Mix, panel: Panel) -> Floats:
    """Draws × learnt weeks × channels: sales that each channel brought, currency."""
    evidence, kernels, gain, usual = mix.evidence, weights(mix), gains(mix), usual_sales(panel)
    parts = []
    for channel in range(len(panel.channels)):
        reached = _reached(mix, kernels, channel, evidence.spend[channel])
        here = mix.known["apart"][:, :, channel] * evidence.size
        parts.append(np.einsum("dgw,dg->dw", reached, here) * gain[:, [channel]] * usual)
    return np.stack(parts, axis=-1)


def curves(mix: Mix, panel: Panel, plan: Floats, worth: Floats, days: int = 0) -> Curves:
    """What each channel brings in the weeks of a plan, by what is spent on it.

    plan: coming weeks × regions × channels, currency. worth: draws × channels, contribution per unit of sales, all that follows a
    first order within so many days included (0: none). Weekly and regional shape stay the plan's; what is carried into the weeks
    after the plan counts, the spend of these being as planned in the mean.
    """
    weeks, kernels, gain, rise = len(plan), weights(mix), gains(mix) * usual_sales(panel), panel.rises
    now = plan.sum(axis=(0, 1))
    seen = most_seen(panel, weeks)
    shape = np.where(now > 0, plan / np.maximum(now, TINY), (panel.size / weeks)[None, :, None])
    levels = np.linspace(0, 1, _LEVELS)[:, None] * np.maximum(now, seen) * (1 + 1e-9)
    before = panel.spend[-CARRIED:]
    after = np.broadcast_to(plan.mean(axis=0), (CARRIED, *plan.shape[1:]))
    fixed, moved = (
        per_head(panel, np.concatenate(parts)) for parts in ((before, 0 * plan, after), (0 * before, shape, 0 * after))
    )
    contribution = np.empty((len(mix), _LEVELS, len(now)))
    for channel in range(len(now)):
        stock, more = (adstock(part[channel], kernels[:, None, channel]) for part in (fixed, moved))
        steep = mix.known["steepness"][:, channel, None, None]
        here = mix.known["apart"][:, :, channel] * panel.size * (gain[:, [channel]] * worth[:, [channel]])
        without = saturation(stock, steep)
        for level in range(_LEVELS):
            reached = saturation(stock + levels[level, channel] ** rise[channel] * more, steep) - without
            contribution[:, level, channel] = np.einsum("dgw,dg->d", reached, here)
    return Curves(panel.channels, levels, contribution, now, 0 * now, np.full(len(now), np.inf), seen, weeks, days)


def most_seen(panel: Panel, weeks: int) -> Floats:
    """By channel, the most that was ever spent in so many weeks on end, currency."""
    total = pd.DataFrame(panel.spend.sum(axis=1)).rolling(weeks).sum()
    return np.asarray(total.max().to_numpy(), np.float64)
