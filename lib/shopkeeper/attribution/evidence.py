"""Evidence: a panel as the media mix takes it, without units, so that what is assumed before the data means the same for each brand."""

from typing import Any

import numpy as np
import pandas as pd

from shopkeeper.attribution.base import SPEND_ON
from shopkeeper.attribution.lift_tests import parts
from shopkeeper.attribution.mix_model import MOST, PRICED, RARE, ROAS_SPREAD, STEEPNESS, USUAL_ROAS, Evidence, no_tests
from shopkeeper.attribution.panel import Panel
from shopkeeper.attribution.transforms import MAX_LAG, TINY, Floats

_CALM = 0.1  # of a usual week's sales, below which no week's regions are taken to vary less
_DRAWS = 20_000
_WITHIN = 0.8  # of RARE, so that the gate, which draws anew, does not find it passed by luck


def evidence(panel: Panel, base: pd.DataFrame, tests: pd.DataFrame | None = None) -> Evidence:
    """What the media mix is told of a panel. base: of base.base for the panel's learnt weeks; tests: rows of lift_tests."""
    sales, usual, size = panel.sales[MAX_LAG - 1 :], usual_sales(panel), panel.size
    cost = usual_spend(panel) / usual
    tested: dict[str, Any] = no_tests() if tests is None or tests.empty else parts(panel, tests, usual)
    steep = np.array([PRICED if name in panel.bought else STEEPNESS for name in panel.channels], np.float64)
    return Evidence(
        spend=per_head(panel, panel.spend),
        sales=sales / (size * usual),
        busy=np.maximum(sales.sum(axis=1) / usual, _CALM),
        base=base.to_numpy(np.float64),
        base_sd=np.where(_counts(panel, base, tests), base.attrs["sd"], 0.0),
        size=size,
        cost=cost,
        prior_mean=np.full(len(cost), min(USUAL_ROAS, _highest(cost))),
        prior_sd=np.full(len(cost), ROAS_SPREAD),
        told=np.zeros(len(cost)),
        steep_mean=steep[:, 0],
        steep_sd=steep[:, 1],
        **tested,
    )


def _counts(panel: Panel, base: pd.DataFrame, tests: pd.DataFrame | None) -> list[bool]:
    """By column of a base, whether it counts: one channel's own spend does where tests tell the channel's effect from it."""
    tested = set() if tests is None else {*tests.channel}
    idle = {f"{SPEND_ON}{name}" for name in panel.channels if name not in tested}
    return [name not in idle for name in base.columns]


def _highest(cost: Floats) -> float:
    """The highest mean log roas at which channels of this cost bring more than MOST of sales with less chance than RARE, before the data."""
    z = np.random.default_rng(1).normal(size=(_DRAWS, len(cost)))
    return float(np.log(MOST / np.maximum(np.quantile(np.exp(ROAS_SPREAD * z) @ cost, 1 - _WITHIN * RARE), TINY)))


def usual_sales(panel: Panel) -> float:
    """Mean weekly sales of all regions over the learnt weeks, currency."""
    return float(panel.sales[MAX_LAG - 1 :].sum() / len(panel.learnt))


def usual_spend(panel: Panel) -> Floats:
    """Mean weekly spend of each channel in all regions over the learnt weeks, currency."""
    return np.asarray(panel.spend[MAX_LAG - 1 :].sum(axis=(0, 1)) / len(panel.learnt), np.float64)


def per_head(panel: Panel, spend: Floats) -> Floats:
    """What spend (weeks × regions × channels, currency) buys, as channels × regions × weeks, 1 where a channel spends as usual by a
    region's size. It rises with the spend as the price curve tells; where that is not known, in proportion.
    """
    usual = panel.size[:, None] * np.maximum(usual_spend(panel), np.finfo(np.float64).tiny)
    return np.ascontiguousarray(((spend / usual) ** panel.rises).transpose(2, 1, 0))
