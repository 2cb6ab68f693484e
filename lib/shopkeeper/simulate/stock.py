"""Stock: what lies in two warehouses day by day, and what an empty shelf loses."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.simulate.buyer import Buyer, Replenisher, make_supply
from shopkeeper.simulate.catalogue import Catalogue
from shopkeeper.simulate.draws import Ints
from shopkeeper.simulate.parting import Parting
from shopkeeper.simulate.scene import Scene

Parts = list[list[tuple[int, int]]]
_ABSENT = -1


@dataclass(frozen=True)
class Stock:
    """Days × SKUs × warehouses, and the terms of supply by SKU and warehouse.

    is_out: the shelf stood empty at some time of the day, or held too few for a set: demand may have been more than
    what was sold. Where it is not, demand was what was sold.
    """

    on_hand: Ints
    on_order: Ints
    is_out: Ints
    supply: pd.DataFrame


def run_stock(
    scene: Scene, requests: pd.DataFrame, parting: Parting, buyer: Replenisher | None = None
) -> tuple[pd.DataFrame, Stock]:
    """Serve the requests in their order, day by day: requests with the units sold, and the stock that was left.

    Who finds too few takes what there is. A set takes its components from the shelf. Goods ordered arrive in the
    morning; the buyer orders in the evening. Without stock-outs the morning brings what the day will need. Who has
    parted asks for nothing: such requests are left out.
    """
    world, parts = scene.world, _parts(scene.catalogue)
    needs = _needs(requests, parts, (world.days, len(parts), 2))
    supply = make_supply(scene.draws, scene.catalogue.skus)
    buyer = Buyer(scene, supply, needs) if buyer is None else buyer
    on_hand, on_order, is_out = (np.zeros(needs.shape, np.int64) for _ in range(3))
    shelf, sold = np.zeros(needs.shape[1:], np.int64), np.full(len(requests), _ABSENT)
    edges = np.searchsorted(requests.day.to_numpy(), np.arange(world.days + 1))
    wanted = requests[["sku", "warehouse", "quantity"]].to_numpy()
    for day in range(world.days):
        shelf += buyer.delivered(day)
        if not world.stockouts:
            shelf = np.maximum(shelf, needs[day] + 1)
        morning, rows = shelf.copy(), parting.present(day, np.arange(edges[day], edges[day + 1]))
        sold[rows] = _serve(wanted[rows], shelf, parts, is_out[day])
        parting.note(day, rows, sold[rows])
        buyer.order(day, shelf, morning - shelf)
        on_hand[day], on_order[day] = shelf, buyer.pending
    served = requests.assign(sold=sold)[sold != _ABSENT].reset_index(drop=True)
    return served, Stock(on_hand, on_order, is_out | (on_hand == 0), supply)


def _parts(catalogue: Catalogue) -> Parts:
    """For each SKU what leaves the shelf when one is sold: (SKU, units)."""
    parts = [[(number, 1)] for number in range(len(catalogue.skus))]
    for sku, rows in catalogue.bundles.groupby("sku"):
        parts[int(sku)] = [(int(c), int(q)) for c, q in zip(rows.component, rows.quantity, strict=True)]
    return parts


def _needs(requests: pd.DataFrame, parts: Parts, shape: tuple[int, int, int]) -> Ints:
    """Units wanted of what lies on shelves, sets taken apart."""
    needs = np.zeros(shape, np.int64)
    for day, sku, warehouse, quantity in requests[["day", "sku", "warehouse", "quantity"]].to_numpy().tolist():
        for part, units in parts[sku]:
            needs[day, part, warehouse] += quantity * units
    return needs


def _serve(wanted: Ints, shelf: Ints, parts: Parts, is_short: Ints) -> list[int]:
    """What each request finds of what it wants; it is taken from the shelf, and what was short is marked, in place."""
    sold = []
    for sku, warehouse, quantity in wanted.tolist():
        there = [shelf[part, warehouse] // units for part, units in parts[sku]]
        found = min(quantity, *there)
        for (part, units), most in zip(parts[sku], there, strict=True):
            shelf[part, warehouse] -= found * units
            is_short[part, warehouse] |= most < quantity
        sold.append(int(found))
    return sold
