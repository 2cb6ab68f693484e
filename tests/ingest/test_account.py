"""Rows read = rows kept + rows excluded by a stated rule + rows rejected, whatever the file holds."""

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from by_hand import TODAY, orders_csv, write_brand
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand
from shopkeeper.tables import DataError

CELLS = {
    "order_id": st.sampled_from(["1", "2", "3", "4", "5", "6", "7", "8", "9", ""]),
    "customer_id": st.sampled_from(["ana", "bo", "小**", "", "=1+1"]),
    "ordered_at": st.sampled_from(["2024-01-01", "2024-01-02 08:00", "soon", "", "2031-01-01"]),
    "net_revenue": st.sampled_from(["10", "9.99", "-1", "x", "", "1,000"]),
}
LINE = st.one_of(st.tuples(*CELLS.values()), st.tuples(st.just("only one cell")))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(LINE, min_size=1, max_size=30), second=st.lists(LINE, min_size=1, max_size=10))
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
        by_outcome: dict[str, int] = {}
        for row in manifest["account"]:
            by_outcome[row["outcome"]] = by_outcome.get(row["outcome"], 0) + row["rows"]
        assert sum(by_outcome.values()) == len(first) + len(second)
        assert by_outcome.get("kept", 0) == manifest["tables"]["orders"]["rows"]
        rejects = Path(brand.tables / "rejects" / "orders.parquet")
        assert by_outcome.get("rejected", 0) == (pq.read_table(rejects).num_rows if rejects.exists() else 0)


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
