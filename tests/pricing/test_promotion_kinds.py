"""What kinds that run every week go with, in a made panel of which it is known."""

import numpy as np
import pytest
from prices_by_hand import panel_of
from shopkeeper.pricing.promotion_kinds import kind_effects

SKUS, WEEKS, CATEGORIES = 60, 80, 12


def made(taken: bool):
    """SKUs sell 1.5 times as much in a mailer; taken: the category as a whole sells no more."""
    luck = np.random.default_rng(4)
    mailer = (
        luck.random((SKUS, WEEKS)) < luck.uniform(0, 0.5, (CATEGORIES, WEEKS))[np.arange(SKUS) % CATEGORIES]
    ).astype(float)
    level = (
        luck.gamma(4, 2, SKUS)[:, None]
        * np.exp(0.3 * luck.standard_normal((CATEGORIES, WEEKS)) * 0.1)[np.arange(SKUS) % CATEGORIES]
    )
    mean = level * 1.5**mailer
    if taken:
        for category in range(CATEGORIES):
            mine = np.arange(SKUS) % CATEGORIES == category
            mean[mine] *= level[mine].sum(axis=0) / mean[mine].sum(axis=0)
    price = 10 * np.exp(0.1 * luck.standard_normal((SKUS, WEEKS)))
    return panel_of(
        luck.poisson(mean),
        price,
        {"mailer": mailer, "display": np.zeros((SKUS, WEEKS)), "discount": mailer},
        CATEGORIES,
    )


@pytest.fixture(scope="module")
def brought():
    return kind_effects(made(taken=False))


def test_what_a_kind_adds_is_found_for_the_sku_and_for_its_category(brought):
    [row] = brought.to_dict("records")
    assert row["kind"] == "mailer"
    assert row["lift_low"] < 0.5 < row["lift_high"]
    assert row["whole_lift_low"] < 0.5 < row["whole_lift_high"]
    assert row["lift"] == pytest.approx(0.5, abs=0.06)
    assert row["units"] == pytest.approx(row["own_units"], rel=0.3)
    assert row["money"] == pytest.approx(10 * row["units"], rel=0.05)


def test_what_was_only_taken_from_others_of_the_category_is_no_gain():
    [row] = kind_effects(made(taken=True)).to_dict("records")
    assert row["lift_low"] > 0.3
    assert row["whole_lift_low"] < 0 < row["whole_lift_high"]
    assert abs(row["units"]) < 0.3 * row["own_units"]


def test_a_kind_that_hardly_ran_is_not_told():
    panel = made(taken=False)
    few = np.zeros((SKUS, WEEKS))
    few[0, :99] = 1
    few[1, : 99 - WEEKS] = 1
    assert few.sum() == 99
    assert kind_effects(panel_of(panel.sold, panel.price, {"mailer": few}, CATEGORIES)).empty


def test_one_category_tells_nothing_of_categories():
    panel = made(taken=False)
    [row] = kind_effects(panel_of(panel.sold, panel.price, {"mailer": panel.promoted["mailer"]}, 1)).to_dict("records")
    assert row["lift"] > 0
    assert np.isnan(row["whole_lift"])
    assert np.isnan(row["units"])
