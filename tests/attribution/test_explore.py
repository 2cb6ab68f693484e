"""The sliders of the budget: where they begin and end, and what is said of where they stand."""

import dataclasses

import numpy as np
import pytest
from curves_by_hand import straight
from shopkeeper.attribution import explore
from shopkeeper.attribution.budget import propose
from shopkeeper.report.words import Words

EN = Words("en", "CNY")
FOUND = propose(
    straight([0, 400, 800], {"a": [0, 400, 800], "<b>": [0, 800, 1_600]}, now=[400, 400], seen=[600, 800]), most=0.3
)


def test_a_slider_goes_from_the_least_to_the_most_that_is_known_and_begins_at_the_proposal():
    [a, b] = explore.sliders(FOUND).values()
    assert (a.description, a.min, a.max, a.value) == ("a", 0, 150, 70)
    assert (b.description, b.min, b.max, b.value) == ("<b>", 0, 200, 130)


def test_a_budget_is_told_beside_the_plan():
    made = dataclasses.replace(FOUND, proposed=np.array([200.0, 800.0]))
    assert EN.text(explore.budget_told(made)) == (
        "CN¥250 a week (CN¥200 are planned) should leave CN¥800 of gross profit in 4 weeks, the spend taken off (90%: CN¥800 to CN¥800): "
        "CN¥400 against the plan (90%: CN¥400 to CN¥400; chance of a gain 100%)."
    )


def test_moving_a_slider_tells_the_budget_that_the_sliders_make(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(explore, "display", shown.append)
    monkeypatch.setattr(
        explore.widgets, "interact", lambda show, **chosen: show(**{k: s.value for k, s in chosen.items()})
    )
    explore.budget(FOUND, EN)
    assert capsys.readouterr().out.startswith("CN¥200 a week (CN¥200 are planned) should leave CN¥520 of gross profit")
    assert len(shown) == 1


def test_sliders_are_by_the_week():
    assert sum(slider.value for slider in explore.sliders(FOUND).values()) == pytest.approx(FOUND.proposed.sum() / 4)
