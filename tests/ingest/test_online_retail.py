"""The spreadsheet with two sheets, by hand; and the real file against an independent sum in SQL."""

import datetime as dt
import io
import shutil

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest
from by_hand import SHARED, TODAY, write_brand
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand
from shopkeeper.ingest import reasons as r
from shopkeeper.places import PROJECT
from shopkeeper.shop import Shop

HEADERS = ("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country")
REAL = SHARED / "online_retail_ii.parquet"


def day(n: int) -> dt.datetime:
    return dt.datetime(2010, 12, n, 10, 30)


def sheet(book, title, *lines):
    made = book.create_sheet(title)
    for line in (HEADERS, *lines):
        made.append(line)


OLD = [
    ("500001", 85048, "glass ball", 12, day(1), 2.0, 17850, "United Kingdom"),
    (
        "500001",
        85048,
        "glass ball",
        12,
        day(1),
        2.0,
        17850,
        "United Kingdom",
    ),  # a line given twice in one sheet is two lines
    ("500002", "POST", "postage", 1, day(1), 18.0, 17850, "France"),
    ("500003", "22423", "cake stand", 2, day(2), 10.0, None, "United Kingdom"),
    ("500004", "22423", "found", 5, day(2), 0.0, None, "United Kingdom"),
]
OVERLAP = [("500005", "22423", "cake stand", 3, day(5), 10.0, 17850, "United Kingdom")]
NEW = [
    ("C500006", "22423", "cake stand", -2, day(8), 10.0, 17850, "United Kingdom"),
    ("C500007", "99999", "never sold", -2, day(8), 10.0, 17850, "United Kingdom"),
    (
        "C500010",
        "22423",
        "cake stand",
        -1,
        day(8),
        10.0,
        None,
        "United Kingdom",
    ),  # a guest's: whose order it was is not known
    ("A500008", "B", "Adjust bad debt", 1, day(8), -100.0, None, "United Kingdom"),
    ("500009", "22423", "=HYPERLINK(1)", 1, day(9), 10.0, 12346, "EIRE"),
]


@pytest.fixture
def workbook(bench):
    book = openpyxl.Workbook()
    book.remove(book.active)
    sheet(book, "Year 2009-2010", *OLD, *OVERLAP)
    sheet(book, "Year 2010-2011", *OVERLAP, *NEW)
    content = io.BytesIO()
    book.save(content)
    write_brand("acme", {"online_retail_II.xlsx": content.getvalue()}, zone="Europe/London")
    return import_brand(load_brand("acme"), TODAY)


def test_every_line_of_the_spreadsheet_is_accounted_for(workbook):
    outcomes = {
        row["rule"]: (row["rows"], row["amount"]) for row in workbook["account"] if row["outcome"] == "excluded"
    }
    assert {rule.split(":")[0]: counted for rule, counted in outcomes.items()} == {
        r.COPY: (1, 30.0),
        r.UNMATCHED: (2, -30.0),
        "bad debt written off": (1, -100.0),
        "not a product": (1, 18.0),
        "stock correction": (1, 0.0),
    }
    assert sum(row["rows"] for row in workbook["account"]) == 12


def test_equal_lines_of_one_sheet_are_two_and_the_overlap_of_two_sheets_is_one(workbook):
    shop = Shop("acme", "2010-12-09")
    orders = {row["order_id"]: row["net_revenue"] for row in shop.orders.to_pyarrow().to_pylist()}
    assert orders == {"500001": 48.0, "500003": 20.0, "500005": 30.0, "500009": 10.0}


def test_a_cancellation_is_a_return_of_the_order_it_cancels(workbook):
    [returned] = Shop("acme", "2010-12-09").returns.to_pyarrow().to_pylist()
    assert (returned["order_id"], returned["line"], returned["quantity"], returned["refund"]) == ("500005", 1, 2, 20.0)
    assert Shop("acme", "2010-12-07").returns.count().to_pyarrow().as_py() == 0


def test_a_line_without_its_invoice_is_rejected_and_not_counted_as_kept(bench):
    book = openpyxl.Workbook()
    sheet(book, "Year 2009-2010", *OLD, (None, "22423", "cake stand", 1, day(2), 10.0, 17850, "United Kingdom"))
    book.remove(book["Sheet"])
    content = io.BytesIO()
    book.save(content)
    write_brand("acme", {"online_retail_II.xlsx": content.getvalue()}, zone="Europe/London")
    manifest = import_brand(load_brand("acme"), TODAY)
    assert [(row["rule"], row["rows"]) for row in manifest["account"] if row["outcome"] == "rejected"] == [
        (r.NO_TABLE, 1)
    ]


def test_guests_stay_guests(workbook):
    guests = Shop("acme", "2010-12-09").orders.filter(lambda t: t.customer_id.isnull())
    assert [row["order_id"] for row in guests.to_pyarrow().to_pylist()] == ["500003"]


@pytest.mark.skipif(not REAL.exists(), reason="the shared copy of Online Retail II is not on this machine")
def test_the_real_file_sums_to_the_cent(bench):
    folder = bench / "data" / "online_retail"
    folder.mkdir()
    shutil.copy(PROJECT / "data" / "online_retail" / "brand.toml", folder)
    (folder / "raw").mkdir()
    shutil.copy(REAL, folder / "raw")
    manifest = import_brand(load_brand("online_retail"), TODAY)
    shop = Shop("online_retail", manifest["last_day"])
    with duckdb.connect() as con:
        expected = con.execute(INDEPENDENT, [str(REAL)]).fetchall()[0]
    assert totals(shop) == (*expected[:3], expected[3])
    by_outcome = {
        outcome: sum(row["rows"] for row in manifest["account"] if row["outcome"] == outcome)
        for outcome in ("kept", "excluded", "rejected")
    }
    assert by_outcome["rejected"] == 0
    assert sum(by_outcome.values()) == pq.read_metadata(REAL).num_rows == 1_067_370
    with duckdb.connect() as con:
        excluded = {name: (rows, amount) for name, rows, amount in con.execute(EXCLUDED, [str(REAL)]).fetchall()}
    account = {row["rule"]: (row["rows"], row["amount"]) for row in manifest["account"] if row["outcome"] == "excluded"}
    for name, (rows, amount) in excluded.items():
        [found] = [counted for rule, counted in account.items() if name in rule]
        assert found == (rows, pytest.approx(amount, abs=0.01)), name
    returned = shop.returns.join(shop.orders.select("order_id", "customer_id"), "order_id")
    assert returned.filter(returned.customer_id.isnull()).count().to_pyarrow().as_py() == 0
    unmatched = account[r.UNMATCHED]
    refunds = returned.refund.sum().to_pyarrow().as_py()
    assert refunds - unmatched[1] == pytest.approx(expected[4], abs=0.01)
    copies = [row["rows"] for row in manifest["account"] if row["rule"] == r.COPY]
    assert copies == [22_523]


def totals(shop):
    orders, lines = shop.orders, shop.order_lines
    counted = orders.agg(
        revenue=orders.net_revenue.sum(), orders=orders.count(), customers=orders.customer_id.nunique()
    )
    [row] = counted.to_pyarrow().to_pylist()
    return (round(row["revenue"], 2), row["orders"], row["customers"], lines.count().to_pyarrow().as_py())


# Written against the file's own description, without the mapping's rules or words: sales are lines of positive
# quantity on plain invoices that either have a price or a customer; the second sheet counts from where the first ends.
INDEPENDENT = """
    WITH lines AS (
        SELECT *, "Customer ID" AS customer, upper(StockCode) AS code FROM read_parquet($1)
        WHERE sheet = 'Year 2009-2010' OR InvoiceDate > TIMESTAMP '2010-12-09 20:01:00'),
    sales AS (
        SELECT * FROM lines
        WHERE Invoice[1] NOT IN ('C', 'A') AND Quantity > 0 AND (Price > 0 OR customer IS NOT NULL)
          AND code NOT IN ('POST', 'DOT', 'C2', 'C3', 'M', 'D', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'ADJUST', 'ADJUST2', 'TEST001', 'TEST002')
          AND code NOT LIKE 'GIFT%')
    SELECT round(sum(Quantity * Price), 2), count(DISTINCT Invoice), count(DISTINCT customer), count(*),
        (SELECT -sum(Quantity * Price) FROM lines WHERE Invoice[1] = 'C' AND code NOT IN ('POST', 'DOT', 'C2', 'C3', 'M', 'D', 'S', 'B',
            'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'ADJUST', 'ADJUST2', 'TEST001', 'TEST002') AND code NOT LIKE 'GIFT%')
    FROM sales
"""
EXCLUDED = """
    WITH lines AS (
        SELECT *, "Customer ID" AS customer, upper(StockCode) AS code FROM read_parquet($1)
        WHERE sheet = 'Year 2009-2010' OR InvoiceDate > TIMESTAMP '2010-12-09 20:01:00')
    SELECT CASE
        WHEN Invoice[1] = 'A' THEN 'bad debt'
        WHEN code IN ('POST', 'DOT', 'C2', 'C3', 'M', 'D', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'ADJUST', 'ADJUST2', 'TEST001', 'TEST002') THEN 'postage'
        WHEN code LIKE 'GIFT%' THEN 'vouchers'
        WHEN Price = 0 AND (customer IS NULL OR Quantity < 0) THEN 'stock correction' END AS name, count(*), sum(Quantity * Price)
    FROM lines WHERE Invoice[1] <> 'C' OR code IN ('POST', 'DOT', 'C2', 'C3', 'M', 'D', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'ADJUST', 'ADJUST2', 'TEST001', 'TEST002') OR code LIKE 'GIFT%'
    GROUP BY 1 HAVING name IS NOT NULL
"""
