"""Everything that the report on demand rests on, found in one call; what a brand lacks tables for is empty."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.accuracy import beside_naive, came, core_accuracy, top_skus
from shopkeeper.demand.ahead import PATHS, Money, ahead_rows, money_of
from shopkeeper.demand.forecast import ORIGINS, Forecast, errors_of, forecast
from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.market import Market, Said, market
from shopkeeper.demand.panel import MOST
from shopkeeper.demand.replenish import OrderList, Terms, extended, of_shelves, order_list, standing
from shopkeeper.demand.shelves import Figures, figures
from shopkeeper.demand.slow import Moves, moves, slow_movers, unsure
from shopkeeper.demand.spread import learn_spread, sample_paths
from shopkeeper.demand.stocktake import bare_shelves, stocktake
from shopkeeper.fits import kept
from shopkeeper.report.words import Sentence
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]

UNTOLD = 0.95  # service where terms of supply are assumed, and none is asked for


@dataclass(frozen=True)
class Stock:
    """What was found of the shelves.

    terms of the order list; shelves, faults: of the stocktake; figures; orders; moved: of slow.moves; slow: of slow.slow_movers, and
    cleared: draws of what marking down those that pay would bring (currency)
    """

    terms: Terms
    shelves: pd.DataFrame
    faults: tuple[Sentence, ...]
    figures: Figures
    orders: OrderList
    moved: Moves
    slow: pd.DataFrame
    cleared: Floats


@dataclass(frozen=True)
class Study:
    """What was found of a brand's demand.

    paths   count × SKUs × 28, units wanted; money: what units bring
    ahead   of ahead.ahead_rows, of the core SKUs
    past    the same as of the last origin, with what came as actual
    core    of accuracy.core_accuracy; naive: of accuracy.beside_naive
    market  trends, hits, launches, surprises
    bare    of replenish.order_list, of the core SKUs on assumed terms, as of stocktake.bare_shelves
    stock   None where it is not known what lies on the shelves
    """

    shop: Shop
    forecast: Forecast
    paths: NDArray[np.int32]
    money: Money
    ahead: pd.DataFrame
    past: pd.DataFrame
    core: pd.DataFrame
    naive: pd.DataFrame
    market: Market
    bare: pd.DataFrame
    stock: Stock | None

    @property
    def is_better(self) -> bool:
        """Whether the forecast was nearer than days like the last four weeks on earlier days, so that it may be acted on."""
        return bool(self.naive.ours.mean() < self.naive.naive.mean())


def study(shop: Shop, seed: int, service: float, most: int = MOST) -> Study:
    """Forecast, take stock and list orders. service: chance that a shelf lasts until its next order; 0: what pays best.

    DataError where too little is known to forecast from.
    """
    found = kept(shop.brand, forecast_as_of, shop.brand.name, str(shop.as_of), shop.manifest["data"], most, seed)
    panel = found.panel
    paths = sample_paths(found.agreed.of_skus, found.kind, panel.category[0], found.spread, PATHS, seed)
    money = money_of(panel)
    ahead = ahead_rows(panel, paths, money, top_skus(panel))
    past, said = last_time(found, seed)
    about = market(shop, panel, said)
    terms = Terms(service or None)
    bare = policies(bare_shelves(shop, panel, top_skus(panel)), paths, Terms(service or UNTOLD), seed)
    stock = _stock(shop, found, paths, terms, seed)
    return Study(shop, found, paths, money, ahead, past, core_accuracy(found), beside_naive(found), about, bare, stock)


def forecast_as_of(brand: str, as_of: str, data: str, most: int, seed: int) -> Forecast:
    """Of forecast.forecast, for keeping: data is the fingerprint of the brand's tables."""
    return forecast(Shop(brand, as_of), most, seed, ORIGINS)


def policies(shelves: pd.DataFrame, paths: NDArray[np.int32], terms: Terms, seed: int) -> pd.DataFrame:
    """The lines of the order list of some shelves; paths: of all SKUs."""
    return order_list(shelves, of_shelves(extended(paths), shelves, seed), terms, seed).lines


def _stock(shop: Shop, found: Forecast, paths: NDArray[np.int32], terms: Terms, seed: int) -> Stock | None:
    taken = stocktake(shop, found.panel)
    if taken.shelves.empty:
        return None
    wanted = of_shelves(extended(paths), taken.shelves, seed)
    orders = order_list(taken.shelves, wanted, terms, seed)
    moved = moves(orders.lines, standing(taken.shelves, wanted, terms, seed))
    slow = slow_movers(orders.lines, terms.holding)
    cleared = unsure(slow, terms.holding)[:, (slow.gain > 0).to_numpy()].sum(axis=1)
    return Stock(terms, taken.shelves, taken.faults, figures(found.panel, taken.shelves), orders, moved, slow, cleared)


def last_time(found: Forecast, seed: int) -> tuple[pd.DataFrame, Said]:
    """What would have been said four weeks ago, of the same kind, and what came (actual), told by the other origins alone.

    Beside it, by SKU of today's panel, the 90% interval of its units over these weeks.
    Nothing where there is no other origin to tell the spread.
    """
    low, high = np.full((2, len(found.panel.skus)), np.nan)
    if len(found.origins) < 2:
        return pd.DataFrame(), Said(low, high, 0.1)
    origin, agreed = found.origins[-1], found.past[-1]
    spread = learn_spread([errors_of(one, of) for one, of in list(zip(found.origins, found.past, strict=True))[:-1]])
    paths = sample_paths(agreed.of_skus, origin.kind, origin.panel.category[0], spread, PATHS, seed)
    rows = ahead_rows(origin.panel, paths, money_of(origin.panel), top_skus(origin.panel))
    rows = rows.assign(actual=came(found.panel, rows, len(origin.panel.days))).dropna(subset=["actual"])
    now = pd.Series(found.panel.skus.index, found.panel.skus["sku"]).reindex(origin.panel.skus["sku"]).to_numpy()
    known = ~np.isnan(now) & origin.panel.on_sale(len(origin.panel.days)) & ~origin.panel.skus.is_rest.to_numpy()
    totals = paths[:, known, :HORIZON].sum(axis=2)
    inside = np.quantile(totals, [0.05, 0.95], axis=0)
    low[now[known].astype(int)], high[now[known].astype(int)] = inside
    return rows, Said(low, high, float(((totals < inside[0]) | (totals > inside[1])).mean()))
