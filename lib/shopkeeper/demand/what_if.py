"""What if: one SKU under another promotion, service level or lead time; its paths, its order and what that costs."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.ahead import PATHS
from shopkeeper.demand.features import known
from shopkeeper.demand.learner import HORIZON, Trees, learn
from shopkeeper.demand.panel import Panel, Plan
from shopkeeper.demand.replenish import Terms
from shopkeeper.demand.spread import sample_paths
from shopkeeper.demand.study import Study, policies

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """place: row of the panel; depth: share off on all 28 days ahead, 0 for as planned; service: chance to last, 0 for what pays best; lead: days
    from order to shelf, 0 for as told or assumed.
    """

    place: int
    depth: float = 0.0
    service: float = 0.0
    lead: float = 0.0


@dataclass(frozen=True)
class Answer:
    """paths: count × 28, units wanted; lines: of replenish.order_list, one a shelf; missed, held: cost of what is then missed until the next
    order's arrival, and of a month's holding of safety stock, currency.
    """

    paths: NDArray[np.int32]
    lines: pd.DataFrame
    missed: float
    held: float


class WhatIf:
    """Answers of one study; trees are learnt anew when a promotion is first asked for."""

    def __init__(self, found: Study, seed: int) -> None:
        self.found, self._seed = found, seed
        self._trees: Trees | None = None

    @property
    def kind(self) -> str | None:
        """The kind of promotion that a depth stands for: discount, where there was any; None where none was ever known."""
        kinds = list(self.found.forecast.panel.plans)
        return "discount" if "discount" in kinds else kinds[0] if kinds else None

    def answer(self, asked: Question) -> Answer:
        """What sells and what to order."""
        forecast = self.found.forecast
        mean = forecast.agreed.of_skus[asked.place] * self._factor(asked)
        everyone = self.found.paths[:, asked.place]
        paths = everyone if not asked.depth else self._paths(mean, asked.place)
        shelves = self._shelves(asked)
        lines = policies(shelves.assign(place=0), paths[:, None], Terms(asked.service or None), self._seed)
        margin = lines.price * (1 - asked.depth) - lines.unit_cost
        holding = Terms().holding
        return Answer(
            paths, lines, float((lines.lost_with * margin).sum()), float((lines.safety * lines.unit_cost).sum() * holding / 12)
        )  # fmt: skip

    def _shelves(self, asked: Question) -> pd.DataFrame:
        """The SKU's shelves as they stand; bare ones where none is known."""
        stock = self.found.stock
        rows = stock.shelves if stock is not None and (stock.shelves.place == asked.place).any() else self.found.bare
        rows = rows[rows.place == asked.place]
        if not asked.lead:
            return rows
        return rows.assign(lead_days_sd=rows.lead_days_sd / rows.lead_days_mean * asked.lead, lead_days_mean=asked.lead)

    def _paths(self, mean: Floats, place: int) -> NDArray[np.int32]:
        forecast = self.found.forecast
        kind, category = forecast.kind[[place]], np.zeros(1, np.int64)
        return np.asarray(sample_paths(mean[None], kind, category, forecast.spread, PATHS, self._seed)[:, 0])

    def _factor(self, asked: Question) -> Floats | float:
        """By day, how many times as much sells at that depth as is planned, by the trees."""
        if not asked.depth or self.kind is None:
            return 1.0
        panel = self.found.forecast.panel
        if self._trees is None:
            self._trees = learn(known(panel), self._seed)
        as_planned = self._trees.predict(known(panel))[asked.place]
        promoted = self._trees.predict(known(with_promotion(panel, self.kind, asked)))[asked.place]
        return np.asarray(promoted / np.maximum(as_planned, 1e-9))


def with_promotion(panel: Panel, kind: str, asked: Question) -> Panel:
    """The panel with a promotion of that depth planned for one SKU on the 28 days ahead, known today."""
    plan, today = panel.plans[kind], len(panel.days)
    size, told = plan.size.copy(), plan.known.copy()
    size[asked.place, today : today + HORIZON] = asked.depth
    told[asked.place, today : today + HORIZON] = today - 1
    return replace(panel, plans={**panel.plans, kind: Plan(size, told)})
