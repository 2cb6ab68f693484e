"""The budget in words: verdicts, titles, what is flat and what is risky, decisions."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from curves_by_hand import saturating, straight
from shopkeeper.attribution import budget_report as report
from shopkeeper.attribution.budget import gain, propose, propose_carefully, propose_freely
from shopkeeper.decisions import Decision
from shopkeeper.report.words import Words, say

EN = Words("en", "CNY")
ASSUMED = say("Sales leave 50% as gross profit.")


def better(times: int = 10) -> list[dict[str, list[float]]]:
    """Ten draws: in so many of them b brings twice what a does, in the others half of it."""
    draws = [{"a": [0, 400, 800], "b": [0, 800, 1_600]}] * times
    return draws + [{"a": [0, 400, 800], "b": [0, 200, 400]}] * (10 - times)


def found_of(draws, **more):
    return propose(straight([0, 400, 800], *draws, **{"now": [400] * len(draws[0])} | more))


def text(sentence) -> str:
    return EN.text(sentence)


def test_the_rows_are_by_the_week_the_largest_first():
    curves = straight([0, 400, 800], *better(), now=[300, 400])
    [b, a] = report.budget_rows(propose(curves)).to_dict("records")
    assert (text(b["what"]), b["now"], b["proposed"], b["change"]) == ("b", 100, 122.5, pytest.approx(0.225))
    assert (text(a["what"]), a["now"], a["proposed"], a["change"]) == ("a", 75, 52.5, pytest.approx(-0.3))
    assert (b["next_now"], b["next_proposed"], text(b["next_range"])) == (2, 2, "CN¥2.00 to CN¥2.00")
    assert (b["low"], b["high"], text(b["range"])) == (122.5, 122.5, "CN¥122 to CN¥122")
    assert (b["up"], a["up"], a["down"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("draws", "verdicts"),
    [
        (better(10), ["lower", "raise"]),
        (better(9), ["lower", "raise"]),
        (better(7), ["cannot be told"] * 2),  # not sure, and it matters
        ([{"a": [0, 400, 800], "b": [0, 401, 802]}] * 10, ["keep", "keep"]),  # sure, and it does not matter
        (
            [{"a": [0, 400, 800], "b": [0, 400 + n, 800 + 2 * n]} for n in (1, -1)],
            ["keep", "keep"],
        ),  # nor here, not sure
    ],
)
def test_a_verdict_is_given_where_it_is_sure_and_matters(draws, verdicts):
    rows = report.budget_rows(found_of(draws))
    assert [text(each) for each in rows.verdict] == verdicts


def test_a_channel_whose_own_side_is_not_clear_only_leans():
    # What a gives is best at b in 6 draws of 10 and at c in 4, and gains in all.
    one, other = (
        {"a": [0, 400, 800], "b": [0, 400 * b, 800 * b], "c": [0, 400 * c, 800 * c]} for b, c in ((4, 2), (1.5, 3))
    )
    rows = report.budget_rows(found_of([one] * 6 + [other] * 4))
    assert rows.proposed.tolist() == [70, 130, 100]
    assert rows.up.tolist() == [0, 0.6, 0.4]
    assert [text(each) for each in rows.verdict] == ["lower", "rather more", "cannot be told"]


def test_a_channel_that_is_lowered_is_not_said_to_be_raised_though_most_draws_would():
    # c takes from b, which brings least on average; in 8 draws of 10 a would have given to both.
    sure = {"a": [0, 400, 800], "c": [0, 2_000, 4_000]}
    draws = [sure | {"b": [0, 440, 880]}] * 8 + [sure | {"b": [0, 0, 0]}] * 2
    rows = report.budget_rows(found_of(draws, now=[800, 400, 400]))
    verdicts = {text(row["what"]): text(row.verdict) for _, row in rows.iterrows()}
    assert verdicts == {"a": "cannot be told", "b": "rather less", "c": "raise"}


def test_the_title_says_what_moving_brings():
    assert text(report.title(found_of(better()))) == (
        "To move CN¥30.00 of CN¥200 a week for 4 weeks should bring CN¥120 more gross profit (90%: CN¥120 to CN¥120). Shift "
        "CN¥30.00 a week from a to b"
    )


def test_the_title_says_where_the_plan_is_as_good_or_nothing_is_sure():
    flat = [{"a": [0, 400, 800], "b": [0, 401, 802]}] * 10
    assert text(report.title(found_of(flat))) == (
        "The plan is as good as any budget within the limits: the best should bring CN¥0.30 more (90%: CN¥0.30 to CN¥0.30), less than 1% "
        "of what all channels bring"
    )
    assert text(report.title(found_of(better(7)))) == (
        "No budget is surely better than the plan: the best guess should bring CN¥66.00 more (90%: −CN¥60.00 to CN¥120), and would bring "
        "less than the plan with a chance of 30%"
    )


def test_only_a_budget_that_is_advised_is_decided():
    assert report.decisions(found_of(better(7)), ASSUMED) == []
    [made] = report.decisions(found_of(better(9)), ASSUMED)
    assert isinstance(made, Decision)
    assert (made.subject, text(made.action)) == ("channel: b", "Shift CN¥30.00 a week from a to b")
    assert (made.amount, made.unit, made.horizon_days, made.probability) == (30, "currency a week", 28, 0.9)
    assert (made.gain, made.gain_low, made.gain_high) == (pytest.approx(102), pytest.approx(21), pytest.approx(120))
    assert text(made.assumptions) == (
        "Sales leave 50% as gross profit. What these weeks' spend brings after them counts. No channel moves by more than 30% of its "
        "planned spend at once, nor to more than was ever spent on it in 4 weeks, since nothing is known there. Held by this: a and b; "
        "look again after these weeks."
    )
    assert "enter the difference in lift_tests" in text(made.check)
    [alone] = report.decisions(found_of(better(9)), ASSUMED, is_regional=False)
    assert text(alone.check).startswith("After 4 weeks, hold sales against what this report expected")


def test_where_a_new_customers_year_counts_it_is_said_so():
    plain = found_of(better())
    found = dataclasses.replace(plain, curves=dataclasses.replace(plain.curves, days=365))
    assert "should bring CN¥120 more gross profit within a year (90%" in text(report.title(found))
    assert text(report.tiles(found)[0][0]) == "Gain within a year from moving the budget for 4 weeks"
    [made] = report.decisions(found, ASSUMED)
    assert made.horizon_days == 365


def test_of_an_advised_budget_only_the_clear_moves_are_decided():
    found = propose(saturating(1_000, 8, 150, 0.2))
    made = report.decisions(found, ASSUMED)
    assert 0 < len(made) < len(report.moves(found))
    assert all(each.probability >= 0.8 for each in made)
    assert [each.gain for each in made] == sorted((each.gain for each in made), reverse=True)
    assert sum(each.gain for each in made) < gain(found).mean()


@pytest.mark.parametrize(
    ("proposed", "action"),
    [
        ([400, 500], "Spend CN¥25.00 a week more on b"),
        ([300, 400], "Spend CN¥25.00 a week less on a"),
        ([300, 600], "Shift CN¥50.00 a week from a and a larger total to b"),
    ],
)
def test_a_move_of_the_total_is_said_as_such(proposed, action):
    found = dataclasses.replace(found_of(better()), proposed=np.array(proposed, float))
    assert text(report.action(report.moves(found)[0], 4)) == action


def test_the_channel_that_could_be_anything_is_named():
    level = [{"a": [0, 400, 800], "b": [0, 400, 800], "c": [0, 800, 900]}]
    found = propose(straight([0, 400, 800], *level, now=[400] * 3))
    assert text(report.flat_told(found)) == (
        "Budgets that differ much do about as well: a could be given anything from CN¥70.00 to CN¥130 a week, the others set to fit, and "
        "all together would still bring within 1% of the most."
    )
    sharp = propose(straight([0, 399, 400, 401, 800], {name: [0, 798, 800, 800, 800] for name in "ab"}, now=[400, 400]))
    assert text(report.flat_told(sharp)).startswith(
        "The best budget is well marked: to give any channel much more or less"
    )


def test_channels_at_their_limit_and_planned_beyond_it_are_named():
    assert "Held by this: a and b; look again" in text(report.limits_told(found_of(better())))
    beyond = text(report.limits_told(found_of(better(), seen=[350, 800])))
    assert beyond.endswith(
        "Held by this: b; look again after these weeks. Planned beyond what was ever spent: a; what that brings is a guess."
    )
    level = [{"a": [0, 400, 500], "b": [0, 400, 500]}]
    assert text(report.limits_told(found_of(level))).endswith("since nothing is known there.")


def test_both_budgets_are_told_and_which_is_proposed():
    curves = straight([0, 400, 800], *better(7), now=[400, 400])
    assert text(report.risk_told(propose(curves), propose_carefully(curves))) == (
        "The budget that brings most on average moves CN¥30.00 a week: CN¥66.00 more, and −CN¥60.00 if things stand as in the worst fifth "
        "of what may be true. No move gains in that fifth."
    )
    good = {"a": [0, 400, 800], "b": [0, 520, 1_040], "c": [0, 2_400, 4_800]}
    curves = straight([0, 400, 800], *[good] * 7, *[good | {"c": [0, 40, 80]}] * 3, now=[400] * 3)
    assert text(report.risk_told(propose(curves), propose_carefully(curves))).endswith(
        "The careful one, which does best there, moves CN¥30.00: CN¥36.00 more, and CN¥36.00. Proposed is the careful one: the first is "
        "not surely better than the plan."
    )
    sure = straight([0, 400, 800], *better(), now=[400, 400])
    assert text(report.risk_told(propose(sure), propose_carefully(sure))).endswith("Proposed is the first.")


def test_knowledge_is_worth_what_the_best_guess_leaves_behind():
    # In 3 draws of 10, 120 would be moved the other way: it gains 60 and does not lose 60.
    assert "would be worth CN¥36.00 more from 4 weeks within these limits" in text(
        report.knowledge_told(found_of(better(7)))
    )


def test_a_free_total_is_told_where_it_is_surely_better():
    draws = [{"a": [0, 800, 1_600], "b": [0, 800, 1_600]}]
    free = propose_freely(straight([0, 400, 800], *draws, now=[400, 400]))
    assert text(report.total_told(free)) == (
        "If the total may change, CN¥260 a week should leave most within the same limits, where CN¥200 are planned: CN¥240 more from 4 weeks, the spend taken off "
        "(90%: CN¥240 to CN¥240)."
    )
    right = propose_freely(straight([0, 400, 800], {"a": [0, 800, 1_000], "b": [0, 800, 1_000]}, now=[400, 400]))
    assert text(report.total_told(right)).startswith(
        "To spend more or less in all is not surely better: the best guess is CN¥200 a"
    )


def test_the_tile_says_what_moving_gains():
    [(label, value, interval)] = report.tiles(found_of(better(7)))
    assert text(label) == "Gain from moving the budget for 4 weeks"
    assert (EN.value(value), text(interval)) == (
        "CN¥66.00",
        "90%: −CN¥60.00 to CN¥120; chance of less than by the plan 30%",
    )


def test_the_weekly_plan_is_a_row_for_each_channel_and_a_column_for_each_week():
    planned = [
        ("2025-01-06", "a", 30.0),
        ("2025-01-13", "a", 10.0),
        ("2025-01-06", "b", 40.0),
        ("2025-01-06", "b", 20.0),
    ]
    made = pd.DataFrame(planned, columns=["period_start", "channel", "proposed"])
    rows = report.weekly_rows(made)
    assert rows.drop(columns="what").to_dict("records") == [
        {"2025-01-06": 60, "2025-01-13": 0},
        {"2025-01-06": 30, "2025-01-13": 10},
    ]
    labels = report.weekly_labels(rows)
    assert [text(label) for label, _ in labels.values()] == ["Channel", "week of 6 Jan 2025", "week of 13 Jan 2025"]
    assert list(labels) == ["what", "2025-01-06", "2025-01-13"]


def test_the_chart_shows_plan_and_proposal_of_each_channel():
    rows = report.budget_rows(found_of(better()))
    axes = report.plot_budget(rows, EN).axes[0]
    dots, marks = (each.get_offsets()[:, 0].tolist() for each in axes.collections[1:])
    assert (dots, marks) == (rows.proposed.tolist(), rows.now.tolist())
