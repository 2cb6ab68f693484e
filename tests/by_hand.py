"""Small data made by hand: orders as tuples, brands as folders of texts."""

import csv
import datetime as dt
import io
import sys
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest
from shopkeeper.brand import load_brand
from shopkeeper.cli import main
from shopkeeper.ingest import import_brand
from shopkeeper.places import place
from shopkeeper.shop import Shop

TODAY = dt.date(2025, 1, 31)
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def make_orders(*orders: tuple[str | None, str, float]) -> ir.Table:
    """An `orders` table of (customer, time, net_revenue)."""
    frame = pd.DataFrame(orders, columns=["customer_id", "ordered_at", "net_revenue"])
    frame["ordered_at"] = pd.to_datetime(frame.ordered_at, format="mixed").astype("datetime64[us]")
    frame["order_id"] = [str(number) for number in range(len(frame))]
    types = {"customer_id": "string", "ordered_at": "timestamp(6)", "net_revenue": "float64", "order_id": "string"}
    return ibis.memtable(frame, schema=types)


def rows(expression: ir.Table) -> list[dict]:
    """The rows of a result, sorted, as plain values."""
    return expression.order_by(list(expression.columns)).to_pyarrow().to_pylist()


def write_brand(name: str, files: dict[str, str | bytes], settings: str = "", zone: str = "Asia/Shanghai") -> Path:
    """A brand folder with these raw files; text is written as UTF-8."""
    folder = place("data") / name
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    (folder / "brand.toml").write_text(
        f'title = "{name}"\ncurrency = "CNY"\ntimezone = "{zone}"\ncountry = "CN"\ngross_margin = 0.5\n{settings}'
    )
    for file, content in files.items():
        (folder / "raw" / file).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def imported(name: str, files: dict[str, str | bytes], settings: str = "", zone: str = "Asia/Shanghai") -> dict:
    """Write a brand and import it; the manifest."""
    write_brand(name, files, settings, zone)
    return import_brand(load_brand(name), TODAY)


def csv_text(headers: list[str], *lines: tuple) -> str:
    """A CSV file of these lines."""
    text = io.StringIO()
    csv.writer(text).writerows([headers, *lines])
    return text.getvalue()


def facts(brand: str, table: str, *names: str) -> list[tuple]:
    """These columns of the table, on the last day of the data, in order of the first."""
    shop = Shop(brand, Shop(brand).manifest["last_day"])
    wanted = shop.table(table)[list(names)].order_by(list(names))
    return [tuple(row.values()) for row in wanted.to_pyarrow().to_pylist()]


def outcomes(manifest: dict, outcome: str) -> dict[str, int]:
    counted: dict[str, int] = {}
    for row in manifest["account"]:
        if row["outcome"] == outcome:
            counted[row["rule"]] = counted.get(row["rule"], 0) + row["rows"]
    return counted


ORDER_HEADERS = ["order_id", "customer_id", "ordered_at", "net_revenue"]


def orders_csv(*lines: tuple) -> str:
    """orders.csv of (order_id, customer_id, ordered_at, net_revenue)."""
    return csv_text(ORDER_HEADERS, *lines)


def small_shop(customers: int = 300, days: int = 500, seed: int = 1) -> str:
    """orders.csv of a simulated small shop: customers arrive evenly and come back at their own pace."""
    draw = np.random.default_rng(seed)
    lines = []
    for customer in range(customers):
        day = int(draw.integers(0, days))
        pace = draw.gamma(2, 30)
        while day < days:
            at = dt.datetime(2023, 6, 1, 9) + dt.timedelta(days=day, minutes=int(draw.integers(0, 720)))
            lines.append(
                (f"o{len(lines)}", f"customer {customer}", at.isoformat(sep=" "), round(float(draw.gamma(4, 25)), 2))
            )
            day += 1 + int(draw.exponential(pace))
    # The last day closes as late as any, so that it counts as complete.
    lines.append((f"o{len(lines)}", "", f"{dt.date(2023, 6, 1) + dt.timedelta(days=days)} 23:59:00", 50.0))
    return orders_csv(*lines)


def small_goods(orders: str) -> dict[str, str]:
    """Lines of the small shop's orders, each of one of twelve SKUs in three categories, what lies on their shelves, and a monthly discount."""
    draw, first = np.random.default_rng(3), dt.date(2023, 6, 1)
    rows = list(csv.reader(io.StringIO(orders)))[1:]
    skus = draw.choice(12, len(rows), p=np.arange(12, 0, -1) / 78)
    lines = [
        (order, 1, f"s{sku}", max(1, round(float(paid) / 50)), 60, paid, paid, 20)
        for (order, _, _, paid), sku in zip(rows, skus, strict=True)
    ]
    days = [str(first + dt.timedelta(days=number)) for number in range(501)]
    stock = [
        (day, f"s{sku}", "w", 3 + (7 * number + sku) % 40, 0) for number, day in enumerate(days) for sku in range(12)
    ]
    promotions = [(f"p{number}", days[number], days[number + 4], "discount", days[0]) for number in range(20, 495, 30)]
    return {
        "order_lines.csv": csv_text(
            ["order_id", "line", "sku", "quantity", "list_price", "customer_paid", "net_revenue", "unit_cost"], *lines
        ),
        "products.csv": csv_text(
            ["sku", "product", "category", "unit_cost", "list_price"],
            *[(f"s{sku}", f"<b>thing {sku}</b>", f"kind {sku % 3}", 20, 60) for sku in range(12)],
        ),
        "stock.csv": csv_text(["day", "sku", "warehouse", "on_hand", "on_order"], *stock),
        "supply.csv": csv_text(
            ["sku", "warehouse", "lead_days_mean", "lead_days_sd", "moq", "case_pack"],
            *[(f"s{sku}", "w", 10, 3, 6, 3) for sku in range(12)],
        ),
        "promotions.csv": csv_text(["promotion", "starts_on", "ends_on", "kind", "known_on"], *promotions),
        "promotion_skus.csv": csv_text(
            ["promotion", "sku", "depth"],
            *[(name, f"s{sku}", 0.2) for name, *_ in promotions for sku in range(0, 12, 3)],
        ),
    }


def small_media(weeks: int = 71, seed: int = 1) -> str:
    """media.csv of two channels, whose spend by week has no part in the small shop's sales; one is named as no page may read it."""
    draw = np.random.default_rng(seed)
    monday = dt.date(2023, 6, 5)
    lines = [
        (monday + dt.timedelta(days=7 * week), 7, channel, round(float(usual * draw.gamma(2, 0.5)), 2))
        for week in range(weeks)
        for channel, usual in (("<b>feed</b>", 60), ("search", 30))
    ]
    return csv_text(["period_start", "period_days", "channel", "spend"], *lines)


def lay_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workbench in the folder: data/ and reports/ of its own, the project's notebooks."""
    for name in ("data", "reports"):
        (folder / name).mkdir()
        monkeypatch.setenv(f"SHOPKEEPER_{name.upper()}", str(folder / name))
    return folder


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run `shopkeeper` with these arguments in this process; its exit code."""
    monkeypatch.setattr(sys, "argv", ["shopkeeper", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


EVIL = "<img src=x onerror=alert(1)>"  # the good brand's own name
TOTALS = csv_text(["period_start", "period_days", "net_revenue"], ("2024-01-01", 7, 100), ("2024-01-08", 7, 120))
BRANDS = {
    "good": {
        "orders.csv": small_shop(),
        **small_goods(small_shop()),
        "media.csv": small_media(),
        "targets.csv": csv_text(["period_start", "metric", "value"], ("2024-09-01", "net_revenue", 9000)),
    },
    "few": {"orders.csv": orders_csv(*[(n, f"c{n % 3}", f"2024-01-{n:02d}", 10) for n in range(1, 11)])},
    "guests": {"orders.csv": orders_csv(*[(n, "", f"2024-0{1 + n // 28}-{1 + n % 28:02d}", 10) for n in range(112)])},
    "totals": {"totals.csv": TOTALS},
}
