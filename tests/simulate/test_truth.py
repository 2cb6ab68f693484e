"""What the truth says is what was planted, and what came of it."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World, live, simulate
from shopkeeper.simulate.arrivals import make_arrivals
from shopkeeper.simulate.future import expected_orders
from shopkeeper.simulate.scene import set_scene


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A world with every mechanism, its history and its truth."""
    folder = tmp_path_factory.mktemp("told")
    history = simulate(folder, World(customers=1500, skus=40, paired_promotions=False))
    return history, {path.stem: pd.read_parquet(path) for path in (folder / "truth").glob("*.parquet")}


def test_nobody_orders_after_the_day_on_which_they_left(told):
    _, truth = told
    customers = truth["customers"]
    last = truth["occasions"].groupby("customer")["at"].max().dt.normalize()
    gone = customers[~customers.is_alive].set_index("customer").left_on
    assert 200 < len(gone) < 1300
    assert (last[gone.index] == gone).all()
    orders = truth["orders"][truth["orders"].kind == "sale"]
    after = orders.merge(customers, on="customer")
    assert not (after["at"].dt.normalize() > after.left_on).any()
    assert customers.left_on[customers.is_alive].isna().all()


def test_who_is_said_to_be_alive_comes_back_in_a_longer_world():
    short = World(customers=1500, skus=16, promotions=False, days=400)
    scene = set_scene(short)
    arrivals = make_arrivals(short, scene.draws, scene.segments, scene.events)
    now, later = live(short, arrivals), live(World(customers=1500, skus=16, promotions=False, days=800), arrivals)
    again = set(later.occasions.customer[later.occasions.day >= 400])
    assert again <= set(np.flatnonzero(now.people.left.isna()))
    assert len(again) > 200


@pytest.mark.parametrize("horizon", [30, 90, 365])
def test_expected_orders_are_the_mean_of_what_a_longer_world_brings(horizon):
    """The luck of a longer world, by segment: regularity 1 has a closed form, 安静常客 has not."""
    settings = {
        "customers": 6000,
        "skus": 16,
        "promotions": False,
        "stockouts": False,
        "deal_only": 2,
        "message_lift": 0,
    }
    short = World(days=500, **settings)
    scene = set_scene(short)
    arrivals = make_arrivals(short, scene.draws, scene.segments, scene.events)
    now, later = live(short, arrivals), live(World(days=900, **settings), arrivals)
    is_ahead = (later.occasions.day >= 500) & (later.occasions.day < 500 + horizon)
    found = np.bincount(later.occasions.customer[is_ahead], minlength=6000)
    expected = expected_orders(now, horizon)
    assert (expected[now.people.left.notna()] == 0).all()
    groups = [now.people.segment == segment for segment in range(5)] + [now.people.is_deal_only]
    for mine in (group.to_numpy() for group in groups):
        spread = found[mine].std() * mine.sum() ** 0.5
        assert found[mine].sum() == pytest.approx(expected[mine].sum(), abs=3.3 * spread)
        assert expected[mine].sum() > 5


def test_deal_hunters_buy_in_promotions_or_with_a_coupon_alone(told):
    _, truth = told
    customers = truth["customers"]
    orders = truth["orders"][truth["orders"].kind == "sale"].merge(
        customers[["customer", "is_deal_only", "segment"]], on="customer"
    )
    picky = orders[orders.is_deal_only]
    is_promoted = picky.why.isin(["extra", "moved"])
    assert len(picky) > 50
    assert ((picky.coupon > 0) | is_promoted).all()
    assert (orders.coupon[~orders.is_deal_only] > 0).mean() < 0.6
    share = customers.groupby("segment").is_deal_only.mean()
    assert share["折扣敏感"] > 0.2 > 0.1 > share.drop("折扣敏感").max()
    assert not live(World(customers=300, skus=16, deal_only=0)).people.is_deal_only.any()


def test_the_elasticities_told_are_the_planted_ones_and_what_follows_from_them(told):
    history, truth = told
    skus, categories = truth["skus"], truth["categories"].set_index("category")
    assert (skus.marginal_elasticity > skus.mean_elasticity).all()  # nearer to 0: part of a category's buyers stay
    assert (skus.marginal_elasticity < 0).all()
    assert skus.elasticity.tolist() == history.scene.catalogue.skus.elasticity.tolist()
    assert not np.allclose(skus.marginal_elasticity, skus.mean_elasticity, rtol=0.02)
    one = skus[skus.category == "面膜"]
    assert categories.elasticity["面膜"] == pytest.approx(one.elasticity.mean())
    weighted = np.average(one.mean_elasticity, weights=one["share"])
    assert categories.mean_elasticity["面膜"] == pytest.approx(weighted)
    assert categories.category_elasticity["面膜"] == pytest.approx(weighted * 0.8 / 2.2)
    assert categories["share"].sum() == pytest.approx(1)


def test_channels_and_segments_are_told(told):
    history, truth = told
    customers, channels = truth["customers"], truth["channels"].set_index("channel")
    assert (customers.channel_effect == channels.rate_effect[customers.cause].to_numpy()).all()
    assert channels.customers.sum() == len(customers)
    assert channels.favoured_by["直播"] == "折扣敏感"
    assert channels.favoured_by["搜索广告"] == ""
    assert set(customers.brought_by) - {""} <= {event.name for event in history.scene.events}


def test_spend_lasts_and_goes_with_the_rate_as_far_as_is_planted():
    free, tied = (
        live(World(customers=4000, skus=16, spend_frequency_correlation=correlation)) for correlation in (0.0, 0.8)
    )
    for history, planted in ((free, 0.0), (tied, 0.8)):
        one = history.people[history.people.segment == 0]
        rank = one[["spend", "rate"]].rank().corr().loc["spend", "rate"]
        assert rank == pytest.approx(planted, abs=0.12)
    assert free.people.spend.std() == pytest.approx(1, abs=0.05)


def test_without_spend_differences_orders_of_a_customer_are_alike_no_more(told):
    on, off = (live(World(customers=3000, skus=40, spend_sd=sd)).orders for sd in (1.0, 0.0))
    assert per_customer(on) > 1.5 * per_customer(off)


def per_customer(orders):
    """Spread of customers' mean net revenue, of those with at least four orders, relative to the mean."""
    by = orders[orders.kind == "sale"].groupby("customer").net_fen.agg(["mean", "size"])
    return by["mean"][by["size"] >= 4].std() / by["mean"].mean()


def test_seven_segments_can_be_planted_and_the_two_new_ones_buy_as_they_are_called():
    history = live(World(customers=6000, skus=24, segments=7, stockouts=False))
    names = [segment.name for segment in history.scene.segments]
    assert names[5:] == ["囤货", "尝鲜一次"]
    sold = history.orders[history.orders.kind == "sale"]
    by = sold.groupby(history.people.segment.to_numpy()[sold.customer])
    units = by.units.mean()
    assert units.idxmax() == 5
    assert (sold.groupby("customer").size().groupby(history.people.segment).mean()).idxmin() == 6
    promoted = by.why.apply(lambda why: why.isin(["extra", "moved"]).mean())
    assert promoted.idxmax() == 5
    assert len(live(World(customers=50, skus=16)).scene.segments) == 5
