"""Media: what is spent by channel, week and region, and what it buys at prices that rise with volume."""

import datetime as dt

import numpy as np

from shopkeeper.simulate.arrivals import usual_arrivals
from shopkeeper.simulate.channels import PLANTED, SEARCH, SPEND, planted
from shopkeeper.simulate.clock import busy_time
from shopkeeper.simulate.draws import Draws, Floats
from shopkeeper.simulate.lift_tests import lift_tests
from shopkeeper.simulate.names import REGIONS
from shopkeeper.simulate.people import shares_of_places
from shopkeeper.simulate.prices import weeks
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.world import World

AHEAD = 28  # days before its week on which spend is planned
# Flights: for some weeks at a time a channel runs at one of these levels, and in each region at another.
_NATIONAL, _NATIONAL_WEEKS = (0.5, 1.0, 1.7), 5
_REGIONAL, _REGIONAL_WEEKS = (0.0, 0.6, 1.0, 1.6), 4
_STEADY = 1.5  # the level at which a channel runs where it is tested
_NOISE = 0.15  # standard deviation of log spend beside all this
_TIDE, _LASTS = 0.12, 0.7  # demand's own ups and downs: standard deviation of log demand by week, and what lasts of it


def week_starts(world: World) -> list[dt.date]:
    """The Monday of every week, those of the settling days included."""
    monday = world.first_day - dt.timedelta(days=world.first_day.weekday())
    return [monday + dt.timedelta(days=7 * int(week)) for week in np.unique(weeks(world))]


def edges_of_weeks(world: World) -> Floats:
    """Market time at which each week begins, and the last one ends; none before the opening, none after the last day."""
    day = np.array([world.day(start) for start in week_starts(world)])
    return np.asarray(busy_time(world)[np.clip(np.append(day, day[-1] + 7), 0, world.days)], np.float64)


def tides(world: World, draws: Draws) -> Floats:
    """The factor on the demand of each week that nobody plans: a log-normal autoregression."""
    shock = _TIDE * draws.normal("tide", np.unique(weeks(world)))
    log = np.zeros(len(shock))
    for week in range(len(log)):
        log[week] = shock[week] if week == 0 else _LASTS * log[week - 1] + (1 - _LASTS**2) ** 0.5 * shock[week]
    return np.exp(log - _TIDE**2 / 2)


def promoted(scene: Scene) -> Floats:
    """How far each week stands in promotions: the mean over its days of their sizes, as they pull."""
    week = weeks(scene.world)
    by_day = np.zeros(len(week))
    for event in scene.events:
        within = (event.days >= 0) & (event.days < len(week))
        by_day[event.days[within]] += event.size * event.weights[within]
    return np.asarray(np.bincount(week, by_day) / np.bincount(week), np.float64)


def usual_spend(scene: Scene) -> Floats:
    """Channels × weeks × regions, in yuan to the fen, without the changes that tests make.

    Flights and noise that demand has no part in, more in promotions, and World.spend_follows_demand; brand search is
    bought as it is searched. What is bought for all regions at once is spread as people are.
    """
    demand, promotions = _demand(scene), promoted(scene)
    spend = []
    for number, channel in enumerate(PLANTED):
        follows = 1.0 if number == SEARCH else scene.world.spend_follows_demand
        level = demand**follows * (1 + channel.promoted * promotions)
        shape = level[:, None] * _flights(scene, number) * shares_of_places()
        spend.append(_to_budget(scene.world, channel.budget, shape))
    return np.array(spend)


def _demand(scene: Scene) -> Floats:
    """Demand of each week as far as it moves by itself, 1 on average: growth, the opening, and the tide."""
    week = weeks(scene.world)
    usual = np.bincount(week, usual_arrivals(scene.world, np.arange(len(week)))) / np.bincount(week)
    demand = usual * tides(scene.world, scene.draws)
    return np.asarray(demand / demand.mean(), np.float64)


def _flights(scene: Scene, channel: int) -> Floats:
    """Weeks × regions: the level at which a channel runs. Brand search always does, and what is tested runs where it is."""
    draws, week, place = scene.draws, np.unique(weeks(scene.world))[:, None], np.arange(len(REGIONS))
    if PLANTED[channel].is_national:
        place = np.zeros_like(place)
    level = np.ones((len(week), len(place)))
    if channel != SEARCH:
        block = (week + 2 * channel) // _NATIONAL_WEEKS  # channels do not all change on the same Mondays
        level *= np.array(_NATIONAL)[draws.integer("flight", len(_NATIONAL), channel, block)]
    if channel != SEARCH and not PLANTED[channel].is_national:
        block = (week + channel + place) // _REGIONAL_WEEKS
        level *= np.array(_REGIONAL)[draws.integer("regional flight", len(_REGIONAL), channel, block, place)]
    for test in (test for test in lift_tests(scene.world) if test.number == channel):
        level[test.during][:, test.regions] = _STEADY
    return np.asarray(level * np.exp(_NOISE * draws.normal("spend", channel, week, place)), np.float64)


def _to_budget(world: World, share: float, shape: Floats) -> Floats:
    """Spend of this shape that makes up the channel's share of all spend over the world's days."""
    days = np.bincount(weeks(world)[: world.days], minlength=len(shape)) / 7
    total = (shape * days[:, None]).sum()
    return np.asarray((share * SPEND * world.customers * shape / total).round(2), np.float64)


def volumes(world: World, spend: Floats) -> Floats:
    """Touches that spend buys, where price = p0 (1 + volume / v0): the root of volume × price = spend.

    v0 is in proportion to a region's people. Concave in spend, with slope 1 / p0 at none.
    """
    first, turn = price_curve(world)
    return np.asarray(turn / 2 * (np.sqrt(1 + 4 * spend / (first * turn)) - 1), np.float64)


def price_curve(world: World) -> tuple[Floats, Floats]:
    """p0 (yuan) and v0 (touches a week), as channels × 1 × regions."""
    first, bend = planted("price")[:, None, None], planted("bend")[:, None, None]
    weekly = usual_volume(world)[:, None, None]
    return first + 0 * weekly * shares_of_places(), weekly / bend * shares_of_places()


def usual_volume(world: World) -> Floats:
    """Touches of a week that each channel's mean spend buys, where it is the same in every week and region."""
    weekly = planted("budget") * SPEND * world.customers / (world.days / 7)
    return np.asarray(weekly / (planted("price") * (1 + planted("bend"))), np.float64)
