"""The rare rules that are code, each named in a mapping: what SQL over one row cannot say."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa

from shopkeeper.ingest.reasons import MISSING, UNMATCHED

Line = list[Any]  # ordered_at, order_id, line, units not yet taken back


def match_cancellations(con: duckdb.DuckDBPyConnection) -> None:
    """Give each cancellation in `fresh` the order lines it takes back; exclude those that fit none.

    A cancellation (customer_id, sku, returned_at, quantity, refund) takes back units of the same customer's
    earlier lines of that SKU, the latest first, as far as they are not taken back already. It must fit whole:
    what was bought before the data begins cannot be returned from it. A guest's never fits.
    """
    bought = _bought(con)
    query = "SELECT _id, _file, customer_id, sku, returned_at, quantity, refund FROM fresh ORDER BY returned_at, _id"
    matched, unmatched = [], []
    for id_, file, customer, sku, at, quantity, refund in con.execute(query).fetchall():
        taken = _take(bought.get((customer, sku), []), at, quantity)
        if not taken:
            unmatched.append(id_)
        matched += [(id_, file, order, line, at, units, refund * units / quantity) for order, line, units in taken]
    _replace_fresh(con, matched)
    con.execute(
        "UPDATE judged SET _outcome = 'excluded', _reason = ? WHERE _id IN (SELECT unnest(?::BIGINT[]))",
        [UNMATCHED, unmatched],
    )


def _bought(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[Line]]:
    """By customer and SKU: [ordered_at, order_id, line, units not yet taken back], in order of time."""
    query = """
        SELECT o.customer_id, l.sku, o.ordered_at, l.order_id, l.line, l.quantity
        FROM built_order_lines l JOIN built_orders o USING (order_id)
        WHERE o.customer_id IS NOT NULL AND (o.customer_id, l.sku) IN (SELECT (customer_id, sku) FROM fresh)
        ORDER BY o.ordered_at, l._id
    """
    bought = defaultdict(list)
    for customer, sku, *line in con.execute(query).fetchall():
        bought[customer, sku].append(line)
    return bought


def _take(lines: list[Line], at: object, quantity: int) -> list[tuple[str, int, int]]:
    """Take quantity units from the latest lines before `at`: (order_id, line, units) each, or none at all."""
    before = [line for line in reversed(lines) if line[0] <= at and line[3] > 0]
    if sum(line[3] for line in before) < quantity:
        return []
    taken = []
    for line in before:
        units = min(line[3], quantity)
        if units:
            taken.append((line[1], line[2], units))
        line[3] -= units
        quantity -= units
    return taken


def _replace_fresh(con: duckdb.DuckDBPyConnection, matched: list[tuple[Any, ...]]) -> None:
    names = ["_id", "_file", "order_id", "line", "returned_at", "quantity", "refund"]
    types = [pa.int64(), pa.string(), pa.string(), pa.int64(), pa.timestamp("us"), pa.int64(), pa.float64()]
    columns = list(zip(*matched, strict=True)) or [()] * len(names)
    returned = pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names=names)
    con.register("returned", returned)
    con.execute("CREATE OR REPLACE TABLE fresh AS SELECT * FROM returned")
    con.unregister("returned")


def even_periods(con: duckdb.DuckDBPyConnection) -> None:
    """Give the periods in `fresh` their length: the commonest distance between the dates of their file, 7 days for one date.

    Months and quarters have the calendar's lengths. Fills period_days where the table has it, and known_on, which is
    `day` before, with the period's last day.
    """
    made = {row[0] for row in con.execute("DESCRIBE fresh").fetchall()}
    start = "period_start" if "period_start" in made else "day"
    con.execute("""
        CREATE OR REPLACE TABLE gaps AS
        SELECT _file, coalesce(mode(gap), 7) AS days FROM (
            SELECT _file, period - lag(period) OVER (PARTITION BY _file ORDER BY period) AS gap
            FROM (SELECT DISTINCT _file, period FROM judged WHERE period IS NOT NULL)) GROUP BY _file
    """)
    length = f"""CASE WHEN days BETWEEN 28 AND 31 THEN ({start} + INTERVAL 1 MONTH)::DATE - {start}
        WHEN days BETWEEN 89 AND 92 THEN ({start} + INTERVAL 3 MONTH)::DATE - {start} ELSE days END"""
    if "period_days" in made:
        con.execute(f"UPDATE fresh SET period_days = {length} FROM gaps WHERE gaps._file = fresh._file")
    if "known_on" in made:
        con.execute(
            f"UPDATE fresh SET known_on = day + ({length} - 1)::INTEGER FROM gaps WHERE gaps._file = fresh._file"
        )
    con.execute("DROP TABLE gaps")


def order_of_item(con: duckdb.DuckDBPyConnection) -> None:
    """Give refunds in `fresh`, which name the item, the order that the item belongs to."""
    con.execute("""
        UPDATE fresh SET order_id = lines.order_id
        FROM (SELECT _item, min(order_id) AS order_id FROM built_order_lines GROUP BY _item) lines
        WHERE lines._item = fresh._item
    """)


def start_of_campaign(con: duckdb.DuckDBPyConnection) -> None:
    """Give the messages in `fresh` the day on which their campaign began, and its kind as the offer, told in rows of their own.

    The messages of a campaign that no row tells of are rejected.
    """
    con.execute("""
        CREATE OR REPLACE TABLE fresh AS
        SELECT fresh.*, told.starts AS sent_at, told.kind AS offer
        FROM fresh LEFT JOIN (
            SELECT campaign, min(starts) AS starts, arg_min(kind, starts) AS kind FROM judged
            WHERE starts IS NOT NULL GROUP BY campaign) told USING (campaign)
    """)
    con.execute(
        """
        UPDATE judged SET _outcome = 'rejected', _reason = ?
        WHERE _outcome IS NULL AND campaign IN (SELECT campaign FROM fresh WHERE sent_at IS NULL)
        """,
        [f"contacts.sent_at: {MISSING}"],
    )
    con.execute("DELETE FROM fresh WHERE sent_at IS NULL")


RULES: dict[str, Callable[[duckdb.DuckDBPyConnection], None]] = {
    "even_periods": even_periods,
    "match_cancellations": match_cancellations,
    "order_of_item": order_of_item,
    "start_of_campaign": start_of_campaign,
}
