"""How a measurement is taken: a command's seconds and memory, a workbench of its own, two sides in turn."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
RETAIL = PROJECT.parent / "shared" / "data" / "online_retail_ii.parquet"
BIN = Path(sys.executable).parent
Row = tuple[str, str, str]
_LOOP = 10_000_000


def measured(command: list[str], environment: dict[str, str], folder: Path = PROJECT) -> tuple[float, float]:
    """Seconds, and the peak memory in MB of the largest process the command started."""
    script = (
        "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode; "
    )
    script += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024); sys.exit(code)"
    began = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", script, *command],
        env=environment,
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - began, float(ended.stdout)


def workbench(brands: list[str], folder: Path) -> dict[str, str]:
    """An environment whose data/ holds these shipped brands and whose reports/ is empty."""
    for name in brands:
        shutil.copytree(
            PROJECT / "data" / name,
            folder / "data" / name,
            ignore=lambda *_: ["tables", "record", "raw", "truth", "fits"],
        )
    if "online_retail" in brands:
        (folder / "data" / "online_retail" / "raw").mkdir()
        shutil.copy(RETAIL, folder / "data" / "online_retail" / "raw")
    return os.environ | {"SHOPKEEPER_DATA": str(folder / "data"), "SHOPKEEPER_REPORTS": str(folder / "reports")}


def alternating(first: Callable[[], float], second: Callable[[], float], rounds: int = 5) -> tuple[float, float, float]:
    """Medians of two measurements taken in turn, and the median of their ratios, pair by pair."""
    pairs = [(first(), second()) for _ in range(rounds)]
    return (
        *(statistics.median(column) for column in zip(*pairs, strict=True)),
        statistics.median(a / b for a, b in pairs),
    )


def notebook_rows(
    notebook: str, brand: str, environment: dict[str, str], seconds: int, anew: str = "joblib"
) -> list[Row]:
    """A notebook on a brand that is imported, and beside each run a loop of plain Python, to compare machines by.

    seconds: that it may take. anew: the folder of fits that are made anew each time, all of them unless it is named; where there are any, a
    last run keeps them.
    """
    run = [str(BIN / "shopkeeper"), "run", brand, "--notebook", notebook, "--force", "--workers", "1"]
    fits, runs = Path(environment["SHOPKEEPER_DATA"]) / brand / "fits", []
    for _ in range(3):
        for folder in list(fits.rglob(anew)):
            shutil.rmtree(folder)
        runs.append((*measured(run, environment), _calibration()))
    took, peaks, loops = zip(*runs, strict=True)
    ratio = statistics.median(a / b for a, b in zip(took, loops, strict=True))
    again = "the same with its fits kept, as for a second language"
    return [
        (f"{notebook} on `{brand}`, 1 worker (median of 3)", f"{statistics.median(took):.1f} s", f"under {seconds} s"),
        ("the same: peak memory of its largest process", f"{max(peaks):.0f} MB", "under 2,000 MB"),
        (f"{_LOOP:,} additions in a loop of Python, beside each run", f"{statistics.median(loops):.2f} s", f"the notebook takes {ratio:.0f} times as long"),
        *([(again, f"{measured(run, environment)[0]:.1f} s", "–")] if fits.exists() else []),
    ]  # fmt: skip


def _calibration() -> float:
    """Seconds of ten million additions: what this machine is worth today."""
    total, began = 0, time.perf_counter()
    for number in range(_LOOP):
        total += number
    return time.perf_counter() - began


def own_peak() -> float:
    """The peak memory of this process so far, in MB."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
