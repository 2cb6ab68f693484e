"""Touches made by hand."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd
from by_hand import make_orders
from shopkeeper.attribution.journeys import journey_touches

_KINDS = {
    "visitor_id": "string", "customer_id": "string", "touched_at": "timestamp(6)", "channel": "string",
    "campaign": "string", "kind": "string", "cost": "float64",
}  # fmt: skip


def make_touches(*touches: tuple) -> ir.Table:
    """A `touches` table of (visitor, customer, time, channel), views of no cost unless kind and cost follow."""
    names = ["visitor_id", "customer_id", "touched_at", "channel", "kind", "cost"]
    frame = pd.DataFrame([(*touch, *("view", 0.0)[len(touch) - 4 :]) for touch in touches], columns=names)
    frame["touched_at"] = pd.to_datetime(frame.touched_at, format="mixed").astype("datetime64[us]")
    return ibis.memtable(frame.assign(campaign=None)[list(_KINDS)], schema=_KINDS)


def make_journeys(*journeys: tuple[str, float | None]) -> ir.Table:
    """Touches of journeys, each the channels of its path, a day apart, and what its order brought at the last touch."""
    start = dt.datetime(2024, 3, 1, 12)
    touches, orders = [], [("nobody", "2020-01-01", 1.0)]
    for number, (path, revenue) in enumerate(journeys):
        days = [start + dt.timedelta(days=k) for k in range(len(path.split()))]
        touches += [(f"v{number}", f"c{number}", at, name) for at, name in zip(days, path.split(), strict=True)]
        orders += [] if revenue is None else [(f"c{number}", str(days[-1]), revenue)]
    return journey_touches(make_touches(*touches), make_orders(*orders), dt.date(2024, 12, 31))
