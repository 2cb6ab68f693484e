"""Win back: whom of those at risk to write to, up to what cost, and what it should bring."""

import datetime as dt

import pandas as pd

from shopkeeper.clv.origins import CHOSEN
from shopkeeper.clv.risk import AtRisk
from shopkeeper.clv.value import HORIZON
from shopkeeper.customers import contact_lists
from shopkeeper.customers.campaigns import DAYS
from shopkeeper.customers.contact_lists import Lift
from shopkeeper.decisions import Decision
from shopkeeper.report.words import Sentence, count, money, people, say

LIST = "early_warning"  # as 01 calls its list of the same customers, so that both count once


def candidates(risk: AtRisk | None, refused: pd.DataFrame) -> pd.DataFrame:
    """Of those at risk who may be written to: customer_id, list, probability to order within the 14 days in which a message works, and
    worth: the margin of that order, and what the customer is worth more after it in the year ahead.
    """
    if risk is None or risk.rows.empty:
        return pd.DataFrame({name: [] for name in ("customer_id", "list", "probability", "worth")})
    rows = risk.rows[~risk.rows.customer_id.isin(refused.customer_id)]
    soon = 1 - (1 - rows.chance_now) ** (DAYS / (7 * CHOSEN))
    worth = rows.order_margin + (rows.worth_back - rows.expected)
    return pd.DataFrame({"customer_id": rows.customer_id, "list": LIST, "probability": soon, "worth": worth})


def win_back(could: pd.DataFrame, lift: Lift, as_of: dt.date, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who is written to and who is held out by lot, with what it should bring; and that as one row (of contact_lists.list_table).

    Without rows where fewer than 50 are worth writing to.
    """
    chosen = contact_lists.with_holdout(contact_lists.assign(could), as_of, seed)
    chosen = contact_lists.with_gain(chosen, lift)
    return chosen, contact_lists.list_table(chosen, lift, seed)


def decisions(table: pd.DataFrame, lift: Lift) -> list[Decision]:
    """Write to them, where that should gain."""
    return [
        Decision(
            subject=f"contact list: {LIST}",
            action=say(
                "Win back {n} good customers at risk: spend up to {cost} on each, message and offer together",
                n=people(row.to_write), cost=money(row.break_even),
            ),
            amount=float(row.to_write), unit="customers", gain=float(row.gain), gain_low=float(row.gain_low),
            gain_high=float(row.gain_high), probability=float(row.probability), horizon_days=HORIZON,
            assumptions=_assumptions(lift, float(row.margin)),
            check=say(
                "{n} of them, drawn by lot, are not written to: compare orders per head of both after {days} days, and what they "
                "brought after a year.",
                n=people(row.held_out), days=count(DAYS),
            ),
        )
        for row in table[table.gain > 0].itertuples()
    ]  # fmt: skip


def _assumptions(lift: Lift, worth: float) -> Sentence:
    return say(
        "{lift} A customer who is brought back is taken to be worth what one is who came back unasked: with the order, {worth} "
        "in the year ahead. What message and offer cost is not taken off.",
        lift=contact_lists.lift_told(lift), worth=money(worth),
    )  # fmt: skip


def told(table: pd.DataFrame) -> Sentence:
    """Up to what cost it pays to win back those at risk."""
    if table.empty:
        return say("Fewer than 50 customers at risk are worth writing to, so no list is made.")
    row = table.iloc[0]
    if row.gain <= 0:
        return say("By what earlier messages brought, it does not pay to write to those at risk.")
    return say(
        "To write to {n} of them should bring {gain} (90%: {low} to {high}): it pays as long as message and offer cost less "
        "than {cost} for each. {held} more are held out by lot, to tell what it brought.",
        n=people(row.to_write), gain=money(row.gain), low=money(row.gain_low), high=money(row.gain_high),
        cost=money(row.break_even), held=people(row.held_out),
    )  # fmt: skip


FILE = say("Whom to win back, and who is held out and not written to:")


def file_rows(chosen: pd.DataFrame) -> pd.DataFrame:
    """One row per customer, the largest expected gain first: group is write or holdout."""
    rows = chosen.round({"probability": 4, "worth": 2, "expected_gain": 2})
    columns = ["customer_id", "group", "probability", "worth", "expected_gain"]
    return rows.sort_values(["expected_gain", "customer_id"], ascending=[False, True])[columns]
