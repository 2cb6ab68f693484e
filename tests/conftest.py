import pytest


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """An empty workbench: data/ and reports/ of its own, the project's notebooks."""
    for name in ("data", "reports"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"SHOPKEEPER_{name.upper()}", str(tmp_path / name))
    return tmp_path
