"""The gate in words: what was forecast on earlier days, which check failed, and that one failure is enough."""

import datetime as dt
from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest
from shopkeeper.attribution.gate_report import (
    failed_told,
    folds_title,
    is_passed,
    journey_check,
    plot_folds,
)
from shopkeeper.attribution.walk import Walk
from shopkeeper.report.words import Words, say

WORDS = Words("en", "CNY")


def folds(*rows):
    """Earlier days: sold, forecast, its low and high, simple rule."""
    made = pd.DataFrame(rows, columns=["actual", "forecast", "low", "high", "naive"])
    return made.assign(day=[dt.date(2024, 6, 1) - dt.timedelta(days=28 * k) for k in range(len(made))])


NEAR, FAR = (100.0, 110.0, 95.0, 120.0, 80.0), (100.0, 150.0, 130.0, 170.0, 90.0)


def test_forecasts_are_held_against_the_simple_rule_and_their_intervals_counted():
    said = WORDS.text(folds_title(folds(NEAR, NEAR)))
    assert said == "Made on 2 earlier days, the forecast of the next four weeks was nearer than a simple rule (off by 10%, the rule by 20%; nearer on 2 of 2); 2 of 2 intervals held"  # fmt: skip
    said = WORDS.text(folds_title(folds(NEAR, FAR)))
    assert "no nearer than a simple rule (off by 30%, the rule by 15%; nearer on 1 of 2); 1 of 2 intervals held" in said


def test_without_an_earlier_day_there_is_nothing_to_title():
    assert folds_title(folds()) is None


@pytest.mark.parametrize(("passed", "said"), [((False, True), "1 of 2 checks failed (Sampler converged)"), ((True, False), "1 of 2 checks failed (Four weeks ahead"), ((False, False), "2 of 2 checks failed (Sampler converged and Four weeks ahead, on earlier days)")])  # fmt: skip
def test_one_failed_check_withholds_the_budget_and_is_named(passed, said):
    what = [say("Sampler converged"), say("Four weeks ahead, on earlier days")]
    checks = pd.DataFrame({"what": what, "is_passed": passed})
    assert not is_passed(checks)
    assert WORDS.text(failed_told(checks)).startswith(said)
    assert is_passed(checks.assign(is_passed=True))


def test_the_chart_reads_from_the_earliest_day_to_the_latest():
    drawn = plot_folds(folds(NEAR, FAR), WORDS)
    drawn.canvas.draw()
    assert [each.get_text() for each in drawn.axes[0].get_xticklabels()] == ["4 May 2024", "1 Jun 2024"]


@pytest.mark.parametrize("is_sound", [False, True])
def test_journeys_without_media_are_checked_too(is_sound):
    checks = {"r_hat": 1.2, "ess": 90.0, "divergences": 0.0}
    walked = cast("Walk", SimpleNamespace(hazard=SimpleNamespace(checks=checks), is_sound=is_sound))
    rows = journey_check(walked)
    assert is_passed(rows) == is_sound
    assert WORDS.text(rows.found[0]).startswith("R-hat 1.200; worth 90 independent draws")
    assert is_passed(journey_check(None))
