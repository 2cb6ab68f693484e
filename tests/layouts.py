"""Orders written as the platforms export them, with the traps that their files hold: made up, in the real layouts."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import openpyxl


@dataclass(frozen=True)
class Order:
    """An order: lines are (sku, quantity, price of one in cents); off is the merchant's discount, subsidy the platform's."""

    id: str
    at: dt.datetime
    lines: tuple[tuple[str, int, int], ...]
    buyer: str = ""
    off: int = 0
    subsidy: int = 0
    postage: int = 0
    memo: str = ""
    status: str = "done"

    @property
    def goods(self) -> int:
        """What its goods list for, in cents."""
        return sum(quantity * price for _, quantity, price in self.lines)

    @property
    def net(self) -> int:
        """What the merchant receives for the goods, in cents."""
        return self.goods - self.off

    @property
    def paid(self) -> int:
        """What the customer paid, postage included, in cents."""
        return self.net - self.subsidy + self.postage

    def shares(self, amount: int) -> list[int]:
        """An amount over the lines in proportion to their price, in whole cents; the last takes what is left."""
        parts = [amount * q * price // self.goods if self.goods else 0 for _, q, price in self.lines]
        return [*parts[:-1], amount - sum(parts[:-1])]


def money(cents: int) -> str:
    """12.5 as 1,250.00 is written where it needs a comma."""
    return f"{cents / 100:,.2f}"


def plain(cents: int) -> str:
    """Without thousands commas."""
    return f"{cents / 100:.2f}"


def text(headers: list[str], rows: Iterable[tuple], encoding: str = "gbk", tail: tuple[tuple, ...] = ()) -> bytes:
    """A CSV file, as the older exports are, with a blank line at its end."""
    out = io.StringIO()
    csv.writer(out).writerows([headers, *rows, *tail])
    return (out.getvalue() + "\r\n").encode(encoding)


def sheet(headers: list[str], rows: Iterable[tuple]) -> bytes:
    """An XLSX file with everything as text, as 千牛 writes it."""
    book = openpyxl.Workbook()
    for row in [headers, *rows]:
        book.active.append([str(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def stamp(order: Order, hours: int = 0) -> str:
    """A time as the platforms write it."""
    return (order.at + dt.timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S")


TMALL = {"done": "交易成功", "paid": "买家已付款，等待卖家发货", "unpaid": "等待买家付款", "closed": "交易关闭"}
ADDRESS = "浙江省 杭州市 西湖区 文三路 9 号"
V1_ORDERS = ["订单编号", "买家会员名", "买家支付宝账号", "买家应付货款", "买家应付邮费", "总金额", "买家实际支付金额", "订单状态", "收货人姓名", "收货地址 ",
    "联系手机", "订单创建时间", "订单付款时间 ", "宝贝标题 ", "宝贝总数量", "店铺名称", "订单备注", "订单关闭原因", "退款金额", "确认收货时间", "打款商家金额"]  # fmt: skip
V1_ITEMS = [
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
]
V3_ORDERS = ["订单编号", "支付单号", "买家会员名", "买家应付货款", "买家应付邮费", "总金额", "买家实付金额", "订单状态", "收货人姓名", "收货地址", "联系手机",
    "订单创建时间", "订单付款时间", "发货时间", "商品标题", "商家备注", "退款金额", "确认收货时间", "确认收货打款金额"]  # fmt: skip
V3_ITEMS = ["子订单编号", "主订单编号", "商品标题", "商品价格", "购买数量", "商品ID", "商品属性", "商家编码", "买家应付货款", "买家实付金额", "订单状态", "退款状态", "退款金额"]  # fmt: skip


def tmall_v1(orders: Iterable[Order]) -> dict[str, bytes]:
    """订单报表 and 宝贝报表 of the first kind: GBK, ="…" around numbers, headers that end in a blank, a row of totals."""
    orders = list(orders)
    heads = [
        (f'="{o.id}"', o.buyer, "a@b.cn", money(o.net), f"{o.postage / 100:g}元", money(o.net + o.postage),
         "0元" if o.status == "unpaid" else money(o.paid), TMALL[o.status], "王小明", ADDRESS, "'13900001111", stamp(o),
         "" if o.status == "unpaid" else stamp(o, 1), "茶", sum(q for _, q, _ in o.lines), "茶铺旗舰店", o.memo, "null", 0,
         stamp(o, 99) if o.status == "done" else "null", money(o.paid))
        for o in orders
    ]  # fmt: skip
    items = [
        (f'="{o.id}"', f"{sku} 茶", money(price), quantity, "null", "规格:大", "null", "", TMALL[o.status], sku)
        for o in orders
        for sku, quantity, price in o.lines
    ]
    totals = (("合计", *[""] * 4, "9,999.00"),)
    return {
        "ExportOrderList.csv": text(V1_ORDERS, heads, tail=totals),
        "ExportOrderDetailList.csv": text(V1_ITEMS, items),
    }


def tmall_v3(orders: Iterable[Order]) -> dict[str, bytes]:
    """The same of the third kind: XLSX, with the payment of each line."""
    orders = list(orders)
    heads = [
        (o.id, "2025", o.buyer, plain(o.net), plain(o.postage), plain(o.net + o.postage), plain(o.paid * (o.status != "unpaid")),
         TMALL[o.status], "王小明", ADDRESS, "139****1111", stamp(o), "" if o.status == "unpaid" else stamp(o, 1), stamp(o, 20), "茶", o.memo, "0",
         stamp(o, 99) if o.status == "done" else "", plain(o.paid))
        for o in orders
    ]  # fmt: skip
    items = [
        (f"{o.id}-{n}", o.id, f"{sku} 茶", plain(price), quantity, "77", "大", sku, plain(due), plain(due - subsidy), TMALL[o.status], "-", "无退款申请")
        for o in orders
        for n, ((sku, quantity, price), due, subsidy) in enumerate(zip(o.lines, o.shares(o.net), o.shares(o.subsidy), strict=True))
    ]  # fmt: skip
    return {
        "ExportOrderList.xlsx": sheet(V3_ORDERS, heads),
        "ExportOrderDetailList.xlsx": sheet(V3_ITEMS, items),
    }


JD_HEADERS = ["订单号", "商品ID", "商品名称", "订购数量", "下单时间", "京东价", "订单金额", "结算金额", "应付金额", "订单状态", "下单帐号", "客户姓名",
    "客户地址", "联系电话", "商家备注", "运费金额", "付款确认时间", "货号", "订单完成时间", "商家SKUID"]  # fmt: skip
JD = {"done": "完成", "paid": "等待出库", "unpaid": "等待付款", "closed": "(取消)"}


def jd_rows(o: Order) -> list[tuple]:
    """A row for each SKU, the order's amounts on every one."""
    return [
        (f"{o.id}\t", f"10{n}", f"{sku} 茶", quantity, stamp(o), money(price), money(o.goods + o.postage), money(o.net + o.postage),
         money(o.paid), JD[o.status], o.buyer, "王小明", ADDRESS, "13900001111", o.memo, plain(o.postage),
         "" if o.status == "unpaid" else stamp(o, 1), "-", stamp(o, 99) if o.status == "done" else "", sku)
        for n, (sku, quantity, price) in enumerate(o.lines)
    ]  # fmt: skip


def jd(orders: Iterable[Order]) -> dict[str, bytes]:
    """订单: GBK, tabs behind the numbers."""
    return {"订单.csv": text(JD_HEADERS, [row for order in orders for row in jd_rows(order)])}


PDD_HEADERS = ["商品", "订单号", "订单状态", "商品总价(元)", "邮费(元)", "店铺优惠折扣(元)", "平台优惠折扣(元)", "多多支付立减金额(元)", "用户实付金额(元)", "商家实收金额(元)",
    "商品数量(件)", "支付时间", "订单成交时间", "发货时间", "确认收货时间", "商品id", "商品规格", "样式ID", "商家编码-规格维度", "商家编码-商品维度", "售后状态", "商家备注"]  # fmt: skip
PDD = {"done": "已收货", "paid": "待发货", "unpaid": "待支付", "closed": "已取消"}


def pdd(orders: Iterable[Order]) -> dict[str, bytes]:
    """订单: UTF-8 with a mark, a tab behind every cell; an order is of one SKU, and nobody's."""
    rows = []
    for o in orders:
        [(sku, quantity, _)] = o.lines
        at = "" if o.status == "unpaid" else stamp(o)
        cells = (f"{sku} 茶", o.id, PDD[o.status], plain(o.goods), plain(o.postage), plain(o.off), plain(o.subsidy), "0.00", plain(o.paid), plain(o.net + o.postage),
                 quantity, at, at, "", "", "88", "大", "99", sku, "", "无售后或售后取消", o.memo)  # fmt: skip
        rows.append(tuple(f"{cell}\t" for cell in cells))
    return {"orders_export.csv": text(PDD_HEADERS, rows, "utf-8-sig")}


DOUYIN_HEADERS = ["主订单编号", "子订单编号", "选购商品", "商品规格", "商品数量", "商品ID", "商家编码", "商品单价", "订单应付金额", "运费", "平台优惠", "商家优惠", "达人优惠", "支付优惠",
    "收件人", "收件人手机号", "省", "订单提交时间", "支付完成时间", "订单完成时间", "流量来源", "订单状态", "达人ID", "售后状态", "取消原因", "广告渠道", "流量体裁", "商家备注"]  # fmt: skip
DOUYIN = {"done": "已完成", "paid": "待发货", "unpaid": "待支付", "closed": "已关闭"}


def douyin(orders: Iterable[Order]) -> dict[str, bytes]:
    """订单: a quote before every number, a tab behind it, - for nothing."""
    rows = [
        (f"'{o.id}\t", f"'{o.id}{n:03d}\t", f"{sku} 茶", "大", quantity, "'66", sku, plain(price), plain(due - subsidy + (o.postage if n == 0 else 0)),
         plain(o.postage if n == 0 else 0), plain(subsidy), plain(off), "0", "-", "小**", "139****1111", "浙江", stamp(o), "-" if o.status == "unpaid" else stamp(o, 1),
         stamp(o, 99) if o.status == "done" else "-", "直播间", DOUYIN[o.status], "-", "-", "-", "-", "直播", o.memo)
        for o in orders
        for n, ((sku, quantity, price), due, subsidy, off) in enumerate(zip(o.lines, o.shares(o.net), o.shares(o.subsidy), o.shares(o.off), strict=True))
    ]  # fmt: skip
    return {"抖店订单.csv": text(DOUYIN_HEADERS, rows, "utf-8-sig")}


SHOPIFY_HEADERS = ["Name", "Email", "Financial Status", "Paid at", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Amount", "Created at", "Lineitem quantity",
    "Lineitem name", "Lineitem price", "Lineitem sku", "Lineitem discount", "Billing Name", "Shipping Phone", "Shipping Province", "Cancelled at", "Refunded Amount", "Id"]  # fmt: skip


def shopify_rows(o: Order, tax: int = 0, currency: str = "CNY", refund: int = 0, cancelled: str = "") -> list[tuple]:
    """What is of the order on its first row; times in another offset than the brand's."""
    at = (o.at - dt.timedelta(hours=3)).strftime("%Y-%m-%d %H:%M:%S +0500")
    status, paid_at = ("pending", "") if o.status == "unpaid" else ("paid", at)
    head = (
        o.buyer,
        status,
        paid_at,
        currency,
        plain(o.net),
        plain(o.postage),
        plain(tax),
        plain(o.net + o.postage + tax),
        plain(o.off),
        at,
    )
    foot = ("Wang Xiaoming", "'+86 139 0000 1111", "ZJ", cancelled, plain(refund), "77")
    rows = []
    for n, (sku, quantity, price) in enumerate(o.lines):
        of_order, last = (head, foot) if n == 0 else (("",) * 10, ("",) * 6)
        rows.append((o.id, *of_order, quantity, f"{sku} tea", plain(price), sku, "0.00", *last))
    return rows  # fmt: skip


def shopify(orders: Iterable[Order]) -> dict[str, bytes]:
    """Orders: UTF-8, a row for each line item."""
    return {"orders_export_1.csv": text(SHOPIFY_HEADERS, [row for o in orders for row in shopify_rows(o)], "utf-8")}


def generic(orders: Iterable[Order]) -> dict[str, bytes]:
    """The contract's own headers."""
    orders = list(orders)
    heads = [(o.id, o.buyer, stamp(o), plain(o.net), plain(o.postage)) for o in orders]
    lines = [
        (o.id, n, sku, quantity, plain(price), plain(due))
        for o in orders
        for n, ((sku, quantity, price), due) in enumerate(zip(o.lines, o.shares(o.net), strict=True), 1)
    ]
    return {
        "orders.csv": text(["order_id", "customer_id", "ordered_at", "net_revenue", "shipping_fee"], heads, "utf-8"),
        "order_lines.csv": text(["order_id", "line", "sku", "quantity", "list_price", "net_revenue"], lines, "utf-8"),
    }


LAYOUTS: dict[str, Callable[[Iterable[Order]], dict[str, bytes]]] = {
    "tmall_v1": tmall_v1,
    "tmall_v3": tmall_v3,
    "jd": jd,
    "pdd": pdd,
    "douyin": douyin,
    "shopify": shopify,
    "generic": generic,
}
# Which of an order's facts an export does not carry.
NAMELESS = {"pdd", "douyin"}
ONE_SKU = {"pdd"}
