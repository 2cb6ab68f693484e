"""Agreement: what the built tables must hold among themselves. Rows that break a rule lose, with a reason."""

import duckdb

from shopkeeper.ingest import reasons
from shopkeeper.ingest.mapping import Mapping
from shopkeeper.tables import TABLES, Table


def agree(con: duckdb.DuckDBPyConnection, mappings: list[Mapping]) -> None:
    """Leave in every built_<table> only rows that agree with each other, and say in judged_<n> what became of the rest.

    One row per key: the later export wins, a repeated row counts once, contradictory rows are all rejected.
    Every row has its parent, and an order's net_revenue is the sum of its lines.
    """
    built = [TABLES[name] for name in TABLES if has(con, name)]
    for table in built:
        if table.key:
            _one_row_per_key(con, table, mappings)
    _drop_orphans(con, built, mappings, reasons.NOT_IN_ORDERS)
    if has(con, "order_lines") and has(con, "orders"):
        _orders_equal_their_lines(con, mappings)
        _drop_orphans(con, built, mappings, reasons.ORDER_REJECTED)
    if unfit := sorted({category for mapping in mappings for category in mapping.no_unit_demand}):
        _no_unit_demand(con, unfit)


def has(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether any source fed the table."""
    query = "SELECT count(*) FROM information_schema.tables WHERE table_name = ?"
    return bool(con.execute(query, [f"built_{table}"]).fetchall()[0][0])


def _one_row_per_key(con: duckdb.DuckDBPyConnection, table: Table, mappings: list[Mapping]) -> None:
    key = ", ".join(table.key)
    content = ", ".join(f'"{column.name}"' for column in table.columns)
    con.execute(f"""
        CREATE OR REPLACE TABLE losers AS
        WITH shared AS (
            SELECT rowid AS _n, * FROM built_{table.name} WHERE ({key}) IS NOT NULL
            QUALIFY count(*) OVER (PARTITION BY {key}) > 1),
        counted AS (
            SELECT _n, _source, _id, _file, {key}, md5(json_array({content})::VARCHAR) AS content,
                row_number() OVER (PARTITION BY {key}, _source, _file ORDER BY _id) AS copy FROM shared),
        judged AS (
            SELECT *, min(content) OVER same <> max(content) OVER same AS differ
            FROM counted WINDOW same AS (PARTITION BY {key}, _source, _file)),
        -- A row that is rejected replaces nothing.
        ranked AS (
            SELECT *, format('{{:06d}} {{}}', _source, _file) AS age, max(CASE WHEN NOT differ THEN age END)
                OVER (PARTITION BY {key}) = age AS is_newest
            FROM judged)
        SELECT _n, _source, _id, CASE WHEN differ THEN 'rejected' ELSE 'excluded' END AS outcome,
            CASE WHEN differ THEN '{reasons.CONTRADICTED}' WHEN NOT is_newest THEN '{reasons.REPLACED}'
                ELSE '{reasons.REPEATED}' END AS reason
        FROM ranked WHERE differ OR NOT is_newest OR copy > 1
    """)
    _lose(con, table.name, mappings)


def _drop_orphans(con: duckdb.DuckDBPyConnection, built: list[Table], mappings: list[Mapping], reason: str) -> None:
    for table in built:
        if not table.through or not has(con, table.through):
            continue
        [key] = TABLES[table.through].key
        said = reason if table.through == "orders" else reasons.NO_PARENT
        con.execute(f"""
            CREATE OR REPLACE TABLE losers AS
            SELECT rowid AS _n, _source, _id, 'rejected' AS outcome, '{said}' AS reason
            FROM built_{table.name} WHERE {key} NOT IN (SELECT {key} FROM built_{table.through})
        """)
        _lose(con, table.name, mappings)


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
    _lose(con, "orders", mappings)


def _lose(con: duckdb.DuckDBPyConnection, table: str, mappings: list[Mapping]) -> None:
    """Take the losers out of the table; a raw row of which nothing is left in it is not kept either."""
    con.execute(f"DELETE FROM built_{table} WHERE rowid IN (SELECT _n FROM losers)")
    for source, mapping in enumerate(mappings):
        if mapping.grain == table:
            con.execute(f"""
                UPDATE judged_{source} SET _outcome = outcome, _reason = reason
                FROM losers WHERE losers._source = {source} AND losers._id = judged_{source}._id
                AND losers._id NOT IN (SELECT _id FROM built_{table} WHERE _source = {source})
            """)
    con.execute("DROP TABLE losers")


def _no_unit_demand(con: duckdb.DuckDBPyConnection, categories: list[str]) -> None:
    con.execute(
        "UPDATE built_order_lines SET quantity = NULL, list_price = NULL "
        "WHERE sku IN (SELECT sku FROM built_products WHERE list_contains(?, category))",
        [categories],
    )
