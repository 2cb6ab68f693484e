"""Person-time: days at risk of a first order by what was known of a person, and how much of each channel worked in them.

A person is at risk from a journey's first touch until the order, 90 days without a touch, or the end of the data. What counts
at a moment is only what had happened before it, so that who is at risk never depends on what comes later.

The hazard's part that touches add is linear, and its kernels are exponentials. So over any number of journeys its integral is
one number by channel and half-life, exactly; only orders keep a row each.
"""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.attribution.intent import VISIT, Floats, Intent, fit_intent
from shopkeeper.attribution.journeys import IDLE
from shopkeeper.sums import total

HALF_LIVES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # days of the kernels that a channel's carry-over is mixed of
DECAYS = tuple(np.log(2) / days for days in HALF_LIVES)
KERNELS = tuple(str(place) for place in range(len(HALF_LIVES)))  # columns
AGES = (0, 1, 3, 7, 14, 30, 60)  # days since the journey's first touch, lower edges
STATE = ("near", "age", "season", "is_promoted")
# Within a bin the intent is that of the bin's means.
_SIGNALS = (0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 13, 17, 22, 30, 40, 60)
_LASTED = (0, 0.5, 1, 2, 3, 4, 6, 8, 11, 14, 18, 23, 30, 40, 55, 75, 100, 150)
_SILENCES = (0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 26, 30, 36, 45, 60)
_MOST = 20_000  # journeys that intent is learned from
_LEAST = -15.0  # log intent, below which nobody is willing
_DAY = 86_400  # seconds
_EPOCH, _FAR = dt.date(1970, 1, 1), 1e9

Load = Callable[[ir.Table], pd.DataFrame]


@dataclass(frozen=True)
class PersonTime:
    """Journeys, reduced to what the hazard needs.

    cells        by state (columns STATE): days at risk, over all persons, and the mean log_intent
    exposures    by channel: touches
    groups       by channel and willing: touches, and by half-life (columns KERNELS) the integral of their kernels over the time
                 at risk (a touch that nothing cuts short has 1)
    conversions  one row per order: order_id, ordered_at, net_revenue, and the state at that moment, with its log_intent
    stocks       by order_id, channel and willing: by half-life, the sum at that moment of kernels (a day) of earlier touches
    log_intent is that of Intent.log_mean, near the same in whole quarters; age is the place of the bin in AGES, season a month;
    willing, of a touch, is the log intent right after it, in halves.
    """

    cells: pd.DataFrame
    exposures: pd.DataFrame
    groups: pd.DataFrame
    conversions: pd.DataFrame
    stocks: pd.DataFrame


def person_time(load: Load, steps: ir.Table, windows: pd.DataFrame) -> tuple[PersonTime, Intent]:
    """The steps (of journey_steps) reduced, and what they tell of intent. load: runs an expression, as shop.load does."""
    intent = fit_intent(wide(load(histories(steps))))
    return reduced(load, steps, windows, intent), intent


def reduced(load: Load, steps: ir.Table, windows: pd.DataFrame, intent: Intent) -> PersonTime:
    """The steps (of journey_steps) reduced, intent being known."""
    seen = with_signals(steps, intent)
    touches = channel_touches(seen, intent)
    cells, orders, groups = (
        load(each) for each in (time_cells(seen, windows), conversions(seen, windows), exposures(touches))
    )
    return PersonTime(
        _by_state(_with_intent(cells, intent)),
        groups.groupby("channel", as_index=False)[["touches"]].sum(),
        groups,
        _with_intent(orders, intent),
        load(stocks(touches)),
    )


def journey_steps(journeys: ir.Table, as_of: dt.date, captured: Collection[str] = ()) -> ir.Table:
    """One row per touch of journey_touches, lasting until the next one of its journey, or the end of being at risk.

    captured: channels through which people come who wanted to buy already; their touches tell of intent and bring nothing.

    begun, since, until, over   days since 1970: of the journey's first touch, this touch, the next, the journey's end
    source, is_cause            its channel, or VISIT; whether it may have brought an order: no own visit, nor captured
    order_id                    of the order that the journey ended with
    is_ordered                  whether this step ended with it
    """
    journey = ibis.window(group_by=["person", "first_touch_at"])
    since, is_visit = _days(journeys.touched_at), (journeys.kind == "visit").fill_null(False)
    is_captured = journeys.channel.isin(list(captured)) if captured else ibis.literal(False)
    quiet = ibis.least(since.max().over(journey) + float(IDLE), (as_of - _EPOCH).days + 1.0)
    over = ibis.coalesce(_days(journeys.ordered_at), quiet)
    following = since.lead().over(journey.order_by(_IN_ORDER))
    return journeys.select(
        "person", "touched_at", "channel", "kind", "order_id", "ordered_at", "net_revenue",
        source=is_visit.ifelse(VISIT, journeys.channel), is_cause=~(is_visit | is_captured), begun=_days(journeys.first_touch_at), since=since, over=over,
        until=ibis.coalesce(following, over), is_ordered=journeys.order_id.notnull() & following.isnull(),
    )  # fmt: skip


_IN_ORDER = ["touched_at", "channel", "kind"]


def histories(steps: ir.Table) -> ir.Table:
    """By journey and source: lasted, age (days, as fit_intent wants them), touches; of at most 20,000
    journeys, evenly spread over time.
    """
    each = steps.group_by("person", "begun").agg(last=steps.since.max(), over=steps.over.max())
    number = ibis.row_number().over(order_by=["begun", "person"])
    each = each.mutate(number=number, every=each.count().over() // _MOST + 1)
    some = each.filter(each.number % each.every == 0)
    counted = steps.group_by("person", "begun", "source").agg(touches=steps.count())
    both = some.inner_join(counted, ["person", "begun"])
    return both.select("number", "source", "touches", lasted=both.last - both.begun, age=both.over - both.begun)


def wide(long: pd.DataFrame) -> pd.DataFrame:
    """Histories with a column per channel; the days are in the index, so that a channel may have any name."""
    counts = long.pivot(index=["number", "lasted", "age"], columns="source", values="touches").fillna(0.0)
    return counts if VISIT in counts else counts.assign(**{VISIT: 0.0})


def with_signals(steps: ir.Table, intent: Intent) -> ir.Table:
    """Steps with signals: touches up to and with this one, each counted as the pull of its source (Intent), to the nearest 2^-20: such
    numbers add up exactly, so that none lands on the other side of a bin's edge.
    """
    pulls = [(steps.source == source, round(pull * 2**20) / 2**20) for source, pull in intent.pull.items()]
    weight = ibis.cases(*pulls, else_=0.0)
    # A range, so that touches alike in all see each other, in whatever order they stand.
    so_far = ibis.range_window(group_by=["person", "begun"], order_by=_IN_ORDER, preceding=None, following=0)
    return steps.mutate(signals=weight.sum().over(so_far))


def time_cells(steps: ir.Table, windows: pd.DataFrame) -> ir.Table:
    """Days at risk by bins of signals, lasted (days to the last touch) and silence (days since), with their means there; and by
    age, season and is_promoted. windows: of calendar.
    """
    bare = steps.select("begun", "since", "signals", low=steps.since, high=steps.until)
    # What has most edges comes first, while pieces are few.
    by_window = _cut(bare, "window", tuple(windows.starts), ibis.literal(0.0))
    by_age = _cut(by_window, "age", AGES, by_window.begun)
    cut = _cut(by_age, "quiet", _SILENCES, by_age.since)
    days, lasted, silence = cut.high - cut.low, cut.since - cut.begun, (cut.low + cut.high) / 2 - cut.since
    bins = {"many": _bin(cut.signals, _SIGNALS), "long": _bin(lasted, _LASTED), "quiet": cut.quiet}
    means = {"signals": cut.signals, "lasted": lasted, "silence": silence}
    cells = cut.group_by("age", _kind(cut.window, windows), **bins).agg(
        days=total(days), **{name: total(value * days) / total(days) for name, value in means.items()}
    )
    return _named(cells.filter(cells.days > 0), windows)


def conversions(steps: ir.Table, windows: pd.DataFrame) -> ir.Table:
    """One row per order: order_id, ordered_at, net_revenue, and signals, lasted, silence, age, season, is_promoted then."""
    at = steps.filter(steps.is_ordered)
    at = _named(at.mutate(_kind(_bin(at.until, tuple(windows.starts)), windows)), windows)
    return at.select(
        "order_id", "ordered_at", "net_revenue", "season", "is_promoted", "signals",
        age=_bin(at.until - at.begun, AGES), lasted=at.since - at.begun, silence=at.until - at.since,
    )  # fmt: skip


def channel_touches(steps: ir.Table, intent: Intent) -> ir.Table:
    """Touches that may have brought an order, with willing: the log intent right after them, in halves."""
    # By bins, so that exposures and stocks cannot differ.
    signals, lasted = (_middles(edges) for edges in (_SIGNALS, _LASTED))
    many, long = (each.ravel() for each in np.indices((len(signals), len(lasted))))
    willing = (2 * intent.log_mean(signals[many], lasted[long], lasted[long])).round() / 2 + 0.0  # and no -0
    bins = ibis.memtable({"many": many, "long": long, "willing": willing.clip(-3, 3)})
    paid = steps.filter(steps.is_cause)
    paid = paid.mutate(many=_bin(paid.signals, _SIGNALS), long=_bin(paid.since - paid.begun, _LASTED))
    return paid.inner_join(bins, ["many", "long"])


def _middles(edges: tuple[float, ...]) -> Floats:
    return np.array([(low + high) / 2 for low, high in pairwise([*edges, 1.2 * edges[-1]])])


def exposures(touches: ir.Table) -> ir.Table:
    """By channel and willing: touches, and by half-life the integral of their kernels over the time at risk."""
    each = {name: total(1 - _left(touches, decay)) for name, decay in zip(KERNELS, DECAYS, strict=True)}
    return touches.group_by("channel", "willing").agg(touches=touches.count(), **each)


def stocks(touches: ir.Table) -> ir.Table:
    """By order, channel and willing, and by half-life: sums of the kernels of touches before it, a day."""
    before = touches.filter(touches.order_id.notnull() & (touches.over > touches.since))
    each = {name: total(decay * _left(before, decay)) for name, decay in zip(KERNELS, DECAYS, strict=True)}
    return before.group_by("order_id", "channel", "willing").agg(**each)


def calendar(promotions: pd.DataFrame, first: dt.date, last: dt.date) -> pd.DataFrame:
    """Windows of time alike, in order: season (a month), is_promoted (whether any promotion ran), starts in days since 1970.

    The first reaches back, and the last ahead, without end.
    """
    days = pd.DataFrame({"day": pd.date_range(first, last)})
    runs = [days.day.between(row.starts_on, row.ends_on) for row in promotions.itertuples()]
    days = days.assign(season=days.day.dt.strftime("%Y-%m"), is_promoted=np.any([days.day.isna(), *runs], axis=0))
    kinds = days[["season", "is_promoted"]]
    number = (days.day - pd.Timestamp(_EPOCH)).dt.days.astype("float64")
    windows = kinds.assign(starts=number)[(kinds != kinds.shift()).any(axis=1)].reset_index(drop=True)
    windows.loc[0, "starts"] = -_FAR
    return windows


def _kind(window: ir.IntegerValue, windows: pd.DataFrame) -> ir.IntegerValue:
    """The number of a window's season and is_promoted, which several windows may share."""
    return ibis.array(_kinds(windows).tolist())[window].name("time_kind")


def _kinds(windows: pd.DataFrame) -> pd.Series:
    return windows.groupby(["season", "is_promoted"]).ngroup()


def _named(numbered: ir.Table, windows: pd.DataFrame) -> ir.Table:
    """With season and is_promoted in place of time_kind, their number."""
    names = windows[["season", "is_promoted"]].assign(time_kind=_kinds(windows)).drop_duplicates()
    return numbered.inner_join(ibis.memtable(names), "time_kind").drop("time_kind")


def _with_intent(frame: pd.DataFrame, intent: Intent) -> pd.DataFrame:
    lasted, silence = frame.lasted.to_numpy(), frame.silence.to_numpy()
    log_intent = np.maximum(intent.log_mean(frame.signals.to_numpy(), lasted, lasted + silence), _LEAST)
    return frame.assign(log_intent=log_intent, near=np.round(4 * log_intent).astype(np.int64))


def _by_state(cells: pd.DataFrame) -> pd.DataFrame:
    weighted = cells.assign(log_intent=cells.log_intent * cells.days)
    sums = weighted.groupby(list(STATE), as_index=False)[["days", "log_intent"]].sum()
    return sums.assign(log_intent=sums.log_intent / sums.days)


def _cut(pieces: ir.Table, name: str, edges: tuple[float, ...], origin: ir.FloatingValue) -> ir.Table:
    """Pieces of time from low to high, cut at the edges, which count from the origin and begin at or before every piece; name: a
    piece's place among them.
    """
    low, high = pieces.low - origin, pieces.high - origin
    into = pieces.mutate(origin=origin, place=ibis.range(_bin(low, edges), _bin(high, edges) + 1).unnest())
    starts, ends = (ibis.array(each)[into.place] for each in (list(edges), [*edges[1:], _FAR]))
    bounds = {"low": ibis.greatest(into.low, into.origin + starts), "high": ibis.least(into.high, into.origin + ends)}
    return into.mutate(**bounds, **{name: into.place}).drop("origin", "place").filter(ibis._.high > ibis._.low)


def _bin(value: ir.NumericValue, edges: tuple[float, ...]) -> ir.IntegerValue:
    """How many edges but the first it reaches."""
    return sum(((value >= edge).cast("int64") for edge in edges[1:]), ibis.literal(0, "int64"))


def _left(steps: ir.Table, decay: float) -> ir.FloatingValue:
    """What is left of a touch's kernel at the end of its journey, 1 at the touch."""
    return (-decay * (steps.over - steps.since)).exp()


def _days(time: ir.TimestampValue) -> ir.FloatingValue:
    """Days since 1970."""
    return time.epoch_seconds() / float(_DAY)
