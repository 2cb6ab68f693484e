import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World, live
from shopkeeper.simulate.arrivals import make_arrivals
from shopkeeper.simulate.names import CHANNELS
from shopkeeper.simulate.scene import set_scene
from shopkeeper.tables import DataError

WORLD = World(customers=400, skus=24, stockouts=False, channel_sd=0, marketing=False)


@pytest.fixture(scope="module")
def arrivals():
    scene = set_scene(WORLD)
    return make_arrivals(WORLD, scene.draws, scene.segments, scene.events)


@pytest.fixture(scope="module")
def usual(arrivals):
    return live(WORLD, arrivals)


def of(history, keys, table="orders"):
    """What befell customers of these keys, whatever their rows are called."""
    columns = {"orders": ["key", "at", "order_id", "net_fen", "units"], "occasions": ["key", "number", "at", "kind"]}
    frame = getattr(history, table)
    return frame.loc[frame.key.isin(keys), columns[table]].sort_values(columns[table][:3]).reset_index(drop=True)


def test_customers_who_never_come_change_nothing_for_the_others(arrivals, usual):
    is_dropped = arrivals.channel == "直播"
    fewer = live(WORLD, arrivals.assign(first_at=arrivals.first_at.where(~is_dropped)))
    others = arrivals.key[~is_dropped]
    pd.testing.assert_frame_equal(of(fewer, others, "occasions"), of(usual, others, "occasions"))
    pd.testing.assert_frame_equal(of(fewer, others), of(usual, others))
    assert set(fewer.occasions.key) == set(others)
    assert len(fewer.people) == len(arrivals)


def test_a_table_without_their_rows_does_the_same_because_draws_hang_on_the_key(arrivals, usual):
    rest = arrivals[arrivals.channel != "直播"]
    pd.testing.assert_frame_equal(of(live(WORLD, rest), rest.key), of(usual, rest.key))


def test_a_channel_called_otherwise_changes_nobodys_behaviour(arrivals, usual):
    other = live(WORLD, arrivals.assign(channel="口碑"))
    pd.testing.assert_frame_equal(of(other, arrivals.key), of(usual, arrivals.key))


def test_first_at_and_channel_are_enough_and_a_region_is_kept():
    table = pd.DataFrame({"first_at": ["2024-08-01 10:00:00", None], "channel": "口碑", "region": ["新疆", None]})
    history = live(WORLD, table)
    assert history.people.key.tolist() == [0, 1]
    assert history.people.place[0] == 19
    assert history.orders["at"].min() == pd.Timestamp("2024-08-01 10:00:00")
    assert set(history.occasions.customer) == {0}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"first_at": "2023-01-01"}, "first_at of 400 of 400 rows lie outside 2024-07-01 to 2026-06-30"),
        ({"first_at": "2026-07-01"}, "first_at of 400 of 400 rows lie outside"),
        ({"key": 3}, r"key of 400 of 400 rows stand more than once; every customer has its own \(3, 3, 3, …\)"),
        ({"key": -1}, "key of 400 of 400 rows are no whole numbers"),
        ({"segment": "豪客"}, "segment of 400 of 400 rows are unknown; this world has 折扣敏感"),
        ({"region": "火星"}, "region of 400 of 400 rows are unknown"),
    ],
)
def test_arrivals_that_cannot_be_say_why(arrivals, change, said):
    with pytest.raises(DataError, match=said):
        live(WORLD, arrivals.assign(**change))


def test_arrivals_without_a_channel_say_so(arrivals):
    with pytest.raises(DataError, match="no column channel"):
        live(WORLD, arrivals.drop(columns="channel"))


def test_a_world_to_which_nobody_comes_says_so(arrivals):
    with pytest.raises(DataError, match="none of 400 rows has a first_at"):
        live(WORLD, arrivals.assign(first_at=pd.NaT))


def test_a_segment_comes_more_often_through_the_channel_that_it_favours():
    world = World(customers=20_000)
    scene = set_scene(world)
    arrivals = make_arrivals(world, scene.draws, scene.segments, scene.events)
    share = pd.crosstab(arrivals.segment, arrivals.channel, normalize="index")
    for label, _, place in CHANNELS:
        if place:
            favours = scene.segments[place - 1].name
            assert share.loc[favours, label] > 1.4 * share[label].drop(favours).max()
    planted = {segment.name: segment.share for segment in scene.segments}
    for name, found in arrivals.segment.value_counts(normalize=True).items():
        assert found == pytest.approx(planted[name], abs=3.3 * (planted[name] / 20_000) ** 0.5)


def test_promotions_bring_customers_and_say_which(arrivals):
    brought = arrivals[arrivals.brought_by == "618-2025"]
    assert len(brought) > 5
    assert brought.first_at.between("2025-06-01", "2025-06-21").all()


def test_a_channel_moves_the_purchase_rate_by_its_effect_alone():
    off, on = (live(World(customers=400, skus=24, channel_sd=sd, marketing=False)).people for sd in (0, 0.5))
    assert (on.rate / off.rate).to_numpy() == pytest.approx(on.channel_effect.to_numpy())
    assert on.groupby("channel").channel_effect.nunique().eq(1).all()
    assert np.log(on.channel_effect.unique()).std() == pytest.approx(0.5, abs=0.35)
    assert (off.channel_effect == 1).all()
