"""Building: from judged rows to the tables of the contract, before they are checked against each other."""

import duckdb

from shopkeeper.ingest import rules
from shopkeeper.ingest.mapping import Field, Mapping, Target
from shopkeeper.tables import SQL_TYPES, TABLES

_AGGREGATES = {
    "sum": "sum({sql})",
    "min": "min({sql})",
    "max": "max({sql})",
    "last": "arg_max({sql}, _id)",
    "first": "arg_min({sql}, _id)",
}


def build(con: duckdb.DuckDBPyConnection, mapping: Mapping, source: int) -> None:
    """Add the kept rows of `judged` to `built_<table>` of every table that the mapping feeds.

    source numbers the source in the order of brand.toml: of two that hold one key, the later is the newer.
    """
    for table, target in mapping.tables.items():
        con.execute(f"CREATE OR REPLACE TABLE fresh AS {_select(table, target)}")
        if target.rule:
            rules.RULES[target.rule](con)
        _append(con, table, source)


def _select(table: str, target: Target) -> str:
    rows = f"FROM judged WHERE _outcome IS NULL AND ({target.where})"
    if target.per:
        fields = ", ".join(f'{_grouped(name, field, target)} AS "{name}"' for name, field in target.fields.items())
        keys = ", ".join(f"({target.fields[name]})" for name in target.per)
        return f"SELECT min(_id) AS _id, min(_file) AS _file, {fields} {rows} GROUP BY {keys}"
    fields = ", ".join(f'({field}) AS "{name}"' for name, field in target.fields.items())
    if target.unpivot:
        each = [
            f'SELECT _id, _file, {fields}, \'{c}\' AS name, "{c}" AS value {rows} AND "{c}" IS NOT NULL'
            for c in target.unpivot
        ]
        return " UNION ALL ".join(each)
    numbered = table == "order_lines" and "line" not in target.fields
    line = f", row_number() OVER (PARTITION BY ({target.fields['order_id']}) ORDER BY _id) AS line" if numbered else ""
    return f"SELECT _id, _file, {fields}{line} {rows}"


def _grouped(name: str, field: Field, target: Target) -> str:
    if isinstance(field, str):
        return f"({field})" if name in target.per else _AGGREGATES["first"].format(sql=field)
    [(how, sql)] = field.items()
    return _AGGREGATES[how].format(sql=sql)


def _append(con: duckdb.DuckDBPyConnection, table: str, source: int) -> None:
    """Add `fresh` to built_<table>, with the schema's columns and types, what is not mapped as null."""
    schema = TABLES[table]
    made = {row[0] for row in con.execute("DESCRIBE fresh").fetchall()}
    typed = ", ".join(
        f"CAST({_ident(column.name) if column.name in made else 'NULL'} AS {SQL_TYPES[column.type]}) AS {_ident(column.name)}"
        for column in schema.columns
    )
    columns = ", ".join(f"{_ident(column.name)} {SQL_TYPES[column.type]}" for column in schema.columns)
    con.execute(f"CREATE TABLE IF NOT EXISTS built_{table} (_source INTEGER, _id BIGINT, _file VARCHAR, {columns})")
    con.execute(f"INSERT INTO built_{table} SELECT {source}, _id, _file, {typed} FROM fresh")
    con.execute("DROP TABLE fresh")


def _ident(name: str) -> str:
    return f'"{name}"'
