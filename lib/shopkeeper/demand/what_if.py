"""What if: one SKU under another promotion, service level or lead time; its paths, its order and what that costs."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.ahead import PATHS
from shopkeeper.demand.allocate import chances, share_out, within_budget
from shopkeeper.demand.features import known
from shopkeeper.demand.learner import HORIZON, Trees, learn
from shopkeeper.demand.panel import Panel, Plan
from shopkeeper.demand.replenish import Terms, extended, of_shelves, order_list, standing
from shopkeeper.demand.spread import sample_paths
from shopkeeper.demand.study import Study

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """place: row of the panel; depth: share off on all 28 days ahead, 0 for as planned; service: chance to last, 0 for what pays best.

    lead: days that an order takes, 0 for as told or assumed.
    """

    place: int
    depth: float = 0.0
    service: float = 0.0
    lead: float = 0.0


@dataclass(frozen=True)
class Answer:
    """paths: count × 28, units wanted; lines: of replenish.order_list, one a shelf; need: paths × shelves, units that an order has to bring.

    missed: margin of what is missed until the next order's arrival; held: a month's holding of safety stock, currency.
    """

    paths: NDArray[np.int32]
    lines: pd.DataFrame
    need: NDArray[np.int64]
    missed: float
    held: float


def within(found: Study, budget: float) -> pd.DataFrame:
    """The lines of the order list that a budget is best spent on; none where no stock is known."""
    if found.stock is None or not found.is_better:
        return pd.DataFrame({"money": [], "gain": []})
    lines = found.stock.orders.lines
    lines = lines[lines.units > 0]
    return lines[within_budget(lines.money.to_numpy(np.float64), lines.gain.to_numpy(np.float64), budget)]


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
        forecast, terms = self.found.forecast, Terms(asked.service or None)
        mean = forecast.agreed.of_skus[asked.place] * self._factor(asked)
        paths = self._paths(mean, asked.place) if asked.depth else self.found.paths[:, asked.place]
        shelves = self._shelves(asked).assign(place=0)
        wanted = of_shelves(extended(paths[:, None]), shelves, self._seed)
        lines = order_list(shelves, wanted, terms, self._seed).lines
        need = -standing(shelves, wanted, terms, self._seed).spare
        margin = (lines.price * (1 - asked.depth) - lines.unit_cost).clip(lower=0).to_numpy()
        lost = (
            np.maximum(need - (lines.up_to - lines.on_hand).to_numpy(), 0).mean(axis=0)
            if self.is_bare(asked)
            else lines.lost_with
        )
        held = lines.safety * lines.unit_cost * terms.holding / 12
        return Answer(paths, lines, need, float((lost * margin).sum()), float(held.sum()))

    def is_bare(self, asked: Question) -> bool:
        """Whether it is not known what lies on the SKU's shelves."""
        stock = self.found.stock
        return stock is None or not (stock.shelves.place == asked.place).any()

    def shared(self, answer: Answer, supply: int) -> NDArray[np.int64]:
        """Units of each shelf where the supplier has but so many: each where it is likeliest to be sold."""
        return share_out(supply, chances(answer.need, supply))

    def _shelves(self, asked: Question) -> pd.DataFrame:
        """The SKU's shelves as they stand; bare ones where none is known."""
        rows = self.found.bare if self.found.stock is None or self.is_bare(asked) else self.found.stock.shelves
        rows = rows[rows.place == asked.place]
        if not asked.lead:
            return rows
        return rows.assign(
            lead_days_sd=rows.lead_days_sd / rows.lead_days_mean.clip(lower=1) * asked.lead, lead_days_mean=asked.lead
        )

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
