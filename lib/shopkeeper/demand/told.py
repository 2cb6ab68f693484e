"""What the notebook shows of what was found: a title and its data, or nothing where a brand lacks the tables."""

import pandas as pd

from shopkeeper.demand import (
    accuracy_report,
    forecast_report,
    launch_report,
    market_report,
    slow_report,
    stock_report,
    terms_report,
)
from shopkeeper.demand.study import Study
from shopkeeper.report.words import Sentence, plain, say

Shown = tuple[Sentence | None, pd.DataFrame]
_NOTHING: Shown = (None, pd.DataFrame())
_FIRST = 12  # rows of a list that the page shows; files hold all


def checked(found: Study) -> tuple[bool, Sentence]:
    """Whether the forecast was nearer than the simplest rule, and the banner where it was not."""
    return found.is_better, plain("") if found.is_better else accuracy_report.classes_told(found)


def first(rows: pd.DataFrame) -> pd.DataFrame:
    """The first rows of a list."""
    return rows.head(_FIRST)


def brand(found: Study) -> Shown:
    """The brand's units by week."""
    return forecast_report.brand_title(found), forecast_report.brand_rows(found)


def categories(found: Study) -> pd.DataFrame:
    """What the largest categories should sell."""
    return first(forecast_report.ahead_rows(found, "category"))


def skus(found: Study) -> Shown:
    """Units by week of the SKUs that matter most."""
    return forecast_report.sku_title(found), forecast_report.sku_rows(found)


def figures(found: Study) -> pd.DataFrame:
    """How the shelves stand."""
    return stock_report.figure_rows(found.stock) if found.stock else pd.DataFrame()


def risk(found: Study) -> Shown:
    """The shelves with most sales at risk."""
    if found.stock is None:
        return terms_report.assumed_told(found), pd.DataFrame()
    return stock_report.risk_title(found, found.stock), stock_report.risk_rows(found, found.stock)


def risk_note(found: Study) -> Sentence | None:
    """How likely some shelf runs out."""
    return stock_report.risk_told(found.stock) if found.stock else None


def orders(found: Study) -> Shown:
    """The order list; nothing is listed where the forecast was no nearer than last week again."""
    if not found.is_better:
        return say(
            "As the forecast was no nearer than the simple rule, no order is listed by it."
        ), stock_report.no_rows()
    if found.stock is None:
        return None, stock_report.no_rows()
    rows = stock_report.order_rows(found, found.stock)
    return stock_report.order_title(rows, found.stock), rows


def order_notes(found: Study) -> list[Sentence]:
    """For which service, on which terms, and what was found wrong."""
    return stock_report.order_notes(found.stock) if found.stock and found.is_better else []


def policy(found: Study) -> Shown:
    """What to have of each core SKU where shelves are not known."""
    if found.stock or not found.is_better:
        return _NOTHING
    rows = terms_report.policy_rows(found)
    return terms_report.title(rows), rows


def moves(found: Study) -> Shown:
    """What to send from one warehouse to another."""
    if found.stock is None or not found.is_better or found.stock.shelves.warehouse.nunique() < 2:
        return _NOTHING
    return slow_report.moves_title(found.stock), slow_report.move_rows(found, found.stock)


def slow(found: Study) -> Shown:
    """What lies too long."""
    return (slow_report.slow_title(found.stock), slow_report.slow_rows(found, found.stock)) if found.stock else _NOTHING


def slow_note(found: Study) -> Sentence | None:
    """What the markdown assumes."""
    return slow_report.slow_told(found.stock) if found.stock else None


def launches(found: Study) -> Shown:
    """What is new and what it should bring."""
    rows = launch_report.launch_rows(found)
    return launch_report.title(rows, found.market.launches), rows


def trends(found: Study) -> Shown:
    """What rises and fades."""
    rows = market_report.trend_rows(found)
    return market_report.trend_title(rows), rows


def core(found: Study) -> Shown:
    """Accuracy of the core SKUs on earlier days."""
    return accuracy_report.core_title(found), found.core


def last(found: Study) -> Shown:
    """What would have been said four weeks ago, and what came."""
    return accuracy_report.last_title(found), accuracy_report.last_rows(found)
