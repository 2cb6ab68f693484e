"""Each platform's export, in its real layout with its traps: orders come back as they were made."""

import dataclasses
import datetime as dt
import io
import tempfile

import openpyxl
import pyarrow.parquet as pq
import pytest
from by_hand import TODAY, csv_text, facts, imported, outcomes, write_brand
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layouts import (
    DOUYIN_HEADERS,
    JD_HEADERS,
    LAYOUTS,
    NAMELESS,
    ONE_SKU,
    SHOPIFY_HEADERS,
    Order,
    douyin,
    jd_rows,
    shopify_rows,
    text,
    tmall_v1,
    tmall_v3,
)  # fmt: skip
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand
from shopkeeper.ingest import reasons as r
from shopkeeper.ingest.recognise import recognise
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

AT = dt.datetime(2024, 6, 11, 20, 30, 15)
ANA = Order(
    "2938000000000000011", AT, (("oolong", 2, 5000), ("pu-erh", 1, 2000)), "ana", off=1200, subsidy=300, postage=800
)
BO = Order("2938000000000000012", AT + dt.timedelta(days=1), (("oolong", 1, 129900),), "bo")
LAST = Order(
    "2938000000000000099", AT + dt.timedelta(days=9), (("oolong", 1, 100),), "zoe"
)  # so that every day before is complete


def in_cents(order: Order) -> list[tuple]:
    return [(sku, quantity) for sku, quantity, _ in order.lines]


orders_drawn = st.builds(
    Order,
    id=st.just(""),
    at=st.datetimes(dt.datetime(2023, 1, 1), dt.datetime(2024, 12, 31)).map(lambda at: at.replace(microsecond=0)),
    lines=st.lists(
        st.tuples(st.sampled_from(["oolong", "pu-erh", "8001", "T-01 红"]), st.integers(1, 30), st.integers(0, 300_000)),
        min_size=1, max_size=4, unique_by=lambda line: line[0],
    ).map(tuple),
    buyer=st.sampled_from(["ana", "小**", "", "bo_88", "王五"]),
    off=st.integers(0, 5000),
    subsidy=st.integers(0, 5000),
    postage=st.sampled_from([0, 0, 800]),
)  # fmt: skip


def possible(order: Order, number: int, layout: str) -> Order:
    """The drawn order with a number of its own, no discount above its price, and only what the layout can say."""
    lines = order.lines[:1] if layout in ONE_SKU else order.lines
    goods = sum(quantity * price for _, quantity, price in lines)
    off = min(order.off, goods)
    subsidy = 0 if layout == "shopify" else min(order.subsidy, goods - off)
    return dataclasses.replace(order, id=f"29380000000000{number:05d}", lines=lines, off=off, subsidy=subsidy)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(orders_drawn, min_size=1, max_size=12))
def test_orders_written_in_a_layout_come_back_the_same(monkeypatch, layout, drawn):
    orders = [possible(order, number, layout) for number, order in enumerate(drawn)]
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("SHOPKEEPER_DATA", folder)
        manifest = imported("acme", LAYOUTS[layout](orders))
        assert not outcomes(manifest, "rejected")
        hashed = load_brand("acme").pseudonym
        expected = [
            (o.id, hashed(o.buyer) if o.buyer and "*" not in o.buyer and layout not in NAMELESS else None, o.at, o.net / 100, o.postage / 100)
            for o in orders
        ]  # fmt: skip
        assert (
            facts("acme", "orders", "order_id", "customer_id", "ordered_at", "net_revenue", "shipping_fee") == expected
        )
        lines = facts("acme", "order_lines", "order_id", "line", "sku", "quantity", "list_price")
        assert lines == [(o.id, n, s, q, p / 100) for o in orders for n, (s, q, p) in enumerate(o.lines, 1)]
        cents = [
            (order_id, round(net * 100, 6)) for order_id, net in facts("acme", "order_lines", "order_id", "net_revenue")
        ]
        assert [sum(net for order_id, net in cents if order_id == o.id) for o in orders] == [o.net for o in orders]
        assert all(net == int(net) for _, net in cents)


@pytest.mark.parametrize("layout", ["tmall_v1", "tmall_v3", "jd"])
def test_an_orders_payment_is_shared_over_its_lines_to_the_cent(bench, layout):
    """120.00 less 12.00 is 108.00; by price 100 : 20 that is 90.00 and 18.00; paid 105.00 is 87.50 and 17.50."""
    imported("acme", LAYOUTS[layout]([ANA, LAST]))
    lines = facts("acme", "order_lines", "order_id", "sku", "net_revenue", "customer_paid", "platform_discount")[:2]
    assert lines == [(ANA.id, "oolong", 90.0, 87.5, 2.5), (ANA.id, "pu-erh", 18.0, 17.5, 0.5)]


@pytest.mark.parametrize("layout", sorted(set(LAYOUTS) - {"shopify", "generic"}))
def test_unpaid_and_fake_orders_are_left_out_with_their_lines_and_counted(bench, layout):
    def single(number: int, **change) -> Order:
        return Order(f"24061{number}-29380000000", AT, (("oolong", 2, 5000),), **change)

    orders = [single(1), single(2), single(3), single(4, status="unpaid"), single(5, memo="亲友刷单 13900002222")]
    manifest = imported("acme", LAYOUTS[layout](orders))
    left_out = outcomes(manifest, "excluded")
    assert left_out.pop(r.TOTALS, 1) == 1
    each = {"never paid": 1, "marked in the seller's memo as fake or a gift": 1}
    assert left_out == each | ({r.ORDER_EXCLUDED: 2} if layout.startswith("tmall") else {})
    assert not outcomes(manifest, "rejected")
    assert len(facts("acme", "orders", "order_id")) == 3


def test_a_memo_that_asks_for_a_free_sample_marks_no_gift_order(bench):
    imported("acme", tmall_v1([dataclasses.replace(ANA, memo="多送赠品小样"), LAST]))
    assert len(facts("acme", "orders", "order_id")) == 2


def test_an_address_leaves_its_province_and_nothing_else(bench):
    imported("acme", tmall_v1([ANA]))
    assert facts("acme", "orders", "region", "storefront") == [("浙江", "茶铺旗舰店")]


REFUNDS = ["订单编号", "退款单编号", "商家编码", "买家退款金额", "退款状态", "买家退款原因", "完结时间"]


def tmall_refunds(*rows: tuple) -> dict[str, bytes]:
    return {"退款.csv": text(REFUNDS, rows)}


def test_refunds_name_their_line_by_its_code_and_only_finished_ones_count(bench):
    refunds = tmall_refunds(
        (ANA.id, "r1", "pu-erh", "20.00", "退款成功", "过敏", "2024-06-15 10:00:00"),
        (ANA.id, "r2", "oolong", "50.00", "退款关闭", "七天无理由", "2024-06-15 10:00:00"),
        (BO.id, "r3", "-", "99.00", "退款成功", "少件", "2024-06-16 10:00:00"),
    )
    manifest = imported("acme", tmall_v1([ANA, BO, LAST]) | refunds)
    found = facts("acme", "returns", "order_id", "line", "refund", "reason")
    assert found == [(ANA.id, 2, 20.0, "过敏"), (BO.id, 1, 99.0, "少件")]
    assert outcomes(manifest, "excluded")["refund withdrawn, refused or not finished yet"] == 1


def test_a_dated_refund_takes_the_place_of_the_order_reports_undated_one(bench):
    headers = [
        "订单编号",
        "买家会员名",
        "买家应付货款",
        "买家实付金额",
        "订单状态",
        "订单创建时间",
        "订单付款时间",
        "退款金额",
    ]
    rows = [
        ("1", "ana", 10, 10, "交易成功", "2024-06-01 10:00:00", "2024-06-01 11:00:00", 4),
        ("2", "bo", 10, 10, "交易关闭", "2024-06-02 10:00:00", "2024-06-02 11:00:00", 10),
        ("3", "zoe", 10, 10, "交易成功", "2024-06-20 23:00:00", "2024-06-20 23:10:00", 0),
    ]
    refunds = tmall_refunds(("1", "r1", "", "4.00", "退款成功", "破损", "2024-06-09 10:00:00"))
    imported("acme", {"orders.csv": text(headers, rows)} | refunds)
    found = [
        (order, str(at), refund) for order, at, refund in facts("acme", "returns", "order_id", "returned_at", "refund")
    ]
    assert found == [("1", "2024-06-09 10:00:00", 4.0), ("2", "2024-06-02 11:00:00", 10.0)]


def test_jds_split_parents_are_dropped_and_their_parts_kept(bench):
    whole = dataclasses.replace(ANA, memo="订单拆分为2938000000000000021,2938000000000000022")
    marked = dataclasses.replace(ANA, id="(删除)2938000000000000031")
    parts = [
        dataclasses.replace(ANA, id=f"293800000000000002{n}", lines=ANA.lines[n - 1 : n], off=0, subsidy=0, postage=0)
        for n in (1, 2)
    ]
    rows = [row for order in [whole, marked, *parts, BO, LAST] for row in jd_rows(order)]
    manifest = imported("acme", {"jd.csv": text(JD_HEADERS, rows)})
    assert outcomes(manifest, "excluded") == {"an order that was split: its parts stand in the file too": 4}
    assert [net for _, net in facts("acme", "orders", "order_id", "net_revenue")] == [1299.0, 100.0, 20.0, 1.0]


def test_an_order_of_pinduoduo_without_a_time_is_dated_by_its_number(bench):
    order = Order("240611-123456789", AT, (("oolong", 1, 5000),))
    [name, content] = next(iter(LAYOUTS["pdd"]([order, dataclasses.replace(order, id="240612-1")]).items()))
    blank = content.decode("utf-8-sig").replace("2024-06-11 20:30:15", "", 2).encode("utf-8-sig")
    imported("acme", {name: blank})
    assert [str(at) for _, at in facts("acme", "orders", "order_id", "ordered_at")] == [
        "2024-06-11 00:00:00",
        "2024-06-11 20:30:15",
    ]


def test_douyins_refunds_find_their_order_and_line_by_the_item(bench):
    headers = ["售后单号", "商品单号", "退商品金额（元）", "售后原因", "用户到账时间"]
    refunds = text(headers, [("'s1\t", f"'{ANA.id}001\t", "17.50", "不想要了", "2024-06-14 08:00:00"), ("'s2\t", f"'{BO.id}000\t", "9", "x", "-")], "utf-8-sig")  # fmt: skip
    manifest = imported("acme", douyin([ANA, BO, LAST]) | {"售后.csv": refunds})
    assert facts("acme", "returns", "order_id", "line", "refund") == [(ANA.id, 2, 17.5)]
    assert outcomes(manifest, "excluded") == {"refund withdrawn, refused or not finished yet": 1}


def test_what_the_platform_and_influencers_bear_reaches_the_merchant(bench):
    headers = [*DOUYIN_HEADERS, "平台实际承担优惠金额", "商家实际承担优惠金额", "达人实际承担优惠金额"]
    [content] = douyin([BO]).values()
    row = content.decode("utf-8-sig").splitlines()[1] + ",30,5,20"
    manifest = imported("acme", {"d.csv": (",".join(headers) + "\n" + row + "\n").encode()})
    assert facts("acme", "order_lines", "net_revenue", "customer_paid", "platform_discount") == [(1349.0, 1299.0, 50.0)]
    assert "达人ID" in manifest["unread_columns"]["d.csv"]


def test_shopifys_order_fields_are_filled_within_an_order_only(bench):
    """Bo bought as a guest: ana's address on the row above is not bo's."""
    rows = [row for order in [ANA, dataclasses.replace(BO, buyer=""), LAST] for row in shopify_rows(order)]
    imported("acme", {"orders_export_1.csv": text(SHOPIFY_HEADERS, rows, "utf-8")})
    names = [customer for _, customer in facts("acme", "orders", "order_id", "customer_id")]
    assert names == [load_brand("acme").pseudonym("ana"), None, load_brand("acme").pseudonym("zoe")]


def test_shopifys_revenue_is_without_tax_and_postage_and_a_cancelled_order_is_gone_from_its_day_on(bench):
    rows = [*shopify_rows(ANA, tax=900), *shopify_rows(BO, refund=129900, cancelled="2024-06-15 10:00:00 +0800"), *shopify_rows(LAST, refund=50)]  # fmt: skip
    imported("acme", {"orders.csv": text(SHOPIFY_HEADERS, rows, "utf-8")})
    before, after = Shop("acme", "2024-06-14"), Shop("acme", "2024-06-20")
    assert before.load(before.orders).net_revenue.tolist() == [108.0, 1299.0]
    assert after.load(after.orders).net_revenue.tolist() == [108.0, 1.0]
    assert facts("acme", "returns", "order_id", "refund") == [(LAST.id, 0.5)]


def test_a_second_currency_in_a_shopify_export_stops_it(bench):
    rows = [*shopify_rows(ANA), *shopify_rows(BO, currency="USD")]
    write_brand("acme", {"orders.csv": text(SHOPIFY_HEADERS, rows, "utf-8")})
    with pytest.raises(DataError, match=r"1 rows in USD, first row 4 of orders\.csv"):
        import_brand(load_brand("acme"), TODAY)


def test_what_an_order_cost_is_filled_in_and_an_unknown_orders_costs_are_rejected(bench):
    costs = csv_text(["order_id", "platform_fee", "logistics_cost"], (ANA.id, 5.4, 8), (LAST.id, 0.05, 8), ("7", 1, 1))
    manifest = imported("acme", tmall_v3([ANA, LAST]) | {"order_costs.csv": costs})
    assert facts("acme", "orders", "order_id", "platform_fee", "net_revenue") == [
        (ANA.id, 5.4, 108.0),
        (LAST.id, 0.05, 1.0),
    ]
    assert outcomes(manifest, "rejected") == {r.NOT_IN_ORDERS: 1}


def test_what_a_line_cost_is_filled_in_by_order_and_sku(bench):
    rows = [(ANA.id, "oolong", 31.5), (ANA.id, "pu-erh", 7), (ANA.id, "green", 5), (LAST.id, "oolong", 32)]
    costs = csv_text(["order_id", "sku", "unit_cost"], *rows)
    manifest = imported("acme", tmall_v3([ANA, LAST]) | {"line_costs.csv": costs})
    assert facts("acme", "order_lines", "order_id", "sku", "unit_cost") == [
        (ANA.id, "oolong", 31.5),
        (ANA.id, "pu-erh", 7.0),
        (LAST.id, "oolong", 32.0),
    ]
    assert outcomes(manifest, "rejected") == {r.NO_PARENT: 1}


def test_the_cost_of_a_line_whose_order_a_rule_leaves_out_is_left_out_with_it(bench):
    unpaid = dataclasses.replace(BO, status="unpaid")
    costs = csv_text(["order_id", "sku", "unit_cost"], (ANA.id, "oolong", 31.5), (BO.id, "oolong", 31.5))
    manifest = imported("acme", tmall_v3([ANA, unpaid, LAST]) | {"line_costs.csv": costs})
    [told] = [row for row in manifest["account"] if row["file"] == "line_costs.csv" and row["outcome"] != "kept"]
    assert (told["outcome"], told["rule"], told["rows"]) == ("excluded", r.ORDER_EXCLUDED, 1)


def test_an_item_report_with_the_orders_headers_beside_is_still_one_of_items():
    rich = ["子订单编号", "主订单编号", "商品标题", "商品价格", "购买数量", "商家编码", "订单状态", "买家应付货款", "买家实付金额", "退款状态", "退款金额",
        "订单创建时间", "订单付款时间", "发货时间", "确认收货时间", "商家备注", "店铺名称", "买家会员名"]  # fmt: skip
    assert recognise("x.xlsx", rich).name == "tmall_items"


def tmall_orders(*rows: tuple) -> dict[str, bytes]:
    headers = ["订单编号", "买家应付货款", "买家实付金额", "订单状态", "订单创建时间", "订单付款时间", "退款金额"]
    return {"orders.csv": text(headers, rows)}


def test_of_a_refund_told_in_passing_what_no_report_has_stays(bench):
    """The order's report says 15 came back; the refund report of one month has 5 of it."""
    paid = ("2024-06-01 10:00:00", "2024-06-01 10:01:00")
    imported("acme", tmall_orders(("1", 60, 60, "交易成功", *paid, 15)) | tmall_refunds(("1", "r1", "", 5, "退款成功", "破损", "2024-06-09 10:00:00")))  # fmt: skip
    found = pq.read_table(load_brand("acme").tables / "returns").to_pylist()
    assert sorted(row["refund"] for row in found) == [5.0, 10.0]


@pytest.mark.parametrize(("refund", "back"), [(0, 60.0), ("", 60.0), ("无退款申请", 60.0), (20, 20.0)])
def test_an_order_closed_after_it_was_paid_came_back(bench, refund, back):
    imported("acme", tmall_orders(("1", 60, 60, "交易关闭", "2024-06-01 10:00:00", "2024-06-01 10:01:00", refund)))
    assert facts("acme", "returns", "order_id", "refund") == [("1", back)]


@pytest.mark.parametrize("status", ["等待买家付款", "没有创建支付宝交易", "付款确认中", "交易关闭"])
def test_what_was_never_paid_is_no_revenue_whatever_its_status_is_called(bench, status):
    paid = ("2", 10, 10, "交易成功", "2024-06-01 10:00:00", "2024-06-01 10:01:00", 0)
    manifest = imported("acme", tmall_orders(("1", 60, 0, status, "2024-06-01 10:00:00", "", 0), paid))
    assert outcomes(manifest, "excluded") == {"never paid": 1}


def test_what_an_export_does_not_say_is_not_known_and_not_nothing(bench):
    """JD without 应付金额: what the customer paid, and so what the platform bore, nobody knows."""
    position = JD_HEADERS.index("应付金额")
    rows = [row[:position] + row[position + 1 :] for row in jd_rows(BO)]
    imported("acme", {"jd.csv": text(JD_HEADERS[:position] + JD_HEADERS[position + 1 :], rows)})
    assert facts("acme", "order_lines", "net_revenue", "customer_paid", "platform_discount") == [(1299.0, None, None)]


def test_money_of_another_currency_is_refused(bench):
    folder = write_brand("acme", tmall_v1([ANA]))
    settings_ = (folder / "brand.toml").read_text().replace('"CNY"', '"USD"')
    (folder / "brand.toml").write_text(settings_)
    with pytest.raises(DataError, match=r"tmall_orders is in CNY, and acme in USD"):
        import_brand(load_brand("acme"), TODAY)


def test_shopifys_refunds_are_without_tax_and_postage_like_its_revenue(bench):
    """Goods 108, postage 8, tax 12: all of 128 back is 108 of goods."""
    rows = shopify_rows(ANA, tax=1200, refund=12800)
    imported("acme", {"orders.csv": text(SHOPIFY_HEADERS, rows, "utf-8")})
    assert facts("acme", "returns", "refund") == [(108.0,)]
    assert facts("acme", "orders", "net_revenue") == [(108.0,)]


def test_costs_may_come_in_two_files_one_for_each(bench):
    files = {
        "fees.csv": csv_text(["order_id", "platform_fee"], (ANA.id, 5.4)),
        "parcels.csv": csv_text(["order_id", "logistics_cost"], (ANA.id, 8)),
    }
    imported("acme", tmall_v3([ANA]) | files)
    assert facts("acme", "orders", "platform_fee", "logistics_cost") == [(5.4, 8.0)]


def test_strangers_beside_the_exports_are_named_and_passed_over(bench):
    strangers = {
        "~$订单.xlsx": b"lock",
        "Thumbs.db": b"x",
        "说明.txt": "请看这里",
        "old.xls": b"x",
        "notes.csv": "a,b\n1,2\n",
    }
    manifest = imported("acme", tmall_v1([ANA]) | strangers)
    assert manifest["unread"] == ["notes.csv", "old.xls", "说明.txt"]
    assert manifest["tables"]["orders"]["rows"] == 1


def test_a_title_above_the_headers_and_a_sheet_of_explanations_are_passed_over(bench):
    book = openpyxl.Workbook()
    content = next(iter(tmall_v3([ANA]).values()))
    for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True):
        if not book.active.max_row > 1:
            book.active.append(["订单报表 2024 年 6 月"])
        book.active.append(list(row))
    book.create_sheet("说明").append(["本表由千牛导出", "请勿修改"])
    out = io.BytesIO()
    book.save(out)
    imported("acme", {"订单.xlsx": out.getvalue()})
    assert len(facts("acme", "orders", "order_id")) == 1


def test_an_order_with_a_line_that_cannot_be_read_is_rejected_whole(bench):
    """Its amount would otherwise fall on the lines that are left."""
    rows = [row for order in (ANA, BO, LAST) for row in jd_rows(order)]
    rows[0] = (*rows[0][:3], "two", *rows[0][4:])
    manifest = imported("acme", {"jd.csv": text(JD_HEADERS, rows)})
    assert outcomes(manifest, "rejected") == {f"quantity: {r.NOT['integer']}": 1, r.SIBLING: 1}
    assert [order_id for (order_id,) in facts("acme", "orders", "order_id")] == [BO.id, LAST.id]
