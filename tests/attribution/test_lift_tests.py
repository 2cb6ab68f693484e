"""Lift tests are run again inside the media mix: their own weeks and regions, whatever they read."""

import numpy as np
import pandas as pd
import pytest
from media_by_hand import CARRIED, confounded, world
from shopkeeper.attribution import media_mix
from shopkeeper.attribution.lift_tests import parts, usable
from shopkeeper.attribution.panel import OTHERS, Panel
from shopkeeper.attribution.reconcile import readings
from shopkeeper.tables import DataError

WEEKS = pd.date_range("2024-01-01", periods=CARRIED + 30, freq="7D")
PANEL = Panel(
    WEEKS, ("north", "south", OTHERS), ("feed", "search"), np.full((37, 3, 2), [[10.0, 20.0], [6.0, 12.0], [4.0, 8.0]]),
    np.full((37, 3), [50.0, 30.0, 20.0]), np.zeros((37, 3)),
)  # fmt: skip
TEST = {
    "channel": "feed", "region": "south", "starts_on": WEEKS[10], "ends_on": WEEKS[12] - pd.Timedelta(days=1),
    "read_until": WEEKS[13] - pd.Timedelta(days=4), "spend_change": 6.0, "lift": 9.0, "lift_sd": 3.0,
}  # fmt: skip


def rows_of(*changes: dict) -> pd.DataFrame:
    return pd.DataFrame([TEST | change for change in changes])


def test_the_spend_that_would_have_been_lacks_the_change_in_its_own_days_alone():
    made = parts(PANEL, rows_of({}), usual=100.0)
    np.testing.assert_allclose(made["test_was"][0], 1.0)  # south spends as usual by its size
    # 6 of the change lie in two weeks of usually 6: half of each would not have been.
    np.testing.assert_allclose(made["test_would"][0], [*np.ones(CARRIED), 0.5, 0.5, 1.0])
    np.testing.assert_allclose(made["test_read"][0], [1, 1, 4 / 7])
    assert (made["test_channel"], made["test_region"], made["test_of"]) == ([0], [1], [0])
    assert (made["test_lift"], made["test_sd"]) == ([0.09], [0.03])


def test_a_test_everywhere_is_run_in_each_region_by_its_size():
    made = parts(PANEL, rows_of({"region": None, "spend_change": 20.0}), usual=100.0)
    assert made["test_region"].tolist() == [0, 1, 2]
    assert made["test_of"].tolist() == [0, 0, 0]
    np.testing.assert_allclose(made["test_would"][:, CARRIED:], [[0.5, 0.5, 1]] * 3)


def test_a_region_that_the_panel_holds_among_others_is_tested_there():
    assert parts(PANEL, rows_of({"region": "island"}), usual=100.0)["test_region"].tolist() == [2]


def test_without_an_end_spend_was_changed_as_long_as_it_was_read():
    made = parts(PANEL, rows_of({"ends_on": pd.NaT, "spend_change": 18.0 * 18 / 21}), usual=100.0)
    np.testing.assert_allclose(made["test_would"][0, CARRIED:], [0, 0, 1 - 4 / 7])


@pytest.mark.parametrize(
    "change",
    [{"channel": "radio"}, {"spend_change": 0.0}, {"lift_sd": 0.0}, {"starts_on": WEEKS[2]}, {"read_until": WEEKS[-1] + pd.Timedelta(days=7)}],
    ids=["no such channel", "nothing changed", "no error", "before the weeks learnt from", "after them"],
)  # fmt: skip
def test_what_cannot_be_run_again_is_left_out(change):
    assert usable(PANEL, rows_of({}, change | {"region": "north"})).region.tolist() == ["south"]


def test_overlapping_tests_are_refused_by_name():
    with pytest.raises(DataError, match=r"1 pairs of 2 tests overlap \(feed, 2024-03-11 and 2024-03-18\).*Keep one"):
        parts(PANEL, rows_of({}, {"starts_on": WEEKS[11], "region": None}), usual=100.0)


def test_tests_that_took_spend_away_and_added_it_are_added_up():
    [row] = readings(rows_of({}, {"spend_change": -14.0, "lift": -21.0, "lift_sd": 4.0})).to_dict("records")
    assert row["roas"] == pytest.approx(30 / 20)
    assert row["high"] - row["roas"] == pytest.approx(1.645 * 5 / 20)


def test_a_test_tells_a_confounded_channel_from_the_demand_that_it_follows():
    found = confounded(np.random.default_rng(0))
    alone = media_mix.fit(found.evidence(), 1, draws=400).known["roas"][:, 0]
    with_it = media_mix.fit(found.evidence(found.tests), 1, draws=400).known["roas"][:, 0]
    assert np.quantile(alone, 0.05) > found.roas[0], "its spend follows demand, so media alone overrate it"
    assert abs(with_it.mean() - found.roas[0]) < 1.5 * with_it.std()
    assert np.ptp(np.quantile(with_it, [0.05, 0.95])) < 0.7 * np.ptp(np.quantile(alone, [0.05, 0.95]))


@pytest.mark.parametrize("lift", [0.0, -0.5])
def test_a_test_that_found_nothing_or_harm_lowers_what_a_channel_is_taken_to_bring(lift):
    made = world(np.random.default_rng(1), weeks=80, channels=2)
    week = made.panel.weeks[40]
    spent = made.panel.spend[40:44, 0, 0].sum()
    one = {"channel": "channel 0", "region": None, "starts_on": week, "ends_on": week + pd.Timedelta(days=27),
           "read_until": week + pd.Timedelta(days=48), "spend_change": spent, "lift": lift * spent, "lift_sd": 0.2 * spent}  # fmt: skip
    alone, with_it = (
        media_mix.fit(made.evidence(each), 1, draws=400).known["roas"][:, 0] for each in (None, pd.DataFrame([one]))
    )
    assert np.median(with_it) < 0.6 * np.median(alone)
