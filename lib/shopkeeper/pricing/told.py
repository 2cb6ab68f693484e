"""Titles with what they are titles of, as the notebook asks for them."""

from collections.abc import Mapping

import pandas as pd

from shopkeeper.pricing import competitors_report, elasticity_report, ledger_report, list_report
from shopkeeper.pricing.study import Study
from shopkeeper.report.words import Kind, Sentence

Titled = tuple[Sentence, pd.DataFrame]


def waterfall(found: Study) -> Titled:
    """Where the list price goes."""
    totals = ledger_report.brand_totals(found.ledger)
    rows = ledger_report.waterfall_rows(totals)
    return ledger_report.waterfall_title(found.ledger), rows if totals.list_revenue > 0 else rows.head(0)


def categories(found: Study) -> tuple[Sentence | None, pd.DataFrame]:
    """What categories keep of what they bring; no title where none is known."""
    rows = ledger_report.category_rows(found.ledger)
    return ledger_report.categories_title(rows) if len(rows) else None, rows


def losses(found: Study) -> Titled:
    """SKUs that lose money."""
    return ledger_report.losses_title(found.losses, found.ledger), ledger_report.loss_rows(found.losses, found.ledger)


def elasticities(found: Study) -> Titled:
    """What 1% off does, by category."""
    return elasticity_report.category_title(found), elasticity_report.category_rows(found)


def days(found: Study) -> tuple[Sentence, pd.DataFrame, Mapping[str, tuple[Sentence, Kind]]]:
    """Our prices beside others', by day, with the labels of its columns."""
    rows = competitors_report.day_rows(found.compared)
    return competitors_report.days_title(found.compared), rows, competitors_report.day_labels(rows)


def cheaper(found: Study) -> tuple[Sentence | None, pd.DataFrame]:
    """What others sell for less."""
    rows = competitors_report.cheaper_rows(found.compared, found.forecast.panel.skus)
    return competitors_report.cheaper_title(found.compared, rows), rows


def prices(found: Study) -> Titled:
    """The changes to make."""
    rows = list_report.price_rows(found)
    return list_report.title(found, rows), rows


def tests(found: Study) -> Titled:
    """The prices to test."""
    rows = list_report.test_rows(found)
    return list_report.tests_title(found, rows), rows
