"""CSV files: their encoding, their delimiter, and their rows."""

import csv
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shopkeeper.ingest.mapping import Mapping
from shopkeeper.ingest.readers.parts import BATCH, Chunk, Part, part
from shopkeeper.tables import DataError

LONGEST_LINE = 1 << 20  # characters; a file without line ends would have to be read whole
ENCODINGS = ("utf-8-sig", "gb18030")
# A longer cell is a quote that was never closed: no spreadsheet holds more in one.
csv.field_size_limit(32_767)


def csv_parts(path: Path, mapping: Mapping | None) -> Iterator[Part]:
    """The one part of a CSV file."""
    encoding = _encoding(path, mapping.encodings if mapping else ENCODINGS)
    size = path.stat().st_size
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding, newline="") as file:
        delimiter = _delimiter(path, encoding, mapping.delimiter if mapping else ",")
        reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
        header_row = mapping.header_row if mapping else 1
        made = part("", _chunks(path, reader), header_row, is_padded=False, share=lambda: raw.tell() / size)
        if made is None:
            raise DataError(f"{path.name}: no rows, not even headers. Export it again and replace the file.")
        yield made


def _delimiter(path: Path, encoding: str, wanted: str) -> str:
    """The wanted one; where the first line does not hold it, the semicolon or tab that a spreadsheet put in its place."""
    with path.open(encoding=encoding) as file:
        first = next((line for line in file if line.strip()), "")
    return max([wanted, ";", "\t"], key=lambda sign: (first.count(sign) > 0, sign == wanted))


def _chunks(path: Path, reader: Any) -> Iterator[Chunk]:
    """Rows with the number of the last line of each. A quote left open would swallow rows: it stops the import."""
    before = reader.line_num
    try:
        while rows := list(itertools.islice(reader, BATCH)):
            yield _line_numbers(before, reader.line_num, rows), rows
            before = reader.line_num
    except csv.Error as error:
        raise DataError(
            f"{path.name}: line {reader.line_num} is no whole CSV row ({error}). Often a quotation mark stands alone in "
            "a text; nothing after it can be told apart. Export the file again, or mend that line."
        ) from error


def _line_numbers(before: int, after: int, rows: list[list[str]]) -> list[int]:
    """One line for each row, and one more for each line end within its cells."""
    if after - before == len(rows):
        return list(range(before + 1, after + 1))
    lengths = (1 + sum(len(cell.splitlines()) - 1 for cell in row if "\n" in cell) for row in rows)
    return list(itertools.accumulate(lengths, initial=before))[1:]


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
