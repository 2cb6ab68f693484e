"""What the study advises, and when it keeps silent."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.attribution.campaign_effect import Effects
from shopkeeper.attribution.campaign_study import Study, decisions
from shopkeeper.report.words import Words

WORDS = Words("en", "USD")
GAINING = {"offer": "Type C", "n_campaigns": 5, "customers": 200, "lift": 0.1, "lift_low": 0.06, "lift_high": 0.14, "next": 8000.0,
           "next_low": 2000.0, "next_high": 14000.0, "gains": 0.98}  # fmt: skip
QUIET, LOUD = [0.5] * 190 + [0.01] * 10, [0.5] * 175 + [0.01] * 25


def study(p=QUIET, drifted=0, **changed):
    """Ten campaigns, of which some had drifted apart before; one offer; pretended campaigns of these p."""
    early = pd.DataFrame(
        {"why": "", "earlier": 1.0, "earlier_low": [0.5] * drifted + [-1.0] * (10 - drifted), "earlier_high": 2.0}
    )
    pooled = pd.DataFrame([GAINING | {"offer": None, "next_low": -1.0}, GAINING | changed])
    return Study(Effects(early, np.zeros((0,)), pd.DataFrame()), pooled, pd.DataFrame({"p": p}))


def test_an_offer_that_would_gain_again_is_sent_again_and_one_in_ten_held_out():
    [advice] = decisions(study(), gross_margin=0.25)
    assert (
        WORDS.text(advice.action)
        == "Send a campaign such as Type C again, to 180 customers like those who were sent the last one"
    )
    assert (advice.gain, advice.gain_low, advice.gain_high) == pytest.approx(
        (0.225 * 8000, 0.225 * 2000, 0.225 * 14000)
    )
    assert (advice.subject, advice.amount, advice.probability, advice.horizon_days) == (
        "campaign: Type C",
        180,
        0.98,
        28,
    )
    assert WORDS.text(advice.check).startswith("20 of the customers chosen, drawn by lot, are not sent it")
    said = WORDS.text(advice.assumptions)
    assert "25% of the extra sales" in said
    assert "less than $10.00 for each customer" in said  # 1,800 over 180


@pytest.mark.parametrize("silent", [study(next_low=-1.0), study(p=LOUD), study(p=[]), study(drifted=5)])
def test_where_the_gain_or_the_measure_is_not_sure_nothing_is_advised(silent):
    assert decisions(silent, gross_margin=0.25) == []


@pytest.mark.parametrize(("alarms", "is_quiet"), [(0, True), (18, True), (19, False)])
def test_a_measure_is_believed_unless_its_alarms_happen_once_in_a_hundred(alarms, is_quiet):
    """Of 200 pretended campaigns a 5% test finds 10 by chance, and 19 or more in fewer than one of 100 such runs."""
    assert study(p=[0.01] * alarms + [0.5] * (200 - alarms)).is_quiet is is_quiet


@pytest.mark.parametrize(("drifted", "was_alike"), [(4, True), (5, False)])
def test_groups_were_alike_unless_more_drifted_than_chance_allows(drifted, was_alike):
    assert study(drifted=drifted).was_alike is was_alike
