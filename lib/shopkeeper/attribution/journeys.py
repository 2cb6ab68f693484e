"""Journeys: the touches that lead to a first order, or to none, and what is left out of them."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopkeeper.report.words import Sentence, count, people, percent, say

IDLE = 90  # days without a touch, after which a journey is over and a later touch begins a fresh one
MOST, MOST_A_DAY = 500, 100  # touches before the first order, in all and on one day, beyond which it is a machine
OUTCOMES = ("counted", "machine", "after the order", "known before", "no journey")  # of touches and new customers
_IDLE = ibis.interval(days=IDLE)
_ORDER = ("ordered_at", "order_id", "net_revenue")


def journey_touches(touches: ir.Table, orders: ir.Table, as_of: dt.date) -> ir.Table:
    """The touches that count, one row each: person, touched_at, channel, kind, cost, first_touch_at, ordered_at, order_id, net_revenue.

    person          the customer_id that the touch or its visitor is known by, else the visitor_id
    first_touch_at  when the journey began: a person who comes back after 90 days without a touch begins a fresh one,
                    so that person and first_touch_at name the journey
    ordered_at      time of the person's first order, on the journey that led to it; null where none did by the end of
                    as_of, nor within 90 days of its last touch
    order_id, net_revenue  of that order, before returns, in the brand's currency; null with it

    Touches after a person's first order do not count, and so nobody does who had ordered before the first touch; nor
    do touches of machines: persons with over 500 touches, or over 100 on one day.
    """
    seen = _beside_first_order(touches, orders, as_of)
    before = seen.filter(~seen.is_after)
    counted = before.anti_join(_machines(before), "person")
    span = counted.group_by("person").agg(first_touch_at=counted.touched_at.min(), last_at=counted.touched_at.max())
    spanned = counted.inner_join(span, "person")
    is_long = spanned.last_at > spanned.first_touch_at + _IDLE
    # Few persons are touched for so long that they can have come back, and only those have to be sorted.
    named = spanned.filter(~is_long).union(_by_journey(spanned.filter(is_long)))
    led = named.mutate(led=named.ordered_at <= named.last_at + _IDLE)
    order = {name: led.led.ifelse(led[name], ibis.null(led[name].type())) for name in _ORDER}
    return led.select("person", "touched_at", "channel", "kind", "cost", "first_touch_at", **order)


def journey_account(touches: ir.Table, orders: ir.Table, as_of: dt.date) -> ir.Table:
    """What became of every touch and every new customer: one row per outcome, with touches, persons, new_customers.

    outcome: of touches, "counted", "machine", "after the order" (of persons who are counted too) or "known before" (of
    persons who had ordered before their first touch); "no journey" holds the other new customers, without touches.
    new_customers: persons whose first order ended a journey. All of them together are the named customers whose first
    order came since touches are known; touches add up to all until the end of as_of.
    """
    seen = _beside_first_order(touches, orders, as_of)
    each = _each_person(seen)
    firsts = _first_orders(orders.filter(orders.ordered_at < _end(as_of)))
    new = firsts.filter(firsts.ordered_at >= seen.touched_at.min().as_scalar())
    lacking = new.anti_join(each.filter(each.led), new.customer == each.person)
    parts = ibis.union(
        _part(each.filter(each.before > 0), each.is_machine.ifelse("machine", "counted"), each.before, each.led),
        _part(
            each.filter(each.after > 0),
            (each.before > 0).ifelse("after the order", "known before"),
            each.after,
            ibis.literal(False),
        ),
        _part(lacking, ibis.literal("no journey"), ibis.literal(0), ibis.literal(True)),
    )
    return parts.group_by("outcome").agg(
        touches=parts.touches.sum(), persons=parts.count(), new_customers=parts.is_new.sum()
    )


def _part(persons: ir.Table, outcome: ir.Value, touches: ir.Value, is_new: ir.Value) -> ir.Table:
    return persons.select(outcome=outcome, touches=touches.cast("int64"), is_new=is_new)


def account_told(account: pd.DataFrame) -> Sentence:
    """What the journeys hold and what was left out, in a sentence for the report. account: of journey_account."""
    by = account.set_index("outcome").reindex(OUTCOMES, fill_value=0)
    touches, new = by.touches, by.new_customers
    return say(
        "Counted are {touches} touches of {persons} people, of whom {new} went on to a first order. Left out are {after} "
        "touches after the first order, {known} of people who had ordered before, and {machine} that look like a "
        "machine's: more than {most} touches, or more than {daily} on one day. Of new customers, {share} came without a "
        "journey: platforms do not tell each other who their visitors are.",
        touches=count(touches["counted"]), persons=people(by.persons["counted"]), new=people(new["counted"]),
        after=count(touches["after the order"]), known=count(touches["known before"]), machine=count(touches["machine"]),
        most=count(MOST), daily=count(MOST_A_DAY), share=percent(new["no journey"] / max(new.sum(), 1)),
    )  # fmt: skip


def _beside_first_order(touches: ir.Table, orders: ir.Table, as_of: dt.date) -> ir.Table:
    """Every touch with its person and that person's first order; is_after: whether it came after that order."""
    seen = touches.filter(touches.touched_at < _end(as_of))
    known = seen.filter(seen.customer_id.notnull()).group_by("visitor_id").agg(known_as=ibis._.customer_id.min())
    seen = seen.left_join(known, "visitor_id").mutate(customer=ibis.coalesce(ibis._.customer_id, ibis._.known_as))
    seen = seen.left_join(_first_orders(orders.filter(orders.ordered_at < _end(as_of))), "customer")
    return seen.select(
        "touched_at", "channel", "kind", "cost", *_ORDER,
        person=ibis.coalesce(seen.customer, seen.visitor_id),
        is_after=(seen.touched_at > seen.ordered_at).fill_null(False),
    )  # fmt: skip


def _first_orders(orders: ir.Table) -> ir.Table:
    """One row per named customer; of orders at the same moment, the first by order_id."""
    named = orders.filter(orders.customer_id.notnull())
    order = ibis.row_number().over(group_by="customer_id", order_by=["ordered_at", "order_id"])
    firsts = named.mutate(number=order).filter(ibis._.number == 0)
    return firsts.select(*_ORDER, customer="customer_id")


def _by_journey(spanned: ir.Table) -> ir.Table:
    """The same touches with first_touch_at and last_at of their journey, in place of their person's."""
    before = spanned.touched_at.lag().over(group_by="person", order_by="touched_at")
    is_fresh = before.isnull() | (spanned.touched_at > before + _IDLE)
    begins = spanned.mutate(begins_at=is_fresh.ifelse(spanned.touched_at, ibis.null("timestamp(6)")))
    # Until the same moment, not the same row: touches at one moment stand in no order.
    so_far = ibis.range_window(following=0, group_by="person", order_by="touched_at")
    named = begins.mutate(first_touch_at=begins.begins_at.max().over(so_far)).drop("begins_at")
    return named.mutate(last_at=named.touched_at.max().over(group_by=["person", "first_touch_at"]))[
        list(spanned.columns)
    ]


def _each_person(seen: ir.Table) -> ir.Table:
    """One row per person: touches before and after the first order, is_machine, and led, whether a journey led to it."""
    each = seen.group_by("person").agg(
        before=(~seen.is_after).sum(), after=seen.is_after.sum(), ordered_at=seen.ordered_at.max(),
        last_at=seen.touched_at.max(where=~seen.is_after),
    )  # fmt: skip
    marked = each.left_join(_machines(seen.filter(~seen.is_after)).mutate(mark=True), "person")
    led = (marked.ordered_at <= marked.last_at + _IDLE).fill_null(False)
    return marked.select("person", "before", "after", led=led, is_machine=marked.mark.fill_null(False))


def _end(as_of: dt.date) -> ir.TimestampValue:
    return ibis.timestamp(str(as_of + dt.timedelta(days=1)))


def _machines(before: ir.Table) -> ir.Table:
    """Persons who touch more often than people do, of touches before the first order: person."""
    many = before.group_by("person").agg(n=before.count()).filter(ibis._.n > MOST_A_DAY)
    some = before.semi_join(many, "person")  # few, so that days are counted for few
    daily = some.group_by("person", day=some.touched_at.date()).agg(n=some.count())
    each = daily.group_by("person").agg(total=daily.n.sum(), most=daily.n.max())
    return each.filter((each.total > MOST) | (each.most > MOST_A_DAY)).select("person")
