"""A workbook of one sheet, written so that equal rows are equal bytes."""

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from xlsxwriter import Workbook

_CREATED = dt.datetime(2026, 7, 1)  # otherwise the file would carry the moment of its writing


def write_xlsx(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write rows of texts and numbers, the first of them the headers; texts that look like numbers stay texts."""
    with Workbook(path, {"constant_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet("Sheet1")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
