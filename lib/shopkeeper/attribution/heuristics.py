"""Heuristics: rules of thumb that share each order out among the touches before it. They measure no effect."""

from typing import Literal

import ibis
import ibis.expr.types as ir

from shopkeeper.report.words import Sentence, say

Rule = Literal["last", "last_non_direct", "last_click", "first", "linear", "position", "time_decay"]

RULES: dict[Rule, Sentence] = {
    "last": say("last touch"),
    "last_non_direct": say("last touch that is no unpaid visit"),
    "last_click": say("last click"),
    "first": say("first touch"),
    "linear": say("all touches alike"),
    "position": say("40% first, 40% last, 20% between"),
    "time_decay": say("halved every 7 days before the order"),
}
_HALF_LIFE = 7 * 86_400  # seconds
_ENDS = 0.4  # of an order, to the first and to the last touch each


def credit(touches: ir.Table, rule: Rule) -> ir.Table:
    """Orders and revenue by channel as the rule credits them: channel, orders, revenue.

    touches: of journey_touches. revenue: net_revenue in the brand's currency. Over all channels both add up to what the
    journeys brought. Touches at the same moment stand in order of their channels' names.

    last_non_direct steps over unpaid visits, and last_click over views of ads too, unless the journey has nothing else.
    position gives two touches half each, and one touch everything.
    """
    weighed = _weighed(touches.filter(touches.order_id.notnull()), rule)
    share = weighed.weight / weighed.weight.sum().over(group_by="order_id")
    shared = weighed.mutate(orders=share, revenue=share * weighed.net_revenue).filter(weighed.weight > 0)
    return shared.group_by("channel").agg(orders=shared.orders.sum(), revenue=shared.revenue.sum())


def _weighed(led: ir.Table, rule: Rule) -> ir.Table:
    """Touches that led to an order, with the weight of each within it."""
    kind = led.kind.fill_null("view")
    match rule:
        case "last":
            return led.mutate(weight=_is_last(led, ibis.literal(0)))
        case "last_non_direct":
            return led.mutate(weight=_is_last(led, (kind != "visit").cast("int64")))
        case "last_click":
            return led.mutate(weight=_is_last(led, ibis.cases((kind == "click", 2), (kind == "view", 1), else_=0)))
        case "first":
            return led.mutate(weight=(_number(led, ["touched_at", "channel"]) == 0).cast("float64"))
        case "linear":
            return led.mutate(weight=ibis.literal(1.0))
        case "position":
            return led.mutate(weight=_by_position(led))
        case "time_decay":
            age = led.ordered_at.delta(led.touched_at, unit="second").cast("float64")
            return led.mutate(weight=ibis.literal(2.0) ** (-age / _HALF_LIFE))


def _number(led: ir.Table, order: list[str | ir.Value]) -> ir.IntegerValue:
    return ibis.row_number().over(group_by="order_id", order_by=order)


def _is_last(led: ir.Table, rank: ir.Value) -> ir.FloatingValue:
    """1 for the last of the touches of highest rank, 0 for the others."""
    latest = [rank.desc(), led.touched_at.desc(), led.channel.desc()]
    return (_number(led, latest) == 0).cast("float64")


def _by_position(led: ir.Table) -> ir.FloatingValue:
    number, n = _number(led, ["touched_at", "channel"]), led.count().over(group_by="order_id")
    is_end = (number == 0) | (number == n - 1)
    return ibis.cases((n <= 2, 1.0), (is_end, _ENDS), else_=(1 - 2 * _ENDS) / ibis.greatest(n - 2, 1))
