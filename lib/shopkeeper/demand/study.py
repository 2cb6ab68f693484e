"""Everything that the report on demand rests on, found in one call; what a brand lacks tables for is empty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.ahead import PATHS, Money, ahead_rows, money_of
from shopkeeper.demand.forecast import ORIGINS, Forecast, errors_of, forecast
from shopkeeper.demand.panel import MOST
from shopkeeper.demand.replenish import Terms, extended, of_shelves, order_list, standing
from shopkeeper.demand.slow import moves, slow_movers
from shopkeeper.demand.spread import learn_spread, sample_paths
from shopkeeper.demand.stocktake import Stocktake, stocktake
from shopkeeper.fits import kept
from shopkeeper.shop import Shop

TOP = 20  # SKUs of most net revenue, whose units are claimed one by one


@dataclass(frozen=True)
class Study:
    """What was found of a brand's demand.

    paths   count × SKUs × 28, units wanted; money: what units bring
    ahead   of ahead.ahead_rows, of the TOP SKUs
    past    the same as of the last origin, with what came as actual; empty without an earlier origin
    taken   the stocktake; orders: of replenish.order_list; slow, moved: of slow
    """

    shop: Shop
    forecast: Forecast
    paths: NDArray[np.int32]
    money: Money
    ahead: pd.DataFrame
    past: pd.DataFrame
    taken: Stocktake
    orders: pd.DataFrame
    slow: pd.DataFrame
    moved: pd.DataFrame

    @property
    def has_stock(self) -> bool:
        """Whether it is known what lies on the shelves."""
        return len(self.taken.shelves) > 0


def study(shop: Shop, seed: int, service: float, most: int = MOST) -> Study:
    """Forecast, take stock and list orders. service: chance that a shelf lasts until its next order; 0: what pays best.

    DataError where too little is known to forecast from.
    """
    found = kept(shop.brand, forecast_as_of, shop.brand.name, str(shop.as_of), shop.manifest["data"], most, seed)
    panel = found.panel
    paths = sample_paths(found.agreed.of_skus, found.kind, panel.category[0], found.spread, PATHS, seed)
    money = money_of(panel)
    taken, terms = stocktake(shop, panel), Terms(service or None)
    orders, slow, moved = _stock(taken, paths, terms, seed)
    ahead = ahead_rows(panel, paths, money, top_skus(found))
    return Study(shop, found, paths, money, ahead, last_time(found, seed), taken, orders, slow, moved)


def forecast_as_of(brand: str, as_of: str, data: str, most: int, seed: int) -> Forecast:
    """Of forecast.forecast, for keeping: data is the fingerprint of the brand's tables."""
    return forecast(Shop(brand, as_of), most, seed, ORIGINS)


def top_skus(found: Forecast) -> list[int]:
    """Rows of the SKUs of most net revenue in the last four weeks, that are on sale."""
    lately = found.panel.revenue[:, -28:].sum(axis=1)
    single = ~found.panel.skus.is_rest.to_numpy() & (lately > 0)
    return [int(place) for place in np.argsort(-lately, kind="stable") if single[place]][:TOP]


def _stock(
    taken: Stocktake, paths: NDArray[np.int32], terms: Terms, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    if taken.shelves.empty:
        return pd.DataFrame(), pd.DataFrame(), pd.DataFrame()
    wanted = of_shelves(extended(paths), taken.shelves, seed)
    orders = order_list(taken.shelves, wanted, terms, seed)
    return orders, slow_movers(orders, terms.holding), moves(orders, standing(taken.shelves, wanted, terms, seed))


def last_time(found: Forecast, seed: int) -> pd.DataFrame:
    """What would have been said four weeks ago, of the same kind, and what came (actual); told by the other origins alone."""
    if len(found.origins) < 2:
        return pd.DataFrame()
    origin, agreed = found.origins[-1], found.past[-1]
    spread = learn_spread([errors_of(one, of) for one, of in list(zip(found.origins, found.past, strict=True))[:-1]])
    paths = sample_paths(agreed.of_skus, origin.kind, origin.panel.category[0], spread, PATHS, seed)
    lately = origin.panel.revenue[:, -28:].sum(axis=1)
    single = [int(place) for place in np.argsort(-lately, kind="stable") if not origin.panel.skus.is_rest[place]][:TOP]
    rows = ahead_rows(origin.panel, paths, money_of(origin.panel), single)
    return rows.assign(actual=_came(found, rows, len(origin.panel.days))).dropna(subset=["actual"])


def _came(found: Forecast, rows: pd.DataFrame, start: int) -> Sequence[float]:
    """What was sold of each row's subject in the days that it is about."""
    tables = {"units": found.panel.sales, "net_revenue": found.panel.revenue}
    by_sku = pd.Series(found.panel.skus.index, found.panel.skus["sku"])
    made = []
    for row in rows.itertuples():
        sold = tables[str(row.measure)][:, start : start + int(row.days)]
        if row.level == "sku":
            made.append(float(np.nansum(sold[by_sku[row.subject]])) if row.subject in by_sku else np.nan)
        else:
            here = (
                np.ones(len(sold), bool)
                if row.level == "brand"
                else (found.panel.skus.category == row.subject).to_numpy()
            )
            made.append(float(np.nansum(sold[here])))
    return made
