"""Rows read = rows kept + rows excluded by a stated rule + rows rejected, whatever the file holds."""

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from by_hand import TODAY, csv_text, orders_csv, write_brand
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand
from shopkeeper.tables import TABLES, DataError

GOOD = st.tuples(
    st.integers(100, 10**9).map(str),
    st.sampled_from(["ana", "bo", "小**", "", "=1+1"]),
    st.sampled_from(["2024-01-01", "2024-01-02 08:00"]),
    st.sampled_from(["10", "9.99", "1,000"]),
)
BAD = st.tuples(
    st.sampled_from(["1", ""]),
    st.just("ana"),
    st.sampled_from(["soon", "", "2031-01-01"]),
    st.sampled_from(["-1", "x", ""]),
)
REPEATED = st.sampled_from(
    [("7", "ana", "2024-01-01", "10"), ("8", "ana", "2024-01-01", "10"), ("8", "bo", "2024-01-02", "9")]
)
# Weighted by repetition: one_of would drop the repeats.
LINE = st.sampled_from([*[GOOD] * 7, REPEATED, BAD, st.tuples(st.just("only one cell"))]).flatmap(lambda kind: kind)
SUMMED = []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(LINE, min_size=8, max_size=30), second=st.lists(LINE, min_size=4, max_size=10))
def test_every_row_read_stands_in_exactly_one_place(monkeypatch, first, second):
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("SHOPKEEPER_DATA", folder)
        write_brand("acme", {"orders-1.csv": orders_csv(*first), "orders-2.csv": orders_csv(*second)})
        brand = load_brand("acme")
        try:
            manifest = import_brand(brand, TODAY)
        except DataError:
            assert not brand.tables.exists()
            return
        rows = by_outcome(manifest)
        assert sum(rows.values()) == len(first) + len(second)
        assert rows.get("kept", 0) == manifest["tables"]["orders"]["rows"]
        rejects = Path(brand.tables / "rejects" / "orders.parquet")
        assert rows.get("rejected", 0) == (pq.read_table(rejects).num_rows if rejects.exists() else 0)
        SUMMED.append(rows)


def test_the_property_was_held_against_accounts_and_not_refusals():
    assert len(SUMMED) >= 20
    assert all(any(outcome in rows for rows in SUMMED) for outcome in ("kept", "excluded", "rejected"))


def by_outcome(manifest):
    counted = {}
    for row in manifest["account"]:
        counted[row["outcome"]] = counted.get(row["outcome"], 0) + row["rows"]
    return counted


def test_a_row_of_which_a_fact_is_left_counts_as_kept(bench):
    """One raw row makes several facts; a fact repeated elsewhere does not make the whole row a repeated one."""
    facts = "household_id,age,income,kids_count\n1,30,high,2\n1,30,low,2\n"
    settings_ = '[[sources]]\nmapping = "complete_journey_demographics"\nfiles = "*.csv"\n'
    write_brand("acme", {"facts.csv": facts}, settings_)
    manifest = import_brand(load_brand("acme"), TODAY)
    assert by_outcome(manifest) == {"kept": 2}
    assert manifest["tables"]["attributes"]["rows"] == 4


def test_importing_again_changes_nothing_and_does_nothing(bench):
    write_brand("acme", {"orders.csv": orders_csv(("1", "ana", "2024-01-01", 10))})
    brand = load_brand("acme")
    first = import_brand(brand, TODAY)
    stamp = (brand.tables / "manifest.json").stat().st_mtime_ns
    assert import_brand(brand, TODAY) == first
    assert (brand.tables / "manifest.json").stat().st_mtime_ns == stamp
    assert import_brand(brand, TODAY, force=True)["data"] == first["data"]
    write_brand("acme", {"orders.csv": orders_csv(("1", "ana", "2024-01-01", 11))})
    assert import_brand(brand, TODAY)["data"] != first["data"]


def test_an_import_killed_between_its_two_renames_is_undone(bench):
    write_brand("acme", {"orders.csv": orders_csv(("1", "ana", "2024-01-01", 10))})
    brand = load_brand("acme")
    first = import_brand(brand, TODAY)
    brand.tables.rename(brand.folder / ".tables.old")
    assert import_brand(brand, TODAY) == first


ONE = {"text": "x1", "integer": "2", "number": "2.5", "money": "10", "rate": "0.5", "time": "2024-01-01 10:00:00", "date": "2024-01-01", "flag": "yes"}  # fmt: skip
PARENTS = {
    "orders": orders_csv(("x1", "ana", "2024-01-01", 10)),
    "promotions": csv_text(["promotion", "starts_on", "ends_on", "kind", "known_on"], ("x1", *["2024-01-01"] * 2, "discount", "2024-01-01")),
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_comes_in_as_a_file_with_its_own_headers(bench, table):
    """A file named after the table, holding one row with every column."""
    cells = {column.name: ONE[column.type] for column in table.columns}
    if table.name == "attributes":
        cells["sku"] = cells.pop("subject")
    parents = {f"{name}.csv": PARENTS[name] for name in {table.through, "orders"} - {"", table.name}}
    row = csv_text(list(cells), tuple(cells.values()))
    write_brand("acme", parents | {f"{table.name}.csv": row})
    manifest = import_brand(load_brand("acme"), TODAY)
    assert manifest["tables"][table.name]["rows"] == 1
    assert by_outcome(manifest) == {"kept": 1 + len(parents)}
