"""Measures the workbench beside named peers, in one run, and writes RESULTS.md. Run: make bench"""

import datetime as dt
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import channels
import customer_value
import demand
import journeys
import prices
import profiling
import readers
from measure import BIN, PROJECT, RETAIL, Row, alternating, measured, workbench


def from_nothing() -> list[Row]:
    """Make reports in a fresh clone with a fresh HOME and no caches, and again with nothing changed."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(clone)], check=True)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("UV_", "XDG_", "VIRTUAL_ENV", "SHOPKEEPER_"))
        }
        home = kept | {"HOME": folder}
        first, peak = measured(["make", "reports"], home, clone)
        again = statistics.median(measured(["make", "reports"], home, clone)[0] for _ in range(5))
        setup = statistics.median(measured(["make", "setup"], home, clone)[0] for _ in range(5))
    return [
        (
            "`make reports` in a fresh clone, fresh HOME, no caches",
            f"{first:.0f} s, peak {peak:.0f} MB in one process",
            "–",
        ),
        ("`make reports` again, nothing changed (median of 5)", f"{again:.1f} s", "under 5 s"),
        ("`make setup` again, nothing changed (median of 5)", f"{setup:.2f} s", "under 1 s"),
    ]


def workers() -> list[Row]:
    """The three brands' reports with two workers against one, imports done before."""
    with tempfile.TemporaryDirectory() as folder:
        brands = ["complete_journey", "cdnow", *(["online_retail"] if RETAIL.exists() else [])]
        environment = workbench(brands, Path(folder))
        run = [str(BIN / "shopkeeper"), "run", *brands, "--force", "--workers"]
        measured([*run, "2"], environment)
        two, one, ratio = alternating(
            lambda: measured([*run, "2"], environment)[0], lambda: measured([*run, "1"], environment)[0]
        )
    return [
        (
            f"`shopkeeper run {' '.join(brands)} --force`, 2 workers against 1",
            f"{two:.1f} s against {one:.1f} s",
            f"ratio {ratio:.2f}",
        )
    ]


def imports() -> list[Row]:
    """1.07 million lines into checked tables, beside pandas reading and summing the same file without any check."""
    if not RETAIL.exists():
        return []
    peer = (
        f"import pandas as pd; d = pd.read_parquet({str(RETAIL)!r}); d['v'] = d.Quantity * d.Price; "
        "d = d.drop_duplicates(); d.groupby('Invoice').agg(v=('v', 'sum'), at=('InvoiceDate', 'min')).to_parquet('/dev/null')"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = workbench(["online_retail"], Path(folder))
        ours = [str(BIN / "shopkeeper"), "import", "online_retail", "--force"]
        peak = max(measured(ours, environment)[1] for _ in range(2))
        peer_peak = measured([sys.executable, "-c", peer], environment)[1]
        us, them, ratio = alternating(
            lambda: measured(ours, environment)[0], lambda: measured([sys.executable, "-c", peer], environment)[0]
        )
    return [
        (
            "import of `online_retail`, 1,067,370 lines: peak memory",
            f"{peak:.0f} MB (pandas, reading and summing: {peer_peak:.0f} MB)",
            "under 1 GB",
        ),
        (
            "the same: time, beside pandas reading and summing without checks",
            f"{us:.1f} s against {them:.1f} s",
            f"ratio {ratio:.1f}",
        ),
    ]


def each_reader() -> list[Row]:
    """A million lines through each reader, beside pandas reading the same file whole."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for path in readers.write(Path(folder)):
            rounds = 1 if path.suffix == ".xlsx" else 3
            runs = [(_reader("ours", path), _reader("pandas", path)) for _ in range(rounds)]
            us, them = (statistics.median(run[side][0] for run in runs) for side in (0, 1))
            peaks = [max(run[side][1] for run in runs) for side in (0, 1)]
            rows.append(
                (
                    f"{path.suffix[1:].upper()} reader, 1,000,000 lines, beside `pandas.read_*`",
                    f"{readers.ROWS / us:,.0f} rows/s, {peaks[0]:.0f} MB against {readers.ROWS / them:,.0f} rows/s, {peaks[1]:.0f} MB",
                    f"time ratio {us / them:.2f}",
                )
            )
    return rows


def _reader(which: str, path: Path) -> tuple[float, float]:
    """Seconds and peak MB."""
    told = subprocess.run(
        [sys.executable, readers.__file__, which, str(path)], check=True, capture_output=True, text=True
    )
    _, seconds, peak = map(float, told.stdout.split())
    return seconds, peak


def simulation() -> list[Row]:
    """The shipped simulated brand: its raw files, and their import."""
    with tempfile.TemporaryDirectory() as folder:
        environment = workbench(["aurora"], Path(folder))
        command = [str(BIN / "shopkeeper"), "simulate", "aurora", "--customers", "20000", "--seed", "7"]
        made = [measured(command, environment) for _ in range(3)]
        read, peak = measured([str(BIN / "shopkeeper"), "import", "aurora"], environment)
    seconds = statistics.median(time_ for time_, _ in made)
    return [
        ("`shopkeeper simulate aurora --customers 20000` (median of 3)", f"{seconds:.1f} s, peak {max(p for _, p in made):.0f} MB", "under 30 s"),
        ("its import", f"{read:.1f} s, peak {peak:.0f} MB", "–"),
    ]  # fmt: skip


def one_report() -> list[Row]:
    """One report from imported tables, beside papermill's and nbconvert's own commands on the same notebook."""
    with tempfile.TemporaryDirectory() as folder:
        environment = workbench(["cdnow"], Path(folder))
        ours = [str(BIN / "shopkeeper"), "run", "cdnow", "--force"]
        measured(ours, environment)
        made, notebook = Path(folder) / "made.ipynb", PROJECT / "notebooks" / "01_profiling.ipynb"
        peer = (
            f"{BIN}/papermill -p brand cdnow {notebook} {made} && {BIN}/jupyter nbconvert --to html --no-input {made}"
        )
        us, them, ratio = alternating(
            lambda: measured(ours, environment)[0], lambda: measured(["bash", "-c", peer], environment)[0]
        )
        pages = [Path(folder) / "reports" / "cdnow" / "1998-06-30" / "01_profiling.en.html", made.with_suffix(".html")]
        sizes = [page.stat().st_size / 1000 for page in pages]
    return [
        (
            "one report, beside the commands papermill and nbconvert",
            f"{us:.1f} s against {them:.1f} s",
            f"ratio {ratio:.2f}",
        ),
        ("size of its page", f"{sizes[0]:.0f} kB against {sizes[1]:.0f} kB", "at most 2 MB, 500 kB typical"),
    ]


PARTS = (
    from_nothing,
    workers,
    imports,
    each_reader,
    simulation,
    one_report,
    *profiling.PARTS,
    *customer_value.PARTS,
    *journeys.PARTS,
    *channels.PARTS,
    *demand.PARTS,
    *prices.PARTS,
)


def main(chosen: list[str]) -> None:
    """Run the measurements named, or every one, and write their sections; the other sections stay as they were measured."""
    path = PROJECT / "benchmarks" / "RESULTS.md"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    old = {text.partition("\n")[0]: text for text in before.split("\n## ")[1:]}
    sections = []
    for part in PARTS:
        name = part.__name__.replace("_", " ")
        if not chosen or part.__name__ in chosen:
            old[name] = (
                f"{name}\n\n{_conditions()}\n\n| what | measured | target or ratio |\n|---|---|---|\n"
                + "".join(f"| {' | '.join(row)} |\n" for row in part())
            )
            print(old[name])
        sections += [f"## {old[name].strip()}\n"] if name in old else []
    head = "# Measured\n\nCommand: `make bench`. Absolute times drift on shared machines; ratios are medians of pairs taken in turn.\n"
    path.write_text("\n".join([head, *sections]), encoding="utf-8")


def _conditions() -> str:
    command = ["git", "-C", str(PROJECT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{dt.date.today()}, commit {commit}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
