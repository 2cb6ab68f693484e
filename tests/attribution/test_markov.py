"""Markov chains: by hand, as another library has them, and as sure as their draws are."""

from collections import Counter

import mam
import numpy as np
import pandas as pd
import polars as pl
import pytest
from shopkeeper.attribution.markov import (
    Chain,
    best_order,
    chain,
    markov,
    order_scores,
    orders_of,
    posterior,
    transitions,
)
from shopkeeper.attribution.paths import steps
from shopkeeper.attribution.shapley import shapley
from shopkeeper.tables import DataError
from touches_by_hand import make_journeys

HAND = [("a b", 1.0), ("a", None), ("b", 1.0)]


def steps_of(journeys):
    return transitions(steps(make_journeys(*journeys))).to_pandas()


def drawn(n, seed=1, channels="abcde"):
    """Paths of up to ten touches; the more often the first channel is among them, the likelier an order."""
    draw, found = np.random.default_rng(seed), []
    for _ in range(n):
        path = draw.choice(list(channels), draw.integers(1, 11))
        found.append((" ".join(path), 1.0 if draw.random() < 0.1 + 0.1 * (path == "a").sum() else None))
    return found


def credited(table, name="share"):
    return dict(zip(table.channel, table[name], strict=True))


def test_removal_effects_by_hand():
    """Channel a follows the start in 2 of 3 journeys and leads to b in half; b always to an order: 2/3 of all, and 1/3 without a."""
    found = markov(chain(steps_of(HAND)), backing=0)
    assert credited(found, "removal_effect") == pytest.approx({"a": 0.5, "b": 1.0}, abs=1e-12)
    assert credited(found) == pytest.approx({"a": 1 / 3, "b": 2 / 3}, abs=1e-12)
    assert credited(found, "orders") == pytest.approx({"a": 2 / 3, "b": 4 / 3}, abs=1e-12)


def test_a_longer_memory_by_hand():
    """After a, b always leads to an order; after c never. The chain of order 1 cannot tell; that of order 2 needs no c."""
    seen = steps_of([("a b", 1.0), ("c b", None)])
    effects = {order: credited(markov(chain(seen, order), 0), "removal_effect") for order in (1, 2)}
    assert effects[1] == pytest.approx({"a": 0.5, "b": 1, "c": 0.5}, abs=1e-12)
    assert effects[2] == pytest.approx({"a": 1, "b": 1, "c": 0}, abs=1e-12)


def test_removal_effects_and_credit_agree_with_mam():
    journeys = drawn(400)
    frame = pl.DataFrame({
        "path": [" > ".join(path.split()) for path, _ in journeys],
        "n": [1] * len(journeys),
        "converted": [revenue is not None for _, revenue in journeys],
    })  # fmt: skip
    peer = mam.MAM(frame, "grouped_journey", "path", "converted", occurrences_colname="n").run_markov()
    theirs = peer.metadata["removal_effect"].removal_effect
    ours = markov(chain(steps_of(journeys)), backing=0)
    assert credited(ours, "removal_effect") == pytest.approx(theirs.to_dict(), abs=1e-9)
    # It then divides each order among its own touches in these proportions, where we divide all of them at once.
    share, rolled = credited(ours), Counter()
    for path, revenue in journeys:
        total = sum(share[channel] for channel in path.split())
        for channel in path.split():
            rolled[channel] += share[channel] / total * (revenue is not None)
    expected = peer.to_polars()
    assert rolled == pytest.approx(dict(zip(expected["channels"], expected["attribution"], strict=True)), abs=1e-9)


def walked(journeys, order):
    """What followed on each context, journey by journey."""
    seen = Counter()
    for path, revenue in journeys:
        steps = [step for k, step in enumerate(path.split()) if k == 0 or step != path.split()[k - 1]]
        for k, step in enumerate([*steps, "no" if revenue is None else "yes"]):
            seen[tuple((["-"] * order + steps[:k])[k:]) if order else (), step] += 1
    return seen


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_grouped_steps_count_as_journey_by_journey(order):
    journeys = drawn(150)
    found, ends = chain(steps_of(journeys), order), ("no", "yes")
    names, expected = [*found.channels, "-"], walked(journeys, order)
    for context, counts in enumerate(found.counts):
        digits = [context // 6**k % 6 for k in reversed(range(order))]
        for name, n in zip([*found.channels, *ends], counts, strict=True):
            assert n == expected.pop((tuple(names[digit] for digit in digits), name), 0)
    assert not expected


@pytest.mark.parametrize("order", [1, 2, 3])
def test_what_is_reached_is_what_was_seen_and_credit_adds_up(order):
    """Whatever the order, a chain of the counts alone ends with an order as often as the journeys did."""
    journeys = drawn(300)
    found = chain(steps_of(journeys), order)
    n = sum(revenue is not None for _, revenue in journeys)
    assert found.orders == n
    assert markov(found, 0).orders.sum() == pytest.approx(n, abs=1e-9)
    keeps_all = np.ones((1, 5), bool)
    assert orders_of(found, 0)(keeps_all) == pytest.approx([n], abs=1e-9)


def test_a_channel_that_leads_nowhere_has_no_credit():
    table = markov(chain(steps_of([*HAND, ("c", None), ("c", None)])), backing=0)
    assert credited(table)["c"] == pytest.approx(0, abs=1e-12)


def test_names_are_only_names():
    names = {"a": "<b>a</b>", "b": "a>b,(null)"}
    renamed = [(" ".join(names[step] for step in path.split()), revenue) for path, revenue in HAND]
    assert credited(markov(chain(steps_of(renamed)), 0)) == pytest.approx({"<b>a</b>": 1 / 3, "a>b,(null)": 2 / 3})


def test_a_context_seldom_seen_behaves_as_its_later_steps_do():
    """After c, b was seen once, with an order; b 101 times, with 61; and b behaves a little as steps do on the whole."""
    seen = steps_of([("c b", 1.0), *[("b", 1.0)] * 60, *[("b", None)] * 40])
    believed = posterior(chain(seen, 2), backing=9.0)
    c, no_order, order = 1 + 9 / 4, 40 + 9 / 4, 61 + 9 / 4
    after_b = (61 + 9 * order / (c + no_order + order)) / (101 + 9)
    assert believed[3 * 1 + 0].sum() == pytest.approx(10)
    assert believed[3 * 1 + 0, -1] == pytest.approx(1 + 9 * after_b)


def shares_of(follows):
    """Credit by dense algebra, of many chains of order 1 at once: (chains, channels)."""
    k = follows.shape[1] - 1
    keeps = [np.ones(k), *(1 - np.eye(k))]
    left = [np.linalg.solve(np.eye(k) - follows[:, :k, :k] * keep, follows[:, :k, -1:])[:, :, 0] for keep in keeps]
    ends = np.array(
        [(follows[:, k, :k] * keep * reached).sum(axis=1) for keep, reached in zip(keeps, left, strict=True)]
    )
    lost = ends[0] - ends[1:]
    return (lost / lost.sum(axis=0)).T


def test_the_interval_is_that_of_draws_from_the_posterior():
    of, draw = chain(steps_of(drawn(400))), np.random.default_rng(1)
    table = markov(of)
    rows = [draw.dirichlet(np.maximum(row, 1e-300), 10_000) for row in posterior(of)]
    low, high = np.quantile(shares_of(np.stack(rows, axis=1)), (0.05, 0.95), axis=0)
    assert table.share_low.to_numpy() == pytest.approx(low, abs=0.004)
    assert table.share_high.to_numpy() == pytest.approx(high, abs=0.004)


def simulated(n, draw, follows):
    """Steps of n journeys of a chain of order 1, as transitions would have counted them."""
    k, counts = len(follows) - 1, np.zeros_like(follows)
    state = np.full(n, k)
    while len(state):
        state, counts = _onwards(draw, state, follows, counts)
    return Chain(tuple("abcde"[:k]), 1, counts)


def _onwards(draw, state, follows, counts):
    to = (draw.random(len(state))[:, None] > follows[state].cumsum(axis=1)).sum(axis=1)
    np.add.at(counts, (state, to), 1)
    return to[to < len(follows) - 1], counts


def true_chain(draw, k=5):
    """What follows on each of k channels, and on the start."""
    follows = draw.dirichlet(np.ones(k + 2), size=k + 1) * 0.5
    follows[:k, k] += 0.45
    follows[:k, k + 1] += 0.05
    follows[k, k:] = follows[np.arange(k), np.arange(k)] = 0.0
    return follows / follows.sum(axis=1, keepdims=True)


def test_the_interval_holds_the_true_credit_nine_times_in_ten():
    draw, held = np.random.default_rng(2), []
    for _ in range(100):
        follows = true_chain(draw)
        truth = markov(Chain(tuple("abcde"), 1, follows), backing=0).share
        told = markov(simulated(1500, draw, follows))
        held.append(truth.between(told.share_low, told.share_high))
    assert 0.87 <= np.mean(held) <= 0.93


def forgetful(n, seed):
    """Journeys of three channels that go on with any other one, and may end with an order after a."""
    draw, found = np.random.default_rng(seed), []
    for _ in range(n):
        path = [draw.choice(list("abc"))]
        while draw.random() < 0.7:
            path.append(draw.choice([step for step in "abc" if step != path[-1]]))
        found.append((" ".join(path), 1.0 if path[-1] == "a" and draw.random() < 0.5 else None))
    return found


def mindful(n, seed):
    """Two steps tell what comes: after a b may come an order, after c b none."""
    draw = np.random.default_rng(seed)
    return [(path, 1.0 if path == "a b" and draw.random() < 0.8 else None) for path in ["a b", "c b"] * (n // 2)]


@pytest.mark.parametrize(("journeys", "best"), [(forgetful, 1), (mindful, 2)])
def test_a_memory_is_as_long_as_it_foretells_later_journeys(journeys, best):
    scores = order_scores(steps_of(journeys(1000, 1)), steps_of(journeys(1000, 2)))
    assert best_order(scores) == best
    assert scores.log_loss[best] < scores.log_loss[0]


def test_ends_with_an_order_are_told_from_those_without():
    """An order is always after a b; so are 2 of 12 ends without one, which then are a draw."""
    scores = order_scores(steps_of(mindful(1000, 1)), steps_of(mindful(1000, 2)))
    assert scores.auc.tolist() == pytest.approx([0.5, 0.5, 11 / 12, 11 / 12], abs=0.02)


@pytest.mark.parametrize("order", [1, 2])
def test_a_chain_is_a_value_of_sets_of_channels(order):
    """Without one channel it is what removal leaves; without any, nothing."""
    of = chain(steps_of(drawn(300)), order)
    value, table = orders_of(of), markov(of)
    assert value(~np.eye(5, dtype=bool)) == pytest.approx(of.orders * (1 - table.removal_effect.to_numpy()), abs=1e-9)
    assert value(np.zeros((1, 5), bool)).tolist() == [0]
    shares, _ = shapley(value, 5, seed=1)
    assert shares.sum() == pytest.approx(of.orders, abs=1e-9)


def test_later_journeys_without_an_order_tell_nothing_of_ends():
    seen = steps_of(drawn(50))
    assert order_scores(seen, seen.assign(conversions=0)).auc.isna().all()


def test_of_many_channels_no_long_memory_is_tried():
    many = [(" ".join(f"c{(n + k) % 60}" for k in range(3)), 1.0) for n in range(60)]
    assert order_scores(steps_of(many), steps_of(many)).order.tolist() == [0, 1]


def test_journeys_that_cannot_tell_channels_apart_are_refused():
    with pytest.raises(DataError, match="one channel alone"):
        chain(steps_of([("a a", 1.0), ("a", None)]))
    with pytest.raises(DataError, match="none of 2 journeys led to an order"):
        chain(steps_of([("a b", None), ("a", None)]))
    with pytest.raises(DataError, match="no touch counts"):
        chain(pd.DataFrame(columns=["back_3", "back_2", "back_1", "channel", "journeys", "ended", "conversions"]))
