"""The base: weeks of promotions have a part of their own, so that no channel is given what a promotion brought."""

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text, imported, orders_csv
from shopkeeper.attribution.base import base, coming, promoted_weeks
from shopkeeper.shop import Shop

WEEKS = pd.date_range("2024-01-01", periods=60, freq="7D")


def shop(promotions: str = "") -> Shop:
    orders = [(n, "ana", f"{day:%Y-%m-%d} 10:00:00", 5) for n, day in enumerate(pd.date_range(WEEKS[0], periods=421))]
    imported("acme", {"orders.csv": orders_csv(*orders)} | ({"promotions.csv": promotions} if promotions else {}))
    return Shop("acme")


def promotions(*runs: tuple[str, str]) -> str:
    return csv_text(
        ["promotion", "starts_on", "ends_on", "kind", "known_on"],
        *[(f"sale {n}", *run, "discount", "2024-01-15") for n, run in enumerate(runs)],
    )


def test_each_week_of_a_promotion_stands_alone_and_those_to_come_too(bench):
    found = base(
        shop(promotions(("2024-02-05", "2024-02-13"), ("2025-02-25", "2025-02-28"))), coming(WEEKS, 4), len(WEEKS)
    )
    own = found.filter(like="week ")
    assert list(own.columns) == ["week 2024-02-05", "week 2024-02-12", "week 2025-02-24"]
    assert (own > 0).sum().tolist() == [1, 1, 1]
    assert own.loc["2024-02-05", "week 2024-02-05"] == 1  # the fullest week
    assert len(found.attrs["sd"]) == found.shape[1]
    assert found.iloc[: len(WEEKS)]["week 2025-02-24"].eq(0).all()


def test_the_brands_own_prices_stand_until_the_next_and_those_of_others_do_not_count(bench):
    orders = [(n, "ana", f"{day:%Y-%m-%d} 10:00:00", 5) for n, day in enumerate(pd.date_range(WEEKS[0], periods=421))]
    day, later = str(WEEKS[0].date()), str(WEEKS[30].date())
    prices = csv_text(
        ["day", "sku", "seller", "price", "known_on"],
        (day, "a", "acme", 10, day), (later, "a", "acme", 20, day), (day, "b", "acme", 7, day), (later, "b", "other", 1, day),
    )  # fmt: skip
    imported("acme", {"orders.csv": orders_csv(*orders), "prices.csv": prices})
    found = base(Shop("acme"), coming(WEEKS, 4), len(WEEKS))
    assert found.price.nunique() == 2
    assert found.price.iloc[30] - found.price.iloc[29] == pytest.approx(
        2 * (59 / 60) ** 0.5
    )  # deviations of halves that differ
    assert found.price.iloc[-1] == found.price.iloc[30]


def test_without_prices_that_change_there_is_no_column_of_them(bench):
    assert "price" not in base(shop(), coming(WEEKS, 4), len(WEEKS))


def test_without_promotions_no_week_does(bench):
    assert base(shop(), coming(WEEKS, 4), len(WEEKS)).filter(like="week ").empty


def test_a_week_with_half_the_promotion_stands_for_less(bench):
    events = pd.DataFrame({"promotion runs": [0.0, 1.0, 0.25], "holiday": [1.0, 0.0, 0.0]}, index=WEEKS[:3])
    np.testing.assert_allclose(promoted_weeks(events).max().to_numpy(), [1.0, 0.5])
