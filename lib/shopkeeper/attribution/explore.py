"""What an analyst may turn and pull in JupyterLab; batch runs leave it out."""

import dataclasses

import ipywidgets as widgets
import numpy as np
from IPython.display import display

from shopkeeper.attribution.budget import Budget, gain, left
from shopkeeper.attribution.curves import Floats
from shopkeeper.attribution.curves_report import curve_rows, plot_curves
from shopkeeper.attribution.findings import Findings
from shopkeeper.report.words import Sentence, Words, count, money, percent, say

_STEPS = 100  # of a slider


def budget(found: Budget, words: Words) -> None:
    """A slider for each channel's spend a week, as far as its curve is known, and what the budget they make should bring."""
    widgets.interact(lambda **chosen: _budget(found, words, tuple(chosen.values())), **sliders(found))


def sliders(found: Budget) -> dict[str, widgets.FloatSlider]:
    """One for each channel, a week, from the least to the most that was ever spent or is planned; it starts at the proposal."""
    curves = found.curves
    least, most = curves.spend[0], np.minimum(np.maximum(curves.seen, curves.now), curves.spend[-1])
    ends = np.stack([found.proposed, least, most, (most - least) / _STEPS], axis=1) / curves.weeks
    return {
        f"channel {place}": widgets.FloatSlider(
            value, min=low, max=high, step=step, continuous_update=False, readout_format=",.0f", description=name
        )
        for place, (name, (value, low, high, step)) in enumerate(zip(curves.channels, ends.tolist(), strict=True))
    }


def _budget(found: Budget, words: Words, chosen: tuple[float, ...]) -> None:
    made = dataclasses.replace(found, proposed=found.curves.weeks * np.array(chosen))
    print(words.text(budget_told(made)))
    display(plot_curves(curve_rows(made), words))  # type: ignore[no-untyped-call]


def budget_told(made: Budget) -> Sentence:
    """What a budget should leave, and how that compares with the plan."""
    curves = made.curves
    whole, more = _around(left(curves, made.proposed)), _around(gain(made))
    return say(
        "{total} a week ({planned} are planned) should leave {left} of gross profit in {weeks} weeks, the spend taken off (90%: {left_low} "
        "to {left_high}): {gain} against the plan (90%: {low} to {high}; chance of a gain {chance}).",
        total=money(made.proposed.sum() / curves.weeks), planned=money(curves.now.sum() / curves.weeks), weeks=count(curves.weeks),
        left=money(whole[0]), left_low=money(whole[1]), left_high=money(whole[2]), gain=money(more[0]), low=money(more[1]),
        high=money(more[2]), chance=percent((gain(made) > 0).mean()),
    )  # fmt: skip


def _around(draws: Floats) -> tuple[float, float, float]:
    low, high = np.quantile(draws, [0.05, 0.95])
    return float(draws.mean()), float(low), float(high)


def findings(found: Findings, words: Words) -> None:
    """The sliders of the proposed budget, where one is proposed."""
    if found.budgets:
        budget(found.budgets.proposed, words)
