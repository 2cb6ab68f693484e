from dataclasses import replace

import numpy as np
from shopkeeper.simulate import World, live
from shopkeeper.simulate.catalogue import SETS
from shopkeeper.simulate.scene import set_scene


def used(history):
    """Units that left each shelf, by day, SKU and warehouse, sets taken apart."""
    parts = history.scene.catalogue.bundles.groupby("sku")[["component", "quantity"]]
    parts_of = {sku: rows.to_numpy().tolist() for sku, rows in parts}
    left = np.zeros(history.stock.on_hand.shape, int)
    for day, sku, warehouse, sold in history.requests[["day", "sku", "warehouse", "sold"]].to_numpy():
        for part, units in parts_of.get(sku, [[sku, 1]]):
            left[day, part, warehouse] += sold * units
    return left


def test_sales_are_demand_unless_the_shelf_was_empty(brand):
    requests, stock = brand.requests, brand.stock
    assert (requests.sold <= requests.quantity).all()
    lost = requests[
        (requests.sold < requests.quantity) & (brand.scene.catalogue.skus.category.to_numpy()[requests.sku] != SETS)
    ]
    assert len(lost) > 20
    assert (stock.is_out[lost.day, lost.sku, lost.warehouse] == 1).all()


def test_a_set_is_lost_only_where_a_component_was_out(brand):
    bundles, requests = brand.scene.catalogue.bundles, brand.requests
    lost = requests[(requests.sold < requests.quantity) & requests["sku"].isin(bundles["sku"])]
    assert len(lost) > 0
    for day, sku, warehouse in lost[["day", "sku", "warehouse"]].to_numpy():
        parts = bundles.component[bundles["sku"] == sku]
        assert brand.stock.is_out[day, parts, warehouse].any()


def test_without_stockouts_all_that_is_wanted_is_sold():
    history = live(World(customers=500, stockouts=False))
    assert (history.requests.sold == history.requests.quantity).all()
    assert history.stock.is_out[-1, history.scene.catalogue.skus.category != SETS].sum() == 0


def test_every_unit_of_stock_is_accounted_for(brand):
    """Stock and orders outstanding only fall by what was sold, and rise by first stock and orders in whole cases."""
    stock = brand.stock
    bought = np.diff(stock.on_hand + stock.on_order, axis=0) + used(brand)[1:]
    assert (stock.on_hand >= 0).all()
    assert (stock.on_order >= 0).all()
    assert (bought >= 0).all()
    supply = stock.supply
    ordered = bought[:, supply["sku"], supply.warehouse]
    later = np.arange(1, len(stock.on_hand))[:, None] > brand.scene.catalogue.skus.launched.to_numpy()[supply["sku"]]
    assert (ordered[later] % np.broadcast_to(supply.case_pack, ordered.shape)[later] == 0).all()


def test_sets_lie_in_their_components(brand):
    is_set = brand.scene.catalogue.skus.category.to_numpy() == SETS
    assert brand.stock.on_hand[:, is_set].sum() == 0
    assert set(brand.scene.catalogue.bundles["sku"]) == set(np.flatnonzero(is_set))
    assert not is_set[brand.scene.catalogue.bundles.component].any()


def test_an_order_that_finds_nothing_does_not_happen(brand):
    served = brand.requests.groupby("occasion").sold.sum()
    assert (served == 0).any()
    assert (brand.orders.kind == "sale").sum() == (served > 0).sum()


def test_a_shelf_left_empty_is_marked_even_where_nobody_asked(brand):
    stock = brand.stock
    cell = stock.supply[["sku", "warehouse"]].to_numpy().T
    empty = stock.on_hand[:, cell[0], cell[1]] == 0
    asked = np.zeros(stock.on_hand.shape, bool)
    asked[brand.requests.day, brand.requests["sku"], brand.requests.warehouse] = True
    assert (empty & ~asked[:, cell[0], cell[1]]).any()
    assert stock.is_out[:, cell[0], cell[1]][empty].all()


class Hoarder:
    """A buyer that has 50 of everything delivered every morning."""

    def __init__(self):
        self.pending, self.seen = np.zeros((24, 2), int), []

    def delivered(self, day):
        return np.full((24, 2), 50)

    def order(self, day, shelf, used):
        self.seen.append(int(used.sum()))


def test_another_buyer_meets_the_same_demand():
    world, buyer = World(customers=300, skus=24), Hoarder()
    own, other = live(world), live(world, buyer=buyer)
    names = ["customer", "number", "sku", "day", "quantity"]
    assert (own.requests[names] == other.requests[names]).all(axis=None)
    assert (other.requests.sold == other.requests.quantity).all()
    assert (own.requests.sold < own.requests.quantity).any()
    assert buyer.seen == used(other).sum(axis=(1, 2)).tolist()


def test_a_prepared_scene_is_the_worlds_own_unless_changed():
    world = World(customers=100, skus=24)
    assert live(world, scene=set_scene(world)).orders.equals(live(world).orders)


def test_who_found_an_empty_shelf_may_be_lost_for_good():
    world = World(customers=1500, skus=24, leave_after_stockout=1)
    history, loyal = live(world), live(replace(world, leave_after_stockout=0))
    short = history.requests[history.requests.sold < history.requests.quantity]
    first = short.groupby("customer").day.min()
    last = history.occasions.groupby("customer").day.max()
    assert len(first) > 30
    assert (last[first.index] == first).all()
    assert (history.people.left[first.index] == first).all()
    assert history.people.left.notna().sum() > loyal.people.left.notna().sum()
    assert len(history.occasions) < len(loyal.occasions)


def test_whose_goods_came_back_may_be_lost_for_good_and_a_chance_of_nought_loses_nobody():
    world = World(customers=600, skus=24, stockouts=False, return_rate=0.3, leave_after_return=1)
    history, loyal = live(world), live(replace(world, leave_after_return=0))
    back = history.returns[history.returns.is_granted & ~history.returns.is_unshipped]
    owner = history.orders.loc[back["order"]]
    last = history.occasions.groupby("customer").day.max()
    assert (last[owner.customer].to_numpy() < owner.day.to_numpy() + 14).all()
    assert len(history.orders) < len(loyal.orders)
    assert loyal.occasions.equals(live(replace(world, leave_after_return=0, return_rate=0.0)).occasions)
