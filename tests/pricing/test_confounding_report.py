"""How sure it is that the price did it, in words."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from confounded_by_hand import confounded
from shopkeeper.pricing import confounding_report as report
from shopkeeper.pricing.beside import beside
from shopkeeper.pricing.elasticity import Elasticities
from shopkeeper.pricing.instrument import instrumented
from shopkeeper.report.words import Words

WORDS = Words("en", "CNY")


def drawn(panel, categories, brand=-2.0):
    """Elasticities as if they were fitted: of the categories these, give or take 0.1."""
    draw = np.random.default_rng(1)
    of = panel.skus[["sku", "category"]]
    place = np.unique(of.category.astype(str), return_inverse=True)[1]
    beside_each = (np.array(categories) + 0.1 * draw.normal(size=(400, len(categories))))[:, place]
    one = np.ones(len(of))
    of_brand = brand + 0.1 * draw.normal(size=400)
    return Elasticities(
        of.assign(market=1), beside_each, np.ones_like(beside_each), 0 * one, one, one, of_brand, {}, 2, {}
    )


@pytest.fixture(scope="module")
def made():
    return confounded(1)


@pytest.fixture(scope="module")
def alone(made):
    """Without costs, and with a model that tells what fixed effects tell too."""
    return beside(made.panel, drawn(made.panel, [-0.75, -0.75], brand=-0.75))


@pytest.fixture(scope="module")
def told(made):
    return beside(made.panel, drawn(made.panel, [-0.75, -3.0]), instrument=made.cost)


def test_ways_stand_beside_each_other_and_the_instrument_comes_first(alone, told):
    names = [WORDS.text(each) for each in report.ways(told)["what"]]
    assert names[:2] == ["price changes that follow costs", "hierarchical model, the published one"]
    assert names[-2:] == ["with an unseen one as strong as the strongest seen", "with one twice as strong"]
    assert [WORDS.text(each) for each in report.ways(alone)["what"]] == names[1:]
    rows = report.ways(told).set_index(pd.Index(names))
    assert rows.elasticity.iloc[0] == pytest.approx(-2, abs=0.2)
    assert rows.elasticity["fixed effects, what is seen held"] > -1
    assert rows.low["with one twice as strong"] < rows.low["with an unseen one as strong as the strongest seen"]


def test_the_title_says_which_category_disagrees(alone, told):
    assert (
        WORDS.text(report.title(alone))
        == "Asked in two ways, elasticities by category agree (2 of them told): nowhere does each lie outside the other's 90% interval"
    )
    assert (
        "elasticities of 1 of 2 categories disagree: that of k1 is −3.0 by the model and −0.7 by fixed"
        in WORDS.text(report.title(told))
    )


def test_the_word_and_its_reason(made, alone, told):
    assert WORDS.text(report.word_told(alone)).startswith("These are associations: neither an experiment nor a cost")
    effect = WORDS.text(report.word_told(told))
    assert effect.startswith("Where costs moved, prices followed (0.6% for 1%, F ")
    assert "sales look less sensitive than they are" in effect
    assert "too short" not in effect
    weak = replace(told.by_instrument, strength=3.0)
    assert "F 3.0, where 10 is the least" in WORDS.text(report.word_told(replace(told, by_instrument=weak)))
    modest = replace(told.by_instrument, strength=40.0)
    assert "somewhat too short" in WORDS.text(report.word_told(replace(told, by_instrument=modest)))
    chance = replace(told.by_instrument, endogeneity=(0.1, 0.2))
    assert "No sign beyond chance" in WORDS.text(report.word_told(replace(told, by_instrument=chance)))


def test_bounds_are_said_and_where_none_hold_that_too(alone):
    said = WORDS.text(report.bounds_told(alone))
    assert "Of what is seen, what sold in the period before could bend it most" in said
    assert f"between {WORDS.value(report.number(alone.once.low))} and" in said
    assert "twice as strong, anywhere" in WORDS.text(report.bounds_told(replace(alone, twice=None)))
    bare = replace(alone, strongest=alone.strongest.head(0), once=None, twice=None)
    assert "Nothing else is seen" in WORDS.text(report.bounds_told(bare))


def test_every_category_has_its_row_and_the_chart_its_dots(told):
    rows = report.category_rows(told)
    assert rows.category.tolist() == ["k0", "k1"]
    drawing = report.plot_categories(rows, WORDS)
    assert len(drawing.axes[0].collections) == 3
    assert WORDS.text(report.naive_told(told)).startswith("The slope of log sales in log price")


def test_prices_that_never_moved_apart_are_said_to_tell_nothing(made):
    still = replace(made.panel, price=np.full(made.panel.price.shape, 9.0))
    found = beside(still, drawn(still, [-2, -2]), instrument=np.full(made.cost.shape, 4.0))
    assert WORDS.text(report.title(found)).startswith("In no category did prices of SKUs move")
    assert (found.fixed, found.by_instrument, report.naive_told(found), report.bounds_told(found)) == (
        None,
        None,
        None,
        None,
    )
    assert len(report.ways(found)) == 2
    assert instrumented(still, made.cost) is None
