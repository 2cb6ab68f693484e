"""The report's first screen, its claims and what it cannot tell, computed, to be said in any language."""

import datetime as dt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.claims import Claim
from shopkeeper.decisions import Decision
from shopkeeper.demand import named
from shopkeeper.demand.ahead import money_of
from shopkeeper.demand.daily import daily_sales
from shopkeeper.demand.forecast import LEAST_LEARNT
from shopkeeper.demand.learner import HORIZON
from shopkeeper.pricing import (
    competitors_report,
    ledger_report,
    list_report,
    markdown_report,
    promotion_decisions,
    segment_report,
)
from shopkeeper.pricing.study import Study
from shopkeeper.report.page import Tile
from shopkeeper.report.words import Kind, Sentence, count, day, say
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]

_CLAIMED = 20  # SKUs

CLAIMS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "measure": (say("Measure"), "text"),
    "predicted": (say("Expected"), "count"),
    "low": (say("90% from"), "count"),
    "high": (say("90% to"), "count"),
    "naive": (say("As the last four weeks"), "count"),
}
_MEASURES = {"units_sold": say("units"), "sku_gross_margin": say("gross margin")}


def enough(shop: Shop) -> tuple[bool, Sentence]:
    """Whether units and prices of SKUs are known for long enough, and what to say where they are not."""
    days, needed = (shop.as_of - shop.first_day).days + 1, LEAST_LEARNT + HORIZON + 1
    rows = shop.load(daily_sales(shop.orders, shop.order_lines).limit(1)) if shop.has("order_lines") else pd.DataFrame()
    priced = len(rows) > 0 and _is_priced(shop)
    return bool(priced) and days >= needed, say(
        "This report is learnt from what sold of each SKU at which price. It needs order lines with quantity and price over at least {needed} days; {days} days are known, "
        "{lines}. Export the lines of the orders with what was paid for them, or come back when more time has passed.",
        needed=count(needed), days=count(days), lines=say("with units and prices") if priced else say("without units or prices"),
    )  # fmt: skip


def _is_priced(shop: Shop) -> bool:
    lines = shop.order_lines
    return (
        len(shop.load(lines.filter((lines.quantity > 0) & (lines.customer_paid > 0)).select("order_id").limit(1))) > 0
    )


def headline(found: Study, rows: pd.DataFrame) -> Sentence:
    """What to change, or where the list price goes. rows: of list_report.price_rows."""
    return list_report.title(found, rows) if len(rows) else ledger_report.waterfall_title(found.ledger)


def tiles(found: Study, rows: pd.DataFrame) -> list[Tile]:
    """The gain of the safe changes, what sales leave, money lost on SKUs that lose money, what the last promotion left, and where others' prices are known, how many are better."""
    return [
        list_report.tile(found, rows),
        ledger_report.left_tile(found.ledger),
        ledger_report.tile(found.losses, found.ledger),
        *promotion_decisions.tile(found.promotions),
        *competitors_report.tile(found.compared),
    ]


def claims(found: Study) -> list[Claim]:
    """Units, and where their cost is known gross margin, of the SKUs that bring most, over four weeks at the prices in force."""
    units, margin, rows = _ahead(found)
    first, last = (found.shop.as_of + dt.timedelta(days=days) for days in (1, HORIZON))
    return [
        Claim(str(row["sku"]), measure, first, last, float(draws[:, n].mean()), *_ends(draws[:, n]), float(row[f"naive_{measure}"]))
        for measure, draws in (("units_sold", units), ("sku_gross_margin", margin))
        for n, (_, row) in enumerate(rows.iterrows())
        if measure == "units_sold" or not row.is_assumed
    ]  # fmt: skip


def _ends(draws: Floats) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.05, 0.95])
    return float(low), float(high)


def _ahead(found: Study) -> tuple[Floats, Floats, pd.DataFrame]:
    """Draws × SKUs of units sold and gross margin over the next four weeks, and rows of these SKUs with what the last four weeks brought."""
    panel, money_ = found.forecast.panel, money_of(found.forecast.panel)
    place = pd.Series(panel.skus.index, panel.skus["sku"])
    rows = found.prices.rows.assign(size=lambda table: table.price * table.units).nlargest(_CLAIMED, "size")
    at = place[rows["sku"]].to_numpy()
    promoted = panel.is_promoted[:, len(panel.days) : len(panel.days) + HORIZON]
    economics = found.economics.set_index("sku").unit_cost.reindex(rows["sku"]).to_numpy()
    # Draws of what demand answers are fewer than the forecast's paths, and go round.
    wanted = (
        found.paths[:, at, :HORIZON]
        * np.resize(found.moved, (len(found.paths), len(found.prices.rows)))[:, rows.index, None]
    )
    dearer = (rows.price / rows.seen).to_numpy()
    sold = wanted.sum(axis=2) * money_.filled[at]
    revenue = (wanted * money_.of_days(promoted)[at]).sum(axis=2) * dearer
    lately = slice(len(panel.days) - HORIZON, len(panel.days))
    before = np.nansum(panel.sales[at, lately], axis=1)
    rows = rows.assign(
        naive_units_sold=before,
        naive_sku_gross_margin=np.nansum(panel.revenue[at, lately], axis=1) - before * economics,
    )
    return sold, revenue - sold * economics, rows


def claim_rows(found: Study, made: list[Claim]) -> pd.DataFrame:
    """The claims as a table: units in pieces, margin in currency."""
    titles = pd.DataFrame({"sku": [one.subject for one in made]}).merge(
        found.forecast.panel.skus[["sku", "product"]], on="sku"
    )
    what = named.products(titles, found.forecast.panel.skus)
    return pd.DataFrame([
        {"what": name, "measure": _MEASURES[one.measure]} | {column: getattr(one, column) for column in ("predicted", "low", "high", "naive")}
        for name, one in zip(what, made, strict=True)
    ])  # fmt: skip


def claims_told(found: Study, made: list[Claim]) -> Sentence:
    """That these are recorded, at which prices, and when they are scored."""
    return say(
        "{n} expectations, units and gross margin of the SKUs that bring most, at the prices in force, over four weeks from {first} on, are recorded as they stand, and scored when "
        "these are over. Once a change of price is done, the next report expects what sells at the new one.",
        n=count(len(made)), first=day(found.shop.as_of + dt.timedelta(days=1)),
    )  # fmt: skip


def decisions(found: Study, rows: pd.DataFrame, tests: pd.DataFrame) -> list[Decision]:
    """Prices to change, to lower step by step and to test, and coupons to send, where prices may be decided on, and promotions not to repeat."""
    return [
        *list_report.decisions(found, rows, tests),
        *markdown_report.decisions(found),
        *segment_report.decisions(found),
        *promotion_decisions.decisions(found.promotions),
    ]


def unknown(found: Study) -> list[Sentence]:
    """What the report cannot tell, by what it rests on."""
    made = [
        *_cause(found),
        say(
            "Whether customers come back less often when everything is dearer: what a category sells follows its own prices here, not those of others."
        ),
        say("What competitors do when prices move, and what a price says of quality."),
        say("What a regular customer makes of a dearer product next year."),
    ]
    if found.prices.rows.is_assumed.any():
        made.append(
            say("What goods cost: of {n} SKUs it is assumed from the gross margin in brand.toml.", n=count(int(found.prices.rows.is_assumed.sum())))
        )  # fmt: skip
    if not np.isfinite(found.prices.rows.stock).any():
        made.append(say("Stock: it is not counted here, so that a lower price may sell what is not there."))
    return made


def _cause(found: Study) -> list[Sentence]:
    """That these are associations, unless an instrument tells more."""
    by = found.learnt.beside.by_instrument
    if by is not None and by.is_strong:
        return []
    return [
        say(
            "Whether price was the cause: prices were not set by an experiment, so that all of this is association. Who cuts prices of what sells badly, or raises them when demand is "
            "high, makes customers look less sensitive than they are."
        )
    ]
