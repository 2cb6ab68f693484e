"""Privacy: the one way back from a list of customers to people, and the way out for a person who asks for it."""

import csv
import datetime as dt
import fcntl
import getpass
import io
import json
import re
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import InvalidFileException

from shopkeeper.brand import Brand
from shopkeeper.ingest import NoDataError, import_brand
from shopkeeper.ingest.mapping import STRIP, normal
from shopkeeper.ingest.readers import read
from shopkeeper.ingest.recognise import identifier_headers
from shopkeeper.lists import list_text, replace_bytes, replace_text
from shopkeeper.places import place, shown
from shopkeeper.tables import DataError

Rows = list[dict[str, str]]

_OPEN = "~$"  # how the file begins that a spreadsheet lays beside a workbook while it is open
_NO_WORKBOOK = (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError)


def match(brand: Brand, contacts: Path, customers: Path, now: dt.datetime) -> tuple[Path, int, int]:
    """Join a list of customers that a report wrote with the raw file that says who they are.

    contacts: any export that names customers as the brand's orders do; of several rows of one, the last counts.
    customers: a CSV or XLSX with a column customer_id, of pseudonyms.
    Writes <customers>.matched.csv beside the list, readable by its owner only, and a line into record/matches.jsonl.
    Returns the file, how many customers were found, and how many the list holds. DataError when none is.
    """
    wanted = _listed(customers)
    people = _people(brand, contacts, {row["customer_id"] for row in wanted} - brand.forgotten)
    # The list's own columns stand last to be kept: an export may call the raw identifier customer_id too.
    found = [row | people[row["customer_id"]] | row for row in wanted if row["customer_id"] in people]
    if not found:
        raise DataError(
            f"{contacts.name}: names none of the {len(wanted):,} customers of {customers.name}. The list holds pseudonyms "
            f"made with the key of {brand.name}; the file must name customers as the brand's orders do."
        )
    target = customers.with_name(f"{customers.stem}.matched.csv")
    text = list_text(list(found[0]), (row.values() for row in found))
    replace_text(target, f"\ufeff{text}", mode=0o600)
    _log(brand, {"at": now.isoformat(timespec="seconds"), "by": getpass.getuser(), "list": str(customers.resolve()),
                 "contacts": str(contacts.resolve()), "matched": len(found), "written": str(target.resolve())})  # fmt: skip
    return target, len(found), len(wanted)


def _listed(path: Path) -> Rows:
    rows = [row for _, row in _raw_rows(path)]
    if not rows or "customer_id" not in rows[0]:
        raise DataError(f"{path.name}: has no column customer_id. Give a list of customers that a report wrote.")
    return rows


def _people(brand: Brand, contacts: Path, wanted: set[str]) -> dict[str, dict[str, str]]:
    """Pseudonym → the raw row of that person, for the pseudonyms wanted."""
    found: dict[str, dict[str, str]] = {}
    named = False
    for headers, row in _raw_rows(contacts):
        for place_ in headers:
            named = True
            identifier = _bare(row[place_])
            if identifier and (name := brand.pseudonym(identifier)) in wanted:
                found[name] = {header: cell for header, cell in row.items() if header}
    if not named:
        raise DataError(
            f"{contacts.name}: has no column that names customers; known are {', '.join(identifier_headers())}. "
            "Give the export that the orders came from, or rename its column to customer_id."
        )
    return found


def _bare(identifier: str) -> str:
    """An identifier as an import reads it."""
    for pattern in STRIP:
        identifier = re.sub(pattern, "", identifier)
    return identifier.strip()


def _raw_rows(path: Path) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Every row of the file as text, each with the headers under which it may name a customer."""
    known = {normal(header) for header in identifier_headers()}
    for part in read(path):
        naming = [header for header in part.headers if normal(header) in known]
        for batch in part.batches:
            columns = [column.to_pylist() for column in batch.cells]
            for cells in zip(*columns, strict=True):
                yield naming, {header: cell or "" for header, cell in zip(part.headers, cells, strict=True)}


def _log(brand: Brand, line: dict[str, Any]) -> None:
    brand.record.mkdir(exist_ok=True)
    with _matches(brand).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _matches(brand: Brand) -> Path:
    return brand.record / "matches.jsonl"


@dataclass(frozen=True)
class Forgotten:
    """What forgetting came to.

    is_known: whether the tables held the person. raw: rows of forgotten people in each raw file, which is the shop's
    own and not touched. cleared: files outside the tables that the person was taken out of.
    """

    is_known: bool
    raw: dict[str, int]
    cleared: list[Path]


def forget(brand: Brand, identifier: str, today: dt.date) -> Forgotten:
    """Remove a person, named as in the raw exports, from the tables, the record, lists and pages; leave a tombstone.

    The person's orders stay, as a guest's; other rows go, with all that was done under the same visitor. Later
    imports obey the tombstone. DataError, which says so, where the person is still in the tables afterwards.
    """
    name = brand.pseudonym(_bare(identifier))
    names = {name, *_visitors(brand, name)}
    is_known = _is_known(brand, name)
    with (brand.folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        replace_text(brand.tombstones, "".join(f"{each}\n" for each in sorted(brand.forgotten | names)), mode=0o600)
        cleared = [path for path in _files(brand) if _clear(path, names)]
    try:
        return Forgotten(is_known, import_brand(brand, today, force=True)["forgotten"], cleared)
    except NoDataError:
        if not brand.tables.exists():
            return Forgotten(is_known, {}, cleared)
        why = "their raw files are gone. Put them back"
    except DataError as error:
        why = f"{error} Mend that"
    raise DataError(
        f"{brand.name}: the tables still hold this person, and cannot be made anew: {why} and run shopkeeper import "
        f"{brand.name}, which obeys the tombstone now set; or delete {shown(brand.tables)}."
    )


def _visitors(brand: Brand, name: str) -> set[str]:
    """Pseudonyms of the visitors that were this customer."""
    found: set[str] = set()
    for table in ("touches", "events"):
        for path in (brand.tables / table).glob("*.parquet"):
            rows = pq.read_table(path, columns=["visitor_id"], filters=[("customer_id", "=", name)])
            found |= set(rows["visitor_id"].to_pylist())
    return found


def _is_known(brand: Brand, name: str) -> bool:
    columns = {"orders": "customer_id", "customers": "customer_id", "contacts": "customer_id", "attributes": "subject", "events": "customer_id", "touches": "customer_id"}  # fmt: skip
    paths = [(path, column) for table, column in columns.items() for path in (brand.tables / table).glob("*.parquet")]
    return any(pq.read_table(path, columns=[column], filters=[(column, "=", name)]).num_rows for path, column in paths)


def _files(brand: Brand) -> list[Path]:
    """Every file outside tables/ that may hold a pseudonym, or a person matched to it."""
    kinds = {".csv", ".xlsx", ".html", ".json", ".ipynb"}
    reports = place("reports") / brand.name
    made = [path for path in reports.rglob("*") if path.suffix in kinds and not path.name.startswith(_OPEN)]
    log = _matches(brand).read_text(encoding="utf-8").splitlines() if _matches(brand).exists() else []
    matched = [Path(json.loads(line)["written"]) for line in log]
    kept = [*brand.record.glob("*.jsonl"), *brand.record.glob("lists/*.txt")]
    return sorted({path for path in [*made, *kept, *matched] if path.is_file()})


def _clear(path: Path, names: set[str]) -> bool:
    """Take the person out of the file, if it is in it: a list loses its rows, other files only the name."""
    anybody = re.compile("|".join(map(re.escape, sorted(names))))
    cleared = _cleared_workbook(path, anybody) if path.suffix == ".xlsx" else _cleared_text(path, anybody)
    if cleared is not None:
        replace_bytes(path, cleared, stat.S_IMODE(path.stat().st_mode))
    return cleared is not None


def _cleared_text(path: Path, anybody: re.Pattern[str]) -> bytes | None:
    """The file without the person; None where it is not in it.

    Whatever the encoding: a spreadsheet may have saved the list anew.
    """
    text = path.read_bytes().decode("utf-8", errors="surrogateescape")
    if not anybody.search(text):
        return None
    if path.suffix == ".csv":
        headers, *rows = csv.reader(io.StringIO(text, newline=""))
        kept = list_text(headers, (row for row in rows if not anybody.search(",".join(row))))
    else:
        kept = anybody.sub("forgotten", text)
    return kept.encode("utf-8", errors="surrogateescape")


def _cleared_workbook(path: Path, anybody: re.Pattern[str]) -> bytes | None:
    """The workbook without the person's rows; None where no row is. All else in it stays as a reader may have made it.

    DataError for one that cannot be opened: nobody can tell who is in it.
    """
    try:
        if not _is_inside(path, anybody):
            return None
        book = openpyxl.load_workbook(path)
    except _NO_WORKBOOK as error:
        raise DataError(
            f"{shown(path)}: cannot be opened, and may hold this person. Delete it, or save it without password, and run "
            "shopkeeper forget again: until then the person is not gone."
        ) from error
    rows = [(sheet, row[0].row) for sheet in book.worksheets for row in sheet.iter_rows() if _is_in(row, anybody)]
    for sheet, number in reversed(rows):
        sheet.delete_rows(number)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue() if rows else None


def _is_inside(path: Path, anybody: re.Pattern[str]) -> bool:
    """Whether any part of the workbook names the person: much faster than reading its cells."""
    name = re.compile(anybody.pattern.encode())
    with zipfile.ZipFile(path) as parts:
        return any(name.search(parts.read(part)) for part in parts.namelist())


def _is_in(row: Iterable[Any], anybody: re.Pattern[str]) -> bool:
    return any(isinstance(cell.value, str) and anybody.search(cell.value) for cell in row)
