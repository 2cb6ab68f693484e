"""The measurements of 01_profiling: customer histories beside lifetimes, segments beside those planted, the whole notebook."""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import histories
import planted
from measure import BIN, Row, measured, notebook_rows, workbench

_ROUNDS = 3
_PATIENCE = 180.0  # seconds of one run of lifetimes, beyond which it is not run again
_CUSTOMERS, _SEEDS = 8_000, (11, 12)


def customer_histories() -> list[Row]:
    """Ten million orders into a million histories, from one Parquet file into pandas: ours and lifetimes' in turn, then compared."""
    with tempfile.TemporaryDirectory() as folder:
        histories.write(Path(folder))
        us, them = _in_turn(Path(folder))
        alike = histories.same(Path(folder))
    faster = statistics.median(b[0] / a[0] for a, b in zip(us, them, strict=False))
    peaks = [max(peak for _, peak in side) for side in (us, them)]
    what = f"`customer_history`, {histories.ORDERS:,} orders, beside `lifetimes.summary_data_from_transaction_data`"
    seconds = [statistics.median(time_ for time_, _ in side) for side in (us, them)]
    return [
        (f"{what} (median of {len(us)} and of {len(them)})", f"{seconds[0]:.1f} s against {seconds[1]:.1f} s", f"{faster:.1f} times as fast; target 10"),
        ("the same: peak memory", f"{peaks[0]:.0f} MB against {peaks[1]:.0f} MB", f"ratio {peaks[0] / peaks[1]:.2f}; target at most 0.25"),
        ("the same: customers alike in frequency, recency and T exactly, in monetary to 1e-9", f"{alike:,} of {histories.CUSTOMERS:,}", "all; its monetary 0 of one-time buyers is our null"),
    ]  # fmt: skip


def _in_turn(folder: Path) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Seconds and peak MB of each run of ours, and of lifetimes."""
    us: list[tuple[float, float]] = []
    them: list[tuple[float, float]] = []
    for _ in range(_ROUNDS):
        us.append(_history("ours", folder))
        if not them or them[-1][0] <= _PATIENCE:
            them.append(_history("lifetimes", folder))
    return us, them


def _history(side: str, folder: Path) -> tuple[float, float]:
    command = [sys.executable, "-W", "ignore", histories.__file__, side, str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, peak = map(float, told.stdout.split())
    return seconds, peak


def segments() -> list[Row]:
    """Adjusted Rand index with three, five and seven planted segments, over customers with three order days or more.

    Two worlds of each, and each is judged by what was learnt from the other; the figures are means of both.
    """
    rows = []
    for count in (3, 5, 7):
        worlds = [_world(count, seed) for seed in _SEEDS]
        judged = [planted.judge(here, other) for here, other in (worlds, worlds[::-1])]
        rows += _segment_rows(count, statistics.mean(len(world.planted) for world in worlds), judged)
    return rows


def _world(count: int, seed: int) -> planted.Known:
    with tempfile.TemporaryDirectory() as folder:
        return planted.world(Path(folder), _CUSTOMERS, count, seed)


def _segment_rows(count: int, known: float, judged: list[planted.Judged]) -> list[Row]:
    ours, gaussian, best = (
        statistics.mean(getattr(one, name) for one in judged) for name in ("ours", "gaussian", "informed")
    )
    what = f"{count} segments planted in {_CUSTOMERS:,} customers, of whom {known:,.0f} with 3 order days"
    ratios = " and ".join(f"{one.ours / one.informed:.0%}" for one in judged)
    sizes = " and ".join(str(one.size) for one in judged)
    smallest = min(one.jaccard for one in judged)
    return [
        (f"{what}: adjusted Rand index", f"{ours:.2f} (GaussianMixture told the number {gaussian:.2f}, best that knows the truth {best:.2f})", f"{ours / best:.0%} of the best ({ratios}); target 90%"),
        ("the same: segments found, smallest Jaccard of one", f"{sizes}, {smallest:.2f}", "Jaccard at least 0.75"),
    ]  # fmt: skip


def whole_notebook() -> list[Row]:
    """01_profiling on complete_journey after its import."""
    with tempfile.TemporaryDirectory() as folder:
        environment = workbench(["complete_journey"], Path(folder))
        measured([str(BIN / "shopkeeper"), "import", "complete_journey"], environment)
        return notebook_rows("01_profiling", "complete_journey", environment, 60)


PARTS = (customer_histories, segments, whole_notebook)
