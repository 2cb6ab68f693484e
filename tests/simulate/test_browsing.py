"""Browsing goes before orders, ends when customers leave, and leaves carts behind as planted."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson
from shopkeeper.simulate import World, live
from shopkeeper.simulate.browsing import CART, FAVOURITE, LOGIN, SEARCH, VIEW, make_events
from shopkeeper.simulate.visits import DAY, _poisson, make_visits

WEEK = 7 * DAY


@pytest.fixture(scope="module")
def events(brand):
    return make_events(brand)


def seconds_of(history, times):
    return (times.to_numpy().astype("datetime64[s]") - history.scene.world.starts_at).astype(np.int64)


def sales(history):
    """Customer, SKU and second of every line sold."""
    orders = history.orders[history.orders.kind == "sale"]
    lines = history.lines[history.lines["order"].isin(orders.index)]
    at = pd.Series(seconds_of(history, orders["at"]), orders.index)[lines["order"]].to_numpy()
    return pd.DataFrame(
        {"customer": orders.customer[lines["order"]].to_numpy(), "sku": lines["sku"].to_numpy(), "at": at}
    )


def followed(history, acts):
    """Whether each act on a SKU is followed by its sale to the same customer within 7 days."""
    pairs = acts.rename_axis("act").reset_index().merge(sales(history), on=["customer", "sku"], suffixes=("", "_sold"))
    wait = pairs.at_sold - pairs["at"]
    return acts.index.isin(pairs.act[(wait >= 0) & (wait < WEEK)])


def test_every_sku_sold_was_viewed_within_the_day_before(brand, events):
    views = events[events.kind == VIEW].merge(sales(brand), on=["customer", "sku"], suffixes=("", "_sold"))
    wait = views.at_sold - views["at"]
    last = wait[wait > 0].groupby([views.customer, views["sku"], views.at_sold]).min()
    lines = sales(brand)
    lines = lines[lines["at"] > DAY]
    found = last.reindex(pd.MultiIndex.from_frame(lines))
    assert found.notna().all()
    assert found.max() < DAY
    assert found.median() < 600


def test_events_are_in_order_of_time_and_on_the_worlds_days(brand, events):
    assert events["at"].is_monotonic_increasing
    assert events["at"].between(0, brand.scene.world.days * DAY - 1).all()
    is_seen = events.kind.isin([VIEW, FAVOURITE, CART])
    assert (events["sku"] >= 0).equals(is_seen)
    assert (events.word >= 0).equals(events.kind == SEARCH)
    launched = brand.scene.catalogue.skus.launched.to_numpy()[events["sku"][is_seen]]
    # The visit of an order placed on the day of the launch may begin just before it.
    assert (events["at"][is_seen] >= launched * DAY - 3600).all()


def test_who_has_left_hardly_looks_in_any_more(brand, events):
    left = brand.people.left.to_numpy()[events.customer]
    after = (events["at"] >= (left + 1) * DAY).sum()
    gone = (brand.scene.world.days - 1 - brand.people.left.dropna()).sum()
    here = (
        brand.people.first_at.notna().sum() * brand.scene.world.days / 2
    )  # customers come half-way on average, roughly
    assert 0 < after / gone < 0.03 * (len(events) - after) / here


def test_visits_without_an_order_follow_the_customers_own_rate(brand):
    visits = make_visits(brand)
    idle = visits[visits.occasion == -1]
    people = brand.people[brand.people.left.isna()]
    days = brand.scene.world.days - seconds_of(brand, people.first_at) / DAY
    for half in (people.rate < people.rate.median(), people.rate >= people.rate.median()):
        expected = (1.6 * people.rate * days)[half].sum()
        found = idle.customer.isin(people.index[half]).sum()
        assert found == pytest.approx(expected, abs=3.3 * expected**0.5)


def test_visits_before_an_order_that_a_message_brought_come_after_the_message():
    history = live(World(customers=1500, skus=16, message_lift=5))
    visits = make_visits(history)
    told = visits[visits.is_told].merge(history.contacts, left_on="customer", right_on="customer")
    goal = history.occasions.voucher[told.occasion].to_numpy()
    mine = told[told.campaign == goal]
    assert len(mine) > 200
    assert (mine.day > mine.sent).all()


@pytest.mark.parametrize("share", [0.65, 0.3])
def test_carts_come_to_nothing_as_often_as_planted(share):
    history = live(World(customers=4000, skus=50, abandoned=share))
    acts = make_events(history)
    carts = acts[acts.kind == CART]
    error = (share * (1 - share) / len(carts)) ** 0.5
    assert 1 - followed(history, carts).mean() == pytest.approx(share, abs=3.3 * error)
    assert len(carts) > 5000


def test_carts_of_what_is_bought_come_minutes_to_days_before(brand, events):
    carts = events[events.kind == CART]
    pairs = carts.rename_axis("act").reset_index().merge(sales(brand), on=["customer", "sku"], suffixes=("", "_sold"))
    wait = (pairs.at_sold - pairs["at"])[lambda w: (w >= 0) & (w < WEEK)]
    assert 0.3 < (wait < 3600).mean() < 0.95
    assert (wait > DAY).mean() > 0.05


def test_who_studies_ingredients_reads_three_times_as_long_and_of_actives(brand, events):
    views = events[events.kind == VIEW]
    names = np.array([segment.name for segment in brand.scene.segments])
    by = views.assign(
        reads=names[brand.people.segment.to_numpy()[views.customer]] == "成分研究",
        active=brand.scene.catalogue.skus.is_active.to_numpy()[views["sku"]],
    ).groupby("reads")
    mean, error = by.seconds.mean(), by.seconds.sem()
    ratio = mean[True] / mean[False]
    assert ratio == pytest.approx(3, abs=3.3 * ratio * ((error / mean) ** 2).sum() ** 0.5)
    assert by.active.mean()[True] > 1.3 * by.active.mean()[False]
    assert (events.seconds.notna() == (events.kind == VIEW)).all()


def test_about_half_the_customers_log_in_and_are_known_from_then_on(brand, events):
    logins = events[events.kind == LOGIN]
    assert logins.customer.is_unique
    assert len(logins) / events.customer.nunique() == pytest.approx(
        0.5, abs=3.3 * 0.5 / events.customer.nunique() ** 0.5
    )
    since = logins.set_index("customer")["at"].reindex(events.customer).to_numpy()
    assert (events.is_known.to_numpy() == (events["at"].to_numpy() >= since)).all()
    assert 0.3 < events.is_known.mean() < 0.5


def test_without_browsing_there_are_no_events_and_all_else_is_as_before(standard, written):
    without = written(browsing=0)
    assert standard.keys() - without.keys() == {"events.csv", "traffic.csv"}
    assert all(standard[name] == digest for name, digest in without.items())


def test_abandoned_carts_are_in_the_events_and_what_counts_them_alone(standard, written):
    other = written(abandoned=0.3)
    assert {name for name in standard if standard[name] != other[name]} == {"events.csv", "traffic.csv"}


def test_counts_of_visits_are_poisson():
    u, mean = np.random.default_rng(1).uniform(size=2000), np.repeat([0.01, 0.5, 3.0, 40.0], 500)
    assert (_poisson(u, mean) == poisson.ppf(u, mean)).all()
