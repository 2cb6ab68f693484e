"""Channels side by side: what each is credited with, what it really brings, short and long, and what follows for its budget."""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd

from shopkeeper.attribution import heuristics
from shopkeeper.attribution.study import Study
from shopkeeper.attribution.transforms import Floats
from shopkeeper.attribution.walk import Walk
from shopkeeper.attribution.worth import Value, first_orders
from shopkeeper.shop import Shop


def reported(shop: Shop, found: Study, walked: Walk | None) -> pd.DataFrame:
    """By channel (index), what it is credited with, a week of those that the mix learns from: customers, and sales, of each what a new
    customer brings within a month; the net_revenue of their first orders where new customers are not counted.

    By last click of journeys; where there are none, by the channel through which customers are said to have come.
    """
    since, until = found.panel.learnt[0], found.panel.weeks[-1] + pd.Timedelta(days=7)
    table = _credited(shop, walked, since, until)
    table = table.groupby([found.panel.parts.get(name, name) for name in table.index]).sum()
    sales = table.customers * found.of_new if found.of_new else table.sales
    return table.assign(sales=sales) / len(found.panel.learnt)


def _credited(shop: Shop, walked: Walk | None, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Customers and sales by channel, of first orders from one moment until another."""
    if walked:
        touches = walked.touches.filter(walked.touches.ordered_at >= since, walked.touches.ordered_at < until)
        mine = shop.load(heuristics.credit(touches, "last_click")).set_index("channel")
        return mine.rename(columns={"orders": "customers", "revenue": "sales"})
    first = shop.load(first_orders(shop, since.date(), until.date() - dt.timedelta(days=1))).set_index("channel")
    return pd.DataFrame({"customers": first.n, "sales": first.n * first.net_revenue})


def draws_of(found: Study) -> dict[str, Floats]:
    """By channel with spend, draws of sales per unit of spend: all together; of channels that the mix leaves out, of journeys."""
    mixed = {name: found.together.known["roas"][:, place] for place, name in enumerate(found.channels)}
    return {name: draws for name, draws in found.journeys.items() if name in found.spent.index} | mixed


def channel_rows(found: Study, said: pd.DataFrame, roas: Mapping[str, Floats], value: Value | None) -> pd.DataFrame:
    """One row per channel with spend, the largest first; nulls for what is not known.

    spend               of a usual week
    attributed_roas, attributed_cpa    as credited; said: of reported
    roas, low, high     sales per unit of spend that would not have come without it; roas: of draws_of
    cpa, cpa_low, cpa_high   spend by new customers who would not have come; where new customers are counted
    month, year (_low, _high)   gross profit per unit of spend, with all that new customers bring within a month and a year
    chance              that the year's is more than the spend
    """
    rows = [_row(found, name, said, roas.get(name), value) for name in found.spent.sort_values(ascending=False).index]
    return pd.DataFrame(rows)


def _row(found: Study, name: str, said: pd.DataFrame, roas: Floats | None, value: Value | None) -> dict[str, object]:
    spend = float(found.spent[name])
    row: dict[str, object] = {"channel": name, "spend": spend}
    if name in said.index and spend > 0:
        row |= {"attributed_roas": said.sales[name] / spend, "attributed_cpa": spend / max(said.customers[name], 1e-9)}
    if roas is None:
        return row
    row |= _around("roas", "", roas)
    if found.of_new:
        row |= _around("cpa", "cpa_", found.of_new / np.maximum(roas, 1e-9))
    if value and found.of_new and name in value.channels:
        month, year = (
            resized(each[:, value.channels.index(name)], len(roas)) * roas for each in (value.short, value.long)
        )
        row |= _around("month", "month_", month) | _around("year", "year_", year) | {"chance": float((year > 1).mean())}
    return row


def _around(name: str, prefix: str, draws: Floats) -> dict[str, float]:
    low, high = np.quantile(draws, [0.05, 0.95])
    return {name: float(np.median(draws)), f"{prefix}low": float(low), f"{prefix}high": float(high)}


def resized(draws: Floats, many: int) -> Floats:
    """So many of the draws, evenly chosen."""
    return np.asarray(draws[np.linspace(0, len(draws) - 1, many).astype(int)], np.float64)


def worth_of(found: Study, value: Value | None, gross_margin: float) -> Floats:
    """Draws × channels of the mix: gross profit per unit of sales, within a year where new customers are counted; else the brand's margin."""
    many, channels = len(found.together), found.channels
    if not (value and found.of_new):
        return np.full((many, len(channels)), gross_margin)
    return np.stack([resized(value.long[:, value.channels.index(name)], many) for name in channels], axis=1)


def overall(found: Study, roas: Mapping[str, Floats]) -> Floats:
    """Draws of sales per unit of spend of all channels together, as usually spent."""
    spend = np.array([found.spent[name] for name in roas])
    return np.asarray(np.stack(list(roas.values()), axis=1) @ spend / spend.sum(), np.float64)
