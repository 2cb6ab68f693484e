"""A made price panel: SKUs × periods of seven days, in two categories."""

import numpy as np
import pandas as pd
from shopkeeper.pricing.panel import PricePanel


def panel_of(sold, price, promoted=None, categories=2, shelf=None):
    """shelf: share of the days of a period on which a SKU could be bought."""
    sold, price = np.asarray(sold, float), np.asarray(price, float)
    names = [f"s{number}" for number in range(len(sold))]
    skus = pd.DataFrame({"sku": names, "product": names, "category": [f"k{n % categories}" for n in range(len(sold))]})
    starts = pd.date_range("2024-01-01", periods=sold.shape[1], freq="7D")
    days = np.full(sold.shape[1], 7)
    shelf = np.ones(sold.shape) if shelf is None else shelf
    cut, ones = pd.DataFrame({"place": [], "period": [], "units": []}, dtype=int), np.ones(len(sold))
    return PricePanel(skus, starts, days, sold, shelf, price, promoted or {}, cut, price[:, -1], ones, ones, 0 * ones)
