"""Paths: the channels of a journey one after the other, how often each path is taken, and where on it a channel stands."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.customers.activity import Z90
from shopkeeper.report.words import Sentence, number, say
from shopkeeper.tables import DataError

JOURNEY = ("person", "first_touch_at")
LONGEST = 20  # steps of a path, the last ones: what came before them is cut off
_CLEAR = 1.1  # times as often as channels do on the whole, from which a channel stands at its place
_FEWEST = 30  # steps of a channel, below which its stage is not told

STAGES = {
    "first": say("acquire"),  # 拉新
    "middle": say("nurture"),  # 种草
    "last": say("harvest"),  # 收割
    "mixed": say("mixed"),
}


def steps(touches: ir.Table) -> ir.Table:
    """One row per step of a journey: person, first_touch_at, place, channel, order_id, net_revenue.

    touches: of journey_touches, or those of them that are ads (see ads). A touch that repeats the channel of the one before
    is no step of its own. place: 0 is the last step, -1 the one before. Touches at the same moment stand in order of their
    channels' names, here and wherever order counts. order_id, net_revenue: of the order that the journey led to, or null.
    """
    before = touches.channel.lag().over(group_by=JOURNEY, order_by=["touched_at", "channel"])
    marked = touches.mutate(before=before)
    changed = marked.filter(marked.before.isnull() | (marked.before != marked.channel))
    latest_first = [changed.touched_at.desc(), changed.channel.desc()]
    place = -ibis.row_number().over(group_by=JOURNEY, order_by=latest_first)
    return changed.select(*JOURNEY, "channel", "order_id", "net_revenue", place=place)


def path_counts(steps: ir.Table) -> ir.Table:
    """One row per path: path, persons, conversions, revenue.

    path         its last 20 steps in order, each a struct of place and channel
    persons      journeys that took it
    conversions  those that led to a first order; revenue: net_revenue of these orders, in the brand's currency
    """
    kept = steps.filter(steps.place > -LONGEST)
    step = ibis.struct({"place": kept.place, "channel": kept.channel})
    return _counted(kept.group_by(JOURNEY).agg(path=step.collect(), **_outcome(kept)), "path")


def channel_sets(touches: ir.Table) -> ir.Table:
    """One row per set of channels, in any order: channels (sorted), persons, conversions, revenue; of touches or their steps."""
    each = touches.group_by(JOURNEY).agg(channels=touches.channel.collect(distinct=True), **_outcome(touches))
    return _counted(each, "channels")


def _outcome(touches: ir.Table) -> dict[str, ir.Value]:
    return {"converted": touches.order_id.notnull().any(), "net_revenue": touches.net_revenue.max()}


def _counted(each: ir.Table, key: str) -> ir.Table:
    each = each.mutate(**{key: each[key].sort()})
    return each.group_by(key).agg(
        persons=each.count(), conversions=each.converted.sum(), revenue=each.net_revenue.sum().fill_null(0.0)
    )


def ads(touches: ir.Table) -> ir.Table:
    """The touches that are views and clicks of ads, without unpaid visits; a touch of unknown kind counts as an ad."""
    return touches.filter(touches.kind.fill_null("ad") != "visit")


def check_enough(channels: list[str], journeys: float, conversions: float) -> None:
    """DataError when these journeys cannot tell one channel from another."""
    if not channels:
        raise DataError(
            "touches: no touch counts for a journey, so there is nothing to attribute. Import the touches of visitors, with "
            "visitor_id, touched_at and channel, from before their first orders."
        )
    if not conversions:
        raise DataError(
            f"touches: none of {journeys:,.0f} journeys led to an order, so no channel has brought any. A visitor is known as "
            "a customer by customer_id: give it in touches where a visitor signed in or ordered."
        )
    if len(channels) == 1:
        raise DataError(
            f"touches: all {journeys:,.0f} journeys know one channel alone ({channels[0]}), so there is nothing to divide. "
            "Name the touches of the other channels as sources in brand.toml."
        )


def common_paths(paths: ir.Table, n: int = 10) -> ir.Table:
    """The paths of path_counts by which most customers came: with share, of all conversions, 0–1, and rank from 1.

    Of paths that are as common, the one with the higher revenue comes first.
    """
    led = paths.filter(paths.conversions > 0)
    told = led.mutate(share=led.conversions / led.conversions.sum().over())
    order = [ibis.desc("conversions"), ibis.desc("revenue"), "path"]
    return told.mutate(rank=ibis.row_number().over(order_by=order) + 1).filter(ibis._["rank"] <= n)


def channels_of(path: np.ndarray) -> tuple[str, ...]:
    """The channels of a loaded path, in order."""
    return tuple(step["channel"] for step in path)


def hours_to_order(touches: ir.Table) -> ir.Table:
    """How many journeys took how long from first touch to order, in whole hours: hours, orders."""
    led = touches.filter(touches.order_id.notnull())
    each = led.group_by("order_id").agg(
        hours=led.ordered_at.min().delta(led.first_touch_at.min(), unit="second") // 3600
    )
    return each.group_by("hours").agg(orders=each.count())


def median_days(hours: pd.DataFrame) -> tuple[float, float, float]:
    """Median days from first touch to order, with its 90% interval; hours: of hours_to_order. Nulls without orders.

    The interval runs between order statistics, whatever the distribution (Conover, 1999, Practical Nonparametric
    Statistics, 3rd ed., 3.2).
    """
    if hours.empty:
        return np.nan, np.nan, np.nan
    told = hours.sort_values("hours")
    n, so_far = told.orders.sum(), told.orders.cumsum().to_numpy()
    reach = Z90 * np.sqrt(n) / 2
    ranks = np.clip([np.ceil(n / 2), np.floor(n / 2 - reach), np.ceil(n / 2 + reach)], 1, n)
    middle, low, high = told.hours.to_numpy()[np.searchsorted(so_far, ranks)] / 24
    return float(middle), float(low), float(high)


def days_told(hours: pd.DataFrame) -> Sentence:
    """How long new customers take, in a sentence for the report. hours: of hours_to_order."""
    middle, low, high = median_days(hours)
    return say(
        "Half of the new customers ordered within {days} days of the first touch (90%: {low} to {high})",
        days=number(middle), low=number(low), high=number(high),
    )  # fmt: skip


def stage_counts(paths: ir.Table) -> ir.Table:
    """How often a channel comes first, in the middle and last: channel, first, middle, last.

    paths: path_counts(steps(ads(touches))); counted are paths that led to an order, of two channels or more.
    """
    led = paths.filter((paths.conversions > 0) & (paths.path.length() > 1))
    each = led.select("conversions", length=led.path.length(), step=led.path.unnest())
    each = each.mutate(channel=each.step.channel, place=each.step.place)
    is_first, is_last = each.place == 1 - each.length, each.place == 0
    return each.group_by("channel").agg(
        first=each.conversions.sum(where=is_first).fill_null(0),
        middle=each.conversions.sum(where=~is_first & ~is_last).fill_null(0),
        last=each.conversions.sum(where=is_last).fill_null(0),
    )


def stages(counts: pd.DataFrame) -> pd.DataFrame:
    """The counts of stage_counts with each channel's shares first_share, middle_share, last_share, and its stage.

    stage: the place at which the channel stands most above all channels together, as a key of STAGES; "mixed" unless it
    stands there 1.1 times as often as they do, surely so (90%), in 30 steps or more.
    """
    places = ["first", "middle", "last"]
    n, usual = counts[places].sum(axis=1), counts[places].sum() / counts[places].to_numpy().sum()
    share = counts[places].div(n, axis=0)
    lift = share / usual
    surely = ((share - usual) / np.sqrt(usual * (1 - usual))).mul(np.sqrt(n), axis=0)
    is_clear = (lift >= _CLEAR) & (surely >= Z90) & (n >= _FEWEST).to_numpy()[:, None]
    stage = lift.where(is_clear).fillna(0.0).idxmax(axis=1).where(is_clear.any(axis=1), "mixed")
    return counts.join(share.add_suffix("_share")).assign(stage=stage)
