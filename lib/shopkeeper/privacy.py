"""Privacy: the one way back from a list of customers to people, and the way out for a person who asks for it."""

import csv
import datetime as dt
import getpass
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shopkeeper.brand import Brand
from shopkeeper.ingest import NoDataError, import_brand
from shopkeeper.ingest.mapping import identifier_headers, normal
from shopkeeper.ingest.readers import read
from shopkeeper.lists import list_text, replace_text
from shopkeeper.places import place, shown
from shopkeeper.tables import DataError

Rows = list[dict[str, str]]


def match(brand: Brand, contacts: Path, customers: Path, now: dt.datetime) -> tuple[Path, int, int]:
    """Join a list of customers that a report wrote with the raw file that says who they are.

    contacts: any export that names customers as the brand's orders do; of several rows of one, the last counts.
    customers: a CSV with a column customer_id, of pseudonyms.
    Writes <customers>.matched.csv beside the list, readable by its owner only, and a line into record/matches.jsonl.
    Returns the file, how many customers were found, and how many the list holds. DataError when none is.
    """
    wanted = _listed(customers)
    people = _people(brand, contacts, {row["customer_id"] for row in wanted} - brand.forgotten)
    found = [row | people[row["customer_id"]] for row in wanted if row["customer_id"] in people]
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
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
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
            identifier = row[place_].strip()
            if identifier and (name := brand.pseudonym(identifier)) in wanted:
                found[name] = {header: cell for header, cell in row.items() if header}
    if not named:
        raise DataError(
            f"{contacts.name}: has no column that names customers; known are {', '.join(identifier_headers())}. "
            "Give the export that the orders came from, or rename its column to customer_id."
        )
    return found


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


def forget(brand: Brand, identifier: str, today: dt.date) -> tuple[dict[str, int], list[Path]]:
    """Remove a person, named as in the raw exports, from the tables, the record and every list; leave a tombstone.

    The person's orders stay, as a guest's; other rows go. Later imports obey the tombstone. The raw files are the
    shop's own and are not touched.
    Returns how many rows of forgotten people each raw file holds, and the lists that the person was taken out of.
    DataError where the tables cannot be made anew because their raw files are gone.
    """
    name = brand.pseudonym(identifier)
    replace_text(brand.tombstones, "".join(f"{each}\n" for each in sorted(brand.forgotten | {name})), mode=0o600)
    cleared = [path for path in _lists(brand) if _clear(path, name)]
    try:
        return import_brand(brand, today, force=True)["forgotten"], cleared
    except NoDataError as error:
        if brand.tables.exists():
            raise DataError(
                f"{brand.name}: the tables still hold this person and cannot be made anew: their raw files are gone. "
                f"The tombstone is set. Put the files back and import, or delete {shown(brand.tables)}."
            ) from error
        return {}, cleared


def _lists(brand: Brand) -> list[Path]:
    """Every file outside tables/ that may hold a pseudonym, or a person matched to it."""
    made = [*(place("reports") / brand.name).rglob("*.csv"), *brand.record.glob("*.jsonl")]
    log = _matches(brand).read_text(encoding="utf-8").splitlines() if _matches(brand).exists() else []
    matched = [Path(json.loads(line)["written"]) for line in log]
    return sorted({path for path in [*made, *matched] if path.is_file()})


def _clear(path: Path, name: str) -> bool:
    """Take the person out of the file, if it is in it: a list loses the row, the record keeps its line without the name."""
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    if name not in text:
        return False
    if path.suffix == ".jsonl":
        kept = text.replace(name, "forgotten")
    else:
        headers, *rows = csv.reader(text.splitlines(keepends=True))
        kept = list_text(headers, (row for row in rows if name not in row))
    replace_text(path, kept, stat.S_IMODE(path.stat().st_mode))
    return True
