"""With a cost as instrument the planted elasticity is found where controls leave it hidden, and a cost that moves no prices counts for nothing."""

from dataclasses import replace

import numpy as np
import pytest
from confounded_by_hand import Planted, confounded
from prices_by_hand import panel_of
from shopkeeper.pricing.fixed_effects import fixed_effects
from shopkeeper.pricing.instrument import ENOUGH, UNTOLD, instrumented, with_untold
from shopkeeper.pricing.price_model import cells_of


def test_the_mean_over_seeds_is_the_truth_weeks_without_a_sale_included_and_controls_alone_are_off():
    for mean in (1.0, 20.0):
        found = [
            instrumented(made.panel, made.cost)
            for made in (confounded(seed, planted=Planted(mean=mean)) for seed in range(12))
        ]
        assert np.mean([each.elasticity for each in found]) == pytest.approx(-2, abs=0.08 if mean == 1 else 0.05)
        assert sum(each.low <= -2 <= each.high for each in found) >= 9
        assert all(each.is_strong and each.endogeneity[0] > 2 * each.endogeneity[1] for each in found)
    controls = fixed_effects(cells_of(confounded(1).panel)).set_index("category")
    assert controls.low[-1] > -1


@pytest.mark.parametrize("passed_on", [0.15, 0.6])
def test_its_error_is_that_of_leaving_skus_out_in_turn(passed_on):
    made = confounded(3, skus=40, periods=40, planted=Planted(passed_on=passed_on))

    def told(rows):
        return instrumented(panel_of(made.panel.sold[rows], made.panel.price[rows], categories=1), made.cost[rows])

    found, each = told(np.arange(40)), [told(np.delete(np.arange(40), sku)).elasticity for sku in range(40)]
    assert (found.high - found.low) / 2 / 1.645 == pytest.approx(np.std(each) * np.sqrt(39), rel=0.12)
    assert found.passed_on[0] == pytest.approx(passed_on, abs=0.1)


def test_a_cost_that_prices_do_not_follow_is_weak():
    made = confounded(5, planted=Planted(passed_on=0.0))
    found = instrumented(made.panel, made.cost)
    assert found.strength < ENOUGH
    assert not found.is_strong
    assert instrumented(made.panel, np.full(made.cost.shape, 8.0)) is None
    assert instrumented(made.panel, np.full(made.cost.shape, np.nan)) is None


def test_prices_that_promotions_set_are_left_out():
    made, draw = confounded(6), np.random.default_rng(7)
    promoted = (draw.random(made.cost.shape) < 0.15) * 1.0
    # Whatever they cost and sell then says nothing of the instrument.
    wild = replace(
        made.panel,
        sold=made.panel.sold * (1 + 3 * promoted),
        price=made.panel.price * (1 - 0.4 * promoted),
        promoted={"sale": promoted},
    )
    assert instrumented(wild, made.cost).elasticity == pytest.approx(-2, abs=0.2)
    assert (with_untold(wild, instrumented(wild, made.cost)).promoted[UNTOLD][promoted > 0] == 0).all()


def test_what_the_instrument_does_not_tell_is_what_follows_demand():
    made = confounded(8)
    half = made.cost.copy()
    half[::2] = np.nan
    for cost, rows in ((made.cost, slice(None)), (half, slice(0, None, 2))):
        left = with_untold(made.panel, instrumented(made.panel, cost)).promoted[UNTOLD]
        assert left.std() == pytest.approx(1, abs=0.1)
        assert np.corrcoef(left[rows].ravel(), made.shock[rows].ravel())[0, 1] > 0.7
        assert abs(np.corrcoef(left[rows].ravel(), np.log(made.cost[rows]).ravel())[0, 1]) < 0.55
