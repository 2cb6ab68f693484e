import pytest
from by_hand import lay_out


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """An empty workbench."""
    return lay_out(tmp_path, monkeypatch)
