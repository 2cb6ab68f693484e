"""Nobody's name is kept: neither in the tables nor in the rejects, whatever shape a row has."""

from pathlib import Path

import duckdb
import pytest
from by_hand import TODAY, csv_text, imported, write_brand
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

HEADERS = ["order_id", "customer_id", "ordered_at", "net_revenue", "buyer_name", "phone"]


def everything_written(folder: Path) -> str:
    """All text under tables/: files as they are, and Parquet as the text of its cells."""
    with duckdb.connect() as con:
        cells = [
            str(con.execute("SELECT * FROM read_parquet($1)", [str(path)]).fetchall())
            for path in folder.rglob("*.parquet")
        ]
    return "\n".join(cells + [path.read_text() for path in folder.rglob("*.json")])


def test_identifiers_names_and_phones_are_written_nowhere(bench):
    lines = [(f"{n}", f"secret-{n}@mail", "2024-01-01", 10, f"Secret Name {n}", f"1390000{n:04d}") for n in range(20)]
    broken = [
        ("20", "secret-20@mail", "someday", 10, "Secret Name 20", "13900000020"),
        ("21", "2024-01-01", "secret-21@mail"),
    ]
    imported("acme", {"orders.csv": csv_text(HEADERS, *lines, *broken)})
    written = everything_written(load_brand("acme").tables)
    assert "someday" in written
    assert "secret" not in written.casefold()
    assert "1390000" not in written


def test_a_masked_buyer_is_a_guest(bench):
    imported(
        "acme",
        {
            "orders.csv": csv_text(
                HEADERS, ("1", "小**", "2024-01-01", 10, "", ""), ("2", "ana", "2024-01-01", 10, "", "")
            )
        },
    )
    customers = Shop("acme").orders.order_by("order_id").customer_id.to_pyarrow().to_pylist()
    assert customers == [None, load_brand("acme").pseudonym("ana")]


def test_an_export_without_headers_is_refused_without_quoting_its_first_person(bench):
    write_brand(
        "acme",
        {
            "orders.csv": csv_text(
                ["1", "Zhang San", "13900001234", "2024-01-01"], ("2", "Li Si", "13900005678", "2024-01-02")
            )
        },
    )
    with pytest.raises(DataError, match=r"no mapping fits its headers \(4 unknown\)") as refused:
        import_brand(load_brand("acme"), TODAY)
    assert "Zhang" not in str(refused.value)
    assert "1390" not in str(refused.value)


def test_facts_about_customers_are_filed_under_their_pseudonym(bench):
    facts = csv_text(["customer_id", "name", "value"], ("ana@mail.com", "age", "30"))
    skus = csv_text(["sku", "name", "value"], ("tea", "roast", "dark"))
    imported(
        "acme",
        {
            "orders.csv": csv_text(HEADERS, ("1", "ana@mail.com", "2024-01-01", 10, "", "")),
            "attributes.csv": facts,
            "attributes-sku.csv": skus,
        },
    )
    subjects = Shop("acme").attributes.subject.to_pyarrow().to_pylist()
    assert sorted(subjects) == sorted([load_brand("acme").pseudonym("ana@mail.com"), "tea"])
    assert "ana@mail" not in everything_written(load_brand("acme").tables)


def test_a_text_that_swallows_others_stops_the_import(bench):
    lines = [
        f"{n},person{n}@mail.com,2024-01-01,10,{quote}Name,1"
        for n in range(400)
        for quote in [chr(34) if n == 50 else ""]
    ]
    write_brand("acme", {"orders.csv": "\n".join([",".join(HEADERS), *lines])})
    with pytest.raises(DataError, match=r"orders\.csv: line \d+ is no whole CSV row .*quotation mark"):
        import_brand(load_brand("acme"), TODAY)
    assert not load_brand("acme").tables.exists()
