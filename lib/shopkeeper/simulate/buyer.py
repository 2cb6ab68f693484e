"""The buyer: who replenishes the warehouses, and sees sales but not demand."""

import zlib
from typing import Protocol

import numpy as np
import pandas as pd
from scipy.special import ndtri

from shopkeeper.simulate.catalogue import SETS
from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.scene import Scene

_MEMORY = 1 / 28  # weight of the newest day in the running mean of sales
_LEAST = 1.5  # level below which no shelf is planned
_COVER = 21  # days that an order is meant to last
_LAUNCH_COVER = 45  # days that the first stock is meant to last
_REVIEW = 7  # days between orders
_ERROR = 0.5  # spread of the buyer's error about demand, in log; drawn anew every four weeks
_PLANNED = 0.8  # share of a promotion's extra demand that is bought for
_AHEAD = 35  # days before a promotion from which it is bought for
_LONGEST = 100  # days that a delivery takes at most


def make_supply(draws: Draws, skus: pd.DataFrame) -> pd.DataFrame:
    """The terms: sku, warehouse (numbers), lead_days_mean, lead_days_sd, moq, case_pack, shelf_days. Sets have none."""
    single = np.flatnonzero(skus.category != SETS)
    sku, warehouse = np.repeat(single, 2), np.tile([0, 1], len(single))
    maker = np.array([zlib.crc32(maker.encode()) for maker in skus.maker])[sku]
    mean = 7 + draws.integer("lead mean", 12, maker) + draws.integer("lead extra", 4, sku) + 2 * warehouse
    case = np.array([4, 6, 12])[draws.integer("case", 3, sku)]
    return pd.DataFrame({
        "sku": sku,
        "warehouse": warehouse,
        "lead_days_mean": mean.astype(float),
        "lead_days_sd": (0.35 * mean).round(1),
        "moq": case * (1 + draws.integer("moq", 2, sku)),
        "case_pack": case,
        "shelf_days": np.array([730, 1095])[draws.integer("shelf", 2, sku)],
    })  # fmt: skip


class Replenisher(Protocol):
    """Who decides what is ordered for the shelves. Arrays are SKUs × warehouses, in units."""

    pending: Ints  # ordered and not yet delivered

    def delivered(self, day: int) -> Ints:
        """Units that arrive in the morning."""

    def order(self, day: int, shelf: Ints, used: Ints) -> None:
        """In the evening, with what is left and what was used."""


class Buyer:
    """Remembers sales and orders on the way (pending), and knows the promotions announced."""

    def __init__(self, scene: Scene, supply: pd.DataFrame, needs: Ints) -> None:
        """needs: units wanted by day, SKU and warehouse. Only those of a launch are looked at, as a plan for it."""
        self._draws, self._needs = scene.draws, needs
        self._safety = float(ndtri(scene.world.service_level))
        self._terms = {
            name: _laid_out(supply, name, needs.shape[1:])
            for name in ("lead_days_mean", "lead_days_sd", "moq", "case_pack")
        }
        self._launched = np.maximum(scene.catalogue.skus.launched.to_numpy(), 0)
        self._coming = np.zeros((len(needs) + _LONGEST + 1, *needs.shape[1:]), np.int64)
        self._mean = np.zeros(needs.shape[1:])
        self._promoted = _promoted_days(scene)
        self.pending = np.zeros(needs.shape[1:], np.int64)

    def delivered(self, day: int) -> Ints:
        """Units that arrive in the morning: orders, and the first stock of what is launched."""
        self.pending -= self._coming[day]
        return np.asarray(self._coming[day] + self._first_stock(day), np.int64)

    def order(self, day: int, shelf: Ints, used: Ints) -> None:
        """In the evening: note what was used, and once a week order what is short of the level, in whole cases.

        The level is the expected sales over the lead time, a safety stock for service_level, and part of what
        promotions ahead will take; an order fills it up and covers _COVER days more.
        """
        is_there = (self._launched <= day)[:, None] & (self._terms["moq"] > 0)
        # An empty shelf says nothing about demand: the mean stands still.
        self._mean = np.where(is_there & (shelf > 0), self._mean + _MEMORY * (used - self._mean), self._mean)
        if day % _REVIEW:
            return
        need = self._mean * np.exp(_ERROR * self._draws.normal("buyer", day // 28, *np.indices(shelf.shape)))
        ahead = need * self._terms["lead_days_mean"]
        level = ahead + need * self._promoted[day] + self._safety * np.sqrt(ahead + 0.1)
        short = np.maximum(level, _LEAST) - shelf - self.pending
        case = np.maximum(self._terms["case_pack"], 1)
        units = np.ceil(np.maximum(short + _COVER * need, self._terms["moq"]) / case) * case
        self._place(day, np.where(is_there & (short > 0), units, 0).astype(np.int64))

    def _first_stock(self, day: int) -> Ints:
        """Stock for a launch: _LAUNCH_COVER days of what the buyer, more or less rightly, expects to sell."""
        first = np.zeros(self._mean.shape, np.int64)
        for sku in np.flatnonzero((self._launched == day) & (self._terms["moq"][:, 0] > 0)):
            error = np.exp(_ERROR * self._draws.normal("launch guess", sku, np.arange(2)))
            self._mean[sku] = (self._needs[day : day + 42, sku].mean(axis=0) + 0.02) * error
            first[sku] = np.ceil(_LAUNCH_COVER * self._mean[sku]) + 2
        return first

    def _place(self, day: int, units: Ints) -> None:
        sku, warehouse = np.nonzero(units)
        arrival = day + self._lead_days(day, sku, warehouse)
        np.add.at(self._coming, (arrival, sku, warehouse), units[sku, warehouse])
        self.pending += units

    def _lead_days(self, day: int, sku: Ints, warehouse: Ints) -> Ints:
        """Days that an order of that evening takes."""
        late = self._terms["lead_days_sd"][sku, warehouse] * self._draws.normal("lead", day, sku, warehouse)
        lead = np.round(self._terms["lead_days_mean"][sku, warehouse] + late)
        return np.asarray(np.clip(lead, 2, _LONGEST), np.int64)


def _laid_out(supply: pd.DataFrame, name: str, shape: tuple[int, ...]) -> Floats:
    """A term of supply as SKUs × warehouses; 0 for sets."""
    laid = np.zeros(shape)
    laid[supply["sku"].to_numpy(), supply.warehouse.to_numpy()] = supply[name]
    return laid


def _promoted_days(scene: Scene) -> Floats:
    """By day, how many usual days' sales the promotions soon to come are bought for."""
    days = np.zeros(scene.world.days)
    for event in scene.events:
        soon = slice(max(event.first - _AHEAD, 0), max(event.first + len(event.days) // 2, 0))
        days[soon] += _PLANNED * event.size * event.weights.sum() * event.breadth
    return days
