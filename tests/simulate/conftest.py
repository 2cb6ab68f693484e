import hashlib
from pathlib import Path

import pytest
from shopkeeper.simulate import World, live, simulate

SMALL = {"customers": 300, "skus": 40}


@pytest.fixture(scope="session")
def aurora(tmp_path_factory):
    """A small world's folder, and its history."""
    folder = tmp_path_factory.mktemp("aurora")
    return folder, simulate(folder, World(**SMALL))


@pytest.fixture(scope="session")
def brand():
    """A world with about as many customers to a SKU as the full one has."""
    return live(World(customers=4000, skus=50))


def digests(folder: Path) -> dict[str, str]:
    """The hash of every raw file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((folder / "raw").iterdir())}


@pytest.fixture
def written(tmp_path):
    """Simulate the small world with other settings, and give the hash of every raw file."""

    def write(arrivals=None, **settings):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        simulate(folder, World(**(SMALL | {"paired_promotions": False} | settings)), arrivals)
        return digests(folder)

    return write


@pytest.fixture
def standard(aurora):
    """The hash of every raw file of the small world."""
    return digests(aurora[0])
