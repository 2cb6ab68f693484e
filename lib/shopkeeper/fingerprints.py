"""Fingerprints of texts, files and this project's own code: where they are equal, what is made is equal."""

import hashlib
from functools import cache
from pathlib import Path

from shopkeeper.places import PROJECT

_LIBRARY = Path(__file__).resolve().parent


def of_text(text: str) -> str:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def of_code() -> dict[str, str]:
    """The SHA-256 of the library, of the template with its words, and of the locked packages."""
    report = _LIBRARY / "report"
    template = [path for folder in ("template", "locale") for path in (report / folder).rglob("*") if path.is_file()]
    return {
        "library": _of_files([*_LIBRARY.rglob("*.py"), *_LIBRARY.rglob("*.toml")]),
        "template": _of_files(template),
        "lock": _of_files([PROJECT / "requirements.lock"]),
    }


def _of_files(paths: list[Path]) -> str:
    return of_text(
        "".join(f"{path}{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in sorted(paths) if path.exists())
    )
