"""What a week in a display or a mailer brings in contribution: its SKU's rise, less what that takes from neighbours, before what the display costs."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.pricing.elasticity import Elasticities
from shopkeeper.pricing.panel import PricePanel
from shopkeeper.pricing.price_model import told_skus

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DRAWS = 400
_CERTAIN = 1.6449  # standard errors of a 90% interval


class _Sold(NamedTuple):
    """One row per SKU and period with sales: number of the SKU and of the period, of both its market and period, units, and what one leaves (currency)."""

    sku: Ints
    period: Ints
    group: Ints
    units: Floats
    leaves: Floats


class _Lift(NamedTuple):
    """By how much a SKU in a kind sells more beside the others of its market, and its 90% interval."""

    middle: float
    low: float
    high: float

    def drawn(self, luck: np.random.Generator) -> Floats:
        """Draws, in log units."""
        middle, low, high = np.log1p(self)
        return luck.normal(middle, (high - low) / (2 * _CERTAIN), DRAWS)


def kind_margins(
    panel: PricePanel, kinds: pd.DataFrame, found: Elasticities, economics: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """One row per kind of kinds (promotion_kinds.kind_effects) in which a SKU of known economics was; empty where there is none.

    kind, weeks (such SKUs' weeks in it), assumed_rate (of the units sold in it, the share whose cost is not known and stands as the brand's gross margin
    has it); each with _low and _high of 90%:
        margin, own_margin   contribution that all these weeks brought, with and without what others of the market lost; currency
        week                 margin by week: a week in the kind pays where it costs less; currency
        taken                of own_margin, the share that others lost

    Without the kind each SKU would have sold less by its lift, at its price of then, and its market as much less as its power says (category_response):
    where that is little, others would have sold the rest. An association, as the lift is.
    """
    sold, made = _sold(panel, found, economics), []
    known = pd.Series(panel.skus["sku"][told_skus(panel)]).isin(economics["sku"]).to_numpy()
    for number, row in enumerate(kinds.itertuples()):
        share = panel.promoted[str(row.kind)][told_skus(panel)]
        weeks = float(((share * panel.open[told_skus(panel)] * panel.days)[known]).sum() / 7)
        if weeks > 0:
            luck, lift = np.random.default_rng(seed + number), _Lift(row.lift, row.lift_low, row.lift_high)
            own, others = _brought(sold, share[sold.sku, sold.period], (lift.drawn(luck), _powers(found, luck)))
            figures = {
                "margin": own + others,
                "own_margin": own,
                "week": (own + others) / weeks,
                "taken": -others / own,
            }
            rate = _assumed(sold, share, economics, panel)
            made.append({"kind": row.kind, "weeks": weeks, "assumed_rate": rate} | _told(figures))
    return pd.DataFrame(made)


def _sold(panel: PricePanel, found: Elasticities, economics: pd.DataFrame) -> _Sold:
    """SKUs of unknown economics leave nothing, but take part in their markets."""
    keep = told_skus(panel)
    facts = panel.skus.loc[keep, ["sku"]].assign(rate=panel.paid_rate[keep], market=found.of.market.to_numpy())
    facts = facts.merge(economics[["sku", "kept", "cost"]], on="sku", how="left").fillna({"kept": 0.0, "cost": 0.0})
    sku, period = np.nonzero(panel.is_told[keep] & (panel.sold[keep] > 0))
    kept, cost, market = ((facts.kept * facts.rate).to_numpy(), facts.cost.to_numpy(), facts.market.to_numpy())
    group = np.unique(market[sku] * len(panel.days) + period, return_inverse=True)[1]
    leaves = kept[sku] * panel.price[keep][sku, period] - cost[sku]
    return _Sold(sku, period, group, panel.sold[keep][sku, period], leaves)


def _powers(found: Elasticities, luck: np.random.Generator) -> Floats:
    """Draws × SKUs."""
    return found.power[luck.integers(len(found.power), size=DRAWS)]


def _brought(sold: _Sold, share: Floats, drawn: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Draws of what the kind brought its own SKUs, and others of their markets (less than 0: they lost). share: by row, of the days in it."""
    own, others = np.zeros((2, len(drawn[0])))
    market, inside = np.bincount(sold.group, sold.units), share > 0
    for draw, (lift, power) in enumerate(zip(*drawn, strict=True)):
        alone = sold.units * np.exp(-lift * share)
        fell = (np.bincount(sold.group, alone) / market)[sold.group]
        without = alone * fell ** (power[sold.sku] - 1)
        more = (sold.units - without) * sold.leaves
        own[draw], others[draw] = more[inside].sum(), more[~inside].sum()
    return own, others


def _assumed(sold: _Sold, share: Floats, economics: pd.DataFrame, panel: PricePanel) -> float:
    names = panel.skus["sku"][told_skus(panel)].to_numpy()[sold.sku]
    assumed = pd.Series(names).isin(economics["sku"][economics.is_assumed])
    inside = sold.units * (share[sold.sku, sold.period] > 0)
    return float(inside[assumed].sum() / max(inside.sum(), 1e-9))


def _told(figures: dict[str, Floats]) -> dict[str, float]:
    """Median and 90% interval of each."""
    ends = ("", "_low", "_high")
    return {
        f"{name}{end}": float(value)
        for name, drawn in figures.items()
        for end, value in zip(ends, np.quantile(drawn, [0.5, 0.05, 0.95]), strict=True)
    }
