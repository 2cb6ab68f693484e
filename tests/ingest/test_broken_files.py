"""Sixteen kinds of broken file, in every reader: one clear error or rejects with reasons, and the old tables stay."""

import io
import re
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from by_hand import TODAY, csv_text, write_brand
from layouts import sheet
from shopkeeper.brand import Brand, load_brand
from shopkeeper.cli import main
from shopkeeper.ingest import import_brand, read_manifest
from shopkeeper.ingest import reasons as r
from shopkeeper.tables import DataError

HEADERS = ["order_id", "customer_id", "ordered_at", "net_revenue", "currency"]
GOOD = [(f"a{n}", "ana", f"2024-01-{n:02d} 10:00:00", "10", "CNY") for n in range(1, 10)]
LOCKED = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4096


def as_csv(rows: list[tuple], headers: list[str] = HEADERS) -> bytes:
    return csv_text(headers, *rows).encode()


def as_xlsx(rows: list[tuple], headers: list[str] = HEADERS) -> bytes:
    return sheet(headers, rows)


def as_parquet(rows: list[tuple], headers: list[str] = HEADERS) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(rows, columns=headers, dtype="str").to_parquet(buffer)
    return buffer.getvalue()


READERS = {"csv": as_csv, "xlsx": as_xlsx, "parquet": as_parquet}
EACH = pytest.mark.parametrize("reader", READERS)


@pytest.fixture
def attempt(bench):
    """Import a file over good tables; the rows by (outcome, rule), or the error, with the old tables unharmed."""
    brand = load_brand(write_brand("acme", {"orders.csv": as_csv(GOOD)}).name)
    import_brand(brand, TODAY)
    before = (brand.tables / "manifest.json").read_bytes()

    def make(file: str, content: bytes) -> dict[tuple[str, str], int] | str:
        (brand.raw / "orders.csv").unlink()
        (brand.raw / file).write_bytes(content)
        told = error_of(brand)
        if told:
            assert (brand.tables / "manifest.json").read_bytes() == before
            assert not list(brand.folder.glob(".import-*"))
            assert told.startswith(file)
            return told
        manifest = read_manifest(brand)
        kept = sum(row["rows"] for row in manifest["account"] if row["outcome"] == "kept")
        assert kept == manifest["tables"][manifest["account"][0]["mapping"].partition(":")[2]]["rows"]
        return {(row["outcome"], row["rule"]): row["rows"] for row in manifest["account"]}

    return make


def error_of(brand: Brand) -> str:
    try:
        import_brand(brand, TODAY)
    except DataError as error:
        return str(error)
    return ""


def kept_and(outcome: str, rule: str, rows: int = 1, kept: int = 9) -> dict[tuple[str, str], int]:
    return {("kept", ""): kept, (outcome, rule): rows}


def undecodable(reader: str) -> bytes:
    """The bytes FF FF where text should be."""
    if reader == "csv":
        return as_csv(GOOD).replace(b"a5", b"\xff\xff")
    if reader == "xlsx":
        return in_sheet(as_xlsx(GOOD), lambda xml: xml.replace(b"a5", b"\xff\xff"))
    table = pa.table({name: pa.array([b"\xff\xff"] * 9, pa.binary()) for name in HEADERS})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def in_sheet(content: bytes, change) -> bytes:
    """The workbook with the XML of its texts and its first sheet changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:  # fmt: skip
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text) if name.endswith(("sheet1.xml", "sharedStrings.xml")) else text)
    return buffer.getvalue()


@EACH
def test_a_wrong_encoding(attempt, reader):
    said = attempt(f"orders.{reader}", undecodable(reader))
    words = {"csv": "line 6 cannot be read as text in utf-8-sig or gb18030", "xlsx": "not a whole XLSX file", "parquet": "broken after row 0"}  # fmt: skip
    assert words[reader] in said


@EACH
def test_two_exports_pasted_together_with_a_byte_order_mark_between(attempt, reader):
    again = ("\ufefforder_id", *HEADERS[1:])
    content = READERS[reader]([*GOOD[:5], again, *GOOD[5:]])
    assert attempt(f"orders.{reader}", content) == kept_and("excluded", r.HEADER_AGAIN)


@EACH
def test_a_byte_order_mark_before_a_value(attempt, reader):
    content = READERS[reader]([*GOOD[:8], ("\ufeffa9", *GOOD[8][1:])])
    assert attempt(f"orders.{reader}", content) == {("kept", ""): 9}


@EACH
def test_semicolons_between_the_cells(attempt, reader):
    if reader == "csv":
        assert attempt("orders.csv", as_csv(GOOD).replace(b",", b";")) == {("kept", ""): 9}
    else:
        said = attempt(f"orders.{reader}", READERS[reader]([(";".join(row),) for row in GOOD], [";".join(HEADERS)]))
        assert "no mapping fits its headers" in said


@EACH
def test_decimal_commas_are_not_read_as_thousands(attempt, reader):
    rows = [*GOOD, ("b", "ana", "2024-01-10 10:00:00", "12,50", "CNY")]
    assert attempt(f"orders.{reader}", READERS[reader](rows)) == kept_and("rejected", f"net_revenue: {r.NOT['money']}")


@EACH
def test_a_missing_needed_column(attempt, reader):
    content = READERS[reader]([row[:3] for row in GOOD], HEADERS[:3])
    assert re.search(r"no mapping fits its headers \(order_id, customer_id, ordered_at\).*also needs net_revenue", attempt(f"orders.{reader}", content))  # fmt: skip


@EACH
def test_the_header_row_twice(attempt, reader):
    content = READERS[reader]([tuple(HEADERS), *GOOD])
    assert attempt(f"orders.{reader}", content) == kept_and("excluded", r.HEADER_AGAIN)


@EACH
@pytest.mark.parametrize("word", ["合计", "Total:", "GRAND TOTAL"])
def test_a_row_of_totals(attempt, reader, word):
    content = READERS[reader]([*GOOD, (word, "", "", "90", "")])
    assert attempt(f"orders.{reader}", content) == kept_and("excluded", r.TOTALS)


@EACH
def test_an_order_may_be_named_like_a_total(attempt, reader):
    content = READERS[reader]([*GOOD, ("Total", "ana", "2024-01-10 10:00:00", "10", "CNY")])
    assert attempt(f"orders.{reader}", content) == {("kept", ""): 10}


@EACH
def test_two_currencies(attempt, reader):
    content = READERS[reader]([*GOOD, ("b", "ana", "2024-01-10 10:00:00", "10", "usd")])
    row = 10 if reader == "parquet" else 11
    assert f"1 rows in USD, first row {row} of orders.{reader}. Money in a table is in one currency, CNY" in attempt(f"orders.{reader}", content)  # fmt: skip


@EACH
def test_dates_as_a_spreadsheets_day_numbers(attempt, reader):
    some = READERS[reader]([*GOOD, ("b", "ana", "45292.4166", "10", "CNY")])
    assert attempt(f"orders.{reader}", some) == kept_and("rejected", f"ordered_at: {r.SERIAL}")


@EACH
def test_all_dates_as_day_numbers(attempt, reader):
    content = READERS[reader]([(*row[:2], "45292", *row[3:]) for row in GOOD])
    assert "9 of 9 rows are rejected (9 × ordered_at: a spreadsheet's day number" in attempt(
        f"orders.{reader}", content
    )


@EACH
def test_a_date_in_the_future(attempt, reader):
    content = READERS[reader]([*GOOD, ("b", "ana", "2031-01-01 10:00:00", "10", "CNY")])
    assert attempt(f"orders.{reader}", content) == kept_and("rejected", f"orders.ordered_at: {r.FUTURE}")


@EACH
def test_text_in_a_number(attempt, reader):
    content = READERS[reader]([*GOOD, ("b", "ana", "2024-01-10 10:00:00", "ten", "CNY")])
    assert attempt(f"orders.{reader}", content) == kept_and("rejected", f"net_revenue: {r.NOT['money']}")


@EACH
def test_an_order_number_that_a_spreadsheet_shortened(attempt, reader):
    content = READERS[reader]([*GOOD, ("2.938E+18", "ana", "2024-01-10 10:00:00", "10", "CNY")])
    assert attempt(f"orders.{reader}", content) == kept_and("rejected", r.LOST_DIGITS)


@EACH
def test_a_negative_quantity_that_is_no_return(bench, reader):
    lines = [(f"a{n}", "1", "tea", "1", "10") for n in range(1, 9)] + [("a9", "1", "tea", "-1", "10")]
    headers = ["order_id", "line", "sku", "quantity", "net_revenue"]
    write_brand("acme", {"orders.csv": as_csv(GOOD), f"order_lines.{reader}": READERS[reader](lines, headers)})
    account = import_brand(load_brand("acme"), TODAY)["account"]
    lines_told = {
        (row["outcome"], row["rule"]): row["rows"] for row in account if row["mapping"] == "generic:order_lines"
    }
    assert lines_told == kept_and("rejected", f"order_lines.quantity: {r.BELOW[1.0]}", kept=8)


@EACH
def test_headers_and_nothing_else(attempt, reader):
    assert "headers but no rows" in attempt(f"orders.{reader}", READERS[reader]([]))


@EACH
def test_no_bytes(attempt, reader):
    assert "0 bytes. The export did not finish: export it again" in attempt(f"orders.{reader}", b"")


@EACH
def test_a_file_cut_short(attempt, reader):
    whole = READERS[reader](GOOD)
    told = attempt(f"orders.{reader}", whole[:-14])
    if reader == "csv":
        assert told == kept_and("rejected", r.MISSHAPEN, kept=8)
    else:
        assert f"not a whole {'XLSX' if reader == 'xlsx' else 'Parquet'} file" in told


@EACH
def test_a_workbook_under_a_password(attempt, reader):
    words = {"csv": "cannot be read as text", "xlsx": "protected by a password, or in the old .xls format", "parquet": "not a whole Parquet file"}  # fmt: skip
    assert words[reader] in attempt(f"orders.{reader}", LOCKED)


HUGE = 300_000_000


def huge(reader: str) -> bytes:
    """300 MB without an end of line; in the other readers one cell of that size."""
    if reader == "csv":
        return ",".join(HEADERS).encode() + b"\n" + b"x" * HUGE
    mark = "mark" * 4
    rows = [*GOOD, (mark, "ana", "2024-01-10 10:00:00", "10", "CNY")]
    if reader == "xlsx":
        return in_sheet(as_xlsx(rows), lambda xml: xml.replace(mark.encode(), b"x" * HUGE))
    return as_parquet([*GOOD, ("x" * HUGE, *rows[-1][1:])])


@EACH
def test_three_hundred_megabytes_of_one_line(attempt, reader):
    told = attempt(f"orders.{reader}", huge(reader))
    if reader == "csv":
        assert "a line of more than 1,048,576 characters" in told
    else:
        assert told == kept_and("rejected", r.LONG)


def test_an_error_is_one_sentence_and_no_traceback(bench, monkeypatch, capsys):
    write_brand("acme", {"orders.xlsx": LOCKED})
    monkeypatch.setattr("sys.argv", ["shopkeeper", "import", "acme"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert "Traceback" not in said.err + said.out
    assert said.err.count("\n") == 1
