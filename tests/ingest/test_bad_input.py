"""Each kind of bad input gets one clear error, or goes to the rejects with its reason; old tables stay."""

import datetime as dt
import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from by_hand import ORDER_HEADERS, TODAY, csv_text, imported, orders_csv, write_brand
from shopkeeper.brand import load_brand
from shopkeeper.ingest import NoDataError, import_brand
from shopkeeper.ingest import reasons as r
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

GOOD = [(f"a{n}", "ana", f"2024-01-{n:02d} 10:00:00", 10) for n in range(1, 10)]


def parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def rejects(name: str, table: str = "orders") -> list[dict]:
    return pq.read_table(load_brand(name).tables / "rejects" / f"{table}.parquet").to_pylist()


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("orders.csv", b"order_id,name\n1,\xff\xff\n", r"orders\.csv: line 2 cannot be read as text in utf-8-sig or gb18030.*Save the file as CSV in UTF-8"),
        ("orders.csv", "order_id,ordered_at\n1,2024-01-01\n", r"orders\.csv: no mapping fits its headers \(order_id, ordered_at\).*also needs net_revenue"),
        ("orders.csv", "", r"orders\.csv: 0 bytes.*export it again"),
        ("orders.csv", "order_id,ordered_at,net_revenue\n", r"orders\.csv: headers but no rows"),
        ("orders.xlsx", b"", r"orders\.xlsx: 0 bytes"),
        ("orders.xlsx", b"not a zip", r"orders\.xlsx: not a whole XLSX file"),
        ("orders.parquet", parquet(pd.DataFrame({"order_id": ["1"]}))[:-20], r"orders\.parquet: not a whole Parquet file"),
        ("orders.doc", "x", r"orders\.doc: no reader for \.doc"),
    ],
    ids=["encoding", "column", "empty", "headers only", "0-byte xlsx", "broken xlsx", "truncated parquet", "ending"],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_named_with_rule_and_remedy(bench, file, content, words):
    write_brand("acme", {file: content})
    with pytest.raises(DataError, match=words):
        import_brand(load_brand("acme"), TODAY)
    assert not load_brand("acme").tables.exists()
    assert not list(load_brand("acme").folder.glob(".import-*"))


def test_a_parquet_broken_in_its_middle_is_caught_too(bench):
    content = bytearray(
        parquet(
            pd.DataFrame({"order_id": [str(n) for n in range(5000)], "ordered_at": "2024-01-01", "net_revenue": 1.0})
        )
    )
    content[200:900] = b"\0" * 700
    write_brand("acme", {"orders.parquet": bytes(content)})
    with pytest.raises(DataError, match=r"orders\.parquet: broken after row"):
        import_brand(load_brand("acme"), TODAY)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (("b", "ana", "31.31.2024", 10), f"ordered_at: {r.NOT['time']}"),
        (("b", "ana", "", 10), f"orders.ordered_at: {r.MISSING}"),
        (("", "ana", "2024-01-01", 10), f"orders.order_id: {r.MISSING}"),
        (("b", "ana", "2024-01-12 10:00 PM", 10), f"ordered_at: {r.NOT['time']}"),
        (("b", "ana", "2024-01-12 10:00:00 UTC", 10), f"ordered_at: {r.NOT['time']}"),
        (("b", "ana", "-infinity", 10), f"ordered_at: {r.NOT['time']}"),
        (("b", "ana", "2024-02-30", 10), f"ordered_at: {r.NOT['time']}"),
        (("b", "ana", "2024-01-01", "ten"), f"net_revenue: {r.NOT['money']}"),
        (("b", "ana", "2024-01-01", "inf"), f"net_revenue: {r.NOT['money']}"),
        (("b", "ana", "2024-01-01", -10), f"orders.net_revenue: {r.BELOW[0.0]}"),
        (("b", "ana", "2025-02-01", 10), f"orders.ordered_at: {r.FUTURE}"),
        (("b", "ana", "2024-01-01"), r.MISSHAPEN),
        (("b", "ana", "2024-01-01", 10, "more"), r.MISSHAPEN),
    ],
)
def test_a_row_that_breaks_a_rule_is_rejected_with_its_reason(bench, line, reason):
    manifest = imported("acme", {"orders.csv": orders_csv(*GOOD, line)})
    [rejected] = rejects("acme")
    assert rejected["reason"] == reason
    assert (rejected["file"], rejected["row"]) == ("orders.csv", 11)
    assert {row["outcome"]: row["rows"] for row in manifest["account"]} == {"kept": 9, "rejected": 1}


def test_negative_quantities_are_rejected_and_with_them_an_order_that_no_longer_adds_up(bench):
    lines = csv_text(
        ["order_id", "line", "sku", "quantity", "net_revenue"],
        *[(f"a{n}", 1, "tea", 1, 10) for n in range(1, 9)], ("a9", 1, "tea", -1, 5), ("a9", 2, "cup", 1, 5),
    )  # fmt: skip
    imported("acme", {"orders.csv": orders_csv(*GOOD), "order_lines.csv": lines})
    assert {row["reason"] for row in rejects("acme", "order_lines")} == {
        f"order_lines.quantity: {r.BELOW[1.0]}",
        r.ORDER_REJECTED,
    }
    assert [row["reason"] for row in rejects("acme")] == [r.UNEQUAL]
    assert Shop("acme").orders.count().to_pyarrow().as_py() == 8


def test_a_line_without_its_order_is_rejected(bench):
    lines = csv_text(
        ["order_id", "line", "sku", "net_revenue"], ("a1", 1, "tea", 10), ("a2", 1, "tea", 10), ("zz", 1, "tea", 10)
    )
    imported("acme", {"orders.csv": orders_csv(*GOOD), "order_lines.csv": lines})
    assert [row["reason"] for row in rejects("acme", "order_lines")] == [r.NOT_IN_ORDERS]


def test_two_contradictory_rows_under_one_key_are_both_rejected_and_a_repeated_one_counts_once(bench):
    manifest = imported("acme", {"orders.csv": orders_csv(*GOOD, GOOD[0], ("a2", "ana", "2024-01-02", 99))})
    assert [row["reason"] for row in rejects("acme")] == [r.CONTRADICTED] * 2
    assert {(row["outcome"], row["rule"]): row["rows"] for row in manifest["account"]} == {
        ("kept", ""): 8,
        ("excluded", r.REPEATED): 1,
        ("rejected", r.CONTRADICTED): 2,
    }


def test_of_two_exports_the_later_file_replaces_the_earlier(bench):
    manifest = imported(
        "acme",
        {"orders-01.csv": orders_csv(*GOOD), "orders-02.csv": orders_csv(("a1", "ana", "2024-01-01 10:00:00", 99))},
    )
    [first] = Shop("acme").orders.filter(lambda t: t.order_id == "a1").to_pyarrow().to_pylist()
    assert first["net_revenue"] == 99
    assert ("orders-01.csv", r.REPLACED, 1) in {(row["file"], row["rule"], row["rows"]) for row in manifest["account"]}


def test_a_later_export_that_contradicts_itself_replaces_nothing(bench):
    later = orders_csv(("a1", "ana", "2024-01-01 10:00:00", 98), ("a1", "ana", "2024-01-01 10:00:00", 99))
    imported(
        "acme", {"orders-01.csv": orders_csv(*GOOD), "orders-02.csv": later + orders_csv(*GOOD[1:4]).split("\n", 1)[1]}
    )
    [first] = Shop("acme").orders.filter(lambda t: t.order_id == "a1").to_pyarrow().to_pylist()
    assert first["net_revenue"] == 10


def test_a_corrected_order_comes_with_all_its_lines_and_leaves_none_behind(bench):
    headers = ["order_id", "line", "sku", "net_revenue"]
    files = {
        "orders-01.csv": orders_csv(("a", "ana", "2024-01-01", 30), ("b", "bo", "2024-01-02", 5)),
        "orders-02.csv": orders_csv(("a", "ana", "2024-01-01", 10)),
        "order_lines-01.csv": csv_text(headers, ("a", 1, "tea", 10), ("a", 2, "cup", 20), ("b", 1, "tea", 5)),
        "order_lines-02.csv": csv_text(headers, ("a", 1, "tea", 10)),
    }
    imported("acme", files)
    shop = Shop("acme", "2024-01-02")
    assert shop.order_lines.order_by("order_id").net_revenue.to_pyarrow().to_pylist() == [10, 5]
    assert shop.orders.order_by("order_id").net_revenue.to_pyarrow().to_pylist() == [10, 5]


def test_mixed_currencies_stop_the_import_with_count_and_first_row(bench):
    text = csv_text(
        ["order_id", "ordered_at", "net_revenue", "currency"],
        ("1", "2024-01-01", 1, "CNY"),
        ("2", "2024-01-01", 1, "USD"),
    )
    write_brand("acme", {"orders.csv": text})
    with pytest.raises(DataError, match=r"1 rows in USD, first row 3 of orders\.csv.*one currency, CNY"):
        import_brand(load_brand("acme"), TODAY)


def test_a_file_that_is_mostly_rejected_is_refused_and_the_old_tables_stay(bench):
    imported("acme", {"orders.csv": orders_csv(*GOOD)})
    before = load_brand("acme").tables.joinpath("manifest.json").read_text()
    write_brand("acme", {"orders.csv": orders_csv(*[(i, c, "yesterday", v) for i, c, _, v in GOOD])})
    with pytest.raises(
        DataError, match=r"orders\.csv: 9 of 9 rows are rejected \(9 × ordered_at: not a time, first in row 2\)"
    ):
        import_brand(load_brand("acme"), TODAY)
    assert load_brand("acme").tables.joinpath("manifest.json").read_text() == before
    assert Shop("acme").orders.count().to_pyarrow().as_py() == 9


def test_a_brand_without_files_waits(bench):
    write_brand("acme", {}, '[[sources]]\nmapping = "online_retail"\nfiles = "online_retail*"\n')
    with pytest.raises(NoDataError, match=r"acme: no raw files yet\. Put online_retail\* into .*raw"):
        import_brand(load_brand("acme"), TODAY)


def test_a_sheet_is_read_like_a_file_and_whole_numbers_stay_identifiers(bench):
    book = openpyxl.Workbook()
    for row in [
        ("Order ID", "customer_id", "ordered_at", "net_revenue"),
        (1001.0, 17850.0, pd.Timestamp("2024-01-05 16:30").to_pydatetime(), 12.5),
        (1002.0, None, pd.Timestamp("2024-01-06").to_pydatetime(), 3),
    ]:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    imported("acme", {"orders.xlsx": buffer.getvalue()})
    first, guest = Shop("acme", "2024-01-06").orders.order_by("order_id").to_pyarrow().to_pylist()
    assert first["order_id"] == "1001"
    assert first["customer_id"] == load_brand("acme").pseudonym("17850")
    assert guest["customer_id"] is None


def test_times_become_the_brands_own_once(bench):
    text = orders_csv(
        ("1", "", "2024-01-05T16:30:00Z", 1),
        ("2", "", "2024-01-05 16:30:00", 1),
        ("3", "", "2024-01-05 16:30:00+02:00", 1),
    )
    imported("acme", {"orders.csv": text})
    orders = Shop("acme", "2024-01-06").orders.order_by("order_id").to_pyarrow().to_pylist()
    assert [str(order["ordered_at"]) for order in orders] == [
        "2024-01-06 00:30:00",
        "2024-01-05 16:30:00",
        "2024-01-05 22:30:00",
    ]


def test_numbers_are_read_with_thousands_commas_and_gb18030_is_recognised(bench):
    text = csv_text(
        ["order_id", "customer_id", "ordered_at", "net_revenue", "region"],
        ("1", "张三", "2024-01-05", "1,234.50", "上海"),
    )
    imported("acme", {"orders.csv": text.encode("gb18030")})
    [order] = Shop("acme", "2024-01-05").orders.to_pyarrow().to_pylist()
    assert (order["net_revenue"], order["region"]) == (1234.5, "上海")


def test_unread_files_are_named(bench):
    manifest = imported(
        "acme",
        {"orders.csv": orders_csv(*GOOD), "notes.csv": "a,b\n1,2\n"},
        '[[sources]]\nmapping = "generic:orders"\nfiles = "orders*"\n',
    )
    assert manifest["unread"] == ["notes.csv"]


def xlsx(*rows, sheets=("Sheet1",)) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheets[0]
    for row in rows:
        book.active.append(row)
    for name in sheets[1:]:
        book.create_sheet(name)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_sheet(content: bytes, change) -> bytes:
    """The workbook with the XML of its first sheet changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text) if name.endswith("sheet1.xml") else text)
    return buffer.getvalue()


SHEET = [ORDER_HEADERS, *[(f"a{n}", "ana", "2024-01-01", 10) for n in range(9)]]


@pytest.mark.parametrize("stated", [b'<dimension ref="A1:E5"/>', b'<dimension ref="A1"/>', b""])
def test_a_sheet_that_misstates_its_size_is_read_whole(bench, stated):
    content = with_sheet(xlsx(*SHEET), lambda text: re.sub(rb"<dimension[^>]*/>", stated, text))
    manifest = imported("acme", {"orders.xlsx": content})
    assert [(row["outcome"], row["rows"]) for row in manifest["account"]] == [("kept", 9)]


def test_empty_cells_at_a_rows_end_and_empty_sheets_are_no_fault(bench):
    rows = [[*ORDER_HEADERS, "region"], ("1", "ana", "2024-01-01", 10, "x"), ("2", "ana", "2024-01-01", 10)]
    manifest = imported("acme", {"orders.xlsx": xlsx(*rows, sheets=("Sheet1", "Sheet2", "Sheet3"))})
    assert [(row["outcome"], row["rows"]) for row in manifest["account"]] == [("kept", 2)]


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("orders.xlsx", with_sheet(xlsx(*SHEET), lambda text: text[:-200]), r"orders\.xlsx: not a whole XLSX file"),
        ("orders.xlsx", xlsx(), r"orders\.xlsx: no sheet with rows"),
        ("orders.parquet", parquet(pd.DataFrame({"order_id": [["a"]], "ordered_at": "2024-01-01", "net_revenue": 1.0})), r"orders\.parquet: broken"),
    ],
    ids=["sheet cut short", "no rows", "a list in a cell"],
)  # fmt: skip
def test_a_file_broken_inside_is_named_too(bench, file, content, words):
    write_brand("acme", {file: content})
    with pytest.raises(DataError, match=words):
        import_brand(load_brand("acme"), TODAY)


def test_an_order_of_tomorrow_is_kept_once_tomorrow_has_come(bench):
    write_brand("acme", {"orders.csv": orders_csv(*GOOD, ("b", "ana", "2025-02-01", 10))})
    brand = load_brand("acme")
    assert import_brand(brand, TODAY)["tables"]["orders"]["rows"] == 9
    assert import_brand(brand, TODAY + dt.timedelta(days=1))["tables"]["orders"]["rows"] == 10


def test_two_imports_at_once_end_as_one(bench):
    write_brand("acme", {"orders.csv": orders_csv(*[(n, "ana", "2024-01-01", 1) for n in range(5000)])})
    with ThreadPoolExecutor(4) as executor:
        manifests = list(executor.map(lambda _: import_brand(load_brand("acme"), TODAY, force=True), range(4)))
    assert {manifest["data"] for manifest in manifests} == {manifests[0]["data"]}
    assert not list((bench / "data" / "acme").glob(".import-*"))
