"""What an order list said it brings, beside what it brought: shelves lived through with its orders and without, as things came."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shopkeeper.demand.ledger import keep
from shopkeeper.demand.replenish import LONGEST, Moments, Run, Terms, compared

Ints = NDArray[np.int64]


class Listed(NamedTuple):
    """One week's list: the evening, its lines, what it said it would bring (paths, yuan), what was on its way by day from the next morning on
    (days × SKUs × warehouses), and days (by shelf) that its orders and those of the week after take.
    """

    day: int
    lines: pd.DataFrame
    gain: NDArray[np.float64]
    coming: Ints
    lead: Ints
    later: Ints


def brought(listed: Listed, needs: Ints) -> float:
    """What the list truly brought, in yuan, counted as it was said. needs: units wanted by day, SKU and warehouse, as they came."""
    at = listed.lines.place.to_numpy(), listed.lines.warehouse.to_numpy()
    wanted, coming = (
        table[:LONGEST, *at].T[None].astype(np.int64) for table in (needs[listed.day + 1 :], listed.coming)
    )
    first = np.minimum(listed.lead - 1, LONGEST - Terms().review - 1)[None]
    after = np.clip(Terms().review + listed.later[None] - 1, first + 1, LONGEST)
    hand = listed.lines.on_hand.to_numpy(np.int64)
    run = Run(Moments(first, after, first), wanted, coming, keep(wanted, hand, coming), np.zeros_like(first))
    return float(compared(run, listed.lines, listed.lines.units.to_numpy(np.int64), Terms())[2].sum())


def weeks_of(lists: Sequence[Listed], needs: Ints) -> pd.DataFrame:
    """One row a week whose 56 days are over: expected, low, high and true, yuan."""
    over = [one for one in lists if one.day + 1 + LONGEST <= len(needs)]
    rows = [(one.gain.mean(), *np.quantile(one.gain, [0.05, 0.95]), brought(one, needs)) for one in over]
    return pd.DataFrame(rows, columns=["expected", "low", "high", "true"])


def told(brands: Sequence[pd.DataFrame]) -> str:
    """Over all brands and weeks: how often intervals held, on which side they missed, and what was expected by what came."""
    weeks = pd.concat(brands)
    below, above = (weeks.true < weeks.low).mean(), (weeks.true > weeks.high).mean()
    ratio = [rows.expected.sum() / rows.true.sum() for rows in brands]
    return (
        f"What a week's list would bring was told with a 90% interval. Of {len(weeks):,} lists of {len(brands)} brands "
        f"{1 - below - above:.1%} brought what theirs held, {below:.1%} less and {above:.1%} more. All lists of a brand were expected to "
        f"bring {np.mean(ratio):.2f} times what they brought (mean of the brands; {min(ratio):.2f} to {max(ratio):.2f}).\n"
    )
