"""People: when they arrive and through what, and how each of them buys."""

import numpy as np
import pandas as pd
from scipy.special import betaincinv, gammaincinv

from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.names import CHANNELS, PLACES, SOUTH
from shopkeeper.simulate.promotions import Promotion
from shopkeeper.simulate.segments import Segment, column
from shopkeeper.simulate.world import World

# Relative pull of Monday to Sunday; they sum to 7.
WEEKDAYS = np.array([0.97, 0.95, 0.96, 0.98, 1.02, 1.08, 1.04])
_GROWTH = 0.25  # arrivals a day grow by this share over the days simulated
_OPENING, _OPENING_DAYS = 1.5, 75  # the opening draws more, and wears off at this pace
_FAVOURED = 2.5  # a channel's favoured segment is this much more likely there
_BASKET_SHAPE = 3.0  # gamma shape of customers' mean basket within a segment


def make_arrivals(world: World, draws: Draws, events: tuple[Promotion, ...]) -> pd.DataFrame:
    """One row per customer, numbered from 0 in order of arrival: first_at (time of the first order), channel.

    Anything that yields such a table, such as simulated journeys, can take its place.
    """
    day = np.arange(world.days)
    weight = 1 + _GROWTH * day / world.days + _OPENING * np.exp(-day / _OPENING_DAYS)
    weight *= WEEKDAYS[(day + world.first_day.weekday()) % 7]
    for event in events:
        within = (event.days >= 0) & (event.days < world.days)
        weight[event.days[within]] *= 1 + event.size * event.weights[within] * 0.8
    number = np.arange(world.customers)
    arrived = np.sort(draws.pick("arrival", weight, number) * 86_400 + seconds(draws, "arrival", 19.5, number))
    arrived[-1] = world.days * 86_400 - 30  # the data run to the end of the last day, which is thereby complete
    channel = draws.pick("channel", [share for _, share, _ in CHANNELS], number)
    return pd.DataFrame(
        {"first_at": world.starts_at + arrived.astype("timedelta64[s]"), "channel": [CHANNELS[c][0] for c in channel]}
    )


def seconds(draws: Draws, name: str, hour: float | Floats, *keys: Ints) -> Ints:
    """Seconds since midnight: half near hour, a third in the evening, the rest spread over the waking day."""
    z, u = draws.normal(f"{name} hour", *keys), draws.uniform(f"{name} habit", *keys)
    waking = 8 + 16 * draws.uniform(f"{name} waking", *keys)
    spread = np.where(u < 0.8, 21.2 + 1.6 * z, waking)
    return (np.mod(np.where(u < 0.5, np.asarray(hour) + 2.0 * z, spread), 24) * 3600).astype(np.int64)


def make_people(world: World, draws: Draws, segments: tuple[Segment, ...], arrivals: pd.DataFrame) -> pd.DataFrame:
    """Arrivals with what each customer is: segment, rate (purchases a day), leaves (chance after a repeat purchase),
    basket (mean lines beyond the first), tier (taste for dear SKUs), place, warehouse, is_masked, consents.
    """
    people = arrivals[["first_at", "channel"]].reset_index(drop=True)
    number = np.arange(len(people))
    segment = _segment(draws, segments, people.channel)
    own = {name: column(segments, name)[segment] for name in ("r", "alpha", "a", "b", "basket")}
    people["segment"] = segment
    people["rate"] = gammaincinv(own["r"], draws.uniform("rate", number)) / own["alpha"]
    people["leaves"] = betaincinv(own["a"], own["b"], draws.uniform("leaves", number))
    spread = gammaincinv(_BASKET_SHAPE, draws.uniform("basket", number)) / _BASKET_SHAPE
    people["basket"] = own["basket"] * spread
    people["tier"] = 0.35 * world.taste * draws.normal("tier", number)
    people["place"] = draws.pick("place", [share for *_, share, _ in PLACES], number)
    in_south = np.array([region in SOUTH for region, *_ in PLACES])
    people["warehouse"] = in_south[people.place].astype(np.int64)
    people["is_masked"] = draws.uniform("masked", number) < world.masked_rate
    people["consents"] = draws.uniform("consent", number) < 0.7
    return people


def _segment(draws: Draws, segments: tuple[Segment, ...], channel: pd.Series) -> Ints:
    """A segment for each customer: by share, the one that its channel favours more likely."""
    favoured = channel.map({label: place for label, _, place in CHANNELS}).fillna(0).to_numpy()
    is_favoured = favoured[:, None] == np.arange(1, len(segments) + 1)
    return draws.pick(
        "segment", np.where(is_favoured, _FAVOURED, 1.0) * column(segments, "share"), np.arange(len(channel))
    )
