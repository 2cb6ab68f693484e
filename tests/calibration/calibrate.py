"""Do 90% intervals hold the truth 90 times in 100? Simulates shops of known truth and writes RESULTS.md. Run: make calibrate

Over seeds fixed beforehand, a seed-clustered 99% band of the coverage has to contain .90, and the coverage itself to
lie within 85% and 95%.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from shopkeeper.customers.activity import Z90, change_by_chance
from shopkeeper.customers.cohorts import with_rate

SEEDS = range(400)
DAY = dt.date(2024, 1, 1)
NOW, BEFORE = DAY + dt.timedelta(days=59), DAY + dt.timedelta(days=29)


def orders_of(days: np.ndarray, customers: np.ndarray, revenue: np.ndarray) -> ibis.Table:
    """An orders table of these draws."""
    stamps = pd.Timestamp(DAY) + pd.to_timedelta(days, unit="D")
    frame = pd.DataFrame({"customer_id": customers.astype(str), "ordered_at": stamps, "net_revenue": revenue})
    return ibis.memtable(frame.assign(order_id=[f"o{n}" for n in range(len(frame))]))


def gamma_spend(draw: np.random.Generator) -> tuple[ibis.Table, float]:
    """Customers with gamma rates and gamma spend, the second month 10% busier; the true change."""
    rates = draw.gamma(0.8, 1.5, 800)
    counts = draw.poisson(np.outer(rates, [1.0, 1.1]))
    who = np.concatenate([np.repeat(np.arange(800), counts[:, month]) for month in (0, 1)])
    month = np.repeat([0, 1], counts.sum(axis=0))
    truth = 0.1 * 800 * 0.8 * 1.5 * 40
    return orders_of(30 * month + draw.integers(0, 30, len(who)), who, draw.gamma(2, 20, len(who))), truth


def heavy_spend(draw: np.random.Generator) -> tuple[ibis.Table, float]:
    """Another world: a fresh crowd each month, lognormal baskets with a heavy tail, a fall of 200 customers."""
    crowd = [draw.poisson(1_000), draw.poisson(800)]
    who = np.arange(sum(crowd))
    month = np.repeat([0, 1], crowd)
    truth = -200 * float(np.exp(3 + 1.2**2 / 2))
    return orders_of(30 * month + draw.integers(0, 30, len(who)), who, draw.lognormal(3, 1.2, len(who))), truth


def change_holds(world: Callable[[np.random.Generator], tuple[ibis.Table, float]]) -> Iterator[list[bool]]:
    """For each seed, whether the interval of the change in revenue holds the true change."""
    for seed in SEEDS:
        orders, truth = world(np.random.default_rng(seed))
        row = change_by_chance(orders, NOW, BEFORE).to_pandas().iloc[0]
        yield [abs(row.change - truth) <= Z90 * row.standard_error]


def rate_holds(size: int) -> Iterator[list[bool]]:
    """For each seed, whether Jeffreys' intervals of ten cohorts' rates hold the true rates."""
    for seed in SEEDS:
        draw = np.random.default_rng(seed)
        true = draw.uniform(0.05, 0.6, 10)
        rated = with_rate(pd.DataFrame({"k": draw.binomial(size, true), "n": size}), "k", "n")
        yield list((rated.rate_low <= true) & (true <= rated.rate_high))


def verdict(holds: Iterator[list[bool]]) -> str:
    """Intervals, coverage, its seed-clustered 99% band, and whether both rules are met."""
    each = list(holds)
    by_seed = np.array([np.mean(seed) for seed in each])
    coverage, error = by_seed.mean(), 2.576 * by_seed.std(ddof=1) / len(by_seed) ** 0.5
    is_met = abs(coverage - 0.9) <= error and 0.85 <= coverage <= 0.95
    n = sum(len(seed) for seed in each)
    return f"{n:,} | {coverage:.1%} | {coverage - error:.1%} to {coverage + error:.1%} | {'yes' if is_met else 'NO'}"


def main() -> None:
    """Measure every interval that the reports show, and write the table."""
    measured = {
        "change of net revenue, gamma rates and spend": verdict(change_holds(gamma_spend)),
        "change of net revenue, another generator: heavy-tailed baskets": verdict(change_holds(heavy_spend)),
        "repurchase rate, cohorts of 30": verdict(rate_holds(30)),
        "repurchase rate, cohorts of 500": verdict(rate_holds(500)),
    }
    head = "# Calibration\n\nWritten by `make calibrate`; seeds 0 to 399.\n\n"
    head += "| 90% interval of | intervals | coverage | 99% band | holds |\n|---|---|---|---|---|\n"
    lines = "".join(f"| {name} | {text} |\n" for name, text in measured.items())
    (Path(__file__).parent / "RESULTS.md").write_text(head + lines, encoding="utf-8")
    print(lines)


if __name__ == "__main__":
    main()
