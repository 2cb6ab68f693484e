"""Aftermath: when orders are paid, sent and confirmed, what comes back and why."""

import numpy as np
import pandas as pd

from shopkeeper.simulate.checkout import SALE, UNPAID
from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.segments import column

REASONS = ("七天无理由退换货", "过敏/不适", "与描述不符", "质量问题", "少件/破损")
# Weight of each reason by category (rows as catalogue categories): serums irritate, make-up disappoints, sets break.
_REASONS = np.array([
    (4, 4.0, 1, 1, 1), (4, 3.0, 1, 1, 1), (4, 3.0, 1, 1, 1), (4, 2.0, 1, 1, 1.5),
    (4, 3.0, 1.5, 1, 0.5), (5, 0.7, 5, 1, 1.5), (4, 1.0, 1, 1, 1.5), (5, 0.3, 1, 1, 4),
], dtype=float)  # fmt: skip
# Relative return rate by category.
_CATEGORY = np.array([1.0, 0.9, 0.8, 0.7, 1.0, 1.7, 0.7, 1.0])
_PARTLY = np.array([0.02, 0.1, 0.15, 0.45, 0.6])  # chance of keeping the goods for part of the money, by reason
_WITHDRAWN = 0.09  # withdrawn requests, as a share of those granted


def add_times(draws: Draws, orders: pd.DataFrame) -> pd.DataFrame:
    """Orders with paid_at, sent_at and confirmed_at; not a time where it never happens."""
    orders = orders.copy()
    key = _order_key(orders)
    is_paid = (orders.kind != UNPAID).to_numpy()
    waits = {
        "paid_at": 10 + draws.integer("pay seconds", 290, *key),
        "sent_at": 3600 * 8 + draws.integer("send seconds", 40 * 3600, *key),
        "confirmed_at": 86_400 * 4 + draws.integer("confirm seconds", 8 * 86_400, *key),
    }
    last = orders["at"].astype("datetime64[s]")
    for name, seconds in waits.items():
        last = last + pd.to_timedelta(seconds, unit="s").astype("timedelta64[s]")
        if name == "paid_at":  # no order is unpaid at midnight, when exports are made, and paid after it
            midnight = orders["at"].to_numpy().astype("datetime64[D]") + np.timedelta64(1, "D")
            last = np.minimum(last, midnight - np.timedelta64(1, "s"))
        orders[name] = last.where(is_paid)
    return orders


def _order_key(orders: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """What an order's own draws hang on: its occasion, and whether it is the sale or a copy of it."""
    kinds = pd.Series({"sale": 0, "unpaid": 1, "fake": 2, "gift": 3})
    return orders.customer, orders.number, orders.kind.map(kinds)


def return_chances(scene: Scene, lines: pd.DataFrame, segment: Ints) -> Floats:
    """Each line's chance to come back: return_rate on average over SKUs and customers alike, at most 0.9."""
    relative = column(scene.segments, "returns")[segment] * _CATEGORY[lines.category]
    return np.asarray(np.minimum(scene.world.return_rate * relative, 0.9), np.float64)


def make_returns(scene: Scene, people: pd.DataFrame, orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Requests to return: order, line, sku, reason, quantity, refund_fen, asked_at, done_at, is_granted.

    Each is settled 3 to 20 days after its order; those settled after the last day are not known yet, and left out. A
    withdrawn one (not granted) brings no money back.
    """
    world, draws = scene.world, scene.draws
    category = scene.catalogue.skus.category.to_numpy()[lines.sku]
    lines = lines.assign(category=category, kind=orders.kind.to_numpy()[lines["order"]])
    lines = lines[lines.kind == SALE]
    owner = orders.loc[lines["order"], ["customer", "number", "at"]].reset_index(drop=True)
    lines = lines.reset_index(drop=True).assign(customer=owner.customer, number=owner.number, ordered_at=owner["at"])
    chance = return_chances(scene, lines, people.segment.to_numpy()[lines.customer])
    u = draws.uniform("returns", lines.customer, lines.number, lines.sku)
    asked = lines.assign(is_granted=u < chance)[u < chance * (1 + _WITHDRAWN)].reset_index(drop=True)
    asked = _settled(draws, _refunds(draws, asked))
    columns = ["order", "line", "sku", "reason", "quantity", "refund_fen", "asked_at", "done_at", "is_granted"]
    return asked.loc[asked.done_at < world.ends_at, columns].sort_values(
        ["asked_at", "order", "line"], ignore_index=True
    )


def _refunds(draws: Draws, asked: pd.DataFrame) -> pd.DataFrame:
    """Reason, units that come back and money: all units, or none of them and part of the money."""
    asked = asked.copy()
    key = (asked.customer, asked.number, asked.sku)
    reason = draws.pick("return reason", _REASONS[asked.category], *key)
    is_part = draws.uniform("return partly", *key) < _PARTLY[reason]
    part = 0.15 + 0.4 * draws.uniform("return part", *key)
    asked["reason"] = np.array(REASONS)[reason]
    asked["refund_fen"] = np.where(is_part, (asked.paid_fen * part / 100).round() * 100, asked.paid_fen).astype("int64")
    asked["refund_fen"] = np.minimum(np.maximum(asked.refund_fen, 1), asked.paid_fen)
    asked["quantity"] = np.where(is_part, 0, asked.quantity)
    return asked


def _settled(draws: Draws, asked: pd.DataFrame) -> pd.DataFrame:
    """When it was asked for, and when settled: 3 to 20 days after the order."""
    key = (asked.customer, asked.number, asked.sku)
    wait = (3 + 17 * draws.uniform("return wait", *key) ** 1.5) * 86_400
    took = 3600 * (6 + draws.integer("return took", 60, *key))
    done = asked.ordered_at.astype("datetime64[s]") + pd.to_timedelta(wait.astype("int64"), unit="s")
    return asked.assign(done_at=done, asked_at=done - pd.to_timedelta(took, unit="s"))
