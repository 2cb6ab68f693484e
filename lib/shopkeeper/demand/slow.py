"""Slow stock: what lies longer than it should, what that costs, and the markdown that would clear it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.replenish import UNDER_WAY, Standing

Floats = NDArray[np.float64]

LONG = 180  # days that stock may last
CLEAR = 60  # days in which a markdown should have cleared what is too much
ELASTICITY = -2.0  # assumed until pricing has measured it: 1% off the price sells 2% more
_UNSURE = 0.7  # standard deviation of its logarithm: 90 of 100 goods lie between a third and three times of it
NEVER = 3 * 365  # days after which what still lies there counts as lost
_NOT_SHORT = 0.5  # units that a shelf may expect to miss and still send some
_DEEPEST, _STEP = 0.5, 0.05


def slow_movers(
    shelves: pd.DataFrame, holding: float, elasticity: float = ELASTICITY, days: int = LONG
) -> pd.DataFrame:
    """SKUs of which more lies in all warehouses than sells in so many days, the most money first.

    shelves: of replenish.order_list: place, sku, on_hand, daily, price, unit_cost, shelf_days. holding: of a unit's cost a year.

    Returns one row per sku: on_hand, daily, shelf_days, cover (days; infinite where nothing sells), excess (units beyond what sells in
    `days` or spoils before), money (their cost, currency), holding (a month's cost of them), markdown (share off that
    clears the excess in 60 days, at most 0.5), cleared (units of it that this clears), gain (mean of unsure).
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
    slow["cleared"] = _cleared(slow, elasticity)
    slow["gain"] = unsure(slow, holding, elasticity).mean(axis=0)
    return slow.sort_values("money", ascending=False).reset_index(drop=True)


def _cleared(slow: pd.DataFrame, elasticity: Floats | float) -> Floats:
    """Units of the surplus that the markdown sells in 60 days, besides what sells anyway."""
    sold = slow.daily.to_numpy() * CLEAR
    return np.asarray(np.minimum(sold * ((1 - slow.markdown.to_numpy()) ** elasticity - 1), slow.excess.to_numpy()))


def gain_of(slow: pd.DataFrame, holding: float, elasticity: Floats) -> Floats:
    """What the markdown brings against waiting, currency; slow: of slow_movers, elasticity: draws × its rows.

    What it clears brings the lower price now. Waiting, the same units would be the last to go: they bring the full price less the cost of
    holding them so long, and nothing where they would spoil first or lie for three years. Goods that would have sold anyway bring less.
    """
    daily, price, cost = (slow[name].to_numpy(np.float64) for name in ("daily", "price", "unit_cost"))
    cleared, off = _cleared(slow, elasticity), slow.markdown.to_numpy()
    last = np.minimum(slow.shelf_days.fillna(np.inf).to_numpy(), NEVER)
    waited = slow.cover.to_numpy() - cleared / np.maximum(daily, 1e-12) / 2
    in_time = np.clip((last - slow.cover.to_numpy()) * daily + cleared, 0, cleared)
    later = in_time * np.maximum(price - cost * holding * np.minimum(waited, last) / 365, 0)
    return np.asarray(
        cleared * (price * (1 - off) - cost * holding * CLEAR / 2 / 365) - later - daily * CLEAR * price * off
    )


def unsure(slow: pd.DataFrame, holding: float, elasticity: float = ELASTICITY, draws: int = 500) -> Floats:
    """Draws of what each markdown brings (draws × rows), as the assumed elasticity may be another of each SKU, and of all of them alike."""
    luck = np.random.default_rng(1)
    shared, own = luck.normal(0, _UNSURE / np.sqrt(2), (2, draws, len(slow)))
    return gain_of(slow, holding, elasticity * np.exp(shared[:, :1] + own))


def markdown(daily: Floats, excess: Floats, elasticity: float) -> Floats:
    """The least share off, in steps of 5%, at which the excess sells within 60 days besides what sells anyway; at most 0.5."""
    steps = np.arange(_STEP, _DEEPEST + 1e-9, _STEP)
    more = daily[:, None] * CLEAR * ((1 - steps[None]) ** elasticity - 1)
    enough = more >= excess[:, None]
    return np.where(enough.any(axis=1), steps[enough.argmax(axis=1)], _DEEPEST)


@dataclass(frozen=True)
class Moves:
    """lines: rows of sku, source, target, units, gain (currency). gain: by path, of all of them together."""

    lines: pd.DataFrame
    gain: Floats


def moves(shelves: pd.DataFrame, standing: Standing) -> Moves:
    """Units of a SKU to send from a warehouse that has more than it will sell to one that will run out before an order can arrive.

    shelves: of replenish.order_list; a move takes three days, so that shelves whose supplier is as fast get none. Sent is what is
    missing there in the mean, as far as it lies here and is spare in 95 of 100 cases; a shelf that may run out itself sends nothing.
    The gain is the margin of what is missed there, up to what is sent, less that of what is then missed here.
    """
    pairs = _pairs(shelves, standing)
    margin = (pairs.price - pairs.unit_cost).to_numpy()
    units = pairs.units.to_numpy()
    saved = np.minimum(standing.lost[:, pairs.shelf_to], units)
    missed = np.clip(units - np.maximum(standing.spare[:, pairs.shelf], 0), 0, units)
    gain = (saved - missed) * margin
    pairs["gain"] = gain.mean(axis=0)
    pays = (pairs.gain > 0).to_numpy()
    lines = pairs.rename(columns={"warehouse": "source", "warehouse_to": "target"})
    lines = lines.loc[pays, ["sku", "source", "target", "units", "gain"]]
    lines = lines.sort_values("gain", ascending=False, ignore_index=True)
    return Moves(lines, np.asarray(gain[:, pays].sum(axis=1)))


def _pairs(shelves: pd.DataFrame, standing: Standing) -> pd.DataFrame:
    """Rows of a shelf that has something spare and one of the same SKU that is short, each shelf in one at most; units to send."""
    lost = standing.lost.mean(axis=0)
    rows = shelves.reset_index(drop=True).rename_axis("shelf").reset_index()
    rows["short"] = np.where(lost < _NOT_SHORT, 0, np.ceil(lost))
    spare = np.floor(np.quantile(standing.spare, 0.05, axis=0)).clip(min=0)
    rows["spare"] = np.where(lost < _NOT_SHORT, np.minimum(spare, rows.on_hand), 0)
    slower = rows[(rows.short > 0) & (rows.lead_days_mean > UNDER_WAY)]
    pairs = rows[rows.spare > 0].merge(slower, on=["place", "sku"], suffixes=("", "_to"))
    pairs = pairs.assign(units=np.minimum(pairs.spare, pairs.short_to)).sort_values("units", ascending=False)
    pairs = pairs.drop_duplicates("shelf_to").drop_duplicates("shelf")
    return pairs[pairs.units >= 1].reset_index(drop=True)
