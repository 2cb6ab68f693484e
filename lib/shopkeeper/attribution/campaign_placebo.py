"""Pretended campaigns: customers like those of a real one, drawn by lot on days when none began, to whom nothing was sent."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from shopkeeper.attribution.campaign_effect import can_differ, compare, lived, risen, sent_on
from shopkeeper.attribution.campaign_panel import FEWEST, Panel
from shopkeeper.attribution.matching import Flags, Floats, difference

DRAWS = 200
_PENALTY = 10.0  # inverse strength: a group of a dozen must not be told apart without error


def pretended(panel: Panel, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """One row for each campaign that was pretended: day, sent, effect, sd, df, z (effect / sd), p, low and high of 90%.

    Each takes a campaign that can be measured, and a day between campaigns; who is "sent" it is drawn with the probability that
    the real one had for a customer with such a history. The true effect of all of them is 0. Without rows where no campaign or no
    such day is there.
    """
    draw = np.random.default_rng(seed)
    real = panel.campaigns[panel.campaigns.why == ""]
    if real.empty or not panel.quiet:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    chances = propensities(panel)
    rows = [_pretend(panel, chances[draw.integers(len(chances))], draw) for _ in range(draws if chances else 0)]
    return pd.DataFrame([row for row in rows if row], columns=_COLUMNS)


_COLUMNS = ["day", "sent", "effect", "sd", "df", "z", "p", "low", "high"]


def propensities(panel: Panel) -> list[Pipeline]:
    """Of each campaign that some got and enough did not, the chance of a customer to be sent it, by history."""
    real = panel.campaigns[panel.campaigns.why == ""]
    days = [(day, sent_on(panel, campaign, day, day)) for campaign, day in zip(real.campaign, real.day, strict=True)]
    return [_propensity(panel, day, is_sent) for day, is_sent in days if can_differ(is_sent)]


def _propensity(panel: Panel, day: int, is_sent: Flags) -> Pipeline:
    rows = panel.histories[day]
    model: Pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=_PENALTY, max_iter=500))
    return model.fit(lived(rows, day), is_sent)


def draw_sent(panel: Panel, chance: Pipeline, draw: np.random.Generator) -> tuple[int, Flags]:
    """A day between campaigns, and which of its customers are drawn."""
    day = int(draw.choice(panel.quiet))
    probability: Floats = chance.predict_proba(lived(panel.histories[day], day))[:, 1]
    return day, draw.random(len(probability)) < probability


def _pretend(panel: Panel, chance: Pipeline, draw: np.random.Generator) -> dict[str, float]:
    """One pretended campaign; empty where too few are drawn, or too few are like them."""
    day, is_sent = draw_sent(panel, chance, draw)
    if is_sent.sum() < FEWEST:
        return {}
    found = compare(panel, day, is_sent)
    if not found.is_alike:
        return {}
    effect = difference(found.matched, risen(found.rows))
    low, high = effect.interval()
    return {"day": day, "sent": int(is_sent.sum()), "effect": effect.effect, "sd": effect.sd, "df": effect.df,
            "z": effect.z, "p": effect.p, "low": low, "high": high}  # fmt: skip
