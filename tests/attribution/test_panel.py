"""The panel: spend and sales by whole weeks, regions and channels, to the cent."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from by_hand import csv_text, imported
from shopkeeper.attribution.mix_model import no_tests
from shopkeeper.attribution.panel import EVERYWHERE, OTHERS, panel
from shopkeeper.attribution.plan import coming_plan, planned_weeks
from shopkeeper.attribution.study import joined, looked_at
from shopkeeper.attribution.transforms import MAX_LAG
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

MONDAY = dt.date(2024, 1, 1)
WEEKS = 40
ORDERS = ["order_id", "customer_id", "ordered_at", "net_revenue", "region"]
MEDIA = ["period_start", "period_days", "channel", "region", "spend", "known_on"]


def day(number: int) -> str:
    return str(MONDAY + dt.timedelta(days=number))


def brand(media: list[tuple], regions: tuple[str, ...] = ("north", "south"), weeks: int = WEEKS) -> Shop:
    """One order a week in each region, worth 10 times the region's place, by a new customer each time."""
    orders = [
        (f"{week}-{name}", f"c{week}-{name}", f"{day(7 * week + 2)} 10:00:00", 10 * (len(regions) - place), name)
        for week in range(weeks)
        for place, name in enumerate(regions)
    ]
    orders.append(("last", "last", f"{day(7 * weeks - 1)} 23:59:00", 1, regions[0]))
    imported("acme", {"orders.csv": csv_text(ORDERS, *orders), "media.csv": csv_text(MEDIA[: len(media[0])], *media)})
    return Shop("acme", day(7 * weeks - 1))


def test_spend_and_sales_add_up_by_week_and_region(bench):
    shop = brand([(day(7 * w), 7, "feed", name, 7 * (w + 1)) for w in range(WEEKS) for name in ("north", "south")])
    found = panel(shop)
    assert (found.regions, found.channels) == (("north", "south"), ("feed",))
    assert len(found.weeks) == WEEKS
    assert len(found.learnt) == WEEKS - MAX_LAG + 1
    np.testing.assert_allclose(found.spend[:, 0, 0], 7.0 * np.arange(1, WEEKS + 1))
    np.testing.assert_allclose(found.sales[:-1], [[20.0, 10.0]] * (WEEKS - 1))
    np.testing.assert_allclose(found.newcomers[:-1], 1.0)
    assert found.nationwide().spend.shape == (WEEKS, 1, 1)


def test_a_month_of_spend_is_shared_out_among_its_days(bench):
    shop = brand([(day(28 * month), 28, "feed", "north", 280) for month in range(WEEKS // 4)])
    np.testing.assert_allclose(panel(shop).spend.sum(axis=1)[:, 0], 70.0)


def test_spend_of_no_region_is_shared_out_by_sales(bench):
    media = [(day(7 * w), 7, "live", "", 30) for w in range(WEEKS)] + [
        (day(0), 7, "feed", "north", 1),
        (day(7), 7, "feed", "south", 1),
    ]
    found = panel(brand(media))
    live = found.spend[:, :, found.channels.index("live")]
    np.testing.assert_allclose(live.sum(axis=1), 30.0)
    np.testing.assert_allclose(live[5, 0] / live[5, 1], found.sales[:, 0].sum() / found.sales[:, 1].sum())


def test_without_regions_of_spend_the_brand_is_one(bench):
    assert panel(brand([(day(7 * w), 7, "feed", "", 5) for w in range(WEEKS)])).regions == (EVERYWHERE,)


def test_small_regions_stand_together_and_lose_nothing(bench):
    names = tuple("abcdefgh")
    media = [(day(7 * w), 7, "feed", name, 2) for w in range(WEEKS) for name in names]
    found = panel(brand(media, names))
    assert found.regions == ("a", "b", "c", "d", OTHERS)
    np.testing.assert_allclose(found.spend[:, -1, 0], 8.0)
    assert found.sales[3].sum() == sum(range(10, 90, 10))


def test_a_plan_is_seen_ahead_and_counts_for_nothing_before(bench):
    coming = [(day(7 * (WEEKS + ahead)), 7, "feed", "south", 100 + ahead, day(7 * WEEKS - 3)) for ahead in range(4)]
    shop = brand([(day(7 * w), 7, "feed", "north", 5, "") for w in range(WEEKS)] + coming)
    found = panel(shop)
    assert len(found.weeks) == WEEKS
    assert found.regions == ("north", "south")
    np.testing.assert_allclose(coming_plan(shop, found)[:, :, 0], [[0, 100 + ahead] for ahead in range(4)])


def test_weeks_beyond_the_plan_are_as_the_last_four_were(bench):
    coming = [(day(7 * WEEKS), 14, "feed", "north", 280, day(7 * WEEKS - 3))]
    shop = brand([(day(7 * w), 7, "feed", "north", w, "") for w in range(WEEKS)] + coming)
    np.testing.assert_allclose(coming_plan(shop, panel(shop))[:, 0, 0], [140, 140, WEEKS - 2.5, WEEKS - 2.5])
    assert planned_weeks(shop, panel(shop)) == 2


def test_days_of_a_week_that_has_begun_are_no_plan(bench):
    begun = 7 * (WEEKS - 1) + 3
    brand([(day(number), 1, "feed", "north", 100) for number in range(begun)])
    shop = Shop("acme", day(begun - 1))
    np.testing.assert_allclose(coming_plan(shop, panel(shop))[:, 0, 0], 700.0)
    assert planned_weeks(shop, panel(shop)) == 0


def test_what_is_left_of_a_begun_week_is_planned_with_what_is_over(bench):
    begun = 7 * (WEEKS - 1) + 3
    known = [
        (day(number), 1, "feed", "north", 100 if number < begun else 50, day(number if number < begun else begun - 1))
        for number in range(begun + 4)
    ]
    brand(known)
    shop = Shop("acme", day(begun - 1))
    np.testing.assert_allclose(coming_plan(shop, panel(shop))[:, 0, 0], [500, 700, 700, 700])


def test_spend_in_a_region_that_sells_nothing_is_shared_out_by_sales(bench):
    media = [
        (day(7 * w), 7, "feed", name, spend)
        for w in range(WEEKS)
        for name, spend in (("north", 100), ("south", 100), ("online", 800))
    ]
    shop = brand(media)
    found = panel(shop)
    assert found.regions == ("north", "south")
    np.testing.assert_allclose(found.spend.sum(axis=1), 1_000.0)
    np.testing.assert_allclose(coming_plan(shop, found).sum(axis=1), 1_000.0)
    assert found.spend[5, 0, 0] > 600


def test_weeks_before_a_day_are_carried_in_and_not_learnt_from(bench):
    found = panel(brand([(day(7 * w), 7, "feed", "north", w + 1) for w in range(WEEKS)]))
    later = found.since(MONDAY + dt.timedelta(days=90))
    assert later.learnt[0] == np.datetime64(MONDAY + dt.timedelta(days=91))
    assert later.spend[0, 0, 0] == 13 - MAX_LAG + 2
    assert list(found.since(MONDAY).weeks) == list(found.weeks)


def test_channels_that_stand_as_one_are_spent_and_planned_together(bench):
    rows = [
        (day(7 * w), 7, name, "north", spend, day(min(7 * w, 7 * WEEKS - 3)))
        for w in range(WEEKS + 4)
        for name, spend in (("feed", 50), ("live", 80), ("twin", 10))
    ]
    shop = brand(rows)
    found = panel(shop)
    one = found.joined({"twin": "live", "gone": "feed"})
    assert one.channels == ("live + twin", "feed")
    assert (one.twins, found.twins) == ({"twin": "live"}, {})
    np.testing.assert_allclose(one.nationwide().spend[3, 0], [90.0, 50.0])
    np.testing.assert_allclose(coming_plan(shop, one.of(("live + twin",)))[:, 0, 0], 90.0)
    assert found.joined(one.twins).channels == one.channels
    said = joined({"live": np.ones(3), "twin": np.zeros(3), "feed": np.full(3, 2.0)}, found, one.parts)
    assert {name: draws.mean() for name, draws in said.items()} == {"feed": 2.0, "live + twin": pytest.approx(80 / 90)}
    assert list(joined({"twin": np.zeros(3)}, found, one.parts)) == []


def test_where_a_region_has_no_new_customers_regions_are_added_up(bench):
    found = panel(brand([(day(7 * w), 7, "feed", name, 5) for w in range(WEEKS) for name in ("north", "south")]))
    assert looked_at(found, 50.0).regions == ("north", "south")
    lacking = replace(found, newcomers=found.newcomers * np.array([1.0, 0.0]))
    assert looked_at(lacking, 50.0).regions == (EVERYWHERE,)
    assert looked_at(lacking, 0.0) is lacking


@pytest.mark.parametrize(
    ("media", "fault"),
    [
        ([(day(7 * w), 7, "feed", "north", 0) for w in range(WEEKS)], r"none of 1 channels \(feed\) has any spend"),
        ([(day(7 * w), 7, "feed", "north", 5) for w in range(20)], r"20 whole weeks have both spend and sales.*takes 33 or more"),
        ([(day(7 * w), 7, "feed", "Nord", 5) for w in range(WEEKS)], r"its 1 regions \(Nord\) are none of those of orders"),
    ],
    ids=["no spend", "20 weeks", "other names for regions"],
)  # fmt: skip
def test_media_that_nothing_can_be_learnt_from_says_why(bench, media, fault):
    with pytest.raises(DataError, match=fault):
        panel(brand(media))


def test_nothing_tested_is_no_row():
    assert all(len(each) == 0 for each in no_tests().values())
