"""Tags ask what they say, are right on days nobody had seen, and are withheld where too little is known."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text, imported, lay_out, orders_csv, small_shop
from shopkeeper.customers import tag_report
from shopkeeper.customers.past import Past
from shopkeeper.customers.tags import TAGS, Tag, Tagged, askable, over_time, probability, tag_customers, wide
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


FIRST = dt.date(2023, 1, 1)
CUSTOMERS, DAYS = 500, 240
OFTEN, ON_DEAL = np.arange(CUSTOMERS) % 2 == 0, np.arange(CUSTOMERS) % 4 < 2


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """Customers who order on one day in 20 or in 200, half of them nine times of ten at a fifth off; on which days; numbers."""
    draw = np.random.default_rng(1)
    came = draw.random((CUSTOMERS, DAYS)) < np.where(OFTEN, 1 / 20, 1 / 200)[:, None]
    came[np.arange(CUSTOMERS), draw.integers(0, 60, CUSTOMERS)] = True
    orders, lines = [], []
    for n, day in np.argwhere(came):
        paid = 8 if ON_DEAL[n] and draw.random() < 0.9 else 10
        orders.append((f"o{len(orders)}", f"c{n}", f"{FIRST + dt.timedelta(days=int(day))} 12:00", paid))
        lines.append((orders[-1][0], 1, "tea", 1, 10, paid, paid))
    files = {
        "orders.csv": orders_csv(*orders),
        "order_lines.csv": csv_text(
            ["order_id", "line", "sku", "quantity", "list_price", "customer_paid", "net_revenue"], *lines
        ),
        "products.csv": csv_text(["sku", "product"], ("tea", "Tea")),
    }
    with pytest.MonkeyPatch.context() as monkeypatch:
        lay_out(tmp_path_factory.mktemp("truth"), monkeypatch)
        imported("truth", files)
        shop = Shop("truth", str(FIRST + dt.timedelta(days=DAYS - 1)))
        yield Past(shop), came, {shop.brand.pseudonym(f"c{n}"): n for n in range(CUSTOMERS)}


def test_each_customers_probability_is_near_the_chance_it_was_simulated_with(truth):
    past, _, number = truth
    ordering = replace(BY_NAME["order_30"], is_any_order=False)  # BG/NBD, tested above, takes long where nobody leaves
    told = tag_customers(past, ordering, seed=1)
    often = OFTEN[told.now.index.map(number)]
    assert told.now[often].mean() == pytest.approx(1 - (19 / 20) ** 30, abs=0.06)  # 0.79
    assert told.now[~often].mean() == pytest.approx(1 - (199 / 200) ** 30, abs=0.06)  # 0.14
    assert told.is_trusted
    assert probability([told], "order_30").equals(told.now)
    assert wide([told]).order_30.tolist() == told.now.sort_index().round(4).tolist()


def test_whether_at_a_discount_is_tested_on_those_who_ordered_and_said_of_all(truth):
    past, came, number = truth
    told = tag_customers(past, replace(BY_NAME["deal_90"], days=30), seed=1)
    assert told.tested["customers"] == (came[:, :-30].any(axis=1) & came[:, -30:].any(axis=1)).sum()
    assert len(told.now) == CUSTOMERS
    on_deal = ON_DEAL[told.now.index.map(number)]
    assert told.now[on_deal].mean() > 0.5
    assert told.now[~on_deal].mean() < 0.1


def test_the_toss_of_a_coin_is_withheld(truth):
    toss = np.random.default_rng(1).random
    coin = Tag("coin_30", 30, lambda past: pd.Series(toss(len(past)) < 0.4, past.index))
    told = tag_customers(truth[0], coin, seed=1)
    assert told.tested["auc"] == pytest.approx(0.5, abs=0.1)
    assert not told.is_trusted
    assert probability([told], "coin_30") is None
    assert wide([told]).empty
