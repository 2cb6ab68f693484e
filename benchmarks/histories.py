"""Customer histories by one side, as a process of its own: prints seconds and peak memory. Run by profiling.py."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from measure import own_peak
from shopkeeper.brand import Brand
from shopkeeper.tables import SQL_TYPES, TABLES

ORDERS, CUSTOMERS, DAYS = 10_000_000, 1_000_000, 730
FIRST_DAY, LAST_DAY = "2024-07-01", "2026-06-30"
_MADE = {
    "order_id": "'2938' || lpad(n::VARCHAR, 15, '0')",
    "customer_id": "left(md5(customer::VARCHAR), 24)",
    "ordered_at": "moment",
    "net_revenue": "net_revenue",
}


def write(folder: Path) -> None:
    """A brand whose orders table holds ten million orders of a million customers, as an import leaves it."""
    drawn = _drawn(np.random.default_rng(4))  # DuckDB reads it by its name
    columns = [f"{_MADE.get(c.name, 'NULL')}::{SQL_TYPES[c.type]} AS {c.name}" for c in TABLES["orders"].columns]
    part = _tables(folder) / "orders" / "part-0.parquet"
    part.parent.mkdir(parents=True)
    query = f"SELECT {', '.join(columns)} FROM drawn ORDER BY n"
    duckdb.execute("SET enable_progress_bar = false")
    duckdb.execute(f"COPY ({query}) TO '{part}' (FORMAT parquet, COMPRESSION zstd)")
    days = {"first_day": FIRST_DAY, "last_day": LAST_DAY, "last_complete_day": LAST_DAY}
    manifest = {"tables": {"orders": {"rows": len(drawn)}}} | days
    (_tables(folder) / "manifest.json").write_text(json.dumps(manifest))


def _drawn(draw: np.random.Generator) -> pd.DataFrame:
    """Every customer's first order, and more by gamma rates, at any time from the first on; in order of time."""
    rates, first = draw.gamma(0.6, 1, CUSTOMERS), draw.integers(0, DAYS * 86_400, CUSTOMERS)
    again = draw.choice(CUSTOMERS, ORDERS - CUSTOMERS, p=rates / rates.sum())
    later = first[again] + (draw.random(len(again)) * (DAYS * 86_400 - first[again])).astype("int64")
    seconds = np.concatenate([first, later])
    drawn = pd.DataFrame({
        "customer": np.concatenate([np.arange(CUSTOMERS), again]),
        "moment": np.datetime64(FIRST_DAY, "s") + seconds.astype("timedelta64[s]"),
        "net_revenue": draw.gamma(2, 60, ORDERS).round(2),
    }).iloc[np.argsort(seconds, kind="stable")]  # fmt: skip
    return drawn.assign(n=np.arange(ORDERS))


def ours(folder: Path) -> Callable[[], pd.DataFrame]:
    """As a notebook has it: from the shop's Parquet through DuckDB into pandas."""
    from shopkeeper.customers.history import customer_history
    from shopkeeper.shop import Shop

    shop = Shop(Brand("simulated", folder, "Simulated", "CNY", "Asia/Shanghai", "CN", 0.5))
    return lambda: shop.load(customer_history(shop.orders, shop.as_of))


def lifetimes(folder: Path) -> Callable[[], pd.DataFrame]:
    """The same by lifetimes, which is given the three columns that it reads."""
    from lifetimes.utils import summary_data_from_transaction_data

    names, part = ["customer_id", "ordered_at", "net_revenue"], _tables(folder) / "orders"
    return lambda: summary_data_from_transaction_data(
        pd.read_parquet(part, columns=names), *names, observation_period_end=LAST_DAY, freq="D"
    ).reset_index()


def same(folder: Path) -> int:
    """How many customers both sides have found alike; AssertionError where one differs in anything.

    Days and counts to the unit, money to 1e-9 of itself. lifetimes has monetary 0 for those who came once, where ours is null.
    """
    us, them = (
        pd.read_parquet(folder / f"{side}.parquet").sort_values("customer_id") for side in ("ours", "lifetimes")
    )
    for name in ("customer_id", "frequency", "recency", "T"):
        assert np.array_equal(us[name], them[name]), name
    assert (us.monetary.isna() == (us.frequency == 0)).all()
    np.testing.assert_allclose(us.monetary.fillna(0), them.monetary_value, rtol=1e-9)
    return len(us)


def _tables(folder: Path) -> Path:
    return folder / "tables"


def main(side: str, folder: Path) -> None:
    """Measure one side, its imports done before, and leave its result beside the other's."""
    load = {"ours": ours, "lifetimes": lifetimes}[side](folder)
    began = time.perf_counter()
    history = load()
    print(time.perf_counter() - began, own_peak())
    history.to_parquet(folder / f"{side}.parquet")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
