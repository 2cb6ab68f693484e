"""Brands of a run: which there are, and their imports, each failing alone."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from shopkeeper.brand import Brand, brand_names, check_name, load_brand
from shopkeeper.ingest import NoDataError, import_brand
from shopkeeper.places import place
from shopkeeper.run.plan import UsageError
from shopkeeper.run.progress import Reporter
from shopkeeper.tables import DataError


@dataclass(frozen=True)
class Imported:
    """How the import of a brand ended; manifest is empty unless it is ready."""

    brand: str
    manifest: dict[str, Any]
    waits: str = ""
    error: str = ""


def chosen_brands(chosen: Iterable[str]) -> list[str]:
    """The brands named, or all there are. UsageError for one that is not there; a faulty folder fails later, alone."""
    names = list(dict.fromkeys(chosen))
    for name in names:
        try:
            check_name(name)
        except DataError as error:
            raise UsageError(str(error)) from error
        if name not in brand_names():
            known = ", ".join(brand_names()) or "none yet"
            raise UsageError(
                f"brand: {name} has no data/{name}/brand.toml (known: {known}). Make one with: shopkeeper new {name}"
            )
    return names or brand_names()


def today(brand: Brand) -> dt.date:
    """The day that it is where the brand trades."""
    return dt.datetime.now(ZoneInfo(brand.timezone)).date()


def now(brand: Brand) -> dt.datetime:
    """The time that it is where the brand trades."""
    return dt.datetime.now(ZoneInfo(brand.timezone)).replace(tzinfo=None)


def import_one(name: str) -> Imported:
    """Import a brand if its raw files or settings changed; whatever goes wrong is told, and stops no other brand."""
    try:
        brand = load_brand(name)
        return Imported(name, import_brand(brand, today(brand)))
    except NoDataError as error:
        return Imported(name, {}, waits=str(error))
    except DataError as error:
        return Imported(name, {}, error=str(error))
    except Exception as error:  # one brand's failure never stops the others
        return Imported(name, {}, error=f"{type(error).__name__}: {error}")


def tell_import(reporter: Reporter, one: Imported) -> Imported:
    """Say how an import ended, and keep a failure where the index finds it until the next one is good; the import."""
    path = place("reports") / one.brand / "import.failed.json"
    if one.error:
        reporter.say(f"✗ {one.error}")
        path.parent.mkdir(parents=True, exist_ok=True)
        note = {"error": one.error, "at": dt.datetime.now().isoformat(timespec="seconds")}
        path.write_text(json.dumps(note, ensure_ascii=False), encoding="utf-8")
    elif one.waits:
        reporter.say(f"· {one.waits}")
    if not one.error:
        path.unlink(missing_ok=True)
    reporter.event(
        "import", brand=one.brand, status="failed" if one.error else "waits" if one.waits else "ready", error=one.error
    )
    return one
