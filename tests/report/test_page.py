import csv
import json

import pandas as pd
import pytest
from by_hand import imported, orders_csv
from matplotlib.figure import Figure
from shopkeeper.decisions import Claim
from shopkeeper.report import page as page_module
from shopkeeper.report.page import Page
from shopkeeper.report.words import money, plain, say
from shopkeeper.tables import DataError

EVIL = ["<img src=x onerror=alert(1)>", '=HYPERLINK("http://evil","x")', "+1", "@x", "-2", "\tx", "fine"]


@pytest.fixture
def shown(bench, monkeypatch):
    """A page of a small brand in a batch run, and the markup that it shows."""
    imported("acme", {"orders.csv": orders_csv(("1", "ana", "2024-01-01", 10))})
    (bench / "result").mkdir()
    monkeypatch.setenv("SHOPKEEPER_RESULT", str(bench / "result"))
    markup = []
    monkeypatch.setattr(page_module, "display", lambda html, metadata: markup.append(html.data))
    return Page("acme"), markup, bench / "result"


def test_a_brands_text_is_inert_in_tables_titles_and_notes(shown):
    page, markup, _ = shown
    data = pd.DataFrame({"product": EVIL})
    columns = {"product": (plain(EVIL[0]), "text")}
    page.table(data, columns, plain(EVIL[0]))
    page.folded(data, columns, plain(EVIL[0]))
    page.figure(lambda data, words: Figure(), plain(EVIL[0]), data, columns)
    page.note(plain(EVIL[0]))
    page.headline(plain(EVIL[0]))
    page.tile(plain(EVIL[0]), money(1), plain(EVIL[0]))
    page.check(False, plain(EVIL[0]))
    assert len(markup) == 7
    assert all("&lt;img src=x" in text and "<img" not in text for text in markup)


def test_no_cell_of_a_csv_begins_a_formula(shown):
    page, _, folder = shown
    page.file("products", pd.DataFrame({"product": EVIL, "change": range(-3, 4)}), plain("list"))
    with (folder / "products.csv").open(encoding="utf-8-sig", newline="") as file:
        [_, *lines] = list(csv.reader(file))
    assert [cell for cell, _ in lines] == [EVIL[0], *(f"'{cell}" for cell in EVIL[1:-1]), "fine"]
    assert lines[0][1] == "-3"


def test_an_empty_list_replaces_that_of_an_earlier_run_and_is_not_offered(shown):
    page, markup, folder = shown
    page.file("customers", pd.DataFrame({"customer_id": ["ana"]}), plain("All of them:"))
    assert "customers.csv" in markup[-1]
    page.file("buyers", pd.DataFrame({"customer_id": []}), plain("Whom to write to:"))
    assert len(markup) == 1
    assert (folder / "buyers.csv").read_text(encoding="utf-8-sig").split() == ["customer_id"]


def test_a_chart_tells_its_finding_and_its_numbers_in_words(shown):
    page, markup, _ = shown
    figure = Figure()
    figure.subplots().set_title("x < y & z")
    page.figure(
        lambda data, words: figure, plain("Tea sells best"), pd.DataFrame({"n": [1.0]}), {"n": (plain("Sold"), "count")}
    )
    assert '<figcaption>Tea sells best</figcaption><div role="img" aria-label="Tea sells best"><svg' in markup[0]
    assert 'scope="col">Sold</th>' in markup[0]
    assert "<details>" in markup[0]
    assert "x &lt; y &amp; z</text>" in markup[0]


def line(data, words):
    figure = Figure()
    figure.subplots().plot([1, 2])
    return figure


def test_two_charts_share_no_id_and_equal_charts_are_equal_to_the_byte(shown):
    page, markup, _ = shown
    for _ in range(2):
        page.figure(line, plain("t"), pd.DataFrame({"n": [1.0]}), {"n": (plain("n"), "count")})
    ids = [set(page_module.re.findall(r'\bid="([^"]+)"', text)) for text in markup]
    assert ids[0]
    assert not ids[0] & ids[1]
    assert markup[0].replace("f1-", "f2-") == markup[1]


def test_a_folded_table_shows_its_title_alone_until_it_is_opened(shown):
    page, markup, _ = shown
    page.folded(pd.DataFrame({"n": [1.0]}), {"n": (plain("Rows"), "count")}, plain("What was read"))
    page.folded(pd.DataFrame({"n": []}), {"n": (plain("Rows"), "count")}, plain("Nothing"))
    assert len(markup) == 1
    assert markup[0].startswith("<details><summary>What was read</summary><")
    assert 'scope="col">Rows</th>' in markup[0]


def test_without_data_a_chart_is_its_title_alone(shown):
    page, markup, _ = shown
    page.figure(line, plain("Nothing sold yet"), pd.DataFrame({"n": []}), {"n": (plain("n"), "count")})
    page.table(pd.DataFrame({"n": []}), {"n": (plain("n"), "count")}, plain("No table"))
    assert markup == ["<p>Nothing sold yet</p>"]


def test_the_marker_is_written_last_and_holds_what_was_said(shown):
    page, _, folder = shown
    page.headline(plain("All is well"))
    page.tile(plain("Sold"), money(12_345), plain("usually more"))
    claim = Claim(
        "", "orders", *map(page_module.pd.Timestamp.date, pd.to_datetime(["2024-01-02", "2024-01-29"])), 5, 3, 8, 4
    )
    page.claims([claim])
    assert not (folder / "result.json").exists()
    page.finish()
    said = json.loads((folder / "result.json").read_text())
    assert (said["headline"], said["tiles"]) == (
        "All is well",
        [{"label": "Sold", "value": "CN¥12.3K", "interval": "usually more"}],
    )
    assert said["claims"][0]["ends_on"] == "2024-01-29"


def test_a_page_needs_its_tables_and_enough_of_them(shown):
    page, _, _ = shown
    page.need("orders")
    with pytest.raises(DataError, match="acme has no touches, media, and this report is made from them"):
        page.need("orders", "touches", "media")
    with pytest.raises(DataError, match="only 41"):
        page.require(41 > 200, plain("only 41"))


def test_in_jupyterlab_nothing_is_written(bench, monkeypatch):
    imported("acme", {"orders.csv": orders_csv(("1", "ana", "2024-01-01", 10))})
    monkeypatch.delenv("SHOPKEEPER_RESULT", raising=False)
    monkeypatch.chdir(bench)
    page = Page("acme", language="zh")
    page.file("products", pd.DataFrame({"product": ["tea"]}), say("Customers"))
    page.finish()
    assert sorted(path.name for path in bench.iterdir()) == ["data", "reports"]
