"""The hazard's likelihood against brute force on five persons, its slope, a world that is known, and what it refuses."""

import datetime as dt

import journeys_by_hand
import numpy as np
import pandas as pd
import pytest
from by_hand import make_orders
from shopkeeper.attribution.credit import credit, summary
from shopkeeper.attribution.hazard import fit_hazard
from shopkeeper.attribution.hazard_density import Density, Parts
from shopkeeper.attribution.hazard_rows import rows
from shopkeeper.attribution.intent import VISIT, Intent
from shopkeeper.attribution.journeys import journey_touches
from shopkeeper.attribution.person_time import AGES, HALF_LIVES, calendar, journey_steps, person_time, reduced
from shopkeeper.tables import DataError
from touches_by_hand import make_touches

FIRST, AS_OF = dt.date(2024, 3, 1), dt.date(2024, 4, 20)
ALIKE = Intent(
    pd.Series({"feed": 0.1, "search": 0.1, VISIT: 0.1}), pd.Series({"feed": 0, "search": 0, VISIT: 1.0}), 1e-9, 0.0
)
# Person, hours since the first day at which channels touched, and at which the order came.
PERSONS = [
    ("ana", {"feed": [0, 48], "search": [50]}, 60),
    ("ben", {"feed": [100]}, None),
    ("cem", {"search": [20, 500]}, 700),
    ("dee", {VISIT: [10], "feed": [30]}, 31),
    ("eve", {"search": [900, 1000, 1100]}, None),
]
END = 51 * 24  # hours until the end of the data


def at(hours: float) -> str:
    return str(pd.Timestamp(FIRST) + pd.Timedelta(hours=hours))


@pytest.fixture(scope="module")
def five():
    """Person-time of the five; a promotion on the 3rd and 4th day."""
    touches = [
        (name, name, at(hour), channel or "own", "click" if channel else "visit", None)
        for name, of, _ in PERSONS
        for channel, hours in of.items()
        for hour in hours
    ]
    orders = [(name, at(order), 10.0 * order) for name, _, order in PERSONS if order]
    plan = pd.DataFrame({"starts_on": [pd.Timestamp("2024-03-03")], "ends_on": [pd.Timestamp("2024-03-04")]})
    journeys = journey_touches(make_touches(*touches), make_orders(*orders), AS_OF)
    return reduced(journeys_by_hand.load, journey_steps(journeys, AS_OF), calendar(plan, FIRST, AS_OF), ALIKE)


def by_brute_force(parts: Parts, names: tuple) -> float:
    """Sum of log hazards at orders less the hazard added up in steps of six minutes, straight from the five persons."""
    effect = dict(zip(names, parts.effects, strict=True))

    def hazard(of: dict, hours: np.ndarray) -> np.ndarray:
        """Just before these moments."""
        begun = min(hour for all_hours in of.values() for hour in all_hours)
        age = np.searchsorted(AGES, (hours - begun) / 24, side="right") - 1
        march = hours < 31 * 24
        log_base = parts.level + effect["willing", 0] + np.array([effect["age", each] for each in age])
        log_base += np.where(march, effect["season", "2024-03"], effect["season", "2024-04"])
        log_base += np.where((hours >= 48) & (hours < 96), effect["is_promoted", True], effect["is_promoted", False])
        found = np.exp(log_base)
        for place, channel in enumerate(["feed", "search"]):
            for hour in of.get(channel, []):
                since = np.maximum(hours - hour, 0)[:, None] / 24
                kernels = np.log(2) / np.array(HALF_LIVES) * 2 ** (-since / np.array(HALF_LIVES))
                found += np.where(hours > hour, parts.orders[place] * kernels @ parts.share[place], 0.0)
        return found

    total = 0.0
    for _, of, order in PERSONS:
        begun = min(hour for hours in of.values() for hour in hours)
        over = order or END  # none is quiet for 90 days
        middles = np.arange(begun * 10, over * 10) / 10 + 0.05
        total -= hazard(of, middles).sum() / 240
        total += np.log(hazard(of, np.array([order - 1e-9]))).sum() if order else 0.0
    return total


def test_the_likelihood_is_that_of_brute_force(five):
    density = Density(rows(five))
    for seed in range(3):
        at = np.random.default_rng(seed).normal(size=density.size)
        told, brute = density(at)[0] + at @ at / 2, by_brute_force(density.parts(at), density.rows.names)
        assert told == pytest.approx(brute, rel=1e-5)


def test_its_slope_is_that_of_its_density(five):
    density = Density(rows(five))
    at = 0.5 * np.random.default_rng(1).normal(size=density.size)
    told = [(density(at + step)[0] - density(at - step)[0]) / 2e-5 for step in 1e-5 * np.eye(density.size)]
    assert density(at)[1] == pytest.approx(np.array(told), rel=1e-5, abs=1e-6)


def test_a_size_far_below_0_is_still_a_number(five):
    density = Density(rows(five))
    value, slope = density(np.full(density.size, -9.0))
    assert np.isfinite(value)
    assert np.isfinite(slope).all()


@pytest.fixture(scope="module")
def fitted():
    """A world confounded by intent: touches come to those who want to buy."""
    world = journeys_by_hand.additive(seed=2, confounding=1.0, visitors=20_000)
    steps = journey_steps(journey_touches(*world.tables(), journeys_by_hand.AS_OF), journeys_by_hand.AS_OF)
    windows = calendar(journeys_by_hand.promotions(), journeys_by_hand.FIRST.date(), journeys_by_hand.AS_OF)
    time, _ = person_time(journeys_by_hand.load, steps, windows)
    return world, time, fit_hazard(time, seed=1)


def test_confounded_by_intent_it_errs_less_than_half_as_much_as_last_click(fitted):
    world, time, hazard = fitted
    assert hazard.is_sound, hazard.checks
    told = summary(credit(hazard, time, seed=1))
    ours, last = (np.abs(each - world.lost).mean() for each in (told.lost, world.last_click()))
    assert ours < last / 2
    assert np.sum((told.lost_low <= world.lost) & (world.lost <= told.lost_high)) >= 6  # of 8


def test_a_channel_that_does_nothing_may_have_brought_nothing(fitted):
    world, time, hazard = fitted
    told = summary(credit(hazard, time, seed=1)).set_index("channel").loc["channel 7"]
    assert world.last_click()[7] > 40
    assert told.lost_low == 0
    assert told.lost < 15


def test_carry_over_is_found(fitted):
    _, _, hazard = fitted
    told = hazard.touches().set_index("channel")
    assert told.half_life["channel 3"] < 1.5  # 0.7 days in truth
    assert told.half_life["channel 6"] > 4  # 10 days


def test_too_few_orders_are_refused(five):
    with pytest.raises(DataError, match="only 3 first orders lie on a journey; this model needs at least 200"):
        fit_hazard(five, seed=1)


def test_without_any_channel_there_is_nothing_to_credit():
    journeys = journey_touches(
        make_touches(("a", "a", at(1), "own", "visit", None)), make_orders(("a", at(9), 1.0)), AS_OF
    )
    none = pd.DataFrame({"starts_on": pd.to_datetime([]), "ends_on": pd.to_datetime([])})
    time = reduced(journeys_by_hand.load, journey_steps(journeys, AS_OF), calendar(none, FIRST, AS_OF), ALIKE)
    with pytest.raises(DataError, match="no channel touched anyone before a first order"):
        fit_hazard(time, seed=1)
