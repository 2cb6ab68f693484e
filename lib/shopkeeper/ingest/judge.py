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
    con.execute(f"""
        CREATE OR REPLACE TABLE faults AS
        SELECT s._id, s._forgotten, r._excluded, r._against,
            CASE WHEN s._fault IS NOT NULL THEN s._fault {_arms(_faults(mapping))} ELSE NULL END AS _broken
        FROM staged s JOIN typed t USING (_id) JOIN (
            SELECT _id, CASE {_arms([(rule.where, rule.rule) for rule in mapping.exclude])} ELSE NULL END AS _excluded,
                CASE {_arms(_rules(mapping, today))} ELSE NULL END AS _against FROM typed) r USING (_id)
    """)
    _check_numbers(con, mapping)
    _number_copies(con, mapping)
    arms = [
        (f"f._broken IN ({', '.join(map(quoted, reasons.NO_DATA))})", "excluded", "f._broken"),
        ("f._broken IS NOT NULL", "rejected", "f._broken"),
        ("o.is_replaced", "excluded", quoted(reasons.REPLACED)),
        ("o.is_copy", "excluded", quoted(reasons.COPY)),
        *([] if _outlives(mapping) else [("f._forgotten", "excluded", quoted(reasons.FORGOTTEN))]),
        ("f._excluded IS NOT NULL", "excluded", "f._excluded"),
        ("f._against IS NOT NULL", "rejected", "f._against"),
    ]
    outcomes = "\n".join(f"WHEN {test} THEN '{outcome}'" for test, outcome, _ in arms)
    why = "\n".join(f"WHEN {test} THEN {reason}" for test, _, reason in arms)
    con.execute(f"""
        CREATE OR REPLACE TABLE judged AS
        SELECT t.*, CASE WHEN f._broken IS NULL THEN {_money(mapping.amount)} END AS _amount, CASE {outcomes} END AS _outcome,
            CASE {why} END AS _reason
        FROM typed t JOIN faults f USING (_id) JOIN copies o USING (_id)
    """)
    con.execute("DROP TABLE typed; DROP TABLE faults; DROP TABLE copies")
    if any("_weight" in target.fields for target in mapping.tables.values()):
        _reject_siblings(con, mapping)


def _arms(tests: list[tuple[str, str]]) -> str:
    """The arms of a CASE that gives the first reason that holds."""
    return "\n".join(f"WHEN {test} THEN {quoted(reason)}" for test, reason in [("false", ""), *tests])


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
    if mapping.currency not in {"", brand.currency}:
        [[file]] = con.execute("SELECT min(_file) FROM staged").fetchall()
        raise DataError(
            f"{file}: {mapping.name} is in {mapping.currency}, and {brand.name} in {brand.currency}. Money in a table is "
            "in one currency: make it a brand of its own, or change currency in brand.toml."
        )
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
        "integer": f"CASE WHEN {number} = round({number}) AND abs({number}) < 1e12 THEN try_cast({number} AS BIGINT) END",
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
    """`copies`: of each row, whether a newer file replaces it, and whether another sheet or file holds it too."""
    con.execute("CREATE OR REPLACE TABLE copies AS SELECT _id, false AS is_replaced FROM typed")
    [[files]] = con.execute("SELECT count(DISTINCT _file) FROM typed").fetchall()
    if mapping.whole and files > 1:
        con.execute(f"UPDATE copies SET is_replaced = true WHERE _id IN ({_replaced(mapping)})")
    part = 'coalesce("part", _part)' if "part" in mapping.columns else "_part"
    # Where a newer file replaces an order whole, the copies left to look for are in the sheets of one file.
    within = "_file" if mapping.whole else "''"
    content = ", ".join(f'"{name}"' for name in mapping.columns if name != "part")
    numbered = f"""
        WITH fingerprints AS (
            SELECT _id, _file, {part} AS part, md5(json_array({content})::VARCHAR) AS content FROM typed),
        numbered AS (SELECT *, row_number() OVER (PARTITION BY _file, part, content ORDER BY _id) AS copy FROM fingerprints)
        SELECT _id, row_number() OVER (PARTITION BY {within}, content, copy ORDER BY _id) > 1 AS is_copy FROM numbered
    """
    copies = numbered if mapping.drop_overlap else "SELECT _id, false AS is_copy FROM typed"
    con.execute(f"CREATE OR REPLACE TABLE copies AS SELECT * FROM copies JOIN ({copies}) USING (_id)")


def _replaced(mapping: Mapping) -> str:
    """SQL: rows of which a newer file tells the same item; a row that will be rejected replaces nothing.

    Newer is what has come further, then the file that reaches further in time, then the one later by name: files are
    staged in order of their names, so _id tells. An export may be cut into several files, and an order's items stand
    on both sides of the cut: each item is upserted by itself.
    """
    latest = f"max({mapping.clock}) OVER (PARTITION BY _file)" if mapping.newest and mapping.clock else "0"
    return f"""
        WITH told AS (
            SELECT _id, _file, "{mapping.whole}" AS whole, {mapping.item or "NULL"} AS item,
                ({mapping.newest or "0"}, {latest}, _id) AS age
            FROM typed JOIN faults USING (_id)
            WHERE whole IS NOT NULL AND _broken IS NULL AND (_excluded IS NOT NULL OR _against IS NULL))
        SELECT _id FROM told QUALIFY _file <> arg_max(_file, age) OVER (PARTITION BY whole, item)
    """


def _check_numbers(con: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """One number, one order: exports of two shops that number alike cannot stand in one brand."""
    if not mapping.whole or not mapping.clock:
        return
    query = f"""
        SELECT "{mapping.whole}" AS whole, min(_file), max(_file) FROM typed JOIN faults USING (_id)
        WHERE whole IS NOT NULL AND _broken IS NULL GROUP BY whole
        HAVING count(DISTINCT _file) > 1 AND max({mapping.clock}) - min({mapping.clock}) > INTERVAL 1 DAY ORDER BY whole
    """
    if twice := con.execute(query).fetchall():
        raise DataError(
            f"{twice[0][1]}: {len(twice):,} order numbers stand for other orders in {twice[0][2]} (first: "
            f"{offenders([number for number, *_ in twice])}). One number is one order: give each shop a brand of its own."
        )


def _rules(mapping: Mapping, today: dt.date) -> list[tuple[str, str]]:
    """The contract's rules for every table that the row feeds."""
    tests = [
        (f"({target.where}) AND ({test})", reason)
        for table, target in mapping.tables.items()
        for test, reason in _broken(table, target, mapping, today)
    ]
    # An empty cell can leave every condition open: such a row would count as kept and stand in no table.
    unplaced = " AND ".join(f"({_condition(target, mapping)}) IS NOT true" for target in mapping.tables.values())
    return [*tests, (unplaced, reasons.NO_TABLE)]


def _condition(target: Target, mapping: Mapping) -> str:
    """When a row feeds the target: on its stated condition, and where any of its families holds something."""
    cells = [
        f'"{c}" IS NOT NULL' for c in mapping.columns if c.partition(":")[0] in target.spread.values() and ":" in c
    ]
    return f"({target.where}) AND ({' OR '.join(cells) or 'false'})" if target.spread else target.where


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
