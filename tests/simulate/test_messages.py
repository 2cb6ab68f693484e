"""Messages go to those who stay away, hold some out by luck, and bring what is planted."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World, live
from shopkeeper.simulate.draws import Draws
from shopkeeper.simulate.messages import HOLDOUT, campaigns
from shopkeeper.simulate.occasions import MESSAGE
from shopkeeper.simulate.segments import column

QUIET = {"skus": 16, "promotions": False, "stockouts": False, "refill": 0, "channel_sd": 0}
TWO_WEEKS = np.timedelta64(14, "D")


@pytest.fixture(scope="module")
def loud():
    """A world whose messages bring three times what two weeks would bring anyway."""
    return live(World(customers=8000, message_lift=3, **QUIET))


@pytest.fixture(scope="module")
def mute():
    """The same without any effect of messages."""
    return live(World(customers=8000, message_lift=0, **QUIET))


def within_two_weeks(history):
    """Orders of each contact's customer within 14 days after it."""
    sold = history.orders.loc[history.orders.kind == "sale", ["customer", "at"]]
    contacts = history.contacts.rename_axis("contact").reset_index()
    pairs = contacts[["contact", "customer", "sent_at"]].merge(sold, on="customer")
    is_in = (pairs["at"] > pairs.sent_at) & (pairs["at"] < pairs.sent_at + TWO_WEEKS)
    return np.bincount(pairs.contact[is_in], minlength=len(contacts))


def test_a_campaign_goes_out_every_four_weeks_from_the_seventh_month_on():
    sent = campaigns(World(), Draws(7))
    assert [c.day for c in sent] == list(range(182, 730, 28))
    assert sent[0].name == "老客回访-20241230"
    assert all(c.offer == f"满{c.floor}减{c.off}" for c in sent)
    assert len({c.offer for c in sent}) == 3
    assert campaigns(World(days=182), Draws(7)) == ()


def test_the_shop_writes_to_whom_it_knows_and_has_not_seen_for_45_days(brand):
    people = brand.people.iloc[brand.contacts.customer]
    assert people.consents.all()
    assert not people.is_masked.any()
    sold = brand.orders.loc[brand.orders.kind == "sale", ["customer", "day"]]
    pairs = brand.contacts.rename_axis("contact").reset_index().merge(sold, on="customer")
    before = pairs[pairs.day < pairs.sent].assign(since=pairs.sent - pairs.day).groupby("contact").since.min()
    assert len(before) == len(brand.contacts) > 5000
    assert before.min() == 46


def test_the_holdout_is_luck(loud):
    held, people = loud.contacts.is_held, loud.people.iloc[loud.contacts.customer].reset_index(drop=True)
    n = len(held)
    assert held.mean() == pytest.approx(HOLDOUT, abs=3.3 * (HOLDOUT * (1 - HOLDOUT) / n) ** 0.5)
    traits = pd.DataFrame({"rate": people.rate, "spend": people.spend, "alive": people.left.isna().astype(float)})
    for name, trait in traits.items():
        gap = trait[held].mean() - trait[~held].mean()
        assert abs(gap) < 3.3 * trait.std() / held.sum() ** 0.5, name


def test_the_held_out_hear_nothing_and_are_brought_nothing(loud):
    held = loud.contacts[loud.contacts.is_held]
    assert held.opened_at.isna().all()
    assert held.redeemed_at.isna().all()
    extra = loud.orders[loud.orders.why == "message"]
    assert len(extra) > 500
    told = set(zip(extra.customer, extra.voucher, strict=True))
    assert not told & set(zip(held.customer, held.campaign, strict=True))
    sent = loud.contacts[~loud.contacts.is_held & loud.contacts.opened_at.notna()]
    assert told <= set(zip(sent.customer, sent.campaign, strict=True))


def test_what_messages_bring_is_the_planted_share_of_each_customers_own_rate(loud):
    people = loud.people.iloc[loud.contacts.customer].reset_index(drop=True)
    coupon = np.where(people.is_deal_only, column(loud.scene.segments, "coupon")[people.segment], 1.0)
    is_there = ~loud.contacts.is_held & ~(people.left <= loud.contacts.sent)
    is_whole = loud.contacts.sent + 14 <= loud.scene.world.days
    planted = 3 * 14 * (people.rate * coupon)[is_there & is_whole].sum()
    found = (loud.occasions.kind == MESSAGE) & loud.occasions.voucher.isin(loud.contacts.campaign[is_whole])
    # A few of them leave within the two weeks, and are brought nothing after that.
    assert found.sum() == pytest.approx(planted, abs=3.3 * planted**0.5 + 0.02 * planted)
    assert (loud.people.left.fillna(np.inf).to_numpy()[loud.occasions.customer] >= loud.occasions.day).all()


@pytest.mark.parametrize("world", ["loud", "mute"])
def test_the_holdout_tells_what_the_messages_brought(world, request):
    """The gap in orders within 14 days, times those written to, is the truth's extra orders within its error."""
    history = request.getfixturevalue(world)
    found, held = within_two_weeks(history), history.contacts.is_held.to_numpy()
    gap = found[~held].mean() - found[held].mean()
    error = (found[~held].var() / (~held).sum() + found[held].var() / held.sum()) ** 0.5
    extra = (history.orders.why == "message")[history.orders.kind == "sale"].sum() / (~held).sum()
    assert gap == pytest.approx(extra, abs=3.3 * error)
    assert (extra > 5 * error) == (world == "loud")


def test_messages_that_bring_nobody_leave_every_other_purchase_as_it_is(loud, mute):
    own = loud.occasions[loud.occasions.kind != MESSAGE]
    names = ["customer", "number", "at", "kind"]
    pd.testing.assert_frame_equal(own[names].reset_index(drop=True), mute.occasions[names])
    wanted = ["customer", "number", "sku", "sold"]
    ordinary = loud.requests[loud.requests.number < 20_000]
    pd.testing.assert_frame_equal(ordinary[wanted].reset_index(drop=True), mute.requests[wanted])
    first = [h.contacts[h.contacts.campaign == 0][["customer", "is_held"]].reset_index(drop=True) for h in (loud, mute)]
    pd.testing.assert_frame_equal(*first)


def test_a_voucher_is_used_once_within_14_days_where_the_goods_reach_its_floor(loud):
    used = loud.contacts[loud.contacts.redeemed_at.notna()]
    orders = loud.orders[loud.orders.is_redeemed & (loud.orders.kind == "sale")]
    assert len(used) == len(orders) > 200
    assert (used.redeemed_at > used.opened_at).all()
    assert (used.redeemed_at < used.sent_at + TWO_WEEKS).all()
    both = used.merge(orders, left_on=["customer", "campaign"], right_on=["customer", "voucher"])
    sent = campaigns(loud.scene.world, loud.scene.draws)
    assert (both.redeemed_at == both["at"]).all()
    assert (both.goods_fen >= 100 * both.campaign.map(lambda c: sent[c].floor)).all()
    assert (both.coupon_fen == 100 * both.campaign.map(lambda c: sent[c].off)).all()
    assert (orders.why != "message").sum() > 20  # those who would have come anyway use them too


def test_the_truth_counts_each_campaign(aurora):
    folder, history = aurora
    told = pd.read_parquet(folder / "truth" / "campaigns.parquet")
    assert told.n_sent.sum() + told.n_holdout.sum() == len(history.contacts)
    extra = history.orders[(history.orders.why == "message") & (history.orders.kind == "sale")]
    assert told.extra_orders.sum() == len(extra) > 0
    assert told.extra_revenue.sum() == pytest.approx(extra.net_fen.sum() / 100)
    raw = pd.read_csv(folder / "raw" / "contacts.csv")
    assert raw.groupby("campaign").holdout.sum().to_dict() == told.set_index("campaign").n_holdout.to_dict()
