"""Do 90% intervals hold the truth 90 times in 100? Simulates shops of known truth and writes RESULTS.md. Run: make calibrate

What is said of channels has parts of its own, in CHANNELS.md, what is said of demand in DEMAND.md, and of prices in PRICING.md; PART="media_mix order_lists"
measures these alone.
"""

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import channels
import claimed
import demand
import expected
import held
import ibis
import numpy as np
import pandas as pd
import pricing
import repeat
from bands import verdict
from shopkeeper.customers.activity import change_by_chance, change_interval
from shopkeeper.customers.cohorts import with_rate

SEEDS = range(400)
DAY = dt.date(2024, 1, 1)
HEAD = """# Calibration

Written by `make calibrate`; seeds 0 to 399, of expectations 0 to 299, of customer value 0 to 59, of another generator 0 to 39, of pooling 0 to 11.

| 90% interval of | intervals | coverage | 99% band | holds |
|---|---|---|---|---|
"""
NOW, BEFORE = DAY + dt.timedelta(days=59), DAY + dt.timedelta(days=29)


def orders_of(days: np.ndarray, customers: np.ndarray, revenue: np.ndarray) -> ibis.Table:
    """An orders table of these draws."""
    stamps = pd.Timestamp(DAY) + pd.to_timedelta(days, unit="D")
    frame = pd.DataFrame({"customer_id": customers.astype(str), "ordered_at": stamps, "net_revenue": revenue})
    return ibis.memtable(frame.assign(order_id=[f"o{n}" for n in range(len(frame))]))


def gamma_spend(draw: np.random.Generator, ratio: float) -> ibis.Table:
    """Customers with gamma rates and gamma spend, the second month busier by the ratio."""
    rates = draw.gamma(0.8, 1.5, 800)
    counts = draw.poisson(np.outer(rates, [1.0, ratio]))
    who = np.concatenate([np.repeat(np.arange(800), counts[:, month]) for month in (0, 1)])
    month = np.repeat([0, 1], counts.sum(axis=0))
    return orders_of(30 * month + draw.integers(0, 30, len(who)), who, draw.gamma(2, 20, len(who)))


def heavy_spend(draw: np.random.Generator, ratio: float) -> ibis.Table:
    """Another world: a fresh crowd each month and lognormal baskets with a heavy tail."""
    crowd = [draw.poisson(1_000), draw.poisson(1_000 * ratio)]
    who = np.arange(sum(crowd))
    month = np.repeat([0, 1], crowd)
    return orders_of(30 * month + draw.integers(0, 30, len(who)), who, draw.lognormal(3, 1.2, len(who)))


def change_holds(world: Callable[[np.random.Generator, float], ibis.Table], ratio: float) -> Iterator[list[bool]]:
    """For each seed, whether the interval of the relative change in revenue holds the true one."""
    for seed in SEEDS:
        orders = world(np.random.default_rng(seed), ratio)
        _, low, high = change_interval(change_by_chance(orders, NOW, BEFORE).to_pandas().iloc[0])
        yield [low <= ratio - 1 <= high]


def rate_holds(size: int) -> Iterator[list[bool]]:
    """For each seed, whether Jeffreys' intervals of ten cohorts' rates hold the true rates."""
    for seed in SEEDS:
        draw = np.random.default_rng(seed)
        true = draw.uniform(0.05, 0.6, 10)
        rated = with_rate(pd.DataFrame({"k": draw.binomial(size, true), "n": size}), "k", "n")
        yield list((rated.rate_low <= true) & (true <= rated.rate_high))


def of_shops() -> dict[str, str]:
    """The rows of changes, expectations and rates."""
    worlds = {"gamma rates and spend": gamma_spend, "another generator, heavy-tailed baskets": heavy_spend}
    changes = {
        f"change of sales, {name}, true ratio {ratio:g}": verdict(change_holds(world, ratio))
        for name, world in worlds.items()
        for ratio in (0.33, 0.9, 1.0, 1.1, 3.0)
    }
    groups = {
        f"orders, revenue and buyers of a group in the next 30 days, {name}": verdict(expected.holds(world))
        for name, world in {"steady": expected.steady, "another generator, drifting": expected.drifting}.items()
    }
    return changes | groups | {f"repurchase rate, cohorts of {size}": verdict(rate_holds(size)) for size in (30, 500)}


def of_customers(brands: dict[str, list[repeat.Shares]]) -> dict[str, str]:
    """The rows of customer value. brands: by world, what repeat.judge says of each."""
    return {
        f"{of_what}, {name}": verdict(repeat.holds(judged, kind))
        for name, judged in brands.items()
        for kind, of_what in repeat.KINDS.items()
        if judged[0][kind]
    }


def write(rows: dict[str, str], customers: str, later: str, scored: str) -> None:
    """RESULTS.md: the table, and what stands below it."""
    lines = "".join(f"| {name} | {text} |\n" for name, text in rows.items())
    below = f"\n# Customer value\n\n{customers}\n# Published, then held\n\n{held.__doc__}\n{later}"
    below += f"\n# Claimed, then scored\n\n{claimed.__doc__}\n{scored}"
    (Path(__file__).parent / "RESULTS.md").write_text(HEAD + lines + below, encoding="utf-8")
    print(lines)


def main() -> None:
    """Measure every interval that the reports show, and write the table."""
    brands = {name: list(repeat.judged(name, seeds)) for name, seeds in repeat.SEEDS.items()}
    customers = repeat.ranks_and_pooling(brands, repeat.all_pooled())
    write(of_shops() | of_customers(brands), customers, held.measured(), claimed.measured())


if __name__ == "__main__":
    if not sys.argv[1:]:
        main()
    channels.main(sys.argv[1:])
    demand.main(sys.argv[1:])
    pricing.main(sys.argv[1:])
