"""Pretended campaigns: nothing is sent, and nothing is found more often than chance allows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_campaigns import made, sent_to, shop_of, weekly
from shopkeeper.attribution.campaign_panel import campaign_panel
from shopkeeper.attribution.campaign_placebo import pretended, propensities
from shopkeeper.attribution.campaign_study import study_campaigns


@pytest.fixture(scope="module")
def panel():
    return campaign_panel(made(300)[0])


def test_nine_in_ten_intervals_hold_0(panel):
    rows = pretended(panel, seed=1, draws=80)
    assert len(rows) > 70
    assert 0.8 <= ((rows.low <= 0) & (rows.high >= 0)).mean() <= 0.98
    assert (rows.p < 0.05).sum() <= 10
    assert abs(rows.z.mean()) < 0.5


def test_they_fall_on_days_when_none_began_and_are_as_large_as_real_ones(panel):
    rows = pretended(panel, seed=2, draws=60)
    assert set(rows.day) <= set(panel.quiet)
    assert not set(rows.day) & set(panel.campaigns.day)
    assert rows.sent.min() >= 10
    assert 300 < rows.sent.max() < 500


def test_the_same_seed_draws_the_same_campaigns(panel):
    pd.testing.assert_frame_equal(pretended(panel, 3, 5), pretended(panel, 3, 5))
    assert not pretended(panel, 3, 5).equals(pretended(panel, 4, 5))


def test_without_a_campaign_none_can_be_pretended():
    names = [f"c{n}" for n in range(20)]
    shop = shop_of(weekly(dict.fromkeys(names, 5.0), {}), sent_to([]), pd.Timestamp("2023-01-02").date(), pd.Timestamp("2023-10-08").date())  # fmt: skip
    assert len(study_campaigns(shop, 1).placebo) == 0


def test_a_campaign_that_everyone_got_tells_nothing_of_who_would(panel):
    real = panel.campaigns[panel.campaigns.why == ""]
    everyone = panel.received.copy()
    everyone[:, panel.names.index(real.campaign.iloc[0])] = real.day.iloc[0]
    assert len(propensities(replace(panel, received=everyone))) == len(real) - 1
    none = replace(panel, received=np.full_like(panel.received, -1))
    assert len(pretended(none, 1, 5)) == 0
