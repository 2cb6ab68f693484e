"""Elasticities: by how many percent a SKU sells less when it costs 1% more, beside the others of its category."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.pricing.category_response import category_response, heard_markets
from shopkeeper.pricing.looked import density, looked_at
from shopkeeper.pricing.loyalty import shown_beside
from shopkeeper.pricing.panel import PricePanel
from shopkeeper.pricing.price_model import Cells, cells_of, places, told_skus, unknowns
from shopkeeper.sampler import draw_many
from shopkeeper.tables import DataError

Floats = NDArray[np.float64]

_DRAWS = 500  # kept of those made
# Deviation, in logs, of an elasticity from that of the model, since buyers of many tastes are no logit of one: in 24 simulated brands of many tastes
# intervals held 86.4% without it and 88.7% with it. In shops of exactly the model's form they held 87 to 89% without it.
_TASTES = 0.06


@dataclass(frozen=True)
class Elasticities:
    """Draws of elasticities. of: rows of sku, category, market of the SKUs, in the order of their draws.

    beside  draws × SKUs: of what a SKU sells beside the others of its market, to its own price
    power   draws × SKUs: how far its market's demand follows all its prices (category_response)
    loyalty by SKU, how far its buyers come back for it (loyalty.loyalty)
    share   by SKU, of its market's units while it could be bought; units: all that it sold
    brand   draws, mean of beside by units; lift: by kind of promotion, draws of what it does beside its price, in log demand
    markets how many tell power; 0 where it is what was believed before the data
    checks  of the sampler
    """

    of: pd.DataFrame
    beside: Floats
    power: Floats
    loyalty: Floats
    share: Floats
    units: Floats
    brand: Floats
    lift: dict[str, Floats]
    markets: int
    checks: dict[str, float]

    @property
    def own(self) -> Floats:
        """Draws × SKUs: of its units to its own price, what it takes from neighbours and what its category gains together."""
        return np.asarray(self.beside * (1 - (1 - self.power) * self.share))

    @property
    def by_sku(self) -> pd.DataFrame:
        """One row per SKU: sku, category, market, elasticity (own, mean), low, high (90%)."""
        return self.of.assign(**_told(self.own))

    @property
    def by_category(self) -> pd.DataFrame:
        """One row per category: elasticity (mean of its SKUs' own, by units), low, high (90%); beside_*: of what its SKUs sell beside each other;
        together_*: of its units to all its prices.
        """
        names, place = np.unique(self.of.category.astype(str), return_inverse=True)
        weight = np.zeros((len(names), len(place)))
        weight[place, np.arange(len(place))] = self.units
        weight /= weight.sum(axis=1, keepdims=True)
        told = _told(self.own @ weight.T)
        for kind, draws in (("beside", self.beside), ("together", self.beside * self.power)):
            told |= {f"{kind}_{name}": column for name, column in _told(draws @ weight.T).items()}
        return pd.DataFrame({"category": names} | told)


def fit_elasticities(panel: PricePanel, seed: int) -> Elasticities:
    """Elasticities of the SKUs of a panel, drawn to those of their categories, and these to the brand's.

    DataError where no two SKUs have sold 20 units at known prices.
    """
    keep = told_skus(panel)
    if keep.sum() < 2:
        raise DataError(
            f"order_lines: {int(keep.sum())} of {len(keep)} SKUs have sold 20 units at prices that are known. What a price does is "
            "learnt from SKUs side by side: export lines with quantity and price over more weeks."
        )
    sold = cells_of(panel)
    loyal = panel.loyalty[keep] * (sold.home > 0)
    shown = shown_beside(loyal)
    cells = looked_at(sold._replace(log_price=sold.log_price * shown[sold.sku]))
    drawn = draw_many(partial(density, cells), places(cells)["lift"].stop, seed)
    flat = drawn.flat[:: max(len(drawn.flat) // _DRAWS, 1)]
    found = unknowns(flat, cells)
    beside, units = found["sku"] * shown * _of_tastes(found["sku"].shape, seed), _units(sold)
    return Elasticities(
        panel.skus.loc[keep, ["sku", "category"]].reset_index(drop=True).assign(market=cells.home), beside,
        category_response(cells, flat, panel, seed), loyal, _shares(cells), units, beside @ (units / units.sum()),
        dict(zip(panel.promoted, found["lift"].T, strict=True)), len(heard_markets(cells)), drawn.checks,
    )  # fmt: skip


def _of_tastes(shape: tuple[int, ...], seed: int) -> Floats:
    """Factors of 1 in the mean."""
    return np.exp(np.random.default_rng(seed).normal(-(_TASTES**2) / 2, _TASTES, shape))


def _units(cells: Cells) -> Floats:
    return np.asarray(np.bincount(cells.sku, cells.sold, len(cells.category)), np.float64)


def _shares(cells: Cells) -> Floats:
    """Of each SKU, what it sold of all that its market did in the periods in which it could be bought."""
    group = np.repeat(np.arange(len(cells.size)), np.diff(cells.first))
    market = np.bincount(group, cells.sold)[group]
    count = len(cells.category)
    return np.asarray(np.bincount(cells.sku, cells.sold, count) / np.bincount(cells.sku, market, count))


def _told(draws: Floats) -> dict[str, Floats]:
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return {"elasticity": draws.mean(axis=0), "low": low, "high": high}
