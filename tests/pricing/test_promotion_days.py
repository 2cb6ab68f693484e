"""What stands in the days that promotions are measured on, from a shop made by hand."""

import datetime as dt

import numpy as np
import pytest
from by_hand import csv_text
from goods_by_hand import FIRST, day, shop_of
from shopkeeper.pricing.promotion_days import promotion_days
from shopkeeper.tables import DataError

DAYS = 140
PROMOTIONS = (
    ("p", 30, 33, "discount"),
    ("q", 33, 36, "coupon"),
    ("r", 60, 64, "gift"),
    ("d", 0, 139, "display"),
    ("later", 150, 160, "discount"),
)


def files(*promotions):
    rows = [(name, day(first), day(last), kind, day(max(first - 20, 0))) for name, first, last, kind in promotions]
    return {
        "promotions.csv": csv_text(["promotion", "starts_on", "ends_on", "kind", "known_on"], *rows),
        "promotion_skus.csv": csv_text(
            ["promotion", "sku", "depth"], ("p", "s1", 0.2), ("q", "s0", 0.1), ("p", "gone", 0.2)
        ),
    }


def units(days=DAYS):
    made = np.zeros((3, days), int)
    made[0], made[1, ::2] = 1, 3
    made[2, 100] = 2
    return made


@pytest.fixture
def told(bench):
    return promotion_days(shop_of("shop", units(), files(*PROMOTIONS)))


def test_promotions_whose_days_meet_are_one_and_those_ahead_and_displays_are_none(told):
    assert told.events.to_dict("records") == [
        {"promotion": "p + q", "kind": "discount", "first": 30, "last": 36},
        {"promotion": "r", "kind": "gift", "first": 60, "last": 64},
    ]
    assert told.is_promoted.sum() == 12


def test_a_promotion_is_of_the_skus_that_it_names_or_of_all(told):
    assert told.skus["sku"].tolist() == ["s0", "s1", "s2"]
    assert told.is_in.tolist() == [[True, True, False], [True, True, True]]


def test_days_hold_what_sold_and_who_came_first(told):
    totals = told.totals
    assert totals.units.sum() == units().sum()
    assert totals.orders.iloc[[0, 1, 100]].tolist() == [2, 1, 3]
    assert totals.net_revenue.iloc[[0, 1]].tolist() == [40.0, 10.0]
    assert (told.units == units()).all()
    # c0 to c96, one after the other; an order of s1 is of the customer of the day after.
    assert totals.first_orders.sum() == 97
    assert (totals.met == 1).all()


def test_orders_of_one_sku_alone_are_told_apart(bench):
    lines = ["order_id", "line", "sku", "quantity", "list_price", "customer_paid", "net_revenue"]
    made = units()
    sold = [
        (f"{s}-{d}-0", 1, f"s{s}", int(made[s, d]), 12.0, 10.0, 10.0 * made[s, d])
        for s, d in zip(*np.nonzero(made), strict=True)
    ]
    both = [(order, 2, "s1", 1, 12.0, 0.0, 0.0) for order, _, sku, *_ in sold if sku == "s0"]
    twice = [(order, 2, "s1", 1, 12.0, 0.0, 0.0) for order, _, sku, *_ in sold if sku == "s1"]
    shop = shop_of("shop", made, files(PROMOTIONS[0]) | {"order_lines.csv": csv_text(lines, *sold, *both, *twice)})
    # 140 orders hold s0 and s1, 70 hold s1 in two lines, one holds s2.
    assert promotion_days(shop).single_rate == pytest.approx(71 / 211)


def test_later_orders_stand_by_the_day_on_which_their_customer_came(told):
    came, later = {}, {}
    for number in range(DAYS):
        for sku in np.flatnonzero(units()[:, number]):
            who = (sku + number) % 97
            came.setdefault(who, number)
            if number > came[who]:
                key = (came[who], number)
                later[key] = later.get(key, 0) + units()[sku, number]
    later[(0, DAYS - 1)] = later.get((0, DAYS - 1), 0)  # an order without units, which ends the data
    found = told.later.set_index(["came", "day"]).units
    assert {place: int(much) for place, much in found.items()} == later
    # Of two who came on the first day one ordered twice later, and the other three times.
    assert told.squares.set_index("came").orders[0] == 2**2 + 3**2


def test_promotions_on_every_day_leave_nothing_to_compare_with(bench):
    shop = shop_of("shop", units(), files(("p", 0, 139, "discount")))
    with pytest.raises(DataError, match=r"promotions: 140 of 140 days lie inside one \(p\).*at least 84"):
        promotion_days(shop)


def test_no_promotion_begun_is_said(bench):
    with pytest.raises(DataError, match="promotions: none of them has begun by then"):
        promotion_days(shop_of("shop", units(), files(("p", 150, 160, "discount"))))


def test_shelves_tell_how_much_of_what_was_wanted_was_there(bench):
    stock = [(day(n), "s0", "w", 0 if 100 <= n < 103 else 9) for n in range(DAYS)]
    table = csv_text(["day", "sku", "warehouse", "on_hand"], *stock)
    made = units()
    made[0, 100:103] = 0
    told = promotion_days(shop_of("shop", made, files(*PROMOTIONS) | {"stock.csv": table}))
    assert (told.totals.met.iloc[100:103] < 1).all()
    assert (told.totals.met.iloc[:100] == 1).all()
    assert told.days[0].date() == FIRST + dt.timedelta(0)
