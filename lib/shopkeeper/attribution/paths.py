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
SPANS = (1, 3, 7, 14, 30, 90)  # upper limits of days from first touch to order that are told apart; above, one more
_CLEAR = 1.1  # times as often as channels do on the whole, from which a channel stands at its place
_FEWEST = 30  # steps of a channel, below which its stage is not told

STAGES = {
    "first": say("acquire"),  # 拉新
    "middle": say("nurture"),  # 种草
    "last": say("harvest"),  # 收割
    "mixed": say("mixed"),
}


def runs(touches: ir.Table) -> ir.Table:
    """Touches of journey_touches, less those that repeat the channel of the touch before: the steps of a path.

    Touches at the same moment stand in order of their channels' names, here and wherever order counts.
    """
    before = touches.channel.lag().over(group_by=JOURNEY, order_by=["touched_at", "channel"])
    return (
        touches.mutate(before=before).filter(ibis._.before.isnull() | (ibis._.before != ibis._.channel)).drop("before")
    )


def path_counts(touches: ir.Table) -> ir.Table:
    """One row per path: path, persons, conversions, revenue; of journey_touches, or of those that are ads (see ads).

    path         its last 20 steps in order, each a struct of place (0 is the last, -1 the one before) and channel
    persons      journeys that took it
    conversions  those that led to a first order; revenue: net_revenue of these orders, in the brand's currency
    """
    steps = runs(touches)
    latest_first = [steps.touched_at.desc(), steps.channel.desc()]
    steps = steps.mutate(place=-ibis.row_number().over(group_by=JOURNEY, order_by=latest_first))
    steps = steps.filter(steps.place > -LONGEST)
    step = ibis.struct({"place": steps.place, "channel": steps.channel})
    return _counted(steps.group_by(JOURNEY).agg(path=step.collect(), **_outcome(steps)), "path")


def channel_sets(touches: ir.Table) -> ir.Table:
    """One row per set of channels, in whatever order they touched: channels (sorted), persons, conversions, revenue."""
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


def spans(hours: pd.DataFrame) -> pd.DataFrame:
    """How many customers ordered how many days after the first touch: from_days, to_days, orders, share, cumulative.

    from_days is included, to_days is not; the last span is open (infinity).
    """
    edges = [0, *SPANS, np.inf]
    of = pd.cut(hours.hours / 24, edges, right=False, labels=False)
    orders = hours.orders.groupby(of).sum().reindex(range(len(SPANS) + 1), fill_value=0)
    share = orders / max(orders.sum(), 1)
    return pd.DataFrame(
        {"from_days": edges[:-1], "to_days": edges[1:], "orders": orders, "share": share, "cumulative": share.cumsum()}
    )


def stage_counts(paths: ir.Table) -> ir.Table:
    """How often a channel comes first, in the middle and last: channel, first, middle, last.

    paths: path_counts(ads(touches)); counted are paths that led to an order, of two channels or more.
    """
    led = paths.filter((paths.conversions > 0) & (paths.path.length() > 1))
    steps = led.select("conversions", length=led.path.length(), step=led.path.unnest())
    steps = steps.mutate(channel=steps.step.channel, place=steps.step.place)
    is_first, is_last = steps.place == 1 - steps.length, steps.place == 0
    return steps.group_by("channel").agg(
        first=steps.conversions.sum(where=is_first).fill_null(0),
        middle=steps.conversions.sum(where=~is_first & ~is_last).fill_null(0),
        last=steps.conversions.sum(where=is_last).fill_null(0),
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
