"""Touches: the ads and visits of every visitor, thinned out of candidates that no spend moves."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.simulate.channels import PLANTED, SEARCH, affinity, planted
from shopkeeper.simulate.clock import busy_time, days_at
from shopkeeper.simulate.draws import Draws, Floats
from shopkeeper.simulate.media import edges_of_weeks, usual_volume, volumes
from shopkeeper.simulate.people import shares_of_places
from shopkeeper.simulate.prices import weeks
from shopkeeper.simulate.scene import Scene

VISIT = len(PLANTED)  # the channel of visits without an ad
_VISITS = 0.045  # of these a day, for intent 1
_SEARCHES_AFTER = 2.0  # mean days from a touch to the search that it led to
_LED = 1_000  # searches are numbered from here, by channel and by the touch that led to them


@dataclass(frozen=True)
class Candidates:
    """Touches that can be had, of which more spend shows more. Rows are in order of channel, not of time.

    visitor: row; channel; serial: number within both; time: of the market; week, place; mark: uniform, below the chance
    `shown` of its channel, week and place where the touch is real. exposure: channels × weeks, the visitors' days in the
    market, by how likely each is to be touched; most: by channel, the touches of such a day if all are shown.
    """

    table: pd.DataFrame
    exposure: Floats
    most: Floats


def make_candidates(scene: Scene, visitors: pd.DataFrame) -> Candidates:
    """Candidates of paid touches, Poisson by visitor and channel: at the cap of the channel, by the segment's affinity and
    intent to the power that confounds it.
    """
    pulls = _pulls(scene, visitors)
    exposure = _exposure(scene, visitors, pulls)
    usual = planted("own") * usual_volume(scene.world) * scene.world.days / 7
    most = planted("room") * usual / np.maximum(exposure.sum(axis=1), 1e-9)
    parts = [_process(scene.draws, visitors, number, most[number] * pulls[number]) for number in range(VISIT)]
    table = _placed(scene, visitors, pd.concat(parts, ignore_index=True))
    table["mark"] = scene.draws.uniform("shown", visitors.key.to_numpy()[table.visitor], table.channel, table.serial)
    return Candidates(table, exposure, most)


def organic_visits(scene: Scene, visitors: pd.DataFrame) -> pd.DataFrame:
    """Visits without an ad, as often as intent says: visitor, channel (VISIT), serial, time, week, place."""
    rate = _VISITS * visitors.intent.to_numpy()
    return _placed(scene, visitors, _process(scene.draws, visitors, VISIT, rate))


def _pulls(scene: Scene, visitors: pd.DataFrame) -> Floats:
    """Channels × visitors: how likely each is to be touched, relative to others."""
    power = scene.world.intent_confounding * planted("intent")[:, None]
    likes = affinity(scene.segments)[:, visitors.segment.to_numpy()]
    return np.asarray(likes * np.exp(power * np.log(visitors.intent.to_numpy())), np.float64)


def _exposure(scene: Scene, visitors: pd.DataFrame, pulls: Floats) -> Floats:
    """Channels × weeks: days in the market, each by its visitor's pull, summed over visitors."""
    edges = edges_of_weeks(scene.world)
    parts = []
    for name in ("enters", "leaves"):
        time = np.maximum(visitors[name].to_numpy(), 0.0)
        order = np.argsort(time)
        upto = np.searchsorted(time[order], edges)
        sums = [_running(weight[:, order])[:, upto] for weight in (pulls, pulls * time)]
        parts.append(edges * sums[0] - sums[1])
    return np.diff(parts[0] - parts[1], axis=1)


def _running(values: Floats) -> Floats:
    """Sums of the first 0, 1, 2, … columns."""
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def _process(draws: Draws, visitors: pd.DataFrame, channel: int, rate: Floats) -> pd.DataFrame:
    """Poisson points of each visitor's time in the market from the opening on: visitor, channel, serial, time."""
    key, leaves = visitors.key.to_numpy(), visitors.leaves.to_numpy()
    row, time, serial = np.arange(len(key)), np.maximum(visitors.enters.to_numpy(), 0.0), 0
    rows, times = [row[:0]], [time[:0]]
    while len(row):
        serial += 1
        time = time - np.log(draws.uniform("touch", key[row], channel, serial)) / rate[row]
        row, time = row[time < leaves[row]], time[time < leaves[row]]
        rows.append(row)
        times.append(time)
    number = np.repeat(np.arange(len(rows)), [len(part) for part in rows])
    return pd.DataFrame({
        "visitor": np.concatenate(rows), "channel": channel, "serial": number, "time": np.concatenate(times),
    })  # fmt: skip


def _placed(scene: Scene, visitors: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Also the week and the place of each row."""
    week = weeks(scene.world)[days_at(scene.world, table.time.to_numpy())]
    return table.assign(week=week, place=visitors.place.to_numpy()[table.visitor])


def shown(scene: Scene, candidates: Candidates, spend: Floats) -> Floats:
    """Channels × weeks × regions: the chance that a candidate is real; so many touches come as the spend buys.

    A week that the world holds only a part of has that part of its touches.
    """
    share = np.diff(edges_of_weeks(scene.world))[:, None] / 7
    wanted = planted("own")[:, None, None] * volumes(scene.world, spend) * share
    there = candidates.most[:, None, None] * candidates.exposure[:, :, None] * shares_of_places()
    return np.clip(np.divide(wanted, there, out=np.zeros_like(wanted), where=there > 0), 0, 1)


def paid_touches(scene: Scene, visitors: pd.DataFrame, candidates: Candidates, spend: Floats) -> pd.DataFrame:
    """The touches that the spend makes real, and the brand searches that they lead to: visitor, channel, serial, time, week,
    place.
    """
    table, chance = candidates.table, shown(scene, candidates, spend)
    is_real = table.mark.to_numpy() < chance[table.channel, table.week, table.place]
    real = table[is_real].drop(columns="mark")
    return pd.concat([real, _led(scene, visitors, real, chance[SEARCH])], ignore_index=True)


def _led(scene: Scene, visitors: pd.DataFrame, real: pd.DataFrame, chance: Floats) -> pd.DataFrame:
    """Brand searches that touches of other channels led to, where they are shown an ad."""
    parents = real[planted("searches")[real.channel] > 0]
    key = (visitors.key.to_numpy()[parents.visitor], parents.channel, parents.serial)
    mark = scene.draws.uniform("searches", *key) / planted("searches")[parents.channel]
    parents = parents.assign(mark=mark, wait=-_SEARCHES_AFTER * np.log(scene.draws.uniform("searches after", *key)))
    led = parents[mark < 1]
    led = led.assign(time=led.time + led.wait, serial=_LED * (1 + led.channel) + led.serial, channel=SEARCH)
    led = _placed(scene, visitors, led[led.time < busy_time(scene.world)[scene.world.days]])
    return led[led.mark < chance[led.week, led.place]].drop(columns=["mark", "wait"])
