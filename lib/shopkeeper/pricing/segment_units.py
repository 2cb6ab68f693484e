"""What each segment of customers bought of each SKU, every customer being in the segment of the days before.

Who is put into a segment for what it bought at a low price answers to prices by construction; so a segment is what its
customers were on the day before the four weeks whose purchases are looked at.
"""

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.customers.audiences import refused
from shopkeeper.customers.history import customer_history
from shopkeeper.customers.lifecycle import Limits, lifecycle, limits, repeat_gaps
from shopkeeper.customers.rfm import rfm_scores, rfm_table
from shopkeeper.pricing.panel import PricePanel
from shopkeeper.report.words import Sentence, say
from shopkeeper.shop import Shop

WINDOW = 28  # days for which a customer stays in the segment of the day before them
OTHERS = "others"  # guests, first orders, and who does not want to be written to: in no segment
SEGMENTS: dict[str, Sentence] = {
    "new": say("New: first order within the last 30 days"),
    "once": say("Bought once"),
    "seldom": say("Active, few orders"),
    "often": say("Active, many orders"),
    "dormant": say("Dormant"),
    "lost": say("Lost"),
}


def segments_on(shop: Shop, day: dt.date, limits: Limits) -> pd.DataFrame:
    """One row per customer as known at the end of that day: customer_id, segment.

    Stages of customers.lifecycle; the active ones are told apart by their RFM score of order days, whose upper half is "often". Who is
    known not to consent to be contacted is left out.
    """
    seen = shop.seen_on(day)
    history = lifecycle(customer_history(seen.orders, day), limits)
    history = history.anti_join(refused(seen.customers), "customer_id")
    found = seen.load(rfm_table(history).join(history.select("customer_id", "stage"), "customer_id"))
    active = rfm_scores(found[found.stage == "active"])
    often = active.customer_id[active.f > (1 + active.f.max()) / 2]
    segment = found.stage.mask(found.stage == "active", "seldom").mask(found.customer_id.isin(often), "often")
    return found[["customer_id"]].assign(segment=segment)


def windows(shop: Shop, limits: Limits) -> list[dt.date]:
    """First days of the windows, the earliest first; the last one ends on as_of.

    None begins before orders of as many days are known as customers count as active: who came back would pass for new.
    """
    earliest = shop.first_day + dt.timedelta(days=limits.active)
    days = ((shop.as_of - earliest).days + 1) // WINDOW
    return [shop.as_of - dt.timedelta(days=WINDOW * back - 1) for back in range(days, 0, -1)]


def usual_limits(shop: Shop) -> Limits:
    """How long a customer counts as active here. Of all days that are known, as in profiling: it tells one customer from no other."""
    return limits(shop.load(repeat_gaps(shop.orders, shop.as_of)))


def segment_units(shop: Shop, panel: PricePanel, limits: Limits) -> pd.DataFrame:
    """Units sold by themselves: segment (or OTHERS), sku, period (of the panel), units; of the days of all windows."""
    lines = shop.order_lines
    lines = lines.filter((lines.quantity > 0) & lines.bundle.isnull() & lines["sku"].isin(list(panel.skus["sku"])))
    orders = shop.orders.select("order_id", "customer_id", day=shop.orders.ordered_at.date())
    bought = shop.keep(lines.select("order_id", "sku", "quantity").join(orders, "order_id").drop("order_id"))
    parts = [
        _bought_in(shop, bought, start, segments_on(shop, start - dt.timedelta(days=1), limits))
        for start in windows(shop, limits)
    ]
    told = pd.concat(parts) if parts else pd.DataFrame({name: [] for name in ("segment", "sku", "day", "units")})
    period = np.searchsorted(panel.starts, pd.to_datetime(told.day), side="right") - 1
    return told.assign(period=period)[period >= 0].groupby(["segment", "sku", "period"], as_index=False).units.sum()


def _bought_in(shop: Shop, bought: ir.Table, start: dt.date, members: pd.DataFrame) -> pd.DataFrame:
    last = start + dt.timedelta(days=WINDOW - 1)
    within = bought.filter(bought.day.between(ibis.literal(start), ibis.literal(last)))
    known = ibis.memtable(members.astype(object), schema={"customer_id": "string", "segment": "string"})
    both = within.left_join(known, "customer_id")
    segment = both.segment.fill_null(OTHERS)
    return shop.load(both.group_by("sku", "day", segment=segment).agg(units=both.quantity.sum().cast("float64")))
