"""Journeys of known truth, made without the library: touches, first orders, and how many orders each channel brings.

Truth is what is lost when a channel is switched off: every visitor keeps the other touches and the same luck, a unit
exponential that the summed-up hazard has to reach.
"""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

Floats = np.ndarray
Draw = np.random.Generator

DAYS = 150
FIRST = pd.Timestamp("2024-01-01")
AS_OF = dt.date(2024, 5, 29)  # the last of the days
VISIT = "own visit"
RATE = np.array([0.030, 0.012, 0.022, 0.014, 0.010, 0.016, 0.006, 0.012])  # touches a day in the market
EFFECT = np.array([0.008, 0.022, 0.007, 0.012, 0.006, 0.003, 0.024, 0.000])  # orders that one touch brings
HALF_LIFE = np.array([2.0, 3.0, 8.0, 0.7, 5.0, 2.5, 10.0, 2.0])
CHANNELS = [f"channel {number}" for number in range(len(RATE))]
STAYS, VISITS, BASE, INTENT = (
    25.0,
    0.05,
    0.0016,
    0.8,
)  # days in the market, visits and orders a day, spread of log intent
PROMOTED = [(30, 35), (75, 80), (120, 126)]  # days on which twice as many order and half as many again are touched


@dataclass(frozen=True)
class World:
    """touches: who (a number), day, channel (number; -1 for the visitor's own visit). ordered: day by visitor,
    infinite for none. lost: orders lost without each channel; lost_all: without all of them.
    """

    touches: pd.DataFrame
    ordered: Floats
    lost: Floats
    lost_all: float

    def tables(self) -> tuple[ir.Table, ir.Table]:
        """`touches` and `orders`, as far as these columns are asked for."""
        touches = pd.DataFrame({
            "visitor_id": "v" + self.touches.who.astype(str),
            "customer_id": ("c" + self.touches.who.astype(str)).where(np.isfinite(self.ordered[self.touches.who])),
            "touched_at": stamp(self.touches.day),
            "channel": np.array([*CHANNELS, VISIT])[self.touches.channel],
            "kind": np.where(self.touches.channel < 0, "visit", "click"),
            "cost": np.where(self.touches.channel < 0, np.nan, 1.0),
        })  # fmt: skip
        who = np.flatnonzero(np.isfinite(self.ordered))
        orders = pd.DataFrame({
            "order_id": [f"o{number}" for number in who],
            "customer_id": [f"c{number}" for number in who],
            "ordered_at": stamp(pd.Series(self.ordered[who])),
            "net_revenue": 100.0,
        })  # fmt: skip
        return _typed(touches), _typed(orders)

    def last_click(self) -> Floats:
        """Orders by the channel of the last touch that is no visit."""
        paid = self.touches[(self.touches.channel >= 0) & (self.touches.day < self.ordered[self.touches.who])]
        last = paid.sort_values("day").groupby("who").channel.last()
        return np.bincount(last[np.isfinite(self.ordered[last.index])], minlength=len(CHANNELS))


def _typed(frame: pd.DataFrame) -> ir.Table:
    kinds = {"touched_at": "timestamp(6)", "ordered_at": "timestamp(6)", "cost": "float64", "net_revenue": "float64"}
    return ibis.memtable(frame, schema={name: kinds.get(name, "string") for name in frame})


def load(expression: ir.Table) -> pd.DataFrame:
    """As shop.load does."""
    return expression.order_by(list(expression.columns)).to_pandas()


def stamp(day: pd.Series) -> pd.Series:
    """A day and its fraction as a time."""
    return (FIRST + pd.to_timedelta(day, unit="D")).astype("datetime64[us]")


def promotions() -> pd.DataFrame:
    """As in the contract."""
    ends = pd.DataFrame(PROMOTED, columns=["from", "to"])
    return pd.DataFrame({
        "starts_on": FIRST + pd.to_timedelta(ends["from"], unit="D"),
        "ends_on": FIRST + pd.to_timedelta(ends["to"] - 1, unit="D"),
    })  # fmt: skip


def in_promotion(day: Floats) -> Floats:
    """Whether each day lies in a promotion."""
    return np.any([(day >= begin) & (day < end) for begin, end in PROMOTED], axis=0)


def promoted_until(day: Floats) -> Floats:
    """Days of promotion from the first day on."""
    return sum(np.clip(day, begin, end) - begin for begin, end in PROMOTED)


def market(draw: Draw, visitors: int) -> tuple[Floats, Floats, Floats]:
    """Of each visitor: day of entry into the market, day of leaving it, intent (mean 1)."""
    enters = draw.uniform(-30, DAYS, visitors)
    intent = np.exp(INTENT * draw.normal(size=visitors) - INTENT**2 / 2)
    return enters, enters + draw.exponential(STAYS, visitors), intent


def touched(draw: Draw, people: tuple[Floats, Floats, Floats], confounding: float, rate: Floats) -> pd.DataFrame:
    """Touches of all channels and own visits within the days; a channel's rate goes with intent to the power of confounding."""
    enters, leaves, intent = people
    pull = intent**confounding / np.mean(intent**confounding)
    parts = []
    for channel, pace in enumerate([*rate, VISITS]):
        is_visit = channel == len(rate)
        expected = 1.5 * pace * (intent if is_visit else pull) * (leaves - enters)
        who = np.repeat(np.arange(len(enters)), draw.poisson(expected))
        at = draw.uniform(enters[who], leaves[who])
        kept = (at > 0) & (at < DAYS) & (draw.random(len(at)) < np.where(in_promotion(at), 1.0, 1 / 1.5))
        parts.append(pd.DataFrame({"who": who, "day": at, "channel": -1 if is_visit else channel})[kept])
    return pd.concat(parts, ignore_index=True)


def additive(seed: int, confounding: float = 0.0, visitors: int = 40_000) -> World:
    """Hazard: intent × base, and for each touch effect × an exponential kernel, whose half-lives are not the library's."""
    draw = np.random.default_rng(seed)
    people = enters, leaves, intent = market(draw, visitors)
    touches = touched(draw, people, confounding, RATE)
    luck = draw.exponential(size=visitors)
    paid = touches[touches.channel >= 0]
    who, at, channel = paid.who.to_numpy(), paid.day.to_numpy(), paid.channel.to_numpy()

    def summed(day: Floats, off: int = -1) -> Floats:
        """The hazard of each visitor up to the day."""
        begin, end = np.maximum(enters, 0), np.maximum(np.minimum(leaves, day), np.maximum(enters, 0))
        base = BASE * intent * (end - begin + promoted_until(end) - promoted_until(begin))
        gone = np.maximum(day[who] - at, 0) * np.log(2) / HALF_LIFE[channel]
        each = EFFECT[channel] * -np.expm1(-gone) * (channel != off)
        return base + np.bincount(who, each, visitors)

    end = np.full(visitors, float(DAYS))
    orders = summed(end) >= luck
    lost = np.array([np.sum(orders & (summed(end, off) < luck)) for off in range(len(RATE))])
    no_effect = summed(end) - np.bincount(
        who, EFFECT[channel] * -np.expm1(-(DAYS - at) * np.log(2) / HALF_LIFE[channel]), visitors
    )
    low, high = np.zeros(visitors), end.copy()
    for _ in range(40):
        middle = (low + high) / 2
        reached = summed(middle) >= luck
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return World(touches, np.where(orders, high, np.inf), lost, float(np.sum(orders & (no_effect < luck))))


STEP, LONGEST = 0.5, 60.0  # days of a step, and in the market at most
ODDS = 0.0035  # of ordering a day, at first
LIFT = np.array([0.9, 1.6, 0.6, 2.0, 0.8, 0.4, 1.2, 0.0])  # of the log odds of ordering, right after a touch
SCALE = np.array([2.0, 3.0, 6.0, 0.7, 4.0, 2.0, 9.0, 2.0])  # days of carry-over


def multiplied(seed: int, confounding: float = 0.0, visitors: int = 40_000) -> World:
    """Another hazard: in steps of twelve hours the odds of ordering are intent × base, which wanes the longer one is in the
    market, times e to the power of each touch's lift, which fades like a Weibull's survival.
    """
    draw = np.random.default_rng(seed)
    enters, leaves, intent = market(draw, visitors)
    begin = np.maximum(enters, 0.0)
    leaves = np.minimum(leaves, begin + LONGEST)
    touches = touched(draw, (enters, leaves, intent), confounding, RATE)
    luck = draw.exponential(size=visitors)
    day = (begin[:, None] + STEP * np.arange(LONGEST / STEP)).astype(np.float32)
    odds = (ODDS * STEP * intent[:, None] * (1 + day - enters[:, None]) ** -0.2).astype(np.float32)
    odds *= (1 + in_promotion(day)) * (day < np.minimum(leaves, DAYS)[:, None])

    lifts = [_lift(touches[touches.channel == channel], begin, odds.shape, channel) for channel in range(len(RATE))]

    def summed(lift: Floats) -> Floats:
        return np.cumsum(np.log1p(odds * np.exp(lift)), axis=1)

    whole = sum(lifts)
    reached = summed(whole)
    orders, step = reached[:, -1] >= luck, np.argmax(reached >= luck[:, None], axis=1)
    ordered = np.where(orders, begin + STEP * (step + draw.random(visitors)), np.inf)
    without = [summed(off)[:, -1] for off in [*(whole - lift for lift in lifts), np.float32(0.0)]]
    *lost, lost_all = [int(np.sum(orders & (each < luck))) for each in without]
    return World(touches, np.where(ordered < DAYS, ordered, np.inf), np.array(lost), float(lost_all))


def _lift(touches: pd.DataFrame, begin: Floats, shape: tuple[int, int], channel: int) -> Floats:
    """What a channel's touches add to the log odds, by visitor and step."""
    who, ahead = touches.who.to_numpy(), np.arange(shape[1])
    step = 1 + ((touches.day.to_numpy() - begin[who]) / STEP).astype(int)
    fading = LIFT[channel] * np.exp(-((STEP * (ahead + 0.5) / SCALE[channel]) ** 0.7))
    place = step[:, None] + ahead
    flat = (who[:, None] * shape[1] + place)[place < shape[1]]
    weights = np.broadcast_to(fading, place.shape)[place < shape[1]]
    return np.bincount(flat, weights, shape[0] * shape[1]).reshape(shape).astype(np.float32)
