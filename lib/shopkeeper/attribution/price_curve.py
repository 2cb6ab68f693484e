"""Price curve: how far what spend buys falls behind the spend, as a channel's price rises with its volume.

What media bought is known, so that most of a channel's diminishing returns need not be guessed from sales: where 10% more spend
buys 7% more impressions, it brings no more than 7% more, unless people grow keener on more of them.
"""

import numpy as np
import pandas as pd

FEWEST = 26  # periods with spend and volume, from which a channel's curve is told
_MOVES = 0.1  # deviation of log spend, likewise
_LEAST, _MOST = 0.2, 0.98  # elasticity that a curve can have
_ROUNDS = 20


def elasticities(media: pd.DataFrame) -> dict[str, float]:
    """By channel, by how many percent what is bought rises with 1% more spend; of channels of which that is told.

    media: rows of media; impressions count, where they are not known clicks. What all regions of a period, or all periods of a
    region, have in common is taken off: prices of a season, and the size of a region, are no matter of the spend.
    """
    bought = media.impressions.fillna(media.clicks)
    known = media[(media.spend > 0) & (bought > 0)]
    logs = pd.DataFrame(
        {"spend": np.log(known.spend / known.period_days), "bought": np.log(bought[known.index] / known.period_days)}
    )
    rows = logs.assign(channel=known.channel, period=known.period_start, region=known.region.fillna(""))
    told = {str(name): _elasticity(part) for name, part in rows.groupby("channel") if len(part) >= FEWEST}
    return {name: float(np.clip(slope, _LEAST, _MOST)) for name, slope in told.items() if slope == slope}


def _elasticity(rows: pd.DataFrame) -> float:
    """The slope of what is bought in spend; NaN where spend hardly moves."""
    logs = rows[["spend", "bought"]] - rows[["spend", "bought"]].mean()
    by = ["period", "region"] if rows.region.nunique() > 1 else []
    for _ in range(_ROUNDS):
        for axis in by:
            logs = logs - logs.groupby(rows[axis]).transform("mean")
    if logs.spend.std() < _MOVES:
        return float("nan")
    return float((logs.spend * logs.bought).sum() / (logs.spend**2).sum())
