"""Lists: CSV files for people, beside the reports. No cell of one begins a formula."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

# What a spreadsheet takes for the beginning of a formula.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def inert(cell: Any) -> Any:
    """A cell that a spreadsheet will not take for a formula: text that begins like one gets a leading quote."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_DANGEROUS) else cell


def list_text(headers: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """The list as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headers)
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return text.getvalue()


def replace_text(path: Path, text: str, mode: int = 0o644) -> None:
    """Put the text in the file's place, whole or not at all, with these rights. Bytes that were no UTF-8 stay as read."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode),
        "w",
        newline="",
        encoding="utf-8",
        errors="surrogateescape",
    ) as file:
        file.write(text)
    temporary.replace(path)
