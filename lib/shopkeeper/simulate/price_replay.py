"""Price replay: what other price lists would have brought, in expectation and by the same luck."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from shopkeeper.simulate.checkout import FEE, SALE, make_orders, parcel_fen
from shopkeeper.simulate.choices import UNITS, choose_skus, from_prices, lines_at_list, weight_at_list, with_factor
from shopkeeper.simulate.draws import Floats, Ints
from shopkeeper.simulate.history import History
from shopkeeper.simulate.scene import Scene
from shopkeeper.tables import DataError, offenders

FIGURES = ("units", "net_revenue", "contribution")


@dataclass(frozen=True)
class Aisle:
    """The lines of one category that are wanted over a horizon, at list prices. Money in fen.

    skus: numbers. lines: one row each, with day and factor. at_list, promoted, planned, cost: lines × SKUs: the weight at the list
    price, the day's price in a promotion (infinite without one), the price as planned, the cost of a unit. parcel: by line, its part
    of what it costs to send its order. units: of a line in the mean.
    """

    skus: Ints
    lines: pd.DataFrame
    at_list: Floats
    promoted: Floats
    planned: Floats
    cost: Floats
    parcel: Floats
    units: float


@dataclass(frozen=True)
class Horizon:
    """Days of a history over which price lists are replayed, from day number `first` on.

    base: the lines wanted, with their category. stays: what coupons leave of a yuan of goods, as before the horizon.
    """

    history: History
    first: int
    days: int
    base: pd.DataFrame
    aisles: tuple[Aisle, ...]
    stays: float


def make_horizon(history: History, first: dt.date, days: int) -> Horizon:
    """The horizon of so many days from a date on; what an analyst knows of it is the Shop as of the day before.

    Who comes on which day, and for which category, is given: in this world it does not follow from prices. Shelves are full.
    DataError for days on which the world does not sell.
    """
    world = history.scene.world
    start = world.day(first)
    if days < 1 or start < 0 or start + days > world.days:
        raise DataError(
            f"price replay: {days} days from {first} leave the world, which sells from {world.first_day} to {world.last_day}. "
            "Choose days within it."
        )
    everything = lines_at_list(history.scene, history.people, history.occasions)
    base = everything[(everything.day >= start) & (everything.day < start + days)]
    aisles = tuple(_aisle(history, base, category) for category in range(world.categories))
    return Horizon(history, start, days, base, aisles, _stays(history, start))


def _aisle(history: History, base: pd.DataFrame, category: int) -> Aisle:
    scene, parcels = history.scene, parcel_fen(history.people)
    skus = np.flatnonzero(scene.catalogue.skus.category == category)
    count = base.groupby("occasion").line.transform("size")
    lines = with_factor(scene, history.people, base.assign(count=count)[base.category == category])
    day = lines.day.to_numpy()[:, None]
    planned = scene.prices.price[day, skus].astype(np.float64)
    return Aisle(
        skus, lines, weight_at_list(scene, history.people, lines, skus),
        np.where(scene.prices.promotion[day, skus] >= 0, planned, np.inf), planned, scene.cost[day, skus].astype(np.float64),
        parcels[lines.customer] / lines["count"].to_numpy(), float(UNITS[category]),
    )  # fmt: skip


def _stays(history: History, start: int) -> float:
    sold = history.orders[(history.orders.kind == SALE) & (history.orders.day < start)]
    return 1 - float(sold.coupon_fen.sum() / max(sold.goods_fen.sum(), 1))


def expected(horizon: Horizon, lists: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What price lists bring over the horizon in expectation over what its customers choose: rows of plan, sku, and FIGURES.

    lists: by name, rows of sku and price (yuan), which stands over the whole horizon. On days of a planned promotion a SKU sells at
    the lower of both. SKUs that are not named keep their planned prices.
    net_revenue: after coupons, which take the share that they took before the horizon, and before returns. contribution: net_revenue
    less the goods at each day's cost, the platform's fee and the parcels; returns and postage paid are left out. A line's part of
    its order's parcel is spared where it falls away; one that brings more needs no more.
    """
    return _each(horizon, lists, _expected)


def realised(horizon: Horizon, lists: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The same as it would have come by the luck of the history: to the fen, each order's coupons, fee and parcel shared over its lines.

    Vouchers of messages that were used before the horizon count as unused in it.
    """
    return _each(horizon, lists, _realised)


def totals(replayed: pd.DataFrame) -> pd.DataFrame:
    """FIGURES by plan (index), in their order."""
    return replayed.groupby("plan", sort=False)[list(FIGURES)].sum()


def _each(
    horizon: Horizon, lists: Mapping[str, pd.DataFrame], how: Callable[[Horizon, Floats], pd.DataFrame]
) -> pd.DataFrame:
    scene = horizon.history.scene
    told = [
        how(horizon, listed(scene, rows)).assign(plan=name, sku=scene.catalogue.skus["sku"])
        for name, rows in lists.items()
    ]
    return pd.concat(told, ignore_index=True)[["plan", "sku", *FIGURES]]


def listed(scene: Scene, rows: pd.DataFrame) -> Floats:
    """The price of each SKU of the catalogue in a price list, fen; NaN where the list does not name it.

    DataError for a SKU that the catalogue has not, one named twice, and a price that is none.
    """
    place = sku_numbers(scene, rows["sku"])
    fen = np.rint(100 * rows.price.to_numpy(np.float64))
    if wrong := rows["sku"][~(np.isfinite(fen) & (fen >= 1))].tolist():
        raise DataError(
            f"price replay: price of {len(wrong):,} of {len(rows):,} rows is no price above 0 ({offenders(wrong)}). State one, or "
            "leave the SKU out: it keeps its planned prices."
        )
    price = np.full(len(scene.catalogue.skus), np.nan)
    price[place] = fen
    return price


def sku_numbers(scene: Scene, codes: pd.Series) -> Ints:
    """The number of each SKU; DataError for one that the catalogue has not, or that is named twice."""
    known = {code: number for number, code in enumerate(scene.catalogue.skus["sku"])}
    unknown, twice = [code for code in codes if code not in known], codes[codes.duplicated()].tolist()
    if unknown or twice:
        raise DataError(
            f"price replay: sku of {len(unknown):,} of {len(codes):,} rows is unknown to this world ({offenders(unknown)}), and of "
            f"{len(twice):,} stands there before ({offenders(twice)}). Name each SKU of its catalogue once at most."
        )
    return np.array([known[code] for code in codes], np.int64)


def _asked(aisle: Aisle, price: Floats) -> Floats:
    """Lines × SKUs: what is asked under a price list (by SKU, NaN where not named)."""
    mine = price[aisle.skus]
    return np.where(np.isnan(mine), aisle.planned, np.minimum(mine, aisle.promoted))


def weights(horizon: Horizon, aisle: Aisle, price: Floats) -> Floats:
    """Lines × SKUs: the weight of each choice at prices (lines × SKUs)."""
    return np.asarray(
        aisle.at_list * np.exp(from_prices(horizon.history.scene, aisle.lines, aisle.skus, price)), np.float64
    )


def margins(horizon: Horizon, aisle: Aisle, price: Floats) -> Floats:
    """Lines × SKUs: what a line leaves at prices, its parcel apart, fen."""
    return np.asarray(aisle.units * (price * horizon.stays * (1 - FEE) - aisle.cost), np.float64)


def _expected(horizon: Horizon, price: Floats) -> pd.DataFrame:
    found = np.zeros((len(price), len(FIGURES)))
    for aisle in horizon.aisles:
        asked = _asked(aisle, price)
        weight = weights(horizon, aisle, asked)
        chances = weight / weight.sum(axis=1, keepdims=True)
        volume = (weight.sum(axis=1) / aisle.at_list.sum(axis=1)) ** horizon.history.scene.nest[aisle.skus[0]]
        lines = chances * volume[:, None]
        parcels = chances * (aisle.parcel * np.minimum(volume, 1.0))[:, None]
        units, net = aisle.units * lines, aisle.units * lines * asked * horizon.stays
        left = lines * margins(horizon, aisle, asked) - parcels
        found[aisle.skus] = np.c_[units.sum(axis=0), net.sum(axis=0) / 100, left.sum(axis=0) / 100]
    return pd.DataFrame(found, columns=list(FIGURES))


def _realised(horizon: Horizon, price: Floats) -> pd.DataFrame:
    history, days = horizon.history, slice(horizon.first, horizon.first + horizon.days)
    prices, people = history.scene.prices, history.people
    paid = prices.price.copy()
    promoted = np.where(prices.promotion[days] >= 0, paid[days], np.inf)
    paid[days] = np.where(np.isnan(price), paid[days], np.minimum(price, promoted))
    scene = replace(history.scene, prices=replace(prices, price=paid))
    requests, _ = choose_skus(scene, people, horizon.base)
    orders, lines = make_orders(scene, people, history.occasions, requests.assign(sold=requests.quantity))
    of = orders.loc[lines["order"]].reset_index(drop=True)
    fee = of.fee_fen * lines.net_fen / of.net_fen.clip(lower=1)
    left = (
        lines.net_fen
        - scene.cost[lines.day, lines["sku"]] * lines.quantity
        - fee
        - of.logistics_fen * lines.quantity / of.units
    )
    figures = (lines.quantity, lines.net_fen / 100, left / 100)
    return pd.DataFrame(
        {name: np.bincount(lines["sku"], figure, len(price)) for name, figure in zip(FIGURES, figures, strict=True)}
    )
