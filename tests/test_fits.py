"""Fits: made once for the same inputs by the same code, equal to fresh ones, and gone when the code changes."""

import numpy as np
import pandas as pd
import pytest
from by_hand import write_brand
from shopkeeper import fits
from shopkeeper.brand import load_brand
from shopkeeper.clv.posterior import Posterior, sample

MADE: list[float] = []


@pytest.fixture
def brand(bench):
    write_brand("shop", {})
    MADE.clear()
    return load_brand("shop")


def mean_by_kind(rows: pd.DataFrame, factor: float) -> pd.Series:
    MADE.append(factor)
    return rows.groupby("kind").amount.mean() * factor


def rows(*amounts: float) -> pd.DataFrame:
    return pd.DataFrame({"kind": ["tea", "cup", "tea"], "amount": amounts})


def test_equal_inputs_are_fitted_once_and_others_anew(brand):
    first = fits.kept(brand, mean_by_kind, rows(1, 2, 3), 2.0)
    again = fits.kept(brand, mean_by_kind, rows(1, 2, 3), 2.0)
    assert MADE == [2.0]
    pd.testing.assert_series_equal(first, again)
    assert fits.kept(brand, mean_by_kind, rows(1, 2, 3), 3.0).tea == 6.0
    assert fits.kept(brand, mean_by_kind, rows(1, 2, 5), 3.0).tea == 9.0
    assert MADE == [2.0, 3.0, 3.0]


def test_other_code_fits_anew_and_old_fits_are_gone(brand, monkeypatch):
    fits.kept(brand, mean_by_kind, rows(1, 2, 3), 2.0)
    monkeypatch.setattr(fits, "of_code", lambda: {"library": "another", "lock": "one"})
    fits.kept(brand, mean_by_kind, rows(1, 2, 3), 2.0)
    assert MADE == [2.0, 2.0]
    assert len(list((brand.folder / "fits").iterdir())) == 1


def test_a_fit_that_cannot_be_read_is_made_anew(brand):
    fits.kept(brand, mean_by_kind, rows(1, 2, 3), 2.0)
    [stored] = (brand.folder / "fits").rglob("output.pkl")
    stored.write_bytes(b"torn")
    assert fits.kept(brand, mean_by_kind, rows(1, 2, 3), 2.0).tea == 4.0
    assert MADE == [2.0, 2.0]


def test_only_the_latest_are_kept(brand, monkeypatch):
    monkeypatch.setattr(fits, "_KEPT", 2)
    for factor in (1.0, 2.0, 3.0):
        fits.kept(brand, mean_by_kind, rows(1, 2, 3), factor)
    assert len(list((brand.folder / "fits").rglob("output.pkl"))) == 2


def test_a_posterior_comes_back_as_it_was(brand):
    buyers = pd.DataFrame({"frequency": [0.0, 2.0, 1.0], "recency": [0.0, 30.0, 9.0], "T": [60.0, 90.0, 80.0]})
    inputs = ("bgnbd", buyers.assign(cell=0), pd.DataFrame(index=[0]), 1)
    made, again = (fits.kept(brand, sample, *inputs) for _ in range(2))
    assert isinstance(again, Posterior)
    np.testing.assert_array_equal(made.first, again.first)
    pd.testing.assert_frame_equal(made.common, again.common)
    assert made.checks == again.checks
