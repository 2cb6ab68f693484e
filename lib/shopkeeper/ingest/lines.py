"""Lines: amounts of an order shared over its lines, returns given their line, bundles taken apart."""

import duckdb

from shopkeeper.tables import DataError, offenders

_DEEPEST = 6  # bundles within bundles
_MONEY = ("net_revenue", "customer_paid", "promotion_discount", "coupon_discount", "platform_discount")


def share_amounts(con: duckdb.DuckDBPyConnection) -> None:
    """Give lines that carry a weight and no amount their part of what the order brought and of what was paid for it.

    Parts are whole cents and sum to the order's amounts exactly. What the merchant received and the customer did
    not pay is the platform's discount.
    """
    con.execute(f"""
        CREATE OR REPLACE TABLE parts AS
        WITH weighted AS (
            SELECT l.rowid AS _n, l.order_id, l.line, o.net_revenue, o._paid,
                CASE WHEN sum(l._weight) OVER whole = 0 THEN 1 ELSE l._weight END AS weight
            FROM built_order_lines l JOIN built_orders o USING (order_id) WHERE l._weight IS NOT NULL
            WINDOW whole AS (PARTITION BY order_id)),
        summed AS ({_shares("order_id", "line", "weighted")})
        SELECT _n, {_part("net_revenue")} AS net_revenue, {_part("_paid")} AS paid FROM summed
    """)
    con.execute("""
        UPDATE built_order_lines l SET net_revenue = parts.net_revenue,
            customer_paid = coalesce(customer_paid, parts.paid),
            platform_discount = coalesce(platform_discount,
                round(above_0(parts.net_revenue - coalesce(customer_paid, parts.paid)), 2))
        FROM parts WHERE l.rowid = parts._n;
        DROP TABLE parts
    """)


def _shares(group: str, order: str, rows: str) -> str:
    """SQL: each row's weight summed up to it and before it, as shares of its group's: the last reaches 1 exactly."""
    return f"""
        SELECT *, coalesce(lag(upto) OVER (PARTITION BY {group} ORDER BY {order}), 0) AS before FROM (
            SELECT *, CASE WHEN row_number() OVER up = count(*) OVER (PARTITION BY {group}) THEN 1
                ELSE sum(weight) OVER up / sum(weight) OVER (PARTITION BY {group}) END AS upto
            FROM {rows} WINDOW up AS (PARTITION BY {group} ORDER BY {order} ROWS UNBOUNDED PRECEDING))"""


def _part(amount: str) -> str:
    """SQL: the row's part of an amount. Sums are rounded, not parts: so the parts sum to the whole."""
    return f"round(round({amount} * upto, 2) - round({amount} * before, 2), 2)"


def find_lines(con: duckdb.DuckDBPyConnection) -> None:
    """Give returns that name no line the one they are of, where only one can be meant.

    The line of the same item; else the order's only line of that SKU; else the order's only line.
    """
    for same in ("r._item = l._item", "r._sku = l.sku", "r._item IS NULL AND r._sku IS NULL"):
        con.execute(f"""
            UPDATE built_returns SET line = found.line FROM (
                SELECT r.rowid AS _n, min(l.line) AS line FROM built_returns r JOIN built_order_lines l USING (order_id)
                WHERE r.line IS NULL AND {same} GROUP BY r.rowid HAVING count(*) = 1) found
            WHERE built_returns.rowid = found._n
        """)


def take_bundles_apart(con: duckdb.DuckDBPyConnection, has_returns: bool, has_products: bool) -> None:
    """Replace each line of a bundle by lines of its components, and its returns by theirs.

    Its lines name the bundle. A component takes the bundle's money in proportion to its list price; to its units,
    where a price is not known. The first component keeps the line's number, the others follow the order's last.
    DataError for bundles that hold each other.
    """
    _flatten(con)
    prices = "(SELECT sku, list_price FROM built_products)" if has_products else "(SELECT '' AS sku, 0.0 AS list_price)"
    con.execute(f"""
        CREATE OR REPLACE TABLE components AS
        WITH priced AS (
            SELECT b.sku, b.component, b.quantity AS units, b.quantity * CASE
                WHEN count(p.list_price) OVER same = count(*) OVER same AND max(p.list_price) OVER same > 0
                THEN p.list_price ELSE 1 END AS weight
            FROM flat b LEFT JOIN {prices} p ON p.sku = b.component WINDOW same AS (PARTITION BY b.sku))
        SELECT *, row_number() OVER (PARTITION BY sku ORDER BY component) AS place
        FROM ({_shares("sku", "component", "priced")});
        CREATE OR REPLACE TABLE apart AS
        SELECT l.rowid AS _n, l.line AS bundle_line, c.* EXCLUDE (sku), CASE WHEN place = 1 THEN l.line ELSE
            (SELECT max(line) FROM built_order_lines whole WHERE whole.order_id = l.order_id)
            + row_number() OVER (PARTITION BY l.order_id, place = 1 ORDER BY l.line, place) END AS new_line
        FROM built_order_lines l JOIN components c USING (sku)
    """)
    money = ", ".join(f"{_part(name)} AS {name}" for name in _MONEY)
    each = ", ".join(f"{name} * (upto - before) / units AS {name}" for name in ("list_price", "unit_cost"))
    con.execute(f"""
        CREATE OR REPLACE TABLE taken AS
        SELECT l.* REPLACE (new_line AS line, l.sku AS bundle, component AS sku, l.quantity * units AS quantity, {money}, {each})
        FROM built_order_lines l JOIN apart ON apart._n = l.rowid
    """)
    if has_returns:
        con.execute(f"""
            CREATE OR REPLACE TABLE parted AS
            SELECT r.rowid AS _n, r.* REPLACE (new_line AS line, r.quantity * units AS quantity, {_part("refund")} AS refund)
            FROM built_returns r JOIN built_order_lines l ON l.order_id = r.order_id AND l.line = r.line
            JOIN apart ON apart._n = l.rowid;
            DELETE FROM built_returns WHERE rowid IN (SELECT _n FROM parted);
            INSERT INTO built_returns SELECT * EXCLUDE (_n) FROM parted; DROP TABLE parted
        """)
    con.execute("""
        DELETE FROM built_order_lines WHERE rowid IN (SELECT _n FROM apart);
        INSERT INTO built_order_lines SELECT * FROM taken;
        DROP TABLE taken; DROP TABLE apart; DROP TABLE components; DROP TABLE flat
    """)


def _flatten(con: duckdb.DuckDBPyConnection) -> None:
    """`flat`: every bundle with what finally lies in it, bundles within bundles taken apart."""
    con.execute(f"""
        CREATE OR REPLACE TABLE nested AS WITH RECURSIVE inside AS (
            SELECT sku, component, quantity, 1 AS depth FROM built_bundles UNION ALL
            SELECT i.sku, b.component, i.quantity * b.quantity, depth + 1
            FROM inside i JOIN built_bundles b ON b.sku = i.component WHERE depth < {_DEEPEST})
        SELECT sku, component, sum(quantity)::BIGINT AS quantity, max(depth) AS depth FROM inside
        WHERE component NOT IN (SELECT sku FROM built_bundles) OR depth = {_DEEPEST} GROUP BY ALL
    """)
    rings = con.execute("SELECT DISTINCT sku FROM nested WHERE depth = ? ORDER BY sku", [_DEEPEST]).fetchall()
    if rings:
        [[total]] = con.execute("SELECT count(*) FROM built_bundles").fetchall()
        raise DataError(
            f"bundles: {len(rings):,} of {total:,} rows are of bundles that hold each other "
            f"({offenders([sku for (sku,) in rings])}). A bundle holds SKUs that are sold singly. Mend the file of bundles."
        )
    con.execute("CREATE OR REPLACE TABLE flat AS SELECT sku, component, quantity FROM nested; DROP TABLE nested")
