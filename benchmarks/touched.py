"""Ten million journeys by one side, as a process of its own: prints seconds by step and peak memory. Run by journeys.py."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from measure import own_peak
from shopkeeper.brand import Brand
from shopkeeper.tables import SQL_TYPES, TABLES

FIRST_DAY, LAST_DAY = "2024-07-01", "2026-06-30"
MEMORY = "2500MB"  # that DuckDB may hold before it goes to the disk
_SHARED = ("last", "first", "linear", "position", "time_decay")  # rules that mam has too
# Each journey has 1 touch, and another as often as not after each, at most 30, some days apart; 1 in 12 leads to an order.
_JOURNEYS = """
    SELECT j, left(md5('visitor' || j), 24) AS visitor_id, u(j, 0, 1) < 1 / 12.0 AS is_customer,
    least(1 + floor(-3.2 * ln(1 - u(j, 0, 2))), 30)::INT AS touches,
    TIMESTAMP '{first}' + to_microseconds((u(j, 0, 3) * 600 * 86400e6)::BIGINT) AS begins_at FROM range({n}) made(j)
"""
_TOUCHES = """
    SELECT visitor_id, CASE WHEN is_customer THEN left(md5('customer' || j), 24) END AS customer_id,
    begins_at + to_microseconds(((t + u(j, t, 4)) * 2.5 * 86400e6)::BIGINT) AS touched_at,
    'channel ' || floor(8 * u(j, t, 5) * u(j, t, 6))::INT AS channel, NULL AS campaign,
    CASE WHEN u(j, t, 7) < 0.6 THEN 'view' WHEN u(j, t, 7) < 0.8 THEN 'click' ELSE 'visit' END AS kind,
    round(u(j, t, 8), 2) AS cost FROM journeys, range(30) step(t) WHERE t < touches
"""
_ORDERS = """
    SELECT 'order ' || j AS order_id, left(md5('customer' || j), 24) AS customer_id,
    begins_at + to_microseconds(((touches + 2 * u(j, 0, 9)) * 2.5 * 86400e6)::BIGINT) AS ordered_at,
    round(20 + 200 * u(j, 0, 10), 2) AS net_revenue FROM journeys WHERE is_customer
"""


def write(folder: Path, n: int) -> None:
    """A brand whose tables hold the touches of n journeys, and their orders, as an import leaves them."""
    made = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(folder / "spilled")})
    made.execute("SET enable_progress_bar = false; SET preserve_insertion_order = false")
    made.execute("CREATE MACRO u(j, t, salt) AS hash(j * 1000 + t * 20 + salt) / 18446744073709551616.0")
    made.execute(f"CREATE VIEW journeys AS {_JOURNEYS.format(first=FIRST_DAY, n=n)}")
    rows = {name: _store(made, folder, name, query) for name, query in (("touches", _TOUCHES), ("orders", _ORDERS))}
    days = {"first_day": FIRST_DAY, "last_day": LAST_DAY, "last_complete_day": LAST_DAY}
    manifest = {"tables": {name: {"rows": count} for name, count in rows.items()}} | days
    (folder / "tables" / "manifest.json").write_text(json.dumps(manifest))


def _store(made: duckdb.DuckDBPyConnection, folder: Path, name: str, query: str) -> int:
    part = folder / "tables" / name / "part-0.parquet"
    part.parent.mkdir(parents=True)
    given = {column for column, *_ in made.execute(f"DESCRIBE {query}").fetchall()}
    cells = [f"{c.name if c.name in given else 'NULL'}::{SQL_TYPES[c.type]} AS {c.name}" for c in TABLES[name].columns]
    made.execute(f"COPY (SELECT {', '.join(cells)} FROM ({query})) TO '{part}' (FORMAT parquet, COMPRESSION zstd)")
    return int(made.execute(f"SELECT count(*) FROM '{part}'").fetchall()[0][0])


Found = dict[str, pd.DataFrame]
Took = dict[str, float]


@contextmanager
def _timed(took: Took, name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    took[name] = time.perf_counter() - began


def ours(folder: Path) -> Callable[[Took], Found]:
    """As a notebook has it: from the shop's Parquet through DuckDB into small tables."""
    from shopkeeper.attribution.heuristics import RULES, credit
    from shopkeeper.attribution.journeys import journey_touches
    from shopkeeper.attribution.markov import chain, markov, transitions
    from shopkeeper.attribution.paths import common_paths, path_counts, steps
    from shopkeeper.shop import Shop

    shop = Shop(Brand("simulated", folder, "Simulated", "CNY", "Asia/Shanghai", "CN", 0.5))
    shop._connection.raw_sql(f"SET memory_limit = '{MEMORY}'; SET temp_directory = '{folder / 'spilled'}'")

    def run(took: Took) -> Found:
        with _timed(took, "journeys"):
            touches = shop.keep(journey_touches(shop.touches, shop.orders, shop.as_of))
        with _timed(took, "heuristics"):
            found = {rule: shop.load(credit(touches, rule)) for rule in RULES}
        with _timed(took, "steps"):
            on_path = shop.keep(steps(touches))
        with _timed(took, "paths"):
            shop.load(common_paths(shop.keep(path_counts(on_path))))
        with _timed(took, "markov"):
            effects = markov(chain(shop.load(transitions(on_path))), backing=0)
        return {rule: found[rule] for rule in _SHARED} | {"markov": effects[["channel", "removal_effect"]]}

    return run


def theirs(folder: Path) -> Callable[[Took], Found]:
    """The same by mam, which is given the touches of journeys already cut, and whether an order followed."""
    import mam
    import polars as pl

    names = {"last": "last_click", "first": "first_click", "linear": "linear", "position": "position_based"}
    names |= {"time_decay": "time_decay"}

    def run(took: Took) -> Found:
        with _timed(took, "journeys"):
            touches = pl.read_parquet(folder / "tables" / "touches" / "part-0.parquet")
            touches = touches.select(
                "visitor_id", "touched_at", "channel", pl.col("customer_id").is_not_null().alias("led")
            )
            model = mam.MAM(touches, "session", "channel", "led", "touched_at", "visitor_id")
        with _timed(took, "heuristics"):
            runs = {rule: getattr(model, f"run_{name}")().to_pandas() for rule, name in names.items()}
        found = {
            rule: table.rename(columns={"channels": "channel", "attribution": "orders"}) for rule, table in runs.items()
        }
        with _timed(took, "markov"):
            effects = model.run_markov().metadata["removal_effect"]
        return found | {"markov": effects.rename_axis("channel").reset_index()}

    return run


def same(folder: Path) -> float:
    """The largest relative difference of the two sides' credits and removal effects."""
    off = []
    for name in (*_SHARED, "markov"):
        us, them = (
            pd.read_parquet(folder / f"{side}_{name}.parquet").astype({"channel": "object"}).set_index("channel")
            for side in ("ours", "theirs")
        )
        value = "removal_effect" if name == "markov" else "orders"
        assert sorted(us.index) == sorted(them.index), name
        off.append(np.abs(us[value] / them[value].reindex(us.index) - 1).max())
    return float(max(off))


def main(side: str, folder: Path) -> None:
    """Measure one side, its imports done before, and leave its results beside the other's."""
    run, took = {"ours": ours, "theirs": theirs}[side](folder), Took()
    began = time.perf_counter()
    found = run(took)
    print(json.dumps(took | {"all": time.perf_counter() - began, "peak": own_peak()}))
    for name, table in found.items():
        table.to_parquet(folder / f"{side}_{name}.parquet")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
