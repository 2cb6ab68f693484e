"""The walk through journeys, from a brand's files to what each channel brought."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from by_hand import EVIL, csv_text, imported
from journeys_by_hand import AS_OF, CHANNELS, additive
from shopkeeper.attribution import findings, told
from shopkeeper.attribution.channels_report import rule_rows
from shopkeeper.attribution.walk import none_told, roas, walk
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop

TOUCHES = ["visitor_id", "customer_id", "touched_at", "channel", "kind", "cost"]
ORDERS = ["order_id", "customer_id", "ordered_at", "net_revenue"]


@pytest.fixture
def followed(bench):
    """A made world of journeys as a brand's files."""
    world = additive(3, visitors=9_000)
    touches, orders = (table.to_pandas() for table in world.tables())
    rows = (
        csv_text(names, *table[names].fillna("").itertuples(index=False))
        for names, table in ((TOUCHES, touches), (ORDERS, orders))
    )
    imported("acme", dict(zip(("touches.csv", "orders.csv"), rows, strict=True)))
    shop = Shop("acme", str(AS_OF))
    return world, shop, walk(shop, 1)


def test_what_each_channel_brought_is_recovered_from_a_brands_files(followed):
    world, _, found = followed
    assert found.is_sound
    whole = found.credit.orders.sum(axis=1) + found.credit.base_orders
    np.testing.assert_allclose(whole, found.orders, atol=1e-9 * found.orders)
    order = [found.credit.channels.index(name) for name in CHANNELS]
    low, high = np.quantile(found.credit.lost[:, order], [0.02, 0.98], axis=0)
    assert ((low <= world.lost) & (world.lost <= high)).sum() >= len(CHANNELS) - 1
    ours = np.abs(found.credit.lost.mean(axis=0)[order] - world.lost).sum()
    shown = rule_rows(found).set_index("channel")
    last = np.abs(shown.last_click.reindex(CHANNELS, fill_value=0.0).to_numpy() - world.lost).sum()
    assert ours < last / 2
    assert {*found.chain.channel} == {*CHANNELS, "own visit"}
    assert found.chain.orders.sum() == pytest.approx(found.orders)
    assert found.shapley.sum() == pytest.approx(found.orders)
    assert dict(shown.shapley) == {name: found.shapley[name] for name in shown.index}
    assert dict(shown.chain) == {
        one: each for one, each in zip(found.chain.channel, found.chain.orders, strict=True) if one in CHANNELS
    }
    # New customers count in money that is the same for each; where that is not known, their first orders do.
    one = found.credit.channels[0]
    np.testing.assert_allclose(roas(found, 120.0)[one], 120 * found.credit.lost[:, 0] / found.cost[one])
    np.testing.assert_allclose(roas(found, 0.0)[one], found.credit.missed[:, 0] / found.cost[one])


def test_of_a_channel_whose_touches_follow_intent_journeys_are_less_sure(followed):
    found = followed[2]
    one = found.credit.channels[0]
    calm, follows = (roas(replace(found, pull=pd.Series({one: pull})), 120.0)[one] for pull in (-0.5, 1.0))
    assert np.median(follows) == pytest.approx(np.median(calm), rel=0.05)
    assert np.log(follows).var() == pytest.approx(np.log(calm).var() + 0.6**2, rel=0.1)


def test_without_touches_the_report_says_what_carries_it(bench):
    imported("acme", {"orders.csv": csv_text(ORDERS, ("1", "ana", "2024-01-01 10:00:00", 5))})
    shop = Shop("acme")
    assert walk(shop, 1) is None
    assert roas(None, 1.0) == {}
    assert Words("en", "CNY").text(none_told(shop)).startswith("This brand has no journeys")


def one_channel() -> dict[str, str]:
    """Files of 400 visitors who met one channel, half of whom ordered the day after."""
    visitors = range(400)
    touches = [
        (f"v{n}", f"c{n}" if n % 2 else "", f"2024-01-{1 + n % 20:02} 10:00:00", EVIL, "click", 1) for n in visitors
    ]
    orders = [(f"o{n}", f"c{n}", f"2024-01-{2 + n % 20:02} 10:00:00", 50) for n in visitors if n % 2]
    return {"touches.csv": csv_text(TOUCHES, *touches), "orders.csv": csv_text(ORDERS, *orders)}


def test_own_visits_alone_are_no_journeys_from_an_ad(bench):
    visits = {name: text.replace(",click,", ",visit,") for name, text in one_channel().items()}
    imported("acme", visits)
    assert walk(Shop("acme"), 1) is None
    assert Words("en", "CNY").text(none_told(Shop("acme"))).startswith("Fewer than 200 new customers can be followed from an ad")  # fmt: skip


def test_one_channel_leaves_nothing_to_divide(bench):
    """Every order is that channel's by any rule, and the hazard still tells who would have come anyway."""
    imported("acme", one_channel())
    found = walk(Shop("acme"), 1)
    assert found.chain.empty
    assert list(rule_rows(found).last_click) == [200]
    assert found.credit.lost.mean() <= 200


def test_media_of_too_few_weeks_leave_the_report_to_journeys(bench):
    media = [(f"2024-01-{1 + 7 * week:02d}", 7, EVIL, 100) for week in range(4)]
    imported(
        "acme", one_channel() | {"media.csv": csv_text(["period_start", "period_days", "channel", "spend"], *media)}
    )
    found, words = findings.find(Shop("acme"), 1, 0.3), Words("en", "CNY")
    assert (found.media, found.budgets) == (None, None)
    said = words.text(told.media(found))
    assert said.startswith("Of media and lift tests nothing is learnt, so journeys carry this report alone. media: ")
    assert "whole weeks have both spend and sales" in said
    title, rows = told.rules(found)
    assert list(rows.channel) == [EVIL]
    assert "<img" not in words.html(title)
