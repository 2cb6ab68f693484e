"""The prices worth a test before they are decided on, in words: which, how, and what to read of it."""

import pandas as pd

from shopkeeper.decisions import Decision
from shopkeeper.demand import named
from shopkeeper.demand.learner import HORIZON
from shopkeeper.pricing.price_tests import REGIONS, TURNS, knowing
from shopkeeper.pricing.regions import Split
from shopkeeper.pricing.study import Study
from shopkeeper.report.decided import around
from shopkeeper.report.words import Kind, Sentence, count, money, price, say

TESTS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "price": (say("Price now"), "price"),
    "best": (say("Price to test"), "price"),
    "expected": (say("Change of units, expected"), "change"),
    "break_even": (say("Break-even, units"), "change"),
    "design": (say("Design"), "text"),
    "weeks": (say("Weeks"), "count"),
    "worth": (say("Worth knowing, four weeks"), "money"),
}
_DESIGNS = {TURNS: say("by turns"), REGIONS: say("by region")}


def test_rows(found: Study) -> pd.DataFrame:
    """The prices worth a test, the most worth knowing first; none where prices may not be decided on."""
    rows = found.tests if found.is_trusted else found.tests.head(0)
    return rows.assign(
        what=named.products(rows, found.forecast.panel.skus), design=[_DESIGNS[name] for name in rows.design]
    )


def title(found: Study, rows: pd.DataFrame) -> Sentence:
    """How many tests, and what they are worth."""
    if rows.empty:
        return say(
            "No test of a price is worth its weeks now: what is known decides, or a test would take more than half a year"
        )
    return say(
        "For {n} SKUs it is worth more to test a price than to decide on it now: {worth} in four weeks",
        n=count(len(rows)), worth=money(rows.worth.sum()),
    )  # fmt: skip


def notes(found: Study, rows: pd.DataFrame) -> list[Sentence]:
    """How to run the tests: those by turns, those by region, and what to read of either."""
    if rows.empty:
        return []
    designs = found.tests.design[found.tests["sku"].isin(rows["sku"])]
    made = [_by_turns()] if (designs == TURNS).any() else []
    if (designs == REGIONS).any() and found.split is not None:
        made.append(_by_region(found.split))
    return [*made, say("The number of weeks tells a gain from a loss with a power of 80%. It pays where units change by more than the break-even says.")]  # fmt: skip


def _by_turns() -> Sentence:
    return say(
        "By turns: switch between the two prices every week, on the weekday on which prices change, and leave out weeks with a promotion of the SKU; which price begins is a toss of a coin. Customers who stock up "
        "while it is cheap make the change look larger than it is."
    )


def _by_region(split: Split) -> Sentence:
    return say(
        "By region: the new price in {new}, today's in {old}, all weeks long; of regions that sell alike a coin chose which. What the two halves sold beside each other in the {weeks} weeks before is taken off. "
        "Nobody waits for the next turn, but for these weeks the price is not the same for all, which the list never does: do it only where prices by region are allowed and can be explained.",
        new=", ".join(split.new), old=", ".join(split.old), weeks=count(split.weeks),
    )  # fmt: skip


def decision(found: Study, rows: pd.DataFrame) -> Decision:
    """The tests as one decision. rows: of test_rows, one at least."""
    skus = found.prices.rows["sku"].isin(rows["sku"]).to_numpy()
    first = rows.iloc[0]
    return Decision(
        subject="price tests", amount=float(len(rows)), unit="tests", **around(knowing(found.prices.gains[:, skus]).sum(axis=1)), horizon_days=HORIZON,
        action=say(
            "Test prices of {n} SKUs: first {what} {design}, at {new}, for {weeks} weeks",
            n=count(len(rows)), what=first["what"], design=first.design, new=price(first.best), weeks=count(first.weeks),
        ),
        assumptions=say("The gain is what knowing brings in four weeks beyond deciding now, if a test told all; what the tests cost meanwhile is not taken off."),
        check=say("Units at one price beside those at the other: by turns in its weeks, by region in its regions."),
    )  # fmt: skip
