"""The additive hazard of a first order: how many orders a touch of each channel brings, and what comes by itself.

Fitted on person-time, so that nothing is binned but what was known of a person; see hazard_density.py for the model and its
sources. A channel's effect is told from a person's own intent by time: it fades after the touch, by the channel's carry-over.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shopkeeper.attribution.hazard_density import Density, Parts
from shopkeeper.attribution.hazard_rows import Floats, rows
from shopkeeper.attribution.person_time import HALF_LIVES, PersonTime
from shopkeeper.sampler import draw, is_sound
from shopkeeper.tables import DataError

FEWEST = 200  # orders on journeys
_DRAWS = 900  # of each chain


@dataclass(frozen=True)
class Hazard:
    """Draws (down) of the hazard's parts.

    level, slope   of the base; effects: of its levels (across), which names has with their factor
    favour         how much more a touch brings of those who want anyway: 0 not at all, 1 in proportion
    orders         by channel (across): orders that one touch brings, if nothing else ends the risk
    share          by channel and half-life (HALF_LIVES): of those orders
    checks         r_hat (largest), ess (smallest of bulk and tail), divergences
    """

    channels: tuple[str, ...]
    names: tuple[tuple[str, Any], ...]
    level: Floats
    slope: Floats
    favour: Floats
    effects: Floats
    orders: Floats
    share: Floats
    checks: dict[str, float]

    def __len__(self) -> int:
        return len(self.level)

    def parts(self, place: int) -> Parts:
        """One draw."""
        level, slope, favour = (float(each[place]) for each in (self.level, self.slope, self.favour))
        return Parts(level, slope, favour, self.effects[place], self.orders[place], self.share[place])

    @property
    def is_sound(self) -> bool:
        """Whether the sampler may be trusted."""
        return is_sound(self.checks)

    def touches(self) -> pd.DataFrame:
        """By channel: orders that 1,000 touches bring, and days until half of them have come, each with its 90% interval."""
        days = np.exp(self.share @ np.log(HALF_LIVES))
        told = {"orders": 1000 * self.orders, "half_life": days}
        each = {
            f"{name}{end}": np.quantile(values, q, axis=0)
            for name, values in told.items()
            for end, q in (("", 0.5), ("_low", 0.05), ("_high", 0.95))
        }
        return pd.DataFrame({"channel": self.channels} | each)


def fit_hazard(time: PersonTime, seed: int) -> Hazard:
    """Draw from the posterior of the hazard given this person-time.

    DataError where fewer than 200 orders lie on journeys, or no channel touched anyone.
    """
    if time.exposures.empty:
        raise DataError(
            "touches: no channel touched anyone before a first order, so there is nothing to credit. Own visits alone "
            "(kind visit) are no advertising."
        )
    if len(time.conversions) < FEWEST:
        raise DataError(
            f"touches: only {len(time.conversions):,} first orders lie on a journey; this model needs at least {FEWEST}. "
            "Platforms share no visitors' ids: then the media mix and lift tests carry the report."
        )
    log_density = Density(rows(time))
    drawn = draw(log_density, np.zeros(log_density.size), seed, _DRAWS)
    each = [log_density.parts(at) for at in drawn.flat]
    told = {name: np.array([getattr(parts, name) for parts in each]) for name in Parts.__annotations__}
    return Hazard(log_density.rows.channels, log_density.rows.names, **told, checks=drawn.checks)
