"""Promotions of small brands whose shelves run empty, as aurora's do: do 90% intervals of what sold, and of what was wanted, hold the truth?

12 brands like those above, but with the simulator's own buyer, who stocks up for promotions and still runs out in them. Demand behind empty shelves is
found as 04 finds it, from sales and empty shelves of each warehouse. What was wanted: all shelves full, with the promotion and without it, as
truth/promotions.parquet has it. What sold: on its days, shelves as they were in both runs; on all others what was wanted, times the share of it that
ordinary days had. What its orders of stock did to the shelves of later months is left out: it is the buyer's, and no sales tell it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from bands import verdict
from numpy.typing import NDArray
from promoted import NO_COSTS, days_of, others_as_they_were, world_of
from shopkeeper.demand.unconstrain import Alike, unconstrain
from shopkeeper.pricing.promotion import promotion_effects
from shopkeeper.pricing.promotion_days import MEASURES, PromotionDays
from shopkeeper.simulate import History, live
from shopkeeper.simulate.checkout import SALE, make_orders
from shopkeeper.simulate.choices import make_requests
from shopkeeper.simulate.names import WAREHOUSES
from shopkeeper.simulate.occasions import make_occasions
from shopkeeper.simulate.parting import Parting
from shopkeeper.simulate.scene import Scene, without
from shopkeeper.simulate.stock import _needs, _parts, run_stock

Floats = NDArray[np.float64]

SEEDS = range(72, 84)
_LEAST_MET = 0.2  # as in promotion_days


def seen_days(history: History) -> PromotionDays:
    """What a shop of this history would be seen to have sold, and what it would take to have been there."""
    sold = history.orders[history.orders.kind == SALE]
    lines = history.lines[history.lines.order.isin(sold.index)]
    told = days_of(history)
    met = np.clip(_met(history), _LEAST_MET, 1.0)
    single = float((lines.groupby("order")["sku"].nunique() == 1).mean())
    return replace(told, totals=told.totals.assign(met=met), single_rate=single)


def _met(history: History) -> Floats:
    """By day, of the units that analysts believe to have been wanted, the share that was there; sets taken apart."""
    scene, skus = history.scene, history.scene.catalogue.skus
    rows = history.requests.assign(quantity=history.requests.sold)
    used = _needs(rows, _parts(scene.catalogue), (scene.world.days, len(skus), len(WAREHOUSES))).transpose(2, 1, 0)
    lies = ~skus.index.isin(scene.catalogue.bundles["sku"])
    on_sale = (np.arange(scene.world.days) >= skus.launched.to_numpy()[:, None]) & lies[:, None]
    is_out = history.stock.is_out.transpose(2, 1, 0).astype(bool) & on_sale
    promoted = scene.prices.promotion[: scene.world.days].T >= 0
    sales = np.where(on_sale, used, np.nan)
    alike = Alike(np.tile(np.arange(len(skus)), len(used)), np.repeat(used.sum(axis=(1, 2)) / used.sum(), len(skus)))
    wanted = unconstrain(np.vstack(sales), np.vstack(is_out), np.tile(promoted, (len(used), 1)), alike).units
    return np.asarray(np.nansum(sales, axis=(0, 1)) / np.nansum(wanted, axis=0))


def by_day(scene: Scene, people: pd.DataFrame, is_stocked: bool) -> Floats:
    """Measures × days of all sales, shelves as they were or full; no messages are sent."""
    occasions, _ = make_occasions(scene, people)
    requests, _ = make_requests(scene, people, occasions)
    served = run_stock(scene, requests, Parting(scene, people, requests))[0] if is_stocked else requests
    orders, _ = make_orders(scene, people, occasions, served if is_stocked else served.assign(sold=served.quantity))
    weights = (None, orders.units, orders.net_fen / 100)
    return np.stack([np.bincount(orders.day, weight, scene.world.days) for weight in weights])


def truths(history: History, told: PromotionDays) -> pd.DataFrame:
    """One row per promotion and measure: sold and wanted, other promotions as they were, and ruled: wanted, if these follow the rule anew."""
    scene, people, rows = history.scene, history.people, []
    full, there = (by_day(scene, people, is_stocked) for is_stocked in (False, True))
    plain = ~told.is_promoted
    usual = there[:, plain].sum(axis=1) / full[:, plain].sum(axis=1)
    for number, (first, last) in enumerate(zip(told.events["first"], told.events["last"], strict=True)):
        others = people.assign(first_at=people.first_at.where(people.brought_by != scene.events[number].name))
        kept, within = others_as_they_were(scene, number), slice(max(first, 0), last + 1)
        wanted, sold = full - by_day(kept, others, False), there - by_day(kept, others, True)
        ruled = full - by_day(without(scene, number), others, False)
        around = wanted.sum(axis=1) - wanted[:, within].sum(axis=1)
        figures = {
            "sold": sold[:, within].sum(axis=1) + usual * around,
            "wanted": wanted.sum(axis=1),
            "ruled": ruled.sum(axis=1),
        }
        rows.append(pd.DataFrame(figures).assign(number=number, measure=MEASURES))
    return pd.concat(rows)


def judge(seed: int) -> pd.DataFrame:
    """Intervals of told promotions beside what is true: measure, of (sold, wanted, ruled), low, high, middle, true, unmet."""
    history = live(replace(world_of(seed, 0.6), stockouts=True))
    told = seen_days(history)
    found, true = promotion_effects(told, NO_COSTS, seed).rows, truths(history, told)
    parts = []
    for of, prefix in (("sold", ""), ("wanted", "wanted_"), ("ruled", "wanted_")):
        for name in MEASURES:
            low, middle, high = (found[f"{prefix}{name}{end}"] for end in ("_low", "", "_high"))
            rows = true[true.measure == name].set_index("number")[of]
            part = {
                "low": low,
                "high": high,
                "middle": middle,
                "true": rows,
                "why": found.why,
                "unmet": found.unmet_rate,
            }
            parts.append(pd.DataFrame(part).assign(measure=name, of=of))
    made = pd.concat(parts)
    return made[made.why == ""].drop(columns="why")


LABELS = {
    "sold": "sold, others as they were",
    "wanted": "wanted, others as they were",
    "ruled": "wanted, others follow the rule anew",
}


def table_of(brands: Sequence[pd.DataFrame]) -> str:
    """Coverage, bias and mean width, by measure and what is meant."""
    lines = [
        "| 90% interval of the net effect in | of what was | intervals | coverage | 99% band | holds | bias | mean width |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in MEASURES:
        for of, label in LABELS.items():
            parts = [brand[(brand.measure == name) & (brand.of == of)] for brand in brands]
            held = verdict([list((part.low <= part.true) & (part.true <= part.high)) for part in parts])
            rows = pd.concat(parts)
            bias, width = rows.middle.sum() / rows.true.sum() - 1, (rows.high - rows.low).mean()
            lines.append(f"| {name} | {label} | {held} | {bias:+.1%} | {width:,.0f} |")
    return "\n".join(lines)


def measured() -> str:
    """The section."""
    return f"Shelves that run empty:\n\n{__doc__}\n{table_of([judge(seed) for seed in SEEDS])}\n"
