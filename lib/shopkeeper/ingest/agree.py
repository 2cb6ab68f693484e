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
            SELECT * FROM built_{table.name} WHERE ({key}) IS NOT NULL
            QUALIFY count(*) OVER (PARTITION BY {key}) > 1),
        ranked AS (
            SELECT _source, _id, {key}, md5(({content})::VARCHAR) AS content,
                dense_rank() OVER (PARTITION BY {key} ORDER BY _source DESC, _file DESC) AS age
            FROM shared),
        counted AS (
            SELECT *, row_number() OVER (PARTITION BY {key}, age ORDER BY _id) AS copy,
                min(content) OVER same <> max(content) OVER same AS differ
            FROM ranked WINDOW same AS (PARTITION BY {key}, age))
        SELECT _source, _id, CASE WHEN age > 1 OR NOT differ THEN 'excluded' ELSE 'rejected' END AS outcome,
            CASE WHEN age > 1 THEN '{reasons.REPLACED}' WHEN NOT differ THEN '{reasons.REPEATED}'
                ELSE '{reasons.CONTRADICTED}' END AS reason
        FROM counted WHERE age > 1 OR differ OR copy > 1
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
            SELECT _source, _id, 'rejected' AS outcome, '{said}' AS reason
            FROM built_{table.name} WHERE {key} NOT IN (SELECT {key} FROM built_{table.through})
        """)
        _lose(con, table.name, mappings)


def _orders_equal_their_lines(con: duckdb.DuckDBPyConnection, mappings: list[Mapping]) -> None:
    """Half a cent of rounding is allowed for each line."""
    con.execute(
        """
        CREATE OR REPLACE TABLE losers AS
        WITH sums AS (SELECT order_id, sum(net_revenue) AS lines, count(*) AS n FROM built_order_lines GROUP BY order_id)
        SELECT _source, _id, 'rejected' AS outcome, $reason AS reason
        FROM built_orders JOIN sums USING (order_id) WHERE abs(net_revenue - lines) > 0.005 * n + 1e-6
        """,
        {"reason": reasons.UNEQUAL},
    )
    _lose(con, "orders", mappings)


def _lose(con: duckdb.DuckDBPyConnection, table: str, mappings: list[Mapping]) -> None:
    """Take the losers out of the table; where a raw row was that row, it is not kept either."""
    con.execute(f"DELETE FROM built_{table} WHERE (_source, _id) IN (SELECT (_source, _id) FROM losers)")
    for source, mapping in enumerate(mappings):
        if mapping.grain == table:
            con.execute(f"""
                UPDATE judged_{source} SET _outcome = outcome, _reason = reason
                FROM losers WHERE losers._source = {source} AND losers._id = judged_{source}._id
            """)
    con.execute("DROP TABLE losers")


def _no_unit_demand(con: duckdb.DuckDBPyConnection, categories: list[str]) -> None:
    con.execute(
        "UPDATE built_order_lines SET quantity = NULL, list_price = NULL "
        "WHERE sku IN (SELECT sku FROM built_products WHERE list_contains(?, category))",
        [categories],
    )
