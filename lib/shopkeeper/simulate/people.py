"""People: how each of those who arrive buys."""

import zlib

import numpy as np
import pandas as pd
from scipy.special import betaincinv, gammaincinv, ndtri

from shopkeeper.simulate.channels import lasting
from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.names import PLACES, REGIONS, SOUTH
from shopkeeper.simulate.segments import Segment, column
from shopkeeper.simulate.world import World

_BASKET_SHAPE = 3.0  # gamma shape of customers' mean basket within a segment
_TIER = 0.35  # spread of the taste for dear SKUs that has nothing to do with the money spent
_TIER_OF_SPEND, _BASKET_OF_SPEND = 1.0, 0.75  # how spend differences show: in dearer SKUs, and in more of them


def make_people(world: World, draws: Draws, segments: tuple[Segment, ...], arrivals: pd.DataFrame) -> pd.DataFrame:
    """Arrivals, checked, with what each customer is, by row.

    segment, place, warehouse (numbers), rate (purchases a day, the channel's effect in it), channel_effect (its
    factor, of what brought it), leaves (chance after a repeat purchase), spend (lasting, in log), basket (mean lines
    beyond the first), tier (taste for dear SKUs), is_deal_only (buys in promotions or with a coupon alone), is_masked, consents.
    """
    people = arrivals[["first_at", "channel", "key", "brought_by", "cause"]].reset_index(drop=True)
    key = people.key.to_numpy().astype(np.int64)
    segment = _numbers(draws, arrivals.segment, [s.name for s in segments], column(segments, "share"), "segment", key)
    own = {name: column(segments, name)[segment] for name in ("r", "alpha", "a", "b", "basket", "deals")}
    luck = draws.uniform("rate", key)
    people["key"], people["segment"] = key, segment
    people["channel_effect"] = rate_effects(world, draws, people.cause)
    people["rate"] = gammaincinv(own["r"], luck) / own["alpha"] * people.channel_effect
    people["leaves"] = betaincinv(own["a"], own["b"], draws.uniform("leaves", key))
    people["spend"] = world.spend_sd * _correlated(world.spend_frequency_correlation, luck, draws.normal("spend", key))
    if world.marketing:
        people["leaves"] *= lasting("leaves", people.cause)
        people["spend"] += lasting("spend", people.cause)
    spread = gammaincinv(_BASKET_SHAPE, draws.uniform("basket", key)) / _BASKET_SHAPE
    part = _BASKET_OF_SPEND * people.spend
    people["basket"] = own["basket"] * spread * np.exp(part - (_BASKET_OF_SPEND * world.spend_sd) ** 2 / 2)
    people["tier"] = world.taste * (_TIER * draws.normal("tier", key) + _TIER_OF_SPEND * people.spend)
    people["place"] = _numbers(draws, arrivals.region, list(REGIONS), shares_of_places(), "place", key)
    people["warehouse"] = np.array([name in SOUTH for name in REGIONS])[people.place].astype(np.int64)
    people["is_deal_only"] = draws.uniform("deal only", key) < np.minimum(own["deals"] * world.deal_only, 1)
    people["is_masked"] = draws.uniform("masked", key) < world.masked_rate
    people["consents"] = draws.uniform("consent", key) < 0.7
    return people


def shares_of_places() -> Floats:
    """The share of people who live in each place."""
    shares = np.array([place[4] for place in PLACES])
    return np.asarray(shares / shares.sum(), np.float64)


def rate_effects(world: World, draws: Draws, channel: pd.Series) -> Floats:
    """The factor on the purchase rate of those whom each channel brought: log-normal with mean 1, by its name, and where
    there is marketing times what is planted for it.
    """
    code = channel.map(lambda name: zlib.crc32(str(name).encode())).to_numpy(np.int64)
    z = draws.normal("channel effect", code)
    own = lasting("rate", channel) if world.marketing else 1.0
    return np.asarray(own * np.exp(world.channel_sd * z - world.channel_sd**2 / 2), np.float64)


def _correlated(correlation: float, luck: Floats, own: Floats) -> Floats:
    """Standard normal, correlated with the normal score of luck."""
    return np.asarray(correlation * ndtri(luck) + np.sqrt(1 - correlation**2) * own, np.float64)


def _numbers(draws: Draws, given: pd.Series, names: list[str], shares: Floats, mechanism: str, key: Ints) -> Ints:
    """The number of each name given, and where none is, one drawn by share."""
    place = given.map({name: number for number, name in enumerate(names)})
    return np.where(place.notna(), place.fillna(0), draws.pick(mechanism, shares, key)).astype(np.int64)
