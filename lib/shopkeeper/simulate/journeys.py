"""Journeys: from visitors and spend to touches, and to who orders when, through what, and because of what."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopkeeper.simulate.channels import NAMES, ORGANIC
from shopkeeper.simulate.clock import moments
from shopkeeper.simulate.draws import Floats, Ints, choose
from shopkeeper.simulate.lift_tests import changed_by, lift_tests
from shopkeeper.simulate.media import usual_spend
from shopkeeper.simulate.names import REGIONS
from shopkeeper.simulate.ordering import Base, hazard_parts, levelled, make_base, only, order_times
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.touches import Candidates, make_candidates, organic_visits, paid_touches
from shopkeeper.simulate.visitors import make_visitors

_SEEN = 30.0  # days back to which a platform looks for the last ad


@dataclass(frozen=True)
class Market:
    """All that stands before anything is spent: visitors, candidate touches, visits without an ad, and the base hazard.

    spend: what was planned, tests included; channels × weeks × regions in yuan.
    """

    scene: Scene
    visitors: pd.DataFrame
    candidates: Candidates
    visits: pd.DataFrame
    base: Base
    spend: Floats


@dataclass(frozen=True)
class Journeys:
    """What came of a spend. touches: paid ones, see touches.paid_touches. arrivals: as arrivals.make_arrivals gives them, with
    region and cause (a channel, or ORGANIC for the baseline and promotions). parts: arrivals × (plain, promotions, channels),
    the hazard at the moment of the order.
    """

    market: Market
    spend: Floats
    touches: pd.DataFrame
    arrivals: pd.DataFrame
    parts: Floats


def make_market(scene: Scene) -> Market:
    """The market of a world, the base hazard levelled so that the planned spend brings World.customers in expectation."""
    visitors = make_visitors(scene)
    candidates, spend = make_candidates(scene, visitors), changed_by(lift_tests(scene.world), usual_spend(scene))
    touches = paid_touches(scene, visitors, candidates, spend)
    base = levelled(make_base(scene), visitors, touches, scene.world.customers - 1)
    return Market(scene, visitors, candidates, organic_visits(scene, visitors), base, spend)


def make_journeys(market: Market, spend: Floats | None = None) -> Journeys:
    """What comes of the planned spend, or of another: every visitor meets the same luck, and more spend never means fewer
    touches.

    One more than the market's visitors orders as the last day ends, so that the data are complete up to it.
    """
    spend = market.spend if spend is None else spend
    touches = paid_touches(market.scene, market.visitors, market.candidates, spend)
    time = order_times(market.base, market.visitors, touches)
    some, mine = only(market.visitors, touches, np.isfinite(time))
    time = time[np.isfinite(time)]
    parts = hazard_parts(market.base, some, mine, time)
    arrivals = _arrivals(market.scene, some.assign(time=time), parts, _last_ads(mine, time))
    order = np.argsort(arrivals.first_at.to_numpy(), kind="stable")
    arrivals, parts = arrivals.iloc[order].reset_index(drop=True), parts[order]
    closing = _closing(market.scene, len(market.visitors))
    arrivals = pd.concat([arrivals, closing], ignore_index=True)
    return Journeys(market, spend, touches, arrivals, np.vstack([parts, _organic(parts)]))


def _arrivals(scene: Scene, ordered: pd.DataFrame, parts: Floats, last: Ints) -> pd.DataFrame:
    """Who ordered: the cause falls by the parts of the hazard, the channel is that of the last ad."""
    events = [event.name for event in scene.events]
    cause = choose(parts, scene.draws.uniform("cause", ordered.key))
    return pd.DataFrame({
        "first_at": moments(scene.world, scene.segments, ordered.time.to_numpy(), ordered.segment.to_numpy()),
        "channel": np.array([*NAMES, ORGANIC])[last],
        "key": ordered.key,
        "segment": np.array([segment.name for segment in scene.segments])[ordered.segment],
        "region": np.array(REGIONS)[ordered.place],
        "brought_by": np.array(["", *events, *("" for _ in NAMES)])[cause],
        "cause": np.array([ORGANIC, *(ORGANIC for _ in events), *NAMES])[cause],
    })  # fmt: skip


def _last_ads(touches: pd.DataFrame, time: Floats) -> Ints:
    """The channel of each one's last ad within 30 days before a time, as a platform would report it; -1 none."""
    since = time[touches.visitor] - touches.time.to_numpy()
    seen = touches.assign(since=since)[(since > 0) & (since <= _SEEN)]
    last = seen.sort_values("since", kind="stable").drop_duplicates("visitor").set_index("visitor").channel
    return np.asarray(last.reindex(range(len(time)), fill_value=-1), np.int64)


def _closing(scene: Scene, key: int) -> pd.DataFrame:
    """The customer who orders as the last day ends."""
    first = [scene.world.ends_at - np.timedelta64(30, "s")]
    row = {"first_at": first, "channel": ORGANIC, "key": key, "brought_by": "", "cause": ORGANIC}
    return pd.DataFrame(row)


def _organic(parts: Floats) -> npt.NDArray[np.float64]:
    """Parts of a hazard that is the baseline's alone."""
    return np.eye(1, parts.shape[1])
