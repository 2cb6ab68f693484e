"""BG/NBD: the field's reference model of repeat buying, as a peer that our probabilities have to outrank."""

from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from io import StringIO

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter
from lifetimes.utils import ConvergenceError

_LARGEST = 3_650.0  # days that are put at 10, as the fitter likes them
_PENALTIES = (0.0, 0.001, 0.01, 0.1)  # the next where the likelihood is too flat to find its top


def expected_orders(known: pd.DataFrame, days: int) -> pd.Series | None:
    """Order days expected of each customer in the next `days` days, by maximum likelihood; None where none is found.

    known: T, days_since_last and order_days of every customer, by customer_id.
    Source: Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284, as fitted by lifetimes.
    """
    scale = 10 / _LARGEST
    history = pd.DataFrame({
        "frequency": known.order_days - 1, "recency": (known["T"] - known.days_since_last) * scale, "T": known["T"] * scale,
    })  # fmt: skip
    history = history[history["T"] > 0]
    for fitter in _fitted(history.value_counts(sort=False).rename("n").reset_index()):
        came = fitter.conditional_expected_number_of_purchases_up_to_time(
            days * scale, history.frequency, history.recency, history["T"]
        )
        if np.isfinite(came).all():  # at some parameters lifetimes' closed form is not
            return pd.Series(came.to_numpy(), history.index).reindex(known.index).fillna(0.0)
    return None


def _fitted(alike: pd.DataFrame) -> Iterator[BetaGeoFitter]:
    """Models of n customers of each history (row): the likeliest, then those drawn to smaller parameters."""
    for penalty in _PENALTIES:
        found = None
        with suppress(ConvergenceError, np.linalg.LinAlgError), redirect_stdout(StringIO()):
            found = BetaGeoFitter(penalty).fit(alike.frequency, alike.recency, alike["T"], weights=alike.n)
        if found is not None:
            yield found
