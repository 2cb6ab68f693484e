"""Markdown paths in brands of known truth, learnt before 20 March 2026 and lived through by the luck of the twelve weeks after.

Of each brand every third SKU has more in stock than its customers are expected to want at today's price, by a third to twice as much; all must be
gone in twelve weeks, and what is left is lost. Units ahead are known as from a forecast that is 10% off for the brand and 20% for a SKU. Each
SKU is marked down alone, so that what it takes from its neighbours is its own; promotions rest.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from bands import verdict
from numpy.typing import NDArray
from priced import BRAND_OFF, FIRST, SKU_OFF, offers_of, panel_of, world_of
from shopkeeper.demand.replenish import HOLDING
from shopkeeper.pricing.elasticity import Elasticities, fit_elasticities
from shopkeeper.pricing.markdown import lots_of, markdowns
from shopkeeper.pricing.markdown_goods import Goods, Wanted, lowest_prices, prices_down, with_neighbours
from shopkeeper.pricing.markdown_paths import planned_path, policy, single_best
from shopkeeper.pricing.panel import PricePanel
from shopkeeper.pricing.rules import Rules
from shopkeeper.simulate.history import History, live
from shopkeeper.simulate.price_replay import Horizon, expected, make_horizon, realised

Floats = NDArray[np.float64]

SEEDS, WEEKS = range(500, 530), 12
_WEEK = 7


class Season(NamedTuple):
    """The weeks to live through, what all SKUs bring in each at today's prices (realised, by SKU), and these prices."""

    weeks: list[Horizon]
    usual: list[pd.DataFrame]
    today: pd.DataFrame


class Plan(NamedTuple):
    """What may be asked (falling, from today's), and by week and units left the place of the price to ask next, after the last."""

    prices: Floats
    choose: Callable[[int, float, int], int]


def cleared(seed: int) -> pd.DataFrame:
    """One brand, learnt from and lived through: rows of SKUs with a path: foretold, low, high of its gain, and the gains that came by it, by one cut at once, and by prices set anew each week (yuan); kept: what came at today's price."""
    history = live(world_of(seed))
    horizon = make_horizon(_at_rest(history), FIRST, WEEKS * _WEEK)
    panel = panel_of(history, horizon.first)
    found = fit_elasticities(panel, seed)
    season = _season(horizon, panel)
    goods, wanted = _goods(horizon, panel, found, seed)
    made = markdowns(goods, wanted, found, Rules())
    rows = []
    for place, row in made.rows[made.rows.pays].iterrows():
        came = {name: _lived(season, row, plan) for name, plan in _plans(goods, place, wanted, found).items()}
        gains = {name: value - came["kept"] for name, value in came.items() if name != "kept"}
        rows.append({"foretold": row.gain, "low": row.low, "high": row.high, "kept": came["kept"], **gains})
    return pd.DataFrame(rows)


def _at_rest(history: History) -> History:
    """The same days without promotions: a path's price is the price."""
    prices = history.scene.prices
    quiet = replace(prices, promotion=np.full_like(prices.promotion, -1))
    return replace(history, scene=replace(history.scene, prices=quiet))


def _season(horizon: Horizon, panel: PricePanel) -> Season:
    today = pd.DataFrame({"sku": panel.skus["sku"], "price": panel.today})
    base = horizon.base
    weeks = [
        replace(horizon, first=start, days=_WEEK, base=base[(base.day >= start) & (base.day < start + _WEEK)])
        for start in range(horizon.first, horizon.first + horizon.days, _WEEK)
    ]
    return Season(weeks, [realised(week, {"": today}).set_index("sku") for week in weeks], today)


def _goods(horizon: Horizon, panel: PricePanel, found: Elasticities, seed: int) -> tuple[Goods, Wanted]:
    """What an analyst knows of what lies too long, and what may be wanted of it."""
    draw = np.random.default_rng(seed)
    offers = offers_of(horizon, panel, found).rename_axis("place").reset_index()
    today = pd.DataFrame({"sku": panel.skus["sku"], "price": panel.today})
    true = expected(horizon, {"": today}).set_index("sku").units[offers["sku"]].to_numpy()
    half = (BRAND_OFF**2 + SKU_OFF**2) / 2  # so that the forecast is right in the mean, and so are its draws
    off = np.exp(BRAND_OFF * draw.normal() + SKU_OFF * draw.normal(size=len(true)) - half)
    scene = horizon.history.scene
    code = pd.Series(scene.catalogue.skus.index, scene.catalogue.skus["sku"])
    unit_cost = scene.cost[horizon.first, code[offers["sku"]].to_numpy()] / 100
    offers = with_neighbours(offers.assign(units=true * off, unit_cost=unit_cost, carried=offers.cost - unit_cost))
    rows = offers.iloc[::3].merge(lowest_prices(panel), on="sku")
    rows = rows[rows.units > 1].reset_index(drop=True)
    rows["stock"] = np.floor(rows.units * draw.uniform(4 / 3, 3, len(rows)))
    rows["floor"] = np.minimum(rows.floor, rows.price)
    rows = rows.assign(weeks=WEEKS, life=0.0, holding=rows.unit_cost * HOLDING * _WEEK / 365)
    count = len(found.beside)
    noise = BRAND_OFF * draw.normal(size=(count, 1, 1)) + SKU_OFF * draw.normal(size=(count, len(rows), 1))
    weekly = rows.units.to_numpy()[None, :, None] / WEEKS
    rates = (
        weekly
        * np.exp(noise - half)
        * draw.gamma(weekly / _lumps(horizon), _lumps(horizon) / weekly, (count, len(rows), WEEKS))
    )
    goods = Goods(rows, prices_down(rows, [(0, 1)] * 3), len(rows))
    return goods, Wanted(rates, seed)


def _lumps(horizon: Horizon) -> float:
    """Variance of units beyond Poisson's by their mean, as lines of several units make it."""
    units = horizon.history.requests.quantity[horizon.history.requests.day < horizon.first]
    return float((units**2).sum() / units.sum() - 1)


def _plans(goods: Goods, place: int, wanted: Wanted, found: Elasticities) -> dict[str, Plan]:
    chosen, _ = lots_of(goods, place, wanted, found)
    asked = goods.prices[place][~np.isnan(goods.prices[place])]
    path, single, closed = planned_path(chosen), single_best(chosen), policy(chosen)
    return {
        "kept": Plan(asked, lambda week, left, last: 0),
        "planned": Plan(asked, lambda week, left, last: int(path[week])),
        "at once": Plan(asked, lambda week, left, last: single),
        "re-planned": Plan(asked, lambda week, left, last: int(closed.price[week, round(left / closed.left[1]), last])),
    }


def _lived(season: Season, row: pd.Series, plan: Plan) -> float:
    """What the stock of one SKU truly brought, counted as it was foretold: its own cost spent, others' gains and losses beside their week at today's prices."""
    left, last, total = float(row.stock), 0, 0.0
    for number, (week, usual) in enumerate(zip(season.weeks, season.usual, strict=True)):
        last = plan.choose(number, left, last)
        prices = season.today.assign(price=season.today.price.where(season.today["sku"] != row.sku, plan.prices[last]))
        came = usual if last == 0 else realised(week, {"": prices}).set_index("sku")
        own, others = came.loc[row.sku], came.contribution.sum() - usual.contribution.sum()
        others -= own.contribution - usual.contribution[row.sku]
        sold = min(own.units, left)
        left -= sold
        share = sold / own.units if own.units else 0.0
        total += share * (own.contribution + row.unit_cost * own.units + others) - left * row.holding
    return total


def table_of(brands: list[pd.DataFrame]) -> str:
    """Coverage and gains in one text."""
    rows = pd.concat(brands)
    sums = rows[["kept", "foretold", "planned", "at once", "re-planned"]].sum()
    lines = [
        "| 90% interval of | intervals | coverage | 99% band | holds |\n|---|---|---|---|---|\n",
        f"| gain of a markdown path | {verdict([list((each.low <= each.planned) & (each.planned <= each.high)) for each in brands])} |\n",
        f"\nBeyond today's prices, by what came at these: foretold {sums.foretold / sums.kept:.1%}, the paths brought {sums.planned / sums.kept:.1%}, one cut at once "
        f"{sums['at once'] / sums.kept:.1%}, prices set anew each week by what was left {sums['re-planned'] / sums.kept:.1%}. {(rows.planned > 0).mean():.0%} of the paths gained.\n",
    ]  # fmt: skip
    return "".join(lines)
