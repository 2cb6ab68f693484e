"""The price curve: what media bought tells how far it falls behind the spend, whatever the season's prices and the regions' sizes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from media_by_hand import world
from shopkeeper.attribution.evidence import evidence
from shopkeeper.attribution.mix_model import PRICED, STEEPNESS
from shopkeeper.attribution.price_curve import FEWEST, elasticities, steepness
from shopkeeper.attribution.transforms import saturation


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


@pytest.mark.parametrize("elasticity", [0.2, 0.7, 0.98])
def test_a_curve_of_that_steepness_has_that_elasticity_at_usual_spend(elasticity):
    steep, step = steepness(elasticity), 1e-5
    low, high = saturation(np.array([1 - step, 1 + step]), steep)
    assert np.log(high / low) / np.log((1 + step) / (1 - step)) == pytest.approx(elasticity, abs=1e-6)


def test_the_media_mix_is_told_where_it_is_known():
    made = world(np.random.default_rng(1), weeks=60, channels=2)
    told = evidence(replace(made.panel, bought={"channel 1": 0.7}), made.base)
    assert told.steep_mean.tolist() == [STEEPNESS[0], pytest.approx(np.log(steepness(0.7)))]
    assert told.steep_sd.tolist() == [STEEPNESS[1], PRICED]
