"""The elasticities of one shop, asked in several ways, side by side."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.pricing.confounding import Association, Bounds, Strength, as_strong, associate, bounds, seen_strengths
from shopkeeper.pricing.elasticity import Elasticities
from shopkeeper.pricing.fixed_effects import fixed_effects, naive
from shopkeeper.pricing.instrument import Instrumented, instrumented
from shopkeeper.pricing.panel import PricePanel
from shopkeeper.pricing.price_model import cells_of
from shopkeeper.pricing.seen import with_seen

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Beside:
    """by_category: rows of category, elasticity, low, high (hierarchical, 90%), fixed, fixed_low, fixed_high (NaN where prices never moved
    apart, or fewer than 5 SKUs tell), naive. fixed, naive: of all SKUs, what is seen beside prices being held in fixed; None where no price moved beside others.
    strongest: rows of name, of_price, of_demand of what is seen, the strongest first; once, twice: where the elasticity lies if something
    unseen is as strong as the strongest, and twice that; None where nothing can be. by_instrument: None without an instrument.
    """

    hierarchical: Elasticities
    by_category: pd.DataFrame
    fixed: Association | None
    naive: float
    strongest: pd.DataFrame
    once: Bounds | None
    twice: Bounds | None
    by_instrument: Instrumented | None

    @property
    def disagree(self) -> pd.DataFrame:
        """The categories of which fixed effects and the published number lie outside each other's intervals, the furthest apart first."""
        rows = self.by_category.dropna(subset="fixed")
        apart = ~rows.fixed.between(rows.low, rows.high) & ~rows.elasticity.between(rows.fixed_low, rows.fixed_high)
        gap = (rows.fixed - rows.elasticity).abs()
        return rows.loc[gap[apart].sort_values(ascending=False).index]


def beside(
    panel: PricePanel, found: Elasticities, competitors: Floats | None = None, instrument: Floats | None = None
) -> Beside:
    """The elasticities of the published model beside the others. found: of this panel; competitors, instrument: SKUs × periods."""
    cells, wide = cells_of(panel), with_seen(panel, competitors)
    fixed = associate(cells_of(wide), list(wide.promoted))
    strongest = seen_strengths(fixed) if fixed else pd.DataFrame()
    once, twice = (_bounds(fixed, strongest, times) for times in (1, 2))
    simple = naive(cells).set_index("category").elasticity
    by_instrument = None if instrument is None else instrumented(panel, instrument)
    return Beside(
        found,
        _by_category(found, fixed_effects(cells), simple),
        fixed,
        simple[-1],
        strongest,
        once,
        twice,
        by_instrument,
    )


def _bounds(fixed: Association | None, strongest: pd.DataFrame, times: float) -> Bounds | None:
    if fixed is None or strongest.empty:
        return None
    first = strongest.iloc[0]
    of = as_strong(Strength(first.of_price, first.of_demand), times)
    return None if of is None else bounds(fixed, of)


def _by_category(found: Elasticities, fixed: pd.DataFrame, simple: pd.Series) -> pd.DataFrame:
    # Both are of what SKUs sell beside each other: what a category gains together is told elsewhere.
    asked = {"elasticity": "beside_elasticity", "low": "beside_low", "high": "beside_high"}
    rows = found.by_category[["category"]].assign(**{name: found.by_category[of] for name, of in asked.items()})
    named = fixed.set_index("category").set_axis(["fixed", "fixed_low", "fixed_high"], axis=1)
    # Categories are numbered in order of name by cells_of, as here.
    return rows.join(named.reindex(rows.index)).assign(naive=simple.reindex(rows.index))
