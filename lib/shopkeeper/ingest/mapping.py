"""Mappings: one TOML file per export format, saying which header becomes which field of which table.

A mapping holds
    columns   our name for a raw column → the headers it may stand under, its type, whether it is hashed
    exclude   rules that leave rows out, each with the reason that the account will print
    tables    for every table it feeds, its fields as SQL expressions over the columns
"""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from shopkeeper.tables import TABLES, DataError, Type

Field = str | dict[str, str]
# What spreadsheets and platforms put around a cell: ="0012", '0012, tabs, and - for nothing.
STRIP = ('^=?"+', '"+$', "^['’]", r"\t", "^-$")


@dataclass(frozen=True)
class RawColumn:
    """A column of an export.

    headers: the names it may stand under, the first found taken.
    family: a pattern; each header that matches it is a column of its own, named by what its group captures.
    hash: its values are replaced by the customer's pseudonym before anything is written.
    keep: a pattern; only what matches it is kept of a cell, before anything is written: a province of an address.
    formats: of dates and times, as strptime takes them; ISO 8601 when empty.
    free: free text; telephone numbers and mail addresses in it are blotted out before anything is written.
    """

    headers: tuple[str, ...] = ()
    type: Type = "text"
    optional: bool = False
    hash: bool = False
    family: str = ""
    example: str = ""  # of a family's headers, for an error
    keep: str = ""
    formats: tuple[str, ...] = ()
    free: bool = False

    @functools.cached_property
    def normal_headers(self) -> tuple[str, ...]:
        """The headers as they are compared."""
        return tuple(normal(header) for header in self.headers)


@dataclass(frozen=True)
class Exclusion:
    """Rows left out on purpose: where is SQL over the columns."""

    rule: str
    where: str


@dataclass(frozen=True)
class Target:
    """How one table is made from the raw rows.

    fields: column of the table → SQL over the raw columns, one value per raw row; or, in a grouped table,
        {sum | min | max | last = SQL}. Plain SQL in a grouped table takes the group's first value.
    per: columns of the table to group by; empty when each raw row is a row of the table.
    rule: name of a function in ingest/rules.py that finishes the table.
    unpivot: raw columns that each become a row of their own, as `name` and `value`, where they hold anything.
    spread: column of the table → the family of raw columns that fills it; each captured name makes rows of its own.
    spread_into: column of the table that takes the captured name.
    yields: its rows give way to those that another source has of the same order or key.
    completes: columns by which its rows find those of other sources, whose empty cells they fill; one choice of them to a table.

    Fields that begin with _ are not written: _item and _sku find the line that a return names, _weight is a line's
    share of its order's net_revenue and of _paid, what the customer paid for the goods of the order.
    """

    fields: dict[str, Field]
    where: str = "true"
    per: tuple[str, ...] = ()
    rule: str = ""
    unpivot: tuple[str, ...] = ()
    spread: dict[str, str] = field(default_factory=dict)
    spread_into: str = ""
    yields: bool = False
    completes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """One export format. amount: SQL for what a raw row is worth, for the account of rows.

    whole: the column that names what a newer file replaces whole, such as an order with all its lines.
    newest: SQL that grows with the age of what a row says, such as how far its order has come; the file in which it
        is greatest is the newest. Where it is equal, or not given, the file later by name is.
    item: SQL that tells the rows of one whole apart, where exports are cut into files without regard to it.
    clock: SQL for when a row happened; `last` and the first value of a group go by it, not by the order of files.
    drop_overlap: the n-th copy of a row in one sheet is the n-th copy of it in the next, and in the next file where
        there is no `whole`, counted once; copies within one sheet are separate facts.
    currency: the one that the export is always in; empty where a column tells it, or nothing does.
    without: headers that a file of this format never has; they tell two formats of one platform apart.
    any_of: columns of which a file needs at least one.
    strip: patterns taken out of every cell, such as a quote or a currency's name.
    fill_down: columns whose empty cells repeat the cell above, within a sheet and what `whole` names.
    reduce: SQL over `file`, a Parquet file, that makes fewer rows of its many before they are read; these are what is counted.
    no_unit_demand: categories whose lines are sold by weight, volume or not at all.
    """

    name: str
    columns: dict[str, RawColumn]
    tables: dict[str, Target]
    exclude: tuple[Exclusion, ...] = ()
    about: str = ""
    encodings: tuple[str, ...] = ("utf-8-sig", "gb18030")
    delimiter: str = ","
    timezone: str = ""
    amount: str = "NULL"
    sheet: str = ""  # the only one to read; empty for all
    header_row: int = 1  # counted among the rows that hold anything
    whole: str = ""
    newest: str = ""
    item: str = ""
    clock: str = ""
    drop_overlap: bool = False
    strip: tuple[str, ...] = ()
    fill_down: tuple[str, ...] = ()
    reduce: str = ""
    no_unit_demand: tuple[str, ...] = ()
    currency: str = ""
    without: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()

    @property
    def grain(self) -> str:
        """The table whose rows are the raw rows: the one rejects are filed under."""
        return next((name for name, target in self.tables.items() if not target.per), next(iter(self.tables)))

    @property
    def has_family(self) -> bool:
        """Whether a file decides which columns it has, such as one for each channel."""
        return any(column.family for column in self.columns.values())

    def place(self, headers: list[str]) -> dict[str, int]:
        """Position of each of our columns among the headers; columns not there are left out."""
        seen = {normal(header): position for position, header in reversed(list(enumerate(headers)))}
        found = {
            name: [seen[header] for header in column.normal_headers if header in seen]
            for name, column in self.columns.items()
        }
        return {name: positions[0] for name, positions in found.items() if positions}

    def missing(self, headers: list[str]) -> list[str]:
        """Needed columns that no header supplies, each as the headers it may stand under."""
        placed = self.place(headers)
        lacks_all = self.any_of and not set(self.any_of) & set(placed)
        return [
            *([" or ".join(self.any_of)] if lacks_all else []),
        ] + [
            " or ".join(column.headers) or f"a column such as {column.example}"
            for name, column in self.columns.items()
            if not column.optional and name not in placed and not members(column, headers)
        ]

    def widened(self, headers: Iterable[str]) -> "Mapping":
        """The mapping with each family of columns replaced by its members among these headers."""
        columns: dict[str, RawColumn] = {}
        for name, column in self.columns.items():
            found = members(column, headers)
            columns |= {
                f"{name}:{member}": replace(column, headers=tuple(seen), family="", optional=True)
                for member, seen in found.items()
            } or ({} if column.family else {name: column})
        return replace(self, columns=columns)


def members(column: RawColumn, headers: Iterable[str]) -> dict[str, list[str]]:
    """Captured name → the headers it stands under, for the headers that belong to the column's family.

    A total over all members is none of them.
    """
    found: dict[str, list[str]] = {}
    for header in headers:
        if column.family and (match := re.fullmatch(column.family, header.strip(), re.IGNORECASE)):
            name = next(group for group in match.groups() if group)
            if not re.fullmatch("总|合计|总计|全部|total|all|sum", name, re.IGNORECASE):
                found.setdefault(name, []).append(header)
    return found


def normal(header: str) -> str:
    """A header as it is compared: trimmed, in lower case, full-width signs as plain ones, one blank for many or for _."""
    return re.sub(r"[\s_\ufeff]+", " ", unicodedata.normalize("NFKC", header)).strip().casefold()


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


@functools.cache
def load_mapping(name: str) -> Mapping:
    """The shipped mapping of that name, or `generic:<table>`; DataError when there is none."""
    if name == "generic:attributes":
        name = "generic_attributes"  # its subject stands in a column of its own kind, so that customers are hashed
    if name.startswith("generic:") and name.removeprefix("generic:") in TABLES:
        return _generic(name.removeprefix("generic:"))
    path = resources.files("shopkeeper.ingest") / "mappings" / f"{name}.toml"
    if name not in shipped() or not path.is_file():
        raise DataError(f"mapping: there is none named {name!r}. Shipped: {', '.join(shipped())}, and generic:<table>.")
    return _read(name, tomllib.loads(path.read_text(encoding="utf-8")))


def shipped() -> list[str]:
    """Names of the mappings that come as TOML files."""
    folder = Path(str(resources.files("shopkeeper.ingest") / "mappings"))
    return sorted(path.stem for path in folder.glob("*.toml"))


def _read(name: str, settings: dict[str, Any]) -> Mapping:
    allowed = {item.name for item in fields(Mapping)}
    if unknown := sorted(set(settings) - allowed):
        raise DataError(f"mapping {name}: unknown setting {', '.join(unknown)}. Known: {', '.join(sorted(allowed))}.")
    columns = {key: RawColumn(**_tuples(value)) for key, value in settings["columns"].items()}
    tables = {key: Target(**_tuples(value)) for key, value in settings["tables"].items()}
    exclude = tuple(Exclusion(**rule) for rule in settings.get("exclude", []))
    return Mapping(**{**_tuples(settings), "name": name, "columns": columns, "tables": tables, "exclude": exclude})


def _tuples(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}


def _generic(table: str) -> Mapping:
    """A file with the contract's own headers; its columns are the table's, and a currency to check."""
    schema = TABLES[table]
    columns = {
        column.name: RawColumn(
            headers=(column.name,),
            type=column.type,
            optional=not column.required,
            hash=column.name in {"customer_id", "visitor_id"},
            free=column.name in {"query", "reason", "offer"},
        )
        for column in schema.columns
    }
    if table in {"orders", "order_lines"}:
        columns["currency"] = RawColumn(headers=("currency",), optional=True)
    return Mapping(
        name=f"generic:{table}",
        columns=columns,
        tables={table: Target(fields={column.name: f'"{column.name}"' for column in schema.columns})},
        whole="order_id" if table == "order_lines" else "",
        drop_overlap=not schema.key,
        strip=STRIP,
        amount="net_revenue" if any(column.name == "net_revenue" for column in schema.columns) else "NULL",
    )
