"""Aftermath: when orders are paid, sent, delivered and confirmed, what is paid back and why."""

import numpy as np
import pandas as pd

from shopkeeper.simulate.checkout import SALE, UNPAID
from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.identities import order_key
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.segments import column

REASONS = ("七天无理由退换货", "过敏/不适", "与描述不符", "质量问题", "少件/破损")
# Weight of each reason by category (rows as catalogue categories): serums irritate, make-up disappoints, sets break.
_REASONS = np.array([
    (4, 4.0, 1, 1, 1), (4, 3.0, 1, 1, 1), (4, 3.0, 1, 1, 1), (4, 2.0, 1, 1, 1.5),
    (4, 3.0, 1.5, 1, 0.5), (5, 0.7, 5, 1, 1.5), (4, 1.0, 1, 1, 1.5), (5, 0.3, 1, 1, 4),
], dtype=float)  # fmt: skip
UNSHIPPED_REASONS = ("多拍/拍错/不想要", "未按约定时间发货", "收货信息填写错误")
_UNSHIPPED = (6.0, 1.5, 1.0)
# Relative return rate by category.
_CATEGORY = np.array([1.0, 0.9, 0.8, 0.7, 1.0, 1.7, 0.7, 1.0])
_PARTLY = np.array([0.02, 0.1, 0.15, 0.45, 0.6])  # chance of keeping the goods for part of the money, by reason
_WITHDRAWN = 0.09  # withdrawn requests, as a share of those granted
_DAY = 86_400
_COLUMNS = [
    "order", "line", "sku", "reason", "quantity", "refund_fen", "asked_at", "done_at", "is_granted", "is_unshipped",
]  # fmt: skip


def add_times(draws: Draws, orders: pd.DataFrame) -> pd.DataFrame:
    """Orders with paid_at, sent_at, delivered_at and confirmed_at; not a time where it never happens."""
    orders = orders.copy()
    key = order_key(orders)
    is_paid = (orders.kind != UNPAID).to_numpy()
    waits = {
        "paid_at": 10 + draws.integer("pay seconds", 290, *key),
        "sent_at": 3600 * 8 + draws.integer("send seconds", 40 * 3600, *key),
        "delivered_at": _DAY + draws.integer("deliver seconds", 3 * _DAY, *key),
        "confirmed_at": _DAY + draws.integer("confirm seconds", 9 * _DAY, *key),
    }
    last = orders["at"].astype("datetime64[s]")
    for name, seconds in waits.items():
        last = last + _seconds(seconds)
        if name == "paid_at":  # no order is unpaid at midnight, when exports are made, and paid after it
            midnight = orders["at"].to_numpy().astype("datetime64[D]") + np.timedelta64(1, "D")
            last = np.minimum(last, midnight - np.timedelta64(1, "s"))
        orders[name] = last.where(is_paid)
    return orders


def _seconds(count: Floats | Ints) -> pd.TimedeltaIndex:
    return pd.to_timedelta(np.asarray(count, np.int64), unit="s").astype("timedelta64[s]")


def return_chances(scene: Scene, lines: pd.DataFrame, segment: Ints) -> Floats:
    """Each delivered line's chance to come back: return_rate on average over SKUs and customers alike, at most 0.9."""
    relative = column(scene.segments, "returns")[segment] * _CATEGORY[lines.category]
    return np.asarray(np.minimum(scene.world.return_rate * relative, 0.9), np.float64)


def make_returns(scene: Scene, people: pd.DataFrame, orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Requests for money back: order, line, sku, reason, quantity, refund_fen, asked_at, done_at, is_granted, is_unshipped.

    Unshipped ones are of a whole order, asked for and settled before it would have been sent. All others come after
    the delivery and are settled 1 to 15 days after it. Those settled after the last day are not known yet, and left out. A withdrawn one (not
    granted) brings no money back. quantity: units that come back, 0 for money alone.
    """
    world, draws = scene.world, scene.draws
    category = scene.catalogue.skus.category.to_numpy()[lines.sku]
    owner = orders.loc[lines["order"], ["customer", "kind", "paid_at", "sent_at", "delivered_at"]].reset_index(
        drop=True
    )
    lines = lines.drop(columns="customer").reset_index(drop=True).join(owner).assign(category=category)
    lines = lines[lines.kind == SALE]
    is_early = draws.uniform("unshipped", lines.key, lines.number) < world.unshipped_rate
    late = lines[~is_early]
    chance = return_chances(scene, late, people.segment.to_numpy()[late.customer])
    u = draws.uniform("returns", late.key, late.number, late.sku)
    asked = late.assign(is_granted=u < chance)[u < chance * (1 + _WITHDRAWN)].reset_index(drop=True)
    parts = [_unshipped(draws, lines[is_early]), _settled(draws, _refunds(draws, asked))]
    both = pd.concat([part[_COLUMNS] for part in parts if len(part)] or [parts[0][_COLUMNS]], ignore_index=True)
    return both[both.done_at < world.ends_at].sort_values(["asked_at", "order", "line"], ignore_index=True)


def _unshipped(draws: Draws, lines: pd.DataFrame) -> pd.DataFrame:
    """All lines of orders refunded before they are sent: the customer changed its mind."""
    reason = draws.pick("unshipped reason", _UNSHIPPED, lines.key, lines.number)
    wait = (lines.sent_at - lines.paid_at).dt.total_seconds().to_numpy()
    asked = lines.paid_at + _seconds(wait * 0.6 * draws.uniform("unshipped wait", lines.key, lines.number))
    return lines.assign(
        reason=np.array(UNSHIPPED_REASONS)[reason], refund_fen=lines.paid_fen, quantity=0, asked_at=asked,
        done_at=asked + _seconds(wait * 0.3), is_granted=True, is_unshipped=True,
    )  # fmt: skip


def _refunds(draws: Draws, asked: pd.DataFrame) -> pd.DataFrame:
    """Reason, units that come back and money: all units, or none of them and part of the money."""
    asked = asked.copy()
    key = (asked.key, asked.number, asked.sku)
    reason = draws.pick("return reason", _REASONS[asked.category], *key)
    is_part = draws.uniform("return partly", *key) < _PARTLY[reason]
    part = 0.15 + 0.4 * draws.uniform("return part", *key)
    asked["reason"] = np.array(REASONS)[reason]
    asked["refund_fen"] = np.where(is_part, (asked.paid_fen * part / 100).round() * 100, asked.paid_fen).astype("int64")
    asked["refund_fen"] = np.minimum(np.maximum(asked.refund_fen, 1), asked.paid_fen)
    asked["quantity"] = np.where(is_part, 0, asked.quantity)
    return asked


def _settled(draws: Draws, asked: pd.DataFrame) -> pd.DataFrame:
    """When it was asked for, up to 12 days after the delivery, and when settled."""
    key = (asked.key, asked.number, asked.sku)
    at = asked.delivered_at + _seconds((0.1 + 12 * draws.uniform("return wait", *key) ** 1.5) * _DAY)
    took = 3600 * (18 + draws.integer("return took", 54, *key))
    return asked.assign(asked_at=at, done_at=at + _seconds(took), is_unshipped=False)


def close_refunded(orders: pd.DataFrame, returns: pd.DataFrame) -> pd.DataFrame:
    """Orders with closed_at: when the last of their goods was paid back, if all were before the buyer confirmed.

    Such an order is never confirmed; one paid back before it was sent is never sent.
    """
    orders = orders.copy()
    granted = returns[returns.is_granted].groupby("order").agg(refund=("refund_fen", "sum"), done=("done_at", "max"))
    granted = granted.reindex(orders.index)
    is_all = granted.refund == orders.paid_fen - orders.postage_fen
    is_closed = is_all & (granted.done <= orders.confirmed_at)
    orders["closed_at"] = granted.done.where(is_closed).astype("datetime64[s]")
    for name in ("sent_at", "delivered_at"):
        orders[name] = orders[name].where(~(is_closed & (orders[name] > granted.done)))
    orders["confirmed_at"] = orders.confirmed_at.where(~is_closed)
    return orders
