"""Audiences: which customers a message could go to, with what, and what an order of each would be worth."""

import ibis.expr.types as ir
import pandas as pd

from shopkeeper.customers.activity import Z90
from shopkeeper.customers.campaigns import DAYS
from shopkeeper.customers.next_category import NextCategory
from shopkeeper.customers.segment_names import name_segments
from shopkeeper.customers.segment_profile import Segments
from shopkeeper.customers.tags import LEAVING, Tagged, probability
from shopkeeper.report.words import Sentence, Words, money, people, say

HORIZON = DAYS  # days in which a message works, and over which its lift was measured
_LIKELY_DAYS = 30  # that the probabilities to order, and of a category, look ahead
_AWAY_DAYS = 90  # that "about to leave" looks ahead
_LIKELY = 0.2  # probability of a category from which it is what to write about
_COLUMNS = ["customer_id", "list", "probability", "worth"]

Names = dict[str, tuple[Sentence, Sentence]]  # of a list: whom it is for, and what to offer


def candidates(
    known: pd.DataFrame, tagged: list[Tagged], found: NextCategory, ways: Segments | None, gross_margin: float
) -> tuple[pd.DataFrame, Names]:
    """Who could stand in which list (customer_id, list, probability, worth), and what each list is called.

    known: features of customers today, by customer_id. probability: to order within the 14 days in which a message
    works, without one: that of 30 days at an even pace.
    worth: gross profit of one order day of the customer, in the brand's currency. Without a probability to order that
    held when tested, there is no list.
    """
    ordering = probability(tagged, "order_30")
    if ordering is None:
        return pd.DataFrame({name: [] for name in _COLUMNS}), {}
    ordering = 1 - (1 - ordering) ** (HORIZON / _LIKELY_DAYS)
    lists, names = _by_stage(known, probability(tagged, "lapse_90"))
    for more, called in (_by_segment(ways), _by_category(found)):
        lists, names = lists | more, names | called
    worth = known.spend / known.order_days * gross_margin
    lists = {key: who.intersection(known.index) for key, who in lists.items()}
    parts = [
        pd.DataFrame({"customer_id": who, "list": key, "probability": ordering.reindex(who).to_numpy(), "worth": worth.reindex(who).to_numpy()})
        for key, who in lists.items()
        if len(who)
    ]  # fmt: skip
    return (pd.concat(parts, ignore_index=True).dropna(), names) if parts else (pd.DataFrame(columns=_COLUMNS), names)


def at_risk(known: pd.DataFrame, leaving: pd.Series | None, gross_margin: float) -> pd.DataFrame:
    """Good customers about to leave, the most at risk first: customer_id, probability, at_stake, value_at_risk, order_days,
    days_since_last.

    leaving: probability to stay away for 90 days; none where it did not hold. at_stake: gross profit that the customer
    brings in 90 days at the pace of the last 365 (or since the first order), in the brand's currency.
    value_at_risk: probability × at_stake.
    """
    columns = ["customer_id", "probability", "at_stake", "value_at_risk", "order_days", "days_since_last"]
    if leaving is None:
        return pd.DataFrame({name: [] for name in columns})
    table = known.loc[_leaving(known, leaving)]
    days = (table["T"] + 1).clip(lower=_AWAY_DAYS, upper=365)
    table = table.assign(probability=leaving, at_stake=gross_margin * table.spend_365 * _AWAY_DAYS / days)
    table = table.assign(value_at_risk=table.probability * table.at_stake)
    table = table.rename_axis("customer_id").reset_index()
    table = table.sort_values(["value_at_risk", "customer_id"], ascending=[False, True], ignore_index=True)
    return table[columns].round({"probability": 4, "at_stake": 2, "value_at_risk": 2})


def at_risk_told(table: pd.DataFrame, leaving: pd.Series | None) -> Sentence:
    """How much gross profit is at risk; the 90% interval holds the luck of who leaves."""
    if leaving is None:
        return say(
            "Who of the good customers is about to leave cannot be told here: no probability to stay away held when tested."
        )
    if table.empty:
        return say("No good customer is known to be about to leave.")
    lost, luck = table.value_at_risk.sum(), table.probability * (1 - table.probability) * table.at_stake**2
    reach = Z90 * luck.sum() ** 0.5
    return say(
        "{n} good customers are more likely than not to stay away for the next 90 days. At their pace of the past year, "
        "{lost} of gross profit is at risk with them (90%, by the luck of who leaves: {low} to {high}).",
        n=people(len(table)), lost=money(lost), low=money(lost - reach), high=money(lost + reach),
    )  # fmt: skip


AT_RISK_FILE = say("Good customers about to leave, the most at risk first:")


def _leaving(known: pd.DataFrame, leaving: pd.Series) -> pd.Index:
    good = known.index[(known.order_days > 1) & (known.spend_365 > 0)]
    return good.intersection(leaving.index[leaving >= LEAVING])


def willing(known: pd.DataFrame, refused: pd.DataFrame) -> pd.DataFrame:
    """The customers known, without those who do not want to be written to."""
    return known[~known.index.isin(refused.customer_id)]


def refused(customers: ir.Table) -> ir.Table:
    """Customers whose consent to be contacted is known not to be given."""
    return customers.filter(~customers.consent).select("customer_id")


def _by_stage(known: pd.DataFrame, leaving: pd.Series | None) -> tuple[dict[str, pd.Index], Names]:
    lists = {"second_order": known.index[known.order_days == 1]}
    names: Names = {"second_order": (say("Bought once"), say("what goes with their first order"))}
    if leaving is not None:
        lists["early_warning"] = _leaving(known, leaving)
        names["early_warning"] = (
            say("Good customers about to leave"),
            say("a personal word, and a coupon from a minimum order on"),
        )
    return lists, names


def _by_segment(ways: Segments | None) -> tuple[dict[str, pd.Index], Names]:
    if ways is None:
        return {}, {}
    called = name_segments(ways.traits)
    lists = {f"segment: {name.key}": ways.labels.index[ways.labels == n] for n, name in enumerate(called)}
    return lists, {f"segment: {name.key}": (name.name, name.offer) for name in called}


def _by_category(found: NextCategory) -> tuple[dict[str, pd.Index], Names]:
    if found.now.empty:
        return {}, {}
    likely = found.now[(found.now.days == _LIKELY_DAYS) & (found.now.probability >= _LIKELY)]
    lists = {f"category: {name}": pd.Index(part.customer_id) for name, part in likely.groupby("category")}
    names: Names = {
        key: (
            say("Likely to buy {category} soon", category=key.removeprefix("category: ")),
            say("what is new in {what}", what=key.removeprefix("category: ")),
        )
        for key in lists
    }
    return lists, names


def file_rows(members: pd.DataFrame, names: Names, words: Words) -> pd.DataFrame:
    """One row per customer as people read it, the largest expected gain first: list, offer, group (write or holdout)."""
    said = {key: (words.text(who), words.text(offer)) for key, (who, offer) in names.items()}
    table = members.assign(
        list=[said[key][0] for key in members["list"]],
        offer=[said[key][1] for key in members["list"]],
        probability=members.probability.round(4),
        worth=members.worth.round(2),
        expected_gain=members.expected_gain.round(2),
    )
    columns = ["customer_id", "list", "offer", "group", "probability", "worth", "expected_gain"]
    return table.sort_values(["expected_gain", "customer_id"], ascending=[False, True])[columns]


FILE = say("Whom to write to, with what to offer; those of the holdout are not written to:")
