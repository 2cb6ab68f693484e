"""The price curve: what media bought tells how far it falls behind the spend, whatever the season's prices and the regions' sizes."""

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from media_by_hand import world
from shopkeeper.attribution.curves import contribution_at
from shopkeeper.attribution.evidence import evidence
from shopkeeper.attribution.media_mix import Mix
from shopkeeper.attribution.mix_model import PRICED, STEEPNESS
from shopkeeper.attribution.mix_report import carry_rows
from shopkeeper.attribution.price_curve import FEWEST, elasticities
from shopkeeper.attribution.response import curves
from shopkeeper.attribution.study import Study


def media(elasticity: float, periods: int = 60, **changes) -> pd.DataFrame:
    """A channel in three regions of unlike size; prices double in the second half, when twice as much is spent."""
    draw = np.random.default_rng(1)
    rows = pd.DataFrame(
        [(period, place) for period in range(periods) for place in range(3)], columns=["period", "place"]
    )
    late = rows.period >= periods // 2
    level = np.exp(draw.normal(0, 0.5, len(rows))) * np.where(late, 2, 1)
    size = np.array([1.0, 3.0, 10.0])[rows.place]
    shown = 1_000 * size * level**elasticity / np.where(late, 2, 1) * np.exp(draw.normal(0, 0.1, len(rows)))
    return rows.assign(
        period_start=pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * rows.period, unit="D"), period_days=7, channel="feed",
        region=[f"region {place}" for place in rows.place], spend=100 * size * level, impressions=shown, clicks=np.nan,
    ).assign(**changes)  # fmt: skip


@pytest.mark.parametrize("elasticity", [0.5, 0.75])
def test_what_is_bought_with_more_spend_is_recovered(elasticity):
    told = elasticities(media(elasticity))
    assert told == {"feed": pytest.approx(elasticity, abs=0.03)}
    clicks = media(elasticity).assign(clicks=lambda rows: rows.impressions / 50, impressions=np.nan)
    assert elasticities(clicks)["feed"] == pytest.approx(told["feed"])


@pytest.mark.parametrize("changes", [{"impressions": np.nan}, {"spend": 100.0}, {"impressions": 0.0}], ids=["not known", "never moved", "nothing shown"])  # fmt: skip
def test_where_it_cannot_be_told_nothing_is(changes):
    assert elasticities(media(0.7, **changes)) == {}
    assert elasticities(media(0.7, periods=FEWEST // 3)) == {}


def test_the_media_mix_is_told_what_was_bought_where_that_is_known():
    made = world(np.random.default_rng(1), weeks=60, channels=2)
    panel = replace(made.panel, bought={"channel 1": 0.7})
    told, plain = evidence(panel, made.base), made.evidence()
    assert list(zip(told.steep_mean, told.steep_sd, strict=True)) == [STEEPNESS, PRICED]
    np.testing.assert_allclose(told.spend, [plain.spend[0], plain.spend[1] ** 0.7])


def test_a_curve_falls_behind_the_spend_as_the_price_rises():
    """Without carry-over, and hardly any tiring, what a channel brings is what is bought: half as much again brings 1.5 to the power of .7."""
    made = world(np.random.default_rng(1), weeks=60, channels=2)
    panel = replace(made.panel, bought={"channel 0": 0.7, "channel 1": 0.7})
    told = evidence(panel, made.base)
    known = {
        name: np.full((1, 2), value)
        for name, value in (("roas", 1.0), ("decay", 1e-9), ("delay", 1e-9), ("steepness", 1e-3))
    }
    mix = Mix(told, known | {"apart": np.ones((1, 1, 2))}, {})
    plan = np.repeat(panel.spend[-4:].mean(axis=0)[None], 4, axis=0)
    found = curves(mix, panel, plan, np.ones((1, 2)))
    brings = contribution_at(found, found.now)[0], contribution_at(found, 1.5 * found.now)[0]
    np.testing.assert_allclose(brings[1] / brings[0], 1.5**0.7, rtol=2e-3)


def test_the_report_tells_what_a_tenth_more_spend_buys_and_brings():
    made = world(np.random.default_rng(1), weeks=60, channels=2)
    panel = replace(made.panel, bought={"channel 0": 0.7})
    known = {
        name: np.full((3, 2), value)
        for name, value in (("roas", 1.0), ("decay", 1e-9), ("delay", 1e-9), ("steepness", 1.0))
    }
    mix = Mix(evidence(panel, made.base), known | {"apart": np.ones((3, 1, 2))}, {})
    found = cast("Study", SimpleNamespace(together=mix, panel=panel, channels=panel.channels))
    rows = carry_rows(found)
    assert rows.bought[0] == pytest.approx(0.07)
    assert np.isnan(rows.bought[1])
    assert rows.more.tolist() == [pytest.approx(0.07 / np.sinh(1)), pytest.approx(0.1 / np.sinh(1))]
