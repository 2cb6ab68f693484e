"""The base and the forecast: what is known ahead is used, and nothing else."""

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text, imported, orders_csv
from media_by_hand import CARRIED, world
from shopkeeper.attribution import media_mix
from shopkeeper.attribution.base import base, coming, season, trend
from shopkeeper.attribution.forecast import errors, expected, forecast, seasonal_naive
from shopkeeper.attribution.gate import (
    MOST_PLACEBO,
    negative_base,
    placebo_share,
    predictive_p,
    prior_share,
    rolling_origin,
    sensitivity,
)
from shopkeeper.attribution.media_mix import Mix
from shopkeeper.attribution.mix_density import HEAVY
from shopkeeper.attribution.next_test import deviation
from shopkeeper.attribution.panel import EVERYWHERE, Panel, panel
from shopkeeper.shop import Shop

WEEKS = pd.date_range("2024-01-01", periods=30, freq="7D")


def flat(weeks: int, sales: np.ndarray) -> Panel:
    days = pd.date_range("2022-01-03", periods=weeks, freq="7D")
    return Panel(days, (EVERYWHERE,), ("feed",), np.ones((weeks, 1, 1)), sales[:, None], np.zeros((weeks, 1)))


def test_the_trend_bends_each_half_year_but_not_at_the_end():
    assert list(trend(WEEKS, 30)) == ["trend"]
    assert list(trend(coming(WEEKS, 60), 90)) == ["trend", "bend 26", "bend 52"]


@pytest.mark.parametrize(("begun", "waves"), [(40, 0), (52, 2), (80, 4)])
def test_seasons_are_told_from_a_year_on(begun, waves):
    assert season(coming(WEEKS, 60), begun).shape[1] == waves


def test_a_promotion_opens_runs_and_closes_and_is_known_ahead(bench):
    days = [(f"o{n}", "c", f"2024-{1 + n // 28:02d}-{1 + n % 28:02d} 10:00:00", 5) for n in range(150)]
    imported("acme", {
        "orders.csv": csv_text(["order_id", "customer_id", "ordered_at", "net_revenue"], *days),
        "promotions.csv": csv_text(["promotion", "starts_on", "ends_on", "kind", "known_on"], ("618", "2024-06-03", "2024-06-12", "discount", "2024-05-01")),
    })  # fmt: skip
    table = base(Shop("acme", "2024-05-26"), pd.date_range("2024-04-01", periods=12, freq="7D"), 8)
    assert table.loc["2024-06-03", ["promotion opens", "promotion runs", "promotion closes"]].tolist() == [1, 1, 0]
    assert table.loc["2024-06-10", ["promotion runs", "promotion closes"]].tolist() == [pytest.approx(0.2), 1]
    assert table.loc["2024-06-17", "after promotion"] > 0
    assert table.loc["2024-05-20", "promotion opens"] == 0
    assert len(table.attrs["sd"]) == table.shape[1]


def test_the_naive_forecast_is_the_same_weeks_of_last_year_as_much_more_as_the_last_quarter():
    year = 100.0 + 50 * (np.arange(80) % 52 == 30)
    assert seasonal_naive(flat(80, year), 4) == pytest.approx(year[28:32].sum() * year[-13:].sum() / year[15:28].sum())
    assert seasonal_naive(flat(20, np.arange(20.0)), 2) == 18 + 19


def test_a_test_over_time_is_as_unsure_as_shocks_that_stay_on_make_it():
    """Beside a forecast from the last week known: shocks are Student's t, and each stays on in part in the weeks after it."""
    draw, stays, common, weeks = np.random.default_rng(1), 0.6, 0.05, 10
    sums, shock = np.zeros(40_000), np.zeros(40_000)
    for _ in range(weeks):
        shock = stays * shock + common * draw.standard_t(HEAVY, len(shock))
        sums += shock
    known = SimpleNamespace(known={"persistence": np.full(9, stays), "common": np.full(9, common)})
    panel = flat(40, np.full(40, 1_000.0))
    assert deviation(cast("Mix", known), panel, 1.0, weeks) == pytest.approx(1_000 * sums.std(), rel=0.03)


def test_earlier_days_whose_media_came_late_are_not_held_against_other_weeks(bench):
    """Media by calendar month: on days within a month the last weeks are not known, so those days tell nothing of the four weeks after."""
    months = pd.date_range("2022-01-01", "2023-12-01", freq="MS")
    media = [(str(day.date()), day.days_in_month, "feed", 100 + 50 * (place % 3)) for place, day in enumerate(months)]
    days = pd.date_range("2022-01-01", "2023-12-31")
    totals = [(str(day.date()), 1, 100 + day.dayofweek) for day in days]
    imported("acme", {"media.csv": csv_text(["period_start", "period_days", "channel", "spend"], *media), "totals.csv": csv_text(["period_start", "period_days", "net_revenue"], *totals)})  # fmt: skip
    shop = Shop("acme", "2023-12-31")
    whole = panel(shop)
    # Weeks begin on Saturdays here, as January 2022 does: of the three earlier days one alone ends a month, within its last week.
    ends = {len(whole.weeks) - 4 * fold for fold in (1, 2, 3)}
    known = {len(panel(shop.seen_on((whole.weeks[end - 1] + pd.Timedelta(days=6)).date())).weeks): end for end in ends}
    found = rolling_origin(shop, whole, 0.0, 1)
    assert len(found) == sum(number == end for number, end in known.items()) < 3


@pytest.fixture(scope="module")
def made():
    found = world(np.random.default_rng(6), weeks=100, channels=3)
    return found, media_mix.fit(found.evidence(), 1, draws=300)


def test_expectation_and_errors_are_sales(made):
    found, mix = made
    nothing = np.zeros((0, *found.panel.spend.shape[1:]))
    total = expected(mix, found.panel, found.base, nothing)
    np.testing.assert_allclose(
        total + errors(mix, found.panel, found.base), np.tile(mix.evidence.sales[:, 0], (len(mix), 1))
    )
    assert np.abs(errors(mix, found.panel, found.base).mean()) < 0.02


def test_a_forecast_allows_for_the_luck_of_single_weeks(made):
    found, mix = made
    ahead = pd.concat([found.base, found.base.tail(4)])
    plan = found.panel.spend[-4:]
    drawn = forecast(mix, found.panel, ahead, plan, 1)
    assert drawn.shape == (len(mix), 4)
    mean = expected(mix, found.panel, ahead, plan)[:, -4:] * found.panel.sales[CARRIED:].mean()
    assert drawn.std() > 1.5 * mean.std()
    np.testing.assert_allclose(drawn.mean(axis=0), mean.mean(axis=0), rtol=0.05)


def test_a_sound_mix_of_a_made_world_passes_the_checks_of_the_gate(made):
    found, mix = made
    assert (prior_share(mix, 1) > 0.6).mean() < 0.05
    assert negative_base(mix, found.panel, found.base) == 0
    assert predictive_p(mix, found.panel, found.base, 1).between(0.01, 0.99).all()
    assert sensitivity(mix).shape == (3,)


def test_a_base_below_nothing_is_noticed(made):
    found, mix = made
    sunk = media_mix.Mix(mix.evidence, {**mix.known, "intercept": mix.known["intercept"] - 2}, mix.checks)
    assert negative_base(sunk, found.panel, found.base) == 1


def test_a_placebo_that_sales_follow_is_noticed(bench, made):
    found, _ = made
    weeks = len(found.panel.weeks)
    moved = np.roll(found.panel.spend.mean(axis=2), weeks // 3, axis=0)
    followed = found.panel.sales * (0.8 + 0.2 * np.tanh(moved / moved.mean()))
    imported("acme", {"orders.csv": orders_csv(("1", "ana", "2024-01-01 10:00:00", 5))})
    panel = replace(found.panel, sales=followed)
    assert placebo_share(Shop("acme").brand, panel, found.base, weeks // 3) > 2 * MOST_PLACEBO


def test_journeys_that_are_wrong_of_all_channels_alike_are_no_reason_to_distrust_the_data(made):
    """Two channels found well above what was thought of them: the one that journeys told is within their common bias."""
    log = np.random.default_rng(1).normal(0.4, 0.15, (4_000, 2))
    before = made[1].evidence._replace(prior_mean=np.zeros(2), prior_sd=np.full(2, 0.25), told=np.array([1.0, 0.0]))
    told, untold = sensitivity(media_mix.Mix(before, {"roas": np.exp(log)}, {}))
    assert told < 0.5 < 1 < untold


def test_sales_that_follow_no_model_are_noticed(made):
    found, mix = made
    sales = found.panel.sales.copy()
    sales[50] *= 4
    odd = mix.evidence._replace(sales=sales[CARRIED:] / found.panel.sales[CARRIED:].mean())
    out_of_line = media_mix.Mix(odd, mix.known, mix.checks)
    assert predictive_p(out_of_line, found.panel, found.base, 1)["worst week"] < 0.01
