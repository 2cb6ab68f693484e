"""Nobody's name is kept: neither in the tables nor in the rejects, whatever shape a row has."""

from pathlib import Path

import duckdb
from by_hand import csv_text, imported
from shopkeeper.brand import load_brand
from shopkeeper.shop import Shop

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
