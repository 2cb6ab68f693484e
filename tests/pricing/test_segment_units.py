"""Who is in which segment, and what segments bought: by what was known the day before."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text, imported, lay_out
from prices_by_hand import panel_of
from shopkeeper.customers.lifecycle import Limits
from shopkeeper.pricing.optimise import Demand
from shopkeeper.pricing.segment_coupons import segment_coupons
from shopkeeper.pricing.segment_response import segment_response
from shopkeeper.pricing.segment_units import OTHERS, WINDOW, segment_units, segments_on, usual_limits, windows
from shopkeeper.shop import Shop

LIMITS = Limits(active=90, lost=180, repeats=0, active_share=0.0, lost_share=0.0)
FIRST = dt.date(2024, 1, 1)
ORDERS, LINES = (
    ["order_id", "customer_id", "ordered_at", "net_revenue"],
    ["order_id", "line", "sku", "quantity", "customer_paid", "net_revenue"],
)


def test_a_customer_is_what_it_was_on_that_day_and_who_refuses_is_in_no_segment(bench):
    orders = [
        ("1", "new", "2024-12-20", 10), ("2", "once", "2024-11-01", 10), ("3", "lost", "2024-03-01", 10), ("4", "dormant", "2024-08-15", 10),
        ("5", "few", "2024-09-01", 10), ("6", "few", "2024-12-01", 10), ("7", "no", "2024-12-01", 10), ("8", "later", "2025-01-05", 10), ("9", "once", "2025-01-05", 10),
        *((f"m{n}", "many", f"2024-{n:02d}-09", 10) for n in range(6, 13)),
    ]  # fmt: skip
    customers = [("no", "false"), ("few", "true"), ("once", "")]
    imported(
        "acme",
        {"orders.csv": csv_text(ORDERS, *orders), "customers.csv": csv_text(["customer_id", "consent"], *customers)},
    )
    shop = Shop("acme")
    found = segments_on(shop, dt.date(2024, 12, 31), LIMITS).set_index("customer_id").segment
    named = {
        name: found.get(shop.brand.pseudonym(name))
        for name in ("new", "once", "lost", "dormant", "few", "many", "no", "later")
    }
    assert named == {
        "new": "new",
        "once": "once",
        "lost": "lost",
        "dormant": "dormant",
        "few": "seldom",
        "many": "often",
        "no": None,
        "later": None,
    }


@pytest.fixture(scope="module")
def alike(tmp_path_factory):
    """Everybody answers to prices alike: 300 customers who come at their own pace, and each time pick one of 12 SKUs, whose prices fall by a fifth in some weeks."""
    with pytest.MonkeyPatch.context() as patch:
        lay_out(tmp_path_factory.mktemp("alike"), patch)
        draw, weeks, skus = np.random.default_rng(5), 60, 12
        price = np.where(draw.random((skus, weeks)) < 0.35, 8.0, 10.0)
        rate = draw.gamma(1.5, 0.5, 300)
        who, week = np.nonzero(draw.poisson(rate[:, None] * np.ones(weeks)))
        chance = (price / 10) ** -2.5
        sku = np.array([draw.choice(skus, p=chance[:, w] / chance[:, w].sum()) for w in week])
        days = [FIRST + dt.timedelta(days=int(7 * w + draw.integers(7))) for w in week]
        paid = price[sku, week]
        orders = [
            (str(n), f"c{c}", f"{day} 12:00", p) for n, (c, day, p) in enumerate(zip(who, days, paid, strict=True))
        ]
        orders.append(("last", "c0", f"{FIRST + dt.timedelta(days=7 * weeks - 1)} 23:59:00", 0.0))
        lines = [(str(n), 1, f"s{s}", 1, p, p) for n, (s, p) in enumerate(zip(sku, paid, strict=True))]
        products = [(f"s{n}", f"s{n}", f"k{n % 2}") for n in range(skus)]
        imported("alike", {
            "orders.csv": csv_text(ORDERS, *orders), "order_lines.csv": csv_text(LINES, *lines),
            "products.csv": csv_text(["sku", "product", "category"], *products),
        })  # fmt: skip
        sold = np.zeros((skus, weeks))
        np.add.at(sold, (sku, week), 1)
        rows = pd.DataFrame({"customer": who, "sku": [f"s{s}" for s in sku], "period": week, "is_cheap": paid < 10})
        yield Shop("alike"), panel_of(sold, price), rows


@pytest.fixture(scope="module")
def units(alike):
    shop, panel, _ = alike
    return segment_units(shop, panel, usual_limits(shop))


def test_windows_are_whole_and_begin_once_customers_can_be_told_from_newcomers(alike, units):
    shop = alike[0]
    limits = usual_limits(shop)
    first = windows(shop, limits)[0]
    assert first - dt.timedelta(days=WINDOW) < FIRST + dt.timedelta(days=limits.active) <= first
    lines = shop.order_lines.join(shop.orders.select("order_id", day=shop.orders.ordered_at.date()), "order_id")
    assert units.units.sum() == len(shop.load(lines.filter(lines.day >= first).select("order_id")))
    assert {"often", "seldom"} <= set(units.segment) <= {"new", "once", "seldom", "often", "dormant", "lost", OTHERS}


def test_who_is_called_a_bargain_hunter_after_the_fact_is_one_by_construction(alike, units):
    """Nobody differs. By what they then bought, half of the customers look far more sensitive; by who they were before, none does."""
    _, panel, rows = alike
    cheap = rows.groupby("customer").is_cheap.transform("mean")
    after = rows.assign(segment=np.where(cheap > cheap.median(), "hunters", OTHERS), units=1.0)
    trapped = segment_response(after.groupby(["segment", "sku", "period"], as_index=False).units.sum(), panel, 1)
    assert np.quantile(trapped.of("hunters"), 0.95) < -0.3
    found = segment_response(units, panel, 1)
    for name in found.segments:
        low, high = np.quantile(found.of(name), [0.05, 0.95])
        assert low < 0 < high


def test_by_what_they_bought_before_even_bargain_hunters_do_not_differ(alike):
    _, panel, rows = alike
    early = rows[rows.period < 30].groupby("customer").is_cheap.mean()
    late = rows[(rows.period >= 30) & rows.customer.isin(early.index)]
    before = late.assign(segment=np.where(late.customer.map(early) > early.median(), "hunters", OTHERS), units=1.0)
    found = segment_response(before.groupby(["segment", "sku", "period"], as_index=False).units.sum(), panel, 1)
    low, high = np.quantile(found.of("hunters"), [0.05, 0.95])
    assert low < 0 < high


def test_where_nobody_differs_no_coupon_is_proposed_though_a_lower_price_for_all_would_pay(alike):
    """At -6 and a margin of 6 in 10, everything is too dear: that is no reason for a coupon for some."""
    shop, panel, _ = alike
    offers = panel.skus.assign(market=1 + np.arange(12) % 2, price=10.0, kept=1.0, cost=4.0, stock=np.inf)
    demand = Demand(np.full((200, 12), 20.0), np.full((200, 12), -6.0), np.ones((200, 12)))
    found = segment_coupons(shop, panel, (offers, demand), 1)
    assert {"often", "seldom"} <= set(found.rows.segment)
    assert (found.rows.probability > 0.9).all()
    assert not found.rows.is_proposed.any()
    assert found.gains.shape == (100, len(found.rows))
    assert (found.total == 0).all()
    assert set(found.rows.depth) <= {0.05, 0.1, 0.15, 0.2}
