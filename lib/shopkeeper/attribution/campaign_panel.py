"""Campaigns and the weeks around them: what each customer had spent before a day, and spent after it."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.attribution.matching import Floats
from shopkeeper.customers.campaigns import SMALLEST_HOLDOUT
from shopkeeper.shop import Shop

DAYS = 28  # over which a campaign is measured, and before it those that it is measured against
FEWEST = 10  # customers sent a campaign, from which it is measured
MOST = 20_000  # customers that a comparison is made of
BEFORE = tuple(f"before_{week}" for week in range(8, 0, -1))
AFTER = tuple(f"after_{week}" for week in range(1, 5))
_HISTORY = 364  # days that a history reaches back from where it ends
_STEP = 7  # days between those on which campaigns are pretended


@dataclass(frozen=True)
class Panel:
    """Days are counted from the first day of the data.

    campaigns: one row for each campaign and day on which it went out, in order of time: campaign, day, sent_on, offer (empty where
        not told), sent and redeemed (customers), held_out, and why it cannot be measured, empty where it can
    received: customers × names of campaigns, the day on which each first got each; not a number where never
    histories: by day, one row for each customer who had ordered until four weeks before it
    quiet: days a week apart on which no campaign began; none where no campaign can be measured
    """

    campaigns: pd.DataFrame
    names: list[str]
    received: Floats
    histories: dict[int, pd.DataFrame]
    quiet: list[int]


def messages(contacts: ir.Table) -> ir.Table:
    """One row for each customer and campaign: sent_on, the day of the first message; offer, is_redeemed, is_held."""
    return contacts.group_by("customer_id", "campaign").agg(
        sent_on=contacts.sent_at.min().date(),
        offer=contacts.offer.min(),
        is_redeemed=contacts.redeemed_at.notnull().any(),
        is_held=contacts.holdout.fill_null(False).all(),
    )


def histories(orders: ir.Table, days: list[dt.date]) -> ir.Table:
    """For each day, one row for each customer who had ordered until four weeks before it; net_revenue before returns.

    spent, order_days     in the year that ended four weeks before the day
    last                  days from the last order then to the day
    before_8 … before_1   spent in each of the eight weeks before the day
    after_1 … after_4     spent in each of the four weeks after, the day itself in the first

    Of more than 20,000 customers those whose pseudonyms come first, which is a draw by lot.
    """
    named = orders.filter(orders.customer_id.notnull())
    chosen = named.select("customer_id").distinct().order_by("customer_id").limit(MOST)
    daily = (
        named.semi_join(chosen, "customer_id")
        .group_by("customer_id", on=named.ordered_at.date())
        .agg(paid=named.net_revenue.sum())
    )
    each = daily.cross_join(ibis.memtable([(day,) for day in days], schema={"day": "date"}))
    each = each.mutate(ago=each.day.delta(each.on, unit="day"))
    each = each.filter(each.ago > -DAYS)
    is_past = each.ago > DAYS
    is_history = is_past & (each.ago <= DAYS + _HISTORY)
    first = {**{name: 7 * week for week, name in zip(range(8, 0, -1), BEFORE, strict=True)},
             **{name: -7 * week for week, name in enumerate(AFTER)}}  # fmt: skip
    weeks = {
        name: each.paid.sum(where=(each.ago <= ago) & (each.ago > ago - 7)).fill_null(0.0)
        for name, ago in first.items()
    }
    seen = each.group_by("day", "customer_id").agg(
        spent=each.paid.sum(where=is_history).fill_null(0.0),
        order_days=each.count(where=is_history),
        last=each.ago.min(where=is_past),
        **weeks,
    )
    return seen.filter(seen["last"].notnull())


def campaign_panel(shop: Shop) -> Panel:
    """All campaigns that the shop knows of, and what their measurement needs; without rows where it knows of none."""
    told = shop.load(messages(shop.contacts))
    first, last = (pd.Timestamp(day) for day in (shop.first_day, shop.as_of))
    told = told.assign(day=(told.sent_on - first).dt.days, offer=told.offer.fillna(""))
    campaigns = _campaigns(told, (last - first).days)
    measured, ends = campaigns.day[campaigns.why == ""], (last - first).days + 2 - DAYS
    between = set(range(2 * DAYS, ends, _STEP)) - set(campaigns.day)
    quiet = sorted(between) if len(measured) else []
    earlier = measured[measured >= 3 * DAYS] - DAYS
    days = sorted({*measured, *earlier, *quiet})
    lived = shop.load(histories(shop.orders, [(first + pd.Timedelta(days=day)).date() for day in days]))
    return _panel(campaigns, told[~told.is_held], lived.assign(day=(lived.day - first).dt.days), quiet)


def _campaigns(told: pd.DataFrame, last: int) -> pd.DataFrame:
    """One row for each campaign and day, and why it cannot be measured."""
    sent = told[~told.is_held].groupby(["campaign", "day", "sent_on"], as_index=False)
    rows = sent.agg(offer=("offer", "min"), sent=("customer_id", "size"), redeemed=("is_redeemed", "sum"))
    held = told.groupby("campaign").is_held.sum()
    rows = rows.assign(held_out=rows.campaign.map(held).astype("int64"))
    reasons = {
        "held": rows.held_out >= SMALLEST_HOLDOUT,
        "early": rows.day < 2 * DAYS,
        "late": rows.day + DAYS > last + 1,
        "few": rows.sent < FEWEST,
    }
    why = np.select(list(reasons.values()), list(reasons), "")
    return rows.assign(why=why.astype("str")).sort_values(["day", "campaign"], ignore_index=True)


def _panel(campaigns: pd.DataFrame, sent: pd.DataFrame, lived: pd.DataFrame, quiet: list[int]) -> Panel:
    customers = pd.Index(lived.customer_id.unique()).sort_values()
    names = sorted(sent.campaign.unique())
    received = np.full((len(customers), len(names)), np.nan)
    known = sent[sent.customer_id.isin(customers)]
    received[customers.get_indexer(known.customer_id), pd.Index(names).get_indexer(known.campaign)] = known.day
    lived = lived.assign(customer=customers.get_indexer(lived.customer_id)).drop(columns="customer_id")
    return Panel(campaigns, names, received, {int(day): rows for day, rows in lived.groupby("day")}, quiet)
