"""What to keep of each core SKU on assumed terms of supply, for a brand that has not told what lies on its shelves."""

import pandas as pd

from shopkeeper.demand import named
from shopkeeper.demand.replenish import HOLDING
from shopkeeper.demand.stocktake import ASSUMED
from shopkeeper.demand.study import Study
from shopkeeper.report.page import Tile
from shopkeeper.report.words import Kind, Sentence, count, money, number, percent, say

POLICY: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "sku": (say("SKU"), "text"),
    "weekly": (say("Wanted a week"), "number"),
    "up_to": (say("Have, with what is on its way"), "count"),
    "safety": (say("Of it for safety"), "count"),
    "money": (say("Money in safety"), "money"),
}


def policy_rows(found: Study) -> pd.DataFrame:
    """One row per core SKU: units to have on hand and on order every week, and of them safety stock."""
    rows = found.bare
    if rows.empty:
        return rows
    rows = rows.join(found.forecast.panel.skus.set_index("sku")["product"], on="sku")
    return rows.assign(
        what=named.products(rows, found.forecast.panel.skus), weekly=7 * rows.daily, money=rows.safety * rows.unit_cost
    )


def title(rows: pd.DataFrame) -> Sentence:
    """What safety costs on assumed terms."""
    if rows.empty:
        return say("Of no single SKU can it be said what to keep")
    return say(
        "If orders go out once a week and take {lead} days, {sd} more or less, {money} of safety stock keeps {n} core SKUs on the shelf with a chance of {service} each",
        service=percent(rows.service.iloc[0]), lead=count(ASSUMED["lead_days_mean"]), sd=count(ASSUMED["lead_days_sd"]), money=money(rows.money.sum()), n=count(len(rows)),
    )  # fmt: skip


def assumed_told(found: Study) -> Sentence:
    """What is assumed, and what to supply to be told more."""
    return say(
        "What lies on the shelves is not known, so no order can be listed. Assumed are {lead} days from order to shelf ({sd} more or less), orders in "
        "any number of units, a gross margin of {margin} and {holding} of a unit's cost a year for holding it. Set your own in the last part, in "
        "JupyterLab; a stock file with day, SKU, warehouse and units on hand turns this into an order list.",
        lead=count(ASSUMED["lead_days_mean"]), sd=count(ASSUMED["lead_days_sd"]), margin=percent(found.shop.brand.gross_margin),
        holding=percent(HOLDING),
    )  # fmt: skip


def tile(found: Study) -> list[Tile]:
    """Safety stock of the core SKUs, read against what they sell."""
    rows = policy_rows(found)
    if rows.empty:
        return []
    days = float((rows.safety * rows.unit_cost).sum() / max((rows.daily * rows.unit_cost).sum(), 1e-9))
    return [(
        say("Safety stock of the core SKUs, on assumed terms"), money(rows.money.sum()),
        say("{days} days of what they sell; orders take {lead} days", days=number(days), lead=count(ASSUMED["lead_days_mean"])),
    )]  # fmt: skip
