"""Choices: what each occasion wants, by a multinomial logit within the category."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.simulate.catalogue import SETS
from shopkeeper.simulate.draws import Draws, Floats, Ints, choose
from shopkeeper.simulate.promotions import QIXI, SPRING_FESTIVAL
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.segments import column
from shopkeeper.simulate.world import World

NEW = 60  # days after its launch in which a SKU is new
_CATEGORY_SD = 0.45  # spread of customers' lasting taste for categories
_MOST_LINES = 6
# Seasonal swing of each category's weight and the day of the year of its height.
_SWING = np.array([0.05, 0.35, 0.15, 0.05, 0.8, 0.05, 0.3, 0.0])
_HEIGHT = np.array([330, 345, 300, 200, 175, 100, 345, 0])
# Chance of a second unit, by category; of a third, a fourth of it.
_SECOND = np.array([0.08, 0.06, 0.30, 0.14, 0.10, 0.10, 0.14, 0.06])


@dataclass(frozen=True)
class Shares:
    """By SKU, over all choices of a line: expected (sum of its chances) and squared (sum of their squares)."""

    expected: Floats
    squared: Floats

    @property
    def own(self) -> Floats:
        """The share that a SKU's buyers gave it anyway; a marginal price change moves demand by elasticity × (1 - own)."""
        return np.divide(self.squared, self.expected, out=np.zeros_like(self.squared), where=self.expected > 0)


def make_requests(scene: Scene, people: pd.DataFrame, occasions: pd.DataFrame) -> tuple[pd.DataFrame, Shares]:
    """What is wanted: one row per occasion and SKU (occasion, customer, number, day, warehouse, sku, quantity)."""
    lines = _lines(scene.draws, people, occasions)
    lines["category"] = _categories(scene, people, lines)
    lines["sku"] = 0
    expected, squared = np.zeros(len(scene.catalogue.skus)), np.zeros(len(scene.catalogue.skus))
    for category in range(scene.world.categories):
        rows = np.flatnonzero(lines.category == category)
        skus = np.flatnonzero(scene.catalogue.skus.category == category)
        chances = _chances(scene, people, lines.iloc[rows], skus)
        key = (lines.customer.to_numpy()[rows], lines.number.to_numpy()[rows], lines.line.to_numpy()[rows])
        lines.iloc[rows, lines.columns.get_loc("sku")] = skus[choose(chances, scene.draws.uniform("choice", *key))]
        expected[skus], squared[skus] = chances.sum(axis=0), (chances**2).sum(axis=0)
    lines["quantity"] = _quantities(scene.draws, lines)
    keys = ["occasion", "customer", "number", "day", "warehouse", "sku"]
    requests = lines.groupby(keys, as_index=False, sort=True).quantity.sum()
    return requests, Shares(expected, squared)


def _lines(draws: Draws, people: pd.DataFrame, occasions: pd.DataFrame) -> pd.DataFrame:
    """One row per line wanted: one, and a Poisson number more."""
    customer, number = occasions.customer.to_numpy(), occasions.number.to_numpy()
    more = draws.poisson("lines", people.basket.to_numpy()[customer], customer, number)
    count = np.minimum(1 + more, _MOST_LINES)
    occasion = np.repeat(np.arange(len(occasions)), count)
    lines = occasions.loc[occasion, ["customer", "number", "day"]].reset_index(drop=True)
    lines.insert(0, "occasion", occasion)
    lines["line"] = lines.groupby("occasion").cumcount()
    lines["warehouse"] = people.warehouse.to_numpy()[lines.customer]
    return lines


def _categories(scene: Scene, people: pd.DataFrame, lines: pd.DataFrame) -> Ints:
    """The category of each line: the segment's taste, the customer's own, the season, and gifts before festivals."""
    world, draws = scene.world, scene.draws
    customer, day = lines.customer.to_numpy(), lines.day.to_numpy()
    segment = people.segment.to_numpy()[customer]
    which = np.arange(world.categories)
    own = _CATEGORY_SD * world.taste * draws.normal("category taste", customer[:, None], which[None, :])
    weight = np.array([s.categories for s in scene.segments])[segment][:, : world.categories] * np.exp(own)
    of_year = np.array([world.date(d).timetuple().tm_yday for d in range(world.days)])[day]
    angle = 2 * np.pi * (of_year[:, None] - _HEIGHT[None, : world.categories]) / 365.25
    weight *= np.exp(_SWING[: world.categories] * np.cos(angle))
    if world.categories > SETS:
        weight[:, SETS] *= 1 + (column(scene.segments, "gifting")[segment] - 0.5) * _is_gift_time(world)[day]
    return draws.pick("category", weight, customer, lines.number.to_numpy(), lines.line.to_numpy())


def _is_gift_time(world: World) -> Floats:
    """1 on the days before Spring Festival, 20 May and Qixi on which presents are bought."""
    is_time = np.zeros(world.days)
    for year in QIXI:
        spans = ((SPRING_FESTIVAL[year], 24), (QIXI[year], 9), (QIXI[year].replace(month=5, day=20), 9))
        for date, before in spans:
            end = world.day(date)
            is_time[max(end - before, 0) : max(end + 1, 0)] = 1.0
    return is_time


def _chances(scene: Scene, people: pd.DataFrame, lines: pd.DataFrame, skus: Ints) -> Floats:
    """Lines × SKUs of one category: the chance of each, multinomial logit. A SKU not yet launched has none.

    Utility: appeal + shock of the week + elasticity × log(price / list price), and taste: of the segment for new SKUs
    and for actives, of the customer for dear SKUs and for single ones.
    """
    of = scene.catalogue.skus.iloc[skus]
    day, customer = lines.day.to_numpy()[:, None], lines.customer.to_numpy()
    segment = people.segment.to_numpy()[customer]
    log_price = np.log(scene.prices.price[day, skus] / of.list_fen.to_numpy())
    utility = of.appeal.to_numpy() + scene.prices.shock[day, skus] + of.elasticity.to_numpy() * log_price
    age = day - of.launched.to_numpy()
    utility += column(scene.segments, "novelty")[segment][:, None] * ((age >= 0) & (age <= NEW))
    utility += column(scene.segments, "actives")[segment][:, None] * of.is_active.to_numpy()
    utility += people.tier.to_numpy()[customer][:, None] * of.tier.to_numpy()
    liking = scene.world.taste * column(scene.segments, "loyalty")[segment][:, None]
    utility += liking * scene.draws.normal("liking", customer[:, None], skus[None, :])
    weight = np.where(age >= 0, np.exp(utility), 0.0)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), np.float64)


def _quantities(draws: Draws, lines: pd.DataFrame) -> Ints:
    second = _SECOND[lines.category]
    u = draws.uniform("quantity", lines.customer, lines.number, lines.line)
    return np.asarray(1 + (u < second).astype(np.int64) + (u < second / 4), np.int64)
