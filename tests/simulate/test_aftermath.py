import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World, live
from shopkeeper.simulate.aftermath import REASONS, UNSHIPPED_REASONS
from shopkeeper.simulate.names import CATEGORIES


@pytest.fixture(scope="module")
def many():
    """A world in which much comes back; its returns with their orders' times and the category."""
    history = live(World(customers=4000, skus=40, return_rate=0.3, unshipped_rate=0.05))
    names = ["order_id", "paid_at", "sent_at", "delivered_at", "confirmed_at", "closed_at"]
    owner = history.orders.loc[history.returns["order"], names].reset_index(drop=True)
    category = history.scene.catalogue.skus.category.to_numpy()[history.returns["sku"]]
    return history, history.returns.join(owner).assign(category=np.array(CATEGORIES)[category])


def test_nothing_delivered_comes_back_before_its_delivery(many):
    late = many[1][~many[1].is_unshipped]
    assert (late.asked_at > late.delivered_at).all()
    assert ((late.done_at - late.delivered_at).dt.days < 16).all()
    assert set(late.reason) == set(REASONS)


def test_what_is_refunded_unsent_is_asked_for_and_settled_between_payment_and_dispatch(many):
    history, returns = many
    early = returns[returns.is_unshipped]
    assert len(early) > 100
    assert (early.asked_at >= early.paid_at).all()
    assert early.sent_at.isna().all()
    assert set(early.reason) == set(UNSHIPPED_REASONS)
    assert (early.quantity == 0).all()
    whole = early.groupby("order").refund_fen.sum()
    orders = history.orders.loc[whole.index]
    assert (whole == orders.paid_fen - orders.postage_fen).all()
    assert (orders.closed_at.notna()).all()


def test_an_order_paid_back_before_it_was_confirmed_is_closed(many):
    history, returns = many
    orders = history.orders
    back = returns[returns.is_granted].groupby("order").agg(refund=("refund_fen", "sum"), done=("done_at", "max"))
    goods = (orders.paid_fen - orders.postage_fen)[back.index]
    assert set(orders.index[orders.closed_at.notna()]) <= set(back.index[back.refund == goods])
    assert orders.closed_at.notna().sum() > 300
    assert (orders.closed_at.isna() | orders.confirmed_at.isna()).all()
    is_late = (back.refund == goods) & orders.confirmed_at[back.index].notna()
    assert is_late.sum() > 50  # confirmed first, and paid back later: such an order stays a success
    assert (back.done[is_late] > orders.confirmed_at[back.index][is_late]).all()


def test_reasons_differ_by_category(many):
    late = many[1][~many[1].is_unshipped]
    share = pd.crosstab(late.category, late.reason, normalize="index")
    assert share.loc["面部精华", "过敏/不适"] > 3 * share.loc["彩妆", "过敏/不适"]
    assert share.loc["彩妆", "与描述不符"] > 2 * share.loc["面部精华", "与描述不符"]
    assert share.loc["礼盒套装", "少件/破损"] > 2 * share.loc["面霜", "少件/破损"]


def test_make_up_comes_back_most_and_careful_readers_send_back_least(many):
    history, returns = many
    lines = history.lines[(history.orders.kind == "sale").to_numpy()[history.lines["order"]]]
    back = returns[returns.is_granted & ~returns.is_unshipped]
    by = np.array(CATEGORIES)[history.scene.catalogue.skus.category.to_numpy()[lines.sku]]
    rate = back.groupby("category").size() / pd.Series(by).value_counts()
    assert rate.idxmax() == "彩妆"
    owner = history.orders.customer.to_numpy()
    segment = history.people.segment.to_numpy()
    of = [pd.Series(segment[owner[rows["order"]]]).value_counts() for rows in (back, lines)]
    assert (of[0] / of[1])[2] < 0.6 * (of[0] / of[1])[1]  # 成分研究 against 新品探索


def test_money_alone_brings_no_units_back(many):
    late = many[1][~many[1].is_unshipped]
    line = many[0].lines.set_index(["order", "line"])
    own = line.loc[list(zip(late["order"], late.line, strict=True))]
    is_all = late.refund_fen.to_numpy() == own.paid_fen.to_numpy()
    assert (late.quantity.to_numpy()[~is_all] == 0).all()
    assert (late.quantity.to_numpy()[is_all] == own.quantity.to_numpy()[is_all]).mean() > 0.98


def test_the_unshipped_rate_leaves_all_other_returns_alone():
    off, on = (live(World(customers=300, unshipped_rate=rate)).returns for rate in (0, 0.2))
    assert not off.is_unshipped.any()
    kept = on[~on.is_unshipped].merge(off, on=["order", "line", "sku", "reason", "asked_at"])
    assert len(kept) == (~on.is_unshipped).sum() > 0
