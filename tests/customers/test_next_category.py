"""Next categories: who bought in what and when, set right by category, and counted at 50% and 75% also when it is nobody."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text, imported, orders_csv
from scipy.special import logit
from shopkeeper.customers.next_category import (
    NextCategory,
    _test_days,
    _tested,
    category_shifts,
    likely,
    next_category,
    pairs_did,
    pairs_known,
)
from shopkeeper.customers.past import Past
from shopkeeper.customers.tag_report import category_curve_title, likely_rows
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop

PAIR = ["customer_id", "category"]


class Known:
    """Of a Past, what pairs read: two customers, two categories."""

    categories = ("tea", "cups")

    def known(self, day):
        return pd.DataFrame(
            {"order_days": [4.0, 1.0], "gap": [10.0, np.nan], "T": [40.0, 5.0], "days_since_last": [3.0, 5.0]},
            index=pd.Index(["ana", "bea"], name="customer_id"),
        )

    def bought(self, day):
        rows = [("ana", "tea", 5, 3, 3, 20), ("bea", "cups", 1, 1, 5, 0)]
        columns = [*PAIR, "bought", "bought_days", "bought_since", "bought_lived"]
        return pd.DataFrame(rows, columns=columns).set_index(PAIR)

    def bought_after(self, day):
        return pd.DataFrame([("ana", "tea", 7), ("bea", "tea", 8)], columns=[*PAIR, "first_after"]).set_index(PAIR)


def test_a_pair_did_it_when_the_customer_bought_in_the_category_within_the_days():
    did = pairs_did(Known(), None, 7)
    assert did.to_dict() == {
        ("ana", "tea"): True,
        ("ana", "cups"): False,
        ("bea", "tea"): False,
        ("bea", "cups"): False,
    }


def test_every_customer_stands_beside_every_category_with_what_was_bought_in_it():
    pairs = pairs_known(Known(), None)
    assert list(pairs.index) == [("ana", "tea"), ("ana", "cups"), ("bea", "tea"), ("bea", "cups")]
    assert pairs.bought.tolist() == pytest.approx(np.log1p([5, 0, 0, 1]))
    assert pairs.bought_share.tolist() == [0.75, 0, 0, 1]
    assert pairs.bought_overdue[("ana", "tea")] == pytest.approx(np.log1p(3) - np.log1p(10))  # 20 days over 2 gaps
    assert pairs.bought_overdue.isna().tolist() == [False, True, True, True]


def test_each_category_is_brought_to_its_own_level_and_a_small_one_hardly():
    index = pd.MultiIndex.from_tuples([("c", "tea")] * 10_000 + [("c", "cups")] * 10, names=PAIR)
    did = pd.Series([True] * 4_000 + [False] * 6_000 + [True] * 3 + [False] * 7, index)
    shifts = category_shifts(np.full(len(did), 0.2), did)
    assert shifts["tea"] == pytest.approx(logit(0.4) - logit(0.2), abs=0.01)
    assert 0 < shifts["cups"] < 0.5 * (logit(0.3) - logit(0.2))


def found(*rows):
    now = pd.DataFrame(rows, columns=["customer_id", "category", "days", "probability"])
    tested = pd.DataFrame({"category": ["tea", "cups"], "days": [7, 7], "is_trusted": [1.0, 0.0]})
    return NextCategory(now, tested, pd.DataFrame())


@pytest.mark.parametrize(
    ("days", "lag", "tested"), [(3, 28, [28, 21, 14, 7]), (7, 28, [28, 21, 14, 7]), (10, 28, [28, 14]), (30, 30, [30])]
)
def test_short_horizons_are_tested_week_by_week_on_days_that_are_over_and_do_not_overlap(days, lag, tested):
    today = dt.date(2024, 3, 31)
    assert [(today - day).days for day in _test_days(today, dt.timedelta(days=lag), days)] == tested


@pytest.mark.parametrize(("off", "is_trusted"), [(0, 1.0), (1, 1.0), (2, 0.0)])
def test_a_category_has_to_hold_in_three_weeks_of_four_not_only_on_average(off, is_trusted):
    """In the weeks that are off, a third more, and then a third fewer, do it than was said."""
    draw, weeks = np.random.default_rng(5), []
    for week in range(4):
        chance = draw.uniform(0.05, 0.6, 4000)
        did = draw.random(4000) < chance * ([4 / 3, 2 / 3][week % 2] if week < off else 1)
        weeks.append(pd.DataFrame({"probability": chance, "recency": 0.3, "base": 0.3, "did": did, "day": week}))
    assert _tested(pd.concat(weeks))["is_trusted"] == is_trusted


def test_customers_are_counted_once_by_their_likeliest_category_also_when_none_reaches_it():
    told = found(("ana", "tea", 7, 0.8), ("ana", "cups", 7, 0.6), ("bea", "tea", 7, 0.5), ("cai", "tea", 30, 0.1))
    rows = likely_rows(told).set_index("days")
    assert rows.loc[7, ["tested", "trusted", "half", "three_quarters", "sure"]].tolist() == [2, 1, 2, 1, 0.8]
    assert rows.loc[30, ["half", "three_quarters"]].tolist() == [0, 0]


def test_the_file_holds_the_likely_ones_the_likeliest_first():
    told = found(("bea", "tea", 7, 0.5), ("ana", "tea", 7, 0.8), ("cai", "tea", 7, 0.2))
    assert likely(told).customer_id.tolist() == ["ana", "bea"]


def test_without_categories_one_sentence_says_so():
    class Without:
        categories = ()

    nothing = next_category(Without(), seed=1)
    assert likely_rows(nothing).empty
    assert Words("en", "CNY").text(category_curve_title(nothing)).startswith("No next category can be told")
    assert likely(nothing).empty


def test_each_pair_has_nearly_the_chance_it_was_simulated_with_where_its_category_held(bench):
    """Each day customers buy in their own kind with a chance of 1/20, in the next with 1/100, in the third never.

    In a fourth that is too rare to test they all buy with 1/2000.
    """
    draw, own, days = np.random.default_rng(3), np.arange(300) % 3, 220
    away = np.column_stack([(np.arange(3) - own[:, None]) % 3, np.full(300, 3)])
    bought = draw.random((300, days, 4)) < np.array([1 / 20, 1 / 100, 0, 1 / 2000])[away][:, None, :]
    bought[np.arange(300), draw.integers(0, 60, 300), own] = True
    orders, lines = [], []
    for n, day in np.argwhere(bought.any(axis=2)):
        order, at = f"o{len(orders)}", f"{dt.date(2023, 1, 1) + dt.timedelta(days=int(day))} 12:00"
        lines += [(order, k + 1, f"kind {k}", 1, 10, 10) for k in np.flatnonzero(bought[n, day])]
        orders.append((order, f"c{n}", at, 10 * bought[n, day].sum()))
    imported("acme", {
        "orders.csv": orders_csv(*orders),
        "order_lines.csv": csv_text(["order_id", "line", "sku", "quantity", "list_price", "net_revenue"], *lines),
        "products.csv": csv_text(["sku", "product", "category"], *[(f"kind {k}", f"Kind {k}", f"kind {k}") for k in range(4)]),
    })  # fmt: skip
    shop = Shop("acme", str(dt.date(2023, 1, 1) + dt.timedelta(days=days - 1)))
    found = next_category(Past(shop), seed=1, horizons=(30,))
    held = found.tested.category[found.tested.is_trusted == 1.0]
    assert list(found.tested.category) == ["kind 0", "kind 1", "kind 2", "kind 3"]
    assert len(held) > 0
    assert "kind 3" not in set(held)
    wide = found.now.pivot(index="customer_id", columns="category", values="probability")
    assert list(wide.columns) == list(held)  # what did not hold is not told
    told = wide.loc[[shop.brand.pseudonym(f"c{n}") for n in range(300)]].to_numpy()
    chances = [1 - (19 / 20) ** 30, 1 - (99 / 100) ** 30, 0]  # 0.79, 0.26, 0
    asked = away[:, held.index]
    assert [told[asked == k].mean() for k in range(3)] == pytest.approx(chances, abs=0.07)
    assert found.curve.customers.sum() == 300 * len(held)
