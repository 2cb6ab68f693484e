"""What a mapping can say of an export, each verb on a small file."""

from pathlib import Path

import duckdb
import pytest
from by_hand import TODAY, write_brand
from shopkeeper.brand import load_brand
from shopkeeper.ingest.judge import judge
from shopkeeper.ingest.mapping import Exclusion, Mapping, RawColumn, Target, load_mapping
from shopkeeper.ingest.recognise import recognise
from shopkeeper.ingest.stage import stage
from shopkeeper.tables import DataError

COLUMNS = {
    "order": RawColumn(headers=("Order No", "Order")),
    "at": RawColumn(headers=("Created",), type="time", formats=("%d.%m.%Y %H:%M", "%d.%m.%Y")),
    "paid": RawColumn(headers=("Paid",), type="money", optional=True),
}
TARGET = {"orders": Target(fields={"order_id": '"order"', "ordered_at": '"at"', "net_revenue": "paid"})}


@pytest.fixture
def judged(bench):
    """The rows of a CSV under a mapping: (order, time, paid, outcome, reason)."""

    def make(text: str, **settings) -> list[tuple]:
        path: Path = write_brand("acme", {"export.csv": text}) / "raw" / "export.csv"
        mapping = Mapping(name="test", columns=COLUMNS, tables=TARGET, **settings)
        with duckdb.connect() as con:
            stage(con, [path], mapping, lambda raw: raw)
            judge(con, mapping, load_brand("acme"), TODAY)
            query = 'SELECT "order", "at"::VARCHAR, paid, _outcome, _reason FROM judged ORDER BY _id'
            return con.execute(query).fetchall()

    return make


def test_a_header_may_stand_under_another_name_and_times_in_a_stated_format(judged):
    [row] = judged("order_no,CREATED ,paid\n7,05.01.2024 16:30,1\n")
    assert row == ("7", "2024-01-05 16:30:00", 1.0, None, None)


def test_strip_takes_its_patterns_out_of_every_cell(judged):
    [row] = judged('Order,Created,Paid\n"=""0012""",05.01.2024,12.5元\n', strip=('^="', '"$', "元$"))
    assert row[:3] == ("0012", "2024-01-05 00:00:00", 12.5)


def test_fill_down_repeats_the_cell_above(judged):
    rows = judged("Order,Created,Paid\n7,05.01.2024,1\n,,2\n8,06.01.2024,3\n", fill_down=("order", "at"))
    assert [row[0] for row in rows] == ["7", "7", "8"]
    assert rows[1][1] == "2024-01-05 00:00:00"


def test_the_header_may_stand_lower(judged):
    [row] = judged("Report of January\nOrder,Created,Paid\n7,05.01.2024,1\n", header_row=2)
    assert row[0] == "7"


def test_excluded_rows_carry_the_rule(judged):
    rows = judged(
        "Order,Created,Paid\n7,05.01.2024,1\nTEST8,05.01.2024,1\n",
        exclude=(Exclusion("a test", "\"order\" LIKE 'TEST%'"),),
    )
    assert [row[3:] for row in rows] == [(None, None), ("excluded", "a test")]


def test_the_fittest_mapping_is_recognised_by_its_headers():
    assert (
        recognise("x.csv", ["Invoice", "StockCode", "Quantity", "InvoiceDate", "Price", "Customer ID"]).name
        == "online_retail"
    )
    assert recognise("x.csv", ["Order ID", "ordered at", "net_revenue"]).name == "generic:orders"
    assert recognise("stock-2024.csv", ["day", "sku", "warehouse", "on_hand"]).name == "generic:stock"


def test_an_unknown_mapping_is_refused():
    with pytest.raises(DataError, match=r"none named 'shopware'\. Shipped: cdnow, "):
        load_mapping("shopware")


def test_rows_that_only_read_alike_are_no_copies(judged):
    """'1, x' beside 'y' is not '1' beside 'x, y'."""
    columns = {name: RawColumn(headers=(name,)) for name in ("a", "b")}
    target = {"orders": Target(fields={"order_id": "a", "ordered_at": "TIMESTAMP '2024-01-01'", "net_revenue": "1"})}
    path = write_brand("acme", {"export.csv": 'a,b\n"1, x",y\n1,"x, y"\n"1, x",y\n'}) / "raw" / "export.csv"
    mapping = Mapping(
        name="test", columns=columns | {"part": RawColumn(headers=("b",))}, tables=target, drop_overlap=True
    )
    with duckdb.connect() as con:
        stage(con, [path], mapping, lambda raw: raw)
        judge(con, mapping, load_brand("acme"), TODAY)
        assert con.execute("SELECT count(*) FROM judged WHERE _reason IS NULL").fetchall() == [(3,)]
