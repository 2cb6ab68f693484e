"""Touches are as many as are bought, find whom they are said to find, and are the same luck for every budget."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World
from shopkeeper.simulate.channels import NAMES, PLANTED, SEARCH, planted
from shopkeeper.simulate.media import usual_spend, volumes
from shopkeeper.simulate.people import shares_of_places
from shopkeeper.simulate.scene import set_scene
from shopkeeper.simulate.touches import VISIT, make_candidates, organic_visits, paid_touches
from shopkeeper.simulate.visitors import make_visitors

KEY = ["visitor", "channel", "serial"]


class Touched:
    """Visitors of a world, their candidates, and what a spend makes of them."""

    def __init__(self, **settings):
        self.scene = set_scene(World(customers=3000, skus=16, **settings))
        self.visitors = make_visitors(self.scene)
        self.candidates = make_candidates(self.scene, self.visitors)
        self.usual = usual_spend(self.scene)
        self.touches = self.of(self.usual)

    def of(self, spend):
        return paid_touches(self.scene, self.visitors, self.candidates, spend)


@pytest.fixture(scope="module")
def market():
    return Touched()


def pairs(touches):
    return set(touches[KEY].itertuples(index=False, name=None))


def test_as_many_touches_come_as_are_bought(market):
    """Poisson, in expectation the volume of the spend; of brand search those that no other touch led to."""
    share = np.ones(market.usual.shape[1])
    share[104] = (0.97 + 0.95) / 7
    share[105:] = 0
    bought = planted("own") * (volumes(market.scene.world, market.usual) * share[:, None]).sum(axis=(1, 2))
    own = market.touches[market.touches.serial < 1000]
    found = own.channel.value_counts().reindex(range(8)).to_numpy()
    for number in range(8):
        if number != SEARCH:  # which runs into its room
            assert found[number] == pytest.approx(bought[number], rel=0.01, abs=3.3 * bought[number] ** 0.5)
    assert found[SEARCH] < bought[SEARCH]


def test_more_spend_shows_all_that_less_does_and_more(market):
    for channel in (0, SEARCH):
        more = market.usual.copy()
        more[channel] *= 1.5
        little, much = pairs(market.touches), pairs(market.of(more))
        assert little < much
        assert {number for _, number, _ in much - little} <= {channel, SEARCH}


def test_a_channel_switched_off_takes_its_touches_and_the_searches_that_they_led_to(market):
    off = market.usual.copy()
    off[2] = 0
    gone = market.touches[~pd.MultiIndex.from_frame(market.touches[KEY]).isin(pairs(market.of(off)))]
    assert set(gone.channel) == {2, SEARCH}
    led = gone[gone.channel == SEARCH]
    parents = set(zip(led.visitor, led.serial - 3000, strict=True))  # searches are numbered by what led to them
    assert parents <= set(market.touches[market.touches.channel == 2][["visitor", "serial"]].itertuples(index=False, name=None))  # fmt: skip
    share = len(led) / (gone.channel == 2).sum()
    assert 0.6 * PLANTED[2].searches < share < PLANTED[2].searches


def test_brand_search_is_bought_as_it_is_searched(market):
    """Twice its spend finds a quarter more searches, as there are no more; twice the feed's, half as many touches again."""
    for channel, low, high in ((SEARCH, 1.1, 1.35), (0, 1.5, 1.7)):
        double = market.usual.copy()
        double[channel] *= 2
        count = [(touches.channel == channel).sum() for touches in (market.of(double), market.touches)]
        assert low < count[0] / count[1] < high


def intent_of(market, touches):
    return market.visitors.intent.to_numpy()[touches.visitor]


@pytest.mark.parametrize("confounding", [0.0, 0.5, 1.0])
def test_search_finds_those_who_mean_to_buy_as_far_as_the_world_says(confounding):
    """Touches in proportion to intent^a have mean intent E[I^(1+a)] / E[I^a] = exp(sd² a) of log-normal intent, mean 1."""
    market = Touched(intent_confounding=confounding)
    for name, power in (("搜索广告", 1.4), ("抖音信息流", 0.0)):
        intent = intent_of(market, market.touches[market.touches.channel == NAMES.index(name)])
        planted_mean = np.exp(0.81 * power * confounding)
        # Touches of one visitor share its intent: about as many are independent as there are visitors.
        assert intent.mean() == pytest.approx(planted_mean, rel=0.12 if power * confounding > 1 else 0.06)


def test_visits_follow_intent_and_say_no_more_of_it_than_poisson_counts_do(market):
    visits = organic_visits(market.scene, market.visitors)
    stays = (market.visitors.leaves - market.visitors.enters.clip(lower=0)).clip(lower=0)
    expected = 0.045 * market.visitors.intent * stays
    assert (visits.channel == VISIT).all()
    assert len(visits) == pytest.approx(expected.sum(), abs=3.3 * expected.sum() ** 0.5)
    found = np.bincount(visits.visitor, minlength=len(market.visitors))
    assert ((found - expected) ** 2).sum() / expected.sum() == pytest.approx(1, abs=0.1)


def test_touches_lie_in_the_market_and_in_the_worlds_days(market):
    mine = market.visitors.iloc[market.touches.visitor].reset_index(drop=True)
    own = (market.touches.serial < 1000).to_numpy()
    assert (market.touches.time >= mine.enters.clip(lower=0)).all()
    assert (market.touches.time[own] < mine.leaves[own]).all()
    assert market.touches.time.between(0, 730).all()


def test_a_segment_is_touched_more_by_the_channel_that_it_favours(market):
    segment = market.visitors.segment.to_numpy()[market.touches.visitor]
    share = pd.crosstab(segment, market.touches.channel, normalize="index")
    assert share.loc[2, 7] > 1.7 * share[7].drop(2).max()  # 成分研究, by 知识社区
    assert share.loc[1, 0] > 1.3 * share[0].drop(1).max()  # 新品探索, by 抖音信息流


def test_regions_are_touched_as_spend_is_spread_over_them(market):
    feed = market.touches[market.touches.channel == 0]
    bought = volumes(market.scene.world, market.usual)[0, :104].sum(axis=0)
    found = np.bincount(feed.place, minlength=20) / len(feed)
    assert found == pytest.approx(bought / bought.sum(), abs=0.02)
    assert found.argmax() == shares_of_places().argmax()
