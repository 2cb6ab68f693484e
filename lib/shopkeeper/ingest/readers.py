"""Readers: any raw file as parts (a sheet, or the whole file) of headers and batches of text cells."""

import csv
import datetime as dt
import io
import itertools
import operator
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
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
LONGEST_LINE = 1 << 20  # characters; a file without line ends would have to be read whole
# A longer cell is a quote that was never closed: no spreadsheet holds more in one.
csv.field_size_limit(32_767)


@dataclass(frozen=True)
class Batch:
    """Some rows of one part: the row numbers, one array of text per header, and what is wrong with a row's shape.

    share: how much of the file has been read with it, 0 to 1.
    """

    numbers: pa.Array
    cells: list[pa.Array]
    faults: pa.Array
    share: float


@dataclass(frozen=True)
class Part:
    """A sheet or file: its headers, and its rows to be read once."""

    name: str
    headers: list[str]
    batches: Iterator[Batch]


Rows = Iterator[tuple[int, list[str]]]
ENCODINGS = ("utf-8-sig", "gb18030")
_LOCKED = bytes.fromhex("d0cf11e0")  # how an encrypted workbook begins, and an old .xls
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
    size = path.stat().st_size
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding, newline="") as file:
        delimiter = _delimiter(path, encoding, mapping.delimiter if mapping else ",")
        reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
        rows = _from_header(_csv_rows(path, reader), mapping)
        part = _part("", rows, is_padded=False, share=lambda: raw.tell() / size)
        if part is None:
            raise DataError(f"{path.name}: no rows, not even headers. Export it again and replace the file.")
        yield part


def _delimiter(path: Path, encoding: str, wanted: str) -> str:
    """The wanted one; where the first line does not hold it, the semicolon or tab that a spreadsheet put in its place."""
    with path.open(encoding=encoding) as file:
        first = next((line for line in file if line.strip()), "")
    return max([wanted, ";", "\t"], key=lambda sign: (first.count(sign) > 0, sign == wanted))


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
    """The first encoding that decodes the whole file; UTF-16 is known by its mark."""
    with path.open("rb") as file:
        marked = file.read(2) in {b"\xff\xfe", b"\xfe\xff"}
    faults = []
    for encoding in ["utf-16"] if marked else encodings:
        try:
            _read_through(path, encoding)
            return encoding
        except UnicodeDecodeError as error:
            faults.append(f"{encoding}: {error.reason} ({error.object[error.start : error.start + 4].hex(' ')})")
    line = _first_undecodable(path, encodings[0])
    raise DataError(
        f"{path.name}: line {line} cannot be read as text in {' or '.join(encodings)} ({'; '.join(faults)}). "
        "Save the file as CSV in UTF-8 and replace it."
    )


def _read_through(path: Path, encoding: str) -> None:
    """Decode the whole file. DataError where no line ends for LONGEST_LINE characters."""
    length = 0
    with path.open(encoding=encoding) as file:
        for chunk in iter(lambda: file.read(LONGEST_LINE), ""):
            ends = chunk.rfind("\n")
            length = len(chunk) - ends - 1 if ends >= 0 else length + len(chunk)
            if length > LONGEST_LINE:
                raise DataError(
                    f"{path.name}: a line of more than {LONGEST_LINE:,} characters; no export has one, and nothing in it "
                    "can be told apart. Export the file as CSV again and replace it."
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
    with path.open("rb") as file:
        if file.read(4) == _LOCKED:
            raise DataError(
                f"{path.name}: protected by a password, or in the old .xls format. Open it in a spreadsheet, save it "
                "without password as .xlsx, and replace the file."
            )
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except _BROKEN_XLSX as error:
        raise _not_whole(path, error) from error
    try:
        wanted = [sheet for sheet in book.worksheets if not mapping or mapping.sheet in {"", sheet.title}]
        filled = 0
        for number, sheet in enumerate(wanted):
            rows = _from_header(_xlsx_rows(path, sheet), mapping)
            # How long a sheet is, nobody knows before its end.
            part = _part(sheet.title, rows, is_padded=True, share=partial(operator.truediv, number + 0.5, len(wanted)))
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


def _part(name: str, rows: Rows, is_padded: bool, share: Callable[[], float]) -> Part | None:
    """A part of these rows, the first of which are the headers; None without any.

    is_padded: rows may end early, as spreadsheets leave out empty cells at a row's end.
    share: how much of the file has been read by now.
    """
    _, headers = next(rows, (0, []))
    while headers and not headers[-1]:
        headers = headers[:-1]
    return Part(name, headers, _batches(rows, len(headers), is_padded, share)) if headers else None


def _batches(rows: Rows, width: int, is_padded: bool, share: Callable[[], float]) -> Iterator[Batch]:
    while chunk := list(itertools.islice(rows, BATCH)):
        faults = [None if is_padded and len(row) <= width else _fault(row, width) for _, row in chunk]
        padded = [(row + [""] * width)[:width] for _, row in chunk]
        cells = [pa.array(column, pa.string()) for column in zip(*padded, strict=True)]
        numbers = pa.array([number for number, _ in chunk], pa.int64())
        yield Batch(numbers, cells, pa.array(faults, pa.string()), share())


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
            start += batch.num_rows
            yield Batch(numbers, cells, pa.nulls(len(numbers), pa.string()), (start - 1) / file.metadata.num_rows)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{path.name}: broken after row {start - 1:,} ({error}). Copy it again and replace it."
        ) from error
