"""Elasticities put to the test out of time: what sold beside what in weeks that they were not learnt from."""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.pricing.fixed_effects import naive
from shopkeeper.pricing.looked import density, looked_at
from shopkeeper.pricing.panel import PricePanel
from shopkeeper.pricing.price_model import Cells, cells_of, places, told_skus, unknowns
from shopkeeper.split_sampler import likeliest

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LATE, LEVEL = 56, 91  # days that are held back, and days before them that tell how well a SKU sells
_LEAST = 3  # periods held back, and before them, that it takes
OFF = 0.05  # log price beside the usual one, from which a price has moved


class Told(NamedTuple):
    """Sums of absolute errors by sums of units, where what a market sold in all is known: what SKUs sold beside each other.

    ours, constant, naive: with the elasticities learnt before, with prices of no matter, with one naive slope of logs for all; each knows what
    promotions do beside prices, constant as it is learnt without prices.
    n: SKUs and periods that these are of. surer: by how many standard errors ours is below constant, SKUs being drawn anew.
    """

    ours: float
    constant: float
    naive: float
    n: int
    surer: float


def out_of_time(panel: PricePanel) -> tuple[Told, Told] | None:
    """The errors of the last eight weeks, of all prices and of those 5% or more off the usual ones; None where the data are too short."""
    late = np.asarray(panel.starts > panel.starts[-1] - pd.Timedelta(days=LATE))
    if min(late.sum(), (~late).sum()) < _LEAST:
        return None
    before = until(panel, ~late)
    keep = told_skus(before)
    if keep.sum() < 2:
        return None
    cells = looked_at(cells_of(before))
    found, without = (
        _learnt(cells),
        _learnt(cells._replace(log_price=0 * cells.log_price, near=0 * cells.near, weight=0 * cells.weight)),
    )
    simple = np.full(keep.sum(), float(naive(cells).elasticity.iloc[0]))
    ways = ((found["sku"], found["lift"]), (0 * simple, without["lift"]), (simple, found["lift"]))
    made = [_beside(panel, keep, late, way, cells.home) for way in ways]
    sold, known = panel.sold[keep][:, late], panel.is_told[keep][:, late]
    moved = known & (np.abs(_log_price(panel, keep, late)[:, late]) >= OFF)
    return _told(sold, made, known), _told(sold, made, moved)


def _learnt(cells: Cells) -> dict[str, Floats]:
    return unknowns(likeliest(partial(density, cells), places(cells)["lift"].stop), cells)


def until(panel: PricePanel, kept: Bools) -> PricePanel:
    """The panel of some of its periods."""
    tables = {name: getattr(panel, name)[:, kept] for name in ("sold", "open", "price")}
    promoted = {kind: share[:, kept] for kind, share in panel.promoted.items()}
    number = np.cumsum(kept) - 1
    cut = panel.cut[kept[panel.cut.period]]
    return replace(
        panel, starts=panel.starts[kept], days=panel.days[kept], promoted=promoted, cut=cut.assign(period=number[cut.period]), **tables
    )  # fmt: skip


def _told(sold: Floats, made: list[Floats], where: Bools) -> Told:
    units = max(float(sold[where].sum()), 1e-9)
    errors = [np.where(where, np.abs(sold - each), 0.0) for each in made]
    by_sku = (errors[1] - errors[0]).sum(axis=1)
    surer = float(by_sku.sum() / max(np.sqrt((by_sku**2).sum()), 1e-9))
    ours, constant, simple = (float(error.sum() / units) for error in errors)
    return Told(ours, constant, simple, int(where.sum()), surer)


def _log_price(panel: PricePanel, keep: Bools, late: Bools) -> Floats:
    """Log price of SKUs and periods beside their usual one, the median before the days held back; 0 where it is not known."""
    known = panel.is_told[keep]
    logged = pd.DataFrame(np.log(np.where(known, panel.price[keep], np.nan)))
    usual = logged.loc[:, ~late].median(axis=1)
    return np.asarray(logged.sub(usual, axis=0).fillna(0.0))


def _beside(
    panel: PricePanel, keep: Bools, late: Bools, effects: tuple[Floats, Floats], home: NDArray[np.int64]
) -> Floats:
    """SKUs × periods held back: each market's units shared out by levels before, and by what prices and promotions make of them."""
    slope, lift = effects
    promoted = sum(effect * share[keep] for effect, share in zip(lift, panel.promoted.values(), strict=True))
    weight = (panel.open[keep] * panel.days) * np.exp(slope[:, None] * _log_price(panel, keep, late) + promoted)
    weight = np.where(panel.is_told[keep], weight, 0.0)
    first = np.flatnonzero(late)[0]
    lately = np.asarray(~late & (panel.starts >= panel.starts[first] - pd.Timedelta(days=LEVEL)))
    sold = np.where(panel.is_told[keep], panel.sold[keep], 0.0)
    rate = sold[:, lately].sum(axis=1) / np.maximum(weight[:, lately].sum(axis=1), 1e-9)
    raw, sold = rate[:, None] * weight[:, late], sold[:, late]
    totals = np.zeros((2, home.max() + 1, late.sum()))
    for table, values in zip(totals, (sold, raw), strict=True):
        np.add.at(table, home, values)
    return np.asarray(raw * (totals[0] / np.maximum(totals[1], 1e-9))[home])
