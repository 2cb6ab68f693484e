"""Person-time: exposures, stocks and days at risk against arithmetic and against numerical integration."""

import datetime as dt

import ibis
import joblib
import numpy as np
import pandas as pd
import pytest
from by_hand import make_orders
from journeys_by_hand import AS_OF as WORLD_AS_OF
from journeys_by_hand import FIRST as WORLD_FIRST
from journeys_by_hand import additive, load, promotions
from shopkeeper.attribution.intent import VISIT, Intent
from shopkeeper.attribution.journeys import journey_touches
from shopkeeper.attribution.person_time import (
    HALF_LIVES,
    KERNELS,
    calendar,
    channel_touches,
    conversions,
    exposures,
    journey_steps,
    person_time,
    reduced,
    stocks,
    time_cells,
    wide,
    with_signals,
)
from shopkeeper.attribution.person_time import histories as of_journeys
from touches_by_hand import make_touches

AS_OF = dt.date(2024, 6, 30)
NOBODY = ("nobody", "2020-01-01", 1.0)
FEED_TWICE = (("a", "ana", "2024-03-01 00:00", "feed"), ("a", "ana", "2024-03-03 00:00", "feed"))
ANA = ("ana", "2024-03-06 00:00", 80.0)
FOUR = KERNELS[HALF_LIVES.index(4.0)]
# Nobody differs from anyone, or loses interest.
ALIKE = Intent(pd.Series({"feed": 0.1, VISIT: 0.1}), pd.Series({"feed": 0.0, VISIT: 1.0}), 1e-9, 0.0)
UNLIKE = Intent(pd.Series({"feed": 0.1, VISIT: 0.1}), pd.Series({"feed": 0.5, VISIT: 1.0}), 0.8, 0.04)


def known(touches, orders=(NOBODY,), intent=ALIKE, as_of=AS_OF, promotions=()):
    """Person-time of these touches and orders."""
    plans = pd.DataFrame(promotions, columns=["starts_on", "ends_on"]).apply(pd.to_datetime)
    journeys = journey_touches(make_touches(*touches), make_orders(*orders), as_of)
    windows = calendar(plans, dt.date(2024, 3, 1), as_of)
    return reduced(load, journey_steps(journeys, as_of), windows, intent)


def test_a_touch_works_until_the_order():
    time = known(FEED_TWICE, [ANA])
    [feed] = time.groups.to_dict("records")
    assert feed["touches"] == 2
    assert feed[FOUR] == pytest.approx((1 - 2 ** (-5 / 4)) + (1 - 2 ** (-3 / 4)))
    [stock] = time.stocks.to_dict("records")
    assert stock[FOUR] == pytest.approx(np.log(2) / 4 * (2 ** (-5 / 4) + 2 ** (-3 / 4)))


def test_exposures_are_integrals_of_kernels_over_the_days_at_risk():
    time = known([*FEED_TWICE, ("b", None, "2024-06-25 06:00", "feed")], [ANA])
    spans = np.array([5.0, 3.0, 5.75])  # from each touch to the order, or to the end of the data
    for name, days in zip(KERNELS, HALF_LIVES, strict=True):
        grids = [np.linspace(0, span, 200_001) for span in spans]
        integral = sum(np.trapezoid(np.log(2) / days * 2 ** (-grid / days), grid) for grid in grids)
        assert time.groups[name].sum() == pytest.approx(integral, rel=1e-8)


def test_who_stays_quiet_for_90_days_is_no_longer_at_risk():
    time = known([("b", None, "2024-03-01 00:00", "feed")])
    assert time.cells.days.sum() == pytest.approx(90)
    assert time.groups[FOUR].sum() == pytest.approx(1 - 2 ** (-90 / 4))
    assert time.conversions.empty


def test_a_touch_at_the_moment_of_the_order_has_no_part_in_it():
    time = known([*FEED_TWICE, ("a", "ana", "2024-03-06 00:00", "search")], [ANA])
    assert set(time.stocks.channel) == {"feed"}
    assert time.groups.set_index("channel").loc["search", FOUR] == 0


def test_own_visits_are_no_touches_of_channels():
    time = known([*FEED_TWICE, ("a", "ana", "2024-03-04 00:00", "own", "visit", None)], [ANA])
    assert set(time.exposures.channel) == {"feed"}
    assert time.exposures.touches.sum() == 2


def test_captured_channels_tell_of_intent_and_bring_nothing():
    touches = make_touches(*FEED_TWICE, ("a", "ana", "2024-03-04 00:00", "brand search"))
    steps = journey_steps(journey_touches(touches, make_orders(ANA), AS_OF), AS_OF, captured=["brand search"])
    told = steps.to_pandas().set_index("source").is_cause
    assert told["feed"].all()
    assert not told["brand search"]
    assert "brand search" in wide(of_journeys(steps).to_pandas())


def test_days_at_risk_are_told_by_age_season_and_promotion():
    time = known(
        [("b", None, "2024-03-30 00:00", "feed")], as_of=dt.date(2024, 4, 4), promotions=[("2024-04-01", "2024-04-01")]
    )
    found = time.cells.groupby(["age", "season", "is_promoted"]).days.sum().round(6).to_dict()
    assert found == {
        (0, "2024-03", False): 1, (1, "2024-03", False): 1, (1, "2024-04", True): 1,
        (2, "2024-04", False): 3,
    }  # fmt: skip


def test_what_two_persons_were_is_the_sum_of_what_each_was():
    touches = [
        *FEED_TWICE,
        ("b", None, "2024-03-02 07:00", "feed"),
        ("b", None, "2024-03-09 12:00", "own", "visit", None),
    ]
    both, ana, other = (
        known(touches, [ANA], UNLIKE),
        known(touches[:2], [ANA], UNLIKE),
        known(touches[2:], intent=UNLIKE),
    )
    keys = ["age", "season", "is_promoted"]
    apart = pd.concat([ana.cells, other.cells])
    pd.testing.assert_series_equal(both.cells.groupby(keys).days.sum(), apart.groupby(keys).days.sum(), rtol=1e-12)
    kernels = pd.concat([ana.groups, other.groups])[list(KERNELS)].sum()
    pd.testing.assert_series_equal(both.groups[list(KERNELS)].sum(), kernels, rtol=1e-12)


def test_intent_in_cells_is_that_of_moments_within():
    """The mean of the intent over the days at risk, from cells, and minute by minute."""
    touches = [("b", None, "2024-03-02 00:00", "feed"), ("b", None, "2024-03-09 00:00", "own", "visit", None)]
    cells = known(touches, intent=UNLIKE).cells
    signals, lasted = np.repeat([0.5, 1.5], [7 * 100, 90 * 100]), np.repeat([0.0, 7.0], [7 * 100, 90 * 100])
    age = (np.arange(97 * 100) + 0.5) / 100
    exact = np.exp(UNLIKE.log_mean(signals, lasted, age)).sum() / 100
    assert (cells.days * np.exp(cells.log_intent)).sum() == pytest.approx(exact, rel=0.02)


def test_a_channel_may_be_called_as_the_days_are():
    steps = journey_steps(journey_touches(make_touches(*[(*row[:3], "age") for row in FEED_TWICE]), make_orders(ANA), AS_OF), AS_OF)  # fmt: skip
    assert list(wide(of_journeys(steps).to_pandas())) == ["age", VISIT]


def test_histories_count_touches_by_channel_and_own_visits():
    touches = [*FEED_TWICE, ("a", "ana", "2024-03-04 00:00", "own", "visit", None), ("b", None, "2024-06-21", "feed")]
    steps = journey_steps(journey_touches(make_touches(*touches), make_orders(ANA), AS_OF), AS_OF)
    found = wide(of_journeys(steps).to_pandas()).reset_index(["lasted", "age"]).sort_values("age").to_dict("records")
    assert found == [
        {"lasted": 3.0, "age": 5.0, "feed": 2.0, VISIT: 1.0},
        {"lasted": 0.0, "age": 10.0, "feed": 1.0, VISIT: 0.0},
    ]


def test_a_calendar_without_promotions_has_a_window_a_month():
    none = pd.DataFrame({"starts_on": pd.to_datetime([]), "ends_on": pd.to_datetime([])})
    windows = calendar(none, dt.date(2024, 1, 15), dt.date(2024, 3, 2))
    assert list(windows.season) == ["2024-01", "2024-02", "2024-03"]
    assert windows.starts[0] < -1e8
    assert list(windows.starts[1:]) == [(dt.date(2024, month, 1) - dt.date(1970, 1, 1)).days for month in (2, 3)]
    assert not windows.is_promoted.any()


@pytest.mark.parametrize("engine", ["postgres", "bigquery", "snowflake"])
def test_the_reductions_compile_for_warehouses(engine):
    steps = journey_steps(journey_touches(make_touches(*FEED_TWICE), make_orders(ANA), AS_OF), AS_OF)
    none = pd.DataFrame({"starts_on": pd.to_datetime([]), "ends_on": pd.to_datetime([])})
    windows, seen = calendar(none, dt.date(2024, 3, 1), AS_OF), with_signals(steps, UNLIKE)
    touches = channel_touches(seen, UNLIKE)
    for each in (
        of_journeys(steps),
        time_cells(seen, windows),
        conversions(seen, windows),
        exposures(touches),
        stocks(touches),
    ):
        assert "SELECT" in ibis.to_sql(each, dialect=engine)


def test_neither_order_nor_cores_change_a_bit_of_it():
    """A fit that is kept for these tables is found again, and a report in another language tells the same numbers."""
    touches, orders = (table.to_pandas() for table in additive(5, visitors=1_500).tables())
    touches = pd.concat([touches, touches.iloc[:200]])  # two at the same moment, alike in all
    made = []
    for cores, seed in ((1, 1), (4, 2), (4, 3)):
        one = ibis.duckdb.connect(threads=cores)
        mixed = touches.sample(frac=1, random_state=seed).reset_index(drop=True)
        tables = (one.create_table(name, frame) for name, frame in (("touches", mixed), ("orders", orders)))
        journeys = journey_touches(*tables, WORLD_AS_OF)
        steps = one.create_table("steps", journey_steps(journeys, WORLD_AS_OF))
        windows = calendar(promotions(), WORLD_FIRST.date(), WORLD_AS_OF)
        time, _ = person_time(lambda each, by=one: by.to_pandas(each.order_by(list(each.columns))), steps, windows)
        made.append(joblib.hash([vars(time)[name].to_dict("list") for name in vars(time)]))
    assert made[0] == made[1] == made[2]
