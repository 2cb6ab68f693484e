"""One reader over one file, as a process of its own: prints rows, seconds and peak memory. Run by bench.py."""

import sys
import time
from pathlib import Path

import pandas as pd
from measure import own_peak
from shopkeeper.ingest.mapping import load_mapping
from shopkeeper.ingest.readers import read

MAPPING = load_mapping("generic:orders")
ROWS = 1_000_000


def ours(path: Path) -> int:
    """Read in batches, as an import does."""
    return sum(len(batch.numbers) for part in read(path, MAPPING) for batch in part.batches)


def pandas(path: Path) -> int:
    """Read whole, every cell as text."""
    readers = {".csv": pd.read_csv, ".xlsx": pd.read_excel}
    return len(pd.read_parquet(path) if path.suffix == ".parquet" else readers[path.suffix](path, dtype=str))


def write(folder: Path) -> list[Path]:
    """A million orders as CSV, Parquet and XLSX (of which a sheet holds 1,048,575 rows)."""
    numbers = pd.RangeIndex(ROWS)
    frame = pd.DataFrame({
        "order_id": "2938" + numbers.astype(str).str.zfill(15),
        "customer_id": "buyer" + (numbers % 90_001).astype(str),
        "ordered_at": (pd.Timestamp("2023-01-01") + pd.to_timedelta(numbers * 60, unit="s")).astype(str),
        "net_revenue": (numbers % 900 + 0.5).astype(str),
        "region": "浙江",
    })  # fmt: skip
    paths = [folder / f"orders.{ending}" for ending in ("csv", "parquet", "xlsx")]
    frame.to_csv(paths[0], index=False)
    frame.to_parquet(paths[1])
    frame.to_excel(paths[2], index=False, engine="xlsxwriter", engine_kwargs={"options": {"constant_memory": True}})
    return paths


if __name__ == "__main__":
    began = time.perf_counter()
    rows = {"ours": ours, "pandas": pandas}[sys.argv[1]](Path(sys.argv[2]))
    print(rows, time.perf_counter() - began, own_peak())
