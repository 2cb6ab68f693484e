"""The response curves in a table and a chart."""

import dataclasses

import numpy as np
from curves_by_hand import saturating, straight
from shopkeeper.attribution import curves_report as report
from shopkeeper.attribution.budget import propose
from shopkeeper.attribution.budget_report import budget_rows
from shopkeeper.report.words import Words

EN = Words("en", "CNY")


def marks(rows):
    return [EN.text(mark) if mark else "" for mark in rows["mark"]]


def test_the_levels_are_even_with_plan_proposal_and_the_most_ever_spent_among_them():
    found = propose(straight([0, 20, 40], {"a": [0, 40, 60], "b": [0, 30, 60]}, now=[20, 20], seen=[40, 32]), most=0.5)
    assert found.proposed.tolist() == [20, 20]
    rows = report.curve_rows(dataclasses.replace(found, proposed=np.array([12.0, 28.0])))
    a, b = rows[rows.channel == 0], rows[rows.channel == 1]
    assert a.spend.tolist() == [0, 2, 3, 4, 5, 6, 8, 10, 10]
    assert marks(a) == ["", "", "proposed", "", "planned", "", "", "", "most ever spent"]
    assert a.contribution.tolist() == [0, 4, 6, 8, 10, 11, 13, 15, 15]
    assert a.next.tolist() == [2, 2, 2, 2, 1, 1, 1, 1, 1]
    assert b.spend.max() == 8


def test_a_curve_that_ends_before_the_most_ever_spent_does_not_show_it():
    found = propose(straight([0, 10, 20], {"a": [0, 30, 40]}, seen=[50], high=[20]))
    rows = report.curve_rows(found)
    assert rows.spend.max() == 5
    assert "most ever spent" not in marks(rows)
    report.plot_curves(rows, EN)


def test_the_interval_holds_nine_draws_of_ten():
    found = propose(saturating(1_000, 3, 50, 0.4))
    rows = report.curve_rows(found)
    planned = rows[[mark == report.PLANNED for mark in rows["mark"]]]
    for row in planned.itertuples():
        place = np.argmin(np.abs(found.curves.spend[:, row.channel] - 4 * row.spend))
        draws = found.curves.contribution[:, place, row.channel] / 4
        assert 0.85 < ((row.low < draws) & (draws < row.high)).mean() < 0.95


def test_the_title_names_where_the_next_money_brings_most_and_least():
    two = propose(straight([0, 10, 20], {"a": [0, 30, 40], "b": [0, 20, 35]}))
    assert EN.text(report.curves_title(budget_rows(two))) == (
        "Beside what is planned, the next 1.00 spent brings most profit at b (CN¥1.50; 90%: CN¥1.50 to CN¥1.50) and least at a (CN¥1.00; 90%: "
        "CN¥1.00 to CN¥1.00)"
    )
    one = propose(straight([0, 10, 20], {"a": [0, 30, 40]}))
    assert EN.text(report.curves_title(budget_rows(one))) == "What the channel brings, by what is spent on it"


def test_each_channel_has_its_chart_with_three_marks():
    drawn = report.plot_curves(report.curve_rows(propose(saturating(50, 3, 50, 0.4))), EN)
    titles = [axes.get_title(loc="left") for axes in drawn.axes if axes.get_visible()]
    assert titles == ["channel 0", "channel 1", "channel 2"]
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["planned", "proposed", "most ever spent"]
