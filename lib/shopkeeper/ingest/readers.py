"""Readers: any raw file as parts (a sheet, or the whole file) of headers and batches of text cells."""

import csv
import datetime as dt
import itertools
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import InvalidFileException

from shopkeeper.ingest.mapping import Mapping
from shopkeeper.ingest.reasons import MISSHAPEN
from shopkeeper.tables import DataError

BATCH = 50_000
# A longer cell is a quote that was never closed: no spreadsheet holds more in one.
csv.field_size_limit(32_767)


@dataclass(frozen=True)
class Batch:
    """Some rows of one part: the row numbers, one array of text per header, and what is wrong with a row's shape."""

    numbers: pa.Array
    cells: list[pa.Array]
    faults: pa.Array


@dataclass(frozen=True)
class Part:
    """A sheet or file: its headers, and its rows to be read once."""

    name: str
    headers: list[str]
    batches: Iterator[Batch]


Rows = Iterator[tuple[int, list[str]]]
ENCODINGS = ("utf-8-sig", "gb18030")
_BROKEN_XLSX = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    InvalidFileException,
    KeyError,
    ValueError,
    EOFError,
    OSError,
)


def read(path: Path, mapping: Mapping | None = None) -> Iterator[Part]:
    """The parts of a CSV, XLSX or Parquet file. DataError for an empty, broken or unknown one.

    Without a mapping (when the file is yet to be recognised) UTF-8 and GB18030 are tried.
    """
    if path.stat().st_size == 0:
        raise DataError(f"{path.name}: 0 bytes. The export did not finish: export it again and replace the file.")
    readers = {".csv": _csv_parts, ".txt": _csv_parts, ".xlsx": _xlsx_parts, ".parquet": _parquet_parts}
    if path.suffix.lower() not in readers:
        raise DataError(
            f"{path.name}: no reader for {path.suffix or 'a file without ending'}; known: {', '.join(readers)}."
        )
    yield from readers[path.suffix.lower()](path, mapping)


def _csv_parts(path: Path, mapping: Mapping | None) -> Iterator[Part]:
    encoding = _encoding(path, mapping.encodings if mapping else ENCODINGS)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = mapping.delimiter if mapping else ","
        reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
        part = _part("", _from_header(_csv_rows(path, reader), mapping), is_padded=False)
        if part is None:
            raise DataError(f"{path.name}: no rows, not even headers. Export it again and replace the file.")
        yield part


def _csv_rows(path: Path, reader: Any) -> Rows:
    """Each row with the number of its last line. A quote left open would swallow rows: it stops the import."""
    try:
        for row in reader:
            if any(row):
                yield reader.line_num, row
    except csv.Error as error:
        raise DataError(
            f"{path.name}: line {reader.line_num} is no whole CSV row ({error}). Often a quotation mark stands alone in "
            "a text; nothing after it can be told apart. Export the file again, or mend that line."
        ) from error


def _from_header(rows: Rows, mapping: Mapping | None) -> Rows:
    """The rows from the mapping's header row on."""
    return itertools.islice(rows, mapping.header_row - 1, None) if mapping else rows


def _encoding(path: Path, encodings: tuple[str, ...]) -> str:
    """The first encoding that decodes the whole file."""
    faults = []
    for encoding in encodings:
        try:
            with path.open(encoding=encoding, newline="") as file:
                for number, _ in enumerate(iter(lambda: file.read(1 << 20), "")):
                    del number
            return encoding
        except UnicodeDecodeError as error:
            faults.append(f"{encoding}: {error.reason} ({error.object[error.start : error.start + 4].hex(' ')})")
    line = _first_undecodable(path, encodings[0])
    raise DataError(
        f"{path.name}: line {line} cannot be read as text in {' or '.join(encodings)} ({'; '.join(faults)}). "
        "Save the file as CSV in UTF-8 and replace it."
    )


def _first_undecodable(path: Path, encoding: str) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return 1


def _xlsx_parts(path: Path, mapping: Mapping | None) -> Iterator[Part]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except _BROKEN_XLSX as error:
        raise _not_whole(path, error) from error
    try:
        wanted = [sheet for sheet in book.worksheets if not mapping or mapping.sheet in {"", sheet.title}]
        parts = (_part(sheet.title, _from_header(_xlsx_rows(path, sheet), mapping), is_padded=True) for sheet in wanted)
        filled = 0
        for part in parts:
            if part is not None:
                filled += 1
                yield part
        if not filled:
            raise DataError(f"{path.name}: no sheet with rows. Export it again and replace the file.")
    finally:
        book.close()


def _xlsx_rows(path: Path, sheet: Any) -> Rows:
    """Rows that hold anything. The size that the sheet states of itself is often wrong, and not asked."""
    sheet.reset_dimensions()
    try:
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = [_text(cell) for cell in row]
            if any(cells):
                yield number, cells
    except _BROKEN_XLSX as error:
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


def _part(name: str, rows: Rows, is_padded: bool) -> Part | None:
    """A part of these rows, the first of which are the headers; None without any.

    is_padded: rows may end early, as spreadsheets leave out empty cells at a row's end.
    """
    _, headers = next(rows, (0, []))
    while headers and not headers[-1]:
        headers = headers[:-1]
    return Part(name, headers, _batches(rows, len(headers), is_padded)) if headers else None


def _batches(rows: Rows, width: int, is_padded: bool) -> Iterator[Batch]:
    while chunk := list(itertools.islice(rows, BATCH)):
        faults = [None if is_padded and len(row) <= width else _fault(row, width) for _, row in chunk]
        padded = [(row + [""] * width)[:width] for _, row in chunk]
        cells = [pa.array(column, pa.string()) for column in zip(*padded, strict=True)]
        yield Batch(pa.array([number for number, _ in chunk], pa.int64()), cells, pa.array(faults, pa.string()))


def _fault(row: list[str], width: int) -> str | None:
    return MISSHAPEN if any(row[width:]) or len(row) < width else None


def _parquet_parts(path: Path, mapping: Mapping | None) -> Iterator[Part]:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{path.name}: not a whole Parquet file ({error}). Copy it again and replace the file."
        ) from error
    headers = file.schema_arrow.names
    wanted = [headers[i] for i in mapping.place(headers).values()] if mapping else headers
    yield Part("", wanted, _parquet_batches(path, file, wanted))


def _parquet_batches(path: Path, file: pq.ParquetFile, wanted: list[str]) -> Iterator[Batch]:
    start = 1
    try:
        for batch in file.iter_batches(BATCH, columns=wanted):
            numbers = pa.array(range(start, start + batch.num_rows), pa.int64())
            cells = [pc.cast(batch.column(name), pa.string()) for name in wanted]
            yield Batch(numbers, cells, pa.nulls(batch.num_rows, pa.string()))
            start += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{path.name}: broken after row {start - 1:,} ({error}). Copy it again and replace it."
        ) from error
