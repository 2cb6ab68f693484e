"""Agreement: what the built tables must hold among themselves. Rows that break a rule lose, with a reason."""

import duckdb

from shopkeeper.ingest import reasons
from shopkeeper.ingest.lines import find_lines, share_amounts, take_bundles_apart
from shopkeeper.ingest.mapping import Mapping
from shopkeeper.tables import TABLES, DataError, Table, offenders


def agree(con: duckdb.DuckDBPyConnection, mappings: list[Mapping]) -> None:
    """Leave in every built_<table> only rows that agree with each other, and say in judged_<n> what became of the rest.

    One row per key: the newer export wins, a repeated row counts once, contradictory rows are all rejected.
    Every row has its parent, and an order's net_revenue is the sum of its lines.
    """
    fed_to, completed = fed(con), fed(con, "completing")
    built = [TABLES[name] for name in TABLES if name in fed_to]
    if "orders" in fed_to:
        _check_numbers(con, mappings)
    for table in built:
        _yield(con, table)
        if table.key:
            _one_row_per_key(con, table, f"built_{table.name}", mappings)
    _drop_orphans(con, built, mappings, reasons.NOT_IN_ORDERS)
    for table in built:
        if table.name in completed:
            _complete(con, table, mappings)
    if {"order_lines", "orders"} <= fed_to:
        _agree_on_lines(con, built, mappings)
    if unfit := sorted({category for mapping in mappings for category in mapping.no_unit_demand}):
        _no_unit_demand(con, unfit)


def _check_numbers(con: duckdb.DuckDBPyConnection, mappings: list[Mapping]) -> None:
    """Two platforms that give one number to two orders cannot stand in one brand."""
    query = """
        SELECT order_id, min(_source), max(_source) FROM built_orders GROUP BY order_id
        HAVING min(_source) < max(_source) AND max(ordered_at) - min(ordered_at) > INTERVAL 1 DAY ORDER BY order_id
    """
    if twice := con.execute(query).fetchall():
        _, one, other = twice[0]
        raise DataError(
            f"orders: {len(twice):,} order numbers stand for different orders in {mappings[one].name} and "
            f"{mappings[other].name} (first: {offenders([number for number, *_ in twice])}). One number is one order: give "
            "each shop a brand of its own."
        )


def _agree_on_lines(con: duckdb.DuckDBPyConnection, built: list[Table], mappings: list[Mapping]) -> None:
    share_amounts(con)
    _orders_equal_their_lines(con, mappings)
    _drop_orphans(con, built, mappings, reasons.ORDER_REJECTED)
    names = {table.name for table in built}
    if "returns" in names:
        find_lines(con)
    if "bundles" in names:
        take_bundles_apart(con, "returns" in names, "products" in names)


def fed(con: duckdb.DuckDBPyConnection, stage: str = "built") -> set[str]:
    """The tables that any source fed."""
    names = [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    return {name.removeprefix(f"{stage}_") for name in names if name.startswith(f"{stage}_")}


def _yield(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Rows told in passing give way to those of a source that reports them: others by key, refunds by amount.

    A refund report may cover part of the time: of an order's refund, told in passing, only what no report has stays.
    """
    if table.key:
        key = ", ".join(table.key)
        con.execute(f"""
            DELETE FROM built_{table.name} WHERE _yields
            AND ({key}) IN (SELECT ({key}) FROM built_{table.name} WHERE NOT _yields)
        """)
    elif table.name == "returns":
        con.execute("""
            UPDATE built_returns SET refund = round(above_0(refund * (1 - reported / passing)), 2), quantity = NULL FROM (
                SELECT order_id, sum(refund) FILTER (WHERE NOT _yields) AS reported, sum(refund) FILTER (WHERE _yields) AS passing
                FROM built_returns GROUP BY order_id HAVING reported > 0 AND passing > 0) sums
            WHERE _yields AND sums.order_id = built_returns.order_id
        """)
        con.execute("DELETE FROM built_returns WHERE _yields AND refund < 0.005")


def _complete(con: duckdb.DuckDBPyConnection, table: Table, mappings: list[Mapping]) -> None:
    """Fill empty cells of the table's rows from the sources that complete them; a row that completes none is left out."""
    fills, built = f"completing_{table.name}", f"built_{table.name}"
    targets = [mapping.tables[table.name] for mapping in mappings if table.name in mapping.tables]
    found_by = next(target.completes for target in targets if target.completes)
    key = ", ".join(found_by)
    missing = reasons.NOT_IN_ORDERS if table.name == "orders" else reasons.NO_PARENT
    _lose_orphans(con, fills, key, table.name, missing, mappings)
    others = [column.name for column in table.columns if column.name not in found_by]
    # Of several that fill one cell, the later file's.
    newest = ", ".join(f'arg_max("{name}", (_source, _id)) AS "{name}"' for name in others)
    cells = ", ".join(f'"{name}" = coalesce({built}."{name}", fill."{name}")' for name in others)
    same = " AND ".join(f"fill.{name} = {built}.{name}" for name in found_by)
    con.execute(
        f"UPDATE {built} SET {cells} FROM (SELECT {key}, {newest} FROM {fills} GROUP BY {key}) fill WHERE {same}"
    )


def _one_row_per_key(con: duckdb.DuckDBPyConnection, table: Table, built: str, mappings: list[Mapping]) -> None:
    key = ", ".join(table.key)
    content = ", ".join(f'"{column.name}"' for column in table.columns)
    con.execute(f"""
        CREATE OR REPLACE TABLE losers AS
        WITH shared AS (
            SELECT rowid AS _n, * FROM {built} WHERE ({key}) IS NOT NULL
            QUALIFY count(*) OVER (PARTITION BY {key}) > 1),
        counted AS (
            SELECT _n, _source, _id, _file, {key}, md5(json_array({content})::VARCHAR) AS content,
                row_number() OVER (PARTITION BY {key}, _source, _file ORDER BY _id) AS copy FROM shared),
        judged AS (
            SELECT *, min(content) OVER same <> max(content) OVER same AS differ, max(_id) OVER same AS last
            FROM counted WINDOW same AS (PARTITION BY {key}, _source, _file)),
        -- A row that is rejected replaces nothing. Files are staged in order of their names: _id tells the later one.
        ranked AS (
            SELECT *, max(CASE WHEN NOT differ THEN (_source, last) END)
                OVER (PARTITION BY {key}) = (_source, last) AS is_newest
            FROM judged)
        SELECT _n, _source, _id, CASE WHEN differ THEN 'rejected' ELSE 'excluded' END AS outcome,
            CASE WHEN differ THEN '{reasons.CONTRADICTED}' WHEN NOT is_newest THEN '{reasons.REPLACED}'
                ELSE '{reasons.REPEATED}' END AS reason
        FROM ranked WHERE differ OR NOT is_newest OR copy > 1
    """)
    _lose(con, built, mappings)


def _drop_orphans(con: duckdb.DuckDBPyConnection, built: list[Table], mappings: list[Mapping], reason: str) -> None:
    names = {table.name for table in built}
    for table in built:
        if table.through in names:
            [key] = TABLES[table.through].key
            said = reason if table.through == "orders" else reasons.NO_PARENT
            _lose_orphans(con, f"built_{table.name}", key, table.through, said, mappings)


def _lose_orphans(
    con: duckdb.DuckDBPyConnection, built: str, key: str, parent: str, reason: str, mappings: list[Mapping]
) -> None:
    """What belongs to an order that a rule left out is left out with it, and no fault."""
    left_out = "order_id IN (SELECT order_id FROM left_out)" if parent in {"orders", "order_lines"} else "false"
    con.execute(f"""
        CREATE OR REPLACE TABLE losers AS
        SELECT rowid AS _n, _source, _id, CASE WHEN {left_out} THEN 'excluded' ELSE 'rejected' END AS outcome,
            CASE WHEN {left_out} THEN '{reasons.ORDER_EXCLUDED}' ELSE '{reason}' END AS reason
        FROM {built} WHERE ({key}) NOT IN (SELECT ({key}) FROM built_{parent})
    """)
    _lose(con, built, mappings)


def _orders_equal_their_lines(con: duckdb.DuckDBPyConnection, mappings: list[Mapping]) -> None:
    """Half a cent of rounding is allowed for each line."""
    con.execute(
        """
        CREATE OR REPLACE TABLE losers AS
        WITH sums AS (SELECT order_id, sum(net_revenue) AS lines, count(*) AS n FROM built_order_lines GROUP BY order_id)
        SELECT built_orders.rowid AS _n, _source, _id, 'rejected' AS outcome, $reason AS reason
        FROM built_orders JOIN sums USING (order_id) WHERE abs(net_revenue - lines) > 0.005 * n + 1e-6
        """,
        {"reason": reasons.UNEQUAL},
    )
    _lose(con, "built_orders", mappings)


def _lose(con: duckdb.DuckDBPyConnection, built: str, mappings: list[Mapping]) -> None:
    """Take the losers out of the table; a raw row of which nothing is left in any table is not kept either."""
    [[lost]] = con.execute(f"DELETE FROM {built} WHERE rowid IN (SELECT _n FROM losers)").fetchall()
    fed_to = fed(con) if lost else set()
    for source, mapping in enumerate(mappings if lost else ()):
        if built.partition("_")[2] in _own(mapping):
            left = " UNION ALL ".join(
                f"SELECT _id FROM {built if completes else f'built_{name}'} WHERE _source = {source}"
                for name, completes in _own(mapping).items()
                if completes or name in fed_to
            )
            con.execute(f"""
                UPDATE judged_{source} SET _outcome = outcome, _reason = reason
                FROM losers WHERE losers._source = {source} AND losers._id = judged_{source}._id
                AND losers._id NOT IN ({left})
            """)
    con.execute("DROP TABLE losers")


def _own(mapping: Mapping) -> dict[str, bool]:
    """The tables whose rows are the raw rows, and not made of several; whether they complete others' rows."""
    own = {name: bool(target.completes) for name, target in mapping.tables.items() if not target.per}
    return own or {mapping.grain: False}


def _no_unit_demand(con: duckdb.DuckDBPyConnection, categories: list[str]) -> None:
    con.execute(
        "UPDATE built_order_lines SET quantity = NULL, list_price = NULL "
        "WHERE sku IN (SELECT sku FROM built_products WHERE list_contains(?, category))",
        [categories],
    )
