"""The base: weeks of promotions have a part of their own, so that no channel is given what a promotion brought."""

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text, imported, orders_csv
from media_by_hand import CARRIED, flights, own_reach
from shopkeeper.attribution import media_mix
from shopkeeper.attribution.base import base, coming, followed, promoted_weeks, tide
from shopkeeper.attribution.evidence import evidence
from shopkeeper.attribution.panel import EVERYWHERE, Panel
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


def test_a_signal_keeps_its_column_whatever_its_name(bench):
    orders = [(n, "ana", f"{day:%Y-%m-%d} 10:00:00", 5) for n, day in enumerate(pd.date_range(WEEKS[0], periods=421))]
    days = [str(day.date()) for day in WEEKS]
    rows = [(day, name, n % 7, day) for n, day in enumerate(days) for name in ("trend", "spend in common")]
    known = csv_text(["day", "name", "value", "known_on"], *rows)
    imported("acme", {"orders.csv": orders_csv(*orders), "regressors.csv": known})
    found = followed(base(Shop("acme"), WEEKS, len(WEEKS)), pd.DataFrame(np.ones((60, 3)), columns=list("abc")), [])
    assert found.columns.is_unique
    assert found["signal spend in common"].std() == pytest.approx(1)


def test_without_promotions_no_week_does(bench):
    assert base(shop(), coming(WEEKS, 4), len(WEEKS)).filter(like="week ").empty


def test_a_week_with_half_the_promotion_stands_for_less(bench):
    events = pd.DataFrame({"promotion runs": [0.0, 1.0, 0.25], "holiday": [1.0, 0.0, 0.0]}, index=WEEKS[:3])
    np.testing.assert_allclose(promoted_weeks(events).max().to_numpy(), [1.0, 0.5])


def test_the_tide_is_a_line_between_its_knots_and_stands_after_the_last():
    found = tide(coming(WEEKS, 4), len(WEEKS))
    assert list(found.columns[:2]) == ["tide 0", "tide 4"]
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found.iloc[3].loc[["tide 0", "tide 4"]].tolist() == [0.25, 0.75]
    assert found.iloc[-1]["tide 56"] == 1


def bare(weeks: pd.DatetimeIndex) -> pd.DataFrame:
    table = pd.DataFrame({"trend": np.linspace(-1, 1, len(weeks))}, index=weeks)
    table.attrs["sd"] = [0.3]
    return table


def test_what_all_spend_has_in_common_is_of_the_base_from_three_channels_on():
    spend = np.array([[1.0, 2, 3], [2, 4, 6], [0, 4, 6]])
    spend = pd.DataFrame(spend, columns=["a", "b", "c"])
    found = followed(bare(WEEKS[1:3]), spend, ["b", "z"])
    assert found["spend in common"].sum() == pytest.approx(0)
    assert found["spend in common"].diff().iloc[1] == pytest.approx(np.log(0.1 / 2) / 3)  # dark is a tenth of usual
    assert list(found.columns) == ["trend", "spend on b", "spend in common"]
    assert len(found.attrs["sd"]) == 3
    assert found["spend on b"].tolist() == [0, 0]
    assert followed(bare(WEEKS[1:3]), spend[["a", "b"]], []).columns.tolist() == ["trend"]


def demand_that_budgets_follow(draw: np.random.Generator, weeks: int = 104, channels: int = 4) -> Panel:
    """Channels of 8% of sales each, spent on the more the more demand there is that nobody planned."""
    demand = np.zeros(weeks + CARRIED)
    for week in range(1, len(demand)):
        demand[week] = 0.7 * demand[week - 1] + 0.07 * draw.normal()
    spend = flights(draw, len(demand), channels) * np.exp(4 * demand)[:, None]
    reached = np.column_stack([own_reach(spend[:, c] / spend[:, c].mean(), 0.4, 1.0) for c in range(channels)])
    brought = 0.08 * reached / reached.mean(axis=0)
    sold = 0.68 * np.exp(demand[CARRIED:]) + brought.sum(axis=1) + draw.normal(0, 0.04, weeks)
    sales = 300 * np.concatenate([np.ones(CARRIED), sold])[:, None]
    days = pd.date_range("2021-01-04", periods=len(demand), freq="7D")
    names = tuple(f"channel {c}" for c in range(channels))
    return Panel(days, (EVERYWHERE,), names, 15 * spend[:, None, :] / spend.mean(axis=0), sales, 0 * sales)


def test_demand_that_budgets_follow_is_not_taken_for_their_work():
    panel = demand_that_budgets_follow(np.random.default_rng(3))
    plain, known = bare(panel.learnt), tide(panel.learnt, len(panel.learnt)).assign(**bare(panel.learnt))
    known.attrs["sd"] = [0.1] * (known.shape[1] - 1) + [0.3]
    mixes = [
        media_mix.glance(evidence(panel, each), 1)
        for each in (plain, followed(known, pd.DataFrame(panel.spend[:, 0]), []))
    ]
    naive, told = (np.quantile(mix.known["roas"] @ mix.evidence.cost, [0.05, 0.95]) for mix in mixes)
    true = 0.32 * 300 * len(panel.learnt) / panel.sales[CARRIED:].sum()
    assert naive[0] > true
    assert told[0] < true < told[1]
