"""Order lists replayed in the simulator: do they cost less than (s, S) on a moving average?

Each brand lives its first year with the simulator's own buyer; the second is lived through anew, by the same luck, by who orders: with the order
lists that `demand` makes every week from what it could know then, and with (s, S) on the mean and spread of the last four weeks. Counted are
the margin of what was wanted and not there, what holding stock costs, and what lies there at the end beyond half a year's sales.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from gained import Listed, weeks_of
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import t as student
from shopkeeper.demand.classes import demand_class
from shopkeeper.demand.features import known
from shopkeeper.demand.learner import HORIZON, Trees, learn
from shopkeeper.demand.panel import AHEAD, UNKNOWN, Panel, Plan
from shopkeeper.demand.replenish import HOLDING, LONGEST, REVIEW, Terms, extended, of_shelves, order_list
from shopkeeper.demand.spread import Errors, learn_spread, sample_paths
from shopkeeper.demand.stocktake import shares_of
from shopkeeper.demand.unconstrain import Alike, unconstrain
from shopkeeper.simulate import World
from shopkeeper.simulate.buyer import Buyer
from shopkeeper.simulate.history import History, live
from shopkeeper.simulate.names import CATEGORIES, WAREHOUSES
from shopkeeper.simulate.scene import Scene, set_scene

SEEDS, YEAR, PATHS, RELEARNT = range(20), 365, 300, 56
Ints = NDArray[np.int64]


def world_of(seed: int) -> World:
    """A brand of 80 SKUs over two years, whose customers come by themselves."""
    return World(
        seed=seed, customers=9_000, skus=80, categories=6, marketing=False, browsing=0, paired_promotions=False
    )


def plan_of(scene: Scene, now: int) -> Plan:
    """Discounts announced by the evening before that day."""
    skus = len(scene.catalogue.skus)
    size, told = np.zeros((skus, now + AHEAD)), np.full((skus, now + AHEAD), UNKNOWN, np.int32)
    for number, event in enumerate(scene.events):
        span = slice(max(event.first, 0), min(event.last + 1, now + AHEAD))
        if event.known < now and event.last >= 0:
            size[:, span] = np.maximum(size[:, span], scene.depth[number][:, None])
            told[:, span] = np.minimum(told[:, span], event.known)
    return Plan(size, told)


class MovingAverage(Buyer):
    """(s, S): below the mean of the lead time and a week and its spread at the service, up to three weeks more."""

    service = 0.98

    def order(self, day: int, shelf: Ints, used: Ints) -> None:
        """In the first year as the simulator's own buyer; then by the last four weeks."""
        self.used = [*getattr(self, "used", []), used][-28:]
        if day < YEAR:
            return super().order(day, shelf, used)
        if day % REVIEW:
            return None
        late = np.array(self.used)
        days = self._terms["lead_days_mean"] + REVIEW
        spread = np.sqrt(days * late.var(axis=0) + (late.mean(axis=0) * self._terms["lead_days_sd"]) ** 2)
        level = days * late.mean(axis=0) + ndtri(self.service) * spread
        short = level - shelf - self.pending
        case = np.maximum(self._terms["case_pack"], 1)
        units = np.ceil(np.maximum(short + 21 * late.mean(axis=0), self._terms["moq"]) / case) * case
        is_there = (self._launched <= day)[:, None] & (self._terms["moq"] > 0)
        return self._place(day, np.where(is_there & (short > 0), units, 0).astype(np.int64))


class Safer(MovingAverage):
    """The same with a safety stock for 999 in 1,000."""

    service = 0.999


class Planned(MovingAverage):
    """(s, S) on a plan: ordinary days of the last eight weeks, and days ahead that are announced to be promoted as many times as much as promoted
    days were before.
    """

    def __init__(self, scene: Scene, supply: pd.DataFrame, needs: Ints) -> None:
        super().__init__(scene, supply, needs)
        self.scene, self.all = scene, np.zeros_like(needs)

    def order(self, day: int, shelf: Ints, used: Ints) -> None:
        """In the first year as the simulator's own buyer; then by the plan."""
        self.all[day] = used
        if day < YEAR or day % REVIEW:
            return super().order(day, shelf, used) if day < YEAR else None
        promoted = plan_of(self.scene, day + 1).size > 0
        begun = np.arange(day + 1)[:, None] >= self._launched
        plain, usual = (~promoted[:, : day + 1].T & begun)[:, :, None], self.all[: day + 1]
        late = plain[-56:] * np.ones(usual[-56:].shape)
        base = (usual[-56:] * late).sum(axis=0) / np.maximum(late.sum(axis=0), 7)
        spread = (((usual[-56:] - base) * late) ** 2).sum(axis=0) / np.maximum(late.sum(axis=0), 7)
        lift = self._lift(promoted[:, : day + 1].T & begun, plain[:, :, 0], usual.sum(axis=2))
        days = self._terms["lead_days_mean"] + REVIEW
        ahead = np.cumsum(promoted[:, day + 1 :], axis=1)
        most = ahead[np.arange(len(ahead))[:, None], np.clip(days.astype(int), 1, ahead.shape[1]) - 1]
        level = base * (days + (lift - 1) * most)
        level = level + ndtri(self.service) * np.sqrt(spread * days + (base * self._terms["lead_days_sd"]) ** 2)
        short, case = level - shelf - self.pending, np.maximum(self._terms["case_pack"], 1)
        units = np.ceil(np.maximum(short + 21 * base, self._terms["moq"]) / case) * case
        is_there = (self._launched <= day)[:, None] & (self._terms["moq"] > 0)
        return self._place(day, np.where(is_there & (short > 0), units, 0).astype(np.int64))

    @staticmethod
    def _lift(promoted: NDArray[np.bool_], plain: NDArray[np.bool_], used: Ints) -> float:
        """How many times an ordinary day's units a promoted one has sold so far, over all SKUs alike."""
        each = (used * plain).sum(axis=0) / np.maximum(plain.sum(axis=0), 1)
        expected = (promoted * each).sum()
        return float((used * promoted).sum() / expected) if expected > 0 else 1.0


class SaferPlanned(Planned):
    """The same with a safety stock for 999 in 1,000."""

    service = 0.999


@dataclass
class Memory:
    """What was forecast in the weeks before, until what came is known."""

    errors: list[tuple[int, NDArray[np.float64], NDArray[np.str_]]] = field(default_factory=list)
    trees: Trees | None = None
    learnt_on: int = -UNKNOWN


class Lists(Buyer):
    """Orders as `demand` lists them every week."""

    def __init__(self, scene: Scene, supply: pd.DataFrame, needs: Ints) -> None:
        super().__init__(scene, supply, needs)
        self.scene, self.supply, self.memory = scene, supply, Memory()
        self.used, self.out = np.zeros_like(needs), np.zeros(needs.shape, bool)
        self.lists: list[Listed] = []

    def order(self, day: int, shelf: Ints, used: Ints) -> None:
        """In the first year as the simulator's own buyer; then by the order list."""
        self.used[day], self.out[day] = used, shelf == 0
        if day < YEAR:
            return super().order(day, shelf, used)
        return self._place(day, self._listed(day, shelf)) if day % REVIEW == 0 else None

    def _listed(self, day: int, shelf: Ints) -> Ints:
        panel, shelves = self._panel(day + 1), self._shelves(shelf, day)
        self._learn(panel, day)
        spread = learn_spread(self._past(panel))
        told = known(panel)
        mean, kind = self.memory.trees.predict(told), demand_class(panel.demand)
        self.memory.errors.append((day + 1, mean, kind))
        paths = sample_paths(mean, kind, panel.category[0], spread, PATHS, day)
        named = shelves.assign(warehouse=np.array(WAREHOUSES)[shelves.warehouse])
        shelves["share"] = shares_of(panel, named)
        orders = order_list(shelves, of_shelves(extended(paths), shelves, day), Terms(), day)
        at = orders.lines.place.to_numpy(), orders.lines.warehouse.to_numpy()
        lead, later = (self._lead_days(evening, *at) for evening in (day, day + REVIEW))
        on_way = self._coming[day + 1 : day + 1 + LONGEST].copy()
        self.lists.append(Listed(day, orders.lines, orders.gain, on_way, lead, later))
        units = np.zeros(shelf.shape, np.int64)
        units[at] = orders.lines.units
        return units

    def _learn(self, panel: Panel, day: int) -> None:
        """Learn anew every eight weeks; at first also what would have been forecast one and two months before."""
        memory = self.memory
        if not memory.errors:
            for back in (84, 56, 28):
                earlier = self._panel(day + 1 - back)
                told = known(earlier)
                memory.errors.append((day + 1 - back, learn(told).predict(told), demand_class(earlier.demand)))
        if day - memory.learnt_on >= RELEARNT:
            memory.trees, memory.learnt_on = learn(known(panel)), day

    def _past(self, panel: Panel) -> list[Errors]:
        """Forecasts whose four weeks are over, the last eight, one in four."""
        now = len(panel.days)
        over = [error for error in self.memory.errors if error[0] + HORIZON <= now]
        made = []
        for start, mean, kind in over[-1::-4][:8]:
            days = slice(start, start + HORIZON)
            made.append(
                Errors(mean, np.nan_to_num(panel.demand[:, days]), panel.is_out[:, days], kind, panel.category[0])
            )
        return made

    def _panel(self, now: int) -> Panel:
        """What could be known on the evening before that day."""
        skus, days = self.scene.catalogue.skus, pd.date_range(self.scene.world.first_day, periods=now)
        launched = np.maximum(skus.launched.to_numpy(), 0)
        begun = np.arange(now) >= launched[:, None]
        sold = np.where(begun[:, None], self.used[:now].transpose(1, 2, 0), np.nan)
        out = self.out[:now].transpose(1, 2, 0) & begun[:, None] & (self._terms["moq"] > 0)[:, :, None]
        plan = plan_of(self.scene, now)
        promoted = plan.size[:, :now] > 0
        rows, count = sold.transpose(1, 0, 2).reshape(-1, now), len(skus)
        alike = Alike(np.tile(np.arange(count), 2), np.repeat(np.nansum(sold, axis=(0, 2)) / np.nansum(sold), count))
        wanted = unconstrain(rows, out.transpose(1, 0, 2).reshape(-1, now), np.tile(promoted, (2, 1)), alike).units
        by_warehouse = dict(zip(WAREHOUSES, wanted.reshape(2, count, now), strict=True))
        table = pd.DataFrame({
            "sku": skus["sku"], "product": skus["product"], "category": np.array(CATEGORIES)[skus.category], "launched": launched, "is_rest": False,
        })  # fmt: skip
        price = self.scene.prices.price[:now].T / 100
        sales = sold.sum(axis=1)
        return Panel(
            "CN", table, days, sales, sum(by_warehouse.values()), out.any(axis=1), by_warehouse, np.nan_to_num(sales) * price, price,
            {"discount": plan}, {}, pd.DataFrame(),
        )  # fmt: skip

    def _shelves(self, shelf: Ints, day: int) -> pd.DataFrame:
        skus = self.scene.catalogue.skus
        rows = (
            self.supply[self._launched[self.supply["sku"]] <= day]
            .rename(columns={"sku": "place"})
            .reset_index(drop=True)
        )
        cost = skus.cost_fen.to_numpy()[rows.place] / 100
        late = self.scene.prices.price[max(day - 90, 0) : day + 1].mean(axis=0)[rows.place] / 100
        return rows.assign(
            on_hand=shelf[rows.place, rows.warehouse],
            on_order=self.pending[rows.place, rows.warehouse],
            price=late,
            unit_cost=cost,
        )


class Cost(NamedTuple):
    """Of the second year, in yuan, and the share of units wanted that were there."""

    lost: float
    holding: float
    written_off: float
    filled: float

    @property
    def total(self) -> float:
        """What all of it costs."""
        return self.lost + self.holding + self.written_off


def cost_of(history: History) -> Cost:
    """What the second year of a history cost."""
    skus, requests = history.scene.catalogue.skus, history.requests[history.requests.day >= YEAR + 35]
    cost = skus.cost_fen.to_numpy() / 100
    price = history.scene.prices.price[requests.day, requests["sku"]] / 100
    missing = (requests.quantity - requests.sold).to_numpy()
    lost = float((missing * (price - cost[requests["sku"]])).sum())
    on_hand = history.stock.on_hand[YEAR + 35 :]
    holding = float((on_hand.sum(axis=(0, 2)) * cost).sum() * HOLDING / 365)
    late = np.bincount(
        requests["sku"][requests.day >= history.scene.world.days - 182],
        requests.sold[requests.day >= history.scene.world.days - 182],
        len(skus),
    )
    beyond = np.maximum(on_hand[-1].sum(axis=1) - late, 0)
    return Cost(lost, holding, float((beyond * cost).sum()), float(requests.sold.sum() / requests.quantity.sum()))


def replay(seed: int) -> tuple[Mapping[str, Cost], pd.DataFrame]:
    """The cost of the second year by who orders, and what the order lists brought beside what they said."""
    world = world_of(seed)
    scene = set_scene(world)
    own = live(world, scene=scene)
    supply, needs = own.stock.supply, needs_of(own)
    arms = {
        "moving average": MovingAverage, "moving average, more safety": Safer, "moving average and plan of promotions": Planned,
        "moving average and plan, more safety": SaferPlanned, "order lists": Lists,
    }  # fmt: skip
    buyers = {name: arm(scene, supply, needs) for name, arm in arms.items()}
    lived = {name: live(world, scene=scene, buyer=buyer) for name, buyer in buyers.items()}
    return {name: cost_of(one) for name, one in lived.items()}, weeks_of(
        buyers["order lists"].lists, needs_of(lived["order lists"])
    )


def needs_of(history: History) -> Ints:
    """Units wanted by day, SKU and warehouse: what a buyer may look at of a launch alone."""
    requests = history.requests
    needs = np.zeros(history.stock.on_hand.shape, np.int64)
    np.add.at(needs, (requests.day, requests["sku"], requests.warehouse), requests.quantity)
    return needs


def table_of(costs: Sequence[Mapping[str, Cost]]) -> str:
    """What both cost on average, and what the order lists save, with the 90% interval of its mean over brands."""
    lines = [
        "| who orders | lost margin | holding | written off | all, yuan | units there |",
        "|---|---|---|---|---|---|",
    ]
    for name in costs[0]:
        mean = np.mean([[*one[name], one[name].total] for one in costs], axis=0)
        lines.append(f"| {name} | {mean[0]:,.0f} | {mean[1]:,.0f} | {mean[2]:,.0f} | {mean[4]:,.0f} | {mean[3]:.1%} |")
    lines.append("")
    for name in [name for name in costs[0] if name != "order lists"]:
        saved = np.array([1 - one["order lists"].total / one[name].total for one in costs])
        half = student.ppf(0.95, len(saved) - 1) * saved.std(ddof=1) / np.sqrt(len(saved))
        lines.append(
            f"Order lists saved {saved.mean():.1%} of the cost of (s, S) on a {name} (90% of the mean: {saved.mean() - half:.1%} to "
            f"{saved.mean() + half:.1%}), and cost less in {(saved > 0).sum()} of {len(saved)} brands."
        )
    return "\n".join(lines) + "\n"
