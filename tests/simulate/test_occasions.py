import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import betaln, gammaln
from scipy.stats import chi2
from shopkeeper.simulate import World, live
from shopkeeper.simulate.occasions import EXTRA, FIRST, MOVED
from shopkeeper.simulate.segments import column, planted

PLAIN = {"promotions": False, "stockouts": False, "deal_only": 0, "channel_sd": 0, "message_lift": 0}


def bg_nbd(log_parameters, x, t_x, T):
    """The log-likelihood of BG/NBD, summed. Source: Fader, Hardie and Lee (2005), equation 6."""
    r, alpha, a, b = np.exp(log_parameters)
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + T)
    gone = betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
    return (common + np.where(x > 0, np.logaddexp(alive, gone), alive)).sum()


def summary(history):
    """Frequency, recency and T in days; same-day purchases are one."""
    days = history.occasions.drop_duplicates(["customer", "day"]).groupby("customer").day.agg(["size", "min", "max"])
    return (
        (days["size"] - 1).to_numpy(),
        (days["max"] - days["min"]).to_numpy(),
        (history.scene.world.days - 1 - days["min"]).to_numpy(),
    )


def test_purchases_without_promotions_are_bg_nbd():
    """The planted parameters are as likely as the best ones: twice the gap in log-likelihood is chi-squared (4)."""
    history = live(World(customers=6000, segments=1, skus=40, **PLAIN))
    [one] = history.scene.segments
    truth = np.log([one.r, one.alpha, one.a, one.b])
    data = summary(history)
    best = minimize(lambda p: -bg_nbd(p, *data) / len(data[0]), truth, method="Nelder-Mead", options={"maxiter": 2000})
    gap = 2 * (-best.fun * len(data[0]) - bg_nbd(truth, *data))
    assert gap < chi2.ppf(0.999, 4)
    # It would not pass with a rate a fifth off.
    assert 2 * (-best.fun * len(data[0]) - bg_nbd(truth + np.log([1, 1.2, 1, 1]), *data)) > chi2.ppf(0.999, 4)


def test_a_purchase_that_a_promotion_moves_is_not_lost():
    with_, without = (live(World(customers=2000, promotion_lift=0, pull_forward=share)) for share in (0.8, 0))
    moved = with_.occasions[with_.occasions.kind == MOVED]
    key = ["customer", "number"]
    original = without.occasions.set_index(key).day.reindex(moved.set_index(key).index)
    assert len(moved) > 50
    # Those planned within the days simulated stand in the other world on the day they were planned for.
    assert (original.dropna() == moved.set_index(key).planned[original.notna()]).all()


def test_extra_purchases_fall_into_their_promotion_and_after_the_first():
    occasions = live(World(customers=2000)).occasions
    events = live(World(customers=10)).scene.events
    extra = occasions[occasions.kind == EXTRA]
    first = occasions[occasions.kind == FIRST].set_index("customer").day[extra.customer]
    assert len(extra) > 200
    assert (extra.day.to_numpy() > first.to_numpy()).all()
    assert all(events[e].first <= day <= events[e].last for e, day in zip(extra.event, extra.day, strict=True))


def test_a_lift_of_two_brings_twice_the_extra_purchases():
    one, two = (
        (live(World(customers=4000, skus=16, promotion_lift=lift)).occasions.kind == EXTRA).sum() for lift in (1, 2)
    )
    assert two / one == pytest.approx(2, abs=3.3 * 2 * (1 / one + 1 / two) ** 0.5)


def test_without_separation_segments_differ_in_name_only():
    alike = planted(5, 0.0)
    for name in ("r", "alpha", "novelty", "returns", "hour"):
        assert np.ptp(column(alike, name)) == pytest.approx(0, abs=1e-12)
    assert column(planted(5, 1.0), "hour").tolist() == pytest.approx([21.3, 22.6, 23.0, 11.0, 14.5])


def test_segments_buy_as_planted(brand):
    orders = brand.orders[brand.orders.kind == "sale"]
    segment = brand.people.segment.to_numpy()[orders.customer]
    names = [s.name for s in brand.scene.segments]
    by = orders.assign(segment=np.array(names)[segment], is_extra=orders.why == "extra", has=orders.coupon_fen > 0)
    share = by.groupby("segment")[["is_extra", "has"]].mean()
    assert share.is_extra["折扣敏感"] > 2 * share.is_extra["安静常客"]
    assert share.has["折扣敏感"] > 2 * share.has["成分研究"]
    per_customer = by.groupby("segment").size() / brand.people.segment.map(dict(enumerate(names))).value_counts()
    assert per_customer.idxmax() == "安静常客"


def test_nobody_buys_before_arriving(brand):
    first = brand.people.first_at.to_numpy()[brand.occasions.customer]
    assert (brand.occasions["at"].to_numpy() >= first).all()
    assert (brand.occasions.groupby("customer").kind.first() == FIRST).all()


def test_the_last_day_is_complete(brand):
    assert str(brand.orders["at"].max()) == "2026-06-30 23:59:30"
