"""Everything that the report on pricing rests on, found in one call; what a brand lacks tables for is empty."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.ahead import PATHS
from shopkeeper.demand.forecast import Forecast
from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.panel import MOST, load_panel
from shopkeeper.demand.spread import sample_paths
from shopkeeper.demand.study import forecast_as_of
from shopkeeper.fits import kept
from shopkeeper.pricing.beside import Beside, beside
from shopkeeper.pricing.competitors import Compared, compare_prices
from shopkeeper.pricing.complements import Complements, complements
from shopkeeper.pricing.elasticity import Elasticities, fit_elasticities
from shopkeeper.pricing.holdout import Told, out_of_time
from shopkeeper.pricing.in_force import with_prices_in_force
from shopkeeper.pricing.instrument import instrumented, unit_costs, with_untold
from shopkeeper.pricing.kind_margins import kind_margins
from shopkeeper.pricing.ledger import Ledger, loss_makers, margin_ledger
from shopkeeper.pricing.markdown import Clearance, clearance
from shopkeeper.pricing.markdown_goods import goods_to_clear, weekly_demand
from shopkeeper.pricing.offers import offers_of, with_demand, with_stock
from shopkeeper.pricing.optimise import Demand, PriceList, price_list
from shopkeeper.pricing.panel import PricePanel, price_panel
from shopkeeper.pricing.price_tests import price_tests
from shopkeeper.pricing.promotion import Promotions, promotion_effects
from shopkeeper.pricing.promotion_days import promotion_days
from shopkeeper.pricing.promotion_kinds import kind_effects
from shopkeeper.pricing.regions import Split, split_regions
from shopkeeper.pricing.rules import Rules
from shopkeeper.pricing.seen import competitor_prices
from shopkeeper.pricing.segment_coupons import Coupons, segment_coupons
from shopkeeper.pricing.unit_economics import unit_economics
from shopkeeper.sampler import is_sound
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

Floats = NDArray[np.float64]

CERTAIN = 1.645  # standard errors, beyond which chance leaves 5%


@dataclass(frozen=True)
class Learnt:
    """What is learnt of prices: elasticities, the same asked in other ways, errors out of time, what displays and mailers do (no rows: none ran), and what is bought together."""

    panel: PricePanel
    elasticities: Elasticities
    beside: Beside
    errors: tuple[Told, Told] | None
    kinds: pd.DataFrame
    bought: Complements

    @property
    def is_sound(self) -> bool:
        """Whether the sampler may be trusted."""
        return is_sound(self.elasticities.checks)

    @property
    def is_better(self) -> bool:
        """Whether elasticities told better than prices of no matter what sold beside what, out of time, and beyond chance."""
        return self.errors is not None and self.errors[1].surer > CERTAIN


@dataclass(frozen=True)
class Study:
    """What was found of a brand's prices.

    paths   draws × SKUs × 28 days, units wanted, of forecast.panel's SKUs
    prices  the price list; demand: what it rests on, in the order of its rows; moved: draws × rows, units at the prices in force by those
            at the prices that the data have
    tests   of price_tests.price_tests; split: the regions of those by region, None where there are too few
    losses  of ledger.loss_makers; economics: of unit_economics
    cleared   paths of what lies too long, which the price list and the tests leave alone
    promotions   None where none has a beginning and an end, or too few days lie outside them
    kinds    what a week in a display or a mailer brings (kind_margins)
    coupons      for segments of customers; None where the brand has not switched them on, or purchases tell too little
    """

    shop: Shop
    rules: Rules
    learnt: Learnt
    forecast: Forecast
    paths: NDArray[np.int32]
    ledger: Ledger
    losses: pd.DataFrame
    economics: pd.DataFrame
    compared: Compared
    promotions: Promotions | None
    kinds: pd.DataFrame
    cleared: Clearance
    prices: PriceList
    demand: Demand
    moved: Floats
    tests: pd.DataFrame
    split: Split | None
    coupons: Coupons | None

    @property
    def is_trusted(self) -> bool:
        """Whether prices may be decided on: the sampler is sound, and elasticities were better than none out of time."""
        return self.learnt.is_sound and self.learnt.is_better


class _Basis(NamedTuple):
    """What prices are found from."""

    shop: Shop
    rules: Rules
    learnt: Learnt
    forecast: Forecast
    paths: NDArray[np.int32]
    economics: pd.DataFrame
    seed: int


def study(shop: Shop, seed: int, step: float, most: int = MOST) -> Study:
    """Elasticities, the ledger and the prices that earn most, none moved by more than the share `step`.

    DataError where too little is known to learn from.
    """
    data = (shop.brand.name, str(shop.as_of), shop.manifest["data"], most, seed)
    learnt, forecast = kept(shop.brand, learnt_as_of, *data), kept(shop.brand, forecast_as_of, *data)
    paths = sample_paths(
        forecast.agreed.of_skus, forecast.kind, forecast.panel.category[0], forecast.spread, PATHS, seed
    )
    ledger = margin_ledger(shop)
    economics = unit_economics(ledger)
    basis = _Basis(shop, Rules(step=step), learnt, forecast, paths, economics, seed)
    return Study(
        shop, basis.rules, learnt, forecast, paths, ledger, loss_makers(ledger), economics, compare_prices(shop), _promotions(shop, economics, seed),
        kind_margins(learnt.panel, learnt.kinds, learnt.elasticities, economics, seed), **_proposed(basis),
    )  # fmt: skip


def _proposed(basis: _Basis) -> dict[str, Any]:
    """What becomes of prices: cleared, prices, demand, moved, tests, split and coupons of a Study. What must clear has a path and no other price."""
    shop, rules, learnt, forecast, paths, economics, seed = basis
    offers = offers_of(shop, learnt.panel, economics, learnt.elasticities).merge(
        economics[["sku", "carried"]], on="sku"
    )
    goods = goods_to_clear(shop, forecast, offers, learnt.panel)
    cleared = clearance(goods, weekly_demand(forecast, goods.rows, seed), learnt.elasticities, rules)
    offers["is_cleared"] = offers["sku"].isin(goods.rows["sku"])
    offers["is_tried"] &= ~offers.is_cleared
    offers, demand = with_demand(offers, learnt.elasticities, forecast, paths)
    offers, demand, moved = with_prices_in_force(shop, offers, demand)
    offers = with_stock(shop, offers, forecast, demand)
    prices = price_list(offers, demand, rules)
    coupons = segment_coupons(shop, learnt.panel, (offers, demand), seed) if shop.brand.segment_coupons else None
    split = split_regions(shop, seed)
    tests = price_tests(prices, _weekly(forecast, paths, prices.rows), split)
    tests = tests[~tests.is_cleared].reset_index(drop=True)
    return {
        "cleared": cleared,
        "prices": prices,
        "demand": demand,
        "moved": moved,
        "tests": tests,
        "split": split,
        "coupons": coupons,
    }


def _promotions(shop: Shop, economics: pd.DataFrame, seed: int) -> Promotions | None:
    try:
        told = promotion_days(shop)
    except DataError:
        return None
    stays = economics.assign(
        kept=1 - economics.refund_rate - economics.fee_rate
    )  # of net revenue, which is what promotions are told in
    return promotion_effects(told, stays[["sku", "kept", "cost"]], seed)


def learnt_as_of(brand: str, as_of: str, data: str, most: int, seed: int) -> Learnt:
    """What is learnt of prices, for keeping: data is the fingerprint of the brand's tables."""
    shop = Shop(brand, as_of)
    panel = price_panel(shop, load_panel(shop, most))
    costs = unit_costs(shop, panel)
    by_costs = instrumented(panel, costs)
    # Where costs tell why prices moved, elasticities are those of the prices that follow them.
    told = with_untold(panel, by_costs) if by_costs is not None and by_costs.is_strong else panel
    found = fit_elasticities(told, seed)
    asked = beside(panel, found, competitor_prices(shop, panel), costs if by_costs is not None else None)
    bought = complements(shop, found.of, seed)
    return Learnt(panel, found, asked, out_of_time(told), kind_effects(panel), bought)


def _weekly(forecast: Forecast, paths: NDArray[np.int32], rows: pd.DataFrame) -> Floats:
    """Draws × SKUs × weeks, units of the SKUs of rows."""
    skus = forecast.panel.skus
    place = pd.Series(skus.index, skus["sku"]).reindex(rows["sku"]).to_numpy()
    weeks = paths[:, place, :HORIZON].reshape(len(paths), len(place), -1, 7)
    return np.asarray(weeks.sum(axis=3), np.float64)
