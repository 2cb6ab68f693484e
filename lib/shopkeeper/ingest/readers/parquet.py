"""Parquet files: only the columns that the mapping names are read."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shopkeeper.ingest.mapping import Mapping
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
    headers = file.schema_arrow.names
    wanted = [headers[i] for i in mapping.place(headers).values()] if mapping else headers
    yield Part("", wanted, _batches(path, file, wanted))


def _batches(path: Path, file: pq.ParquetFile, wanted: list[str]) -> Iterator[Batch]:
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
