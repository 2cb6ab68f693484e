"""Tags ask what they say, are right on days nobody had seen, and are withheld where too little is known."""

import datetime as dt

import pandas as pd
import pytest
from by_hand import imported, lay_out, small_shop
from shopkeeper.customers import tag_report
from shopkeeper.customers.past import Past
from shopkeeper.customers.tags import TAGS, Tagged, askable, over_time, tag_customers, wide
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop

BY_NAME = {tag.name: tag for tag in TAGS}
DAY = dt.date(2024, 8, 31)


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """900 customers who come back at their own pace; six more weeks of them stay hidden."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        lay_out(tmp_path_factory.mktemp("bench"), monkeypatch)
        imported("shop", {"orders.csv": small_shop(customers=900)})
        yield Past(Shop("shop", str(DAY)))


def test_each_tag_asks_what_it_says():
    did = {
        "order_30": ({"order_days": [0, 2]}, [False, True]),
        "lapse_90": ({"order_days": [0, 2]}, [True, False]),
        "deal_90": ({"deal_days": [1, 2], "order_days": [2, 2]}, [False, True]),
        "new_90": ({"new_things": [0, 1]}, [False, True]),
        "return_90": ({"returned": [1, 0]}, [True, False]),
        "top_90": ({"net_revenue": [*range(10), 100.0]}, [False] * 9 + [True, True]),
        "cart_7": ({"order_days": [1, 0]}, [True, False]),
    }
    assert {name: BY_NAME[name].did(pd.DataFrame(after)).tolist() for name, (after, _) in did.items()} == {
        name: answer for name, (_, answer) in did.items()
    }
    assert BY_NAME["cart_7"].among(pd.DataFrame({"open_cart": [0, 2]})).tolist() == [False, True]
    assert set(tag_report.TAGS) == set(BY_NAME)


def test_only_what_the_tables_can_answer_is_asked(past):
    assert [tag.name for tag in askable(past.shop)] == ["order_30", "lapse_90", "top_90"]


@pytest.fixture(scope="module")
def ordering(past):
    return tag_customers(past, BY_NAME["order_30"], seed=1)


def test_probabilities_come_true_on_days_that_nobody_had_seen(past, ordering):
    later = Past(Shop("shop"))
    came = later.after(DAY, 30).order_days_after.reindex(ordering.now.index).fillna(0) > 0
    assert ordering.now.mean() == pytest.approx(came.mean(), abs=0.04)
    likely = ordering.now >= ordering.now.quantile(0.8)
    assert came[likely].mean() == pytest.approx(ordering.now[likely].mean(), abs=0.1)
    assert came[likely].mean() > 1.5 * came[~likely].mean()


def test_ranking_stands_beside_recency_and_bgnbd(ordering):
    assert {"auc", "auc_recency", "auc_bgnbd"} <= set(ordering.tested)
    assert ordering.tested["auc"] > 0.65


def test_a_customers_curve_ends_at_todays_probability(past, ordering):
    customer = past.known(DAY)["T"].idxmax()
    curve = over_time(past, ordering, customer)
    assert curve.day.iloc[0] == DAY
    assert curve.probability.iloc[0] == pytest.approx(ordering.now[customer])
    assert len(curve) == 12
    assert over_time(past, ordering, "nobody").empty


def test_too_little_is_withheld_and_said_so(past):
    early = Past(past.shop.seen_on(dt.date(2023, 8, 1)))
    nothing = tag_customers(early, BY_NAME["lapse_90"], seed=1)
    assert not nothing.is_trusted
    assert wide([nothing]).empty
    [verdict] = tag_report.tested_rows([nothing]).verdict
    assert Words("en", "CNY").text(verdict) == "too little is known to learn and test it"


def test_every_tag_that_was_tested_is_drawn_and_those_that_held_come_first():
    curve = pd.DataFrame({"predicted": [0.1], "observed": [0.1], "low": [0.0], "high": [0.2], "customers": [9]})
    many = [Tagged(tag, pd.Series(), {"is_trusted": float(n % 2)}, curve) for n, tag in enumerate(TAGS)]
    drawn = tag_report.curve_rows(many).tag.tolist()
    assert len(drawn) == len(TAGS)
    assert drawn[:3] == [TAGS[n].name for n in (1, 3, 5)]
