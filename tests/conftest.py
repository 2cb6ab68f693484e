import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from by_hand import BRANDS, EVIL, TODAY, command, lay_out, write_brand
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand, read_manifest
from shopkeeper.places import PROJECT


def pytest_collection_modifyitems(items):
    """The longest tests first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.path.name not in {"test_readme.py", "test_aurora.py"})


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """An empty workbench."""
    return lay_out(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """Make a folder once for all workers of the run: who asks first makes it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def once(name: str, make: Callable[[Path], None]) -> Path:
        folder, is_made = root / name, root / f"{name} is made"
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                is_made.touch()
        return folder

    return once


@pytest.fixture(scope="session")
def small_reports(made_once):
    """Every notebook on every small brand, in both languages: the folder of the reports."""

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            lay_out(folder, patch)
            for name, files in BRANDS.items():
                write_brand(name, files)
            toml = folder / "data" / "good" / "brand.toml"
            toml.write_text(toml.read_text().replace('title = "good"', f"title = '{EVIL}'"))
            codes = [command(patch, "run", "--language", language) for language in ("en", "zh")]
        assert codes == [0, 0], (folder / "reports" / "events.jsonl").read_text()

    return made_once("small_reports", make) / "reports"


@pytest.fixture(scope="session")
def imported_once(made_once):
    """The folder of a shipped brand, imported once for all tests that ask."""

    def make(folder: Path) -> None:
        shutil.copy(PROJECT / "data" / folder.name / "brand.toml", folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SHOPKEEPER_DATA", str(folder.parent))
            import_brand(load_brand(folder.name), TODAY)

    return lambda name: made_once(name, make)


@pytest.fixture
def shipped(bench, imported_once):
    """Put a shipped brand, imported, on the workbench; its manifest."""

    def make(name: str) -> dict:
        shutil.copytree(imported_once(name), bench / "data" / name)
        return read_manifest(load_brand(name))

    return make
