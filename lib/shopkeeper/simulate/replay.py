"""Replay: what other media budgets would have brought, by the same luck."""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd

from shopkeeper.simulate.channels import NAMES
from shopkeeper.simulate.draws import Floats, Ints
from shopkeeper.simulate.journeys import Market, make_journeys
from shopkeeper.simulate.media import week_starts
from shopkeeper.simulate.names import REGIONS
from shopkeeper.simulate.paired import orders_of, sums
from shopkeeper.simulate.people import shares_of_places
from shopkeeper.tables import DataError, offenders

_COLUMNS = ["new_customers", "orders", "net_revenue"]


def replay(market: Market, plans: Mapping[str, pd.DataFrame], horizon: int) -> pd.DataFrame:
    """One row per plan: spend, new_customers, orders, net_revenue (yuan), of customers who come from the first week that any
    plan names to `horizon` days after the last.

    plans: by name, rows of channel, period_start (a Monday), region and spend in yuan, which replace the planned spend; all
    else stays as planned. region null: spread as the plan spreads that week, or as people are. What exceeds the room of a
    market (channels.py) buys nothing. Shelves are full and no messages sent.
    DataError for a channel, week or region that the world has not, and for days after its last, when nobody comes and nothing is bought.
    """
    named = [_weeks(market, plan) for plan in plans.values()]
    first, last = min(week.min() for week in named), max(week.max() for week in named)
    starts = week_starts(market.scene.world)
    since, until = pd.Timestamp(starts[first]), pd.Timestamp(starts[last]) + pd.Timedelta(7 + horizon, "D")
    _check_end(market, until, horizon)
    spends = [planned(market, plan) for plan in plans.values()]
    runs = pd.concat([make_journeys(market, spend).arrivals.assign(run=run) for run, spend in enumerate(spends)])
    stacked = runs[(runs.first_at >= since) & (runs.first_at < until)].reset_index(drop=True)
    orders = orders_of(market.scene, stacked).assign(sign=1)
    orders = orders[orders["at"] < until]
    found = (
        sums(orders)[_COLUMNS]
        .groupby(stacked.run.to_numpy()[orders.customer])
        .sum()
        .reindex(range(len(spends)), fill_value=0)
    )
    found.insert(0, "spend", [spend[:, first : last + 1].sum() for spend in spends])
    found.insert(0, "plan", list(plans))
    return found.reset_index(drop=True)


def _check_end(market: Market, until: pd.Timestamp, horizon: int) -> None:
    ends = pd.Timestamp(market.scene.world.ends_at)
    if until > ends:
        raise DataError(
            f"replay: {horizon} days after the last planned week are {until - pd.Timedelta(1, 'D'):%Y-%m-%d}, and this world ends on "
            f"{ends - pd.Timedelta(1, 'D'):%Y-%m-%d}: nobody comes after it. Plan earlier weeks, or give the world more days."
        )


def planned(market: Market, plan: pd.DataFrame) -> Floats:
    """The market's spend with the rows of a plan in place of it."""
    spend, week = market.spend.copy(), _weeks(market, plan)
    channel = _numbers(plan.channel, NAMES, "channel")
    is_everywhere = plan.region.isna() | (plan.region == "")
    place = _numbers(plan.region.where(~is_everywhere, REGIONS[0]), REGIONS, "region")
    for c, w, p, yuan, everywhere in zip(channel, week, place, plan.spend, is_everywhere, strict=True):
        if everywhere:
            usual = market.spend[c, w]
            spend[c, w] = yuan * (usual / usual.sum() if usual.sum() > 0 else shares_of_places())
        else:
            spend[c, w, p] = yuan
    return spend


def _weeks(market: Market, plan: pd.DataFrame) -> Ints:
    days: list[dt.date] = [day.date() for day in pd.to_datetime(plan.period_start)]
    return _numbers(pd.Series(days), tuple(week_starts(market.scene.world)), "period_start")


def _numbers(values: pd.Series, known: tuple[object, ...], name: str) -> Ints:
    place = {value: number for number, value in enumerate(known)}
    unknown = [value for value in values if value not in place]
    if unknown:
        raise DataError(
            f"replay: {name} of {len(unknown):,} of {len(values):,} rows are unknown to this world ({offenders(unknown)}); it "
            f"has {offenders(known, 8)}."
        )
    return np.array([place[value] for value in values], np.int64)
