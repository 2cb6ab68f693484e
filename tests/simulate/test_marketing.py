"""What is exported and told of marketing: touches under the right names, causes, the plan, and who turns out best."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World
from shopkeeper.simulate.channels import NAMES, ORGANIC
from shopkeeper.simulate.draws import Draws
from shopkeeper.simulate.journeys import make_journeys, make_market
from shopkeeper.simulate.paired import channel_effects
from shopkeeper.simulate.people import make_people
from shopkeeper.simulate.scene import set_scene
from shopkeeper.simulate.segments import planted

BLANK = {"segment": None, "region": None, "brought_by": ""}


@pytest.fixture(scope="module")
def truth(aurora):
    return {path.stem: pd.read_parquet(path) for path in (aurora[0] / "truth").glob("*.parquet")}


@pytest.fixture(scope="module")
def touches(aurora):
    frame = pd.read_csv(aurora[0] / "raw" / "touches.csv", keep_default_na=False)
    return frame.assign(at=pd.to_datetime(frame.touched_at))


def test_touches_stand_in_order_of_time_with_their_cost(touches):
    assert touches["at"].is_monotonic_increasing
    assert touches["at"].between("2024-07-01", "2026-07-01").all()
    visits = touches[touches.channel == "自然访问"]
    assert set(visits.kind) == {"visit"}
    assert set(visits.cost) == set(visits.campaign) == {""}
    paid = touches[touches.channel != "自然访问"]
    assert set(paid.channel) == set(NAMES)
    assert set(paid.kind) == {"view", "click"}
    assert (paid.cost.astype(float) > 0).all()
    month = paid["at"].dt.to_period("W").dt.start_time.dt.strftime("%Y%m")
    assert (paid.campaign == paid.channel + "-" + month).all()


def test_touches_cost_about_what_is_spent(touches, aurora):
    cost = pd.to_numeric(touches.cost).groupby(touches.channel).sum()
    spend = dict(zip(NAMES, aurora[1].journeys.spend[:, :104].sum(axis=(1, 2)), strict=True))
    for name in ("抖音信息流", "搜索广告", "小红书笔记"):
        assert cost[name] == pytest.approx(spend[name], rel=0.12)


def test_a_customers_touches_carry_its_name_as_orders_do_and_nobody_elses(touches, truth):
    customers, orders = truth["customers"], truth["orders"][truth["orders"].kind == "sale"]
    buyers = customers[customers.customer.isin(orders.customer) & ~customers.is_masked]
    named = touches[touches.customer_id != ""]
    assert set(named.customer_id) <= set(buyers.nick)
    assert len(set(named.customer_id)) > 0.7 * len(buyers)
    assert (named.groupby("visitor_id").customer_id.nunique() == 1).all()
    assert (touches.groupby("visitor_id").customer_id.nunique() == 1).all()


def test_the_platforms_channel_is_that_of_the_last_paid_touch(touches, truth):
    customers = truth["customers"].set_index("nick")
    named = touches[(touches.customer_id != "") & (touches.channel != "自然访问")]
    first = customers.first_at[named.customer_id].to_numpy()
    before = named[(named["at"] < first) & (first - named["at"] < pd.Timedelta(29, "D"))]
    last = before.groupby("customer_id").channel.last()
    assert len(last) > 100
    assert (last == customers.channel[last.index]).mean() > 0.99  # days of the market are no days of the dial


def test_some_touches_come_after_the_order(touches, truth):
    named = touches[touches.customer_id != ""]
    first = truth["customers"].set_index("nick").first_at[named.customer_id].to_numpy()
    assert 0.1 < (named["at"] > first).mean() < 0.6


def test_causes_are_parts_of_the_hazard_and_one_of_them_is_the_cause(truth):
    causes, customers = truth["causes"], truth["customers"]
    assert (causes.hazard > 0).all()
    cause = causes[causes.is_cause].set_index("customer").part
    assert cause.index.sort_values().tolist() == customers.customer.tolist()
    told = customers.brought_by.where(
        customers.brought_by != "", customers.cause.where(customers.cause != "自然访问", "")
    )
    assert cause.sort_index().tolist() == told.tolist()


def test_the_plan_told_has_the_tests_beside_the_usual_spend_and_prices_on_their_curve(truth):
    plan = truth["media_plan"]
    tested = plan[plan.spend != plan.usual_spend]
    assert set(tested.channel) == set(truth["lift_tests"].channel)
    spent = plan[plan.spend > 0]
    assert (spent.price * spent.touches).to_numpy() == pytest.approx(spent.spend.to_numpy())
    curve = spent.price_first * (1 + spent.touches / spent.touches_doubled)
    assert curve.to_numpy() == pytest.approx(spent.price.to_numpy())


def test_lift_tests_are_exported_as_read_and_the_truth_stays_behind(aurora, truth):
    raw = pd.read_csv(aurora[0] / "raw" / "lift_tests.csv", keep_default_na=False)
    told = truth["lift_tests"]
    assert "true_lift" not in raw
    assert raw.lift.to_numpy() == pytest.approx(told.lift.to_numpy(), abs=0.006)
    assert (raw.lift_sd > 0).all()
    assert not raw.duplicated(["channel", "region", "starts_on"]).any()


def test_customers_whom_the_community_brings_buy_more_often_stay_and_spend_more():
    """Against the same people under another cause: 2.4 times the rate, a quarter of the chance to leave, 0.4 more log spend."""
    world = World(channel_sd=0)
    people = pd.DataFrame({"first_at": "2024-08-01", "channel": ORGANIC, "cause": ["知识社区", "直播"], "key": [5, 5]})
    community, live = make_people(world, Draws(7), planted(5, 1.0), people.assign(**BLANK)).to_dict("records")
    assert community["rate"] == pytest.approx(2.4 * live["rate"])
    assert community["leaves"] == pytest.approx(live["leaves"] / 4)
    assert community["spend"] == pytest.approx(live["spend"] + 0.4)


def test_what_looks_like_junk_by_the_last_click_turns_out_best():
    """New customers per yuan by the last ad: 知识社区 is last. Net revenue per yuan to the last day: it is first."""
    journeys = make_journeys(make_market(set_scene(World(customers=12_000, skus=16))))
    spend = pd.Series(journeys.spend[:, :104].sum(axis=(1, 2)), NAMES)
    by_last_ad = journeys.arrivals.channel.value_counts()[list(NAMES)] / spend
    assert by_last_ad.idxmin() == "知识社区"
    brought = channel_effects(journeys).groupby("channel")[["net_revenue", "net_revenue_first"]].sum()
    roas = brought.div(spend, axis=0)
    assert roas.net_revenue.idxmax() == "知识社区"
    assert roas.net_revenue_first["知识社区"] < roas.net_revenue_first[["直播", "小红书笔记"]].min()
    assert roas.net_revenue["搜索广告"] < 0.6 * roas.net_revenue.drop(["搜索广告", "品牌搜索"]).min()
    assert by_last_ad["搜索广告"] > by_last_ad[["抖音信息流", "直播", "小红书笔记", "知识社区"]].max()
    assert np.isclose(roas.net_revenue["品牌搜索"], 0, atol=0.8)
