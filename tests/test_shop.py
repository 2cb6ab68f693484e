import duckdb
import pytest
from by_hand import csv_text, imported, orders_csv
from shopkeeper.shop import Shop
from shopkeeper.tables import TABLES, DataError

ORDERS = csv_text(
    ["order_id", "customer_id", "ordered_at", "net_revenue", "paid_at", "cancelled_at"],
    ("1", "ana", "2024-01-01 23:59:59", 10, "2024-01-02", ""),
    ("2", "ana", "2024-01-02 00:00:00", 20, "2024-01-03", "2024-01-04 09:00"),
    ("3", "bo", "2024-01-05 10:00:00", 30, "", ""),
)
FILES = {
    "orders.csv": ORDERS,
    "order_lines.csv": csv_text(["order_id", "line", "sku", "net_revenue"], ("1", 1, "tea", 10), ("2", 1, "tea", 20), ("3", 1, "cup", 30)),
    "returns.csv": csv_text(["order_id", "line", "returned_at", "refund"], ("1", 1, "2024-01-03", 10)),
    "promotions.csv": csv_text(["promotion", "starts_on", "ends_on", "kind", "known_on"], ("spring", "2024-02-01", "2024-02-09", "coupon", "2024-01-02")),
    "promotion_skus.csv": csv_text(["promotion", "sku", "region", "depth"], ("spring", "tea", "", 0.2)),
    "media.csv": csv_text(["period_start", "period_days", "channel", "spend"], ("2023-12-27", 7, "search", 100), ("2024-01-03", 7, "search", 100)),
    "products.csv": csv_text(["sku", "product"], ("tea", "Tea")),
}  # fmt: skip


@pytest.fixture
def acme(bench):
    return imported("acme", FILES)


def ids(shop, table, column="order_id"):
    return sorted(getattr(shop, table)[column].to_pyarrow().to_pylist())


@pytest.mark.parametrize(
    ("as_of", "orders", "returns", "promotions", "weeks"),
    [
        ("2024-01-01", ["1"], [], [], 0),
        ("2024-01-02", ["1", "2"], [], ["spring"], 1),
        ("2024-01-03", ["1", "2"], ["1"], ["spring"], 1),
        ("2024-01-04", ["1"], ["1"], ["spring"], 1),
        ("2024-01-05", ["1", "3"], ["1"], ["spring"], 1),
    ],
)
def test_a_day_sees_only_what_was_known_at_its_end(acme, as_of, orders, returns, promotions, weeks):
    shop = Shop("acme", as_of)
    assert ids(shop, "orders") == ids(shop, "order_lines") == orders
    assert ids(shop, "returns") == returns
    assert ids(shop, "promotions", "promotion") == ids(shop, "promotion_skus", "promotion") == promotions
    assert len(ids(shop, "media", "channel")) == weeks
    assert ids(shop, "products", "sku") == ["tea"]


def test_a_payment_and_a_cancellation_still_to_come_are_not_seen(acme):
    [first] = Shop("acme", "2024-01-01").orders.to_pyarrow().to_pylist()
    assert first["paid_at"] is None
    second = Shop("acme", "2024-01-03").orders.order_by("order_id").to_pyarrow().to_pylist()[1]
    assert str(second["paid_at"]) == "2024-01-03 00:00:00"
    assert second["cancelled_at"] is None


@pytest.mark.parametrize("table", TABLES)
def test_every_table_can_be_read_with_its_columns_whether_or_not_the_brand_has_it(acme, table):
    shop = Shop("acme")
    assert shop.load(shop.table(table)).columns.tolist() == [column.name for column in TABLES[table].columns]


@pytest.mark.parametrize(
    ("closings", "complete"),
    [
        (["20:00", "20:30", "20:10", "12:00"], "2024-01-03"),
        (["20:00", "20:30", "20:10", "20:05"], "2024-01-04"),
        (["00:00", "00:00", "00:00", "00:00"], "2024-01-04"),
    ],
)
def test_the_default_day_is_the_last_complete_one(bench, closings, complete):
    imported(
        "acme",
        {"orders.csv": orders_csv(*[(n, "ana", f"2024-01-{n:02d} {at}", 1) for n, at in enumerate(closings, 1)])},
    )
    assert str(Shop("acme").as_of) == complete


@pytest.mark.parametrize(
    ("as_of", "fault"),
    [("2023-12-31", "lies outside the data of acme, which runs from 2024-01-01 to 2024-01-05"), ("soon", "is no day")],
)
def test_a_day_that_cannot_be_seen_is_refused(acme, as_of, fault):
    with pytest.raises(DataError, match=fault):
        Shop("acme", as_of)


def test_a_brand_not_imported_says_how(bench):
    from by_hand import write_brand

    write_brand("acme", {})
    with pytest.raises(DataError, match="Run: shopkeeper import acme"):
        Shop("acme")


def test_a_table_of_another_name_is_no_table(acme):
    with pytest.raises(AttributeError, match="no table 'clients'"):
        Shop("acme").clients  # noqa: B018


def test_loading_sorts_by_the_columns_from_left_to_right(acme):
    shop = Shop("acme")
    loaded = shop.load(shop.order_lines.select("sku", "order_id"))
    assert loaded.values.tolist() == [["cup", "3"], ["tea", "1"]]


PLANNED = csv_text(
    ["period_start", "period_days", "channel", "spend", "impressions", "clicks", "known_on"],
    ("2023-12-27", 7, "search", 100, 900, 9, ""),
    ("2024-01-03", 7, "search", 110, 800, 8, "2024-01-01"),
    ("2024-01-03", 7, "feed", 50, 700, 7, ""),
    ("2024-01-10", 7, "search", 120, "", "", "2024-01-03"),
)


def seen_media(as_of):
    media = Shop("acme", as_of).media
    names = ["period_start", "channel", "spend", "impressions", "clicks"]
    return [
        (row["period_start"].day, row["channel"], row["spend"], row["impressions"], row["clicks"])
        for row in media[names].order_by(names).to_pyarrow().to_pylist()
    ]


def test_planned_spend_is_seen_from_the_day_of_the_plan_and_what_it_showed_when_it_is_over(bench):
    orders = orders_csv(*[(day, "ana", f"2024-01-{day:02d} 20:00", 1) for day in range(1, 13)])
    imported("acme", {"orders.csv": orders, "media.csv": PLANNED})
    assert seen_media("2024-01-01") == [(3, "search", 110, None, None)]
    assert seen_media("2024-01-02") == [(27, "search", 100, 900, 9), (3, "search", 110, None, None)]
    assert (10, "search", 120, None, None) in seen_media("2024-01-03")
    assert (3, "feed", 50, 700, 7) not in seen_media("2024-01-08")
    assert seen_media("2024-01-09")[1:] == [
        (3, "feed", 50, 700, 7), (3, "search", 110, 800, 8), (10, "search", 120, None, None),
    ]  # fmt: skip


def test_displays_and_mailers_which_run_every_week_are_no_sales_events(bench):
    rows = [
        ("618", "2024-01-02", "discount"),
        ("mailer 1", "2024-01-01", "mailer"),
        ("shelf 1", "2024-01-01", "display"),
    ]
    promotions = csv_text(
        ["promotion", "starts_on", "ends_on", "kind", "known_on"],
        *[(name, start, "2024-01-07", kind, "2023-12-01") for name, start, kind in rows],
    )
    imported("acme", {"orders.csv": orders_csv((1, "ana", "2024-01-05 20:00", 1)), "promotions.csv": promotions})
    shop = Shop("acme")
    assert shop.load(shop.promotions).promotion.tolist() == ["618", "mailer 1", "shelf 1"]
    assert shop.load(shop.sales_events).promotion.tolist() == ["618"]


def test_what_is_kept_for_a_while_is_gone_after_it_and_what_was_kept_before_is_not(bench):
    imported("acme", {"orders.csv": ORDERS})
    shop = Shop("acme")
    before = shop.keep(shop.orders.select("order_id"))
    with shop.scratch():
        meanwhile = shop.keep(shop.orders.select("net_revenue"))
        assert len(shop.load(meanwhile)) == len(shop.load(before)) > 0
    assert len(shop.load(before)) > 0
    with pytest.raises(duckdb.CatalogException):
        shop.load(meanwhile)
