"""Advertising: what those who sell ads report, as rows of touches, media and lift tests."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from shopkeeper.simulate.channels import NAMES, ORGANIC, PLANTED, planted
from shopkeeper.simulate.clock import moments
from shopkeeper.simulate.draws import Floats
from shopkeeper.simulate.exports import stamps
from shopkeeper.simulate.history import History
from shopkeeper.simulate.identities import visitors
from shopkeeper.simulate.journeys import Journeys
from shopkeeper.simulate.media import AHEAD, volumes, week_starts
from shopkeeper.simulate.names import REGIONS

_AT_ONCE = 100_000  # touches turned into texts at a time
_VIEWED = 0.05  # spread of what platforms count, in log


def touch_rows(history: History) -> Iterator[tuple[object, ...]]:
    """Ads and visits of all visitors, in order of time, also after they ordered.

    The customer stands on every touch of a visitor who became one with a true order under a name of its own: platforms join
    them afterwards.
    """
    if history.journeys is None:
        return
    touches, market = _in_order(history.journeys), history.journeys.market
    browser, nick = np.array(visitors(market.visitors), object), _nicks(history)
    price = prices_paid(history.journeys)
    channels = np.array([*NAMES, ORGANIC], object)
    kinds = np.array([*(channel.kind for channel in PLANTED), "visit"], object)
    month = np.array([f"{start:%Y%m}" for start in week_starts(history.scene.world)], object)
    for start in range(0, len(touches), _AT_ONCE):
        part = touches.iloc[start : start + _AT_ONCE]
        name, is_paid = channels[part.channel], (part.channel < len(PLANTED)).to_numpy()
        campaign = np.where(is_paid, name + "-" + month[part.week], "")
        paid = price[np.where(is_paid, part.channel, 0), part.week, part.place]
        cost = [f"{yuan:.2f}" if is_ad else "" for yuan, is_ad in zip(paid, is_paid, strict=True)]
        at = stamps(part["at"])
        yield from zip(
            browser[part.visitor], nick[part.visitor], at, name, campaign, kinds[part.channel], cost, strict=True
        )


def _in_order(journeys: Journeys) -> pd.DataFrame:
    """Paid touches and visits with their moment, by it."""
    market = journeys.market
    both = pd.concat([journeys.touches, market.visits], ignore_index=True)
    segment = market.visitors.segment.to_numpy()[both.visitor]
    both["at"] = moments(market.scene.world, market.scene.segments, both.time.to_numpy(), segment)
    return both.sort_values(["at", "visitor", "channel"], kind="stable", ignore_index=True)


def _nicks(history: History) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """By visitor, the nick of the customer that it became, or nothing."""
    assert history.journeys is not None
    names = np.full(len(history.journeys.market.visitors) + 1, "", object)
    people = history.people.iloc[np.unique(history.orders.customer[history.orders.kind == "sale"])]
    known = people[~people.is_masked]
    names[known.key] = known.nick
    return names


def prices_paid(journeys: Journeys) -> Floats:
    """Channels × weeks × regions: yuan for a touch; 0 where nothing is spent."""
    volume = volumes(journeys.market.scene.world, journeys.spend)
    return np.divide(journeys.spend, volume, out=np.zeros_like(volume), where=volume > 0)


def media_rows(history: History) -> Iterator[tuple[object, ...]]:
    """Spend by week, and by region where it is bought so, as far as it is planned on the last day; what was shown and clicked
    of weeks that are over.
    """
    if history.journeys is None:
        return
    world, spend = history.scene.world, history.journeys.spend
    counts = {"spend": spend, "impressions": _impressions(history.journeys), "clicks": _clicks(history.journeys)}
    for week, start in enumerate(week_starts(world)):
        is_over = world.day(start) + 7 <= world.days
        for number, channel in enumerate(PLANTED):
            cells = {name: count[number, week] for name, count in counts.items()}
            if channel.is_national:
                cells = {name: cell.sum(keepdims=True) for name, cell in cells.items()}
            for place, region in enumerate([""] if channel.is_national else REGIONS):
                told = [f"{cells[name][place]:.0f}" if is_over else "" for name in ("impressions", "clicks")]
                known = world.date(world.day(start) - AHEAD)
                yield start, 7, NAMES[number], region, f"{cells['spend'][place]:.2f}", *told, known


def _impressions(journeys: Journeys) -> Floats:
    """A multiple of the touches planned, as people outside the market see ads too."""
    volume = volumes(journeys.market.scene.world, journeys.spend)
    z = journeys.market.scene.draws.normal("impressions", *np.indices(volume.shape))
    return np.asarray(planted("shown")[:, None, None] * volume * np.exp(_VIEWED * z), np.float64)


def _clicks(journeys: Journeys) -> Floats:
    """In proportion to the touches that there were."""
    touches, shape = journeys.touches, journeys.spend.shape
    cell = np.ravel_multi_index((touches.channel, touches.week, touches.place), shape)
    return planted("clicked")[:, None, None] * np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)


def lift_test_rows(history: History) -> Iterator[tuple[object, ...]]:
    """What the shop read from its tests."""
    if history.journeys is None:
        return
    for row in history.lifts.itertuples():
        money = (f"{yuan:.2f}" for yuan in (row.spend_change, row.lift, row.lift_sd))
        yield row.channel, row.region, row.starts_on, row.ends_on, row.read_until, *money
