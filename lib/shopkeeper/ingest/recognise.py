"""Recognising: which mapping reads a file, told by its headers alone."""

import functools
from pathlib import Path

from shopkeeper.ingest.mapping import Mapping, load_mapping, normal, shipped
from shopkeeper.tables import TABLES, DataError


class StrangerError(DataError):
    """A file that is no export of any format known here: it is named, and passed over."""


def recognise(file: str, headers: list[str]) -> Mapping:
    """The mapping whose needed columns all stand among the headers; of several, the one that uses most of them.

    DataError naming the nearest mapping and what it lacks when none fits, or when one that uses more of the headers
    lacks something: orders without their revenue are no list of customers. StrangerError where hardly a header is known.
    """
    seen = set(map(normal, headers))
    candidates = [mapping for mapping in _candidates() if not seen & set(map(normal, mapping.without))]
    nearest = max(candidates, key=lambda m: (len(m.place(headers)), -len(m.missing(headers)), m.name))
    fitting = [mapping for mapping in candidates if not mapping.missing(headers)]
    stem = normal(Path(file).stem)
    best = max(
        fitting, key=lambda m: (stem.startswith(normal(m.grain)), len(m.place(headers)), m.name), default=nearest
    )
    if best.missing(headers) or (not best.has_family and len(best.place(headers)) < len(nearest.place(headers))):
        is_stranger = len(nearest.place(headers)) < 2
        raise (StrangerError if is_stranger else DataError)(
            f"{file}: no mapping fits its headers ({known_headers(headers)}). The nearest, {nearest.name}, also needs "
            f"{'; '.join(nearest.missing(headers))}. Export the file with those columns, or rename its headers as "
            "data/README.md lists them."
        )
    return best


@functools.cache
def _candidates() -> list[Mapping]:
    generic = [f"generic:{table}" for table in TABLES if table != "attributes"]
    return [load_mapping(name) for name in [*shipped(), *generic]]


def identifier_headers() -> list[str]:
    """Every header under which an export names customers."""
    columns = [column for mapping in _candidates() for name, column in mapping.columns.items() if name != "visitor_id"]
    return sorted({header for column in columns if column.hash for header in column.headers})


def known_headers(headers: list[str]) -> str:
    """The headers that some mapping knows, for an error. Others are only counted: they may be a row of a person's data."""
    known = {
        normal(header) for mapping in _candidates() for column in mapping.columns.values() for header in column.headers
    }
    named = [header for header in headers if normal(header) in known]
    others = f"{len(headers) - len(named)} unknown" if len(named) < len(headers) else ""
    return ", ".join([*named, *([others] if others else [])])
