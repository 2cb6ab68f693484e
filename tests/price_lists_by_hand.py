"""A made price list: what changes of prices bring by draw, and what sells by week."""

import numpy as np
import pandas as pd
from shopkeeper.pricing.optimise import PriceList


def list_of(gains, own=None, left=0.0, **columns):
    """Own elasticities by draw, -2 and -4 in turn where none are given; left: what each SKU leaves over the horizon."""
    gains = np.array(gains, float)
    own = (
        np.broadcast_to(np.resize([-2.0, -4.0], len(gains))[:, None], gains.shape)
        if own is None
        else np.array(own, float)
    )
    plain = {
        "price": 20.0,
        "best": 22.0,
        "is_safe": False,
        "is_waiting": False,
        "units": left / 10,
        "kept": 1.0,
        "cost": 10.0,
    } | columns
    rows = pd.DataFrame({"sku": [f"s{n}" for n in range(gains.shape[1])], **plain})
    return PriceList(rows, gains, own, np.zeros(len(gains)))


def weekly(units, skus=1):
    """Two draws of four weeks: one as usual, one twice as much throughout, each a fiftieth up and down by turns."""
    week = units * np.array([0.98, 1.02, 0.98, 1.02])
    return np.stack([np.tile(week, (skus, 1)), np.tile(2 * week, (skus, 1))])
