"""Staging: raw files into one table of clean text, with identifiers hashed before anything touches the disk."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.ingest.mapping import Mapping, known_headers
from shopkeeper.ingest.readers import Batch, read
from shopkeeper.tables import DataError, offenders

_NULLS = ["", "nan", "NaN", "NaT", "None", "null", "NULL"]


def stage(con: duckdb.DuckDBPyConnection, files: list[Path], mapping: Mapping, pseudonym: Callable[[str], str]) -> None:
    """Make the table `staged`: _id, _file, _part, _row, _fault, and the mapping's columns as text.

    Cells are trimmed, and empty ones are null. Columns the mapping does not name are never read in.
    DataError when a needed header is missing or a file holds no rows.
    """
    columns = "".join(f', "{name}" VARCHAR' for name in mapping.columns)
    con.execute(
        "CREATE OR REPLACE TABLE staged "
        f"(_id BIGINT, _file VARCHAR, _part VARCHAR, _row BIGINT, _fault VARCHAR{columns})"
    )
    pseudonyms: dict[str, str] = {}
    start = 0
    for path in files:
        first = start
        for batch in _clean_batches(path, mapping, pseudonym, pseudonyms):
            ids = pa.array(range(start, start + batch.num_rows), pa.int64())
            con.register("batch", pa.Table.from_batches([batch]).add_column(0, "_id", ids))
            con.execute("INSERT INTO staged SELECT * FROM batch")
            start += batch.num_rows
        if start == first:
            raise DataError(f"{path.name}: headers but no rows. Export it again, or take it out of raw/.")
    for name in mapping.fill_down:
        con.execute(
            f'UPDATE staged SET "{name}" = filled.cell FROM (SELECT _id, last_value("{name}" IGNORE NULLS) OVER '
            "(PARTITION BY _file, _part ORDER BY _id) AS cell FROM staged) filled WHERE staged._id = filled._id"
        )


def _clean_batches(
    path: Path, mapping: Mapping, pseudonym: Callable[[str], str], pseudonyms: dict[str, str]
) -> Iterator[pa.RecordBatch]:
    for part in read(path, mapping):
        if missing := mapping.missing(part.headers):
            where = f"{path.name}, sheet {part.name}" if part.name else path.name
            raise DataError(
                f"{where}: {len(missing)} of {len(mapping.columns)} columns are missing: {offenders(missing, 5)}. "
                f"Mapping {mapping.name} needs them; the file has {known_headers(part.headers)}. "
                "Export the file with those columns, or name another mapping in brand.toml."
            )
        placed = mapping.place(part.headers)
        for batch in part.batches:
            yield _clean(path.name, part.name, batch, mapping, placed, lambda raw: _known(raw, pseudonym, pseudonyms))


def _clean(
    file: str, part: str, batch: Batch, mapping: Mapping, placed: dict[str, int], hashed: Callable[[pa.Array], pa.Array]
) -> pa.RecordBatch:
    rows = len(batch.numbers)
    cells = {
        "_file": pa.array([file] * rows, pa.string()),
        "_part": pa.array([part] * rows, pa.string()),
        "_row": batch.numbers,
        "_fault": batch.faults,
    }
    for name, column in mapping.columns.items():
        raw = _strip(batch.cells[placed[name]], mapping.strip) if name in placed else pa.nulls(rows, pa.string())
        # A row of the wrong width may hold a name under any header: none of its cells is kept.
        whole = pc.if_else(batch.faults.is_valid(), pa.scalar(None, pa.string()), raw)
        cells[name] = hashed(whole) if column.hash else whole
    return pa.RecordBatch.from_pydict(cells)


def _strip(raw: pa.Array, patterns: tuple[str, ...]) -> pa.Array:
    for pattern in patterns:
        raw = pc.replace_substring_regex(raw, pattern, "")
    trimmed = pc.utf8_trim_whitespace(raw)
    return pc.if_else(pc.is_in(trimmed, pa.array(_NULLS)), pa.scalar(None, pa.string()), trimmed)


def _known(raw: pa.Array, pseudonym: Callable[[str], str], pseudonyms: dict[str, str]) -> pa.Array:
    """Pseudonyms in place of identifiers; a masked identifier (小**) names nobody and becomes null."""
    encoded = raw.dictionary_encode()
    for value in encoded.dictionary.to_pylist():
        if value not in pseudonyms and "*" not in value:
            pseudonyms[value] = pseudonym(value)
    names = pa.array([pseudonyms.get(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return names.take(encoded.indices)
