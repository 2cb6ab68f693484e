"""Channels side by side: what is credited counts over the weeks that spend is known of, and no others."""

import datetime as dt
from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest
from by_hand import csv_text, imported
from shopkeeper.attribution.channels import channel_rows, reported
from shopkeeper.attribution.journeys import journey_touches
from shopkeeper.attribution.study import Study
from shopkeeper.attribution.walk import Walk
from shopkeeper.shop import Shop

FIRST, DAYS = dt.date(2023, 1, 1), 400
LEARNT = pd.date_range("2023-10-02", periods=10, freq="7D")


def at(day: int, hour: int) -> str:
    return f"{FIRST + dt.timedelta(days=day)} {hour}:00:00"


@pytest.fixture
def shop(bench):
    """Every day one customer clicks on the feed and orders for 60 an hour later."""
    orders = [(f"o{day}", f"c{day}", at(day, 11), 60) for day in range(DAYS)]
    touches = [(f"v{day}", f"c{day}", at(day, 10), "feed", "click", 5) for day in range(DAYS)]
    imported("acme", {
        "orders.csv": csv_text(["order_id", "customer_id", "ordered_at", "net_revenue"], *orders),
        "customers.csv": csv_text(["customer_id", "acquired_through"], *[(f"c{day}", "feed") for day in range(DAYS)]),
        "touches.csv": csv_text(["visitor_id", "customer_id", "touched_at", "channel", "kind", "cost"], *touches),
    })  # fmt: skip
    return Shop("acme", str(FIRST + dt.timedelta(days=DAYS - 1)))


@pytest.mark.parametrize("by_journeys", [False, True])
@pytest.mark.parametrize(("of_new", "sales"), [(80.0, 560.0), (0.0, 420.0)])
def test_credit_is_a_weeks_of_those_that_are_learnt_from(shop, by_journeys, of_new, sales):
    found = SimpleNamespace(
        of_new=of_new, panel=SimpleNamespace(learnt=LEARNT, weeks=LEARNT, parts={"feed": "feed + live"})
    )
    touches = shop.keep(journey_touches(shop.touches, shop.orders, shop.as_of))
    walked = cast("Walk", SimpleNamespace(touches=touches)) if by_journeys else None
    rows = reported(shop, cast("Study", found), walked)
    assert rows.loc["feed + live"].to_dict() == {"customers": pytest.approx(7), "sales": pytest.approx(sales)}


def test_a_channel_without_spend_has_no_sales_per_unit_of_it():
    found = SimpleNamespace(spent=pd.Series({"feed": 100.0, "dark": 0.0}), of_new=0.0)
    said = pd.DataFrame({"customers": 3.0, "sales": 200.0}, index=["feed", "dark"])
    rows = channel_rows(cast("Study", found), said, {}, None).set_index("channel")
    assert rows.attributed_roas["feed"] == 2
    assert pd.isna(rows.attributed_roas["dark"])
