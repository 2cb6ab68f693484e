"""Parts: a sheet or a whole file, as headers and batches of text cells."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from shopkeeper.ingest.reasons import MISSHAPEN

BATCH = 50_000

# Row numbers and the rows' cells, some thousands at a time.
Chunk = tuple[Iterable[int], list[list[str]]]


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


def part(
    name: str, chunks: Iterator[Chunk], header_row: int, is_padded: bool, share: Callable[[], float]
) -> Part | None:
    """A part of these rows; None without any.

    header_row: which of the rows that hold anything has the headers.
    is_padded: rows may end early, as spreadsheets leave out empty cells at a row's end.
    share: how much of the file has been read by now.
    """
    filled = (_filled(*chunk) for chunk in chunks)
    numbers, rows = next(filled, ([], []))
    if header_row == 1 and len(rows) > 1 and sum(map(bool, rows[0])) == 1 and sum(map(bool, rows[1])) > 2:
        header_row += 1  # a title stands above the headers
    if len(rows) < header_row:
        return None
    headers = rows[header_row - 1]
    while headers and not headers[-1]:
        headers = headers[:-1]
    first = (numbers[header_row:], rows[header_row:])
    return Part(name, headers, _batches([first], filled, len(headers), is_padded, share))


def _filled(numbers: Iterable[int], rows: list[list[str]]) -> tuple[list[int], list[list[str]]]:
    """The rows that hold anything."""
    if all(map(any, rows)):
        return list(numbers), rows
    kept = [(number, row) for number, row in zip(numbers, rows, strict=True) if any(row)]
    return [number for number, _ in kept], [row for _, row in kept]


def _batches(
    first: list[tuple[list[int], list[list[str]]]],
    rest: Iterator[tuple[list[int], list[list[str]]]],
    width: int,
    is_padded: bool,
    share: Callable[[], float],
) -> Iterator[Batch]:
    for numbers, rows in itertools.chain(first, rest):
        if rows:
            faults = _faults(rows, width, is_padded)
            whole = rows if set(map(len, rows)) == {width} else [(row + [""] * width)[:width] for row in rows]
            cells = [pa.array(column, pa.string()) for column in zip(*whole, strict=True)]
            yield Batch(pa.array(numbers, pa.int64()), cells, faults, share())


def _faults(rows: list[list[str]], width: int, is_padded: bool) -> pa.Array:
    if max(map(len, rows)) <= width and (is_padded or min(map(len, rows)) == width):
        return pa.nulls(len(rows), pa.string())
    least = 0 if is_padded else width
    return pa.array([MISSHAPEN if any(row[width:]) or len(row) < least else None for row in rows], pa.string())
