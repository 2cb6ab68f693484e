"""Elasticity by what moves prices and nothing else: a cost that suppliers change, or a rule by which coupons fall on SKUs."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from shopkeeper.pricing.panel import UNTOLD, PricePanel
from shopkeeper.pricing.price_model import Cells, cells_of
from shopkeeper.pricing.seen import centred, in_periods
from shopkeeper.pricing.within import Regression, Telling, by_sku, few, poisson, telling, within
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ENOUGH = 10.0  # F of the first stage, from which an instrument counts (Staiger & Stock 1997; Stock & Yogo 2005)
ASYMPTOTIC = 104.7  # F from which the usual interval is as wide as it says (Lee, McCrary, Moreira & Porter 2022, AER 112(10), 3260-3290)
_UNMOVED = 1e-8  # mean square of a logarithm beside other SKUs', below which it does not move
_CERTAIN = float(ndtri(0.95))


@dataclass(frozen=True)
class Instrumented:
    """What prices do as far as the instrument moves them.

    elasticity, low, high (90%); strength: F of the instrument in the first stage, clustered by SKU; passed_on: by how many percent
    the price follows 1% of it, with its error; endogeneity: coefficient of what of prices the instrument does not tell, by which
    demand is higher where they are; with its error
    residual: SKUs × periods, that part of the log price; 0 in promotions, and where nothing is known
    """

    elasticity: float
    low: float
    high: float
    strength: float
    passed_on: tuple[float, float]
    endogeneity: tuple[float, float]
    residual: Floats

    @property
    def is_strong(self) -> bool:
        """Whether it counts."""
        return self.strength >= ENOUGH

    @property
    def is_wide_enough(self) -> bool:
        """Whether the interval is as wide as it says; with a weaker instrument it is somewhat too short."""
        return self.strength >= ASYMPTOTIC


def unit_costs(shop: Shop, panel: PricePanel) -> Floats:
    """SKUs × periods: cost of one unit on the days on which lines tell it, currency, standing until the next; NaN before the first."""
    return in_periods(shop.load(_costs(shop.orders, shop.order_lines)), panel)


def _costs(orders: ir.Table, order_lines: ir.Table) -> ir.Table:
    """Cost of one unit by SKU and day: sku, day, value (currency), weight (units)."""
    lines = order_lines.filter((order_lines.unit_cost > 0) & (order_lines.quantity > 0))
    lines = lines.join(orders[["order_id", "ordered_at"]], "order_id")
    units = lines.quantity.sum().cast("float64")
    return lines.group_by("sku", day=lines.ordered_at.date()).agg(
        value=(lines.unit_cost * lines.quantity).sum() / units, weight=units
    )


def instrumented(panel: PricePanel, instrument: Floats) -> Instrumented | None:
    """The elasticity of all SKUs in one, from the price changes that follow an instrument. None where it, or no price, moved beside other SKUs'.

    instrument: SKUs × periods, above 0; NaN where unknown. It must reach sales through the price alone. Periods in which a SKU is
    promoted are left out: there the promotion sets the price. Poisson with fixed effects by control function: what of the log
    price the instrument does not tell stands in the regression beside it.
    Source: Wooldridge (2015), Journal of Human Resources 50(2), 420-445; with fixed effects Lin & Wooldridge (2019), in Panel Data
    Econometrics, 21-43.
    """
    asked = _asked(panel, instrument)
    first = _first_stage(asked)
    if first is None:
        return None
    second = poisson(asked.cells, first.rows, np.c_[asked.cells.log_price[first.rows.cell], first.left])
    error = np.sqrt(np.diag(_covariance(first, second)))
    elasticity, endogeneity = (float(each) for each in second.coefficients[:2])
    return Instrumented(
        elasticity, elasticity - _CERTAIN * error[0], elasticity + _CERTAIN * error[0], (first.slope / first.error) ** 2,
        (first.slope, first.error), (endogeneity, float(error[1])), _untold(panel, asked, first),
    )  # fmt: skip


def with_untold(panel: PricePanel, found: Instrumented) -> PricePanel:
    """The panel with what of prices the instrument does not tell as one more column among promoted, of deviation 1.

    Elasticities fitted to it are those of the instrument, SKU by SKU; how sure the first stage is, is left out of their intervals.
    """
    return replace(
        panel, promoted={**panel.promoted, UNTOLD: found.residual / found.residual[found.residual != 0].std()}
    )


class _Asked(NamedTuple):
    """Cells with the log instrument, whether it is known, whether the SKU is in no promotion, and the place of each in the panel."""

    cells: Cells
    log: Floats
    is_known: Bools
    is_standing: Bools
    place: NDArray[np.int64]


def _asked(panel: PricePanel, instrument: Floats) -> _Asked:
    standing = np.all([np.ones(instrument.shape), *(share == 0 for share in panel.promoted.values())], axis=0)
    place = np.arange(instrument.size, dtype=np.float64).reshape(instrument.shape)
    tables = {"log": centred(np.log(instrument)), "known": ~np.isnan(instrument) * 1.0, "standing": standing * 1.0}
    # As kinds of promotion do, these tables follow their cells into the order of cells_of.
    cells = cells_of(replace(panel, promoted={**tables, "place": place}))
    log, known, standing, place = cells.promoted.T
    return _Asked(cells, log, known > 0, standing > 0, place.astype(np.int64))


class _First(NamedTuple):
    """Log price by the instrument, within SKU and period: its slope with its error, the instrument, what is left of the price and the share of it."""

    rows: Telling
    slope: float
    error: float
    log: Floats
    left: Floats
    untold: float


def _first_stage(asked: _Asked) -> _First | None:
    rows = telling(asked.cells, asked.is_known & asked.is_standing)
    if len(rows.cell) == 0:
        return None
    price, log = within(rows, np.ones(len(rows.cell)), np.c_[asked.cells.log_price, asked.log][rows.cell]).T
    if min((log**2).sum(), (price**2).sum()) < _UNMOVED * len(log):
        return None
    slope = float((price * log).sum() / (log**2).sum())
    left = price - slope * log
    scores = by_sku(rows, (log * left)[:, None])
    error = float(np.sqrt((scores**2).sum() * few(rows, 1)) / (log**2).sum())
    return _First(rows, slope, error, log, left, float((left**2).sum() / max((price**2).sum(), 1e-12)))


def _covariance(first: _First, second: Regression) -> Floats:
    """Of the second stage's coefficients, clustered by SKU, with what the first stage's errors do to them."""
    weighted = second.columns * second.weight[:, None]
    moved = by_sku(first.rows, (first.log * first.left)[:, None]) / (first.log**2).sum()
    through = second.coefficients[1] * moved * (weighted.T @ first.log)
    scores = by_sku(first.rows, second.columns * second.off[:, None]) + through
    each = np.linalg.pinv(weighted.T @ second.columns, hermitian=True) @ scores.T
    return np.asarray(each @ each.T * few(first.rows, len(each)))


def _untold(panel: PricePanel, asked: _Asked, first: _First) -> Floats:
    """SKUs × periods: what is left of the log price outside promotions; where the instrument is unknown, the share that is left of others'."""
    made = np.zeros(panel.sold.size)
    made[asked.place[first.rows.cell]] = first.left
    rows = telling(asked.cells, ~asked.is_known & asked.is_standing)
    price = within(rows, np.ones(len(rows.cell)), asked.cells.log_price[rows.cell, None])[:, 0]
    made[asked.place[rows.cell]] = first.untold * price
    return made.reshape(panel.sold.shape)
