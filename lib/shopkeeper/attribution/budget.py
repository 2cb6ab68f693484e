"""The budget of the weeks ahead: what to spend on each channel, what that gains on the plan, and how sure it is."""

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from shopkeeper.attribution.curves import Curves, Floats, bottom, contribution_at, limited, slopes, top
from shopkeeper.attribution.division import divide, divide_carefully, divide_each, widths
from shopkeeper.tables import DataError, offenders

MOST = 0.3  # of its planned spend, by which no channel moves at once: a curve is known near what was spent
SURE = 0.9  # chance of a gain from which a move is advised
FLAT = 0.01  # of what marketing brings: budgets that differ by less are as good as each other
_NEGLIGIBLE = 1e-6  # of the planned total


@dataclass(frozen=True)
class Budget:
    """A budget of the weeks ahead; money is in currency over all these weeks.

    curves    with the limits that the budget keeps, and the plan
    proposed  by channel
    best      draw × channel: what would be proposed if the draw were known to be the truth
    most      share of its planned spend by which no channel moves
    """

    curves: Curves
    proposed: Floats
    best: Floats
    most: float


def propose(curves: Curves, most: float = MOST) -> Budget:
    """The budget that should bring most, as a mean over all draws, at the planned total or what the limits let of it."""
    near, total = limited(curves, most), float(curves.now.sum())
    return Budget(near, divide(near, total), divide_each(near, total), most)


def propose_freely(curves: Curves, most: float = MOST) -> Budget:
    """The budget that should leave most, the total free: more for each channel as long as one more brings more than it costs."""
    near = limited(curves, most)
    return Budget(near, divide(near, None), divide_each(near, None), most)


def propose_carefully(curves: Curves, most: float = MOST) -> Budget:
    """The budget that should gain most on the plan in the worst fifth of draws, at the planned total."""
    near, total = limited(curves, most), float(curves.now.sum())
    return Budget(near, divide_carefully(near, total), divide_each(near, total), most)


def choose(best: Budget, careful: Budget) -> Budget:
    """The best budget, or the careful one where only that is surely better than the plan."""
    return careful if is_advised(careful) and not is_advised(best) else best


def left(curves: Curves, spend: Floats) -> Floats:
    """By draw, what a budget (channel, or draw × channel) brings and leaves, its spend taken off."""
    return np.asarray(contribution_at(curves, spend).sum(axis=1) - spend.sum(axis=-1))


def gain(found: Budget) -> Floats:
    """By draw, what the proposed budget leaves more than the planned one."""
    return left(found.curves, found.proposed) - left(found.curves, found.curves.now)


def regret(found: Budget, spend: Floats) -> Floats:
    """By draw, what this budget leaves less than the draw's own best; its mean is what it is worth to know the curves exactly."""
    return left(found.curves, found.best) - left(found.curves, spend)


def worth_knowing(found: Budget, channel: int) -> Floats:
    """By draw, what the best budget would leave more than the proposed one if this channel's curve were known to be the draw's, the
    others as far as they are known now: the value of perfect information on it.
    """
    curves = found.curves
    others = curves.contribution.mean(axis=0, dtype=np.float64)
    alone = np.repeat(others[None], len(curves.contribution), axis=0)
    alone[..., channel] = curves.contribution[..., channel]
    known = dataclasses.replace(curves, contribution=alone)
    return left(known, divide_each(known, float(found.proposed.sum()))) - left(known, found.proposed)


def brought(found: Budget) -> float:
    """What the planned spend should bring in all, not taken off; the measure of what is flat."""
    return float(contribution_at(found.curves, found.curves.now).sum(axis=1).mean())


def is_flat(found: Budget) -> bool:
    """Whether the plan is as good as the proposal: within 1% of what marketing brings."""
    return float(gain(found).mean()) < FLAT * brought(found)


def is_advised(found: Budget) -> bool:
    """Whether to move to the proposal: it gains more than what is flat, with a chance of 90% or more."""
    return not is_flat(found) and float((gain(found) > 0).mean()) >= SURE


def room(found: Budget) -> tuple[Floats, Floats]:
    """By channel, the least and the most that it could be given at the proposal's total, the others set for the best, with all of
    them bringing within 1% of the most.
    """
    ends = [_room_of(found, channel) for channel in range(len(found.proposed))]
    return np.array([low for low, _ in ends]), np.array([high for _, high in ends])


def _room_of(found: Budget, channel: int) -> tuple[float, float]:
    curves, own = found.curves, found.proposed[channel]
    mean = curves.contribution.mean(axis=0, dtype=np.float64)
    spent, brings = _best_of_others(curves, mean, channel)
    levels = np.clip(np.append(curves.spend[:, channel], own), bottom(curves)[channel], top(curves)[channel])
    others = np.interp(found.proposed.sum() - levels, spent, brings, left=-np.inf, right=-np.inf)
    whole = others + np.interp(levels, curves.spend[:, channel], mean[:, channel])
    near = levels[(whole >= (1 - FLAT) * whole.max()) | (levels == own)]
    return float(near.min()), float(near.max())


def _best_of_others(curves: Curves, mean: Floats, channel: int) -> tuple[Floats, Floats]:
    """What all channels but one bring, by what they are given together."""
    slope, width = (np.delete(each, channel, axis=1).ravel() for each in (slopes(curves.spend, mean), widths(curves)))
    order = np.argsort(-slope, kind="stable")
    least = np.delete(bottom(curves), channel).sum()
    start = np.delete(contribution_at(curves, bottom(curves)).mean(axis=0), channel).sum()
    return np.cumsum([least, *width[order]]), np.cumsum([start, *(slope * width)[order]])


class Move(NamedTuple):
    """So much, in currency over the weeks ahead, to one channel from others, and by draw what that gains.

    Of givers, an empty name is money beyond the planned total; as taker, money saved.
    """

    givers: tuple[str, ...]
    taker: str
    amount: float
    gain: Floats


def moves(found: Budget) -> list[Move]:
    """The proposal as moves from what loses least to what gains most, the largest expected gain first; their gains add up to its own."""
    more, worth = _changes(found)
    is_moved = np.abs(more) > _NEGLIGIBLE * found.curves.now.sum()
    order = np.argsort(worth.mean(axis=0))
    givers, takers = order[(is_moved & (more < 0))[order]], order[(is_moved & (more > 0))[order]][::-1]
    names = np.array([*found.curves.channels, ""], object)
    made = []
    for taker, passed in zip(takers, _matched(-more[givers], more[takers]).T, strict=True):
        amount = float(passed.sum())
        gains = amount * worth[:, taker] - worth[:, givers] @ passed
        made.append(Move(tuple(names[givers[passed > _NEGLIGIBLE * amount]]), names[taker], amount, gains))
    return sorted(made, key=lambda move: -move.gain.mean())


def _changes(found: Budget) -> tuple[Floats, Floats]:
    """By channel, how much more is proposed than planned; and draw × channel, what one of the currency of that is worth.

    The last of both is the money itself: what a smaller total saves, or a larger one takes. It is worth what it is.
    """
    curves = found.curves
    more = found.proposed - curves.now
    brings = contribution_at(curves, found.proposed) - contribution_at(curves, curves.now)
    worth = brings / np.where(more == 0, 1, more)
    return np.append(more, -more.sum()), np.column_stack([worth, np.ones(len(worth))])


def _matched(given: Floats, taken: Floats) -> Floats:
    """Giver × taker: how much passes, the first givers to the first takers."""
    ends, goals = np.cumsum(given), np.cumsum(taken)
    passes = np.minimum.outer(ends, goals) - np.maximum.outer(ends - given, goals - taken)
    return np.asarray(np.clip(passes, 0, None))


def weekly_plan(found: Budget, plan: pd.DataFrame) -> pd.DataFrame:
    """The rows of the plan with what is proposed, which follows their own shape; channels without a curve stay as they are.

    plan: one row per period and channel, and region where told apart: period_start, channel, spend (currency).

    A channel's rows add up to its proposal, and all to the proposed total, to the cent.
    DataError where money is proposed for a channel that the plan does not name.
    """
    cents = _shared(round(100 * found.proposed.sum()), found.proposed)
    by_channel = dict(zip(found.curves.channels, cents, strict=True))
    lost = [name for name, amount in by_channel.items() if amount and name not in set(plan.channel)]
    if lost:
        raise DataError(
            f"media: {len(lost)} of {len(by_channel)} channels ({offenders(lost)}) are given money but have no planned week. "
            "A proposal follows the planned weeks; plan them in media, or leave them out."
        )
    planned = plan.spend.to_numpy(np.float64)
    proposed = planned.copy()
    for name, places in plan.groupby("channel").indices.items():
        if name in by_channel:
            proposed[places] = _shared(by_channel[name], planned[places]) / 100
    return plan.assign(proposed=proposed)


def _shared(cents: int, weights: Floats) -> Floats:
    """Whole cents in proportion to the weights (evenly where all are 0), those left over to the largest remainders."""
    weights = weights if weights.sum() > 0 else np.ones_like(weights)
    exact = cents * weights / weights.sum()
    whole = np.floor(exact)
    over = round(cents - whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:over]] += 1
    return np.asarray(whole)
