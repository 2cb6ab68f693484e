"""Building: from judged rows to the tables of the contract, before they are checked against each other."""

import duckdb

from shopkeeper.ingest import reasons, rules
from shopkeeper.ingest.mapping import Field, Mapping, Target, quoted
from shopkeeper.tables import SQL_TYPES, TABLES, Table

_AGGREGATES = {
    "sum": "sum({sql})",
    "min": "min({sql})",
    "max": "max({sql})",
    "last": "arg_max({sql}, {clock})",
    "first": "arg_min({sql}, {clock})",
}
# Columns of built tables that are never written; Target says what each is for.
HELPERS = {"_item": "VARCHAR", "_sku": "VARCHAR", "_weight": "DOUBLE", "_paid": "DOUBLE", "_yields": "BOOLEAN"}


def build(con: duckdb.DuckDBPyConnection, mapping: Mapping, source: int) -> None:
    """Add the kept rows of `judged` to `built_<table>` of every table that the mapping feeds.

    Rows that complete others go to `completing_<table>`; `left_out` holds the orders excluded by a rule.
    source numbers the source in the order of brand.toml: of two that hold one key, the later is the newer.
    """
    for table, target in mapping.tables.items():
        if target.spread and not _spread_names(target, mapping):
            continue
        con.execute(f"CREATE OR REPLACE TABLE fresh AS {_select(table, target, mapping)}")
        if target.rule:
            rules.RULES[target.rule](con)
        con.execute(f"ALTER TABLE fresh ADD COLUMN _yields BOOLEAN DEFAULT {str(target.yields).lower()}")
        _append(con, f"{'completing' if target.completes else 'built'}_{table}", TABLES[table], source)
    con.execute("CREATE TABLE IF NOT EXISTS left_out (order_id VARCHAR)")
    if orders := mapping.tables.get("orders"):
        con.execute(
            f"INSERT INTO left_out SELECT DISTINCT ({orders.fields['order_id']}) FROM judged "
            "WHERE _outcome = 'excluded' AND NOT list_contains(?, _reason)",
            [[reasons.REPLACED, reasons.COPY, reasons.REPEATED]],
        )


def _select(table: str, target: Target, mapping: Mapping) -> str:
    rows = f"FROM judged WHERE _outcome IS NULL AND ({target.where})"
    if target.spread:
        return _spread(target, mapping)
    if target.per:
        fields = ", ".join(
            f'{_grouped(name, field, target, mapping)} AS "{name}"' for name, field in target.fields.items()
        )
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


def _spread(target: Target, mapping: Mapping) -> str:
    """One row for each raw row and captured name, where any of the families holds something."""
    fixed = ", ".join(f'({field}) AS "{name}"' for name, field in target.fields.items())
    parts = []
    for name in _spread_names(target, mapping):
        cells = {
            column: f'"{family}:{name}"' if f"{family}:{name}" in mapping.columns else "NULL"
            for column, family in target.spread.items()
        }
        taken = ", ".join(f'{cell} AS "{column}"' for column, cell in cells.items())
        parts.append(
            f'SELECT _id, _file, {fixed}, {quoted(name)} AS "{target.spread_into}", {taken} FROM judged '
            f"WHERE _outcome IS NULL AND ({target.where}) AND coalesce({', '.join(cells.values())}) IS NOT NULL"
        )
    return " UNION ALL ".join(parts)


def _spread_names(target: Target, mapping: Mapping) -> list[str]:
    """What the families of the target captured from the headers: its channels, or its signals."""
    split = [column.partition(":") for column in mapping.columns]
    return sorted({name for family, _, name in split if name and family in target.spread.values()})


def _grouped(name: str, field: Field, target: Target, mapping: Mapping) -> str:
    if isinstance(field, str):
        how, sql = ("", field) if name in target.per else ("first", field)
    else:
        [(how, sql)] = field.items()
    # Of several at one moment the greatest or smallest, so that the order of the files decides nothing.
    clock = f"({mapping.clock}, {sql})" if mapping.clock else "_id"
    return _AGGREGATES[how].format(sql=sql, clock=clock) if how else f"({sql})"


def _append(con: duckdb.DuckDBPyConnection, target: str, schema: Table, source: int) -> None:
    """Add `fresh` to the target, with the schema's columns and types and the helpers, what is not mapped as null."""
    made = {row[0] for row in con.execute("DESCRIBE fresh").fetchall()}
    money = {column.name for column in schema.columns if column.type == "money"} | {"_paid"}
    types = HELPERS | {column.name: SQL_TYPES[column.type] for column in schema.columns}
    given = {name: _ident(name) if name in made else "NULL" for name in types}
    # Differences of amounts are not the tail of zeros that binary fractions make of them.
    given |= {name: f"round({given[name]}, 6)" for name in money & made}
    typed = ", ".join(f"CAST({given[name]} AS {type_}) AS {_ident(name)}" for name, type_ in types.items())
    columns = ", ".join(f"{_ident(name)} {type_}" for name, type_ in types.items())
    con.execute(f"CREATE TABLE IF NOT EXISTS {target} (_source INTEGER, _id BIGINT, _file VARCHAR, {columns})")
    con.execute(f"INSERT INTO {target} SELECT {source}, _id, _file, {typed} FROM fresh")
    con.execute("DROP TABLE fresh")


def _ident(name: str) -> str:
    return f'"{name}"'
