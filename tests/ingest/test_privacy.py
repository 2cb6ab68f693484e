"""Nobody's name is kept: neither in the tables nor in the rejects, whatever shape a row has."""

import datetime as dt
import io
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from by_hand import TODAY, command, csv_text, imported, write_brand
from layouts import ADDRESS, LAYOUTS, Order, sheet
from shopkeeper.brand import load_brand
from shopkeeper.ingest import import_brand, read_manifest
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

HEADERS = ["order_id", "customer_id", "ordered_at", "net_revenue", "buyer_name", "phone"]


def everything_written(folder: Path) -> str:
    """All text under tables/: files as they are, and Parquet as the text of its cells."""
    with duckdb.connect() as con:
        cells = [
            str(con.execute("SELECT * FROM read_parquet($1)", [str(path)]).fetchall())
            for path in folder.rglob("*.parquet")
        ]
    return "\n".join(cells + [path.read_text() for path in folder.rglob("*.json")])


def test_identifiers_names_and_phones_are_written_nowhere(bench):
    lines = [(f"{n}", f"secret-{n}@mail", "2024-01-01", 10, f"Secret Name {n}", f"1390000{n:04d}") for n in range(20)]
    broken = [
        ("20", "secret-20@mail", "someday", 10, "Secret Name 20", "13900000020"),
        ("21", "2024-01-01", "secret-21@mail"),
    ]
    imported("acme", {"orders.csv": csv_text(HEADERS, *lines, *broken)})
    written = everything_written(load_brand("acme").tables)
    assert "xxxxxxx" in written  # the shape of "someday" is kept
    assert "secret" not in written.casefold()
    assert "1390000" not in written


def test_a_masked_buyer_is_a_guest(bench):
    imported(
        "acme",
        {
            "orders.csv": csv_text(
                HEADERS, ("1", "小**", "2024-01-01", 10, "", ""), ("2", "ana", "2024-01-01", 10, "", "")
            )
        },
    )
    customers = Shop("acme").orders.order_by("order_id").customer_id.to_pyarrow().to_pylist()
    assert customers == [None, load_brand("acme").pseudonym("ana")]


def test_an_export_without_headers_is_refused_without_quoting_its_first_person(bench):
    write_brand(
        "acme",
        {
            "orders.csv": csv_text(
                ["1", "Zhang San", "13900001234", "2024-01-01"], ("2", "Li Si", "13900005678", "2024-01-02")
            )
        },
    )
    with pytest.raises(DataError, match=r"no mapping fits its headers \(4 unknown\)") as refused:
        import_brand(load_brand("acme"), TODAY)
    assert "Zhang" not in str(refused.value)
    assert "1390" not in str(refused.value)


def test_facts_about_customers_are_filed_under_their_pseudonym(bench):
    facts = csv_text(["customer_id", "name", "value"], ("ana@mail.com", "age", "30"))
    skus = csv_text(["sku", "name", "value"], ("tea", "roast", "dark"))
    imported(
        "acme",
        {
            "orders.csv": csv_text(HEADERS, ("1", "ana@mail.com", "2024-01-01", 10, "", "")),
            "attributes.csv": facts,
            "attributes-sku.csv": skus,
        },
    )
    subjects = Shop("acme").attributes.subject.to_pyarrow().to_pylist()
    assert sorted(subjects) == sorted([load_brand("acme").pseudonym("ana@mail.com"), "tea"])
    assert "ana@mail" not in everything_written(load_brand("acme").tables)


def test_a_text_that_swallows_others_stops_the_import(bench):
    lines = [
        f"{n},person{n}@mail.com,2024-01-01,10,{quote}Name,1"
        for n in range(400)
        for quote in [chr(34) if n == 50 else ""]
    ]
    write_brand("acme", {"orders.csv": "\n".join([",".join(HEADERS), *lines])})
    with pytest.raises(DataError, match=r"orders\.csv: line \d+ is no whole CSV row .*quotation mark"):
        import_brand(load_brand("acme"), TODAY)
    assert not load_brand("acme").tables.exists()


PEOPLE = [
    {
        "nick": f"nick_of_{n}_secret",
        "name": f"{'赵钱孙李周吴郑王冯陈'[n % 10]}{'隐秘私密藏匿暗掩遮盖'[n // 10 % 10]}{'甲乙丙丁戊己庚辛壬癸'[n // 20]}",
        "phone": f"139{77000000 + n}",
        "address": f"浙江省 杭州市 秘密路 {7000 + n} 号",
        "mail": f"secret.{n}@mail.example",
    }
    for n in range(200)
]  # fmt: skip


def planted_order(number: int) -> Order:
    person = PEOPLE[number]
    return Order(f"2406{number:03d}-9", dt.datetime(2024, 1 + number % 6, 1 + number % 25, 20, 0, 0), (("oolong", 1, 1000 + number),), person["nick"], memo=f"请尽快 {person['phone']}")  # fmt: skip


def planted(text_: str, number: int) -> str:
    """The export with this person in the places where the layout has one of its own."""
    person = PEOPLE[number]
    for old, new in [("王小明", person["name"]), ("13900001111", person["phone"]), ("+86 139 0000 1111", person["phone"]), ("a@b.cn", person["mail"])]:  # fmt: skip
        text_ = text_.replace(old, new)
    return text_.replace(ADDRESS, person["address"]).replace("Wang Xiaoming", person["name"])


def exports_with_people() -> dict[str, bytes]:
    """Every layout and reader, twenty people or more in each, and rows broken so that a person stands where none belongs."""
    files: dict[str, bytes] = {}
    layouts = ["tmall_v1", "jd", "pdd", "douyin", "shopify"]
    for position, layout in enumerate(layouts):
        for number in range(position * 30, position * 30 + 30):
            for file, content in LAYOUTS[layout]([planted_order(number)]).items():
                encoding = "gbk" if layout in {"tmall_v1", "jd"} else "utf-8-sig"
                head, *rows = planted(content.decode(encoding), number).splitlines()
                joined = files.get(f"{layout} {file}", f"{head}\n".encode(encoding))
                files[f"{layout} {file}"] = joined + "".join(f"{row}\n" for row in rows if row).encode(encoding.removesuffix("-sig"))  # fmt: skip
        if layout != "tmall_v1":
            # A cell too many to the left: the person slides under headers that are not the person's.
            name = next(name for name in files if name.startswith(layout))
            last = files[name].decode(encoding).splitlines()[-1]
            slid = ",".join(["x", *last.split(",")[:-1]])
            short = ",".join(last.split(",")[3:])
            files[name] += f"{slid}\n{short}\n".encode(encoding.removesuffix("-sig"))
    headers = ["order_id", "customer_id", "ordered_at", "net_revenue", "region", "姓名", "手机", "地址"]
    good = [(f"g{n}", PEOPLE[n]["mail"], "2024-06-10 10:00:00", "10", "", PEOPLE[n]["name"], PEOPLE[n]["phone"], PEOPLE[n]["address"]) for n in range(150, 200)]  # fmt: skip
    bad = [
        (f"b{n}", PEOPLE[n]["nick"], PEOPLE[n]["name"], PEOPLE[n]["phone"], "", "", "", "") for n in range(150, 160)
    ] + [
        (PEOPLE[n]["phone"], PEOPLE[n]["nick"], PEOPLE[n]["address"], PEOPLE[n]["mail"], "", "", "", "")
        for n in range(160, 170)
    ]
    frame = pd.DataFrame(good[20:] + bad[10:], columns=headers)
    return files | {
        "orders.csv": csv_text(headers, *good, *bad).encode(),
        "orders 2.xlsx": sheet(headers, good[:20] + bad[:10]),
        "orders 3.parquet": parquet(frame),
        "customers.csv": csv_text(["customer_id", "region"], *[(p["nick"], "") for p in PEOPLE]).encode(),
        "events.csv": csv_text(
            ["visitor_id", "customer_id", "at", "kind"],
            *[(p["mail"], p["nick"], "2024-06-01", "view") for p in PEOPLE],
        ).encode(),
    }


def parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def everything_outside_raw(folder: Path) -> str:
    """Every file below the folder as text, raw/ left out."""
    paths = [path for path in folder.rglob("*") if path.is_file() and "raw" not in path.relative_to(folder).parts]
    texts = [path.read_bytes().decode("utf-8", errors="replace") for path in paths if path.suffix != ".parquet"]
    return "\n".join([*texts, *(everything_written(path.parent) for path in paths if path.suffix == ".parquet")])


def test_two_hundred_people_planted_in_every_format_are_found_nowhere(bench, monkeypatch):
    write_brand("acme", exports_with_people())
    assert command(monkeypatch, "run", "acme") == 0
    manifest = read_manifest(load_brand("acme"))
    assert {row["mapping"] for row in manifest["account"]} >= {"tmall_orders", "tmall_items", "jd_orders", "pdd_orders", "douyin_orders", "shopify_orders", "generic:orders"}  # fmt: skip
    assert sum(row["rows"] for row in manifest["account"] if row["outcome"] == "rejected") >= 20
    assert list((bench / "reports" / "acme").rglob("01_profiling.en.html"))
    found = everything_outside_raw(bench)
    assert load_brand("acme").pseudonym(PEOPLE[3]["nick"]) in found
    told = [(kind, text_) for person in PEOPLE for kind, text_ in person.items() if text_ in found]
    assert told == [], told
