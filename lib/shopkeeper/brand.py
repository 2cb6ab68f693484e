"""A brand is a folder: data/<brand>/brand.toml and what stands beside it."""

import hashlib
import hmac
import os
import re
import secrets
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import list_currencies

from shopkeeper.places import place, shown
from shopkeeper.tables import DataError

_NAME = re.compile(r"[\w][\w.-]{0,63}")
_PUBLIC_KEY = b"shopkeeper: data that anyone may read"


@dataclass(frozen=True)
class Source:
    """One set of raw files read by one mapping: files in raw/, or inside an installed package."""

    mapping: str
    files: str
    package: str = ""


@dataclass(frozen=True)
class Brand:
    """What brand.toml says. gross_margin and discount_rate are assumptions, 0–1; discount_rate is per year.

    demand_capture: channels through which people come who wanted the brand already, such as brand search.
    segment_coupons: whether 05 works out coupons for some customers alone. price_protection_days: after a purchase, within which a lower
    price may be claimed; price_protection_claim_rate: share of what could be claimed that is, 0–1; 1 is the most that it can cost.
    """

    name: str
    folder: Path
    title: str
    currency: str
    timezone: str
    country: str
    gross_margin: float
    discount_rate: float = 0.1
    about: str = ""
    public: bool = False
    demand_capture: tuple[str, ...] = field(default=())
    segment_coupons: bool = False
    price_protection_days: int = 7
    price_protection_claim_rate: float = 1.0
    sources: tuple[Source, ...] = field(default=())

    @property
    def raw(self) -> Path:
        """Where the user drops exports."""
        return self.folder / "raw"

    @property
    def tables(self) -> Path:
        """Where the imported tables stand."""
        return self.folder / "tables"

    @property
    def record(self) -> Path:
        """Where decisions and claims are kept."""
        return self.folder / "record"

    @property
    def tombstones(self) -> Path:
        """The pseudonyms of those who asked to be forgotten, one a line."""
        return self.folder / ".forgotten"

    @property
    def forgotten(self) -> frozenset[str]:
        """Who asked to be forgotten, by pseudonym: no import lets them in again."""
        return frozenset(self.tombstones.read_text().split()) if self.tombstones.exists() else frozenset()

    def on_trial(self) -> "Brand":
        """The brand with a key that is never written, where it has none yet."""
        return self if (self.folder / ".key").exists() else replace(self, public=True)

    def pseudonym(self, identifier: str) -> str:
        """The keyed hash that stands for a customer: HMAC-SHA256, its first 24 hex digits.

        Blanks around an identifier and the case of a mail address make no other person.
        """
        bare = identifier.strip()
        return hmac.new(self._key, (bare.lower() if "@" in bare else bare).encode(), hashlib.sha256).hexdigest()[:24]

    @cached_property
    def _key(self) -> bytes:
        if self.public:
            return _PUBLIC_KEY
        path = self.folder / ".key"
        if not path.exists():
            temporary = path.with_name(f".key.{os.getpid()}")
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            with suppress(FileExistsError):
                os.link(temporary, path)  # whole or not at all, and never over another's
            temporary.unlink()
        key = path.read_text().strip()
        if len(key) < 64:
            raise DataError(
                f"{path} is damaged. Without it, hashes of customers cannot be made: restore it, or delete it and the tables."
            )
        return key.encode()


def brand_names() -> list[str]:
    """Every folder under data/ that has a brand.toml, in order of name."""
    return sorted(path.parent.name for path in place("data").glob("*/brand.toml"))


def check_name(name: str) -> str:
    """The name, if it can be a folder and a part of an address; DataError otherwise."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise DataError(
            f"brand: {name!r} cannot be a brand's name. A name is 1 to 64 letters, digits, '_', '-' or '.', "
            "and begins with a letter or digit: it becomes a folder under data/. Choose another, such as 'acme'."
        )
    return name


def load_brand(name: str) -> Brand:
    """Read data/<name>/brand.toml. DataError when it is missing, or holds what cannot be used."""
    folder = place("data") / check_name(name)
    path = folder / "brand.toml"
    if not path.exists():
        known = ", ".join(brand_names()) or "none yet"
        raise DataError(
            f"brand: {name} has no {shown(path)}. Every brand is a folder with a brand.toml (known: {known}). "
            f"Make one with: shopkeeper new {name}"
        )
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not valid TOML: {error}. Mend that line and run again.") from error
    return _brand(name, folder, settings)


def _brand(name: str, folder: Path, settings: dict[str, Any]) -> Brand:
    path = folder / "brand.toml"
    allowed = {item.name for item in fields(Brand)} - {"name", "folder"}
    if unknown := sorted(set(settings) - allowed):
        raise DataError(f"{path}: unknown setting {', '.join(unknown)}. Known: {', '.join(sorted(allowed))}.")
    needed = ["title", "currency", "timezone", "country", "gross_margin"]
    if missing := [key for key in needed if key not in settings]:
        raise DataError(f"{path}: {', '.join(missing)} is missing; `shopkeeper new` shows a complete file.")
    _check_values(path, settings)
    made = {
        "sources": _sources(path, settings.get("sources", [])),
        "demand_capture": tuple(settings.get("demand_capture", [])),
    }
    return Brand(name=name, folder=folder, **settings | made)


def _check_values(path: Path, settings: dict[str, Any]) -> None:
    texts = [
        key
        for key in ("title", "currency", "timezone", "country", "about")
        if not isinstance(settings.get(key, ""), str)
    ]
    if texts:
        raise DataError(f"{path}: {', '.join(texts)} is not a text; write it in quotes.")
    if settings["currency"] not in list_currencies():
        raise DataError(f"{path}: currency {settings['currency']!r} is no ISO 4217 code, such as CNY, USD or EUR.")
    if not re.fullmatch("[A-Z]{2}", settings["country"]):
        raise DataError(f"{path}: country {settings['country']!r} is no ISO 3166 code, such as CN, US or DE.")
    try:
        ZoneInfo(settings["timezone"])
    except (KeyError, ValueError, OSError, TypeError) as error:
        raise DataError(f"{path}: timezone {settings['timezone']!r} is none, such as Asia/Shanghai.") from error
    for rate in ("gross_margin", "discount_rate", "price_protection_claim_rate"):
        value = settings.get(rate, 0)
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            raise DataError(f"{path}: {rate} is {value!r}; it is a share from 0 to 1, such as 0.45.")
    capture = settings.get("demand_capture", [])
    if not isinstance(capture, list) or not all(isinstance(name, str) for name in capture):
        raise DataError(f'{path}: demand_capture is {capture!r}; it is a list of channels, such as ["brand search"].')
    _check_coupons(path, settings)


def _check_coupons(path: Path, settings: dict[str, Any]) -> None:
    switch, days = settings.get("segment_coupons", False), settings.get("price_protection_days", 0)
    if not isinstance(switch, bool):
        raise DataError(
            f"{path}: segment_coupons is {switch!r}; it is true or false, without quotes. True works out coupons for some customers alone."
        )
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= 365:
        raise DataError(
            f"{path}: price_protection_days is {days!r}; it is a whole number of days from 0 to 365, such as 7."
        )


def _sources(path: Path, rows: Any) -> tuple[Source, ...]:
    known = {item.name for item in fields(Source)}
    for row in rows if isinstance(rows, list) else [rows]:
        if not isinstance(rows, list) or not isinstance(row, dict) or not {"mapping", "files"} <= set(row) <= known:
            raise DataError(
                f"{path}: a source is a [[sources]] entry with mapping and files, and package where the files lie in one; "
                f"one here is {row!r}."
            )
        if Path(row["files"]).is_absolute() or ".." in Path(row["files"]).parts:
            raise DataError(
                f"{path}: files = {row['files']!r} leaves the folder; name files within raw/ or the package."
            )
    return tuple(Source(**row) for row in rows)


_TEMPLATE = """\
# What the reports call the brand.
title = "{title}"
# Money in every table and report: ISO 4217.
currency = "{currency}"
# Times in the exports that name no zone are read as this one.
timezone = "{timezone}"
# ISO 3166: holidays and the calendar.
country = "{country}"
# Share of net revenue left after the cost of goods. An assumption, printed wherever a decision uses it.
gross_margin = {gross_margin}
# What money costs in a year. An assumption too.
discount_rate = 0.1
# Channels through which people come who wanted the brand already: the media mix takes them for no cause of sales.
# demand_capture = ["brand search"]
# Prices are one for all. True has 05 work out coupons for some customers alone, by how they have bought; in China, the law (PIPL, articles
# 24 and 55) asks for an assessment beforehand, fair terms, and an easy way to refuse.
# segment_coupons = true
# Days after a purchase within which a lower price may be claimed, and the share of what could be claimed that is.
# price_protection_days = 7
# price_protection_claim_rate = 1.0

# Files in raw/ are recognised by their headers. To name them yourself:
# [[sources]]
# mapping = "generic:orders"
# files = "orders-*.csv"
"""


def new_brand(name: str, currency: str, timezone: str, country: str, gross_margin: float) -> Brand:
    """Make data/<name> with a commented brand.toml and an empty raw/. DataError if it exists or a value is none."""
    folder = place("data") / check_name(name)
    if (folder / "brand.toml").exists():
        raise DataError(f"brand: {name} exists already, in {folder}. Edit its brand.toml, or choose another name.")
    settings = {
        "title": name.replace("_", " ").title(),
        "currency": currency,
        "timezone": timezone,
        "country": country,
        "gross_margin": gross_margin,
    }
    brand = _brand(name, folder, settings)
    brand.raw.mkdir(parents=True, exist_ok=True)
    (folder / "brand.toml").write_text(_TEMPLATE.format(**settings), encoding="utf-8")
    return brand
