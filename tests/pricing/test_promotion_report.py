"""What the report says of promotions."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.pricing import promotion_report as report
from shopkeeper.pricing.promotion import Promotions
from shopkeeper.report.words import Words

EN, ZH = Words("en", "CNY"), Words("zh", "CNY")


def text(sentence):
    return EN.text(sentence)


USUAL = {
    "orders": 0.0, "pulled_units": 40.0, "during_units": 200.0, "later_net_revenue": 30.0, "substitute_units": -50.0, "anyway": 60.0, "anyway_share": 0.25,
    "naive_net_revenue": 0.0, "unmet_rate": 0.0,
}  # fmt: skip


def made(net=(500.0, -200.0, 90.0), why=("", "", "open"), **more):
    """Promotions of known figures, every interval 10 to both sides."""
    middle = {name: np.broadcast_to(value, len(net)) for name, value in (USUAL | more).items()}
    middle |= {"net_revenue": np.array(net), "units": np.array(net) / 10}
    days = {"starts_on": pd.Timestamp("2024-03-01"), "ends_on": pd.Timestamp("2024-03-04")}
    rows = pd.DataFrame({"promotion": [f"p{n}" for n in range(len(net))], "kind": "discount", "why": list(why), **days})
    ends = {
        f"{name}{end}": values + off
        for name, values in middle.items()
        for end, off in (("", 0), ("_low", -10), ("_high", 10))
    }
    around = np.linspace(-10 / 0.9, 10 / 0.9, 1001)[:, None]
    return Promotions(rows.assign(**ends), {name: values + around / len(net) for name, values in middle.items()})


def test_the_title_names_the_best_and_the_worst_that_are_told():
    said = text(report.title(made(net=(500.0, -200.0, 9000.0))))
    assert (
        said
        == "Of the last 2 promotions most net sales, net, were brought by p0: CN¥500 (90%: CN¥490 to CN¥510); least by p1: −CN¥200 (90%: −CN¥210 to −CN¥190)"
    )
    by_margin = text(report.told(made(margin=[1.0, 2.0, 0.0]))[0])
    assert by_margin.startswith("Most contribution, net, was brought by p1: CN¥2.00")
    assert not any("Most contribution" in text(each) for each in report.told(made()))
    assert "brought" in text(report.title(made(why=("", "open", "open"))))
    assert text(report.title(made(why=("open",) * 3))) == "For no promotion are both the days before and after known"


def test_figures_of_a_promotion_that_is_not_over_are_left_out_with_the_reason():
    rows = report.effect_rows(made())
    assert rows.promotion.tolist() == ["p2", "p1", "p0"]
    assert rows.net_revenue.isna().tolist() == [True, False, False]
    assert text(rows.why_said[0]) == "its 28 days after are not over"
    assert rows.range[0] is None
    assert text(rows.range[2]) == "CN¥490 to CN¥510"
    assert "why_said" in report.effect_labels(made())
    assert "why_said" not in report.effect_labels(made(why=("", "", "")))
    assert "margin" not in report.effect_labels(made())
    assert "margin" in report.effect_labels(made(margin=[1.0, 2.0, 0.0]))


@pytest.mark.parametrize(
    ("pulled", "said"),
    [
        (40.0, "20% were missing on the days around: 80 units in all (90%: 73 to 87)"),
        (0.0, "within chance: −7 to 7 units in all"),
        (-40.0, "sold more, not less: 73 to 87 units in all"),
    ],
)
def test_pull_forward_is_told_only_where_it_is_beyond_chance(pulled, said):
    assert said in text(report.pull_forward(made(pulled_units=pulled)))


@pytest.mark.parametrize(
    ("units", "said"),
    [
        (-50.0, "sold 100 units fewer on those days (90%: 93 to 107)"),
        (50.0, "sold 100 units more"),
        (0.0, "is within chance"),
    ],
)
def test_what_became_of_substitutes(units, said):
    assert said in text(report.substitutes(made(substitute_units=units)))


def test_money_given_to_those_who_would_have_bought_anyway():
    assert text(report.given(made())).startswith(
        "Their lower prices gave CN¥120 (90%: CN¥113 to CN¥127) to purchases that would have been made anyway: 25%"
    )


def test_losing_promotions_and_those_not_told_are_named():
    said = [text(sentence) for sentence in report.told(made(net=(500.0, -200.0, 5.0), why=("", "", "early")))]
    assert "Promotions that surely lost: p1." in said
    assert "Not told (fewer than 28 days of data before it): p2." in said
    assert not any("bringing nothing" in sentence for sentence in said)
    assert "Promotions that may have brought nothing: p0." in [
        text(s) for s in report.told(made(net=(5.0, 500.0, 5.0)))
    ]


def test_what_was_wanted_and_not_there_is_told_with_what_it_cost():
    found = made(unmet_rate=[0.1, 0.03, 0.9], wanted_net_revenue=9.0, missed_net_revenue=[2000.0, 500.0, 9000.0])
    [said] = [text(sentence) for sentence in report.told(found) if "at worst" in text(sentence)]
    assert "at worst, in p0, 10% of the units wanted were not there" in said
    assert "would have brought CN¥2,500 more net sales (90%: CN¥2,493 to CN¥2,507)" in said
    rows = report.effect_rows(found)
    assert rows.missed.tolist()[1:] == [500.0, 2000.0]
    assert np.isnan(rows.missed[0])
    assert text(rows.missed_range[2]) == "CN¥1,990 to CN¥2,010"
    assert "missed" in report.effect_labels(found)


def test_what_empty_shelves_cost_is_told_in_contribution_where_that_is_known():
    found = made(unmet_rate=0.1, margin=1.0, missed_net_revenue=20.0, missed_margin=700.0)
    assert "CN¥1,400 more contribution" in " ".join(text(sentence) for sentence in report.told(found))


def test_full_shelves_are_no_news():
    assert not any("not there" in text(sentence) for sentence in report.told(made()))
    assert "missed" not in report.effect_labels(made())


def test_the_chart_draws_every_told_promotion():
    axes = report.plot_effects(report.effect_rows(made()), EN).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["p1", "p0"]


def test_where_there_is_no_promotion_one_line_says_so():
    assert "No promotion" in text(report.NONE)
    assert ZH.text(report.NONE)
