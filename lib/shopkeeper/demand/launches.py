"""Launches: what a new SKU will sell from its first day on, told by its attributes, by earlier launches, and by its own first sales.

Nothing here reads a sale of the origin or later. What SKUs are, when they are planned to be launched, and promotions
announced by then are known ahead.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import nbinom

from shopkeeper.demand.panel import AHEAD, Panel
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MONTH = 28  # days of a launch that are forecast as a whole
_WATCHED = 56  # days of age over which the curve is told
_SETTLED = 60  # days after the data begin; what first sold before, and has no known launch, may be older
_LITTLE = 0.02  # units a day, so that the log of nothing is finite
_PULL = 3.0  # launches' worth of doubt in each effect
_SPREAD = 1.0  # relative variance that the fit allows for, so that a few great launches do not decide it
_COMMON = 5  # SKUs that share a fact before it has an effect of its own
_AGES = (0, 1, 3, 7, 14, 28, _WATCHED)  # days of age between which the curve is level
_FOLDS = 5
_FIXED = ["sku", "product", "category", "launched_on", "list_price"]


def catalogue(shop: Shop) -> pd.DataFrame:
    """What each SKU is: sku, product, category, launched_on, list_price (currency), maker, and a column for each attribute."""
    products = shop.load(shop.products).drop_duplicates("sku")
    facts = shop.load(shop.attributes)
    facts = facts[facts.subject.isin(products["sku"])].drop_duplicates(["subject", "name"])
    wide = facts.pivot(index="subject", columns="name", values="value")
    return products[[*_FIXED, "maker"]].merge(wide, "left", left_on="sku", right_index=True)


@dataclass(frozen=True)
class Launches:
    """Launches as they stand before an origin, with what earlier ones taught of them.

    skus     a row each: sku, product, category, launched (day number), age (days on sale before the origin; negative:
             so many days ahead), expected (units of the first 28 days, before any sale), days, units (those sold so far)
    curve    by day of age up to 56, how much is sold beside the mean of the first 28
    weekday  by weekday, Monday first, how much the brand sells beside its mean
    strayed  relative variance of launches around what was expected of them
    lumps    of that, what does not last: of 28 days, and of fewer as much more
    alike    launches × earlier launches: how alike they are, 0 to 1; earlier: sku, product, launched, units of 28 days
    """

    origin: int
    first_weekday: int
    skus: pd.DataFrame
    curve: Floats
    weekday: Floats
    strayed: float
    lumps: float
    alike: Floats
    earlier: pd.DataFrame
