"""Readers: any raw file as parts (a sheet, or the whole file) of headers and batches of text cells."""

from collections.abc import Iterator
from pathlib import Path

from shopkeeper.ingest.mapping import Mapping
from shopkeeper.ingest.readers.delimited import csv_parts
from shopkeeper.ingest.readers.parquet import parquet_parts
from shopkeeper.ingest.readers.parts import Batch, Part
from shopkeeper.ingest.readers.workbook import xlsx_parts
from shopkeeper.ingest.recognise import StrangerError
from shopkeeper.tables import DataError

__all__ = ["Batch", "Part", "read"]

_READERS = {".csv": csv_parts, ".txt": csv_parts, ".xlsx": xlsx_parts, ".parquet": parquet_parts}

_REMEDIES = {
    ".xls": "Open it in a spreadsheet, save it as .xlsx, and replace the file.",
    ".zip": "Unpack it, and put what is in it into raw/.",
    ".rar": "Unpack it, and put what is in it into raw/.",
}


def read(path: Path, mapping: Mapping | None = None) -> Iterator[Part]:
    """The parts of a CSV, XLSX or Parquet file. DataError for an empty, broken or unknown one.

    Without a mapping (when the file is yet to be recognised) UTF-8 and GB18030 are tried.
    """
    if path.stat().st_size == 0:
        raise DataError(f"{path.name}: 0 bytes. The export did not finish: export it again and replace the file.")
    if path.suffix.lower() not in _READERS:
        remedy = _REMEDIES.get(path.suffix.lower(), f"Known are {', '.join(_READERS)}.")
        raise StrangerError(f"{path.name}: no reader for {path.suffix or 'a file without ending'}. {remedy}")
    yield from _READERS[path.suffix.lower()](path, mapping)
