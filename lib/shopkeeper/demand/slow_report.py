"""What to move between warehouses and what to clear, in words."""

import numpy as np
import pandas as pd

from shopkeeper.decisions import Decision
from shopkeeper.demand import named
from shopkeeper.demand.slow import CLEAR, ELASTICITY, LONG
from shopkeeper.demand.study import Stock, Study
from shopkeeper.report.decided import around
from shopkeeper.report.words import Kind, Sentence, count, money, number, percent, plain, say

MOVES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "sku": (say("SKU"), "text"),
    "source": (say("From"), "text"),
    "target": (say("To"), "text"),
    "units": (say("Units"), "count"),
    "gain": (say("Margin saved"), "money"),
}
SLOW: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "sku": (say("SKU"), "text"),
    "on_hand": (say("In stock"), "count"),
    "lasts": (say("Lasts"), "text"),
    "excess": (say("Too many"), "count"),
    "money": (say("Money in them"), "money"),
    "advice": (say("Better"), "text"),
    "markdown": (say("Markdown that clears"), "percent"),
    "cleared": (say("Units cleared"), "count"),
    "gain": (say("Against waiting, that brings"), "money"),
}
MARK_DOWN, WAIT = say("mark down"), say("order no more")
_YEARS = 3 * 365  # days of cover beyond which no number says more


def move_rows(found: Study, stock: Stock) -> pd.DataFrame:
    """What to send where, the most margin first."""
    return _named(found, stock.moved.lines)


def slow_rows(found: Study, stock: Stock) -> pd.DataFrame:
    """What lies too long, the most money first, with how long in words."""
    rows = _named(found, stock.slow)
    if rows.empty:
        return rows
    advice = [MARK_DOWN if gain > 0 else WAIT for gain in rows.gain]
    return rows.assign(lasts=[_lasts(cover) for cover in rows.cover], advice=advice)


def _lasts(cover: float) -> Sentence:
    return say("{n} days", n=count(cover)) if cover <= _YEARS else say("more than three years")


def _named(found: Study, rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows
    facts = found.forecast.panel.skus.set_index("sku")["product"]
    rows = rows.join(facts, on="sku")
    return rows.assign(what=named.products(rows, found.forecast.panel.skus))


def moves_title(stock: Stock) -> Sentence:
    """What moving saves."""
    moved = stock.moved.lines
    if moved.empty:
        return say(
            "No unit is worth moving between warehouses: none lies spare where another is short, or orders are there as soon"
        )
    return say(
        "{units} units of {n} SKUs lie spare in one warehouse and are short in another: moving them should save {gain} of margin",
        units=count(moved.units.sum()), n=count(moved["sku"].nunique()), gain=money(moved.gain.sum()),
    )  # fmt: skip


def slow_title(stock: Stock) -> Sentence:
    """How much money lies in slow stock, and what holding it costs."""
    slow = stock.slow
    if slow.empty:
        return say("No SKU has more in stock than sells in {days} days", days=count(LONG))
    return say(
        "{money} lies in units beyond what sells in {days} days, of {n} SKUs; holding them costs {holding} a month",
        money=money(slow.money.sum()), days=count(LONG), n=count(len(slow)), holding=money(slow.holding.sum()),
    )  # fmt: skip


def slow_told(stock: Stock) -> Sentence | None:
    """What the markdown assumes, and for how many SKUs it pays."""
    if stock.slow.empty:
        return None
    return say(
        "The markdown is the least, in steps of 5% and up to half, at which the surplus should sell within {days} days if 1% off the price sells "
        "{more}% more: that is assumed, not measured. For {n} of {all} SKUs it brings more than to wait and to order no more of them.",
        days=count(CLEAR), more=number(-ELASTICITY), n=count((stock.slow.gain > 0).sum()), all=count(len(stock.slow)),
    )  # fmt: skip


def decisions(stock: Stock, moved: pd.DataFrame, slow: pd.DataFrame) -> list[Decision]:
    """Move and clear, one decision each, where there is something to gain. moved, slow: of move_rows and slow_rows."""
    made = [_move(stock, moved)] if len(moved) else []
    pays = slow[slow.gain > 0] if len(slow) else slow
    return [*made, _clear(stock, pays)] if len(pays) else made


def _move(stock: Stock, moved: pd.DataFrame) -> Decision:
    first = moved.iloc[0]
    return Decision(
        subject="moves between warehouses", amount=float(moved.units.sum()), unit="units", **around(stock.moved.gain),
        action=say(
            "Move {units} units of {n} SKUs between warehouses, {what} from {source} to {target} first",
            units=count(moved.units.sum()), n=count(moved["sku"].nunique()), what=first["what"], source=plain(first.source), target=plain(first.target),
        ),
        horizon_days=int(np.ceil(stock.shelves.lead_days_mean.median())),
        assumptions=say("Goods are under way for three days; freight between warehouses is not counted."),
        check=say("Units sold from the warehouses that received them, before their own order arrived."),
    )  # fmt: skip


def _clear(stock: Stock, pays: pd.DataFrame) -> Decision:
    return Decision(
        subject="markdown of slow stock", amount=float(pays.cleared.sum()), unit="units", **around(stock.cleared),
        action=say("Mark down {what} by {low} for {days} days", what=pays["what"].iloc[0], low=percent(pays.markdown.iloc[0]), days=count(CLEAR))
        if len(pays) == 1
        else say(
            "Mark down {n} slow SKUs by {low} to {high} for {days} days, {what} first",
            days=count(CLEAR), n=count(len(pays)), low=percent(pays.markdown.min()), high=percent(pays.markdown.max()), what=pays["what"].iloc[0],
        ),
        horizon_days=CLEAR,
        assumptions=say("1% off the price sells {more}% more, which is assumed; the money in the goods is spent whatever is done.", more=number(-ELASTICITY)),
        check=say("Units and money of these SKUs in the {days} days of the markdown beside the {days} before.", days=count(CLEAR)),
    )  # fmt: skip
