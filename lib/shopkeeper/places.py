"""Where things stand on disk: the project's folders, or those that the environment names instead."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def place(name: str) -> Path:
    """The folder `data`, `reports` or `notebooks`; SHOPKEEPER_DATA and its kind move it."""
    return Path(os.environ.get(f"SHOPKEEPER_{name.upper()}") or PROJECT / name).resolve()


def shown(path: Path) -> str:
    """A path as a person here would type it: relative when it lies below the current folder."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
