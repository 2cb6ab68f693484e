"""The commands that take a brand from its exports to tables: what they print, and what they leave behind."""

import datetime as dt

import pytest
from by_hand import command, csv_text, orders_csv, write_brand
from layouts import Order, tmall_v1
from shopkeeper.cli import app
from shopkeeper.places import place
from typer.testing import CliRunner

GOOD = [(f"a{n}", "ana", f"2024-01-{n:02d} 10:00:00", 10) for n in range(1, 10)]
ORDER = Order("240611-1", dt.datetime(2024, 6, 11, 20), (("oolong", 2, 5000),), "ana")


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_new_asks_for_what_it_is_not_told(bench):
    asked = CliRunner().invoke(app, ["new", "tea", "--country", "cn"], input="cny\nAsia/Shanghai\n0.55\n")
    assert asked.exit_code == 0
    assert [word in asked.output for word in ("Currency", "Time zone", "Country", "Gross margin")] == [
        True,
        True,
        False,
        True,
    ]
    settings = (bench / "data" / "tea" / "brand.toml").read_text()
    assert 'currency = "CNY"' in settings
    assert "gross_margin = 0.55" in settings
    assert settings.count("#") >= 6
    assert (bench / "data" / "tea" / "raw").is_dir()


def test_import_says_which_mapping_read_which_file_and_accounts_for_every_row(bench, monkeypatch, capsys):
    unpaid = Order("240612-2", ORDER.at, ORDER.lines, "bo", status="unpaid")
    write_brand("acme", tmall_v1([ORDER, unpaid]))
    assert command(monkeypatch, "import", "acme") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "ExportOrderList.csv: read as tmall_orders; 7 columns not read: 买家支付宝账号, 宝贝总数量, 宝贝标题, 打款商家金额, 收货人姓名, 联系手机" in said  # fmt: skip
    assert "ExportOrderDetailList.csv: read as tmall_items" in said
    assert "tmall_orders kept 1 100.00 excluded: a row of totals 1 excluded: never paid 1 100.00" in said
    assert "all rows read 5" in said
    assert "Tables: orders 1, order_lines 1, products 1; 2024-06-11 to 2024-06-11" in said


def test_a_trial_prints_the_same_account_and_writes_nothing(bench, monkeypatch, capsys):
    write_brand("acme", {"orders.csv": orders_csv(*GOOD, ("b", "ana", "soon", 1))})
    before = everything(bench)
    assert command(monkeypatch, "import", "acme", "--dry-run") == 0
    tried = capsys.readouterr().out
    assert everything(bench) == before
    assert "A trial: nothing was written." in tried
    assert command(monkeypatch, "import", "acme") == 0
    done = capsys.readouterr().out
    assert [line for line in tried.splitlines() if "rejected" in line or "kept" in line] == [
        line for line in done.splitlines() if ("rejected" in line or "kept" in line) and "rejects" not in line
    ]


def test_exports_that_lack_a_column_are_all_named_at_once(bench, monkeypatch, capsys):
    """A file of which hardly a header is known is passed over; one that is nearly an export stops the import."""
    files = {
        "orders.csv": orders_csv(*GOOD),
        "notes.csv": csv_text(["a", "b"], (1, 2)),
        "orders 2.csv": csv_text(["order_id", "customer_id", "ordered_at"], (1, 2, 3)),
        "lines.csv": csv_text(["order_id", "line", "sku"], (1, 2, 3)),
    }
    write_brand("acme", files)
    assert command(monkeypatch, "import", "acme") == 1
    said = capsys.readouterr().err
    assert "orders 2.csv: no mapping fits its headers (order_id, customer_id, ordered_at)" in said
    assert "lines.csv: no mapping fits its headers (order_id, line, sku)" in said
    assert not (place("data") / "acme" / "tables").exists()


def test_what_could_not_be_placed_is_said(bench, monkeypatch, capsys):
    write_brand("acme", {"orders.csv": orders_csv(*GOOD), "notes.csv": csv_text(["a", "b"], (1, 2))})
    assert command(monkeypatch, "import", "acme") == 0
    assert (
        "Not read, since no mapping knows them: notes.csv. If they hold data, name a mapping" in capsys.readouterr().out
    )


def test_a_simulation_takes_settings_and_refuses_those_it_does_not_know(bench, monkeypatch, capsys):
    write_brand("tiny", {})
    small = ["simulate", "tiny", "--customers", "60", "-p", "skus=16", "-p", "days=120"]
    assert command(monkeypatch, *small) == 0
    assert (bench / "data" / "tiny" / "truth" / "settings.json").exists()
    assert command(monkeypatch, *small, "-p", "shops=2") == 1
    assert "no setting shops; known are seed, customers, first_day" in capsys.readouterr().err
    assert command(monkeypatch, *small, "-p", "elasticity=strong") == 1
    assert "elasticity is 'strong'; it is a number" in capsys.readouterr().err


def test_a_simulation_never_mixes_with_a_shops_own_files(bench, monkeypatch, capsys):
    write_brand("acme", {"products.csv": csv_text(["sku", "product"], ("tea", "Tea"))})
    assert command(monkeypatch, "simulate", "acme", "--customers", "60") == 1
    assert "raw/ holds 1 files that no simulation wrote (products.csv)" in capsys.readouterr().err
    assert [path.name for path in (bench / "data" / "acme" / "raw").iterdir()] == ["products.csv"]


@pytest.mark.parametrize("name", ["match", "forget"])
def test_the_commands_for_people_explain_themselves(bench, monkeypatch, capsys, name):
    assert command(monkeypatch, name, "--help") == 0
    assert "Usage" in capsys.readouterr().out
