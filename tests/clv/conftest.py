import pickle
from pathlib import Path

import pytest
from by_hand import imported, lay_out
from shopkeeper.clv.study import Study, known_customers, study
from shopkeeper.shop import Shop
from two_channels import shop_files


@pytest.fixture(scope="session")
def two_channels(made_once):
    """The shop of two channels and its study with the real sampler, made once for all workers; its folder."""

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            lay_out(folder, patch)
            imported("shop", shop_files())
            shop = Shop("shop")
            (folder / "study").write_bytes(pickle.dumps(study(shop, known_customers(shop), seed=1)))

    return made_once("two_channels", make)


@pytest.fixture
def studied(two_channels, monkeypatch) -> tuple[Shop, Study]:
    """The shop of two channels and its study."""
    monkeypatch.setenv("SHOPKEEPER_DATA", str(two_channels / "data"))
    return Shop("shop"), pickle.loads((two_channels / "study").read_bytes())
