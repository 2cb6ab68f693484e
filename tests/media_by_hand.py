"""Weekly media and sales of known truth, for tests and calibration: in the media mix's own form, and in another that shares no code with it."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from shopkeeper.attribution.base import followed, tide
from shopkeeper.attribution.evidence import evidence
from shopkeeper.attribution.mix_model import MAX_LAG, Evidence
from shopkeeper.attribution.panel import EVERYWHERE, Panel

CARRIED = MAX_LAG - 1
Draw = np.random.Generator


class World(NamedTuple):
    """A panel, its base, and of each channel the truth: roas over the learnt weeks, and share of sales."""

    panel: Panel
    base: pd.DataFrame
    roas: np.ndarray
    share: np.ndarray

    def evidence(self, tests: pd.DataFrame | None = None) -> Evidence:
        return evidence(self.panel, self.base, tests)


def flights(draw: Draw, weeks: int, channels: int) -> np.ndarray:
    """Spend by week and channel, 1 in the mean: slow ups and downs, noise, and every fifth week or so dark."""
    slow = np.cumsum(draw.normal(0, 0.15, (weeks, channels)), axis=0)
    level = np.exp(slow - slow.mean(axis=0) + draw.normal(0, 0.4, (weeks, channels)))
    level *= draw.random((weeks, channels)) > 0.2
    return level / level.mean(axis=0)


def own_reach(spend: np.ndarray, decay: float, steepness: float) -> np.ndarray:
    """Geometric carry-over and logistic saturation of one channel, week by week."""
    stock = np.zeros(len(spend) - CARRIED)
    weight = decay ** np.arange(MAX_LAG)
    for week in range(len(stock)):
        seen = spend[week : week + MAX_LAG][::-1]
        stock[week] = (weight * seen).sum() / weight.sum()
    return 2 / (1 + np.exp(-steepness * stock)) - 1


def other_reach(spend: np.ndarray, shape: float, half: float) -> np.ndarray:
    """Weibull carry-over and Hill saturation of one channel: neither is the model's."""
    age = np.arange(13) + 0.5
    weight = (age / 2) ** (shape - 1) * np.exp(-((age / 2) ** shape))
    stock = np.convolve(spend, weight / weight.sum())[CARRIED : len(spend)]
    return stock**1.2 / (stock**1.2 + half**1.2)


def world(draw: Draw, form: str = "own", weeks: int = 156, channels: int = 5, noise: float = 0.04) -> World:
    """Sales around 1,000 a week: season, a slow trend, a signal, shocks that half last a week, and channels of 2 to 10 % of sales."""
    spend = flights(draw, weeks + CARRIED, channels)
    reached = np.empty((weeks, channels))
    for c in range(channels):
        reached[:, c] = (
            own_reach(spend[:, c], draw.beta(2, 3), np.exp(draw.normal(0, 0.6)))
            if form == "own"
            else other_reach(spend[:, c], draw.uniform(0.8, 1.6), np.exp(draw.normal(0.3, 0.4)))
        )
    share = draw.uniform(0.02, 0.1, channels)
    cost = share / np.exp(draw.normal(0.2, 0.6, channels))
    brought = 1_000 * share * reached / reached.mean(axis=0)
    week = np.arange(weeks)
    base = pd.DataFrame({
        "trend": (week - weeks / 2) / 52,
        "sin": np.sin(2 * np.pi * week / 52.18),
        "cos": np.cos(2 * np.pi * week / 52.18),
        "signal": draw.normal(size=weeks),
    })  # fmt: skip
    base.attrs["sd"] = [0.3] * 4
    shock = np.zeros(weeks)
    for now, new in enumerate(draw.normal(0, noise, weeks)):
        shock[now] = new + (0.4 * shock[now - 1] if now else 0)
    usual = 1 - share.sum() + base.to_numpy() @ np.array([0.05, *draw.normal(0, 0.06, 2), 0.03]) + shock
    sales = np.concatenate([np.full(CARRIED, 1_000.0), 1_000 * usual + brought.sum(axis=1)])
    paid = 1_000 * cost * spend / spend[CARRIED:].mean(axis=0)
    days = pd.date_range("2021-01-04", periods=weeks + CARRIED, freq="7D")
    names = tuple(f"channel {c}" for c in range(channels))
    panel = Panel(days, (EVERYWHERE,), names, paid[:, None, :], sales[:, None], np.zeros((weeks + CARRIED, 1)))
    roas = brought.sum(axis=0) / paid[CARRIED:].sum(axis=0)
    return World(panel, base, roas, brought.sum(axis=0) / sales[CARRIED:].sum())


class Tested(NamedTuple):
    """A world whose first channel spends where demand is high, and a lift test of it."""

    panel: Panel
    base: pd.DataFrame
    roas: np.ndarray
    tests: pd.DataFrame

    def evidence(self, tests: pd.DataFrame | None = None) -> Evidence:
        return evidence(self.panel, self.base, tests)


def confounded(draw: Draw, form: str = "own", weeks: int = 120) -> Tested:
    """Channel 0 follows a demand that no column tells, its base that of a study; over four weeks in the middle it was switched off and what that cost was read."""
    demand = np.convolve(draw.normal(size=weeks + CARRIED + 8), np.ones(5) / 5**0.5, "same")[: weeks + CARRIED]
    spend = flights(draw, weeks + CARRIED, 2)
    spend[:, 0] = np.exp(0.5 * demand + draw.normal(0, 0.15, weeks + CARRIED))
    begins, many = CARRIED + weeks // 2, 4
    usual = spend[begins : begins + many, 0].copy()
    spend[begins : begins + many, 0] = 0.0
    spend /= spend[CARRIED:].mean(axis=0)
    would = spend.copy()
    would[begins : begins + many, 0] = usual / usual.mean()
    reach, shape = (own_reach, (0.4, 1.0)) if form == "own" else (other_reach, (1.2, 1.3))
    reached, other = (np.column_stack([reach(each[:, c], *shape) for c in range(2)]) for each in (spend, would))
    brought = 1_000 * 0.06 * reached / reached.mean(axis=0)
    lost = 1_000 * 0.06 * (reached - other)[:, 0] / reached[:, 0].mean()
    read = slice(begins - CARRIED, begins - CARRIED + many + 2)
    sales = 1_000 * (0.88 + 0.06 * demand[CARRIED:] + draw.normal(0, 0.02, weeks)) + brought.sum(axis=1)
    days = pd.date_range("2021-01-04", periods=weeks + CARRIED, freq="7D")
    paid = 40.0 * spend
    sold = np.concatenate([np.full(CARRIED, 1_000.0), sales])[:, None]
    panel = Panel(days, (EVERYWHERE,), ("channel 0", "channel 1"), paid[:, None, :], sold, 0 * sold)
    learnt = pd.DataFrame({"trend": np.linspace(-0.5, 0.5, weeks)}, index=panel.learnt)
    learnt = learnt.join(tide(panel.learnt, weeks))
    learnt.attrs["sd"] = [0.2] + [0.1] * (learnt.shape[1] - 1)
    base = followed(learnt, pd.DataFrame(paid, columns=list(panel.channels)), ["channel 0"])
    lift, error = lost[read].sum(), 0.1 * abs(lost[read].sum())
    tests = pd.DataFrame([{
        "channel": "channel 0", "region": None, "starts_on": days[begins], "ends_on": days[begins + many] - pd.Timedelta(days=1),
        "read_until": days[begins + many + 2] - pd.Timedelta(days=1), "spend_change": -40.0 * would[begins : begins + many, 0].sum(),
        "lift": lift + draw.normal(0, error), "lift_sd": error,
    }])  # fmt: skip
    return Tested(panel, base, brought.sum(axis=0) / paid[CARRIED:].sum(axis=0), tests)
