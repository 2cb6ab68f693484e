"""Response curves: what each channel brings in the weeks ahead, by what is spent on it, and how far that is known."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shopkeeper.tables import DataError, offenders

Floats = npt.NDArray[np.float64]

_STEEPER = 1e-3  # of its steepest slope, by which a curve may grow steeper: draws may be kept in single precision
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Curves:
    """Draws of what each channel brings, by what is spent on it over the weeks ahead; money is in currency over all these weeks.

    spend         level × channel: rising, from the least that may be spent to the planned spend and the most that may be proposed
    contribution  draw × level × channel: gained over spending nothing, the spend not taken off; never falling, ever less steep
    now           channel: as planned
    low, high     channel: what may be spent
    seen          channel: the most that was ever spent in as many weeks; nothing is raised beyond it, though what is planned may stand
    days          for which what a new customer brings is counted; 0 where these weeks' sales alone are

    Between two levels a curve is straight. DataError where a curve is too short or bends the wrong way.
    """

    channels: tuple[str, ...]
    spend: Floats
    contribution: Floats
    now: Floats
    low: Floats
    high: Floats
    seen: Floats
    weeks: int = 4
    days: int = 0

    def __post_init__(self) -> None:
        self._refuse(
            _is_short(self) | (np.diff(self.spend, axis=0) <= 0).any(axis=0),
            "do not rise from the least to the most that may be spent, with the planned spend between",
            "Give more levels, and leave out a channel on which nothing was ever spent",
        )
        slope = slopes(self.spend, self.contribution.mean(axis=0, dtype=np.float64))
        self._refuse(
            (slope < 0).any(axis=0) | (np.diff(slope, axis=0) > _STEEPER * slope.max(axis=0)).any(axis=0),
            "fall, or grow steeper with the spend",
            "A budget is found on curves that saturate: see that contribution is draw × level × channel, over spending nothing",
        )

    def _refuse(self, wrong: npt.NDArray[np.bool_], what: str, remedy: str) -> None:
        if wrong.any():
            some = offenders([name for name, is_wrong in zip(self.channels, wrong, strict=True) if is_wrong])
            raise DataError(f"curves: those of {wrong.sum()} of {len(wrong)} channels ({some}) {what}. {remedy}.")


def _is_short(curves: Curves) -> npt.NDArray[np.bool_]:
    least, most = np.minimum(curves.now, bottom(curves)), np.maximum(curves.now, top(curves))
    slack = _ROUNDING * most
    return np.asarray((curves.spend[0] > least + slack) | (curves.spend[-1] < most - slack))


def top(curves: Curves) -> Floats:
    """By channel, the most that may be proposed."""
    return np.minimum(curves.high, np.maximum(curves.seen, curves.now))


def bottom(curves: Curves) -> Floats:
    """By channel, the least that may be proposed."""
    return np.minimum(curves.low, top(curves))


def slopes(spend: Floats, contribution: Floats) -> Floats:
    """Step × channel, or draw × step × channel: what one more of the currency brings between two levels of spend."""
    return np.asarray(np.diff(contribution, axis=-2) / np.diff(spend, axis=0), np.float64)


def limited(curves: Curves, most: float) -> Curves:
    """The curves, with no channel to move by more than this share of its planned spend; limits that stood before go first."""
    low, high = (np.clip(curves.now * (1 + sign * most), curves.low, curves.high) for sign in (-1, 1))
    return dataclasses.replace(curves, low=low, high=high)


def contribution_at(curves: Curves, spend: Floats) -> Floats:
    """Draw × channel: what each brings at this spend, which is one for all draws (channel) or each draw's own (draw × channel)."""
    draw, step, channel = _steps(curves, spend)
    start, end = curves.spend[step, channel], curves.spend[step + 1, channel]
    before, after = curves.contribution[draw, step, channel], curves.contribution[draw, step + 1, channel]
    return np.asarray(before + (after - before) * (spend - start) / (end - start), np.float64)


def marginal_return(curves: Curves, spend: Floats) -> Floats:
    """Draw × channel: what one more of the currency brings beside this spend; above 1 it brings more than it costs."""
    draw, step, channel = _steps(curves, spend)
    rise = curves.contribution[draw, step + 1, channel] - curves.contribution[draw, step, channel]
    return np.asarray(rise / (curves.spend[step + 1, channel] - curves.spend[step, channel]), np.float64)


def _steps(curves: Curves, spend: Floats) -> tuple[npt.NDArray[np.int64], ...]:
    """Places of the draw, of the step that the spend falls into, and of the channel, each draw × channel."""
    shape = (len(curves.contribution), len(curves.channels))
    draw, channel = np.indices(shape)
    return draw, np.broadcast_to((curves.spend[1:-1] <= spend[..., None, :]).sum(axis=-2), shape), channel
