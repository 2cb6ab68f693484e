"""The simulated brand comes in through the ordinary importer: what arrives is the truth, and nobody else reads it."""

import ast
import datetime as dt
import json
import re
import shutil

import pandas as pd
import pytest
from by_hand import command, lay_out
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand, reasons
from shopkeeper.places import PROJECT
from shopkeeper.shop import Shop
from shopkeeper.simulate import World, simulate

LIBRARY = PROJECT / "lib" / "shopkeeper"


@pytest.fixture(scope="module")
def aurora(tmp_path_factory):
    """A workbench with a small aurora, imported, and its truth moved away; the truth's folder."""
    with pytest.MonkeyPatch.context() as patch:
        folder = lay_out(tmp_path_factory.mktemp("bench"), patch)
        (folder / "data" / "aurora").mkdir()
        shutil.copy(PROJECT / "data" / "aurora" / "brand.toml", folder / "data" / "aurora")
        simulate(folder / "data" / "aurora", World(customers=500, skus=40, days=500))
        shutil.move(folder / "data" / "aurora" / "truth", folder / "truth")
        import_brand(load_brand("aurora"), dt.date(2025, 12, 1))
        yield folder / "truth"


def truth(aurora, name):
    return pd.read_parquet(aurora / f"{name}.parquet")


def test_every_paid_order_arrives_to_the_cent_with_its_costs(aurora):
    shop = Shop("aurora")
    names = ["order_id", "ordered_at", "net_revenue", "shipping_fee", "platform_fee", "logistics_cost"]
    orders = shop.load(shop.orders[names]).set_index("order_id")
    true = truth(aurora, "orders").set_index("order_id").loc[orders.index]
    assert len(orders) == (truth(aurora, "orders").kind == "sale").sum()
    assert (orders.ordered_at == true["at"]).all()
    for ours, theirs in [("net_revenue", "net_revenue"), ("shipping_fee", "postage"), ("platform_fee", "fee"), ("logistics_cost", "logistics")]:  # fmt: skip
        assert (orders[ours] - true[theirs]).abs().max() < 1e-9


def test_customers_are_the_true_ones_and_the_masked_are_guests(aurora):
    shop = Shop("aurora")
    pairs = shop.load(shop.orders[["order_id", "customer_id"]]).merge(truth(aurora, "orders"), on="order_id")
    known = truth(aurora, "customers").set_index("customer")
    true = known.loc[pairs.customer]
    expected = [None if masked else shop.brand.pseudonym(nick) for nick, masked in zip(true.nick, true.is_masked, strict=True)]  # fmt: skip
    assert [None if pd.isna(name) else name for name in pairs.customer_id] == expected


def test_every_unit_and_every_refund_arrives(aurora):
    shop = Shop("aurora")
    sold = shop.load(shop.order_lines[["sku", "quantity", "net_revenue", "bundle"]])
    components = truth(aurora, "order_lines")
    of_sales = components[components.order_id.isin(shop.load(shop.orders[["order_id"]]).order_id)]
    singles = sold[sold.bundle.isna()].groupby("sku").quantity.sum()
    assert singles.to_dict() == of_sales[~of_sales.sku.isin(set(sold.bundle.dropna()))].groupby("sku").quantity.sum().to_dict()  # fmt: skip
    assert sold.net_revenue.sum() == pytest.approx(of_sales.net_revenue.sum(), abs=0.01)
    returned = truth(aurora, "returns")
    ours = shop.load(shop.returns[["order_id", "refund"]])
    granted = returned[returned.is_granted & (returned.done_at < pd.Timestamp(shop.as_of) + pd.Timedelta(days=1))]
    assert ours.refund.sum() == pytest.approx(granted.refund.sum(), abs=0.01)


def exported(name):
    return pd.read_csv(load_brand("aurora").folder / "raw" / f"{name}.csv", dtype=str)


@pytest.mark.parametrize(("table", "at"), [("events", "at"), ("contacts", "sent_at")])
def test_every_event_and_contact_arrives_under_the_name_of_the_orders(aurora, table, at):
    shop, raw = Shop("aurora"), exported(table)
    ours = shop.load(shop.table(table)[["customer_id", at]])
    account = shop.account()
    assert account[account.file == f"{table}.csv"][["outcome", "rows"]].to_numpy().tolist() == [["kept", len(raw)]]
    assert len(ours) == len(raw) > 100
    names = raw.customer_id.map(lambda nick: None if pd.isna(nick) or "*" in nick else shop.brand.pseudonym(nick))
    expected = pd.MultiIndex.from_arrays([pd.to_datetime(raw[at]), names.fillna("")]).value_counts()
    found = pd.MultiIndex.from_arrays([ours[at], ours.customer_id.fillna("")]).value_counts()
    assert found.sort_index().to_dict() == expected.sort_index().to_dict()


def test_contacts_and_known_events_belong_to_customers_with_orders(aurora):
    shop = Shop("aurora")
    buyers = set(shop.load(shop.orders[["customer_id"]]).customer_id.dropna())
    contacts, events = (shop.load(shop.table(name)) for name in ("contacts", "events"))
    assert set(contacts.customer_id) <= buyers
    share = events.customer_id.dropna().isin(buyers).mean()
    assert share > 0.97  # the others came, and found an empty shelf
    kinds = set(events.kind)
    assert kinds == {"view", "search", "cart", "favourite", "login"}
    assert events.visitor_id.notna().all()
    assert contacts.redeemed_at.notna().sum() > 0 == contacts.redeemed_at[contacts.holdout].notna().sum()


def test_nothing_is_rejected_and_the_traps_are_told(aurora):
    account = Shop("aurora").account()
    assert set(account.outcome) == {"kept", "excluded"}
    told = set(account[account.outcome == "excluded"].rule)
    assert told == {
        reasons.TOTALS, reasons.REPLACED, reasons.ORDER_EXCLUDED, "never paid", "refund withdrawn, refused or not finished yet",
        "marked in the seller's memo as fake or a gift",
    }  # fmt: skip


def test_its_reports_are_made_in_both_languages_without_the_truth(aurora, monkeypatch):
    for language in ("en", "zh"):
        assert command(monkeypatch, "run", "aurora", "--language", language) == 0
    made = sorted((aurora.parent / "reports" / "aurora").rglob("*_*.*.json"))
    assert [json.loads(path.read_text())["status"] for path in made] == ["made"] * len(made)
    assert len(made) == 2 * len(list((PROJECT / "notebooks").glob("0*.ipynb")))
    for english, chinese in zip(made[::2], made[1::2], strict=True):
        assert figures(english) == figures(chinese)


def figures(path):
    """The figures of a report's tiles, but those that the languages write in other units."""
    told = [tile["value"] for tile in json.loads(path.read_text())["tiles"]]
    return [re.sub(r"[^\d.%]", "", value) for value in told if not re.search("[KM万亿]", value)]


def said_in(path):
    """Every text in the code of a module or notebook."""
    if path.suffix == ".py":
        code = path.read_text(encoding="utf-8")
    else:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    tree = ast.parse(code)
    documented = [n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef)]
    docstrings = {ast.get_docstring(node, clean=False) for node in documented}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return texts - docstrings, modules


ELSEWHERE = [
    path
    for path in [*LIBRARY.rglob("*.py"), *(PROJECT / "notebooks").glob("*.ipynb")]
    if "simulate" not in path.parts and path.name != "cli.py"
]


@pytest.mark.parametrize("path", ELSEWHERE, ids=lambda path: path.name)
def test_no_notebook_and_no_analysis_can_read_the_truth(path):
    texts, modules = said_in(path)
    assert [text for text in texts if text == "truth" or "truth/" in text or "/truth" in text] == []
    assert [module for module in modules if module.startswith("shopkeeper.simulate")] == []
