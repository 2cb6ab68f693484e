"""Order lists by hand: what is known for certain, so that each line can be worked out in the head."""

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text
from goods_by_hand import day, sales_of, shop_of
from shopkeeper.demand.panel import load_panel
from shopkeeper.demand.replenish import Standing, Terms, extended, of_shelves, order_list, service_that_pays, standing
from shopkeeper.demand.slow import gain_of, markdown, moves, slow_movers, unsure
from shopkeeper.demand.stocktake import ASSUMED, stocktake
from shopkeeper.report.words import Words


def shelf(**changes: float) -> pd.DataFrame:
    """One shelf: 20 units, delivery in exactly 5 days, 10 for a unit that costs 4."""
    usual = {
        "sku": "a", "place": 0, "warehouse": "w", "on_hand": 20.0, "on_order": 0.0, "lead_days_mean": 5.0, "lead_days_sd": 0.0, "moq": 1,
        "case_pack": 1, "shelf_days": np.nan, "share": 1.0, "price": 10.0, "unit_cost": 4.0,
    }  # fmt: skip
    return pd.DataFrame([usual | changes])


def steady(units: int, paths: int = 50) -> np.ndarray:
    """Paths of one shelf that wants as many every day."""
    return np.full((paths, 1, 56), units)


def line(shelves: pd.DataFrame, wanted: np.ndarray, **terms: float) -> dict:
    return order_list(shelves, wanted, Terms(**({"service": 0.95} | terms)), 1).lines.iloc[0].to_dict()


def test_an_order_lasts_until_the_next_one_can_arrive():
    """Three a day: next week's order is there on day 12, and so 11 days' 33 units are needed, of which 20 are there."""
    told = line(shelf(), steady(3))
    assert told["units"] == 3 * 11 - 20
    assert (told["daily"], told["cover"], told["money"]) == (3, pytest.approx(20 / 3), 52)
    assert (told["risk"], told["at_risk"]) == (1, 10 * (14 * 3 - 20))
    assert (told["lost_without"], told["lost_with"]) == (13, 0)


def test_the_gain_is_the_margin_saved_less_the_cost_of_holding():
    told = line(shelf(), steady(3), holding=0.0)
    assert told["gain"] == told["gain_low"] == told["gain_high"] == 6 * 13
    dear = line(shelf(), steady(3), holding=0.365)
    # On days 5 to 11 there lie, in the evening, 13, 13, 12, 9, 6, 3 and 0 of the order's units.
    assert dear["gain"] == pytest.approx(6 * 13 - 4 * 0.001 * (13 + 12 + 9 + 6 + 3), rel=0.1)


def test_what_is_on_its_way_is_not_ordered_twice():
    assert line(shelf(on_order=100.0), steady(3))["units"] == 0


def test_cases_and_the_smallest_order_are_kept():
    assert line(shelf(case_pack=6), steady(3))["units"] == 18
    assert line(shelf(moq=40, case_pack=6), steady(3))["units"] == 42


def test_a_shelf_with_enough_gets_nothing():
    told = line(shelf(on_hand=500.0), steady(3))
    assert (told["units"], told["gain"], told["risk"]) == (0, 0, 0)


def test_less_than_nothing_on_the_shelf_counts_as_nothing():
    assert line(shelf(on_hand=0.0), steady(3))["units"] == line(shelf(on_hand=-7.0), steady(3))["units"]


def test_dear_goods_of_little_margin_are_kept_less_safe():
    rows = pd.concat([shelf(), shelf(unit_cost=9.99), shelf(shelf_days=20)])
    service = service_that_pays(rows, Terms())
    assert service[0] == 0.99
    assert service[1] == 0.8
    assert service[2] == pytest.approx(6 / (6 + 4 * (0.25 * 7 / 365 + 7 / 20)))


def test_paths_of_shelves_add_up_to_their_skus():
    luck = np.random.default_rng(2)
    paths = luck.poisson(5.0, (200, 2, 28)).astype(np.int32)
    rows = pd.concat([shelf(share=0.7), shelf(share=0.3, warehouse="v"), shelf(place=1, sku="b")], ignore_index=True)
    parts = of_shelves(paths, rows, 1)
    np.testing.assert_array_equal(parts[:, 0] + parts[:, 1], paths[:, 0])
    np.testing.assert_array_equal(parts[:, 2], paths[:, 1])
    assert parts[:, 0].sum() / paths[:, 0].sum() == pytest.approx(0.7, abs=0.01)


def test_paths_go_on_as_their_last_fortnight():
    paths = np.arange(3 * 28).reshape(3, 1, 28).astype(np.int32)
    longer = extended(paths, 56)
    assert longer.shape == (3, 1, 56)
    np.testing.assert_array_equal(longer[:, :, :28], paths)
    assert set(longer[:, 0, 28:42].ravel()) == set(paths[:, 0, 14:].ravel())
    assert (longer[0, 0, 28:42] != paths[0, 0, 14:]).all()


def test_slow_stock_is_what_half_a_year_does_not_sell():
    rows = shelf(on_hand=500.0).assign(daily=1.0)
    [slow] = slow_movers(rows, holding=0.24).to_dict("records")
    assert (slow["cover"], slow["excess"], slow["money"], slow["holding"]) == (500, 320, 1280, pytest.approx(25.6))
    # At half price four times as many sell: 180 more in 60 days.
    assert (slow["markdown"], slow["cleared"]) == (0.5, 180)
    # Waiting, these 180 would be the last to go, after 410 days on average, and bring the full price less holding.
    waiting = 180 * (10 - 4 * 0.24 * 410 / 365)
    [gain] = gain_of(slow_movers(rows, holding=0.24), 0.24, np.array([[-2.0]]))[0]
    assert gain == pytest.approx(180 * (5 - 4 * 0.24 * 30 / 365) - waiting - 60 * 10 * 0.5)
    assert slow_movers(shelf(on_hand=100.0).assign(daily=1.0), 0.24).empty


def test_a_markdown_pays_for_what_would_never_sell():
    """Of 4,000 units one a day sells: three years leave 2,905, which are lost unless they are cleared."""
    slow = slow_movers(shelf(on_hand=4000.0).assign(daily=1.0), holding=0.24)
    [gain] = gain_of(slow, 0.24, np.array([[-2.0]]))[0]
    assert gain == pytest.approx(180 * (5 - 4 * 0.24 * 30 / 365) - 60 * 10 * 0.5)
    draws = unsure(slow, 0.24)
    assert slow.gain[0] == draws.mean() > 0
    assert 0 < (draws < 0).mean() < 0.5


def test_the_least_markdown_that_clears():
    assert markdown(np.array([1.0, 1.0, 0.0]), np.array([10.0, 500.0, 5.0]), -2.0).tolist() == [
        pytest.approx(0.1),
        0.5,
        0.5,
    ]


def test_a_move_sends_what_is_spare_to_where_it_is_missing():
    rows = pd.concat([shelf(), shelf(warehouse="v")], ignore_index=True)
    lost, spare = np.tile([[0, 12]], (20, 1)), np.tile([[30, -40]], (20, 1))
    made = moves(rows, Standing(lost, spare))
    assert made.lines.to_dict("records") == [{"sku": "a", "source": "w", "target": "v", "units": 12, "gain": 72}]
    np.testing.assert_array_equal(made.gain, 72)
    assert moves(rows, Standing(0 * lost, spare)).lines.empty
    assert moves(rows.assign(lead_days_mean=2.0), Standing(lost, spare)).lines.empty


def test_a_move_gains_no_more_than_is_missed_there_less_what_is_then_missed_here():
    """Ten are sent. One path in 20 misses none of them there and all of them here, the others miss 20 there: 57 less 3 on average."""
    rows = pd.concat([shelf(on_hand=10.0), shelf(warehouse="v")], ignore_index=True)
    lost, spare = np.tile([[0, 20]], (40, 1)), np.tile([[30, -40]], (40, 1))
    lost[:2], spare[:2] = 0, 0
    spare[2:4] = 10  # so that 95 of 100 cases have ten
    made = moves(rows, Standing(lost, spare))
    assert made.lines.units.tolist() == [9]
    assert sorted(set(made.gain.tolist())) == [-54, 54]
    assert made.lines.gain.tolist() == [pytest.approx((38 * 54 - 2 * 54) / 40)]


def test_a_shelf_that_may_run_out_itself_sends_nothing_and_none_sends_more_than_lies_there():
    rows = pd.concat([shelf(), shelf(warehouse="v", on_hand=7.0)])
    both = Standing(np.full((50, 2), 12.0), np.full((50, 2), 30.0))
    assert moves(rows, both).lines.empty
    one = Standing(np.array([[12.0, 0.0]] * 50), np.full((50, 2), 30.0))
    [move] = moves(rows, one).lines.to_dict("records")
    assert (move["source"], move["target"], move["units"]) == ("v", "w", 7)


def test_a_smallest_order_that_costs_more_to_hold_than_it_saves_waits_for_next_week():
    """One a day from 12: the 11 days' need is there. From 10 one is missing: 100 at once are held for 7 days at 4 each, which one's margin of 6 pays;
    of 1,000 the holding is 19, and it waits, unless a service is asked for.
    """
    assert line(shelf(on_hand=12.0), steady(1), service=None)["units"] == 0
    assert line(shelf(on_hand=10.0, moq=100), steady(1), service=None)["units"] == 100
    waits = line(shelf(on_hand=10.0, moq=1000), steady(1), service=None)
    assert (waits["units"], waits["gain"], waits["lost_with"]) == (0, 0, 1)
    assert line(shelf(on_hand=10.0, moq=1000), steady(1))["gain"] == pytest.approx(6 - 4 * 0.25 / 365 * (7 * 1000 - 1))


def test_lines_are_chosen_by_one_half_of_the_paths_and_told_by_the_other():
    """Every second path wants three a day, the others nothing: the former ask for an order, the latter tell that it only costs."""
    wanted = steady(3)
    wanted[1::2] = 0
    told = line(shelf(), wanted, service=None)
    assert told["units"] == 13
    assert [told["gain"], told["gain_high"]] == pytest.approx(2 * [-4 * 0.25 / 365 * 7 * 13])


def test_what_no_order_can_save_is_what_is_lost_before_it_arrives():
    """Six last for two days, the order is there on the fifth: six of the fortnight's 36 that are missed come too early."""
    told = line(shelf(on_hand=6.0), steady(3))
    assert (told["at_risk"], told["late"]) == (36 * 10, 6 * 10)


def test_what_spoils_before_it_sells_is_no_gain():
    """12 last for four days, then the order is there and keeps for ten, in which 30 sell: of 40 ten spoil."""
    fresh = line(shelf(on_hand=12.0, moq=30, shelf_days=10), steady(3))
    lasting = line(shelf(on_hand=12.0, moq=30), steady(3))
    assert fresh["gain"] == lasting["gain"]
    spoilt = line(shelf(on_hand=12.0, moq=40, shelf_days=10), steady(3))
    assert line(shelf(on_hand=12.0, moq=40), steady(3))["gain"] - spoilt["gain"] == pytest.approx(4 * 10)


def test_what_a_list_brings_is_told_of_all_its_lines_together():
    rows = pd.concat([shelf(on_hand=5.0), shelf(sku="b", place=1, on_hand=5.0)])
    wanted = np.full((50, 2, 56), 3)
    made = order_list(rows, wanted, Terms(service=0.95), 1)
    np.testing.assert_allclose(made.gain.mean(), made.lines.gain.sum())
    np.testing.assert_allclose(made.at_risk, 2 * (14 * 3 - 5) * 10)
    none = order_list(rows.iloc[:0], wanted[:, :0], Terms(service=0.95), 1)
    assert (len(none.lines), len(none.gain)) == (0, 0)


def test_how_a_shelf_stands_without_an_order():
    """Three a day from 20: nothing is lost in the 4 days before day 5; by day 12 33 are wanted, 13 more than there are."""
    found = standing(shelf(), steady(3), Terms(service=0.95), 1)
    assert (found.lost.mean(), found.spare.mean()) == (0, -13)
    empty = standing(shelf(on_hand=6.0), steady(3), Terms(service=0.95), 1)
    # Six last for two days; goods of another warehouse are there on the fourth, and three are missed before the fifth.
    assert (empty.lost.mean(), empty.spare.mean()) == (3, -21)


@pytest.mark.usefixtures("bench")
def test_a_stocktake_names_what_is_wrong_and_what_is_assumed():
    stock = [(day(d), f"s{s}", "w", -4 if s == 1 else 9, "") for s in range(3) for d in (110, 119)]
    dead = [(day(d), "s4", "w", 70, 0) for d in (100, 119)]
    files = {
        "stock.csv": csv_text(
            ["day", "sku", "warehouse", "on_hand", "on_order"], *stock, *dead, (day(60), "s3", "w", 5, 1)
        ),
        "supply.csv": csv_text(
            ["sku", "warehouse", "lead_days_mean", "lead_days_sd", "moq"], ("s0", "w", 0, 0, 12), ("s1", "w", 20, 4, 6)
        ),
    }
    units = np.vstack([sales_of(4, 120), np.zeros((1, 120), int)])  # the fifth never sold
    shop = shop_of("stocked", units, files)
    taken = stocktake(shop, load_panel(shop))
    rows = taken.shelves.set_index("sku")
    assert sorted(rows.index) == ["s0", "s1", "s2", "s4"]
    assert rows.on_hand.to_dict() == {"s0": 9, "s1": 0, "s2": 9, "s4": 70}
    assert (rows.price["s4"], rows.unit_cost["s4"]) == (12, 4)
    assert (rows.is_assumed.to_dict(), rows.lead_days_mean["s2"], rows.moq["s2"]) == (
        {"s0": False, "s1": False, "s2": True, "s4": True},
        10,
        9,
    )
    assert rows.case_pack.tolist() == [ASSUMED["case_pack"]] * 4
    assert (rows.price["s0"], rows.unit_cost["s0"]) == (10, 4)
    [fault] = taken.faults
    assert "1 of 4 shelves with less than nothing on them (SKU s1)" in Words("en", "CNY").text(fault)
