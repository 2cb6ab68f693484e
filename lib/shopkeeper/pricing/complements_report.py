"""What is bought together, in words: which pairs, whether they hold in other weeks, and what they are good for."""

import numpy as np
import pandas as pd

from shopkeeper.demand import named
from shopkeeper.pricing.complements import Again
from shopkeeper.pricing.study import Study
from shopkeeper.report.words import Kind, Sentence, count, number, say

PAIRS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "with_": (say("Bought with"), "text"),
    "orders": (say("Orders with both"), "count"),
    "expected": (say("By chance"), "number"),
    "times": (say("Times as often (90%)"), "text"),
    "along": (say("Units of the other, with 100 of it beyond chance (90%)"), "text"),
}
TITLE = say("What is bought together")
_SHOWN, _UNITS = 20, 100


def pair_rows(found: Study) -> pd.DataFrame:
    """The pairs most surely bought together, each product once."""
    rows = _once(found.learnt.bought.rows).head(_SHOWN)
    return rows.assign(
        what=_named(found, rows["sku"]), with_=_named(found, rows.other), times=_ranged(rows, "lift", 1), along=_ranged(rows, "attach", _UNITS)
    )  # fmt: skip


def _once(rows: pd.DataFrame) -> pd.DataFrame:
    """The pairs of which neither SKU stands in one further up: ten numbers of a set would fill a page."""
    above: set[str] = set()
    is_new = []
    for pair in zip(rows["sku"], rows.other, strict=True):
        is_new.append(above.isdisjoint(pair))
        above.update(pair if is_new[-1] else ())
    return rows[np.array(is_new, bool)]


def _named(found: Study, skus: pd.Series) -> list[Sentence]:
    products = found.forecast.panel.skus
    titles = products.set_index("sku")["product"].reindex(skus).to_numpy()
    return named.products(pd.DataFrame({"sku": skus.to_numpy(), "product": titles}), products)


def _ranged(rows: pd.DataFrame, name: str, scale: float) -> list[Sentence]:
    columns = (scale * rows[column] for column in (name, f"{name}_low", f"{name}_high"))
    return [
        say("{value} ({low} to {high})", value=number(value), low=number(low), high=number(high))
        for value, low, high in zip(*columns, strict=True)
    ]


def told(found: Study) -> list[Sentence]:
    """How many pairs, whether they hold in other weeks, and that prices are set without them."""
    bought = found.learnt.bought
    if bought.rows.empty:
        return [
            say(
                "No two products of different categories, or without one, are surely bought together more often than the size of orders and the week would have it by chance."
            )
        ]
    counted = say(
        "Of {all} pairs of products of different categories, or without one, {n} are bought together more often than the size of orders and the week would have it by chance. "
        "Offer them as a set, or show them beside each other. Prices are set without them: to be bought together is not yet to be bought because of each other.",
        all=count(bought.pairs), n=count(len(bought.rows)),
    )  # fmt: skip
    return [counted, *_again(bought.again)]


def _again(again: Again | None) -> list[Sentence]:
    if again is None:
        return []
    return [
        say(
            "Of {n} such pairs of the first half of the time, {above} were bought together beyond chance in the second too: {found} times as often as by chance, where {told} times was expected.",
            n=count(again.n), above=count(round(again.n * again.above)), found=number(again.found), told=number(again.told),
        )
    ]  # fmt: skip
