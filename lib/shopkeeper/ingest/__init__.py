"""Raw exports in, tables of the contract out, every row accounted for."""

import datetime as dt
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from shopkeeper.brand import Brand, Source
from shopkeeper.ingest.agree import agree
from shopkeeper.ingest.build import build
from shopkeeper.ingest.judge import judge
from shopkeeper.ingest.mapping import Mapping, load_mapping, normal, quoted
from shopkeeper.ingest.publish import recover, swap, write_tables
from shopkeeper.ingest.readers import read
from shopkeeper.ingest.reasons import FUTURE
from shopkeeper.ingest.recognise import StrangerError, recognise
from shopkeeper.ingest.stage import People, Watch, stage, unwatched
from shopkeeper.places import shown
from shopkeeper.tables import TABLES, DataError

MEMORY = "400MB"
# What systems and spreadsheets leave in folders.
_NOT_DATA = (".", "~$", "Thumbs.db", "desktop.ini")
_CODE = Path(__file__).parent

Work = list[tuple[Mapping, list[Path]]]
Files = list[tuple[Source | None, list[Path]]]
Headers = dict[Path, list[list[str]]]  # of each file, by sheet


class NoDataError(DataError):
    """A brand whose raw files are not there yet: it waits, which is no failure."""


def import_brand(brand: Brand, today: dt.date, force: bool = False, watch: Watch = unwatched) -> dict[str, Any]:
    """Import the brand's raw files into its tables, unless nothing changed since; the manifest.

    today: orders dated after it are rejected. watch: told each file and the share of it that is read.
    The manifest holds the account of rows, each table's rows and hash, the first, last and last complete day, which
    mapping read which file and which headers it did not read, and the raw files that no source reads.
    DataError, with the old tables untouched, for a file that cannot be used; NoDataError when there is none.
    """
    with _alone(brand):
        recover(brand)
        manifest = read_manifest(brand)
        if manifest and not force and not changed_inputs(brand, manifest, today):
            return manifest
        with tempfile.TemporaryDirectory(dir=brand.folder, prefix=".import-") as scratch:
            manifest = _import(brand, Path(scratch), today, watch)
            swap(Path(scratch) / "tables", brand, manifest)
        return manifest


def try_import(brand: Brand, today: dt.date, watch: Watch = unwatched) -> dict[str, Any]:
    """The manifest that an import would end with; nothing of the brand's is written. Errors as of import_brand."""
    with tempfile.TemporaryDirectory(prefix="shopkeeper-") as scratch:
        return _import(brand.on_trial(), Path(scratch), today, watch)


def changed_inputs(brand: Brand, manifest: dict[str, Any], today: dt.date) -> list[str]:
    """Names of what changed since the import that wrote the manifest: settings, code, raw files, or the day.

    The day matters only where rows were rejected for lying in the future.
    """
    now = _fingerprint(brand, raw_files(brand))
    before = manifest["inputs"]
    changed = [name for name in sorted({*now, *before}) if now.get(name) != before.get(name)]
    waited = any(row["rule"].endswith(FUTURE) for row in manifest["account"])
    return [*changed, *(["today"] if waited and manifest["on"] < str(today) else [])]


@contextmanager
def _alone(brand: Brand) -> Iterator[None]:
    """One import of a brand at a time; what a killed one left is removed."""
    with (brand.folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for path in brand.folder.glob(".import-*"):
            shutil.rmtree(path, ignore_errors=True)
        yield


def read_manifest(brand: Brand) -> dict[str, Any]:
    """What the last import said of the brand's tables; empty when there was none."""
    path = brand.tables / "manifest.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def raw_files(brand: Brand) -> Files:
    """The files of each source that has any; without named sources, every file of raw/.

    NoDataError when there is no file at all.
    """
    here = sorted(brand.raw.glob("*"), key=_in_order) if brand.raw.exists() else []
    dropped = [path for path in here if path.is_file() and not path.name.startswith(_NOT_DATA)]
    named: Files = [(source, _matching(brand, source)) for source in brand.sources]
    present = [(source, files) for source, files in named or [(None, dropped)] if files]
    if not present:
        wanted = ", ".join(source.files for source in brand.sources) or "the brand's exports"
        raise NoDataError(f"{brand.name}: no raw files yet. Put {wanted} into {shown(brand.raw)} and run again.")
    return present


def _matching(brand: Brand, source: Source) -> list[Path]:
    if not source.package:
        return sorted((path for path in brand.raw.glob(source.files) if path.is_file()), key=_in_order)
    found = importlib.util.find_spec(source.package)
    if found is None or not found.submodule_search_locations:
        raise DataError(f"{brand.folder / 'brand.toml'}: package {source.package} is not installed. Run: make setup")
    return sorted(Path(found.submodule_search_locations[0]).glob(source.files), key=_in_order)


def _in_order(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Names as people count: `export (10)` comes after `export (9)`."""
    parts = re.findall(r"\d+|\D+", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], path.name


def _plan(brand: Brand, files: Files, headers: Headers) -> Work:
    """Which mapping reads which files; unnamed files are recognised by their headers, which are noted in passing.

    Sources that feed orders come first, since lines and returns are checked against them.
    Strangers are passed over, if another file can be read. DataError naming every file that lacks something.
    """
    work: dict[str, tuple[Mapping, list[Path]]] = {}
    faulty: list[DataError] = []
    strangers: list[DataError] = []
    for source, paths in files:
        for path in paths:
            mapping = load_mapping(source.mapping) if source else None
            try:
                headers[path] = [part.headers for part in read(path, mapping)]
                mapping = mapping or recognise(path.name, headers[path][0])
            except StrangerError as error:
                strangers.append(error)
                continue
            except DataError as error:
                faulty.append(error)
                continue
            work.setdefault(f"{source}" if source else mapping.name, (mapping, []))[1].append(path)
    if faulty or (strangers and not work):
        raise DataError("\n".join(str(error) for error in [*faulty, *strangers]))
    widened = [
        (mapping.widened([header for path in paths for part in headers[path] for header in part]), paths)
        for mapping, paths in work.values()
    ]
    # Named sources stand in the order of brand.toml: of two, the later is the newer.
    return sorted(widened, key=lambda item: (*_turn(item[0]), "" if brand.sources else item[0].name))


def _turn(mapping: Mapping) -> tuple[int, bool]:
    """Orders before what belongs to them, and what only completes a table after what makes it."""
    first = min(list(TABLES).index(table) for table in mapping.tables)
    return first, any(target.completes for target in mapping.tables.values())


def _import(brand: Brand, scratch: Path, today: dt.date, watch: Watch) -> dict[str, Any]:
    files = raw_files(brand)
    headers: Headers = {}
    work = _plan(brand, files, headers)
    mappings = [mapping for mapping, _ in work]
    people = People(brand.pseudonym, brand.forgotten)
    with duckdb.connect(str(scratch / "import.duckdb")) as con:
        con.execute(f"SET memory_limit = '{MEMORY}'; SET threads = {os.environ.get('OMP_NUM_THREADS') or 2}")
        con.execute(f"SET temp_directory = {quoted(str(scratch))}")
        con.execute("PRAGMA disable_checkpoint_on_shutdown")  # nobody opens it again
        for number, (mapping, paths) in enumerate(work):
            stage(con, paths, mapping, people, watch)
            judge(con, mapping, brand, today)
            build(con, mapping, number)
            con.execute(f"ALTER TABLE staged RENAME TO staged_{number}")
            con.execute(f"""
                CREATE TABLE judged_{number} AS SELECT _id, _file, _row, _outcome, _reason, _amount FROM judged;
                DROP TABLE judged
            """)
        agree(con, mappings)
        manifest = write_tables(con, scratch / "tables", mappings) | {"forgotten": _forgotten(con, len(work))}
    unread = {path.name: _unplaced(headers[path], mapping) for mapping, paths in work for path in paths}
    return manifest | {
        "inputs": _fingerprint(brand, files),
        "unread": _unread(brand, work),
        "unread_columns": {name: columns for name, columns in unread.items() if columns},
        "on": str(today),
    }


def _forgotten(con: duckdb.DuckDBPyConnection, sources: int) -> dict[str, int]:
    """Raw file → its rows of people who asked to be forgotten."""
    each = " UNION ALL ".join(f"SELECT _file FROM staged_{number} WHERE _forgotten" for number in range(sources))
    return dict(con.execute(f"SELECT _file, count(*) FROM ({each}) GROUP BY 1 ORDER BY 1").fetchall())


def _unplaced(parts: list[list[str]], mapping: Mapping) -> list[str]:
    """Headers of a file that its mapping does not read."""
    known = {normal(header) for column in mapping.columns.values() for header in column.headers}
    headers = [header.strip() for part in parts for header in part]
    return list(dict.fromkeys(header for header in headers if header and normal(header) not in known))


def _fingerprint(brand: Brand, files: Files) -> dict[str, str]:
    """Hashes of all that the tables follow from: settings, code, and every raw file."""
    code = sorted([*_CODE.rglob("*.py"), *_CODE.rglob("*.toml"), _CODE.parent / "tables.py", _CODE.parent / "brand.py"])
    inputs = {"brand.toml": _hash([brand.folder / "brand.toml"]), "import code": _hash(code)}
    if brand.forgotten:
        inputs["those who asked to be forgotten"] = _hash([brand.tombstones])
    return inputs | {f"raw file {path.name}": _hash([path]) for _, paths in files for path in paths}


def _hash(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _unread(brand: Brand, work: Work) -> list[str]:
    read_names = {path for _, paths in work for path in paths}
    here = brand.raw.glob("*") if brand.raw.exists() else []
    return sorted(path.name for path in here if path not in read_names and not path.name.startswith(_NOT_DATA))
