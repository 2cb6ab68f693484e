"""Parquet files: only the columns that the mapping names are read."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shopkeeper.ingest.mapping import Mapping, quoted
from shopkeeper.ingest.readers.parts import BATCH, Batch, Part
from shopkeeper.tables import DataError


def parquet_parts(path: Path, mapping: Mapping | None) -> Iterator[Part]:
    """The one part of a Parquet file. DataError for one that is not whole."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{path.name}: not a whole Parquet file ({error}). Copy it again and replace the file."
        ) from error
    if mapping and mapping.reduce:
        yield Part("", *_reduced(path, mapping))
        return
    headers = file.schema_arrow.names
    wanted = [headers[i] for i in mapping.place(headers).values()] if mapping else headers
    yield Part("", wanted, _batches(path, file, wanted))


def _reduced(path: Path, mapping: Mapping) -> tuple[list[str], Iterator[Batch]]:
    """Headers and batches of what the mapping's SQL makes of the file."""
    with duckdb.connect() as con:
        con.execute(f"CREATE VIEW file AS SELECT * FROM read_parquet({quoted(str(path))})")
        made: pa.Table = con.sql(mapping.reduce).to_arrow_table()
    return made.column_names, _texts(path, made.to_batches(BATCH), made.column_names, made.num_rows)


def _batches(path: Path, file: pq.ParquetFile, wanted: list[str]) -> Iterator[Batch]:
    return _texts(path, file.iter_batches(BATCH, columns=wanted), wanted, file.metadata.num_rows)


def _texts(path: Path, batches: Iterable[pa.RecordBatch], wanted: list[str], rows: int) -> Iterator[Batch]:
    start = 1
    try:
        for batch in batches:
            numbers = pa.array(range(start, start + batch.num_rows), pa.int64())
            cells = [pc.cast(batch.column(name), pa.string()) for name in wanted]
            start += batch.num_rows
            yield Batch(numbers, cells, pa.nulls(len(numbers), pa.string()), (start - 1) / rows)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{path.name}: broken after row {start - 1:,} ({error}). Copy it again and replace it."
        ) from error
