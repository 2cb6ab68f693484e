"""What is known of a customer on a day, by hand; and nothing of a later day in it."""

import datetime as dt

import pandas as pd
import pytest
from by_hand import csv_text, imported, orders_csv, small_shop
from shopkeeper.customers import next_category, tags
from shopkeeper.customers.behaviour import behaviour
from shopkeeper.customers.features import features, left_in_cart, outcomes
from shopkeeper.customers.past import Past
from shopkeeper.customers.segments import known_customers
from shopkeeper.customers.things import things_bought
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

PUBLIC = "public = true"
FILES = {
    "orders.csv": orders_csv(
        ("1", "ana", "2024-01-01 10:00", 20), ("2", "ana", "2024-01-11 21:00", 30), ("3", "bea", "2024-02-10 09:00", 10),
        ("4", "ana", "2024-03-02 10:00", 20),
    ),
    "order_lines.csv": csv_text(
        ["order_id", "line", "sku", "quantity", "list_price", "customer_paid", "net_revenue", "bundle"],
        ("1", 1, "tea", 2, 10, 20, 20, ""), ("2", 1, "tea", 2, 10, 14, 14, ""), ("2", 2, "cup", 1, 20, 16, 16, "set"),
        ("3", 1, "tea", 1, 10, 10, 10, ""), ("4", 1, "pot", 1, 20, 20, 20, ""),
    ),
    "products.csv": csv_text(
        ["sku", "product", "category", "launched_on"], ("tea", "Tea", "drinks", "2020-01-01"), ("cup", "Cup", "china", "2020-01-01"),
        ("set", "Set", "gifts", "2020-01-01"), ("pot", "Pot", "china", "2024-02-20"),
    ),
    "returns.csv": csv_text(["order_id", "line", "returned_at", "refund"], ("1", 1, "2024-01-20", 10)),
    "events.csv": csv_text(
        ["visitor_id", "customer_id", "at", "kind", "sku"], ("v1", "ana", "2024-02-08 10:00", "cart", "tea"),
        ("v1", "ana", "2024-02-08 10:01", "cart", "pot"), ("v2", "bea", "2024-02-09 10:00", "cart", "tea"),
    ),
}  # fmt: skip


@pytest.fixture
def acme(bench):
    imported("acme", FILES, PUBLIC)
    return lambda day: Shop("acme", day)


def bought(shop):
    return things_bought(shop.orders, shop.order_lines, shop.products)


def known(shop):
    return features(shop, bought(shop))


def of(shop, table, name, who="ana"):
    frame = shop.load(table).set_index("customer_id")
    return frame.loc[shop.brand.pseudonym(who), name]


def test_features_count_days_and_money_up_to_the_day(acme):
    shop = acme("2024-02-10")
    names = [
        "days_since_last",
        "T",
        "order_days",
        "order_days_30",
        "order_days_90",
        "spend",
        "spend_90",
        "gap",
        "returned",
    ]
    assert of(shop, known(shop), names).tolist() == [30, 40, 2, 0, 2, 50, 50, 10, 1]
    assert of(shop, known(shop), ["things", "categories", "deal_rate", "new_rate"]).tolist() == [3, 2, 0.5, 0]
    assert of(shop, known(shop), ["visits_7", "carts_7", "open_cart", "days_since_visit"]).tolist() == [1, 2, 2, 2]


def test_a_set_counts_once_in_its_own_category_and_has_no_usual_price(acme):
    shop = acme("2024-02-10")
    things = shop.load(bought(shop))
    [bundle] = things[things.thing == "set"].to_dict("records")
    assert bundle["category"] == "gifts"
    assert pd.isna(bundle["discount"])
    assert things[things.thing == "tea"].sort_values("day").discount.tolist() == pytest.approx([0, 0.3, 0])


def test_things_known_on_an_earlier_day_are_those_that_the_shop_of_that_day_tells(bench):
    """One table, cut, says what a table made that day would: prices, launches and cancelled orders too."""
    cancelled = FILES | {
        "orders.csv": csv_text(
            ["order_id", "customer_id", "ordered_at", "net_revenue", "cancelled_at"],
            ("1", "ana", "2024-01-01 10:00", 20, ""), ("2", "ana", "2024-01-11 21:00", 30, "2024-02-20 10:00"),
            ("3", "bea", "2024-02-10 09:00", 10, "2024-02-10 10:00"), ("4", "ana", "2024-03-02 10:00", 20, ""),
        ),
        "order_lines.csv": FILES["order_lines.csv"].replace("4,1,pot,1,20,20,20,", "4,1,tea,1,99,20,20,"),
    }  # fmt: skip
    imported("acme", cancelled, PUBLIC)
    past = Past(Shop("acme", "2024-03-02"))
    for day, orders in (("2024-02-09", ["1", "2"]), ("2024-02-10", ["1", "2"]), ("2024-02-20", ["1"])):
        own = Shop("acme", day)
        then = own.load(bought(own)).drop(columns="cancelled_at")
        assert then.equals(past.shop.load(past.things(own.as_of)).drop(columns="cancelled_at"))
        assert sorted(set(then.order_id)) == orders


def test_what_was_bought_in_each_category_is_counted_up_to_the_day_and_first_after_it(acme):
    past = Past(acme("2024-03-02"))
    ana, bea = (past.shop.brand.pseudonym(who) for who in ("ana", "bea"))
    assert past.bought(dt.date(2024, 2, 10)).to_dict("index") == {
        (ana, "drinks"): {"bought": 2, "bought_days": 2, "bought_since": 30, "bought_lived": 10},
        (ana, "gifts"): {"bought": 1, "bought_days": 1, "bought_since": 30, "bought_lived": 0},
        (bea, "drinks"): {"bought": 1, "bought_days": 1, "bought_since": 0, "bought_lived": 0},
    }
    after = past.bought_after(dt.date(2024, 1, 11))
    assert after.first_after.to_dict() == {(ana, "china"): 51, (bea, "drinks"): 30}


def test_a_cart_is_open_until_its_sku_is_bought(acme):
    shop = acme("2024-02-10")
    left = shop.load(left_in_cart(shop))
    assert left[["customer_id", "sku"]].to_numpy().tolist() == sorted(
        [[shop.brand.pseudonym("ana"), "pot"], [shop.brand.pseudonym("ana"), "tea"]]
    )


def test_outcomes_are_those_of_the_days_after(acme):
    shop = acme("2024-03-02")
    after = outcomes(shop, bought(shop), dt.date(2024, 1, 11), 60)
    names = ["order_days_after", "net_revenue_after", "deal_days_after", "new_things_after", "returned_after"]
    assert of(shop, after, names).tolist() == [1, 20, 0, 1, 1]


def test_behaviour_counts_each_choice_of_each_question(acme):
    shop = acme("2024-02-10")
    rows = shop.load(behaviour(shop, bought(shop)))
    ana = rows[rows.customer_id == shop.brand.pseudonym("ana")]
    told = {(row.question, row.choice): row.times for row in ana.itertuples()}
    assert told[("category", "drinks")] == 2
    assert told[("category", "gifts")] == 1
    assert told[("hour", "21")] == 1
    assert told[("returned", "yes")] == 1
    assert told[("basket", "2")] == 1
    assert told[("discount", "deep")] == 1


def test_a_till_is_told_from_a_person(bench):
    till = [(f"t{n}", "till", f"2024-01-{1 + n // 200:02d} 10:00", 5) for n in range(400)]
    imported("shop", {"orders.csv": orders_csv(*till, ("a", "ana", "2024-01-03", 10))}, PUBLIC)
    shop = Shop("shop", "2024-01-03")
    assert [bool(of(shop, known(shop), "is_till", who)) for who in ("till", "ana")] == [True, False]
    past = Past(shop)
    assert past.tills() == 1
    assert list(past.known(shop.as_of).index) == [shop.brand.pseudonym("ana")]


def test_a_shop_lends_no_later_day(acme):
    with pytest.raises(DataError, match="nothing later may be read"):
        acme("2024-02-10").seen_on(dt.date(2024, 2, 11))


def with_lines(text):
    """order_lines.csv and products.csv for an orders.csv: one line each, of three categories in turn."""
    ids = [line.split(",")[0] for line in text.splitlines()[1:]]
    lines = [(order, 1, f"s{int(order[1:]) % 3}", 1, 10, 10, 10) for order in ids]
    headers = ["order_id", "line", "sku", "quantity", "list_price", "customer_paid", "net_revenue"]
    return {"order_lines.csv": csv_text(headers, *lines)}


def test_garbage_in_every_later_row_changes_no_byte_of_the_scores(bench):
    """The same shop twice; in the second, all that comes after the day is nonsense."""
    day, text = "2024-07-01", small_shop(customers=900)
    head, *orders = text.splitlines()
    early = [line for line in orders if line.split(",")[2] <= f"{day} 23:59:59"]
    junk = [f"g{n},customer {n % 300},2024-{7 + n % 3:02d}-{2 + n % 26:02d} 03:00:00,{99999 + n}" for n in range(900)]
    products = csv_text(["sku", "product", "category"], *[(f"s{n}", f"Product {n}", f"kind {n}") for n in range(3)])
    tables = {}
    for name, later in (("true", [line for line in orders if line not in set(early)]), ("junk", [*junk, orders[-1]])):
        export = "\n".join([head, *early, *later]) + "\n"
        priced = "\n".join(",".join([*line.split(",")[:3], "10"]) for line in export.splitlines()[1:])
        imported(name, {"orders.csv": f"{head}\n{priced}\n", "products.csv": products} | with_lines(export), PUBLIC)
        past = Past(Shop(name, day))
        held = [tags.tag_customers(past, tag, seed=1).now for tag in tags.TAGS[:2]]
        evidence = known_customers(past, past.shop.as_of)
        tables[name] = [
            *(scores.to_csv() for scores in held),
            evidence.counts.to_csv() + evidence.amounts.to_csv(),
            next_category.next_category(past, seed=1).now.to_csv(),
        ]
    assert all(len(text) > 1000 for text in tables["true"])
    assert tables["true"] == tables["junk"]
