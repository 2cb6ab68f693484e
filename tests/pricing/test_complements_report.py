"""What is bought together, in words."""

from types import SimpleNamespace

import pandas as pd
from shopkeeper.pricing import complements_report
from shopkeeper.pricing.complements import Again, Complements
from shopkeeper.report.words import Words

EN = Words("en", "CNY")
SKUS = pd.DataFrame({"sku": ["a", "b"], "product": ["Bun", "Sausage"], "is_rest": False})
PAIR = {
    "sku": "b", "other": "a", "orders": 44.0, "expected": 11.0, "lift": 3.5, "lift_low": 2.9, "lift_high": 4.1,
    "attach": 0.12, "attach_low": 0.1, "attach_high": 0.15,
}  # fmt: skip


def study_of(*pairs, again=None):
    bought = Complements(pd.DataFrame(list(pairs), columns=list(PAIR)), 6, again)
    return SimpleNamespace(
        learnt=SimpleNamespace(bought=bought), forecast=SimpleNamespace(panel=SimpleNamespace(skus=SKUS))
    )


def said(found):
    return " ".join(EN.text(each) for each in complements_report.told(found))


def test_a_pair_is_told_with_its_intervals():
    [row] = complements_report.pair_rows(study_of(PAIR)).to_dict("records")
    assert [EN.text(row[name]) for name in ("what", "with_")] == ["Sausage", "Bun"]
    assert EN.text(row["times"]) == "3.5 (2.9 to 4.1)"
    assert EN.text(row["along"]) == "12.0 (10.0 to 15.0)"


def test_each_product_stands_once():
    others = [PAIR | {"sku": "c", "other": "a"}, PAIR | {"sku": "c", "other": "d"}]
    rows = complements_report.pair_rows(study_of(PAIR, *others))
    assert rows[["sku", "other"]].to_numpy().tolist() == [["b", "a"], ["c", "d"]]


def test_it_says_what_held_and_that_prices_leave_pairs_out():
    text = said(study_of(PAIR, again=Again(8, 0.875, 3.1, 2.8)))
    assert text.startswith("Of 6 pairs of products of different categories, or without one, 1 are bought together")
    assert "Prices are set without them" in text
    assert "Of 8 such pairs of the first half of the time, 7 were" in text
    assert "2.8 times as often as by chance, where 3.1 times was expected" in text


def test_where_nothing_is_bought_together_it_says_so():
    assert complements_report.pair_rows(study_of()).empty
    assert said(study_of()).startswith("No two products of different categories, or without one, are surely")
