"""Touches made by hand."""

import ibis
import ibis.expr.types as ir
import pandas as pd

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
