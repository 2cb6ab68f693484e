"""Overlapping exports: each order counts once, in its newest status, whatever the files are called and when they came."""

import dataclasses
import datetime as dt
import io
import itertools
import tempfile

import pandas as pd
import pytest
from by_hand import TODAY, csv_text, imported, orders_csv, write_brand
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layouts import LAYOUTS, Order, sheet, tmall_v1
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand
from shopkeeper.ingest import reasons as r
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

AT = dt.datetime(2024, 6, 1, 20, 0, 0)
COURSES = [
    ("unpaid", "paid", "done"),
    ("unpaid", "closed", "closed"),
    ("paid", "paid", "done"),
    ("paid", "done", "done"),
]
SPANS = [(0, 5), (3, 8), (6, 12)]  # which orders each of the three exports holds; 3 to 4 and 6 to 7 stand in two


def order(number: int, status: str) -> Order:
    at = AT + dt.timedelta(hours=number)
    return Order(f"{at:%y%m%d}-{number}", at, (("oolong", 1 + number, 1000),), f"buyer {number}", status=status)


def three_exports(layout: str, courses: list[tuple[str, str, str]]) -> list[dict[str, bytes]]:
    """Three exports, one after the other, of twelve orders whose status moves on between them."""
    return [
        LAYOUTS[layout]([order(n, courses[n][export]) for n in range(*SPANS[export])]) for export in range(len(SPANS))
    ]


def named(exports: list[dict[str, bytes]], names: tuple[str, ...]) -> list[dict[str, bytes]]:
    return [{f"{name} {file}": content for file, content in export.items()} for name, export in zip(names, exports, strict=True)]  # fmt: skip


def tables_after(*arrivals: dict[str, bytes]) -> dict:
    """The tables of a brand whose files arrive in these parts, with an import after each."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOPKEEPER_DATA", folder)
        for files in arrivals:
            manifest = imported("acme", files, "public = true\n")
        return manifest["tables"]


@pytest.mark.parametrize("layout", sorted(set(LAYOUTS) - {"generic"}))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    courses=st.lists(st.sampled_from(COURSES), min_size=12, max_size=12),
    names=st.permutations(["a", "b", "c"]),
    arrival=st.permutations([0, 1, 2]),
)
def test_neither_the_files_names_nor_their_order_of_arrival_change_the_tables(layout, courses, names, arrival):
    exports = three_exports(layout, courses)
    at_once = {file: content for part in named(exports, ("a", "b", "c")) for file, content in part.items()}
    later = named(exports, tuple(names))
    assert tables_after(*(later[position] for position in arrival)) == tables_after(at_once)


@pytest.mark.parametrize("names", list(itertools.permutations("abc")))
def test_the_newest_status_wins_and_what_it_replaces_is_counted(bench, names):
    courses = [("unpaid", "paid", "done")] * 12
    exports = named(three_exports("tmall_v3", courses), names)
    manifest = imported("acme", {file: content for export in exports for file, content in export.items()})
    orders = Shop("acme", "2024-06-02").orders.count().to_pyarrow().as_py()
    assert orders == 9  # orders 0 to 2 stand in the first export only, unpaid
    replaced = sum(row["rows"] for row in manifest["account"] if row["rule"] == r.REPLACED)
    assert replaced == 8  # four orders and their four lines stand in two exports


def test_a_folder_that_holds_an_export_twice_gives_the_same_tables(bench):
    once = tmall_v1([order(n, "done") for n in range(5)])
    twice = once | {f"copy of {name}": content for name, content in once.items()}
    first = imported("acme", once)["tables"]
    assert imported("acme", twice)["tables"] == first


def test_names_are_ordered_as_people_count(bench):
    """Without a status to tell, `orders (10)` is newer than `orders (9)`."""
    files = {f"orders ({n}).csv": orders_csv(("1", "ana", "2024-01-01", n)) for n in (9, 10)}
    imported("acme", files)
    assert Shop("acme", "2024-01-01").orders.net_revenue.to_pyarrow().to_pylist() == [10.0]


def test_a_refund_that_was_pending_in_one_export_and_done_in_the_next_counts_once(bench):
    headers = ["订单编号", "退款单编号", "买家退款金额", "退款状态", "完结时间"]
    pending = csv_text(
        headers,
        (order(1, "done").id, "r1", 5, "买家已经申请退款", ""),
        (order(2, "done").id, "r2", 5, "退款成功", "2024-06-02 10:00:00"),
    )
    done = csv_text(
        headers,
        (order(1, "done").id, "r1", 5, "退款成功", "2024-06-02 11:00:00"),
        (order(2, "done").id, "r2", 5, "退款成功", "2024-06-02 10:00:00"),
    )
    orders = tmall_v1([dataclasses.replace(order(n, "done"), off=0) for n in (1, 2)])
    write_brand("acme", orders | {"z.csv": pending, "a.csv": done})
    manifest = import_brand(load_brand("acme"), TODAY)
    assert manifest["tables"]["returns"]["rows"] == 2


@pytest.mark.parametrize("layout", ["tmall_v1", "tmall_v3", "jd", "douyin"])
def test_an_order_cut_in_two_by_the_end_of_a_file_keeps_its_lines(bench, layout):
    """Platforms cut long exports into files; the second holds the rest of the order that the first began."""
    whole = Order("240601-1", AT, (("oolong", 1, 1000), ("pu-erh", 1, 2000), ("cup", 1, 3000)), "ana")
    files: dict[str, bytes] = {}
    for name, content in LAYOUTS[layout]([whole]).items():
        if content.count(b"cup") and not name.endswith("xlsx"):
            head, first, *rest = content.splitlines(keepends=True)
            files |= {f"1 {name}": head + first, f"2 {name}": head + b"".join(rest)}
        elif "Detail" in name:
            files |= {f"1 {name}": only_lines(content, [0]), f"2 {name}": only_lines(content, [1, 2])}
        else:
            files[name] = content
    imported("acme", files)
    shop = Shop("acme", "2024-06-01")
    lines = shop.load(shop.order_lines[["sku", "net_revenue"]])
    assert lines.set_index("sku").net_revenue.to_dict() == {"oolong": 10.0, "pu-erh": 20.0, "cup": 30.0}


def only_lines(content: bytes, kept: list[int]) -> bytes:
    frame = pd.read_excel(io.BytesIO(content), dtype=str).iloc[kept].fillna("")
    return sheet(list(frame), frame.itertuples(index=False))


def test_an_order_whose_items_are_exported_by_status_keeps_them_all(bench):
    """One tab of the console holds what is done, another what is closed; an order may have items in both."""
    whole = Order("240601-1", AT, (("oolong", 1, 10000), ("cup", 1, 5000)), "ana")
    [content] = LAYOUTS["douyin"]([whole]).values()
    head, done, closed = content.decode("utf-8-sig").splitlines()[:3]
    closed = closed.replace("已完成", "已关闭")
    imported("acme", {"已完成.csv": f"{head}\n{done}\n".encode(), "已关闭.csv": f"{head}\n{closed}\n".encode()})
    shop = Shop("acme", "2024-06-01")
    assert shop.orders.net_revenue.to_pyarrow().to_pylist() == [150.0]
    assert shop.order_lines.count().to_pyarrow().as_py() == 2


def test_a_newer_row_that_is_rejected_replaces_nothing(bench):
    headers = ["订单编号", "买家实付金额", "买家应付货款", "订单状态", "订单创建时间", "订单付款时间"]
    good = csv_text(headers, ("1", 10, 10, "卖家已发货", "2024-06-01 10:00:00", "2024-06-01 10:01:00"))
    bad = csv_text(headers, ("1", 10, 10, "交易成功", "", "2024-06-01 10:01:00"), ("2", 10, 10, "交易成功", "2024-06-01 10:00:00", "2024-06-01 10:01:00"))  # fmt: skip
    imported("acme", {"a.csv": good, "b.csv": bad})
    assert Shop("acme", "2024-06-01").orders.count().to_pyarrow().as_py() == 2


@pytest.mark.parametrize("table", ["returns", "touches", "events"])
def test_facts_without_a_number_of_their_own_count_once_where_two_exports_hold_them(bench, table):
    """Two equal rows in one file are two facts; the next file that holds both adds none."""
    headers, row = {
        "returns": (["order_id", "returned_at", "refund"], ("1", "2024-06-02", 5)),
        "touches": (["visitor_id", "touched_at", "channel"], ("v", "2024-06-02", "search")),
        "events": (["visitor_id", "at", "kind"], ("v", "2024-06-02", "view")),
    }[table]
    orders = orders_csv(("1", "ana", "2024-06-01", 10))
    later = csv_text(headers, row, row, (*row[:1], "2024-06-03", *row[2:]))
    manifest = imported("acme", {"orders.csv": orders, f"{table}-1.csv": csv_text(headers, row, row), f"{table}-2.csv": later})  # fmt: skip
    assert manifest["tables"][table]["rows"] == 3
    assert sum(line["rows"] for line in manifest["account"] if line["rule"] == r.COPY) == 2


def test_two_shops_that_number_alike_are_no_one_brand(bench):
    def export(number: str, at: str, total: int) -> str:
        return csv_text(["Name", "Financial Status", "Currency", "Total", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price"], (number, "paid", "CNY", total, at, 1, "tea", total))  # fmt: skip

    write_brand("acme", {"one.csv": export("#1001", "2024-06-01 10:00:00 +0800", 10), "two.csv": export("#1001", "2023-02-01 10:00:00 +0800", 999)})  # fmt: skip
    with pytest.raises(
        DataError, match=r"1 order numbers stand for other orders in two\.csv \(first: #1001\).*a brand of its own"
    ):
        import_brand(load_brand("acme"), TODAY)


def test_two_platforms_that_number_alike_are_no_one_brand(bench):
    one = Order("240601123456", AT, (("oolong", 1, 1000),), "ana")
    write_brand("acme", LAYOUTS["jd"]([one]) | tmall_v1([dataclasses.replace(one, at=AT - dt.timedelta(days=90))]))
    with pytest.raises(DataError, match=r"1 order numbers stand for different orders in jd_orders and tmall_orders"):
        import_brand(load_brand("acme"), TODAY)


def test_an_order_in_an_old_and_a_new_export_counts_once(bench):
    """The old report numbers orders only, the new one every item."""
    same = [order(n, "done") for n in range(3)]
    imported("acme", LAYOUTS["tmall_v1"](same) | LAYOUTS["tmall_v3"](same))
    shop = Shop("acme", Shop("acme").manifest["last_day"])
    assert shop.order_lines.count().to_pyarrow().as_py() == 3
