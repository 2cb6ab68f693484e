"""The budget: what it gains on the plan, when it is advised, as moves, and week by week."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from curves_by_hand import saturating, straight
from shopkeeper.attribution import budget
from shopkeeper.attribution.budget import Budget, propose, propose_carefully, propose_freely
from shopkeeper.attribution.curves import bottom, top
from shopkeeper.tables import DataError

# To move 1 from a to b gains 1 in the first draw and loses 0.5 in the second.
APART = straight([0, 10, 20], {"a": [0, 10, 20], "b": [0, 20, 40]}, {"a": [0, 10, 20], "b": [0, 5, 10]})


def test_gain_and_regret_are_of_each_draw():
    found = propose(APART, most=0.5)
    assert found.proposed.tolist() == [5, 15]
    assert budget.gain(found).tolist() == [5, -2.5]
    assert found.best.tolist() == [[5, 15], [15, 5]]
    assert budget.regret(found, found.proposed).tolist() == [0, 5]
    assert budget.regret(found, APART.now).tolist() == [5, 2.5]


def test_to_know_a_channel_is_worth_what_the_budget_would_gain_by_it():
    found = propose(APART, most=0.5)
    assert budget.worth_knowing(found, 0).tolist() == [0, 0]  # nothing is unknown of a
    assert budget.worth_knowing(found, 1).tolist() == [0, 5]


def test_what_is_not_spent_counts_as_left():
    found = propose_freely(straight([0, 10, 20], {"a": [0, 5, 8], "b": [0, 20, 35]}), most=0.5)
    assert found.proposed.tolist() == [5, 15]
    poor = propose_freely(straight([0, 10, 20], {"a": [0, 5, 8], "b": [0, 5, 8]}), most=0.5)
    assert poor.proposed.tolist() == [5, 5]
    assert budget.gain(poor).tolist() == [5]  # 10 not spent, and 5 not brought


@pytest.mark.parametrize("make", [propose, propose_freely, propose_carefully])
def test_no_channel_moves_by_more_than_its_share_nor_beyond_what_was_seen(make):
    curves = saturating(100, 6, 80, 0.5, seed=3)
    found = make(curves, 0.3)
    assert (found.proposed <= np.minimum(1.3 * curves.now, curves.seen) + 1e-6).all()
    assert (found.proposed >= 0.7 * curves.now - 1e-6).all()


@pytest.mark.parametrize(("a", "proposed"), [([0, 30, 60], [10, 10]), ([0, 10, 20], [9, 11])])
def test_a_plan_beyond_what_was_ever_spent_may_stand_but_is_not_raised(a, proposed):
    found = propose(straight([0, 10, 20], {"a": a, "b": [0, 20, 40]}, seen=[8, 11]), most=0.5)
    assert found.proposed.tolist() == proposed


@pytest.mark.parametrize(("extra", "is_flat"), [(0.1, True), (1.0, False)])
def test_a_plan_within_1_percent_of_the_best_is_as_good(extra, is_flat):
    # The plan brings 400; to move 5 from a to b gains 5 times what b's next brings more than a's last.
    found = propose(straight([0, 10, 20], {"a": [0, 100, 200], "b": [0, 300, 400 + 10 * extra]}), most=0.5)
    assert budget.gain(found)[0] == pytest.approx(5 * extra)
    assert budget.is_flat(found) is is_flat
    assert budget.is_advised(found) is not is_flat


@pytest.mark.parametrize(("bad", "is_advised"), [(1, True), (2, False)])
def test_a_budget_is_advised_where_it_gains_in_nine_draws_of_ten(bad, is_advised):
    good, poor = ({"a": [0, 10, 20], "b": [0, each, 2 * each]} for each in (20, 5))
    found = propose(straight([0, 10, 20], *[good] * (10 - bad), *[poor] * bad))
    assert budget.is_advised(found) is is_advised


def test_the_careful_budget_is_chosen_where_only_it_is_surely_better():
    # b is surely better than a; whether c is better than a is not known, but it is by far where it is.
    good = {"a": [0, 10, 20], "b": [0, 13, 26], "c": [0, 60, 120]}
    poor = good | {"c": [0, 1, 2]}
    curves = straight([0, 10, 20], *[good] * 7, *[poor] * 3)
    best, careful = propose(curves), propose_carefully(curves)
    assert best.proposed.tolist() == pytest.approx([7, 10, 13])
    assert not budget.is_advised(best)
    assert careful.proposed.tolist() == pytest.approx([7, 13, 10])
    assert budget.choose(best, careful) is careful
    assert budget.choose(careful, best) is careful
    sure = propose(straight([0, 10, 20], good))
    assert budget.choose(sure, careful) is sure


def test_room_is_how_far_a_channel_can_go_with_the_whole_within_1_percent():
    # 60 brought. Up to 10 at a, b's next bring 3 as a's do; beyond, a's bring 1, so that 2 are lost by each and 0.6 by 0.3.
    levels = np.linspace(0, 20, 2_001)
    brings = {name: np.interp(levels, [0, 10, 20], [0, 30, end]) for name, end in (("a", 40), ("b", 60))}
    low, high = budget.room(propose(straight(list(levels), brings), most=0.5))
    assert (low[0], high[0]) == pytest.approx((5, 10.3), abs=0.011)
    assert (low[1], high[1]) == pytest.approx((9.7, 15), abs=0.011)


@pytest.mark.parametrize("make", [propose, propose_freely])
def test_moves_add_up_to_the_budget_and_their_gains_to_its_gain(make):
    found = make(saturating(100, 7, 100, 0.4))
    made = budget.moves(found)
    assert sum(move.gain for move in made) == pytest.approx(budget.gain(found), rel=1e-9, abs=1e-6)
    raised = np.clip(found.proposed - found.curves.now, 0, None).sum()
    assert sum(move.amount for move in made if move.taker) == pytest.approx(raised)
    assert [move.gain.mean() for move in made] == sorted((move.gain.mean() for move in made), reverse=True)


def test_what_loses_least_goes_to_what_gains_most():
    # One more or less is worth 1 at a, 2 at b, 4 at c and 3 at d.
    curves = straight([0, 10, 20], {"a": [0, 10, 20], "b": [0, 20, 40], "c": [0, 40, 80], "d": [0, 30, 60]})
    found = propose(curves)
    [first, second] = budget.moves(dataclasses.replace(found, proposed=np.array([5.0, 6.0, 15.0, 14.0])))
    assert (first.givers, first.taker, first.amount) == (("a",), "c", 5)
    assert first.gain.tolist() == [5 * (4 - 1)]
    assert (second.givers, second.taker, second.amount) == (("b",), "d", 4)
    assert second.gain.tolist() == [4 * (3 - 2)]


def test_money_is_a_giver_and_a_taker_where_the_total_changes():
    curves = straight([0, 10, 20], {"a": [0, 5, 10], "b": [0, 30, 60]})
    found = propose(curves)
    [more] = budget.moves(dataclasses.replace(found, proposed=np.array([10.0, 14.0])))
    assert (more.givers, more.taker, more.amount, more.gain.tolist()) == (("",), "b", 4, [4 * (3 - 1)])
    [less] = budget.moves(dataclasses.replace(found, proposed=np.array([6.0, 10.0])))
    assert (less.givers, less.taker, less.amount, less.gain.tolist()) == (("a",), "", 4, [4 * (1 - 0.5)])
    assert budget.moves(dataclasses.replace(found, proposed=curves.now)) == []


def plan(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["period_start", "channel", "spend"])


def proposal(*amounts: float) -> Budget:
    curves = straight([0, 10, 20], {"a": [0, 10, 20], "b": [0, 10, 20]})
    return dataclasses.replace(propose(curves), proposed=np.array(amounts))


def test_the_weekly_plan_follows_the_weeks_as_planned_to_the_cent():
    planned = plan(("w1", "a", 5), ("w2", "a", 5), ("w3", "a", 5), ("w1", "b", 1), ("w2", "b", 3), ("w1", "other", 7))
    made = budget.weekly_plan(proposal(10, 12), planned)
    assert made.proposed.tolist() == [3.34, 3.33, 3.33, 3, 9, 7]
    assert made.drop(columns="proposed").equals(planned)


@pytest.mark.parametrize("seed", range(20))
def test_a_channels_weeks_add_up_to_its_proposal_and_all_to_the_total(seed):
    draw = np.random.default_rng(seed)
    found = proposal(*draw.uniform(0, 20_000, 2))
    planned = plan(*[(f"w{n}", "ab"[n % 2], amount) for n, amount in enumerate(draw.gamma(0.5, 1_000, 12))])
    cents = (100 * budget.weekly_plan(found, planned).proposed).round()
    assert cents.sum() == round(100 * found.proposed.sum())
    assert cents.groupby(planned.channel).sum().tolist() == pytest.approx(100 * found.proposed, abs=1)


def test_a_channel_planned_at_nothing_is_spread_evenly():
    made = budget.weekly_plan(proposal(0, 3), plan(("w1", "a", 2), ("w1", "b", 0), ("w2", "b", 0)))
    assert made.proposed.tolist() == [0, 1.5, 1.5]


def test_money_for_a_channel_without_a_planned_week_is_refused():
    with pytest.raises(DataError, match=r"media: 1 of 2 channels \(b\) are given money but have no planned week"):
        budget.weekly_plan(proposal(10, 10), plan(("w1", "a", 10)))


def test_limits_of_the_curves_stay_beside_the_share():
    curves = straight([0, 10, 20], {"a": [0, 10, 20], "b": [0, 30, 60]}, low=[9, 0], high=[20, 20])
    found = propose(curves, most=0.5)
    assert (bottom(found.curves).tolist(), top(found.curves).tolist()) == ([9, 5], [15, 15])
    assert found.proposed.tolist() == [9, 11]
