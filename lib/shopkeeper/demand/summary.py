"""The report's first screen, its claims and what it cannot tell, computed, to be said in any language."""

import datetime as dt

import pandas as pd

from shopkeeper.claims import Claim
from shopkeeper.decisions import Decision
from shopkeeper.demand import accuracy_report, forecast_report, slow_report, stock_report, terms_report
from shopkeeper.demand.daily import daily_sales
from shopkeeper.demand.forecast import LEAST_LEARNT
from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.study import Study
from shopkeeper.report.page import Tile
from shopkeeper.report.words import Kind, Sentence, count, day, money, plain, say
from shopkeeper.shop import Shop

_CATEGORIES = 20  # claimed at most
_MEASURES = {
    ("category", "units"): "category_units",
    ("category", "net_revenue"): "category_net_revenue",
    ("sku", "units"): "units_sold",
    ("sku", "net_revenue"): "sku_net_revenue",
}

CLAIMS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("What"), "text"),
    "until": (say("Until"), "day"),
    "predicted": (say("Units expected"), "count"),
    "low": (say("90% from"), "count"),
    "high": (say("90% to"), "count"),
    "naive": (say("As the last four weeks"), "count"),
}


def enough(shop: Shop) -> tuple[bool, Sentence]:
    """Whether units of SKUs are known for long enough, and what to say where they are not."""
    days, needed = (shop.as_of - shop.first_day).days + 1, LEAST_LEARNT + HORIZON + 1
    sold = len(shop.load(daily_sales(shop.orders, shop.order_lines).limit(1))) if shop.has("order_lines") else 0
    return bool(sold) and days >= needed, say(
        "This report is learnt from what sold of each SKU day by day. It needs order lines with a quantity over at least {needed} days; {days} days "
        "are known, {lines}. Export the lines of the orders with them, or come back when more time has passed.",
        needed=count(needed), days=count(days), lines=say("with units") if sold else say("without units"),
    )  # fmt: skip


def headline(found: Study, orders: pd.DataFrame) -> Sentence:
    """What to order, or without stock what should sell. orders: of stock_report.order_rows."""
    if found.stock is None or not found.is_better:
        return forecast_report.brand_title(found)
    return stock_report.order_title(orders, found.stock)


def tiles(found: Study) -> list[Tile]:
    """Sales at risk, money to order and in slow stock where stock is known; sales ahead, and how near such forecasts were."""
    if found.stock is None:
        return [_sales(found), *(terms_report.tile(found) if found.is_better else []), accuracy_report.core_tile(found)]
    return [*stock_report.tiles(found.stock, found.is_better), _sales(found), accuracy_report.core_tile(found)]


def _sales(found: Study) -> Tile:
    row = found.ahead[(found.ahead.level == "brand") & (found.ahead.measure == "net_revenue")]
    row = row[row.days == HORIZON].iloc[0]
    note = say("90%: {low} to {high}; last 28 days: {lately}", low=money(row.low), high=money(row.high), lately=money(row.lately))  # fmt: skip
    return say("Sales expected in the next 28 days"), money(row.predicted), note


def claims(found: Study) -> list[Claim]:
    """Units and net revenue of each category (the 20 largest) and core SKU over the next 7, 14 and 28 days."""
    rows = found.ahead[found.ahead.level != "brand"]
    sizes = rows[(rows.level == "category") & (rows.measure == "net_revenue") & (rows.days == HORIZON)]
    named = set(sizes.nlargest(_CATEGORIES, "lately").subject)
    rows = rows[(rows.level == "sku") | rows.subject.isin(named)]
    first = found.shop.as_of + dt.timedelta(days=1)
    return [
        Claim(
            str(row.subject), _MEASURES[str(row.level), str(row.measure)], first, first + dt.timedelta(days=int(row.days) - 1),
            row.predicted, row.low, row.high, row.naive,
        )
        for row in rows.itertuples()
    ]  # fmt: skip


def claim_rows(found: Study, made: list[Claim]) -> pd.DataFrame:
    """The claims of units of categories, or where there are none of core SKUs."""
    measure = "category_units" if any(one.measure == "category_units" for one in made) else "units_sold"
    titles = found.forecast.panel.skus.set_index("sku")["product"]
    return pd.DataFrame([
        {"what": plain(one.subject if measure == "category_units" or pd.isna(titles[one.subject]) else titles[one.subject]), "until": one.ends_on}
        | {name: getattr(one, name) for name in ("predicted", "low", "high", "naive")}
        for one in made if one.measure == measure
    ])  # fmt: skip


def claims_told(found: Study, made: list[Claim]) -> Sentence:
    """That these are recorded, and since when they count."""
    return say(
        "{n} expectations, units and sales of categories and core SKUs over one, two and four weeks from {first} on, are recorded as they stand, and "
        "scored when their days are over.",
        n=count(len(made)), first=day(found.shop.as_of + dt.timedelta(days=1)),
    )  # fmt: skip


def decisions(found: Study, orders: pd.DataFrame, moved: pd.DataFrame, slow: pd.DataFrame) -> list[Decision]:
    """Order, move and clear; nothing where stock is not known, or the forecast was no nearer than last week again."""
    if found.stock is None or not found.is_better:
        return []
    return stock_report.decisions(orders, found.stock) + slow_report.decisions(found.stock, moved, slow)


def unknown(found: Study) -> list[Sentence]:
    """What the report cannot tell, by what it rests on."""
    made = [
        say("What a promotion does that is planned after today, or one of a kind that never ran here."),
        say("What comes back: returns are not taken off what is ordered, though some can be sold again."),
        say("Whether a SKU's sale would have gone to another that was there instead: each is looked at by itself."),
    ]
    if not found.forecast.panel.shelves:
        made.append(
            say("What was wanted and not there: without a table of stock, sales are all that is known of demand.")
        )
    if found.stock is not None:
        made.append(say("Suppliers who deliver less than was ordered, or in parts; what orders share in freight."))
    if len(found.forecast.panel.days) < 2 * 364:
        made.append(say("Seasons: less than two years are known, so that each time of the year was seen once at most."))
    return made
