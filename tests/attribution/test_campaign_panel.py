"""Campaigns and the weeks around them: which can be measured, and what is counted in which week."""

import datetime as dt

import pandas as pd
import pytest
from by_hand import make_orders, rows
from made_campaigns import FIRST, sent_to, shop_of, weekly
from shopkeeper.attribution.campaign_panel import AFTER, BEFORE, campaign_panel, histories, messages

DAY = dt.date(2024, 3, 1)
NAMES = [f"c{n:02}" for n in range(40)]
LEVELS = dict.fromkeys(NAMES, 10.0)


def panel_of(*contacts, levels=LEVELS, weeks=40):
    last = FIRST + dt.timedelta(days=7 * weeks - 1)
    return campaign_panel(shop_of(weekly(levels, {}, weeks=weeks), pd.concat(contacts), FIRST, last))


def test_an_order_counts_in_its_week_or_in_the_history_that_ended_four_weeks_before():
    orders = make_orders(
        ("ana", "2024-03-01 08:00", 1.0),  # the day itself
        ("ana", "2024-03-28 23:59", 2.0),  # its 28th day
        ("ana", "2024-03-29 00:00", 999.0),
        ("ana", "2024-02-29 23:59", 4.0),  # the day before
        ("ana", "2024-02-02 00:00", 8.0),  # 28 days before
        ("ana", "2024-02-01 23:59", 16.0),  # 29 days before: history
        ("ana", "2024-01-05 10:00", 32.0),  # eight weeks before
        ("ana", "2023-02-03 10:00", 64.0),  # 392 days before, the first of the year's history
        ("ana", "2023-02-02 10:00", 999.0),
        (None, "2024-02-29 10:00", 999.0),
    )
    [ana] = rows(histories(orders, [DAY]))
    weeks = {name: ana[name] for name in (*BEFORE, *AFTER) if ana[name]}
    assert weeks == {"before_8": 32, "before_5": 16, "before_4": 8, "before_1": 4, "after_1": 1, "after_4": 2}
    assert (ana["spent"], ana["order_days"], ana["last"]) == (16 + 32 + 64, 3, 29)


def test_who_first_ordered_in_the_last_four_weeks_has_no_history_to_be_matched_on():
    orders = make_orders(("new", "2024-02-02", 5.0), ("old", "2024-02-01", 5.0))
    assert [row["customer_id"] for row in rows(histories(orders, [DAY]))] == ["old"]


def test_the_first_message_of_a_campaign_counts():
    twice = pd.concat([sent_to(["ana"]), sent_to(["ana"], day=150, redeemed_at=pd.Timestamp("2023-06-05"))])
    shop = shop_of(weekly({"ana": 5.0}, {}), twice, FIRST, DAY)
    [ana] = rows(messages(shop.contacts))
    assert (ana["sent_on"], ana["is_redeemed"], ana["is_held"]) == (FIRST + dt.timedelta(days=140), True, False)


@pytest.mark.parametrize(("day", "why"), [(55, "early"), (56, ""), (252, ""), (253, "late")])
def test_a_campaign_needs_eight_weeks_before_it_and_four_after(day, why):
    assert list(panel_of(sent_to(NAMES[:20], day=day)).campaigns.why) == [why]


@pytest.mark.parametrize(("n", "why"), [(9, "few"), (10, "")])
def test_a_campaign_to_fewer_than_ten_is_not_measured(n, why):
    assert list(panel_of(sent_to(NAMES[:n])).campaigns.why) == [why]


def test_where_twenty_were_held_out_by_lot_they_tell_and_count_as_not_sent():
    held = sent_to(NAMES[:20], holdout=True)
    [row] = panel_of(sent_to(NAMES[20:]), held).campaigns.itertuples()
    assert (row.why, row.sent, row.held_out) == ("held", 20, 20)
    few = panel_of(sent_to(NAMES[20:]), held.head(19))
    assert list(few.campaigns.why) == [""]
    assert (few.received[:20] != few.received[:20]).all()  # not a number: never got it


def test_pretended_campaigns_fall_between_the_real_ones():
    panel = panel_of(sent_to(NAMES[:20], day=140))
    assert panel.quiet[:2] == [56, 63]
    assert 140 not in panel.quiet
    assert max(panel.quiet) == 252
    assert set(panel.quiet) | {140, 112} == set(panel.histories)


def test_a_brand_without_campaigns_has_an_empty_panel():
    panel = panel_of(sent_to([]))
    assert (len(panel.campaigns), panel.quiet, panel.histories) == (0, [], {})
