"""The measurements of journeys: ten million of them, and as many as mam holds beside it, one thread each."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import touched
from measure import Row

JOURNEYS = 10_000_000
_BESIDE = 1_000_000
_ROUNDS = 3
Found = dict[str, float]


def many_journeys() -> list[Row]:
    """Ten million journeys from Parquet to credit: cut, seven heuristics, path counts, Markov."""
    with tempfile.TemporaryDirectory() as folder:
        touched.write(Path(folder), JOURNEYS)
        found = _side("ours", Path(folder), os.cpu_count() or 1)
    steps = ", ".join(f"{name} {found[name]:.0f} s" for name in ("journeys", "heuristics", "steps", "paths", "markov"))
    return [
        (f"{JOURNEYS:,} journeys: 7 heuristics, path counts, Markov, {os.cpu_count()} threads", f"{found['all']:.0f} s ({steps})", "under 300 s"),
        ("the same: peak memory", f"{found['peak']:,.0f} MB, DuckDB's part held to {touched.MEMORY}", "under 4,000 MB"),
    ]  # fmt: skip


def journeys_beside_mam() -> list[Row]:
    """Credit of the same journeys by both sides in turn; mam is given them already cut, and asked for five heuristics."""
    with tempfile.TemporaryDirectory() as folder:
        touched.write(Path(folder), _BESIDE)
        runs = [(_side("ours", Path(folder), 1), _side("theirs", Path(folder), 1)) for _ in range(_ROUNDS)]
        off = touched.same(Path(folder))
    us, them = (list(side) for side in zip(*runs, strict=True))
    seconds = [statistics.median(run["all"] - run.get("paths", 0.0) for run in side) for side in (us, them)]
    ratio = statistics.median(b["all"] / (a["all"] - a["paths"]) for a, b in runs)
    peaks = [max(run["peak"] for run in side) for side in (us, them)]
    return [
        (f"{_BESIDE:,} journeys, heuristics and Markov, beside `mam` (median of {_ROUNDS})", f"{seconds[0]:.1f} s against {seconds[1]:.1f} s", f"{ratio:.1f} times as fast"),
        ("the same: peak memory", f"{peaks[0]:,.0f} MB against {peaks[1]:,.0f} MB", f"ratio {peaks[0] / peaks[1]:.2f}"),
        ("the same: credits and removal effects of both", f"at most {off:.0e} apart", "time decay counts whole seconds here"),
    ]  # fmt: skip


def _side(side: str, folder: Path, threads: int) -> Found:
    """Seconds by step and peak MB of one side, in a process of its own."""
    command = [sys.executable, "-W", "ignore", touched.__file__, side, str(folder)]
    environment = os.environ | {name: str(threads) for name in ("OMP_NUM_THREADS", "POLARS_MAX_THREADS")}
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return dict(json.loads(told.stdout))


PARTS = (many_journeys, journeys_beside_mam)
