"""Publishing: the agreed tables, the rejects, the account of rows and the manifest, all at once or not at all."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb

from shopkeeper.brand import Brand
from shopkeeper.ingest.agree import fed
from shopkeeper.ingest.mapping import Mapping, quoted
from shopkeeper.ingest.reasons import SIBLING
from shopkeeper.tables import TABLES, DataError, Table, offenders

_SMALL = 20  # rows

# Raw columns, as the mappings call them, that hold the numbers of orders and goods.
_CODES = {"order", "order_id", "item", "refund_id", "sku", "code", "article", "product", "invoice", "basket", "line"}
# A short prefix and at most 6 digits or at least 12: what lies between may be a telephone number.
_CODE = r"#?([A-Za-z]{1,4}-?){0,2}(\d{1,6}|\d{12,20}|\d{6}-\d{1,18})[A-Za-z]?"
_NUMBER = r"-?(\d{1,6}|\d{1,3},\d{3})(\.\d{1,6})?"
_TIME = r"[12]\d{3}[-/]\d{1,2}[-/]\d{1,2}([ T][\d:.+Z-]{4,20})?"
# A mobile number, or an identity card's with its date of birth.
_PERSONAL = r"(^|\D)(86)?1[3-9]\d{9}(\D|$)|^\d{6}(19|20)\d{2}(0[1-9]|1[0-2])[0-3]\d{4}[\dXx]$"


def write_tables(con: duckdb.DuckDBPyConnection, folder: Path, mappings: list[Mapping]) -> dict[str, Any]:
    """Write every built table, the rejects and the account into folder; the manifest's part about them.

    DataError when a source lost more than half of its rows to rejection: then the mapping does not fit.
    """
    account = _account(con, mappings)
    _check_rejected(account)
    folder.mkdir(parents=True)
    _write_rejects(con, folder / "rejects", mappings)
    con.execute("COPY (SELECT * FROM account ORDER BY ALL) TO ? (FORMAT parquet)", [str(folder / "account.parquet")])
    fed_to = fed(con)
    written = {name: _write_table(con, folder, TABLES[name]) for name in TABLES if name in fed_to}
    return {"tables": written, "account": account, **_days(con, fed_to)}


def _account(con: duckdb.DuckDBPyConnection, mappings: list[Mapping]) -> list[dict[str, Any]]:
    """Rows by source, file, outcome and rule; every row read stands in exactly one of them."""
    parts = [
        f"SELECT {source} AS source, '{mapping.name}' AS mapping, _file AS file, coalesce(_outcome, 'kept') AS outcome, "
        f"coalesce(_reason, '') AS rule, _row AS row, _amount AS amount FROM judged_{source}"
        for source, mapping in enumerate(mappings)
    ]
    con.execute(
        "CREATE OR REPLACE TABLE account AS SELECT source, mapping, file, outcome, "
        "rule, count(*) AS rows, "
        f"round(sum(amount), 2) AS amount, min(row) AS first_row FROM ({' UNION ALL '.join(parts)}) GROUP BY ALL"
    )
    result = con.execute("SELECT * FROM account ORDER BY ALL")
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _check_rejected(account: list[dict[str, Any]]) -> None:
    for source in sorted({row["source"] for row in account}):
        rows = [row for row in account if row["source"] == source]
        total = sum(row["rows"] for row in rows)
        rejected = sorted((row for row in rows if row["outcome"] == "rejected"), key=lambda row: -row["rows"])
        lost = sum(row["rows"] for row in rejected)
        own = sum(row["rows"] for row in rejected if row["rule"] != SIBLING)
        # In a small file one bad cell says nothing of the mapping, unless no row is left.
        if lost == total or (total >= _SMALL and 2 * own > total):
            why = offenders([f"{row['rows']:,} × {row['rule']}, first in row {row['first_row']}" for row in rejected])
            raise DataError(
                f"{rejected[0]['file']}: {lost:,} of {total:,} rows are rejected ({why}). More than half means that mapping {rejected[0]['mapping']} does not fit this file. "
                "Nothing was changed; mend the file, or name another mapping in brand.toml."
            )


def _write_rejects(con: duckdb.DuckDBPyConnection, folder: Path, mappings: list[Mapping]) -> None:
    """rejects/<table>.parquet: file, part, row, reason, and what the cells looked like, as JSON."""
    by_table: dict[str, list[str]] = {}
    for source, mapping in enumerate(mappings):
        cells = ", ".join(f"{quoted(name)}, {_scrubbed(name, mapping)}" for name in mapping.columns)
        by_table.setdefault(mapping.grain, []).append(
            f"SELECT s._file AS file, s._part AS part, s._row AS row, j._reason AS reason, json_object({cells})::VARCHAR AS cells "
            f"FROM judged_{source} j JOIN staged_{source} s USING (_id) WHERE j._outcome = 'rejected'"
        )
    for table, parts in by_table.items():
        query = " UNION ALL ".join(parts)
        if con.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0]:
            folder.mkdir(exist_ok=True)
            con.execute(f"COPY ({query} ORDER BY ALL) TO ? (FORMAT parquet)", [str(folder / f"{table}.parquet")])


def _scrubbed(name: str, mapping: Mapping) -> str:
    """SQL: a cell without what could be a person's: a rejected row may hold a name or a phone under any header.

    Kept are numbers, times, and the numbers of orders and goods; of the rest the shape, letters as x and digits as 9.
    The row's number leads to the raw file, for those who may see it.
    """
    cell = f's."{name}"'
    shape = rf"regexp_replace(regexp_replace({cell}, '[0-9]', '9', 'g'), '\p{{L}}', 'x', 'g')"
    codes = [f"regexp_full_match({cell}, '{_CODE}') AND NOT regexp_matches({cell}, '{_PERSONAL}')"]
    kept = [f"regexp_full_match({cell}, '{_NUMBER}|{_TIME}')", *(codes if name in _CODES else [])]
    if mapping.columns[name].hash:
        return cell
    return f"CASE WHEN {' OR '.join(kept)} THEN {cell} ELSE {shape} END"


def _write_table(con: duckdb.DuckDBPyConnection, folder: Path, table: Table) -> dict[str, Any]:
    part = folder / table.name / "part-0.parquet"
    part.parent.mkdir()
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    order = ", ".join(table.key) if table.key else f"{columns}, _id"
    query = f"SELECT {columns} FROM built_{table.name} ORDER BY {order}"
    con.execute(f"COPY ({query}) TO ? (FORMAT parquet, COMPRESSION zstd)", [str(part)])
    rows = con.execute(f"SELECT count(*) FROM built_{table.name}").fetchall()[0][0]
    return {"rows": rows, "sha256": hashlib.sha256(part.read_bytes()).hexdigest()}


def _days(con: duckdb.DuckDBPyConnection, fed_to: set[str]) -> dict[str, str | None]:
    """First and last day of the data, and the last complete one: the default as_of.

    The last day is complete when its last order is no earlier than the earliest closing of the four weeks before;
    where times carry no hour, every day is.
    """
    names = ["first_day", "last_day", "last_complete_day"]
    if "orders" not in fed_to:
        return dict(zip(names, _days_of_totals(con, fed_to), strict=True))
    query = """
        WITH days AS (SELECT ordered_at::DATE AS day, max(ordered_at)::TIME AS closing FROM built_orders GROUP BY 1),
        last AS (SELECT max(day) AS day FROM days)
        SELECT (SELECT min(day) FROM days), last.day,
            CASE WHEN (SELECT closing FROM days WHERE day = last.day) >= coalesce(
                (SELECT min(closing) FROM days WHERE day < last.day AND day >= last.day - 28), '00:00'::TIME)
            THEN last.day ELSE last.day - 1 END
        FROM last
    """
    row = con.execute(query).fetchall()[0]
    return {name: str(day) if day else None for name, day in zip(names, row, strict=True)}


def _days_of_totals(con: duckdb.DuckDBPyConnection, fed_to: set[str]) -> list[str | None]:
    if "totals" not in fed_to:
        return [None] * 3
    query = "SELECT min(period_start), max(period_start + period_days::INTEGER - 1) FROM built_totals"
    first, last = con.execute(query).fetchall()[0]
    return [str(first), str(last), str(last)]


def swap(fresh: Path, brand: Brand, manifest: dict[str, Any]) -> None:
    """Put the fresh folder in the place of the brand's tables; a kill at any moment leaves the old or the new."""
    manifest["data"] = _digest(manifest)
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
    old = brand.folder / ".tables.old"
    shutil.rmtree(old, ignore_errors=True)
    if brand.tables.exists():
        os.rename(brand.tables, old)
    os.rename(fresh, brand.tables)
    shutil.rmtree(old, ignore_errors=True)


def recover(brand: Brand) -> None:
    """Undo what a killed import left: bring back tables that were moved aside, remove half-written ones."""
    old = brand.folder / ".tables.old"
    if old.exists() and not brand.tables.exists():
        os.rename(old, brand.tables)


def _digest(manifest: dict[str, Any]) -> str:
    """A hash of all that a report can show of the data: the tables, and the account of what was left out."""
    tables = {name: table["sha256"] for name, table in sorted(manifest["tables"].items())}
    text = json.dumps([tables, manifest["account"]], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
