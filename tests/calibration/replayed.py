"""Budgets replayed in the simulator: does what is proposed leave more than what was planned, and than what last click would have spent?

Each brand is simulated, imported and studied as any on a day more than a year before its world ends; then the weeks after that day, and
the year after them, are lived through with each budget, by the same luck, and by other lucks, since one alone is too few customers to tell.
What is said of channels is held against what each brought, by the world with it switched off.
"""

import datetime as dt
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t
from shopkeeper.attribution import findings
from shopkeeper.attribution.budget import gain, weekly_plan
from shopkeeper.attribution.evidence import usual_spend
from shopkeeper.attribution.findings import Findings
from shopkeeper.attribution.plan import AHEAD
from shopkeeper.brand import load_brand
from shopkeeper.clv.history import order_margins
from shopkeeper.ingest import import_brand
from shopkeeper.shop import Shop
from shopkeeper.simulate import World, simulate
from shopkeeper.simulate.draws import Draws, Floats
from shopkeeper.simulate.journeys import make_market
from shopkeeper.simulate.replay import replay
from shopkeeper.simulate.scene import set_scene

SEEDS, CUSTOMERS, MOST, YEAR = range(20), 15_000, 0.3, 365
LUCKS = range(1, 16)  # besides the world's own
FIRST, DAYS = dt.date(2024, 1, 1), 915  # as long as a world may be
# The simulator's own prices bear the seller aurora.
SETTINGS = 'title = "aurora"\ncurrency = "CNY"\ntimezone = "Asia/Shanghai"\ncountry = "CN"\ngross_margin = 0.61\ndemand_capture = ["品牌搜索"]\n'


@dataclass(frozen=True)
class Luck(Draws):
    """Other luck of persons; what a brand is and plans, and whom its channels bring, stays its own."""

    own: Draws

    def uniform(self, name: str, *keys: npt.ArrayLike) -> Floats:
        """As of Draws."""
        return self.own.uniform(name, *keys) if name in _STANDS else super().uniform(name, *keys)


_STANDS = {"channel effect", "flight", "regional flight", "spend", "tide", "demand shock"}


class Replayed(NamedTuple):
    """Of one brand, against the plan: what was expected of the proposal with its 90% interval, what it truly left, and last click's; the
    spend of each. held, error: by channel, whether the interval of its roas held the truth, and log of the roas found by the true one.
    """

    held: list[bool]
    error: list[float]
    expected: float
    low: float
    high: float
    proposed: float
    last_click: float
    spend: float
    spent: float
    spent_last_click: float


def judge(seed: int) -> Replayed:
    """Simulate a brand, study it, replay its coming weeks."""
    world = _world(seed)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SHOPKEEPER_DATA"] = folder
        home = Path(folder) / "market"
        (home / "raw").mkdir(parents=True)
        (home / "brand.toml").write_text(SETTINGS, encoding="utf-8")
        simulate(home, world)
        import_brand(load_brand("market"), world.first_day + dt.timedelta(days=DAYS + 1))
        found = findings.with_budgets(findings.learn(Shop("market", _studied_on(world)), seed), MOST)
        return Replayed(
            *_roas(found, pd.read_parquet(home / "truth" / "channel_effects.parquet")), *_replayed(found, world)
        )


def _world(seed: int) -> World:
    """A brand; without messages, since a replay sends none."""
    return World(
        seed=1_000 + seed,
        customers=CUSTOMERS,
        skus=60,
        first_day=FIRST,
        days=DAYS,
        message_lift=0.0,
        paired_promotions=False,
    )


def _roas(made: Findings, effects: pd.DataFrame) -> tuple[list[bool], list[float]]:
    """Whether intervals of roas hold, and errors, by channel, over the weeks learnt from. effects: of the simulator's truth."""
    media = made.media
    assert media is not None
    week = pd.to_datetime(effects.period_start)
    during = effects[(week >= media.panel.learnt[0]) & (week <= media.panel.weeks[-1])]
    new = during.groupby("channel").new_customers.sum().reindex(list(media.channels)).to_numpy()
    true = new * media.of_new / (usual_spend(media.panel) * len(media.panel.learnt))
    drawn = media.together.known["roas"]
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    return [bool(each) for each in (low <= true) & (true <= high)], list(np.log(np.median(drawn, axis=0) / true))


def _studied_on(world: World) -> str:
    """The last Sunday after which the world goes on for the planned weeks and a year."""
    latest = world.date(DAYS - 1 - 7 * AHEAD - YEAR)
    return (latest - dt.timedelta(days=(latest.weekday() + 1) % 7)).isoformat()


def _replayed(made: Findings, world: World) -> tuple[float, ...]:
    """The fields of Replayed on budgets."""
    assert made.budgets is not None
    proposed = made.budgets.proposed
    plan = _plan(made)
    plans = {
        "plan": plan,
        "proposed": weekly_plan(proposed, plan).assign(spend=lambda rows: rows.proposed),
        "last click": plan.assign(spend=plan.spend * plan.channel.map(_by_last_click(made))),
    }
    lived = _lived(world, plans)
    left = _margin(made.shop) * lived.net_revenue - lived.spend
    gains = gain(proposed)
    low, high = np.quantile(gains, [0.05, 0.95])
    return (
        float(gains.mean()), float(low), float(high), float(left["proposed"] - left["plan"]),
        float(left["last click"] - left["plan"]), *(float(lived.spend[name]) for name in ("plan", "proposed", "last click")),
    )  # fmt: skip


def _lived(world: World, plans: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What each plan (index) came to, in the mean over lucks."""
    scene = set_scene(world)
    scenes = [scene, *(replace(scene, draws=Luck(10_000 * luck + world.seed, scene.draws)) for luck in LUCKS)]
    lived = pd.concat([replay(make_market(each), plans, YEAR) for each in scenes])
    return lived.groupby("plan")[["net_revenue", "spend"]].mean()


def _margin(shop: Shop) -> float:
    """What is left of a unit of sales after returns, goods, fees and logistics, as the value of a customer counts it."""
    orders = order_margins(shop)
    told = shop.load(orders.agg(margin=orders.margin.sum(), sales=orders.net_revenue.sum()))
    return float(told.margin.iloc[0] / told.sales.iloc[0])


def _plan(found: Findings) -> pd.DataFrame:
    """The weeks that the budget is for: channel, period_start, region and planned spend."""
    media = found.media
    assert media is not None
    rows = found.shop.load(found.shop.media)
    last = media.panel.weeks[-1]
    is_ahead = (rows.period_start > last) & (rows.period_start <= last + pd.Timedelta(weeks=AHEAD))
    coming = rows[is_ahead & rows.channel.isin(media.channels)]
    return coming[["channel", "period_start", "region", "spend"]].reset_index(drop=True)


def _by_last_click(found: Findings) -> Mapping[str, float]:
    """What each channel's plan is multiplied by, had last click's return to be followed within the same limits, at the same total."""
    made = found.budgets
    assert made is not None
    curves = made.proposed.curves
    returns = found.rows.set_index("channel").attributed_roas.reindex(list(curves.channels)).fillna(0.0).to_numpy()
    spend, order = (1 - MOST) * curves.now, np.argsort(-returns)
    left = curves.now.sum() - spend.sum()
    for place in order:
        more = min(left, (1 + MOST) * curves.now[place] - spend[place])
        spend[place] += more
        left -= more
    return dict(zip(curves.channels, spend / np.maximum(curves.now, 1e-9), strict=True))


def holds(found: Sequence[Replayed]) -> list[list[bool]]:
    """For each brand, whether the interval of the expected gain holds what was truly gained."""
    return [[each.low <= each.proposed <= each.high] for each in found]


def told(found: Sequence[Replayed]) -> str:
    """Gains per brand in the mean, as shares of the planned spend, with 90% intervals of the mean over brands."""
    rows = pd.DataFrame(found)
    gains = {
        "true gain over the plan": rows.proposed,
        "true gain over last click's budget": rows.proposed - rows.last_click,
        "last click's budget over the plan": rows.last_click,
        "expected gain over the plan": rows.expected,
        "expected less true": rows.expected - rows.proposed,
        "spend of the proposal over the plan": rows.spent - rows.spend,
        "spend of last click's budget over the plan": rows.spent_last_click - rows.spend,
    }
    lines = "".join(
        f"| {name} | {_mean(gain / rows.spend)} | {(gain > 0).mean():.0%} |\n" for name, gain in gains.items()
    )
    errors = np.array([each.error for each in found])
    roas = f"Roas of a channel, found by true: median {np.exp(np.median(errors)):.2f}, median error {np.median(np.abs(errors)):.1%}."
    return f"{roas}\n\n{len(rows)} brands, paired, {1 + len(LUCKS)} lucks each:\n\n| mean, % of planned spend | 90% of the mean | in brands above 0 |\n|---|---|---|\n{lines}"


def _mean(shares: pd.Series) -> str:
    """The mean with Student's 90% interval over brands."""
    reach = t.ppf(0.95, len(shares) - 1) * shares.std() / len(shares) ** 0.5
    mean, low, high = (round(shares.mean() + side * reach, 3) + 0.0 for side in (0, -1, 1))  # and no -0
    return f"{mean:+.1%} ({low:+.1%} to {high:+.1%})"
