"""A simulated brand whose prices follow the demand that its people see coming, and its costs: imported as any other, and asked what prices do."""

import datetime as dt
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from by_hand import lay_out
from shopkeeper.brand import load_brand
from shopkeeper.demand.panel import load_panel
from shopkeeper.ingest import import_brand
from shopkeeper.places import PROJECT
from shopkeeper.pricing.confounding import Association, associate, bounds, strength
from shopkeeper.pricing.confounding_report import ASSOCIATION, EFFECT, word
from shopkeeper.pricing.instrument import instrumented, unit_costs
from shopkeeper.pricing.panel import PricePanel, price_panel
from shopkeeper.pricing.price_model import cells_of
from shopkeeper.pricing.seen import COMPETITORS, competitor_prices, with_seen
from shopkeeper.shop import Shop
from shopkeeper.simulate import World, simulate

TRUE = -2.2


class Seen(NamedTuple):
    panel: PricePanel
    truth: pd.DataFrame
    costs: np.ndarray
    competitors: np.ndarray
    fixed: Association


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = lay_out(tmp_path_factory.mktemp("bench"), patch) / "data" / "aurora"
        folder.mkdir()
        (folder / "brand.toml").write_bytes((PROJECT / "data" / "aurora" / "brand.toml").read_bytes())
        world = World(
            customers=8000, skus=40, categories=4, days=420, price_confounding=0.4, demand_shock=0.25, cost_noise=0.2, cost_passthrough=0.7,
            elasticity=TRUE, elasticity_category_sd=0, elasticity_sku_sd=0, taste=0, segment_separation=0, stockouts=False, marketing=False,
            browsing=0, paired_promotions=False,
        )  # fmt: skip
        simulate(folder, world)
        import_brand(load_brand("aurora"), dt.date(2026, 7, 1))
        shop = Shop("aurora")
        panel = price_panel(shop, load_panel(shop))
        wide = with_seen(panel, competitor_prices(shop, panel))
        truth = pd.read_parquet(folder / "truth" / "prices.parquet")
        return Seen(
            panel,
            truth,
            unit_costs(shop, panel),
            competitor_prices(shop, panel),
            associate(cells_of(wide), list(wide.promoted)),
        )


def mean_of(made, name):
    """SKUs × periods: mean of a column of the truth."""
    days = made.truth.assign(period=np.searchsorted(made.panel.starts, made.truth.day, side="right") - 1)
    return days.pivot_table(name, "sku", "period").loc[made.panel.skus["sku"]].to_numpy()


def test_without_the_instrument_bounds_at_the_planted_strength_hold_the_truth_and_the_word_is_association(made):
    shock = cells_of(replace(made.panel, promoted={"shock": mean_of(made, "shock")})).promoted[:, 0]
    held = bounds(made.fixed, strength(made.fixed, shock))
    assert made.fixed.interval[0] > TRUE + 0.3
    assert held.low <= TRUE <= held.high
    assert word(None) == ASSOCIATION


def test_with_the_cost_as_instrument_the_truth_is_found_and_the_word_is_effect(made):
    found = instrumented(made.panel, made.costs)
    assert found.low <= TRUE <= found.high
    assert found.elasticity == pytest.approx(TRUE, abs=0.2)
    assert word(found) == EFFECT
    assert word(replace(found, strength=9.9)) == ASSOCIATION
    assert word(None, is_tested=True) == EFFECT


def test_costs_of_lines_are_those_of_the_weeks(made):
    known = ~np.isnan(made.costs)
    off = np.abs(np.log(made.costs / mean_of(made, "unit_cost")))[known]
    assert known.mean() > 0.8
    assert (off < 0.01).mean() > 0.8


def test_competitors_prices_are_seen_where_they_are_told(made):
    told = ~np.isnan(made.competitors).all(axis=1)
    assert 0 < told.sum() < len(told)
    assert COMPETITORS in made.fixed.seen
