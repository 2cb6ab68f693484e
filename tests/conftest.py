import shutil
from pathlib import Path

import pytest
from by_hand import TODAY, lay_out
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand, read_manifest
from shopkeeper.places import PROJECT


def pytest_collection_modifyitems(items):
    """The longest test first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.path.name != "test_readme.py")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """An empty workbench."""
    return lay_out(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def imported_once(tmp_path_factory):
    """The folder of a shipped brand, imported once for all tests that ask."""
    folder = tmp_path_factory.mktemp("shipped")

    def make(name: str) -> Path:
        if not (folder / name).exists():
            (folder / name).mkdir()
            shutil.copy(PROJECT / "data" / name / "brand.toml", folder / name)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("SHOPKEEPER_DATA", str(folder))
                import_brand(load_brand(name), TODAY)
        return folder / name

    return make


@pytest.fixture
def shipped(bench, imported_once):
    """Put a shipped brand, imported, on the workbench; its manifest."""

    def make(name: str) -> dict:
        shutil.copytree(imported_once(name), bench / "data" / name)
        return read_manifest(load_brand(name))

    return make
