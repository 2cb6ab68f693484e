"""Staging: raw files into one table of clean text, with identifiers hashed before anything touches the disk."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.ingest.mapping import Mapping
from shopkeeper.ingest.readers import Batch, Part, read
from shopkeeper.ingest.recognise import known_headers
from shopkeeper.ingest.shape import faults, trim
from shopkeeper.tables import DataError, offenders

_NOBODY = re.compile(r"[*＊]|^(匿名(用户|买家)?|游客|guest|anonymous|unknown|n/?a|none|-+|0)$", re.IGNORECASE)
_PERSONAL = r"(\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|[\w.+-]+@[\w-]+\.[\w.]+|0\d{2,3}-?\d{7,8}"
_NULLS = ["", "nan", "NaN", "NaT", "None", "null", "NULL"]
# Told the file, and the share of it read so far.
Watch = Callable[[Path, float], None]


def unwatched(path: Path, share: float) -> None:
    """Nobody looks on."""


@dataclass
class People:
    """Who the identifiers of an import stand for: each is hashed once, and the forgotten have no pseudonym.

    forgotten: the pseudonyms of those who asked to be forgotten.
    """

    pseudonym: Callable[[str], str]
    forgotten: frozenset[str] = frozenset()
    _known: dict[str, str | None] = field(default_factory=dict)

    def hashed(self, raw: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Pseudonyms in place of identifiers, and which rows name a forgotten person.

        A masked identifier (小**) or a placeholder (匿名) names nobody; neither they nor the forgotten have a pseudonym.
        """
        encoded = raw.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        for value in values:
            if value not in self._known:
                self._known[value] = None if _NOBODY.search(value) else self.pseudonym(value)
        names = [self._known[value] for value in values]
        kept = [None if name in self.forgotten else name for name in names]
        gone = pa.array([name in self.forgotten for name in names], pa.bool_())
        return pa.array(kept, pa.string()).take(encoded.indices), pc.fill_null(gone.take(encoded.indices), False)


def stage(
    con: duckdb.DuckDBPyConnection,
    files: list[Path],
    mapping: Mapping,
    people: People,
    watch: Watch = unwatched,
) -> None:
    """Make the table `staged`: _id, _file, _part, _row, _fault, _forgotten, and the mapping's columns as text.

    Cells are trimmed, and empty ones are null. Columns the mapping does not name are never read in.
    DataError when a needed header is missing or a file holds no rows.
    """
    con.execute("CREATE OR REPLACE MACRO above_0(x) AS CASE WHEN x > 0 THEN x WHEN x IS NOT NULL THEN 0 END")
    columns = "".join(f', "{name}" VARCHAR' for name in mapping.columns)
    con.execute(
        "CREATE OR REPLACE TABLE staged "
        f"(_id BIGINT, _file VARCHAR, _part VARCHAR, _row BIGINT, _fault VARCHAR, _forgotten BOOLEAN{columns})"
    )
    start = 0
    for path in files:
        first = start
        for batch in _clean_batches(path, mapping, people, watch):
            ids = pa.array(range(start, start + batch.num_rows), pa.int64())
            con.register("batch", pa.Table.from_batches([batch]).add_column(0, "_id", ids))
            con.execute("INSERT INTO staged SELECT * FROM batch")
            start += batch.num_rows
        if start == first:
            raise DataError(f"{path.name}: headers but no rows. Export it again, or take it out of raw/.")
    _fill_down(con, mapping)


def _fill_down(con: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """What names the whole is filled first; the other cells never take one of the whole before."""
    for name in sorted(mapping.fill_down, key=lambda name: name != mapping.whole):
        within = f', "{mapping.whole}"' if mapping.whole not in {"", name} else ""
        con.execute(
            f'UPDATE staged SET "{name}" = filled.cell FROM (SELECT _id, last_value("{name}" IGNORE NULLS) OVER '
            f"(PARTITION BY _file, _part{within} ORDER BY _id) AS cell FROM staged) filled WHERE staged._id = filled._id"
        )


def _clean_batches(path: Path, mapping: Mapping, people: People, watch: Watch) -> Iterator[pa.RecordBatch]:
    strange, has_data = [], False  # sheets of explanations are passed over, if another one holds the data
    for part in read(path, mapping):
        placed = mapping.place(part.headers)
        if not placed:
            strange.append(part)
            continue
        _check_headers(path, part, mapping)
        for batch in part.batches:
            found = faults(batch, part.headers, mapping, placed)
            names = {"_file": path.name, "_part": part.name}
            known = {name: pa.array([text] * len(found)) for name, text in names.items()}
            known |= {"_row": batch.numbers, "_fault": found}
            yield pa.RecordBatch.from_pydict(known | _cells(batch, found, mapping, placed, people))
            watch(path, batch.share)
        has_data = True
    if strange and not has_data:
        _check_headers(path, strange[0], mapping)


def _check_headers(path: Path, part: Part, mapping: Mapping) -> None:
    if missing := mapping.missing(part.headers):
        where = f"{path.name}, sheet {part.name}" if part.name else path.name
        raise DataError(
            f"{where}: {len(missing)} of {len(mapping.columns)} columns are missing: {offenders(missing, 5)}. "
            f"Mapping {mapping.name} needs them; the file has {known_headers(part.headers)}. "
            "Export the file with those columns, or name another mapping in brand.toml."
        )


def _cells(
    batch: Batch, found: pa.Array, mapping: Mapping, placed: dict[str, int], people: People
) -> dict[str, pa.Array]:
    rows = len(found)
    forgotten = pa.array([False] * rows)
    cells: dict[str, pa.Array] = {}
    for name, column in mapping.columns.items():
        raw = _strip(batch.cells[placed[name]], mapping.strip) if name in placed else pa.nulls(rows, pa.string())
        # A row of the wrong width may hold a name under any header: none of its cells is kept.
        cells[name] = pc.if_else(found.is_valid(), pa.scalar(None, pa.string()), raw)
        if column.keep:
            cells[name] = pc.struct_field(pc.extract_regex(cells[name], f"(?P<kept>{column.keep})"), "kept")
        if column.free:
            cells[name] = pc.replace_substring_regex(cells[name], _PERSONAL, "…")
        if column.hash:
            cells[name], gone = people.hashed(cells[name])
            forgotten = pc.or_(forgotten, gone)
    return {"_forgotten": forgotten} | cells


def _strip(raw: pa.Array, patterns: tuple[str, ...]) -> pa.Array:
    for pattern in patterns:
        raw = pc.replace_substring_regex(raw, pattern, "")
    trimmed = trim(raw)
    return pc.if_else(pc.is_in(trimmed, pa.array(_NULLS)), pa.scalar(None, pa.string()), trimmed)
