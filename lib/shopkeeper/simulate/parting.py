"""Parting: customers who leave for good because a shelf was empty or goods came back."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopkeeper.simulate.aftermath import return_chances
from shopkeeper.simulate.draws import Floats, Ints
from shopkeeper.simulate.messages import sent_days
from shopkeeper.simulate.scene import Scene

_SETTLED = 14  # days after an order from which its return keeps a customer away


class Parting:
    """Who has been lost or won so far, as the days go by.

    By customer, infinite if none: gone_from, the first day without it; first_sale, the day on which it first got something.
    """

    def __init__(self, scene: Scene, people: pd.DataFrame, requests: pd.DataFrame) -> None:
        """requests: as choices.make_requests gives them; rows are named by their place among them."""
        world, draws, key = scene.world, scene.draws, (requests.key, requests.number)
        self.gone_from: Floats = np.full(len(people), np.inf)
        self.first_sale: Floats = np.full(len(people), np.inf)
        self._sent = sent_days(world, draws, requests.number.to_numpy())
        self._customer, self._wanted = requests.customer.to_numpy(), requests.quantity.to_numpy()
        self._minds_empty = draws.uniform("leave after stock-out", *key) < world.leave_after_stockout
        category = scene.catalogue.skus.category.to_numpy()[requests["sku"]]
        chance = return_chances(scene, requests.assign(category=category), people.segment.to_numpy()[self._customer])
        comes_back = draws.uniform("returns", *key, requests["sku"]) < chance
        self._minds_return = comes_back & (draws.uniform("leave after return", *key) < world.leave_after_return)

    def present(self, day: int, rows: Ints) -> Ints:
        """Those of a day's requests whose customers are still there; a message brings nobody whom the shop never knew."""
        customer = self._customer[rows]
        is_reached = np.isinf(self._sent[rows]) | (self.first_sale[customer] < self._sent[rows])
        return np.asarray(rows[is_reached & (self.gone_from[customer] > day)], np.int64)

    def note(self, day: int, rows: Ints, sold: Ints) -> None:
        """What the day's requests found: who minds stays away from the next day on, or once the goods are back."""
        np.minimum.at(self.first_sale, self._customer[rows[sold > 0]], day)
        empty = (sold < self._wanted[rows]) & self._minds_empty[rows]
        back = (sold > 0) & self._minds_return[rows]
        np.minimum.at(self.gone_from, self._customer[rows[empty]], day + 1)
        np.minimum.at(self.gone_from, self._customer[rows[back]], day + _SETTLED)


def depart(occasions: pd.DataFrame, left: pd.Series, gone_from: Floats) -> tuple[pd.DataFrame, pd.Series]:
    """The occasions that happened, under their old index, and the day of each one's last for those who have left."""
    stays: npt.NDArray[np.bool_] = occasions.day.to_numpy() < gone_from[occasions.customer]
    occasions = occasions[stays]
    last = occasions.groupby("customer").day.max().reindex(left.index)
    return occasions, left.where(np.isinf(gone_from), last)
