"""Stock in words: how it stands, what is at risk, and what to order."""

import datetime as dt

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from shopkeeper.decisions import Decision
from shopkeeper.demand import named
from shopkeeper.demand.causes import causes
from shopkeeper.demand.replenish import LEAST_GAIN, LONGEST, REVIEW, SOON, SUREST
from shopkeeper.demand.study import Stock, Study
from shopkeeper.report.charts import short
from shopkeeper.report.decided import around
from shopkeeper.report.page import Tile
from shopkeeper.report.style import ACCENT, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Words, chance, count, money, number, percent, plain, say
from shopkeeper.tables import offenders

FIGURES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("What"), "text"),
    "value": (say("Now"), "text"),
    "beside": (say("Read against"), "text"),
}
RISK: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "sku": (say("SKU"), "text"),
    "warehouse": (say("Warehouse"), "text"),
    "on_hand": (say("On the shelf"), "count"),
    "on_order": (say("On its way"), "count"),
    "cover": (say("Lasts, days"), "count"),
    "risk": (say("Chance that sales are lost in 14 days"), "chance"),
    "at_risk": (say("Sales at risk"), "money"),
    "late": (say("Lost even if ordered today"), "money"),
}
ORDERS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "warehouse": (say("Warehouse"), "text"),
    "units": (say("Order, units"), "count"),
    "cause": (say("Why"), "text"),
    "money": (say("Money"), "money"),
    "gain": (say("Expected gain"), "money"),
    "range": (say("90% interval"), "text"),
}
_FILE = ("maker", "sku", "product", "category", "warehouse", "units", "unit_cost", "money", "arrives_on", "on_hand", "on_order", "daily", "cover", "lead_days_mean", "service",
         "safety", "up_to", "risk", "at_risk", "gain", "gain_low", "gain_high", "cause")  # fmt: skip
FILE = say("Every shelf that is to be ordered for, with units, money and why, as a list to work from:")
_SHOWN, _CHARTED = 15, 10


def _with_names(found: Study, lines: pd.DataFrame) -> pd.DataFrame:
    facts = found.forecast.panel.skus.set_index("sku")[["product", "category"]]
    rows = lines.join(facts, on="sku")
    return rows.assign(what=named.products(rows, found.forecast.panel.skus))


def figure_rows(stock: Stock) -> pd.DataFrame:
    """How the shelves stand: what, value, and what each is read against."""
    held, terms = stock.figures, stock.terms
    turns = 365 / held.turnover if held.turnover > 0 else float("nan")
    rows = [
        (say("Stock at cost"), money(held.value), say("{n} SKUs in {w} warehouses", n=count(stock.shelves["sku"].nunique()), w=count(stock.shelves.warehouse.nunique()))),
        (say("Days that it lasts, at the cost of what sold in the last quarter"), number(held.turnover), say("{n} turns a year", n=number(turns))),
        (say("Days on which a shelf of a core SKU was empty, last 28 days"), percent(held.empty), say("{before} in the year before", before=percent(held.empty_before))),
        (say("Units wanted and not there, last 28 days"), percent(held.missed), say("{before} in the year before", before=percent(held.missed_before))),
        (say("What they would have brought"), money(held.lost), say("at the price of those days")),
        (say("Holding a unit for a year costs, assumed"), percent(terms.holding), say("of its cost: capital, room, insurance")),
    ]  # fmt: skip
    return pd.DataFrame([{"what": what, "value": say("{value}", value=value), "beside": beside} for what, value, beside in rows])  # fmt: skip


def risk_rows(found: Study, stock: Stock) -> pd.DataFrame:
    """The shelves with most sales at risk within 14 days; late: what is lost even if ordered today, since no order arrives in time."""
    lines = stock.orders.lines
    return _with_names(found, lines[lines.at_risk > 0].nlargest(_SHOWN, "at_risk"))


def risk_title(found: Study, stock: Stock) -> Sentence:
    """Sales at risk within a fortnight, and where most of it lies."""
    lines = stock.orders.lines
    mean, low, high = _around(stock.orders.at_risk)
    if mean <= 0:
        return say("No shelf runs out within {days} days in any of the cases looked at", days=count(SOON))
    worst = risk_rows(found, stock)
    return say(
        "Without an order {mean} of sales are at risk in the next {days} days (90%: {low} to {high}), {late} of it even if ordered today; the largest part, {most}, of "
        "{what} in {warehouse}. {n} shelves of {all} run out more likely than not",
        mean=money(mean), low=money(low), high=money(high), days=count(SOON), late=money(lines.late.sum()), most=money(worst.at_risk.iloc[0]), what=worst["what"].iloc[0],
        warehouse=plain(worst.warehouse.iloc[0]), n=count((lines.risk > 0.5).sum()), all=count(len(lines)),
    )  # fmt: skip


def plot_risk(rows: pd.DataFrame, words: Words) -> Figure:
    """Sales at risk of each shelf, and what of it no order of today can save."""
    rows = rows.head(_CHARTED)
    with house_style():
        drawn = figure(0.9 + 0.3 * len(rows))
        axes = drawn.subplots()
        places = range(len(rows))
        axes.barh(places, rows.at_risk, color=ACCENT, height=0.55, label=words.text(say("at risk in 14 days")))
        axes.barh(places, rows.late, color=WARM, height=0.55, label=words.text(say("lost even if ordered today")))
        axes.set_yticks(places, [short(words.text(row["what"]), 18) + f" · {row.warehouse}" for _, row in rows.iterrows()])  # fmt: skip
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.xaxis.set_major_locator(MaxNLocator(3))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick)) if tick else "0"))
        drawn.legend(loc="outside upper left", ncols=1)
        return drawn


def order_rows(found: Study, stock: Stock) -> pd.DataFrame:
    """What to order, the most gain first, each line with its cause in words."""
    lines = stock.orders.lines
    chosen = _with_names(found, lines[lines.units > 0].sort_values("gain", ascending=False))
    chosen["range"] = [say("{low} to {high}", low=money(a), high=money(b)) for a, b in zip(chosen.gain_low, chosen.gain_high, strict=True)]  # fmt: skip
    arrives = [found.shop.as_of + dt.timedelta(days=round(lead)) for lead in chosen.lead_days_mean]
    chosen = chosen.assign(arrives_on=arrives)
    return chosen.assign(cause=causes(found.forecast.panel, chosen, found.forecast.by_signals)).reset_index(drop=True)


def no_rows() -> pd.DataFrame:
    """The order list of a brand for which none can be made."""
    return pd.DataFrame(columns=[*_FILE, "what", "range"])


def file_rows(rows: pd.DataFrame, words: Words) -> pd.DataFrame:
    """The order list as a file: units, money in the brand's currency, days, chances 0–1, and the cause as text."""
    told = rows.assign(cause=[words.text(cause) for cause in rows.cause])
    return (
        told[list(_FILE)].round(2).rename(columns={"risk": "stock_out_probability", "service": "service_probability"})
    )


def order_title(rows: pd.DataFrame, stock: Stock) -> Sentence:
    """How much to order, and what that brings beside ordering nothing this week."""
    if rows.empty:
        return say(
            "Nothing is to be ordered today: no order would bring more, until next week's can arrive, than it costs to hold"
        )
    mean, low, high = _around(stock.orders.gain)
    return say(
        "Order {units} units for {money} on {n} shelves of {all}: beside ordering nothing this week that should bring {mean} (90%: {low} to {high})",
        units=count(rows.units.sum()), money=money(rows.money.sum()), n=count(len(rows)), all=count(len(stock.shelves)), mean=money(mean),
        low=money(low), high=money(high),
    )  # fmt: skip


def order_notes(stock: Stock) -> list[Sentence]:
    """For which service, on which terms, and what was found wrong with the stock table."""
    service = stock.orders.lines.service
    made = [
        say(
            "Each shelf is to last until next week's order can arrive, with a chance of {low} to {high}: as pays best, where a unit too few costs its margin "
            "and one too many {holding} of its cost a year, and never more than {most}. A line that should not bring {least} of its money waits.",
            low=percent(service.min()), high=percent(service.max()), holding=percent(stock.terms.holding), most=percent(SUREST), least=percent(LEAST_GAIN),
        )
        if stock.terms.service is None
        else say("Each shelf is to last until next week's order can arrive with a chance of {service}.", service=percent(stock.terms.service))
    ]  # fmt: skip
    assumed = stock.shelves[stock.shelves.is_assumed]
    if len(assumed):
        usual = assumed.iloc[0]
        made.append(
            say(
                "Of {n} of {all} shelves no terms of supply are known; {lead} days from order to shelf are assumed, {sd} more or less. Put them into a "
                "supply file.",
                n=count(len(assumed)), all=count(len(stock.shelves)), lead=count(usual.lead_days_mean), sd=count(usual.lead_days_sd),
            )
        )  # fmt: skip
    far = stock.shelves[stock.shelves.lead_days_mean + REVIEW > LONGEST]
    if len(far):
        made.append(
            say(
                "{n} shelves have suppliers who take longer than the {days} days that are looked ahead: their orders are too small. SKU {some}.",
                n=count(len(far)), days=count(LONGEST), some=offenders(far["sku"].tolist()),
            )
        )  # fmt: skip
    return [*made, *stock.faults]


def tiles(stock: Stock, is_better: bool) -> list[Tile]:
    """Sales at risk of stock-out in 14 days, money to order, money in slow stock; this alone where the forecast is not to be acted on."""
    mean, low, high = _around(stock.orders.at_risk)
    gain = _around(stock.orders.gain)
    slow = stock.slow.money.sum() if len(stock.slow) else 0.0
    lying = (
        say("Money in slow stock"),
        money(slow),
        say(
            "{share} of {value} in stock",
            share=percent(slow / max(stock.figures.value, 1e-9)),
            value=money(stock.figures.value),
        ),
    )
    if not is_better:
        return [lying]
    return [
        (say("Sales at risk of stock-out in {days} days", days=count(SOON)), money(mean), say("90%: {low} to {high}", low=money(low), high=money(high))),
        (say("Money to order today"), money(stock.orders.lines.money.sum()), say("should bring {mean} (90%: {low} to {high})", mean=money(gain[0]), low=money(gain[1]), high=money(gain[2]))),
        lying,
    ]  # fmt: skip


def decisions(rows: pd.DataFrame, stock: Stock) -> list[Decision]:
    """The order list as one decision; none where nothing is to be ordered. rows: of order_rows."""
    if rows.empty:
        return []
    return [
        Decision(
            subject="order list", amount=float(rows.money.sum()), unit="currency", **around(stock.orders.gain),
            action=say(
                "Order {units} units for {money} on {n} shelves, {what} in {warehouse} first; the lines stand in order_list",
                units=count(rows.units.sum()), money=money(rows.money.sum()), n=count(len(rows)), what=rows["what"].iloc[0],
                warehouse=plain(rows.warehouse.iloc[0]),
            ),
            horizon_days=int(np.ceil(stock.shelves.lead_days_mean.median())) + 7,
            assumptions=say(
                "Beside ordering nothing this week; what is wanted and not there is lost, and holding a unit costs {holding} of its cost a year.",
                holding=percent(stock.terms.holding),
            ),
            check=say("Units that were wanted and not there until the next order arrives, of the lines ordered and of those left out."),
        )
    ]  # fmt: skip


def risk_told(stock: Stock) -> Sentence | None:
    """How likely some shelf runs out at all."""
    mean = (stock.orders.at_risk > 0).mean()
    return say("That some shelf runs out within {days} days has a chance of {chance}.", days=count(SOON), chance=chance(mean)) if mean else None  # fmt: skip


def _around(draws: NDArray[np.float64]) -> tuple[float, float, float]:
    told = around(draws)
    return told["gain"], told["gain_low"], told["gain_high"]
