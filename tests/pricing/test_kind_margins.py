"""What a week in a display or a mailer brings in contribution, by hand and in made panels."""

import numpy as np
import pandas as pd
import pytest
from prices_by_hand import panel_of
from shopkeeper.pricing.elasticity import Elasticities
from shopkeeper.pricing.kind_margins import kind_margins
from shopkeeper.pricing.price_model import told_skus
from shopkeeper.pricing.promotion_kinds import kind_effects


def elasticities_of(panel, power, categories):
    """Of known power, no two draws apart."""
    of = panel.skus.loc[told_skus(panel), ["sku", "category"]].reset_index(drop=True)
    of = of.assign(market=of.category.astype("category").cat.codes.to_numpy() + 1)
    flat = np.ones((3, len(of)))
    return Elasticities(
        of, -2 * flat, power * flat, 0 * flat[0], flat[0] / categories, flat[0], flat[:, 0], {}, categories, {}
    )


def economics_of(panel, kept=0.5, cost=1.0, is_assumed=False):
    return pd.DataFrame({"sku": panel.skus["sku"], "kept": kept, "cost": cost, "is_assumed": is_assumed})


def shelf(sold=((15.0, 12.5), (10.0, 12.5)), kind="display"):
    """Two SKUs of one category: s0 is in a display in the first week of two, and sells half as much again as beside s1 without it."""
    on = np.array([[1.0, 0.0], [0.0, 0.0]])
    return panel_of(np.array(sold) * 10, np.full((2, 2), 6.0), {kind: on}, categories=1)


def lifts(low=0.5, high=0.5, kind="display"):
    return pd.DataFrame({"kind": [kind], "lift": [0.5], "lift_low": [low], "lift_high": [high]})


def told(power, panel=None, **economics):
    panel = shelf() if panel is None else panel
    [row] = kind_margins(panel, lifts(), elasticities_of(panel, power, 1), economics_of(panel, **economics), 1).to_dict(
        "records"
    )
    return row


def test_what_a_market_grows_by_is_all_gain_where_nothing_comes_from_neighbours():
    row = told(power=1.0)
    # Of 150 units 50 would not have been; each leaves 0.5 × 6 - 1 = 2.
    assert row["weeks"] == 1
    assert row["week"] == row["margin"] == row["own_margin"] == pytest.approx(100)
    assert row["taken"] == pytest.approx(0)


def test_a_market_that_grows_by_nothing_gains_nothing():
    row = told(power=0.0)
    # 250 units in any case, which two alike would share: 25 of the 50 are the neighbour's.
    assert row["own_margin"] == pytest.approx(50)
    assert row["margin"] == pytest.approx(0, abs=1e-9)
    assert row["taken"] == pytest.approx(1)


def test_neighbours_that_leave_more_make_a_display_a_loss():
    panel = shelf()
    costs = economics_of(panel).assign(cost=[2.0, 1.0])
    [row] = kind_margins(panel, lifts(), elasticities_of(panel, 0.0, 1), costs, 1).to_dict("records")
    assert row["margin"] == pytest.approx(25 * 1 - 25 * 2)


def test_an_interval_is_as_wide_as_that_of_the_lift_and_holds_the_middle():
    panel = shelf()
    wide = kind_margins(panel, lifts(0.2, 0.8), elasticities_of(panel, 1.0, 1), economics_of(panel), 1).iloc[0]
    # Of 150 units 150 × (1 - 1/1.2) = 25 and 150 × (1 - 1/1.8) = 67 would not have been, at the ends.
    assert wide.week_low == pytest.approx(2 * 25, abs=8)
    assert wide.week_high == pytest.approx(2 * 67, abs=8)


def test_units_without_a_known_cost_are_told_and_skus_without_economics_are_no_weeks():
    assert told(power=1.0, is_assumed=True)["assumed_rate"] == 1
    panel = shelf()
    none = economics_of(panel).drop(index=0)
    assert kind_margins(panel, lifts(), elasticities_of(panel, 1.0, 1), none, 1).empty
    assert kind_margins(panel, lifts().head(0), elasticities_of(panel, 1.0, 1), economics_of(panel), 1).empty


SKUS, WEEKS, CATEGORIES, POWER = 60, 80, 12, 0.4


def lived(seed):
    """SKUs of twelve nests, half as much again beside others in a mailer; what it truly brought a week, each unit leaving 2."""
    luck = np.random.default_rng(seed)
    category = np.arange(SKUS) % CATEGORIES
    mailer = (luck.random((SKUS, WEEKS)) < luck.uniform(0, 0.5, (CATEGORIES, WEEKS))[category]).astype(float)
    level = luck.gamma(4, 2, SKUS)[:, None] * np.ones(WEEKS)
    rises = level * 1.5**mailer
    sums = np.zeros((2, CATEGORIES, WEEKS))
    for place, table in enumerate((level, rises)):
        np.add.at(sums[place], category, table)
    mean = rises * ((sums[1] / sums[0]) ** (POWER - 1))[category]
    panel = panel_of(
        luck.poisson(mean), 6 * np.exp(0.1 * luck.standard_normal((SKUS, WEEKS))), {"mailer": mailer}, CATEGORIES
    )
    return panel, 2 * (mean.sum() - level.sum()) / mailer.sum()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_week_brings_is_found_where_it_is_planted(seed):
    panel, true = lived(seed)
    found = elasticities_of(panel, POWER, CATEGORIES)
    row = kind_margins(panel, kind_effects(panel), found, economics_of(panel, cost=0.5 * 6 - 2), seed).iloc[0]
    assert row.week_low < true < row.week_high
    assert row.week == pytest.approx(true, rel=0.15)
    assert row.week < 0.6 * row.own_margin / row.weeks  # most of it is the neighbours'
