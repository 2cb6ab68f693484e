"""Channels: what each costs, whom it finds, and what one touch of it does. Every planted number of marketing is here."""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from shopkeeper.simulate.draws import Floats
from shopkeeper.simulate.names import CHANNELS
from shopkeeper.simulate.segments import Segment

ORGANIC = "自然访问"  # what a visit without an ad is called, and customers whom no ad came before
SPEND = 60.0  # yuan of media for every customer of the world, over its days


@dataclass(frozen=True)
class Channel:
    """One channel.

    budget: its share of all spend. price: of a touch, in yuan, where few are bought; bend: the usual volume in multiples of
    the one at which that price has doubled. room: the most touches there are to be had, in multiples of the usual volume.
    effect: orders that one touch brings of itself, over all time; half_life: of this, in days.
    intent: how its touches follow intent, as a power, in multiples of World.intent_confounding.
    searches: chance that a touch makes the visitor search for the brand; own: share of touches that no other led to.
    promoted: how far spend rises at the height of a promotion of size 1. is_national: bought for all regions at once.
    rate, leaves, spend: what is lasting about those it brings: factors on their purchase rate and on their chance to leave,
    and log spend.
    shown: impressions for each touch; clicked: clicks for each.
    """

    kind: str
    budget: float
    price: float
    bend: float
    room: float
    effect: float
    half_life: float
    intent: float = 0.0
    searches: float = 0.0
    own: float = 1.0
    promoted: float = 0.6
    is_national: bool = False
    rate: float = 1.0
    leaves: float = 1.0
    spend: float = 0.0
    shown: float = 30.0
    clicked: float = 1.0


# In the order of names.CHANNELS. Brand search captures demand: there are hardly more touches than are bought, and they
# bring next to nothing. The knowledge community brings few, late and dear, who stay.
PLANTED = (
    Channel("view", 0.24, 1.10, 0.8, 5.0, 0.0170, 3.0, searches=0.08, shown=45, clicked=0.3),
    Channel("view", 0.19, 2.00, 0.6, 5.0, 0.0300, 1.0, searches=0.05, promoted=2.0, is_national=True, shown=20, clicked=0.5),
    Channel("click", 0.16, 1.30, 0.8, 5.0, 0.0260, 7.0, searches=0.12, shown=25),
    Channel("click", 0.12, 0.90, 0.4, 4.0, 0.0045, 1.5, intent=1.4, shown=18),
    Channel("click", 0.05, 0.60, 0.4, 1.2, 0.0004, 1.0, intent=2.0, own=0.75, promoted=1.0, shown=4),
    Channel("click", 0.12, 1.20, 0.6, 5.0, 0.0190, 1.5, intent=0.6, promoted=1.5, shown=35),
    Channel("click", 0.03, 0.70, 0.5, 4.0, 0.0100, 1.0, intent=0.3, shown=12),
    Channel("click", 0.09, 3.00, 0.6, 4.0, 0.0290, 10.0, promoted=0.0, is_national=True, rate=2.4, leaves=0.25, spend=0.4, shown=60),
)  # fmt: skip
NAMES = tuple(label for label, _, _ in CHANNELS)
SEARCH = NAMES.index("品牌搜索")  # the channel to which touches of others lead
_FAVOURED = 2.5  # a segment is this much more likely to be touched by the channel that it favours
assert len(PLANTED) == len(NAMES)


def planted(name: str) -> Floats:
    """One number of every channel, in their order."""
    return np.array([getattr(channel, name) for channel in PLANTED], np.float64)


def affinity(segments: tuple[Segment, ...]) -> Floats:
    """Channels × segments: how much likelier each segment is to be touched than one without a favourite."""
    favours = np.array([place for _, _, place in CHANNELS])[:, None]
    return np.where(favours == np.arange(len(segments)) + 1, _FAVOURED, 1.0)


def lasting(name: str, causes: pd.Series) -> Floats:
    """rate, leaves or spend of those whom each cause brought; the plain value where it is no channel."""
    by_channel = dict(zip(NAMES, planted(name), strict=True))
    plain = {field.name: field.default for field in fields(Channel)}[name]
    return np.array([by_channel.get(str(cause), plain) for cause in causes], np.float64)
