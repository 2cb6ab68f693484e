"""Labels: the columns of the profile's tables in words, and cells that are words themselves."""

import re

import pandas as pd

from shopkeeper.report.words import Kind, Sentence, count, money, plain, say

Labels = dict[str, tuple[Sentence, Kind]]

EFFECTS: dict[tuple[str, str], Sentence] = {
    ("new", "number"): say("number of new buyers"),
    ("new", "spend"): say("spend per new buyer"),
    ("returning", "number"): say("number of returning buyers"),
    ("returning", "spend"): say("spend per returning buyer"),
    ("named", "number"): say("number of buyers"),
    ("named", "spend"): say("spend per buyer"),
    ("guest", "number"): say("number of orders without an ID"),
    ("guest", "spend"): say("spend per order without an ID"),
}

MONTHS: Labels = {
    "month": (say("Month"), "month"),
    "net_revenue": (say("Sales"), "money"),
    "target": (say("Target"), "money"),
    "orders": (say("Orders"), "count"),
    "new_buyers": (say("New buyers"), "people"),
    "returning_buyers": (say("Returning buyers"), "people"),
}
DRIVERS: Labels = {"what": (say("What"), "text"), "amount": (say("Effect on sales"), "money")}
RFM: Labels = {
    "r": (say("Recency score"), "count"),
    "f": (say("Frequency score"), "count"),
    "customers": (say("Customers"), "people"),
    "net_revenue": (say("Sales"), "money"),
    "share": (say("Share of revenue"), "percent"),
}
CUTS: Labels = {
    "what": (say("Measure"), "text"),
    "score": (say("Score"), "count"),
    "from": (say("from"), "number"),
    "to": (say("to"), "number"),
    "customers": (say("Customers"), "people"),
}
COHORTS: Labels = {
    "cohort": (say("First order"), "month"),
    "months_since": (say("Months after"), "count"),
    "customers": (say("Customers"), "people"),
    "rate": (say("Ordered again"), "percent"),
    "rate_low": (say("90% from"), "percent"),
    "rate_high": (say("90% to"), "percent"),
}
REPURCHASE: Labels = {name: label for name, label in COHORTS.items() if name != "months_since"}
ACCOUNT: Labels = {
    "what": (say("What became of its rows"), "text"),
    "rows": (say("Rows"), "count"),
    "amount": (say("Worth"), "money"),
    "file": (say("File"), "text"),
}


def account_rows(account: pd.DataFrame) -> pd.DataFrame:
    """The account with each outcome in words, the files of one format together."""
    outcomes = {"kept": say("used"), "excluded": say("left out: {rule}"), "rejected": say("rejected: {rule}")}
    rows = account.groupby(["source", "outcome", "rule"], as_index=False).agg(
        rows=("rows", "sum"), amount=("amount", lambda worth: worth.sum(min_count=1)), files=("file", "unique")
    )
    said = [Sentence(outcomes[row.outcome].template, {"rule": say_rule(str(row.rule))}) for row in rows.itertuples()]
    rows = rows.assign(what=said, file=[_files(list(names)) for names in rows.files])
    return rows.sort_values(["source", "outcome", "rows"], ascending=[True, False, False])


def _files(names: list[str]) -> Sentence:
    if len(names) == 1:
        return plain(names[0])
    return say("{first} and {more} more", first=min(names), more=count(len(names) - 1))


def say_rule(rule: str) -> Sentence:
    """A rule of a mapping or of the contract; `orders.ordered_at: missing` keeps its column as it is."""
    if found := re.fullmatch(r"([\w.]+): (.+)", rule):
        return Sentence("{column}: {reason}", {"column": found[1], "reason": Sentence(found[2], {})})
    return Sentence(rule, {})


def driver_rows(drivers: pd.DataFrame) -> pd.DataFrame:
    """The drivers with each effect in words."""
    return drivers.assign(what=[EFFECTS[row.group, row.effect] for row in drivers.itertuples()])


def cut_rows(cuts: pd.DataFrame) -> pd.DataFrame:
    """The cut-points with each quantity in words and in its own unit."""
    names = {
        "days_since_last_order": say("days since the last order"),
        "order_days": say("days with an order"),
        "net_revenue": say("sales, in all"),
    }
    unit = {name: money if name == "net_revenue" else count for name in names}
    said = {
        limit: [
            Sentence("{v}", {"v": unit[name](value)}) for name, value in zip(cuts.quantity, cuts[limit], strict=True)
        ]
        for limit in ("from", "to")
    }
    return cuts.assign(what=[names[name] for name in cuts.quantity], **said)
