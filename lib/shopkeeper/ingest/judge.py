"""Judging: every staged row is kept, excluded by a stated rule, or rejected with a reason."""

import datetime as dt

import duckdb

from shopkeeper.brand import Brand
from shopkeeper.ingest import reasons
from shopkeeper.ingest.mapping import Mapping, RawColumn, Target, quoted
from shopkeeper.tables import TABLES, Column, DataError, offenders

_OFFSET = r" ?(?:Z|[+-]\d{2}(?::?\d{2})?)"
_CURRENCY = "[A-Za-z]{3}"
_ISO = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"


def judge(con: duckdb.DuckDBPyConnection, mapping: Mapping, brand: Brand, today: dt.date) -> None:
    """From `staged` make `judged`: typed columns, _id, _outcome, _reason and _amount for every row.

    _outcome is null for a kept row, else 'excluded' or 'rejected'; the first reason that holds is given. A row of which
    a cell cannot be read is given no amount: its money may be a telephone number.
    Order of reasons: shape and type, overlap, the mapping's exclusions, the contract's rules.
    """
    _check_currency(con, mapping, brand)
    typed = ", ".join(
        f'{_parsed(name, column, mapping, brand)} AS "{name}"' for name, column in mapping.columns.items()
    )
    con.execute(f"CREATE OR REPLACE TABLE typed AS SELECT _id, _file, _part, _row, {typed} FROM staged")
    faults = "\n".join(f"WHEN {test} THEN {quoted(reason)}" for test, reason in _faults(mapping))
    con.execute(
        "CREATE OR REPLACE TABLE faults AS SELECT s._id, s._forgotten, CASE WHEN s._fault IS NOT NULL THEN s._fault "
        f"{faults} END AS _broken FROM staged s JOIN typed t USING (_id)"
    )
    _number_copies(con, mapping)
    arms = [
        (f"f._broken IN ({', '.join(map(quoted, reasons.NO_DATA))})", "excluded", "f._broken"),
        ("f._broken IS NOT NULL", "rejected", "f._broken"),
        ("o.is_replaced", "excluded", quoted(reasons.REPLACED)),
        ("o.is_copy", "excluded", quoted(reasons.COPY)),
        *([] if _outlives(mapping) else [("f._forgotten", "excluded", quoted(reasons.FORGOTTEN))]),
        *((rule.where, "excluded", quoted(rule.rule)) for rule in mapping.exclude),
        *((test, "rejected", quoted(reason)) for test, reason in _rules(mapping, today)),
    ]
    outcomes = "\n".join(f"WHEN {test} THEN '{outcome}'" for test, outcome, _ in arms)
    why = "\n".join(f"WHEN {test} THEN {reason}" for test, _, reason in arms)
    con.execute(f"""
        CREATE OR REPLACE TABLE judged AS
        SELECT t.*, CASE WHEN f._broken IS NULL THEN {_money(mapping.amount)} END AS _amount, CASE {outcomes} END AS _outcome, CASE {why} END AS _reason
        FROM typed t JOIN faults f USING (_id) JOIN copies o USING (_id)
    """)
    con.execute("DROP TABLE typed; DROP TABLE faults; DROP TABLE copies")
    if any("_weight" in target.fields for target in mapping.tables.values()):
        _reject_siblings(con, mapping)


def _outlives(mapping: Mapping) -> bool:
    """Whether a row stays when its customer is forgotten: an order does, as a guest's."""
    return not {"orders", "order_lines"}.isdisjoint(mapping.tables)


def _reject_siblings(con: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """An order whose amount is shared over its lines is kept with all of them, or not at all."""
    con.execute(
        f"""
        UPDATE judged SET _outcome = 'rejected', _reason = ? WHERE _outcome IS NULL
        AND "{mapping.whole}" IN (SELECT "{mapping.whole}" FROM judged WHERE _outcome = 'rejected')
        """,
        [reasons.SIBLING],
    )


def _check_currency(con: duckdb.DuckDBPyConnection, mapping: Mapping, brand: Brand) -> None:
    if "currency" not in mapping.columns:
        return
    query = f"""
        SELECT upper(currency) AS code, _file, count(*), min(_row) FROM staged
        WHERE regexp_full_match(currency, '{_CURRENCY}') AND code NOT IN ($1, if($1 = 'CNY', 'RMB', $1)) GROUP BY ALL ORDER BY ALL
    """
    if strangers := con.execute(query, [brand.currency]).fetchall():
        named = offenders([f"{n:,} rows in {code}, first row {row} of {file}" for code, file, n, row in strangers])
        raise DataError(
            f"{strangers[0][1]}: {named}. Money in a table is in one currency, {brand.currency} for {brand.name}. "
            "Export each currency as a brand of its own, or convert the file first."
        )


def _parsed(name: str, column: RawColumn, mapping: Mapping, brand: Brand) -> str:
    """SQL that turns a column's text into its type; null where it cannot."""
    text = f'"{name}"'
    zone = mapping.timezone or brand.timezone
    if column.formats:
        stamp, offset = f"try_strptime({text}, [{', '.join(quoted(item) for item in column.formats)}])", "NULL"
    else:
        iso = f"replace({text}, '/', '-')"
        stamp = f"CASE WHEN regexp_full_match({text}, '{_ISO}') THEN try_cast({iso} AS TIMESTAMP) END"
        minutes = f"regexp_replace({iso}, ' ?([+-]\\d{{2}})(\\d{{2}})$', '\\1:\\2')"
        tz = f"CASE WHEN regexp_full_match({text}, '{_ISO}{_OFFSET}') THEN try_cast({minutes} AS TIMESTAMPTZ) END"
        offset = f"timezone({quoted(brand.timezone)}, {tz})"
    local = (
        f"timezone({quoted(brand.timezone)}, timezone({quoted(zone)}, {stamp}))" if zone != brand.timezone else stamp
    )
    bare = f"regexp_replace(regexp_replace({text}, '^[¥￥]\\s*', ''), '\\s*元$', '')"
    number = f"try_cast(CASE WHEN regexp_full_match({bare}, '-?\\d{{1,3}}(,\\d{{3}})+(\\.\\d+)?') THEN replace({bare}, ',', '') ELSE {bare} END AS DOUBLE)"
    finite = f"CASE WHEN isfinite({number}) THEN {number} END"
    return {
        "text": text,
        "integer": f"CASE WHEN {number} = round({number}) THEN try_cast({number} AS BIGINT) END",
        "number": finite,
        "money": finite,
        "rate": finite,
        "time": f"coalesce({offset}, {local})",
        "date": f"CAST({stamp} AS DATE)",
        "flag": f"CASE WHEN lower({text}) IN ('1', 'true', 'yes', '是') THEN true WHEN lower({text}) IN ('0', 'false', 'no', '否') THEN false END",
    }[column.type]


def _faults(mapping: Mapping) -> list[tuple[str, str]]:
    """Cells that hold something which is not of their column's type."""
    tests = []
    if "currency" in mapping.columns:
        tests.append((f"NOT regexp_full_match(s.currency, '{_CURRENCY}')", f"currency: {reasons.NOT_CURRENCY}"))
    for name, column in mapping.columns.items():
        unread = f's."{name}" IS NOT NULL AND t."{name}" IS NULL'
        if column.type in {"time", "date"}:
            is_serial = f"regexp_full_match(s.\"{name}\", '[2-6]\\d{{4}}(\\.\\d+)?')"
            tests.append((f"{unread} AND {is_serial}", f"{name}: {reasons.SERIAL}"))
        if column.type != "text":
            tests.append((unread, f"{name}: {reasons.NOT[column.type]}"))
    return tests


def _number_copies(con: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """`copies`: of each row, whether a later file replaces what it belongs to, and whether another sheet holds it too.

    A row that is itself rejected replaces nothing.
    """
    con.execute("CREATE OR REPLACE TABLE copies AS SELECT _id, false AS is_replaced FROM typed")
    if mapping.whole:
        con.execute(f"UPDATE copies SET is_replaced = true WHERE _id IN ({_replaced(mapping)})")
    part = 'coalesce("part", _part)' if "part" in mapping.columns else "_part"
    content = ", ".join(f'"{name}"' for name in mapping.columns if name != "part")
    numbered = f"""
        WITH fingerprints AS (
            SELECT _id, _file, {part} AS part, md5(json_array({content})::VARCHAR) AS content FROM typed),
        numbered AS (SELECT *, row_number() OVER (PARTITION BY _file, part, content ORDER BY _id) AS copy FROM fingerprints)
        SELECT _id, row_number() OVER (PARTITION BY _file, content, copy ORDER BY _id) > 1 AS is_copy FROM numbered
    """
    copies = numbered if mapping.drop_overlap else "SELECT _id, false AS is_copy FROM typed"
    con.execute(f"CREATE OR REPLACE TABLE copies AS SELECT * FROM copies JOIN ({copies}) USING (_id)")


def _replaced(mapping: Mapping) -> str:
    """SQL: rows of which a newer file tells. Files are staged in order of their names, so _id tells the later one.

    Of one whole, files of a lower rank give way with all their rows; those of the highest, item by item: exports are
    cut into several files, and an order's items may stand on both sides of the cut.
    """
    whole, same = f'"{mapping.whole}"', "PARTITION BY whole"
    return f"""
        WITH told AS (
            SELECT _id, _file, {whole} AS whole, {mapping.item or "NULL"} AS item,
                max({mapping.newest or "0"}) OVER (PARTITION BY {whole}, _file) AS rank
            FROM typed JOIN faults USING (_id) WHERE _broken IS NULL AND {whole} IN (
                SELECT {whole} FROM typed GROUP BY 1 HAVING count(DISTINCT _file) > 1)),
        ranked AS (SELECT *, rank = max(rank) OVER ({same}) AS is_newest FROM told)
        SELECT _id FROM ranked QUALIFY NOT is_newest
            OR _file <> arg_max(_file, _id) FILTER (WHERE is_newest) OVER ({same}, item)
    """


def _rules(mapping: Mapping, today: dt.date) -> list[tuple[str, str]]:
    """The contract's rules for every table that the row feeds."""
    tests = [
        (f"({target.where}) AND ({test})", reason)
        for table, target in mapping.tables.items()
        for test, reason in _broken(table, target, mapping, today)
    ]
    # An empty cell can leave every condition open: such a row would count as kept and stand in no table.
    unplaced = " AND ".join(f"({target.where}) IS NOT true" for target in mapping.tables.values())
    return [*tests, (unplaced, reasons.NO_TABLE)]


def _broken(table: str, target: Target, mapping: Mapping, today: dt.date) -> list[tuple[str, str]]:
    schema = TABLES[table]
    names = {column.name for column in schema.columns}
    tests = []
    for name, field in target.fields.items():
        sql = field if isinstance(field, str) else next(iter(field.values()))
        if name == "_weight":
            tests.append((f"({sql}) IS NULL OR ({sql}) < 0", f"{table}.net_revenue: {reasons.MISSING}"))
        if name not in names:
            continue  # a helper, never written
        tests += _column_tests(table, schema.column(name), sql)
        if name == schema.known and name not in {"known_on", "read_until"}:
            tests.append(
                (f"({sql}) >= {quoted(str(today + dt.timedelta(days=1)))}", f"{table}.{name}: {reasons.FUTURE}")
            )
    for name, family in target.spread.items():
        below = schema.column(name).low
        for column in mapping.columns if below is not None else ():
            if column.startswith(f"{family}:"):
                tests.append((f'"{column}" < {below}', f"{table}.{name}: {reasons.BELOW[below or 0.0]}"))
    return tests


def _column_tests(table: str, column: Column, sql: str) -> list[tuple[str, str]]:
    tests = [(f"({sql}) IS NULL", f"{table}.{column.name}: {reasons.MISSING}")] if column.required else []
    if column.low is not None:
        tests.append((f"({sql}) < {column.low}", f"{table}.{column.name}: {reasons.BELOW[column.low]}"))
    if column.type == "rate":
        tests.append((f"({sql}) > 1", f"{table}.{column.name}: {reasons.ABOVE_1}"))
    return tests


def _money(sql: str) -> str:
    return f"round(CAST({sql} AS DOUBLE), 6)"
