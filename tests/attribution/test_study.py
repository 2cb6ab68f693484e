"""The study of a brand's channels: what it learns from, what it leaves out by name, and data that nobody here has made."""

import datetime as dt

import numpy as np
import pytest
from by_hand import SHARED, csv_text, imported
from shopkeeper.attribution import findings, told
from shopkeeper.attribution.mix_report import told as rests_on
from shopkeeper.attribution.panel import panel
from shopkeeper.attribution.plan import AHEAD
from shopkeeper.attribution.study import _twins, study
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

MONDAY, WEEKS = dt.date(2023, 1, 2), 90
MEDIA = ["period_start", "period_days", "channel", "spend"]
WORDS = Words("en", "CNY")


def day(week: int) -> str:
    return str(MONDAY + dt.timedelta(days=7 * week))


def brought(spend: np.ndarray) -> np.ndarray:
    """With diminishing returns, in the week of the spend."""
    return 300 * np.tanh(0.6 * spend / max(spend.mean(), 1e-9))


def shop(channels: dict[str, np.ndarray], brings: str, settings: str = "") -> Shop:
    """Weekly sales of 1,000 and what one channel brings; in one week returns are more than sales, in the next nothing is sold."""
    draw = np.random.default_rng(4)
    sales = 1_000 + brought(channels[brings]) + draw.normal(0, 40, WEEKS)
    sales[[50, 51]] = -100, 0
    totals = [(day(week), 7, round(value, 2)) for week, value in enumerate(sales)]
    media = [(day(week), 7, name, round(x, 2)) for name, of in channels.items() for week, x in enumerate(of)]
    files = {
        "totals.csv": csv_text(["period_start", "period_days", "net_revenue"], *totals),
        "media.csv": csv_text(MEDIA, *media),
    }
    imported("acme", files, settings)
    return Shop("acme", str(MONDAY + dt.timedelta(days=7 * WEEKS - 1)))


def spends(seed: int, usual: float) -> np.ndarray:
    return usual * np.random.default_rng(seed).gamma(2, 0.5, WEEKS)


def test_what_cannot_be_learnt_from_is_left_out_by_name_and_the_rest_is_recovered(bench):
    feed, once = spends(1, 80), np.zeros(WEEKS)
    once[60] = 500
    found = study(
        shop(
            {"feed": feed, "<b>live</b>": spends(2, 50), "twin": 0.5 * feed, "once": once, "dark": 0 * feed, "search": spends(3, 20)},
            "feed", 'demand_capture = ["search"]\n',
        ), {}, 0.0, 1,
    )  # fmt: skip
    assert found.channels == ("feed + twin", "<b>live</b>")
    assert (found.captured, dict(found.left_out)) == (("search",), {"once": "dark", "dark": "unpaid"})
    assert found.is_sound, found.together.checks
    low, high = np.quantile(found.together.known["roas"], [0.01, 0.99], axis=0)
    # What the twin cost counts too: the two together bring this per unit, whichever of them it was. It lies near the 5% quantile, which
    # draws tell to within a hundredth or two, not the same on every machine.
    assert low[0] < brought(feed).sum() / (1.5 * feed.sum()) < high[0]
    assert low[1] < 0.3  # it may have brought nothing
    assert found.spent["feed + twin"] == pytest.approx(1.5 * feed[7:].mean(), rel=1e-3)
    said = WORDS.html(rests_on(found))
    assert all(name in said for name in ("twin", "once", "dark", "search"))
    # No plan is known: the coming weeks are as the last four were.
    np.testing.assert_allclose(found.plan.sum(axis=1)[0], found.panel.spend[-AHEAD:].sum(axis=1).mean(axis=0))


def test_where_no_channel_can_be_learnt_from_it_says_so(bench):
    once = np.zeros(WEEKS)
    once[3] = 100
    with pytest.raises(DataError, match=r"of 1 channels \(once\) none has spend in 4 weeks or more"):
        study(shop({"once": once}, "once"), {}, 0.0, 1)


def test_channels_that_move_against_each_other_do_not_stand_as_one(bench):
    feed = spends(1, 80)
    seen = panel(shop({"feed": feed, "live": 1.01 * feed.max() - feed, "twin": 0.5 * feed}, "feed"))
    assert _twins(seen, set()) == {"twin": "feed"}
    assert _twins(seen, {"twin"}) == {}  # a test tells them apart


def test_a_channel_that_was_dark_since_what_is_learnt_begins_is_named(bench):
    early = np.where(np.arange(WEEKS) < 6, 100.0, 0.0)
    found = study(shop({"feed": spends(1, 80), "tv": early}, "feed"), {}, 0.0, 1)
    assert (found.channels, dict(found.left_out)) == (("feed",), {"tv": "dark"})


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not there")
def test_a_weekly_file_of_others_runs_to_its_end_and_the_gate_withholds_the_budget(bench):
    imported("robyn", {"weekly.csv": (SHARED / "robyn_weekly.csv").read_bytes()}, zone="Europe/Berlin")
    found = findings.find(Shop("robyn", Shop("robyn").manifest["last_day"]), 1, 0.3)
    assert found.media is not None
    assert set(found.media.channels) == {"tv", "ooh", "print", "facebook", "search"}
    assert found.media.is_sound
    assert {"signal competitor_sales", "signal newsletter"} <= set(found.media.base.columns)
    share = found.media.together.known["roas"] @ found.media.together.evidence.cost
    assert 0.02 < np.median(share) < 0.6
    assert len(found.checks) == 7
    assert not found.is_passed
    assert found.budgets is None
    assert "no budget is proposed" in WORDS.text(told.budget(found)[0])
    tiles = [WORDS.text(label) for label, _, _ in told.tiles(found)]
    assert len(tiles) == 3
    assert all(label.startswith("Checks failed: ") for label in tiles)
