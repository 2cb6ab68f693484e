"""Titles with what they are titles of, as the notebook asks for them."""

from collections.abc import Mapping

import pandas as pd

from shopkeeper.pricing import (
    competitors_report,
    confounding_report,
    elasticity_report,
    kind_report,
    ledger_report,
    list_report,
    markdown_report,
    price_tests_report,
    promotion_report,
    segment_report,
)
from shopkeeper.pricing.ledger import brand_totals
from shopkeeper.pricing.study import Study
from shopkeeper.report.page import Draw
from shopkeeper.report.words import Kind, Sentence

Titled = tuple[Sentence, pd.DataFrame]


def waterfall(found: Study) -> Titled:
    """Where the list price goes."""
    totals = brand_totals(found.ledger)
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


def cleared(found: Study) -> Titled:
    """The paths of what lies too long."""
    rows = markdown_report.path_rows(found)
    return markdown_report.title(found, rows), rows


def coupons(found: Study) -> Titled:
    """How segments of customers answer to prices, where coupons for some are switched on and prices may be decided on."""
    return segment_report.title(found), segment_report.segment_rows(found.coupons if found.is_trusted else None)


def tests(found: Study) -> Titled:
    """The prices to test."""
    rows = price_tests_report.test_rows(found)
    return price_tests_report.title(found, rows), rows


def ways(found: Study) -> Titled:
    """The elasticity asked in several ways."""
    rows = confounding_report.category_rows(found.learnt.beside)
    return confounding_report.title(found.learnt.beside), rows if len(rows) > 1 else rows.head(0)


def how_sure(found: Study) -> list[Sentence]:
    """What prices may be called, what a simpler rule would say, and what something unseen could make of it."""
    told_by = (confounding_report.word_told, confounding_report.naive_told, confounding_report.bounds_told)
    return [sentence for tell in told_by if (sentence := tell(found.learnt.beside))]


def promotions(found: Study) -> tuple[Draw, Sentence, pd.DataFrame, Mapping[str, tuple[Sentence, Kind]]]:
    """What promotions brought, with how to draw it and the labels of what is known; of displays and mailers where there are no other."""
    if found.promotions is None:
        kinds = found.learnt.kinds
        rows = kind_report.kind_rows(kinds, found.kinds) if len(kinds) else kinds
        return kind_report.plot_kinds, kind_report.kind_title(kinds), rows, kind_report.kind_labels(rows)
    labels = promotion_report.effect_labels(found.promotions)
    rows = promotion_report.effect_rows(found.promotions)
    return promotion_report.plot_effects, promotion_report.title(found.promotions), rows, labels


def about_promotions(found: Study) -> list[Sentence]:
    """How promotions were measured, what they moved, took and gave away."""
    kinds = kind_report.kinds_told(found.learnt.kinds, found.kinds)
    return kinds if found.promotions is None else [*promotion_report.told(found.promotions), *kinds]
