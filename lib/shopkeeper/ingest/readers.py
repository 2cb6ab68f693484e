"""Readers: any raw file as parts (a sheet, or the whole file) of headers and batches of text cells."""

import csv
import datetime as dt
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import InvalidFileException

from shopkeeper.ingest.mapping import Mapping
from shopkeeper.ingest.reasons import MISSHAPEN
from shopkeeper.tables import DataError

BATCH = 50_000
csv.field_size_limit(10_000_000)


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
    encodings = mapping.encodings if mapping else ("utf-8-sig", "gb18030")
    encoding = _encoding(path, encodings)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=mapping.delimiter if mapping else ",", skipinitialspace=True)
        rows = ((reader.line_num, row) for row in reader if any(row))
        yield _part(path, "", rows)


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
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, EOFError, OSError) as error:
        raise DataError(
            f"{path.name}: not a whole XLSX file ({error}). Export it again and replace the file."
        ) from error
    try:
        for sheet in book.worksheets:
            rows = (
                (number, [_text(cell) for cell in row])
                for number, row in enumerate(sheet.iter_rows(values_only=True), 1)
            )
            filled = ((number, row) for number, row in rows if any(row))
            yield _part(path, sheet.title, filled)
    finally:
        book.close()


def _text(cell: object) -> str:
    """A spreadsheet cell as text; 17850.0 is the identifier 17850."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    return str(cell)


def _part(path: Path, name: str, rows: Iterator[tuple[int, list[str]]]) -> Part:
    _, headers = next(rows, (0, []))
    if not headers:
        raise DataError(f"{path.name}: no rows, not even headers. Export it again and replace the file.")
    return Part(name, headers, _batches(rows, len(headers)))


def _batches(rows: Iterator[tuple[int, list[str]]], width: int) -> Iterator[Batch]:
    while chunk := list(itertools.islice(rows, BATCH)):
        faults = [_fault(row, width) for _, row in chunk]
        padded = [(row + [""] * width)[:width] for _, row in chunk]
        cells = [pa.array(column, pa.string()) for column in zip(*padded, strict=True)]
        yield Batch(pa.array([number for number, _ in chunk], pa.int64()), cells, pa.array(faults, pa.string()))


def _fault(row: list[str], width: int) -> str | None:
    return MISSHAPEN if any(row[width:]) or len(row) < width else None


def _parquet_parts(path: Path, mapping: Mapping | None) -> Iterator[Part]:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
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
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(
            f"{path.name}: broken after row {start - 1:,} ({error}). Copy it again and replace it."
        ) from error
