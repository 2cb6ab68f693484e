import datetime as dt

from by_hand import imported, orders_csv
from shopkeeper import decisions
from shopkeeper.brand import load_brand
from shopkeeper.decisions import Decision
from shopkeeper.places import place
from shopkeeper.report.index import write_index
from shopkeeper.report.words import plain


def decided(brand: str, subject: str, gain: float) -> None:
    row = Decision(subject, plain(f"do {subject}"), 1, "", gain, gain / 2, 1.5 * gain, 0.9, 28, plain(""), plain(""))
    decisions.record(load_brand(brand), f"analysis of {subject}", dt.date(2024, 1, 1), {"decisions": [row.as_dict()]})


def test_what_to_do_is_one_list_across_brands_the_largest_gain_first_in_each_currency(bench):
    for brand in ("acme", "bravo", "carol"):
        imported(brand, {"orders.csv": orders_csv(("1", "ana", "2024-01-01", 10))})
    toml = load_brand("carol").folder / "brand.toml"
    toml.write_text(toml.read_text().replace("CNY", "USD"))
    decided("acme", "small", 100)
    decided("acme", "large", 900)
    decided("bravo", "middle", 500)
    decided("carol", "dollars", 10_000)
    write_index()
    page = (place("reports") / "index.html").read_text()
    found = [page.index(f"do {subject}") for subject in ("large", "middle", "small", "dollars")]
    assert found == sorted(found)
