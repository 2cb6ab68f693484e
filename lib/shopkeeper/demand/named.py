"""Names: of SKUs, promotions, occasions and classes, as a reader knows them."""

from collections.abc import Sequence

import pandas as pd

from shopkeeper.demand.classes import ERRATIC, INTERMITTENT, LUMPY, SMOOTH
from shopkeeper.demand.origins import BLEND, TREES, WITH_SIGNALS
from shopkeeper.report.words import Sentence, plain, say

_KINDS = {
    "discount": say("discount"),
    "coupon": say("coupon"),
    "gift": say("gift"),
    "display": say("display"),
    "mailer": say("mailer"),
}
_OCCASIONS = {
    "38": say("the sale of 8 March"),
    "520": say("the sale of 20 May"),
    "618": say("618"),
    "99": say("the sale of 9 September"),
    "11.11": say("11.11"),
    "12.12": say("12.12"),
    "new year goods": say("shopping for the Spring Festival"),
    "spring festival": say("the Spring Festival"),
    "black friday": say("Black Friday"),
    "christmas": say("the weeks before Christmas"),
    "after christmas": say("the days after Christmas"),
    "thanksgiving": say("Thanksgiving"),
    "easter": say("Easter"),
}
CLASSES = {
    SMOOTH: say("often, evenly"),
    ERRATIC: say("often, unevenly"),
    INTERMITTENT: say("now and then, evenly"),
    LUMPY: say("now and then, unevenly"),
}
METHODS = {
    TREES: say("trees over all SKUs"),
    WITH_SIGNALS: say("trees that know outside signals"),
    BLEND: say("trees and smoothing together"),
    "seasonal naive": say("last week again"),
    "ets": say("exponential smoothing"),
    "tsb": plain("TSB"),
    "adida": plain("ADIDA"),
    "imapa": plain("IMAPA"),
}


def promotion(kind: str) -> Sentence:
    """A kind of promotion; one that is not known by its own word."""
    return _KINDS.get(kind, plain(kind))


def occasion(name: str) -> Sentence:
    """An occasion of occasions.py."""
    return _OCCASIONS[name]


def category(name: str) -> Sentence:
    """A category, or that there is none."""
    return plain(name) if name else say("no category")


def products(rows: pd.DataFrame, skus: pd.DataFrame) -> list[Sentence]:
    """What SKUs are called: by their titles, less the words that all titles of the brand begin with, with the code where two are alike; or by it.

    rows: of sku and product; skus: all of the brand's, of the panel.
    """
    known = skus["product"][~skus.is_rest].dropna().astype(str)
    first = _shared([title.split() for title in known if title.strip()])
    titles = [" ".join(str(title).split()[first:]) if isinstance(title, str) else "" for title in rows["product"]]
    alike = pd.Series(list(rows["sku"])).groupby(titles).nunique()
    return [
        plain(code if not title else title if alike[title] == 1 else f"{title} · {code}")
        for code, title in zip(rows["sku"], titles, strict=True)
    ]


def _shared(titles: Sequence[Sequence[str]]) -> int:
    """How many words two titles or more all begin with; at least one of each is left."""
    if len(titles) < 2:
        return 0
    count = 0
    while all(len(title) > count + 1 and title[count] == titles[0][count] for title in titles):
        count += 1
    return count
