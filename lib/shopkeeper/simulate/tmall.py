"""Tmall's reports as a merchant exports them: orders (订单报表), items (宝贝报表) and refunds (退款), traps and all."""

from pathlib import Path

import numpy as np
import pandas as pd

from shopkeeper.simulate.exports import CLOSED, SHOP, Export, half_years, known, stamps, stated, write_csv, yuan
from shopkeeper.simulate.history import History
from shopkeeper.simulate.xlsx import write_xlsx

# Some headers end in a space: the platform's do.
ORDERS_V1 = (
    "订单编号", "买家会员名", "买家支付宝账号", "买家应付货款", "买家应付邮费", "总金额", "买家实际支付金额", "订单状态", "买家留言",
    "收货人姓名", "收货地址 ", "联系电话 ", "联系手机", "订单创建时间", "订单付款时间 ", "宝贝标题 ", "宝贝总数量", "店铺名称",
    "订单关闭原因", "订单备注", "退款金额", "确认收货时间", "打款商家金额",
)  # fmt: skip
ORDERS_V3 = (
    "订单编号", "支付单号", "买家会员名", "买家应付货款", "买家应付邮费", "总金额", "买家实付金额", "订单状态", "收货人姓名", "收货地址",
    "联系手机", "订单创建时间", "订单付款时间", "发货时间", "商品标题", "宝贝总数量", "店铺名称", "商家备注", "退款金额", "确认收货时间",
    "确认收货打款金额",
)  # fmt: skip
ITEMS_V1 = (
    "订单编号",
    "标题",
    "价格",
    "购买数量",
    "外部系统编号",
    "商品属性",
    "套餐信息",
    "备注",
    "订单状态",
    "商家编码",
)
ITEMS_V3 = (
    "子订单编号", "主订单编号", "商品标题", "商品价格", "购买数量", "商品ID", "商品属性", "商家编码", "买家应付货款", "买家实付金额",
    "订单状态", "退款状态", "退款金额",
)  # fmt: skip
REFUNDS = (
    "订单编号", "退款单编号", "商家编码", "宝贝标题", "买家实际支付金额", "买家退款金额", "退款状态", "退货数量", "买家退款原因",
    "退款的申请时间", "完结时间",
)  # fmt: skip
_CODEC = "gbk"


def write_tmall(folder: Path, history: History) -> None:
    """All three reports, by half-years that overlap by two weeks: CSV in GBK first, XLSX from 2026."""
    raw = folder / "raw"
    orders = stated(history)
    for export in half_years(history.scene.world):
        view = known(orders, history.returns, export)
        items = _items(history, view, export)
        if export.is_modern:
            write_xlsx(raw / f"ExportOrderList_{export.label}.xlsx", [ORDERS_V3, *_orders_v3(view)])
            write_xlsx(raw / f"ExportOrderDetailList_{export.label}.xlsx", [ITEMS_V3, *_items_v3(items)])
        else:
            rows = [*_orders_v1(view), _totals(view), [""] * len(ORDERS_V1), [""] * len(ORDERS_V1)]
            write_csv(raw / f"ExportOrderList_{export.label}.csv", ORDERS_V1, rows, _CODEC)
            write_csv(raw / f"ExportOrderDetailList_{export.label}.csv", ITEMS_V1, _items_v1(items), _CODEC)
        write_csv(raw / f"ExportRefundList_{export.label}.csv", REFUNDS, _refunds(history, export), _CODEC)


def _comma(fen: pd.Series) -> list[str]:
    """Yuan with a thousands comma, and nothing written as `0元`."""
    return [f"{value / 100:,.2f}" if value else "0元" for value in fen.tolist()]


def _orders_v1(view: pd.DataFrame) -> list[list[str]]:
    paid = view.paid_fen.where(view.paid_at.notna(), 0)
    reason = np.select([view.status != CLOSED, view.paid_at.isna()], ["null", "买家未付款"], "退款")
    columns = [
        [f'="{number}"' for number in view.order_id], view.nick, ["null"] * len(view), _comma(view.net_fen),
        yuan(view.postage_fen), _comma(view.net_fen + view.postage_fen), yuan(paid), view.status,
        [text or "null" for text in view.message], view.name, view.address, ["null"] * len(view),
        ["'" + phone for phone in view.phone], stamps(view["at"]), stamps(view.paid_at), view.title, view.units.astype(str),
        [SHOP] * len(view), reason, view.memo, yuan(view.refund_fen), stamps(view.confirmed_at), yuan(view.settled_fen),
    ]  # fmt: skip
    return [list(row) for row in zip(*columns, strict=True)]


def _totals(view: pd.DataFrame) -> list[str]:
    """The last row of the older report: sums under the money."""
    row = dict.fromkeys(ORDERS_V1, "")
    paid = view.paid_fen.where(view.paid_at.notna(), 0)
    sums = {
        "买家应付货款": view.net_fen, "买家应付邮费": view.postage_fen, "总金额": view.net_fen + view.postage_fen,
        "买家实际支付金额": paid, "退款金额": view.refund_fen, "打款商家金额": view.settled_fen,
    }  # fmt: skip
    row |= {name: _comma(pd.Series([values.sum()]))[0] for name, values in sums.items()}
    return list((row | {"订单编号": "合计", "宝贝总数量": str(view.units.sum())}).values())


def _orders_v3(view: pd.DataFrame) -> list[tuple[object, ...]]:
    paid = view.paid_fen.where(view.paid_at.notna(), 0)
    payment = ["" if number is pd.NaT else f"{stamp[:10].replace('-', '')}22001{order[-13:]}"
               for number, stamp, order in zip(view.paid_at, stamps(view.paid_at), view.order_id, strict=True)]  # fmt: skip
    columns = [
        view.order_id, payment, view.nick, *_numbers(view.net_fen, view.postage_fen, view.net_fen + view.postage_fen, paid),
        view.status, view.name, view.address, view.phone, stamps(view["at"]), stamps(view.paid_at), stamps(view.sent_at),
        view.title, view.units, [SHOP] * len(view), view.memo, *_numbers(view.refund_fen), stamps(view.confirmed_at),
        *_numbers(view.settled_fen),
    ]  # fmt: skip
    return list(zip(*columns, strict=True))


def _numbers(*amounts: pd.Series) -> list[list[float]]:
    return [[value / 100 for value in fen.tolist()] for fen in amounts]


def _items(history: History, view: pd.DataFrame, export: Export) -> pd.DataFrame:
    """The lines of an export's orders, in their order, with their refunds as they stood."""
    lines = history.lines[history.lines["order"].isin(view.index)].copy()
    returns = history.returns
    granted = returns[returns.is_granted & (returns.done_at < export.until)]
    refund = granted.set_index(["order", "line"]).refund_fen
    lines["refund_fen"] = refund.reindex(pd.MultiIndex.from_frame(lines[["order", "line"]]), fill_value=0).to_numpy()
    lines["place"] = pd.Series(np.arange(len(view)), index=view.index)[lines["order"]].to_numpy()
    lines[["order_id", "status", "paid_at", "memo"]] = view.loc[
        lines["order"], ["order_id", "status", "paid_at", "memo"]
    ].to_numpy()
    skus = history.scene.catalogue.skus
    lines["code"], lines["title"] = skus["sku"].to_numpy()[lines.sku], skus["product"].to_numpy()[lines.sku]
    return lines.sort_values(["place", "line"])


def _items_v1(items: pd.DataFrame) -> list[list[str]]:
    blank = ["null"] * len(items)
    columns = [
        [f'="{number}"' for number in items.order_id], items.title, yuan(items.price_fen), items.quantity.astype(str),
        items.code, blank, blank, items.memo, items.status, items.code,
    ]  # fmt: skip
    return [list(row) for row in zip(*columns, strict=True)]


def _items_v3(items: pd.DataFrame) -> list[tuple[object, ...]]:
    child = [f"{number[:17]}{line:02d}" for number, line in zip(items.order_id, items.line, strict=True)]
    product = [f"7{sku * 104_729 % 10**11:011d}" for sku in items.sku]
    is_paid = items.paid_at.notna()
    refund = [fen / 100 if fen else "无退款申请" for fen in items.refund_fen.tolist()]
    state = np.where(items.refund_fen > 0, "退款成功", "没有申请退款")
    columns = [
        child, items.order_id, items.title, *_numbers(items.price_fen), items.quantity, product, [""] * len(items), items.code,
        *_numbers(items.net_fen, items.paid_fen.where(is_paid, 0)), items.status, state.tolist(), refund,
    ]  # fmt: skip
    return list(zip(*columns, strict=True))


def _refunds(history: History, export: Export) -> list[list[str]]:
    """Requests that were settled by the export's end and asked for since its start, newest first."""
    returns = history.returns
    view = returns[(returns.asked_at >= export.since) & (returns.done_at < export.until)].iloc[::-1]
    orders = history.orders.loc[view["order"]]
    paid = history.lines.set_index(["order", "line"]).paid_fen[pd.MultiIndex.from_frame(view[["order", "line"]])]
    skus = history.scene.catalogue.skus.iloc[view["sku"]]
    status = np.where(view.is_granted, "退款成功", "退款关闭")
    columns = [
        [f'="{number}"' for number in orders.order_id], [f'="1{n[1:17]}{line:02d}"' for n, line in zip(orders.order_id, view.line, strict=True)],
        skus["sku"], skus["product"], yuan(paid), yuan(view.refund_fen), status, view.quantity, view.reason, stamps(view.asked_at), stamps(view.done_at),
    ]  # fmt: skip
    return [list(row) for row in zip(*columns, strict=True)]
