"""Finding people again, for those who may; and letting a person go."""

import json
import re
import stat

import pytest
from by_hand import TODAY, command, csv_text, imported, orders_csv, write_brand
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand
from shopkeeper.ingest import reasons as r
from shopkeeper.privacy import forget
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

LINES = [
    ("1", "Ana@mail.com", "2024-01-01 10:00", 10),
    ("2", "bo@mail.com", "2024-01-02 10:00", 20),
    ("3", "ana@mail.com", "2024-01-03 10:00", 30),
]
CONTACTS = csv_text(
    ["Email", "姓名", "手机"], ("ana@mail.com", "=安娜", "13900000001"), ("cy@mail.com", "西", "13900000003")
)


@pytest.fixture
def acme(bench):
    """A brand of two customers, a report's list of both, and contacts that name one."""
    customers = csv_text(["customer_id", "consent"], ("ana@mail.com", "yes"), ("bo@mail.com", "no"))
    imported("acme", {"orders.csv": orders_csv(*LINES), "customers.csv": customers})
    brand = load_brand("acme")
    folder = bench / "reports" / "acme" / "2024-01-03"
    folder.mkdir(parents=True)
    rows = [(brand.pseudonym(who), 40) for who in ("ana@mail.com", "bo@mail.com")]
    (folder / "winback.csv").write_text("\ufeff" + csv_text(["customer_id", "value"], *rows))
    (bench / "contacts.csv").write_text(CONTACTS)
    return brand


def test_the_case_of_a_mail_address_makes_no_second_customer(acme):
    assert acme.pseudonym(" ANA@mail.com ") == acme.pseudonym("ana@mail.com")
    assert acme.pseudonym("Ana") != acme.pseudonym("ana")


def test_a_list_is_joined_with_the_contacts_for_its_owner_only_and_logged(acme, bench, monkeypatch, capsys):
    winback = bench / "reports" / "acme" / "2024-01-03" / "winback.csv"
    assert command(monkeypatch, "match", "acme", str(bench / "contacts.csv"), str(winback)) == 0
    assert "Found 1 of 2 customers" in capsys.readouterr().out
    made = winback.with_name("winback.matched.csv")
    assert made.read_text(encoding="utf-8-sig").splitlines() == [
        "customer_id,value,Email,姓名,手机",
        f"{acme.pseudonym('ana@mail.com')},40,ana@mail.com,'=安娜,13900000001",
    ]
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    [line] = (acme.record / "matches.jsonl").read_text().splitlines()
    assert json.loads(line)["matched"] == 1
    assert "ana@mail" not in line


@pytest.mark.parametrize(
    ("contacts", "words"),
    [
        ("name,phone\nAna,139\n", "has no column that names customers; known are .*Email.*买家会员名"),
        ("Email\nzoe@mail.com\n", "names none of the 2 customers of winback.csv"),
    ],
)
def test_contacts_that_do_not_fit_are_refused_and_leave_nothing(acme, bench, monkeypatch, capsys, contacts, words):
    (bench / "contacts.csv").write_text(contacts)
    winback = bench / "reports" / "acme" / "2024-01-03" / "winback.csv"
    assert command(monkeypatch, "match", "acme", str(bench / "contacts.csv"), str(winback)) == 1
    assert re.search(words, capsys.readouterr().err)
    assert not winback.with_name("winback.matched.csv").exists()
    assert not (acme.record / "matches.jsonl").exists()


def test_a_forgotten_person_is_gone_from_tables_lists_and_record_and_the_orders_stay(acme, bench, monkeypatch, capsys):
    ana = acme.pseudonym("ana@mail.com")
    winback = bench / "reports" / "acme" / "2024-01-03" / "winback.csv"
    command(monkeypatch, "match", "acme", str(bench / "contacts.csv"), str(winback))
    (acme.record / "claims.jsonl").write_text(json.dumps({"subject": ana, "predicted": 2}) + "\n")
    capsys.readouterr()
    assert command(monkeypatch, "forget", "acme", "ana@mail.com") == 0
    said = capsys.readouterr().out
    assert "orders.csv: still holds 2 rows" in said
    assert "winback.matched.csv" in said
    shop = Shop("acme", "2024-01-03")
    assert shop.load(shop.orders[["order_id", "customer_id", "net_revenue"]]).net_revenue.tolist() == [10, 20, 30]
    assert shop.load(shop.orders[["order_id", "customer_id"]]).customer_id.tolist()[::2] == [None, None]
    assert shop.load(shop.customers).customer_id.tolist() == [acme.pseudonym("bo@mail.com")]
    left = [path for path in bench.rglob("*") if path.is_file() and ana.encode() in path.read_bytes()]
    assert left == [acme.tombstones]
    assert "ana@mail" not in winback.with_name("winback.matched.csv").read_text()
    assert winback.read_text().count("\n") == 2
    assert json.loads((acme.record / "claims.jsonl").read_text()) == {"subject": "forgotten", "predicted": 2}


def test_later_imports_obey_the_tombstone_and_count_what_they_leave_out(acme, monkeypatch):
    command(monkeypatch, "forget", "acme", "Ana@mail.com")
    write_brand("acme", {"orders 2.csv": orders_csv(("4", "ana@mail.com", "2024-01-04 10:00", 5)), "contacts.csv": csv_text(["customer_id", "sent_at", "campaign"], ("ana@mail.com", "2024-01-02", "spring"), ("bo@mail.com", "2024-01-02", "spring"))})  # fmt: skip
    manifest = import_brand(acme, TODAY)
    assert manifest["tables"]["contacts"]["rows"] == 1
    excluded = {(row["file"], row["rule"]): row["rows"] for row in manifest["account"] if row["outcome"] == "excluded"}
    assert excluded == {("contacts.csv", r.FORGOTTEN): 1, ("customers.csv", r.FORGOTTEN): 1}
    assert manifest["forgotten"] == {"contacts.csv": 1, "customers.csv": 1, "orders 2.csv": 1, "orders.csv": 2}


def test_tables_whose_raw_files_are_gone_cannot_be_cleared_and_say_so(acme):
    for path in acme.raw.iterdir():
        path.unlink()
    with pytest.raises(
        DataError, match=r"acme: the tables still hold this person.*Put the files back and import, or delete"
    ):
        forget(acme, "ana@mail.com", TODAY)
    assert acme.pseudonym("ana@mail.com") in acme.forgotten
