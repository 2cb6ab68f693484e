"""XLSX files: a part for each sheet that holds rows."""

import datetime as dt
import itertools
import operator
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from shopkeeper.ingest.mapping import Mapping
from shopkeeper.ingest.readers.parts import BATCH, Chunk, Part, part
from shopkeeper.tables import DataError

_LOCKED = bytes.fromhex("d0cf11e0")  # how an encrypted workbook begins, and an old .xls
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    InvalidFileException,
    KeyError,
    ValueError,
    TypeError,
    RuntimeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
)


def xlsx_parts(path: Path, mapping: Mapping | None) -> Iterator[Part]:
    """The parts of a workbook, read without holding it. DataError for one that is locked, broken or empty."""
    with path.open("rb") as file:
        if file.read(4) == _LOCKED:
            raise DataError(
                f"{path.name}: protected by a password, or in the old .xls format. Open it in a spreadsheet, save it "
                "without password as .xlsx, and replace the file."
            )
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except _BROKEN as error:
        raise _not_whole(path, error) from error
    try:
        wanted = [sheet for sheet in book.worksheets if not mapping or mapping.sheet in {"", sheet.title}]
        filled = 0
        for number, sheet in enumerate(wanted):
            # How long a sheet is, nobody knows before its end.
            share = partial(operator.truediv, number + 0.5, len(wanted))
            header_row = mapping.header_row if mapping else 1
            made = part(sheet.title, _chunks(path, sheet), header_row, is_padded=True, share=share)
            if made is not None:
                filled += 1
                yield made
        if not filled:
            raise DataError(f"{path.name}: no sheet with rows. Export it again and replace the file.")
    finally:
        book.close()


def _chunks(path: Path, sheet: Any) -> Iterator[Chunk]:
    """Rows with their numbers. The size that the sheet states of itself is often wrong, and not asked."""
    sheet.reset_dimensions()
    start = 1
    try:
        cells = sheet.iter_rows(values_only=True)
        while rows := [[_text(cell) for cell in row] for row in itertools.islice(cells, BATCH)]:
            yield range(start, start + len(rows)), rows
            start += len(rows)
    except _BROKEN as error:
        raise _not_whole(path, error) from error


def _not_whole(path: Path, error: Exception) -> DataError:
    return DataError(f"{path.name}: not a whole XLSX file ({error}). Export it again and replace the file.")


def _text(cell: object) -> str:
    """A spreadsheet cell as text; 17850.0 is the identifier 17850."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    return str(cell)
