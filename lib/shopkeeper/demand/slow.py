"""Slow stock: what lies longer than it should, what that costs, and the markdown that would clear it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.replenish import Standing

Floats = NDArray[np.float64]

LONG = 180  # days that stock may last
CLEAR = 60  # days in which a markdown should have cleared what is too much
ELASTICITY = -2.0  # assumed until pricing has measured it: 1% off the price sells 2% more
_UNDER_WAY = 3  # days that goods are under way from one warehouse to another
_DEEPEST, _STEP = 0.5, 0.05


def slow_movers(
    shelves: pd.DataFrame, holding: float, elasticity: float = ELASTICITY, days: int = LONG
) -> pd.DataFrame:
    """SKUs of which more lies in all warehouses than sells in so many days, the most money first.

    shelves: of replenish.order_list: place, sku, on_hand, daily, price, unit_cost, shelf_days. holding: of a unit's cost a year.

    Returns one row per sku: on_hand, daily, cover (days; infinite where nothing sells), excess (units beyond what sells in
    `days` or spoils before), money (their cost, currency), holding (a month's cost of them), markdown (share off that
    clears the excess in 60 days, at most 0.5), cleared (units of it that this clears), gain (currency: what they bring at
    the markdown, and holding saved, less what the units that would have sold anyway bring less).
    """
    sku = shelves.groupby(["place", "sku"], as_index=False).agg(
        on_hand=("on_hand", "sum"),
        daily=("daily", "sum"),
        price=("price", "first"),
        unit_cost=("unit_cost", "first"),
        shelf_days=("shelf_days", "min"),
    )
    limit = np.minimum(sku.shelf_days.fillna(np.inf), days)
    sku["cover"] = np.where(sku.daily > 0, sku.on_hand / np.maximum(sku.daily, 1e-12), np.inf)
    sku["excess"] = np.floor((sku.on_hand - sku.daily * limit).clip(lower=0))
    slow = sku[sku.excess > 0].copy()
    slow["money"] = slow.excess * slow.unit_cost
    slow["holding"] = slow.money * holding / 12
    slow["markdown"] = markdown(slow.daily.to_numpy(), slow.excess.to_numpy(), elasticity)
    sold = slow.daily * CLEAR
    lifted = sold * (1 - slow.markdown) ** elasticity
    slow["cleared"] = np.minimum(lifted - sold, slow.excess)
    slow["gain"] = (
        slow.cleared * slow.price * (1 - slow.markdown)
        + slow.holding * CLEAR / 30 / 2
        - sold * slow.price * slow.markdown
    )
    return slow.sort_values("money", ascending=False).reset_index(drop=True)


def markdown(daily: Floats, excess: Floats, elasticity: float) -> Floats:
    """The least share off, in steps of 5%, at which the excess sells within 60 days besides what sells anyway; at most 0.5."""
    steps = np.arange(_STEP, _DEEPEST + 1e-9, _STEP)
    more = daily[:, None] * CLEAR * ((1 - steps[None]) ** elasticity - 1)
    enough = more >= excess[:, None]
    return np.where(enough.any(axis=1), steps[enough.argmax(axis=1)], _DEEPEST)


def moves(shelves: pd.DataFrame, standing: Standing) -> pd.DataFrame:
    """Units of a SKU to send from a warehouse that has more than it will sell to one that will run out before an order can arrive.

    shelves: of replenish.order_list; a move takes three days, so that shelves whose supplier is as fast get none. Sent is what is
    missing there in the mean, as far as it is spare here in 95 of 100 cases.

    Returns sku, source, target, units, gain (currency: margin of what is sold by it).
    """
    spare = np.floor(np.quantile(standing.spare, 0.05, axis=0)).clip(min=0)
    short = np.ceil(standing.lost.mean(axis=0))
    rows = shelves.reset_index(drop=True).assign(spare=spare, short=short)
    slower = rows[(rows.short > 0) & (rows.lead_days_mean > _UNDER_WAY)]
    pairs = rows[rows.spare > 0].merge(slower, on=["place", "sku"], suffixes=("", "_to"))
    units = np.minimum(pairs.spare, pairs.short_to)
    gain = units * (pairs.price - pairs.unit_cost)
    made = pd.DataFrame({
        "sku": pairs["sku"], "source": pairs.warehouse, "target": pairs.warehouse_to, "units": units, "gain": gain
    })  # fmt: skip
    best = (
        made.sort_values("gain", ascending=False).drop_duplicates(["sku", "target"]).drop_duplicates(["sku", "source"])
    )
    return best[best.units >= 1].reset_index(drop=True)
