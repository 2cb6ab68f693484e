"""Lists: CSV and XLSX files for people, beside the reports. No cell of one begins a formula."""

import csv
import datetime as dt
import io
import math
import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

# What a spreadsheet takes for the beginning of a formula.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_SHARES = ("rate", "share", "probability", "p_alive")  # how the names of columns end that hold 0–1
_CREATED = dt.datetime(2026, 7, 1)  # otherwise equal lists would differ in the moment of their writing
_SHEET_ROWS = 1_048_575  # that a sheet holds below its header
_LONGEST = 32_767  # characters that a cell holds
_EXACT = 10**15  # from which a spreadsheet rounds whole numbers


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


def list_workbook(data: pd.DataFrame) -> bytes:
    """The list as XLSX: the cells of the CSV, headers bold and frozen, text kept text; equal lists are equal bytes.

    Float columns named as shares are shown as percent, other ones with thousands set apart; a list longer than a
    sheet goes on in the next.
    """
    from xlsxwriter import Workbook  # slow to load, and most pages write no list

    made = io.BytesIO()
    with Workbook(made, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"created": _CREATED})
        for start in range(0, max(len(data), 1), _SHEET_ROWS):
            _write_sheet(book, data.iloc[start : start + _SHEET_ROWS])
    return made.getvalue()


def _write_sheet(book: Any, data: pd.DataFrame) -> None:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(data.columns):
        column = data.iloc[:, place]
        shape = _shape(str(name), column)
        sheet.set_column(
            place, place, _width(str(name), column), book.add_format({"num_format": shape}) if shape else None
        )
    bold = book.add_format({"bold": True})
    for place, name in enumerate(data.columns):
        sheet.write_string(0, place, inert(str(name)), bold)
    for number, row in enumerate(data.itertuples(index=False, name=None), start=1):
        for place, cell in enumerate(row):
            _write_cell(sheet, number, place, cell)


def _write_cell(sheet: Any, row: int, place: int, cell: Any) -> None:
    """One cell by its type; what is missing stays empty. Never `write`, which would guess formulas, links and numbers."""
    if pd.isna(cell):
        return
    if pd.api.types.is_bool(cell):
        sheet.write_boolean(row, place, bool(cell))
    elif pd.api.types.is_number(cell) and math.isfinite(cell) and abs(cell) < _EXACT:
        sheet.write_number(row, place, cell)
    elif isinstance(cell, dt.date):
        sheet.write_datetime(row, place, cell)
    else:
        sheet.write_string(row, place, inert(str(cell))[:_LONGEST])


def _shape(name: str, column: pd.Series) -> str:
    """How a spreadsheet shows the numbers of a column; empty for its own way."""
    if not pd.api.types.is_float_dtype(column):
        return ""
    if name.endswith(_SHARES):
        return "0.0%"
    is_whole = (column.dropna() % 1 == 0).all()
    return "#,##0" if is_whole else "#,##0.00"


def _width(name: str, column: pd.Series) -> int:
    """Characters that the header and the first cells take, 8 to 40; a Chinese one takes the room of two."""
    first = column.head(100)
    texts = [f"{cell:,.2f}" for cell in first] if pd.api.types.is_float_dtype(column) else [str(cell) for cell in first]
    return min(40, max(8, 2 + max(map(room, [name, *texts]))))


def room(text: str) -> int:
    """Columns that a text takes, a Chinese character taking two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def replace_text(path: Path, text: str, mode: int = 0o644) -> None:
    """Put the text in the file's place, whole or not at all, with these rights. Bytes that were no UTF-8 stay as read."""
    replace_bytes(path, text.encode("utf-8", errors="surrogateescape"), mode)


def replace_bytes(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put these bytes in the file's place, whole or not at all, with these rights."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    temporary.replace(path)
