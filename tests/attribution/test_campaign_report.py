"""Campaigns in words and charts: what was found, what not, and nothing that tells of fewer than five."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from made_campaigns import FIRST, sent_to, shop_of, weekly
from shopkeeper.attribution import campaign_report as report
from shopkeeper.attribution.campaign_effect import Effects
from shopkeeper.attribution.campaign_study import Study, study_campaigns
from shopkeeper.report.words import Sentence, Words

WORDS = Words("en", "USD")
LAST = FIRST + dt.timedelta(days=7 * 40 - 1)
SENT = [f"s{n:02}" for n in range(30)]
OTHERS = [f"o{n:02}" for n in range(80)]
LEVELS = {name: 10.0 + n % 7 for n, name in enumerate([*SENT, *OTHERS])}


def studied(*contacts, raised=0.0):
    orders = weekly(LEVELS, dict.fromkeys(SENT, raised))
    orders = orders.assign(net_revenue=orders.net_revenue + np.random.default_rng(1).normal(0, 1, len(orders)))
    return study_campaigns(shop_of(orders, pd.concat(contacts), FIRST, LAST), 1, draws=20)


@pytest.fixture(scope="module")
def raised():
    """A campaign that brings 5 a week more, one too late, and one of which some were held out."""
    used = [pd.Timestamp("2023-06-01") if n < 4 else pd.NaT for n in range(30)]
    late = sent_to(OTHERS[:20], "late", 270)
    return studied(sent_to(SENT, redeemed_at=used), late, sent_to(OTHERS[:20], "lot", 100, holdout=True), sent_to(OTHERS[20:40], "lot", 100), raised=5.0)  # fmt: skip


def text(sentence):
    return WORDS.text(sentence) if isinstance(sentence, Sentence) else sentence


def test_the_title_says_by_how_much_spend_rose_and_how_sure_that_is(raised):
    assert text(report.title(raised)).startswith("Customers who were sent a campaign spent 36% more over four weeks than comparable customers (90%: +28% to +45%; campaigns: 1)")  # fmt: skip


def test_what_could_not_be_measured_is_counted_with_its_reason(raised):
    said = [text(sentence) for sentence in report.told(raised)]
    assert "Campaigns not measured, its four weeks are not over: 1." in said
    assert said[-1].startswith("Campaigns that held out customers by lot: 1.")
    assert any(line.startswith("This is not an experiment: nobody was held out by lot.") for line in said)
    assert (
        "Campaigns whose own effect lies beyond chance: 1 of 1; if none of them did anything, it would be about 0."
        in said
    )


def test_the_table_has_a_row_for_each_campaign_and_those_pooled_below(raised):
    rows = report.effect_rows(raised)
    assert [text(what) for what in rows["what"]] == ["lot", "spring", "late", "all of A", "all campaigns"]
    assert [text(why) for why in rows.why[:3]] == [
        "held out customers by lot: measured against those",
        "",
        "its four weeks are not over",
    ]
    low, high = raised.measured.total_low.iloc[0], raised.measured.total_high.iloc[0]
    assert text(rows.total_range[1]) == f"${low:.0f} to ${high:.0f}"


@pytest.mark.parametrize(("redeemed", "is_told"), [(0, True), (1, False), (4, False), (5, True)])
def test_a_share_never_tells_of_one_to_four_who_redeemed(raised, redeemed, is_told):
    rows = raised.effects.rows.assign(redeemed=redeemed)
    shown = report.effect_rows(
        Study(Effects(rows, raised.effects.influence, raised.effects.path), raised.pooled, raised.placebo)
    )
    assert bool(shown.redeemed_rate[1] == redeemed / 30) is is_told


@pytest.mark.parametrize(
    ("lift", "low", "high", "says"),
    [
        (0.01, -0.02, 0.04, "What campaigns did to spend is within chance: +1.0% over four weeks"),
        (-0.05, -0.08, -0.02, "Customers who were sent a campaign spent 5% less over four weeks"),
    ],
)
def test_the_title_says_what_the_data_can_bear(raised, lift, low, high, says):
    pooled = raised.pooled.assign(lift=lift, lift_low=low, lift_high=high)
    assert text(report.title(Study(raised.effects, pooled, raised.placebo))).startswith(says)


def test_before_and_placebo_are_said_as_found():
    early = pd.DataFrame({"why": "", "earlier": 1.0, "earlier_low": [0.5] * 5 + [-1.0] * 5, "earlier_high": 2.0})
    drifted = Study(
        Effects(early, np.zeros(0), pd.DataFrame()), pd.DataFrame(), pd.DataFrame({"p": [0.01] * 5 + [0.5] * 5})
    )
    assert text(report.path_title(drifted)).startswith("Before the campaigns the groups did not move alike")
    assert "are 5 of 10 (by luck alone: about 1)" in text(report.path_title(drifted))
    assert text(report.placebo_title(drifted)).startswith(
        "The measure cannot be trusted here: of 10 pretended campaigns"
    )
    assert text(report.placebo_title(drifted)).endswith("finds an effect in 50% (expected: 5%)")


def test_a_brand_without_campaigns_gets_a_sentence_and_no_chart():
    nothing = studied(sent_to([]))
    assert text(report.title(nothing)) == "No campaign sent to known customers is in the data"
    assert (report.told(nothing), report.path_title(nothing), report.placebo_title(nothing)) == ([], None, None)
    assert report.effect_rows(nothing).empty


def test_a_brand_whose_campaigns_cannot_be_measured_hears_why():
    few = studied(sent_to(SENT[:5]))
    assert text(report.title(few)) == "No campaign can be measured by comparing customers (campaigns: 1)"
    assert [text(line) for line in report.told(few)] == ["Campaigns not measured, sent to fewer than 10 customers: 1."]


def test_where_every_campaign_held_out_customers_the_experiment_tells():
    by_lot = studied(sent_to(SENT), sent_to(OTHERS[:20], holdout=True))
    assert text(report.title(by_lot)) == "Every campaign held out customers by lot, and is measured against those"
    assert by_lot.pooled.empty


def test_the_chart_shows_measured_campaigns_by_day_and_the_pooled_below(raised):
    axes = report.plot_effects(report.effect_rows(raised), WORDS).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["22 May 2023: spring", "all of A", "all campaigns"]


def test_the_path_is_drawn_by_week_and_the_placebo_by_standard_errors(raised):
    ticks = report.plot_path(raised.effects.path, WORDS).axes[0].get_xticklabels()
    assert [tick.get_text() for tick in ticks] == ["−8", "−7", "−6", "−5", "−4", "−3", "−2", "−1", "1", "2", "3", "4"]
    rows = report.placebo_rows(raised)
    assert (rows.pretended.sum(), rows.real.sum()) == (len(raised.placebo), 1)
    assert rows.real[rows.middle == 3.25].item() == 1  # far beyond: counted in the outermost
    assert len(report.plot_placebo(rows, WORDS).axes[0].patches) == len(rows)
