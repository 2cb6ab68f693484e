"""Telling: what an import does while it runs, and what it found, on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from shopkeeper.brand import Brand
from shopkeeper.ingest import raw_files
from shopkeeper.ingest.stage import Watch
from shopkeeper.places import shown
from shopkeeper.tables import offenders


@contextmanager
def bar(brand: Brand, console: Console) -> Iterator[Watch]:
    """A bar over the bytes of the raw files; it goes when the import has ended."""
    files = [path for _, paths in raw_files(brand) for path in paths]
    sizes = {path: path.stat().st_size for path in files}
    read: dict[Path, float] = {}
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("importing", total=sum(sizes.values()))

        def watch(path: Path, share: float) -> None:
            """Move the bar."""
            read[path] = sizes.get(path, 0) * share
            progress.update(task, completed=sum(read.values()), description=path.name)

        yield watch


def account_table(manifest: dict[str, Any], currency: str) -> Table:
    """Every row read, by what the files were read as, outcome and rule; the last line is their sum."""
    rows = pd.DataFrame(manifest["account"])
    rows["is_left_out"] = rows.outcome != "kept"
    keys = ["source", "mapping", "is_left_out", "outcome", "rule"]
    table = Table("read as", "outcome", box=box.SIMPLE_HEAD, show_footer=True)
    table.columns[0].footer = "all rows read"
    table.add_column("rows", f"{rows.rows.sum():,}", justify="right", no_wrap=True)
    table.add_column(f"worth, {currency}", justify="right", no_wrap=True)
    last = None
    summed = rows.groupby(keys, as_index=False).agg(rows=("rows", "sum"), amount=("amount", lambda worth: worth.sum(min_count=1)))  # fmt: skip
    for row in summed.itertuples():
        said = f"{row.outcome}: {row.rule}" if row.rule else row.outcome
        worth = "" if pd.isna(row.amount) else f"{row.amount:,.2f}"
        table.add_row("" if row.source == last else row.mapping, said, f"{row.rows:,}", worth)
        last = row.source
    return table


def placed(manifest: dict[str, Any]) -> Iterator[str]:
    """Which mapping read which files, and which of their columns it did not read."""
    rows = pd.DataFrame(manifest["account"])
    for (_, mapping), files in rows.groupby(["source", "mapping"]).file.unique().items():
        unread = {header for file in files for header in manifest["unread_columns"].get(file, [])}
        named = f"; {len(unread)} columns not read: {offenders(sorted(unread), 6)}" if unread else ""
        yield f"{offenders(list(files), 6)}: read as {mapping}{named}"


def verdict(brand: Brand, manifest: dict[str, Any], is_trial: bool) -> Iterator[str]:
    """What no source reads, where the rejected rows are, what the tables hold, and what comes next."""
    if manifest["unread"]:
        settings = shown(brand.folder / "brand.toml")
        yield f"Not read, since no mapping knows them: {', '.join(manifest['unread'])}. If they hold data, name a mapping in {settings}."
    if any(row["outcome"] == "rejected" for row in manifest["account"]) and not is_trial:
        yield f"Rejected rows, each with file, row and reason: {shown(brand.tables / 'rejects')}"
    held = ", ".join(f"{name} {table['rows']:,}" for name, table in manifest["tables"].items() if table["rows"])
    days = f"; {manifest['first_day']} to {manifest['last_day']}" if manifest["first_day"] else ""
    yield f"Tables: {held}{days}"
    yield "A trial: nothing was written." if is_trial else f"Next: shopkeeper run {brand.name}"
