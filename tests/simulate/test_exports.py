import csv

import numpy as np
import openpyxl
import pandas as pd
import pytest
from shopkeeper.simulate import World, simulate
from shopkeeper.simulate.checkout import allocate
from shopkeeper.simulate.xlsx import write_xlsx

HALVES = ("2024H2", "2025H1", "2025H2", "2026H1")
ALIASES = {
    "主订单编号": "订单编号",
    "商品价格": "价格",
    "买家实付金额": "买家实际支付金额",
    "确认收货打款金额": "打款商家金额",
    "商家备注": "订单备注",
}


def read(folder, report, half):
    """One export as a frame of texts, headers trimmed, v3's names turned into v1's."""
    path = next((folder / "raw").glob(f"{report}_{half}.*"))
    if path.suffix == ".xlsx":
        rows = openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True)
        table = [["" if cell is None else str(cell) for cell in row] for row in rows]
    else:
        table = [row for row in csv.reader(path.open(encoding="gbk", newline="")) if any(row)]
    frame = pd.DataFrame(table[1:], columns=[ALIASES.get(name.strip(), name.strip()) for name in table[0]])
    frame["订单编号"] = frame["订单编号"].str.strip('="')
    return frame[frame["订单编号"] != "合计"].set_index("订单编号")


def money(texts):
    return texts.str.replace(",", "").str.removesuffix("元").astype(float)


def newest(folder, report):
    """All exports of a report, the newest row of each order."""
    halves = [read(folder, report, half).assign(half=half) for half in HALVES]
    last = pd.concat([part.half for part in halves]).groupby(level=0).max()
    both = pd.concat(halves)
    return both[both.half == last[both.index]]


@pytest.fixture(scope="module")
def truth(aurora):
    return {path.stem: pd.read_parquet(path) for path in (aurora[0] / "truth").glob("*.parquet")}


def test_orders_in_the_exports_are_the_true_ones_to_the_fen(aurora, truth):
    orders = newest(aurora[0], "ExportOrderList")
    true = truth["orders"].set_index("order_id").loc[orders.index]
    assert len(orders) == len(truth["orders"])
    assert (money(orders["买家应付货款"]) - true.net_revenue).abs().max() < 1e-9
    assert (money(orders["买家实际支付金额"]) - true.customer_paid).abs().max() < 1e-9
    assert (money(orders["总金额"]) - true.net_revenue - true.postage).abs().max() < 1e-9
    assert (pd.to_datetime(orders["订单创建时间"]) == true["at"]).all()


def test_units_in_the_items_are_the_true_ones(aurora, truth):
    items = newest(aurora[0], "ExportOrderDetailList")
    raw = items["购买数量"].astype(int).groupby([items.index, items["商家编码"]]).sum()
    true = truth["order_lines"].set_index(["order_id", "sku"]).quantity
    assert raw.sort_index().tolist() == true.sort_index().tolist()


def test_an_orders_money_falls_on_its_lines_by_price_times_quantity(aurora, truth):
    items = newest(aurora[0], "ExportOrderDetailList")
    weight = items["价格"].astype(float) * items["购买数量"].astype(float)
    total = truth["orders"].set_index("order_id").net_revenue[items.index]
    share = (total * weight / weight.groupby(level=0).transform("sum").clip(lower=0.01)).to_numpy()
    true = (
        truth["order_lines"]
        .set_index(["order_id", "sku"])
        .net_revenue[list(zip(items.index, items["商家编码"], strict=True))]
    )
    assert np.abs(share - true.to_numpy()).max() <= 0.01


def test_lines_sum_to_their_order(truth):
    lines = truth["order_lines"].groupby("order_id")[["net_revenue", "customer_paid"]].sum()
    orders = truth["orders"].set_index("order_id").loc[lines.index]
    assert (lines.net_revenue - orders.net_revenue).abs().max() < 1e-6
    paid = orders[orders.kind != "unpaid"]
    assert (lines.customer_paid[paid.index] + paid.postage - paid.customer_paid).abs().max() < 1e-6


def test_a_total_is_spread_without_losing_a_fen():
    assert allocate(np.array([100, 7]), np.array([0, 0, 0, 1]), np.array([1, 1, 1, 5])).tolist() == [33, 34, 33, 7]
    assert allocate(np.array([0]), np.array([0]), np.array([0])).tolist() == [0]


def test_exports_overlap_and_the_newer_knows_more(aurora):
    older, newer = (read(aurora[0], "ExportOrderList", half) for half in ("2025H1", "2025H2"))
    both = older.index.intersection(newer.index)
    assert len(both) > 5
    assert {"买家已付款，等待卖家发货", "卖家已发货，等待买家确认"} >= set(older["订单状态"][both]) - {
        "交易成功",
        "交易关闭",
    }
    assert (older["订单状态"][both] != newer["订单状态"][both]).any()
    assert set(newer["订单状态"][both]) == {"交易成功", "交易关闭"} or set(newer["订单状态"][both]) == {"交易成功"}
    assert newer["订单创建时间"].min() >= "2025-06-17"
    open_ = older[~older["订单状态"].isin(["交易成功", "交易关闭"])]
    assert (open_["确认收货时间"] == "").all()
    assert (money(open_["打款商家金额"]) == 0).all()


def test_an_unpaid_order_is_closed_and_brought_nothing(aurora, truth):
    orders = newest(aurora[0], "ExportOrderList")
    unpaid = orders.loc[truth["orders"].order_id[truth["orders"].kind == "unpaid"]]
    assert len(unpaid) > 10
    assert (unpaid["订单状态"] == "交易关闭").all()
    assert (unpaid["订单付款时间"] == "").all()
    assert (money(unpaid["买家实际支付金额"]) == 0).all()


def test_refunds_are_the_true_returns(aurora, truth):
    refunds = newest(aurora[0], "ExportRefundList").drop_duplicates("退款单编号")
    refunds["退款单编号"] = refunds["退款单编号"].str.strip('="')
    granted = refunds[refunds["退款状态"] == "退款成功"]
    true = truth["returns"][truth["returns"].is_granted]
    assert len(granted) == len(true) > 10
    assert granted["买家退款金额"].astype(float).sum() == pytest.approx(true.refund.sum())
    assert (granted["买家退款金额"].astype(float) <= granted["买家实际支付金额"].astype(float)).all()
    assert refunds["退货数量"].astype(int).sum() == truth["returns"].quantity.sum() > 0


def test_the_platforms_traps_are_there(aurora):
    files = sorted((aurora[0] / "raw").glob("ExportOrderList_*.csv"))
    text = "".join(path.read_bytes().decode("gbk") for path in files)
    for trap in ('"=""2', ",'120", "0元", ",null,", "收货地址 ,联系电话 ,", '"1,', "**,", "\r\n合计,"):
        assert trap in text, trap
    assert text.splitlines()[-1] == "," * 22


def test_customers_go_by_their_nick_and_the_masked_are_left_out(aurora, truth):
    customers = pd.read_csv(aurora[0] / "raw" / "customers.csv")
    orders = newest(aurora[0], "ExportOrderList")
    nicks = set(orders["买家会员名"][~orders["订单备注"].str.contains("刷单|补单")])
    assert customers.customer_id.is_unique
    assert set(customers.customer_id) == {nick for nick in nicks if "*" not in nick}
    assert not set(truth["customers"].nick[truth["customers"].is_masked]) & set(customers.customer_id)


def test_fewer_skus_categories_and_segments_are_honoured(tmp_path):
    history = simulate(tmp_path, World(customers=50, skus=12, categories=3, segments=1, days=60))
    assert len(history.scene.catalogue.skus) == 12
    assert set(history.people.segment) == {0}
    assert sorted(path.name for path in (tmp_path / "raw").glob("Export*")) == [
        f"Export{report}List_2024H2.csv" for report in ("OrderDetail", "Order", "Refund")
    ]
    assert not (
        tmp_path / "raw" / "bundles.csv"
    ).exists()  # the importer takes headers without rows for a failed export


def test_a_new_simulation_sweeps_away_the_old_and_nothing_else(tmp_path):
    simulate(tmp_path, World(customers=20, skus=8, days=300))
    (tmp_path / "raw" / "notes.csv").write_text("mine")
    simulate(tmp_path, World(customers=20, skus=8, days=60))
    names = {path.name for path in (tmp_path / "raw").iterdir()}
    assert "notes.csv" in names
    assert "ExportOrderList_2025H1.csv" not in names


def test_a_workbook_reads_back_as_written(tmp_path):
    write_xlsx(tmp_path / "a.xlsx", [["订单编号", "金额"], ["2938471650123456789", 16.5], ["", 3], ["<&>", 0.0]])
    rows = openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(values_only=True)
    assert list(rows) == [("订单编号", "金额"), ("2938471650123456789", 16.5), (None, 3), ("<&>", 0)]


def test_an_order_paid_back_before_confirmation_is_closed_with_its_refund_told(aurora, truth):
    orders = newest(aurora[0], "ExportOrderList")
    true = truth["orders"].set_index("order_id")
    closed = orders.loc[true.index[true.closed_at.notna()]]
    assert len(closed) > 10
    assert (closed["订单状态"] == "交易关闭").all()
    assert (closed["确认收货时间"] == "").all()
    assert (closed["订单付款时间"] != "").all()
    due = (true.customer_paid - true.postage)[closed.index]
    assert (money(closed["退款金额"]) - due).abs().max() < 1e-9
    assert (money(closed["打款商家金额"]) == 0).all()
    assert (orders["订单状态"] == "交易关闭").sum() == len(closed) + (true.kind == "unpaid").sum()


def test_an_export_made_before_the_refund_knows_nothing_of_it(tmp_path):
    history = simulate(tmp_path, World(customers=400, skus=16, days=300, unshipped_rate=0.5, paired_promotions=False))
    older = read(tmp_path, "ExportOrderList", "2024H2")
    ids = history.orders.set_index("order_id").closed_at
    later = ids[ids >= "2025-01-01"].index.intersection(older.index)
    assert len(later) > 0
    assert (money(older.loc[later, "退款金额"]) == 0).all()
    assert (older.loc[later, "订单状态"] != "交易关闭").all()


def test_one_or_two_customers_make_a_world_without_warnings(tmp_path, recwarn):
    for customers in (1, 2):
        simulate(tmp_path / str(customers), World(customers=customers, skus=8))
    assert [str(w.message) for w in recwarn if issubclass(w.category, FutureWarning)] == []
