"""Decisions in a table, as every report ends with them."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.decisions import Decision
from shopkeeper.report.words import Kind, Sentence, say

DECISIONS: dict[str, tuple[Sentence, Kind]] = {
    "action": (say("What"), "text"),
    "gain": (say("Expected gain"), "money"),
    "low": (say("90% from"), "money"),
    "high": (say("90% to"), "money"),
    "probability": (say("Chance that it gains"), "chance"),
}


def decision_rows(decisions: Sequence[Decision]) -> pd.DataFrame:
    """One row per decision: action, gain with low and high, probability of a gain."""
    return pd.DataFrame([
        {"action": each.action, "gain": each.gain, "low": each.gain_low, "high": each.gain_high, "probability": each.probability}
        for each in decisions
    ])  # fmt: skip


class Gain(TypedDict):
    """A gain as a decision tells it: mean, 90% interval, chance that it is one."""

    gain: float
    gain_low: float
    gain_high: float
    probability: float


def around(draws: NDArray[np.float64]) -> Gain:
    """A gain as a decision tells it, from its draws: mean, 90% interval, chance that it is one."""
    low, high = np.quantile(draws, [0.05, 0.95])
    return {"gain": float(draws.mean()), "gain_low": float(low), "gain_high": float(high), "probability": float((draws > 0).mean())}  # fmt: skip
