"""Finding people again, for those who may; and letting a person go."""

import json
import re
import stat

import openpyxl
import pandas as pd
import pytest
from by_hand import TODAY, command, csv_text, facts, imported, orders_csv, write_brand
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand
from shopkeeper.ingest import reasons as r
from shopkeeper.lists import list_workbook
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
    assert [customer for _, customer in facts("acme", "orders", "order_id", "customer_id")][::2] == [None, None]
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
    with pytest.raises(DataError, match=r"acme: the tables still hold this person.*raw files are gone\. Put them back"):
        forget(acme, "ana@mail.com", TODAY)
    assert acme.pseudonym("ana@mail.com") in acme.forgotten


def test_a_list_matched_with_an_export_that_says_customer_id_is_cleared_too(acme, bench, monkeypatch):
    winback = bench / "reports" / "acme" / "2024-01-03" / "winback.csv"
    command(monkeypatch, "match", "acme", str(acme.raw / "orders.csv"), str(winback))
    made = winback.with_name("winback.matched.csv")
    assert acme.pseudonym("ana@mail.com") in made.read_text()
    forget(acme, "ana@mail.com", TODAY)
    assert "2024-01-03" not in made.read_text()


def test_a_person_still_in_the_tables_is_not_called_forgotten(acme, bench, monkeypatch, capsys):
    """The import that would remove the person fails over another file."""
    write_brand(
        "acme",
        {"orders 2.csv": csv_text(["order_id", "customer_id", "ordered_at"], ("9", "bo@mail.com", "2024-01-01"))},
    )
    assert command(monkeypatch, "forget", "acme", "ana@mail.com") == 1
    said = capsys.readouterr()
    assert "still hold this person" in said.err
    assert "orders 2.csv" in said.err
    assert "Forgotten" not in said.out


def test_a_name_that_nobody_goes_by_is_told(acme, monkeypatch, capsys):
    assert command(monkeypatch, "forget", "acme", "anna@mail.com") == 0
    assert "Nobody in the tables goes by that name" in capsys.readouterr().out


def test_a_list_that_a_spreadsheet_saved_anew_is_cleared_in_its_own_encoding(acme, bench):
    winback = bench / "reports" / "acme" / "2024-01-03" / "winback.csv"
    rows = [(acme.pseudonym(who), "价值") for who in ("ana@mail.com", "bo@mail.com")]
    winback.write_bytes(csv_text(["customer_id", "说明"], *rows).encode("gbk"))
    forget(acme, "ana@mail.com", TODAY)
    assert winback.read_bytes().decode("gbk").splitlines() == [
        "customer_id,说明",
        f"{acme.pseudonym('bo@mail.com')},价值",
    ]


@pytest.fixture
def workbook(acme, bench):
    """The report's list as a workbook: ana, a note that a reader wrote, and bo."""
    path = bench / "reports" / "acme" / "2024-01-03" / "quiet.xlsx"
    rows = [(acme.pseudonym("ana@mail.com"), 0.25), ("=a note", 1.0), (acme.pseudonym("bo@mail.com"), 0.5)]
    path.write_bytes(list_workbook(pd.DataFrame(rows, columns=["customer_id", "probability"])))
    return path


def rows_of(path):
    return [list(row) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]


def test_a_list_may_be_a_workbook(acme, bench, workbook, monkeypatch, capsys):
    assert command(monkeypatch, "match", "acme", str(bench / "contacts.csv"), str(workbook)) == 0
    assert "Found 1 of 3 customers" in capsys.readouterr().out
    made = workbook.with_name("quiet.matched.csv").read_text(encoding="utf-8-sig").splitlines()
    assert made == [
        "customer_id,probability,Email,姓名,手机",
        f"{acme.pseudonym('ana@mail.com')},0.25,ana@mail.com,'=安娜,13900000001",
    ]


def test_a_forgotten_person_is_gone_from_workbooks_whose_other_rows_stay_as_they_were(
    acme, workbook, monkeypatch, capsys
):
    mode = stat.S_IMODE(workbook.stat().st_mode)
    assert command(monkeypatch, "forget", "acme", "ana@mail.com") == 0
    assert "quiet.xlsx" in capsys.readouterr().out
    assert rows_of(workbook) == [
        ["customer_id", "probability"],
        ["'=a note", 1],
        [acme.pseudonym("bo@mail.com"), 0.5],
    ]
    sheet = openpyxl.load_workbook(workbook).active
    assert (sheet.freeze_panes, sheet["B2"].number_format, sheet["A1"].font.bold) == ("A2", "0.0%", True)
    assert stat.S_IMODE(workbook.stat().st_mode) == mode


def test_a_workbook_without_the_person_is_left_alone(acme, workbook):
    before = workbook.read_bytes()
    forget(acme, "cy@mail.com", TODAY)
    assert workbook.read_bytes() == before


def test_a_workbook_that_nobody_can_open_is_named_and_the_person_not_called_forgotten(
    acme, workbook, monkeypatch, capsys
):
    workbook.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"locked")
    (workbook.parent / "~$quiet.xlsx").write_bytes(b"open in a spreadsheet")
    assert command(monkeypatch, "forget", "acme", "ana@mail.com") == 1
    said = capsys.readouterr()
    assert "quiet.xlsx: cannot be opened" in said.err
    assert "~$" not in said.err
    assert "Forgotten" not in said.out
    workbook.unlink()
    assert command(monkeypatch, "forget", "acme", "ana@mail.com") == 0


def test_a_forgotten_person_is_gone_from_the_lists_that_claims_are_about(acme):
    kept = acme.record / "lists" / "0a1b2c3d.txt"
    kept.parent.mkdir(parents=True)
    bo = acme.pseudonym("bo@mail.com")
    kept.write_text(f"{acme.pseudonym('ana@mail.com')}\n{bo}\n")
    forget(acme, "ana@mail.com", TODAY)
    assert kept.read_text() == f"forgotten\n{bo}\n"


def test_what_a_forgotten_person_did_before_signing_in_goes_too(acme):
    events = csv_text(["visitor_id", "customer_id", "at", "kind"], ("v1", "ana@mail.com", "2024-01-01", "login"), ("v1", "", "2024-01-01", "view"), ("v2", "", "2024-01-01", "view"))  # fmt: skip
    write_brand("acme", {"events.csv": events})
    import_brand(acme, TODAY)
    forget(acme, "ana@mail.com", TODAY)
    assert Shop("acme", "2024-01-03").events.count().to_pyarrow().as_py() == 1


def test_words_searched_for_and_reasons_given_hold_no_telephone_numbers_and_no_addresses_of_mail(bench):
    events = csv_text(
        ["visitor_id", "at", "kind", "query"], ("v1", "2024-01-01", "search", "送到 13900001111 或 ana@mail.com 的茶")
    )
    imported("acme", {"orders.csv": orders_csv(*LINES), "events.csv": events})
    shop = Shop("acme", "2024-01-03")
    assert shop.load(shop.events[["query"]])["query"].tolist() == ["送到 … 或 … 的茶"]


def test_placeholders_name_nobody(bench):
    names = ["匿名", "小＊＊", "-", "guest", "n/a", "小**"]
    imported("acme", {"orders.csv": orders_csv(*[(f"{n}", name, "2024-01-01", 1) for n, name in enumerate(names)])})
    assert Shop("acme", "2024-01-01").orders.customer_id.nunique().to_pyarrow().as_py() == 0


def test_the_subject_of_a_fact_is_hashed_whatever_the_mapping_is_called(bench):
    settings = '[[sources]]\nmapping = "generic:attributes"\nfiles = "facts.csv"\n[[sources]]\nmapping = "generic:orders"\nfiles = "orders.csv"\n'
    facts = csv_text(["customer_id", "name", "value"], ("ana@mail.com", "age", "30"))
    imported("acme", {"orders.csv": orders_csv(*LINES), "facts.csv": facts}, settings)
    assert Shop("acme", "2024-01-03").attributes.subject.to_pyarrow().to_pylist() == [
        load_brand("acme").pseudonym("ana@mail.com")
    ]
