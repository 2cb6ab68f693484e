"""Reconciliation: what contradicts itself is named, and journeys are no second witness."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from media_by_hand import world
from shopkeeper.attribution import media_mix
from shopkeeper.attribution.mix_model import DOUBT
from shopkeeper.attribution.next_test import design
from shopkeeper.attribution.reconcile import beside, disagreements, told, unsure, with_journeys
from shopkeeper.attribution.reconcile_report import action, bias_told, plot, settled_told, title
from shopkeeper.attribution.response import brought, curves, gains
from shopkeeper.attribution.transforms import MAX_LAG
from shopkeeper.report.words import Words

NO_TESTS = pd.DataFrame(columns=["channel", "spend_change", "lift", "lift_sd"])


@pytest.fixture(scope="module")
def made():
    found = world(np.random.default_rng(2), weeks=100, channels=3)
    return found, media_mix.fit(found.evidence(), 1, draws=300)


def rows(*told_rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(told_rows, columns=["channel", "source", "roas", "low", "high"])


def test_sources_whose_intervals_do_not_meet_contradict_each_other():
    found = disagreements(rows(
        ("feed", "journeys", 3.0, 2.5, 3.5), ("feed", "media mix", 1.0, 0.5, 2.0), ("feed", "all together", 2.0, 1.0, 3.0),
        ("search", "journeys", 1.0, 0.5, 1.5), ("search", "media mix", 2.0, 1.4, 3.0),
    ))  # fmt: skip
    assert found[["channel", "source", "source_other"]].to_numpy().tolist() == [["feed", "journeys", "media mix"]]
    assert found.gap.tolist() == [0.5]


def test_the_title_says_what_cannot_both_be_true():
    table = rows(
        ("feed", "journeys", 3.0, 2.5, 3.5),
        ("feed", "media mix", 1.0, 0.5, 2.0),
        ("feed", "all together", 2.0, 1.0, 3.0),
    )
    said = Words("en", "USD").text(title(table))
    assert (
        said
        == "Of feed two sources cannot both be right (journeys: $3.00, media mix: $1.00 per 1.00 spent); so it is with 1 of 1 channels"
    )


def test_what_lies_beyond_the_chart_is_an_arrow_and_not_a_dot_at_its_edge():
    found = rows(
        ("feed", "lift tests", -0.3, -0.8, 0.2),
        ("feed", "all together", 40.0, 20.0, 60.0),
        ("live", "all together", 1.0, 0.5, 2.0),
    )
    axes = plot(found, Words("en", "USD")).axes[0]
    arrows = [
        each.get_offsets().tolist()
        for each in axes.collections
        if isinstance(each, PathCollection) and each.get_sizes().tolist() == [60]
    ]
    assert sorted(point for points in arrows for point in points) == [[0.05, 0.0], [30.0, 1.0]]


def test_journeys_enter_as_a_prior_that_may_be_biased(made):
    found, _ = made
    draws = np.exp(np.random.default_rng(1).normal(0.5, 0.1, 4_000))
    changed = with_journeys(found.evidence(), found.panel.channels, {"channel 1": draws})
    assert changed.prior_mean == pytest.approx([0.2, 0.5, 0.2], abs=0.01)
    assert changed.prior_sd == pytest.approx([0.9, np.hypot(0.1, DOUBT), 0.9], abs=0.01)
    assert changed.told.tolist() == [0, 1, 0]


def test_how_far_journeys_were_found_wrong_is_told_where_there_are_any(made):
    found, mix = made
    words = Words("en", "USD")
    assert bias_told(mix) is None
    told_half = {name: np.full(400, 0.5 * true) for name, true in zip(found.panel.channels, found.roas, strict=True)}
    with_them = media_mix.fit(with_journeys(found.evidence(), found.panel.channels, told_half), 1, draws=300)
    said = words.text(bias_told(with_them))
    ratio = float(said.split("bring ")[1].split(" times")[0])
    assert 1.2 < ratio < 3


def test_a_channel_that_journeys_give_nothing_has_a_log_still():
    assert np.isfinite(told(np.zeros(10))).all()


def test_journeys_move_a_channel_no_further_than_their_doubt_allows(made):
    found, alone = made
    wrong = {"channel 0": np.exp(np.random.default_rng(1).normal(np.log(found.roas[0]) + 1.5, 0.05, 1_000))}
    both = media_mix.fit(with_journeys(found.evidence(), found.panel.channels, wrong), 1, draws=300)
    mine, theirs = np.log(both.known["roas"][:, 0]), np.log(wrong["channel 0"])
    assert np.log(alone.known["roas"][:, 0]).mean() < mine.mean() < theirs.mean()
    assert mine.std() > 2 * theirs.std()


def test_what_channels_brought_is_their_roas_times_their_spend(made):
    found, mix = made
    spent = found.panel.spend[MAX_LAG - 1 :].sum(axis=(0, 1))
    np.testing.assert_allclose(brought(mix, found.panel).sum(axis=1) / spent, mix.known["roas"], rtol=1e-9)
    assert (gains(mix) > 0).all()


def test_curves_rise_from_nothing_ever_less_steeply(made):
    found, mix = made
    plan = np.repeat(found.panel.spend[-4:].mean(axis=0)[None], 4, axis=0)
    of = curves(mix, found.panel, plan, np.full((len(mix), 3), 0.5))
    np.testing.assert_allclose(of.contribution[:, 0], 0, atol=1e-9)
    assert (np.diff(of.contribution, axis=1) >= 0).all()
    np.testing.assert_allclose(of.now, plan.sum(axis=(0, 1)))
    # Half of what a usual month's spend brings is gross profit here.
    place = np.abs(of.spend - of.now).argmin(axis=0)
    month = 0.5 * np.median(mix.known["roas"], axis=0) * of.now
    got = np.median(of.contribution[:, place, range(3)], axis=0)
    np.testing.assert_allclose(got, month, rtol=0.5)


def test_the_next_test_tells_the_answers_apart_at_the_least_cost(made):
    found, mix = made
    table = beside({"media mix": mix, "all together": mix}, found.panel.channels, {}, NO_TESTS)
    least = unsure(table).iloc[0]
    far = design(mix, found.panel, least.channel, (0.0, 40.0), 0.5)
    assert far is not None
    assert far.power >= 0.8
    assert design(mix, found.panel, least.channel, (1.0, 1.01), 0.5) is None
    words = Words("en", "USD")
    assert words.text(action(far)).startswith(("Switch", "Change the spend"))
    assert "No test within reach" in words.text(settled_told(None, table))
