"""Promotions of the past: what each brought, net of what it pulled forward, took from others and gave to those who would have bought anyway."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.pricing.promotion_baseline import AFTER
from shopkeeper.pricing.promotion_days import MEASURES, PromotionDays
from shopkeeper.pricing.promotion_net import fit_net, new_by_promotion, spans_of
from shopkeeper.pricing.promotion_parts import (
    beyond_before,
    money_given,
    near_sales,
    net_margin,
    split_units,
    unmet_rate,
)

Floats = NDArray[np.float64]

EARLIEST = 28  # days of data before a promotion, from which it is told


class Interval(NamedTuple):
    """A median and its 90% interval."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True)
class Promotions:
    """One row a promotion, in order: promotion, kind, starts_on, ends_on, why, and medians with their _low and _high of 90%:

        orders, units, net_revenue, margin   net, of what sold, of all days to the last: during + later - pulled; margin is contribution, absent without costs
        wanted_…   the same of what was wanted, had every shelf been full with it and without it; missed_…: wanted less sold; absent where none ran empty
        during_…   on its days, beyond what would have sold; pulled_…: missed on the days around it; later_…: later orders of customers whom it brought
        own_units, substitute_units, other_units   during, of SKUs in it, of others of their categories, and of other categories
        anyway, anyway_share   currency that lower prices took off units that would have been bought anyway, and its share of all that they took
        naive_units, naive_net_revenue   on its days, beyond the mean of the 28 days before
        unmet_rate   without an interval: of the units wanted on its days, the share that was not there

    why: "" where it is told; "open" its 28 days after are not over; "early" fewer than 28 days before it are known. draws: of each of these, draws × rows.
    """

    rows: pd.DataFrame
    draws: dict[str, Floats]

    @property
    def told(self) -> pd.DataFrame:
        """The rows of promotions that are told."""
        return self.rows[self.rows.why == ""]

    def together(self, name: str) -> Interval:
        """Of all told promotions together."""
        summed = self.draws[name][:, (self.rows.why == "").to_numpy()].sum(axis=1)
        return Interval(*(float(value) for value in np.quantile(summed, [0.5, 0.05, 0.95])))


def promotion_effects(told: PromotionDays, economics: pd.DataFrame, seed: int) -> Promotions:
    """What each promotion brought, beside the brand's own days without it: promotions draw people to all SKUs, so that those which are not discounted
    are no measure of what would have been.

    economics: sku, kept (share of net_revenue that stays), cost (currency, of one unit); without rows, no margin is told.
    """
    spans = spans_of(told)
    brought = new_by_promotion(told, spans, seed)
    both = {name: fit_net(told, name, (spans, brought), seed + n) for n, name in enumerate(MEASURES, 1)}
    fits = {name: each.sold for name, each in both.items()}
    near = near_sales(told, spans, seed)
    draws = {
        f"{part}_{name}": getattr(fit, part) for name, fit in fits.items() for part in ("during", "pulled", "later")
    }
    draws |= {name: fit.net for name, fit in fits.items()} | split_units(told, spans, (fits["units"], near))
    draws |= money_given(told, spans, (fits["units"], near))
    draws |= net_margin(told, (spans, economics), (fits["net_revenue"], near))
    if told.ran_empty:
        full = net_margin(told, (spans, economics), (both["net_revenue"].wanted, near))
        draws |= _beside_sold({name: each.wanted.net for name, each in both.items()} | full, draws)
    return Promotions(
        pd.concat(
            [_named(told), unmet_rate(told, spans), beyond_before(told, spans, EARLIEST), _summed(draws)], axis=1
        ),
        draws,
    )


def _beside_sold(wanted: dict[str, Floats], sold: dict[str, Floats]) -> dict[str, Floats]:
    names = [name for name in (*MEASURES, "margin") if name in wanted]
    return {f"wanted_{name}": wanted[name] for name in names} | {
        f"missed_{name}": wanted[name] - sold[name] for name in names
    }


def _named(told: PromotionDays) -> pd.DataFrame:
    first, last = told.events["first"], told.events["last"]
    why = np.where(first < EARLIEST, "early", np.where(last + AFTER >= len(told.days), "open", ""))
    start, end = (told.days[0] + pd.to_timedelta(number, unit="D") for number in (first, last))
    return told.events[["promotion", "kind"]].assign(starts_on=start, ends_on=end, why=why)


def _summed(draws: dict[str, Floats]) -> pd.DataFrame:
    """Median, and 90% interval, of each promotion."""
    found = {name: np.quantile(drawn, [0.5, 0.05, 0.95], axis=0) for name, drawn in draws.items()}
    ends = ("", "_low", "_high")
    return pd.DataFrame(
        {f"{name}{end}": row for name, rows in found.items() for end, row in zip(ends, rows, strict=True)}
    )
