import datetime as dt

import numpy as np
import pytest
from shopkeeper.simulate import World, live
from shopkeeper.simulate.arrivals import make_arrivals
from shopkeeper.simulate.draws import Draws, choose
from shopkeeper.simulate.journeys import make_journeys, make_market
from shopkeeper.simulate.scene import set_scene
from shopkeeper.tables import DataError


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """What kinds of files differ: the name up to the half-year."""
    assert before.keys() == after.keys()
    return {name.split("_20")[0].removesuffix(".csv") for name in before if before[name] != after[name]}


def test_a_draw_depends_on_its_own_key_alone():
    draws = Draws(seed=1)
    alone = draws.uniform("returns", [5], [2])
    among = draws.uniform("returns", np.arange(10), 2)
    assert among[5] == alone[0]
    assert len(set(among)) == 10


def test_each_mechanism_and_seed_has_its_own_draws():
    first, other = Draws(seed=1), Draws(seed=2)
    assert first.uniform("returns", 5) != first.uniform("stock", 5)
    assert first.uniform("returns", 5) != other.uniform("returns", 5)


def test_draws_are_uniform_and_unrelated_between_neighbouring_keys():
    u = Draws(seed=3).uniform("x", np.arange(40_000)[:, None], np.arange(2)[None, :])
    counts = np.histogram(u, bins=20, range=(0, 1))[0]
    assert ((counts - 4000) ** 2 / 4000).sum() < 43.8  # chi-squared, 19 degrees of freedom, 99.9 %
    assert abs(np.corrcoef(u[:-1, 0], u[1:, 0])[0, 1]) < 3.3 / 200
    assert abs(np.corrcoef(u[:, 0], u[:, 1])[0, 1]) < 3.3 / 200


def test_a_choice_falls_by_weight():
    assert choose(np.array([1.0, 1.0, 2.0]), np.array([0.1, 0.3, 0.6, 0.99])).tolist() == [0, 1, 2, 2]


def test_poisson_counts_have_their_mean_and_variance():
    counts = Draws(seed=4).poisson("n", 0.8, np.arange(50_000))
    assert counts.mean() == pytest.approx(0.8, abs=3.3 * (0.8 / 50_000) ** 0.5)
    assert counts.var() == pytest.approx(0.8, abs=0.03)


def test_the_same_seed_makes_the_same_bytes(standard, written):
    assert written() == standard


def test_another_seed_makes_other_bytes(standard, written):
    # Festivals fall when they fall.
    assert {name for name, digest in written(seed=8).items() if standard[name] == digest} == {"promotions.csv"}


def test_the_return_rate_moves_refunds_and_what_orders_say_of_them(standard, written):
    assert changed(standard, written(return_rate=0.2)) == {
        "ExportRefundList",
        "ExportOrderList",
        "ExportOrderDetailList",
    }


def test_a_higher_return_rate_keeps_the_returns_of_the_lower():
    few, many = (live(World(customers=300, return_rate=rate)).returns for rate in (0.05, 0.2))
    granted = [set(zip(r["order"], r.line, strict=True)) for r in (few[few.is_granted], many[many.is_granted])]
    assert granted[0] < granted[1]


def test_brushing_orders_move_no_stock_and_no_customer(standard, written):
    moved = changed(standard, written(fake_rate=0.05))
    assert moved == {"ExportOrderList", "ExportOrderDetailList", "order_costs"}


def test_more_customers_leave_catalogue_prices_and_promotions_alone(standard, written):
    moved = changed(standard, written(customers=310))
    assert not moved & {"products", "bundles", "attributes", "prices", "promotions", "promotion_skus", "supply"}


def test_arrivals_given_as_a_table_replace_the_worlds_own(standard, written):
    scene = set_scene(World(customers=300, skus=40))
    arrivals = make_journeys(make_market(scene)).arrivals
    marketing = {"touches.csv", "media.csv", "lift_tests.csv"}
    given = {name: digest for name, digest in standard.items() if name not in marketing}
    assert written(arrivals=arrivals) == given
    assert written(arrivals=arrivals.assign(channel="口碑"))["customers.csv"] != standard["customers.csv"]


def test_without_marketing_customers_arrive_directly_and_there_are_no_touches(written):
    world = World(customers=300, skus=40, marketing=False)
    scene = set_scene(world)
    arrivals = make_arrivals(world, scene.draws, scene.segments, scene.events)
    plain = written(marketing=False)
    assert written(arrivals=arrivals, marketing=False) == plain
    assert not {"touches.csv", "media.csv", "lift_tests.csv"} & set(plain)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"segments": 9}, "segments is 9; it is from 1 to 7"),
        ({"category_elasticity": -3.0}, "category_elasticity is -3.0; it is from elasticity, here -2.2, to 0"),
        ({"return_rate": -0.1}, "return_rate is -0.1"),
        ({"first_day": dt.date(2025, 7, 1)}, "leaves the years 2024 to 2026"),
    ],
)
def test_a_world_that_cannot_be_says_why(settings, said):
    with pytest.raises(DataError, match=said):
        World(**settings)
