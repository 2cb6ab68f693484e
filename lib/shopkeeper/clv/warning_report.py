"""The early warning in words and as a chart: whether the chance to order held when tested."""

import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.clv.origins import CHOSEN
from shopkeeper.clv.warning import WORST, Chance
from shopkeeper.customers.tag_report import CURVE, plot_curves
from shopkeeper.report.words import Kind, Sentence, Words, count, people, percent, say

RELIABILITY: dict[str, tuple[Sentence, Kind]] = {name: label for name, label in CURVE.items() if name != "what"}


def curve_rows(chance: Chance | None) -> pd.DataFrame:
    """Ten groups of customers by their chance: predicted, and what they did with its interval; without rows where none is known."""
    return pd.DataFrame() if chance is None else chance.curve


def title(chance: Chance | None) -> Sentence:
    """How near the chance to order in 13 weeks came, on a day later than it was set right on."""
    if chance is None:
        return say(
            "The chance to order within {weeks} weeks cannot be tested here, so nobody is called at risk",
            weeks=count(CHOSEN),
        )
    facts = {
        "weeks": count(CHOSEN), "gap": percent(chance.tested["ece"]), "n": people(chance.tested["customers"]),
        "said": percent(chance.tested["predicted"]), "did": percent(chance.tested["rate"]),
    }  # fmt: skip
    if chance.is_trusted:
        return say(
            "The chance to order within {weeks} weeks held: told to {n} customers at an earlier day it was {said} in the mean, {did} "
            "ordered, and over ten groups the two lie {gap} apart",
            **facts,
        )
    if chance.tested["ece"] <= WORST:
        return say(
            "The chance to order within {weeks} weeks came near when tested (told to {n} customers {said} in the mean, {did} ordered), but "
            "{why}, so nobody is called at risk",
            **facts, why=_why(chance),
        )  # fmt: skip
    return say(
        "The chance to order within {weeks} weeks did not hold when tested: told to {n} customers at an earlier day it was {said} in the "
        "mean, {did} ordered (over ten groups {gap} apart), so nobody is called at risk",
        **facts,
    )


def _why(chance: Chance) -> Sentence:
    if chance.tested["brier"] >= min(chance.tested["brier_base"], chance.tested["brier_recency"]):
        return say("the days since the last order alone tell as much")
    return say("it tells the likely from the unlikely too little or too much")


def plot(curve: pd.DataFrame, words: Words) -> Figure:
    """What ten groups of customers did, over what was predicted; on the diagonal both agree."""
    said = say("ordered within {weeks} weeks", weeks=count(CHOSEN))
    return plot_curves(curve.assign(tag="soon", what=[said] * len(curve)), words)
