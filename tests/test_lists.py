"""Lists as workbooks: what is read back is what was written, and nothing in them runs."""

import csv
import datetime as dt
import io
import time
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from by_hand import imported, orders_csv
from shopkeeper import lists
from shopkeeper.lists import list_text, list_workbook
from shopkeeper.report import page as page_module
from shopkeeper.report.page import Page
from shopkeeper.report.words import plain

EVIL = ["=1+1", "+1", "-2", "@x", "\tx", "http://evil", "mailto:a@b", "{=1}"]


def opened(data):
    """The workbook that list_workbook makes, as a spreadsheet would read it."""
    return openpyxl.load_workbook(io.BytesIO(list_workbook(data)))


def cells(sheet):
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_cells_are_read_back_as_they_were_written():
    data = pd.DataFrame({
        "customer_id": ["0012", "1e5", "5d41"],
        "orders": [3, 0, 12],
        "spend": [1234.5, np.nan, 0.25],
        "is_known": [True, False, True],
        "last": pd.to_datetime(["2024-01-31", None, "2024-02-01"]),
    })  # fmt: skip
    assert cells(opened(data).active) == [
        list(data.columns),
        ["0012", 3, 1234.5, True, dt.datetime(2024, 1, 31)],
        ["1e5", 0, None, False, None],
        ["5d41", 12, 0.25, True, dt.datetime(2024, 2, 1)],
    ]


def test_no_cell_is_a_formula_or_a_link_and_each_equals_that_of_the_csv():
    data = pd.DataFrame({"=product": EVIL})
    sheet = opened(data).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)
    rows = list(csv.reader(io.StringIO(list_text([], data.itertuples(index=False)), newline="")))
    assert [[cell] for [cell] in cells(sheet)[1:]] == rows[1:]
    assert cells(sheet)[:2] == [["'=product"], ["'=1+1"]]


def test_headers_are_bold_and_stay_in_sight_and_columns_fit_their_text():
    sheet = opened(
        pd.DataFrame({"customer_id": ["x" * 24], "n": [1], "说明": ["很长的一段说明文字"], "note": ["y" * 99]})
    ).active
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.bold for cell in sheet[1])
    assert not sheet["A2"].font.bold
    widths = [round(sheet.column_dimensions[letter].width) for letter in "ABCD"]
    assert widths == pytest.approx([26, 8, 20, 40], abs=1)


def test_shares_read_as_percent_and_money_with_thousands_set_apart():
    data = pd.DataFrame({"probability": [0.25], "clv_365": [1234.5], "days": [7.0], "orders": [2]})
    formats = [cell.number_format for cell in opened(data).active[2]]
    assert formats == ["0.0%", "#,##0.00", "#,##0", "General"]


def test_what_no_spreadsheet_can_hold_as_a_number_is_text():
    data = pd.DataFrame({"huge": [12345678901234567], "without_end": [np.inf], "long": ["x" * 40_000]})
    assert cells(opened(data).active)[1] == ["12345678901234567", "inf", "x" * 32_767]


def test_equal_lists_are_equal_bytes_at_any_time(monkeypatch):
    data = pd.DataFrame({"customer_id": ["a", "b"], "spend": [1.5, 2.0]})
    before = list_workbook(data)
    late = time.time() + 10**7
    monkeypatch.setattr(time, "time", lambda: late)
    assert list_workbook(data) == before
    assert b"2026-07-01" in zipfile.ZipFile(io.BytesIO(before)).read("docProps/core.xml")


def test_a_list_longer_than_a_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(lists, "_SHEET_ROWS", 2)
    sheets = opened(pd.DataFrame({"customer_id": list("abc")})).worksheets
    assert [cells(sheet) for sheet in sheets] == [[["customer_id"], ["a"], ["b"]], [["customer_id"], ["c"]]]


def test_an_empty_list_has_its_headers():
    assert cells(opened(pd.DataFrame({"customer_id": [], "spend": []})).active) == [["customer_id", "spend"]]


def test_a_page_lays_both_files_beside_the_report_and_names_them(bench, monkeypatch):
    imported("acme", {"orders.csv": orders_csv(("1", "ana", "2024-01-01", 10))})
    (bench / "result").mkdir()
    monkeypatch.setenv("SHOPKEEPER_RESULT", str(bench / "result"))
    shown = []
    monkeypatch.setattr(page_module, "display", lambda html, metadata: shown.append(html.data))
    page = Page("acme")
    page.file("win_back", pd.DataFrame({"customer_id": ["0012"]}), plain("Whom to write to:"))
    page.finish()
    assert page_module.json.loads((bench / "result" / "result.json").read_text())["files"] == [
        "win_back.csv",
        "win_back.xlsx",
    ]
    assert shown == ["<p>Whom to write to: <code>win_back.csv</code> <code>win_back.xlsx</code></p>"]
    made = openpyxl.load_workbook(bench / "result" / "win_back.xlsx").active
    assert cells(made) == [["customer_id"], ["0012"]]
    assert (bench / "result" / "win_back.csv").read_text(encoding="utf-8-sig").splitlines() == ["customer_id", "0012"]
