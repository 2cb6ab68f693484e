"""Promotions of small brands whose truth is known: do 90% intervals of what each brought, net, hold it? Written to PRICING.md.

24 brands whose promotions pull purchases forward as planted by default (0.6), and 10 without any pull-forward; 6,000 customers, 60 SKUs, 600 days each,
full shelves. The truth is a second run of the same luck without the promotion, all days to the last. In one row the other promotions are as they were;
in the other, as truth/promotions.parquet has it, they follow the platform's rule again (below the lowest price of 30 days), so that a promotion
also makes the next one deeper, which no look at its own days can tell. Told are promotions that 28 days of data precede and follow.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from bands import verdict
from numpy.typing import NDArray
from shopkeeper.pricing.promotion import Interval, promotion_effects
from shopkeeper.pricing.promotion_days import MEASURES, PromotionDays
from shopkeeper.simulate import History, World, live
from shopkeeper.simulate.checkout import SALE
from shopkeeper.simulate.effects import _sums
from shopkeeper.simulate.effects import promotion_effects as changed_by
from shopkeeper.simulate.names import CATEGORIES
from shopkeeper.simulate.scene import Scene, without

Floats = NDArray[np.float64]

SEEDS, SEEDS_WITHOUT = range(24), range(24, 34)
NO_COSTS = pd.DataFrame({"sku": [], "kept": [], "cost": []})


class Brand(NamedTuple):
    """rows: of told promotions, measure, low, high, middle, true (the others as they were), ruled (as the truth file), and naive ones; pulled: units."""

    rows: pd.DataFrame
    pulled: Interval


def world_of(seed: int, pull_forward: float) -> World:
    """A small brand whose customers come by themselves."""
    return World(
        seed=seed, pull_forward=pull_forward, customers=6_000, days=600, skus=60, marketing=False, browsing=0, stockouts=False,
        paired_promotions=False,
    )  # fmt: skip


def days_of(history: History) -> PromotionDays:
    """What a shop of this history would be seen to have sold."""
    world, skus = history.scene.world, history.scene.catalogue.skus
    days = pd.date_range(world.first_day, periods=world.days)
    orders = history.orders[history.orders.kind == SALE].assign(net_revenue=lambda sold: sold.net_fen / 100, orders=1.0)
    lines = history.lines[history.lines.order.isin(orders.index)]
    units, revenue = np.zeros((2, len(skus), world.days))
    np.add.at(units, (lines["sku"], lines.day), lines.quantity)
    np.add.at(revenue, (lines["sku"], lines.day), lines.net_fen / 100)
    each = orders.groupby(["customer", "day"], as_index=False)[list(MEASURES)].sum()
    each["came"] = each.groupby("customer").day.transform("min")
    after, new = each[each.day > each.came], each.came[each.day == each.came]
    sums = after.groupby(["customer", "came"])[list(MEASURES)].sum()
    totals = {"orders": np.bincount(orders.day, minlength=world.days).astype(float), "net_revenue": revenue.sum(axis=0)}
    totals |= {
        "units": units.sum(axis=0),
        "first_orders": np.bincount(new, minlength=world.days).astype(float),
        "met": np.ones(world.days),
    }
    begun = [number for number, event in enumerate(history.scene.events) if event.first < world.days]
    events = pd.DataFrame([(e.name, "discount", e.first, e.last) for e in (history.scene.events[n] for n in begun)])
    return PromotionDays(
        "CN", days, pd.DataFrame(totals, days), events.set_axis(["promotion", "kind", "first", "last"], axis=1),
        pd.DataFrame({"sku": skus["sku"], "category": np.array(CATEGORIES)[skus.category]}), units, revenue, history.scene.depth[begun] > 0,
        after.groupby(["came", "day"], as_index=False)[list(MEASURES)].sum(), sums.pow(2).groupby("came").sum().reset_index(),
    )  # fmt: skip


def others_as_they_were(scene: Scene, number: int) -> Scene:
    """The scene without one promotion, the prices of all days but its own as they were."""
    event, gone = scene.events[number], without(scene, number)
    price, depth, pull = scene.prices.price.copy(), scene.depth.copy(), scene.pull.copy()
    days = slice(max(event.first, 0), event.last + 1)
    price[days], depth[number], pull[number] = gone.prices.price[days], 0, 0
    return replace(gone, pull=pull, prices=replace(gone.prices, price=price, depth=depth))


def judge(seed: int, pull_forward: float) -> Brand:
    """What is told of a brand's promotions, beside what they truly brought."""
    history = live(world_of(seed, pull_forward))
    found = promotion_effects(days_of(history), NO_COSTS, seed)
    rows = found.rows.assign(number=range(len(found.rows)))
    ruled = _true(history, changed_by(history.scene, history.people))
    true = _true(history, _others_kept(history))
    parts = [
        pd.DataFrame({
            "measure": name, "low": rows[f"{name}_low"], "high": rows[f"{name}_high"], "middle": rows[name], "why": rows.why,
            "true": true[name][: len(rows)], "ruled": ruled[name][: len(rows)],
            **{f"naive{end}": rows.get(f"naive_{name}{end}", np.nan) for end in ("", "_low", "_high")},
        })
        for name in MEASURES
    ]  # fmt: skip
    together = pd.concat(parts)
    return Brand(together[together.why == ""], found.together("pulled_units"))


def _true(history: History, table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(net_revenue=table.net_fen / 100)


def _others_kept(history: History) -> pd.DataFrame:
    """As simulate.effects tells it, but for the prices of other promotions."""
    with_it, people, rows = _sums(history.scene, history.people), history.people, []
    for number, event in enumerate(history.scene.events):
        others = people.assign(first_at=people.first_at.where(people.brought_by != event.name))
        rows.append(with_it - _sums(others_as_they_were(history.scene, number), others))
    return pd.DataFrame(rows).reset_index(drop=True)


def _held(brands: Sequence[Brand], name: str, truth: str, of: tuple[str, str] = ("low", "high")) -> str:
    """Verdict of the intervals of one measure, and how far their middles are off in all."""
    parts = [brand.rows[brand.rows.measure == name] for brand in brands]
    return verdict([list((rows[of[0]] <= rows[truth]) & (rows[truth] <= rows[of[1]])) for rows in parts])


def table_of(brands: Sequence[Brand]) -> str:
    """Coverage of each measure against both truths, bias, error and width beside the naive figure."""
    rows = pd.concat([brand.rows for brand in brands])
    lines = [
        "| 90% interval of the net effect in | other promotions | intervals | coverage | 99% band | holds | bias |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in MEASURES:
        of = rows[rows.measure == name]
        for truth, label in (("true", "as they were"), ("ruled", "follow the rule anew")):
            bias = of.middle.sum() / of[truth].sum() - 1
            lines.append(f"| {name} | {label} | {_held(brands, name, truth)} | {bias:+.1%} |")
    lines.append("")
    for name in ("units", "net_revenue"):
        of = rows[rows.measure == name]
        ours, naive = (float(np.sqrt(((of[column] - of.true) ** 2).mean())) for column in ("middle", "naive"))
        lines.append(
            f"Of {name}, the root mean squared error is {ours / naive:.2f} times that of sales beyond the mean of the 28 days before, whose own 90% "
            f"intervals held {((of.naive_low <= of.true) & (of.true <= of.naive_high)).mean():.0%} and whose bias is {of.naive.sum() / of.true.sum() - 1:+.0%}; "
            f"our intervals are {(of.high - of.low).mean() / (of.naive_high - of.naive_low).mean():.2f} times as wide."
        )
    return "\n".join(lines)


def measured() -> str:
    """The section of full shelves."""
    planted = [judge(seed, 0.6) for seed in SEEDS]
    free = [judge(seed, 0.0) for seed in SEEDS_WITHOUT]
    above, around = sum(b.pulled.low > 0 for b in planted), sum(b.pulled.low <= 0 <= b.pulled.high for b in free)
    return (
        f"{__doc__}\n{table_of(planted)}\n\nWithout pull-forward:\n\n{table_of(free)}\n\nUnits pulled forward by all promotions of a brand: the 90% interval "
        f"lies above 0 in {above} of {len(planted)} brands where it is planted, and holds 0 in {around} of {len(free)} where there is none.\n"
    )
