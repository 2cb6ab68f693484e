"""What the report says of displays and mailers."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.pricing import kind_report as report
from shopkeeper.report.words import Words

EN = Words("en", "CNY")
NO_MARGINS = pd.DataFrame()


def text(sentence):
    return EN.text(sentence)


def kinds():
    return pd.DataFrame({
        "kind": ["mailer", "display"], "n": [500, 900], "naive": [1.4, 1.1], "lift": [0.5, 0.2], "lift_low": [0.4, 0.1], "lift_high": [0.6, 0.3],
        "whole_lift": [0.1, np.nan], "whole_lift_low": [0.0, np.nan], "whole_lift_high": [0.2, np.nan], "own_units": [100.0, 50.0], "units": [20.0, np.nan],
        "money": [200.0, np.nan],
    })  # fmt: skip


def margins(low=300.0, high=500.0, assumed=0.0):
    return pd.DataFrame({
        "kind": ["mailer"], "weeks": [480.0], "assumed_rate": [assumed], "week": [(low + high) / 2], "week_low": [low], "week_high": [high],
        "margin": [192_000.0], "margin_low": [144_000.0], "margin_high": [240_000.0], "taken": [0.6], "taken_low": [0.5], "taken_high": [0.7],
    })  # fmt: skip


def test_the_title_names_the_kind_with_which_skus_sell_most():
    assert (
        text(report.kind_title(kinds()))
        == "While a SKU was in a mailer it sold +50% beside the others of its category (90%: +40% to +60%)"
    )


def test_rows_hold_what_is_known_of_each_kind():
    rows = report.kind_rows(kinds(), margins())
    assert rows.whole_range[1] is None
    assert text(rows.lift_range[1]) == "+10% to +30%"
    assert text(rows.week_range[0]) == "CN¥300 to CN¥500"
    assert rows.week_range[1] is None
    assert set(report.KINDS) == set(report.kind_labels(rows))
    assert "week" not in report.kind_labels(report.kind_rows(kinds(), NO_MARGINS))


def test_what_a_week_may_cost_and_still_pay():
    method, pays, in_all = [text(sentence) for sentence in report.kinds_told(kinds(), margins())]
    assert "an association" in method
    assert "brings CN¥400 of contribution (90%: CN¥300 to CN¥500)" in pays
    assert "pays where it costs less than CN¥400, and surely where it costs less than CN¥300" in pays
    assert "480 such weeks brought CN¥192K (90%: CN¥144K to CN¥240K)" in in_all
    assert "others of the category lost 60% (90%: 50% to 70%)" in in_all


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (
            -100.0,
            300.0,
            "is within chance: −CN¥100 to CN¥300 (90%). It surely pays at no cost, and surely not where it costs CN¥300 or more",
        ),
        (-300.0, -100.0, "loses contribution, −CN¥300 to −CN¥100 (90%), even where the mailer costs nothing"),
    ],
)
def test_a_kind_that_may_lose_is_said_to(low, high, said):
    assert said in text(report.kinds_told(kinds(), margins(low, high))[1])


def test_costs_that_are_not_known_are_said():
    assert "For up to 25% of the units" in text(report.kinds_told(kinds(), margins(assumed=0.25))[-1])
    assert "No cost of a unit" in text(report.kinds_told(kinds(), margins(assumed=1.0))[-1])
    assert not any("gross margin" in text(sentence) for sentence in report.kinds_told(kinds(), margins()))


def test_without_kinds_nothing_is_told():
    assert "No promotion" in text(report.kind_title(pd.DataFrame()))
    assert report.kinds_told(pd.DataFrame(), NO_MARGINS) == []
    assert len(report.kinds_told(kinds(), NO_MARGINS)) == 1
