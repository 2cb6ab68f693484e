"""The sole reader: a brand's tables as they were seen at the end of a day."""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd

from shopkeeper.brand import Brand, load_brand
from shopkeeper.ingest import read_manifest
from shopkeeper.tables import TABLES, DataError, Table, Type

ibis.options.sql.fuse_selects = False  # DuckDB does so itself, in a fraction of the time

_IBIS_TYPES: dict[Type, str] = {
    "text": "string",
    "integer": "int64",
    "number": "float64",
    "money": "float64",
    "rate": "float64",
    "time": "timestamp(6)",
    "date": "date",
    "flag": "boolean",
}


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """The process's one engine: to start another takes 40 ms. Each shop has its own connection, with what it keeps."""
    return duckdb.connect()


class Shop:
    """A brand's tables, cut at the end of as_of: nothing dated later can be seen through it.

    as_of: a day, YYYY-MM-DD; empty for the last complete day of the data.
    Tables are Ibis expressions, by name: shop.orders, shop.order_lines… Orders cancelled by then are left out, unless
    with_cancelled: then they stand, as they stood on the days before.
    DataError when the brand has no tables, or as_of lies outside its data.
    """

    def __init__(self, brand: str | Brand, as_of: str = "", *, with_cancelled: bool = False) -> None:
        self.brand = brand if isinstance(brand, Brand) else load_brand(brand)
        self.manifest = read_manifest(self.brand)
        if not self.manifest:
            raise DataError(f"{self.brand.name}: nothing is imported yet. Run: shopkeeper import {self.brand.name}")
        self.as_of = self._day(as_of)
        self._with_cancelled = with_cancelled
        self._seen: dict[str, ir.Table] = {}
        self._kept: list[str] = []

    def __getattr__(self, name: str) -> ir.Table:
        if name in TABLES:
            return self.table(name)
        raise AttributeError(f"Shop has no table {name!r}; it has {', '.join(TABLES)}")

    def seen_on(self, day: dt.date) -> "Shop":
        """The same brand as it was seen at the end of an earlier day. DataError for a later one."""
        if day > self.as_of:
            raise DataError(
                f"as_of: {day} lies after {self.as_of}, as which this shop is seen; nothing later may be read."
            )
        return self._beside(Shop(self.brand, str(day)))

    def as_ordered(self) -> "Shop":
        """The same shop on the same day, with the orders that were cancelled since they were placed."""
        return self._beside(Shop(self.brand, str(self.as_of), with_cancelled=True))

    def _beside(self, other: "Shop") -> "Shop":
        other.__dict__["_connection"] = self._connection  # so that expressions of both can be run by either
        return other

    @property
    def first_day(self) -> dt.date:
        """First day on which the data holds an order."""
        return dt.date.fromisoformat(self.manifest["first_day"])

    def has(self, *names: str) -> bool:
        """Whether the brand has all these tables, with at least one row each."""
        return all(self.manifest["tables"].get(name, {}).get("rows") for name in names)

    def table(self, name: str) -> ir.Table:
        """The table as seen at the end of as_of; without rows when the brand has none."""
        if name not in self._seen:
            schema = TABLES[name]
            cut = self._cut(schema, self._stored(schema))
            self._seen[name] = cut.select([column.name for column in schema.columns])
        return self._seen[name]

    def load(self, expression: ir.Table) -> pd.DataFrame:
        """Run an Ibis expression and make pandas of it, sorted by its columns from left to right."""
        frame: pd.DataFrame = self._connection.to_pyarrow(expression.order_by(list(expression.columns))).to_pandas()
        days = [name for name, kind in expression.schema().items() if kind.is_date()]
        for name in days:
            frame[name] = pd.to_datetime(frame[name])
        return frame

    def keep(self, expression: ir.Table) -> ir.Table:
        """Run an Ibis expression once and keep its rows where they are, for expressions that ask for them again."""
        name = ibis.util.gen_name("kept")
        kept: ir.Table = self._connection.create_table(name, expression, temp=True)
        self._kept.append(name)
        return kept

    @contextmanager
    def scratch(self) -> Iterator[None]:
        """What is kept meanwhile is dropped at the end, and its memory with it."""
        before = len(self._kept)
        try:
            yield
        finally:
            for name in self._kept[before:]:
                self._connection.drop_table(name)
            del self._kept[before:]

    @property
    def sales_events(self) -> ir.Table:
        """Promotions that stand out of ordinary weeks: all but displays and mailers, which run somewhere every week."""
        return self.promotions.filter(~self.promotions.kind.isin(["display", "mailer"]))

    def account(self) -> pd.DataFrame:
        """Rows read at import, by file, outcome (kept, excluded, rejected) and rule, and what they were worth."""
        return pd.DataFrame(self.manifest["account"])

    @cached_property
    def _connection(self) -> Any:
        connection = ibis.duckdb.from_connection(_engine().cursor())
        connection.raw_sql("SET enable_progress_bar = false")  # a long query would draw one into the report
        connection.raw_sql(f"SET threads = {os.environ.get('OMP_NUM_THREADS') or os.cpu_count()}")
        return connection

    def _day(self, as_of: str) -> dt.date:
        first, last = self.manifest["first_day"], self.manifest["last_day"]
        if not first:
            raise DataError(
                f"{self.brand.title} has neither orders nor totals, and so no days to look at. Put an export of its orders into {self.brand.raw}."
            )
        try:
            day = dt.date.fromisoformat(as_of or self.manifest["last_complete_day"])
        except ValueError as error:
            raise DataError(f"as_of: {as_of!r} is no day; write it as YYYY-MM-DD.") from error
        if not first <= str(day) <= last:
            raise DataError(
                f"as_of: {day} lies outside the data of {self.brand.name}, which runs from {first} to {last}."
            )
        return day

    def _stored(self, schema: Table) -> ir.Table:
        if self.has(schema.name):
            return self._connection.read_parquet(str(self.brand.tables / schema.name / "*.parquet"))
        kinds = ibis.schema({column.name: _IBIS_TYPES[column.type] for column in schema.columns})
        return ibis.memtable(kinds.to_pyarrow().empty_table())

    def _cut(self, schema: Table, stored: ir.Table) -> ir.Table:
        end = ibis.timestamp(str(self.as_of + dt.timedelta(days=1)))
        if schema.known == "period_end":
            is_over = stored.period_start + stored.period_days * ibis.interval(days=1) <= end
            stored = stored.mutate(**{
                name: is_over.ifelse(stored[name], ibis.null(stored[name].type())) for name in schema.measured
            }).filter(is_over | _planned(schema, stored, end))  # fmt: skip
        elif schema.known:
            stored = stored.filter(stored[schema.known].cast("timestamp") < end)
        cells = {name: stored[name] for name in schema.later}
        stored = stored.mutate(**{
            name: (cell < end).ifelse(cell, ibis.null(cell.type())) for name, cell in cells.items()
        })  # fmt: skip
        if schema.name == "orders" and not self._with_cancelled:
            stored = stored.filter(stored.cancelled_at.isnull())
        if schema.through:
            parent = self.table(schema.through)
            stored = stored.semi_join(parent, TABLES[schema.through].key)
        return stored


def _planned(schema: Table, stored: ir.Table, end: ibis.Scalar) -> ibis.expr.types.BooleanValue:
    """Whether each row was planned by then."""
    if not schema.planned:
        return ibis.literal(False)
    return (stored[schema.planned].cast("timestamp") < end).fill_null(False)
