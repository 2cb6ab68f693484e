"""How a total is best divided among channels.

What a channel brings depends on its own spend alone, and each curve is a chain of straight steps, ever less steep. So money
goes to the steepest step first, and the result is the best there is: nothing is searched, and no start and no unit matters.
Source: the greedy rule for separable concave problems, Ibaraki & Katoh (1988), Resource Allocation Problems, MIT Press.
"""

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from shopkeeper.attribution.curves import Curves, Floats, bottom, contribution_at, slopes, top

TAIL = 0.2  # share of draws, the worst, that a careful budget is made for


def divide(curves: Curves, total: float | None) -> Floats:
    """By channel, what of the total brings most as a mean over all draws; None for the total that leaves most.

    Every division keeps the limits: where they do not let the total be spent, what they let of it is.
    """
    return _filled(curves, slopes(curves.spend, curves.contribution.mean(axis=0, dtype=np.float64)), total)


def divide_each(curves: Curves, total: float | None) -> Floats:
    """Draw × channel: what of the total brings most if the draw is the truth; None for the total that leaves most."""
    return _filled(curves, slopes(curves.spend, curves.contribution), total)


def _filled(curves: Curves, slope: Floats, total: float | None) -> Floats:
    """By channel, with the steepest steps filled first. slope: step × channel, or draw × step × channel."""
    # Rounding must not let a later step of a channel come before an earlier one.
    worth = np.minimum.accumulate(slope, axis=-2).reshape(*slope.shape[:-2], -1)
    order = np.argsort(-worth, axis=-1, kind="stable")
    width = widths(curves).ravel()[order]
    if total is None:
        used = width * (np.take_along_axis(worth, order, -1) > 1)
    else:
        used = np.clip(total - bottom(curves).sum() - (np.cumsum(width, axis=-1) - width), 0, width)
    filled = np.empty_like(used)
    np.put_along_axis(filled, order, used, -1)
    return np.asarray(bottom(curves) + filled.reshape(slope.shape).sum(axis=-2))


def widths(curves: Curves) -> Floats:
    """Step × channel: how much of each step of the curves lies between the limits."""
    return np.asarray(np.diff(np.clip(curves.spend, bottom(curves), top(curves)), axis=0))


def divide_carefully(curves: Curves, total: float) -> Floats:
    """By channel, what of the total has the largest gain on the plan as a mean over the worst fifth of draws (its CVaR).

    Source: as a linear programme, Rockafellar & Uryasev (2000), Journal of Risk 2(3), 21-41.
    """
    unit, width = float(curves.now.sum()), widths(curves)
    is_open = width > 0
    slope = slopes(curves.spend, curves.contribution)[:, is_open]
    least, most = bottom(curves), top(curves)
    money = np.clip(total, least.sum(), most.sum()) - least.sum()
    start = (contribution_at(curves, least) - contribution_at(curves, curves.now)).sum(axis=1)
    draws, steps = slope.shape
    # Unknown: how far each step is filled; the gain at the edge of the worst fifth; how far each draw stays below it.
    below = sp.hstack([sp.csr_array(-slope), np.ones((draws, 1)), -sp.eye_array(draws)], format="csr")
    found = linprog(
        [*np.zeros(steps), -1.0, *np.full(draws, 1 / (TAIL * draws))],
        A_ub=below, b_ub=start / unit,
        A_eq=sp.csr_array([[*np.ones(steps), *np.zeros(1 + draws)]]), b_eq=[money / unit],
        bounds=[*((0, each) for each in width[is_open] / unit), (None, None), *((0, None),) * draws],
    )  # fmt: skip
    filled = np.zeros_like(width)
    filled[is_open] = unit * found.x[:steps]
    return np.asarray(np.clip(least + filled.sum(axis=0), least, most))


def worst(gains: Floats) -> float:
    """The mean of the worst fifth of draws."""
    return float(np.sort(gains)[: -int(-TAIL * len(gains) // 1)].mean())
