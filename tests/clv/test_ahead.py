"""What groups will do, as claims that anyone can score."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from shopkeeper.clv import ahead_report
from shopkeeper.clv.ahead import ahead, claims
from shopkeeper.clv.level import Level
from shopkeeper.clv.value import Drawn
from shopkeeper.report.words import Words

TODAY = dt.date(2025, 1, 31)
STILL = {4: Level(0.0, 1e-9, 4.0), 13: Level(np.log(0.5), 1e-9, 4.0)}


@pytest.fixture
def drawn():
    """Of two groups, 4, 13, 26 and 52 weeks: search orders 100 ± 10 in the first four, and each order brings 20."""
    many = np.random.default_rng(1).normal(100, 10, 2_000)
    orders = np.stack([np.outer(many, [1.0, 3.0, 6.0, 12.0]), np.ones((2_000, 4))], axis=2)
    return Drawn(["search", "few"], orders, 20 * orders)


@pytest.fixture
def group():
    return pd.Series(["search"] * 60 + ["few"] * 3, index=[f"c{n:02d}" for n in range(63)])


LATELY = pd.DataFrame(
    {
        "orders_4": [90.0, 1.0],
        "net_revenue_4": [1800.0, 20.0],
        "orders_13": [300.0, 2.0],
        "net_revenue_13": [6000.0, 40.0],
    },
    index=["search", "few"],
)


def test_a_group_brings_what_is_drawn_at_the_level_of_the_season(drawn, group):
    rows = ahead(drawn, STILL, group, LATELY, per_day=1.1).rows.set_index(["weeks", "measure"])
    assert rows.index.tolist() == [(4, "orders"), (4, "net_revenue"), (13, "orders"), (13, "net_revenue")]
    assert rows.predicted.tolist() == pytest.approx([110, 2000, 165, 3000], rel=0.01)
    assert rows.low[4, "orders"] == pytest.approx(1.1 * (100 - 16.4), rel=0.02)
    assert rows.high[13, "net_revenue"] == pytest.approx(0.5 * 60 * (100 + 16.4), rel=0.02)
    assert rows.naive.tolist() == [90, 1800, 300, 6000]


def test_what_moves_everyone_widens_the_interval(drawn, group):
    wide = ahead(drawn, {4: Level(0.0, 0.2, 4.0)}, group, LATELY, per_day=1.0).rows.iloc[0]
    assert wide.predicted == pytest.approx(100, rel=0.01)
    assert np.log(wide.high / wide.low) > 2 * 0.2 * 2.1


def test_of_a_few_customers_and_of_weeks_unknown_nothing_is_claimed(drawn, group):
    found = ahead(drawn, {4: STILL[4]}, group, LATELY, per_day=1.0)
    made = claims(found, "channel", TODAY)
    assert [claim.subject for claim in made] == ["channel: search @2025-01-31"] * 2
    assert [claim.measure for claim in made] == ["list_orders", "list_net_revenue"]
    assert (made[0].starts_on, made[0].ends_on) == (dt.date(2025, 2, 1), dt.date(2025, 2, 28))
    assert len(made[0].members) == 60
    assert [len(claim.as_dict()["members"]) for claim in made] == [60, 60]


def test_expectations_are_said_beside_what_the_same_customers_did(drawn, group):
    rows = ahead_report.ahead_rows(ahead(drawn, STILL, group, LATELY, per_day=1.1), "channel")
    shown = ahead_report.shown_rows(rows)
    words = Words("en", "CNY")
    assert len(shown) == 1
    assert "most should come of search: CN¥2,996" in words.text(ahead_report.title(shown))
    assert words.text(ahead_report.title(shown)).endswith("after CN¥6,000 in the last 13")
    assert words.text(rows.predicted_said.iloc[0]) in {"109", "110"}
    assert "60 customers" in words.text(ahead_report.told(rows, STILL))
    assert "not foreseen" not in words.text(ahead_report.told(rows, STILL))
    assert "not foreseen" in words.text(ahead_report.told(rows, {13: Level(0.0, 0.1, 4.0), 52: Level(0.3, 0.1, 2.0)}))
    assert "too short" in words.text(ahead_report.title(shown.iloc[:0]))
