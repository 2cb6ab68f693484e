"""Response curves: read between their levels, limited, and refused where they make no sense."""

import numpy as np
import pytest
from curves_by_hand import saturating, straight
from shopkeeper.attribution.curves import contribution_at, limited, marginal_return
from shopkeeper.tables import DataError

TWO = straight([0, 10, 20], {"a": [0, 30, 40], "b": [0, 20, 35]}, {"a": [0, 10, 20], "b": [0, 0, 0]})


def test_between_two_levels_a_curve_is_straight():
    assert contribution_at(TWO, np.array([5.0, 20.0])).tolist() == [[15, 35], [5, 0]]
    each = np.array([[5.0, 20.0], [15.0, 0.0]])
    assert contribution_at(TWO, each).tolist() == [[15, 35], [15, 0]]


def test_the_next_of_the_currency_brings_what_the_step_after_the_spend_does():
    assert marginal_return(TWO, np.array([5.0, 10.0])).tolist() == [[3, 1.5], [1, 0]]
    assert marginal_return(TWO, np.array([20.0, 0.0])).tolist() == [[1, 2], [1, 0]]


def test_a_channel_moves_by_a_share_of_its_plan_unless_a_limit_stood_before():
    curves = straight([0, 10, 20], {"a": [0, 3, 4], "b": [0, 3, 4], "c": [0, 3, 4]}, low=[0, 9, 12], high=[20, 11, 20])
    near = limited(curves, 0.3)
    assert near.low.tolist() == [7, 9, 12]
    assert near.high.tolist() == [13, 11, 13]


@pytest.mark.parametrize("brings", [[0, 3, 7], [0, 3, 2]])
def test_a_curve_that_does_not_saturate_is_refused(brings):
    with pytest.raises(DataError, match=r"curves: those of 1 of 2 channels \(b\) fall, or grow steeper with the spend"):
        straight([0, 10, 20], {"a": [0, 3, 4], "b": brings})


@pytest.mark.parametrize(
    "more", [{"now": [10, 25]}, {"high": [20, 25], "seen": [20, 25]}, {"low": [5, 2], "now": [10, 2]}]
)
def test_a_curve_that_does_not_reach_the_plan_or_a_limit_is_refused(more):
    with pytest.raises(DataError, match=r"those of 1 of 2 channels \(b\) do not rise from the least to the most"):
        straight([5, 10, 20], {"a": [0, 3, 4], "b": [0, 3, 4]}, **more)


def test_a_channel_on_which_nothing_was_ever_spent_is_refused_by_name():
    with pytest.raises(DataError, match=r"\(idle\) do not rise .* leave out a channel on which nothing was ever spent"):
        straight([0, 0, 0], {"idle": [0, 0, 0]}, now=[0])


def test_draws_kept_in_single_precision_are_read_as_well():
    curves = saturating(200, 4, 150, 0.3)
    rounded = type(curves)(**vars(curves) | {"contribution": curves.contribution.astype(np.float32)})
    spend = 0.77 * curves.now
    assert contribution_at(rounded, spend) == pytest.approx(contribution_at(curves, spend), rel=1e-6)
