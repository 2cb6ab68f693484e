"""Classes of demand: how often a SKU is wanted, and how evenly, which tell what kind of forecast can work."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMOOTH, ERRATIC, INTERMITTENT, LUMPY = CLASSES = ("smooth", "erratic", "intermittent", "lumpy")
_ADI, _CV2 = 1.32, 0.49
_LATELY = 364  # days that decide


def demand_class(demand: Floats) -> NDArray[np.str_]:
    """Class of each SKU by its last year: smooth, erratic, intermittent or lumpy.

    demand: SKUs × days, units; NaN before a SKU was on sale. By days from one demand to the next (ADI, from 1.32 on
    intermittent) and by the squared coefficient of variation of what is wanted on such days (CV², from 0.49 on erratic). One
    that was wanted once or never is intermittent.

    Source: Syntetos, Boylan & Croston (2005), J. Operational Research Society 56(5), 495-503.
    """
    lately = demand[:, -_LATELY:]
    wanted = np.where(np.nan_to_num(lately) > 0, lately, np.nan)
    count = np.sum(~np.isnan(wanted), axis=1)
    on_sale = np.sum(~np.isnan(lately), axis=1)
    mean = np.nansum(wanted, axis=1) / np.maximum(count, 1)
    square = np.nansum((wanted - mean[:, None]) ** 2, axis=1) / np.maximum(count - 1, 1)
    varies = square / np.maximum(mean, 1e-9) ** 2 >= _CV2
    is_rare = on_sale / np.maximum(count, 1) >= _ADI
    return np.where(is_rare, np.where(varies, LUMPY, INTERMITTENT), np.where(varies, ERRATIC, SMOOTH))
