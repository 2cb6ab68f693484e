"""Arrivals: when each customer comes for the first time, through what, and which promotion brought it."""

import numpy as np
import pandas as pd

from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.names import CHANNELS, PLACES
from shopkeeper.simulate.promotions import Promotion
from shopkeeper.simulate.segments import Segment, column
from shopkeeper.simulate.world import World
from shopkeeper.tables import DataError, offenders

# Relative pull of Monday to Sunday; they sum to 7.
WEEKDAYS = np.array([0.97, 0.95, 0.96, 0.98, 1.02, 1.08, 1.04])
EVENING = (21.2, 1.6)  # the hour at which a third of all is done, and its spread
_GROWTH = 0.25  # arrivals a day grow by this share over the days simulated
_OPENING, _OPENING_DAYS = 1.5, 75  # the opening draws more, and wears off at this pace
_BROUGHT = 0.8  # arrivals that a promotion of size 1 adds on a plain day, relative to a day without it
_FAVOURED = 2.5  # a segment is this much more likely to come through the channel that it favours
_KEYS = 999_999_937  # keys lie below this prime, in whose field nicks are numbered


def make_arrivals(
    world: World, draws: Draws, segments: tuple[Segment, ...], events: tuple[Promotion, ...]
) -> pd.DataFrame:
    """One row per customer, in order of arrival: first_at (time of the first order), channel, key, segment, brought_by.

    key: what the customer's own draws hang on. brought_by: the promotion without which it would not have come, or
    nothing. Anything that yields first_at and channel can take the place of this table, as journeys do where the world has
    marketing.
    """
    key = np.arange(world.customers)
    day, brought = _days(world, draws, events, key)
    first = day * 86_400 + seconds(draws, "arrival", 19.5, key)
    first[first.argmax()] = (
        world.days * 86_400 - 30
    )  # the data run to the end of the last day, which is thereby complete
    segment = draws.pick("segment", column(segments, "share"), key)
    favoured = np.array([place for _, _, place in CHANNELS])[None, :] == segment[:, None] + 1
    channel = draws.pick("channel", np.where(favoured, _FAVOURED, 1.0) * np.array([c[1] for c in CHANNELS]), key)
    arrivals = pd.DataFrame({
        "first_at": world.starts_at + first.astype("timedelta64[s]"),
        "channel": [CHANNELS[c][0] for c in channel],
        "key": key,
        "segment": [segments[s].name for s in segment],
        "brought_by": np.array(["", *(event.name for event in events)])[brought],
    })  # fmt: skip
    return arrivals.iloc[np.argsort(first, kind="stable")].reset_index(drop=True)


def _days(world: World, draws: Draws, events: tuple[Promotion, ...], key: Ints) -> tuple[Ints, Ints]:
    """The day of each arrival, and the place from 1 of the promotion that brought it, 0 for none."""
    usual = usual_arrivals(world, np.arange(world.days))
    weights = [usual]
    for event in events:
        extra, within = np.zeros(world.days), (event.days >= 0) & (event.days < world.days)
        extra[event.days[within]] = _BROUGHT * event.size * event.weights[within] * usual[event.days[within]]
        weights.append(extra)
    brought = draws.pick("brought by", [extra.sum() for extra in weights], key)
    day = draws.pick("arrival", usual, key)
    for place in np.unique(brought[brought > 0]):
        mine = brought == place
        day[mine] = draws.pick("arrival in promotion", weights[place], key[mine])
    return day, brought


def usual_arrivals(world: World, day: Ints) -> Floats:
    """Relative arrivals of each day without promotions; before the first day, as many as on it."""
    since = np.maximum(day, 0)
    weight = 1 + _GROWTH * since / world.days + _OPENING * np.exp(-since / _OPENING_DAYS)
    return np.asarray(weight * WEEKDAYS[(day + world.first_day.weekday()) % 7], np.float64)


def seconds(draws: Draws, name: str, hour: float | Floats, *keys: Ints) -> Ints:
    """Seconds since midnight: half near hour, a third in the evening, the rest spread over the waking day."""
    z, u = draws.normal(f"{name} hour", *keys), draws.uniform(f"{name} habit", *keys)
    waking = 8 + 16 * draws.uniform(f"{name} waking", *keys)
    spread = np.where(u < 0.8, EVENING[0] + EVENING[1] * z, waking)
    return (np.mod(np.where(u < 0.5, np.asarray(hour) + 2.0 * z, spread), 24) * 3600).astype(np.int64)


def check_arrivals(world: World, segments: tuple[Segment, ...], arrivals: pd.DataFrame) -> pd.DataFrame:
    """Arrivals with every column: first_at, channel, key, segment, region, brought_by, cause; those not given are null or 0,
    1, …, and the cause is the channel.

    first_at null: never comes. key: whole numbers, no two alike. DataError where a row cannot be simulated.
    """
    if missing := {"first_at", "channel"} - set(arrivals):
        raise DataError(f"arrivals: no column {', '.join(sorted(missing))}. They need first_at and channel.")
    table = arrivals.reset_index(drop=True)
    table = table.assign(first_at=pd.to_datetime(table.first_at).astype("datetime64[s]"))
    given = {
        "key": np.arange(len(table)), "segment": None, "region": None, "brought_by": "", "cause": table.channel,
    }  # fmt: skip
    table = table.assign(**{name: value for name, value in given.items() if name not in table})
    if not table.first_at.notna().any():
        raise DataError(f"arrivals: none of {len(table):,} rows has a first_at. Somebody has to come.")
    outside = table.first_at.notna() & ((table.first_at < world.starts_at) | (table.first_at >= world.ends_at))
    _refuse(table, outside, "first_at", f"lie outside {world.first_day} to {world.last_day}; null for who never comes")
    is_whole = table.key.map(lambda key: isinstance(key, int | np.integer) and 0 <= key < _KEYS)
    _refuse(table, ~is_whole.astype(bool), "key", f"are no whole numbers from 0 to {_KEYS - 1}")
    _refuse(table, table.key.duplicated(keep=False), "key", "stand more than once; every customer has its own")
    for name, known in {"segment": [s.name for s in segments], "region": [p[0] for p in PLACES]}.items():
        wrong = table[name].notna() & ~table[name].isin(known)
        _refuse(table, wrong, name, f"are unknown; this world has {', '.join(known)}")
    return table


def _refuse(table: pd.DataFrame, wrong: pd.Series, name: str, rule: str) -> None:
    if wrong.any():
        first = offenders(table.loc[wrong, name].tolist())
        raise DataError(f"arrivals: {name} of {wrong.sum():,} of {len(table):,} rows {rule} ({first}).")
