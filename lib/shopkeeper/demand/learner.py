"""The learner: one model of gradient-boosted trees for all SKUs and all days ahead, fitted on what was known on earlier days."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.features import LEAST_PAST, Floats, Known, features

HORIZON = 28  # days ahead
_ROWS = 200_000  # learnt from, so that a fit of many SKUs takes no longer than one of some thousand
_ROUNDS = 300
_SHAPE: Mapping[str, Any] = {
    "objective": "tweedie",
    "tweedie_variance_power": 1.3,
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "max_bin": 127,
    "boost_from_average": False,
    "num_threads": 1,  # with two it is slower on small machines
    "deterministic": True,
    "verbose": -1,
}


def learn(known: Known, seed: int = 1) -> "Trees":
    """Trees fitted to every day ahead of every seventh origin in the panel.

    What they learn is a factor on each SKU's level before the origin, so that what holds of one SKU is learnt from all.
    Horizons are drawn, the same number at every origin, where all of them would be more than 200,000 rows.

    Source: direct forecasts with a Tweedie loss as in the winning entries of M5 (Makridakis et al. 2022, IJF 38(4)); one
    model with the horizon as a feature in place of one a week, which was no worse on three shops and four times as fast.
    """
    import lightgbm

    luck = np.random.default_rng(seed)
    last = len(known.panel.days)
    origins = range(last - HORIZON, LEAST_PAST, -7)
    each = int(np.clip(_ROWS / max(len(origins) * len(known.category), 1), 1, HORIZON))
    parts = [_examples(known, origin, np.sort(luck.choice(HORIZON, each, replace=False))) for origin in origins]
    table, wanted = pd.concat([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    data = lightgbm.Dataset(table, wanted, init_score=table.log_level.to_numpy(np.float64), params=dict(_SHAPE))
    return Trees(lightgbm.train({**_SHAPE, "seed": seed}, data, _ROUNDS))


def _examples(known: Known, origin: int, horizons: NDArray[np.int64]) -> tuple[pd.DataFrame, Floats]:
    """Features and demand of the SKUs that were on sale."""
    table = features(known, origin, horizons)
    wanted = known.panel.demand[:, origin + horizons].T.ravel()
    is_on = np.tile(known.panel.on_sale(origin), len(horizons)) & ~np.isnan(wanted)
    return table[is_on], wanted[is_on]


@dataclass(frozen=True)
class Trees:
    """Fitted trees."""

    booster: Any

    def predict(self, known: Known) -> Floats:
        """Expected units of each SKU on each of the 28 days after the panel's last; 0 where it is delisted."""
        origin = len(known.panel.days)
        table = features(known, origin, np.arange(HORIZON))
        mean = np.exp(self.booster.predict(table, raw_score=True) + table.log_level.to_numpy(np.float64))
        return np.asarray(mean.reshape(HORIZON, -1).T * known.panel.on_sale(origin)[:, None])

    @property
    def gains(self) -> pd.Series:
        """By feature, its share of what the trees explain."""
        gain = pd.Series(self.booster.feature_importance("gain"), self.booster.feature_name())
        return (gain / gain.sum()).sort_values(ascending=False)
