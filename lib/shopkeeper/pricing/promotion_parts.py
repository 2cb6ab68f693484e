"""What stands behind a promotion's effect: which SKUs it was of, what its discount gave away, its margin, and the naive figure beside it."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.pricing.promotion_baseline import DRAWS, Spans
from shopkeeper.pricing.promotion_days import PromotionDays
from shopkeeper.pricing.promotion_net import Net, summed_within

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_NEAR = 56  # days on both sides whose ordinary days tell what is usual
_CERTAIN = 1.6449  # standard errors of a 90% interval


class Near(NamedTuple):
    """Draws × SKUs: units and net revenue of the ordinary days around one promotion."""

    units: Floats
    revenue: Floats


Found = tuple[Net, list[Near]]


def near_sales(told: PromotionDays, spans: Spans, seed: int) -> list[Near]:
    """By promotion, sales of the ordinary days around it, weeks weighing at random. Source: Rubin (1981), Annals of Statistics 9(1), 130-134."""
    luck, plain, made = np.random.default_rng(seed), np.flatnonzero(~told.is_promoted), []
    for first, last in zip(spans.first, spans.last, strict=True):
        away = np.maximum(first - plain, plain - last)
        # Where promotions follow each other closely, the nearest ordinary days are further away.
        days = plain[away <= max(_NEAR, int(np.sort(away)[: _NEAR // 2].max()))]
        week = np.unique(days // 7, return_inverse=True)[1]
        weight = luck.standard_exponential((DRAWS, week.max() + 1))
        begins = np.flatnonzero(np.diff(week, prepend=-1))
        made.append(
            Near(*(weight @ np.add.reduceat(table[:, days], begins, axis=1).T for table in (told.units, told.revenue)))
        )
    return made


def split_units(told: PromotionDays, spans: Spans, found: Found) -> dict[str, Floats]:
    """Draws × promotions: units beyond what would have sold on its days, of SKUs in it, of others of their categories, and of the rest."""
    like = _substitutes(told)
    groups = {"own_units": told.is_in, "substitute_units": like, "other_units": ~told.is_in & ~like}
    return {name: _beyond(told, spans, members, found) for name, members in groups.items()}


def _beyond(told: PromotionDays, spans: Spans, members: Bools, found: Found) -> Floats:
    columns = []
    for number, near in enumerate(found[1]):
        sold = told.units[members[number], spans.days(number)].sum()
        share = near.units[:, members[number]].sum(axis=1) / np.maximum(near.units.sum(axis=1), 1e-9)
        columns.append(sold - found[0].usual[:, number] * share)
    return np.stack(columns, axis=1)


def _substitutes(told: PromotionDays) -> Bools:
    """Promotions × SKUs: not in it, of a category of which others are."""
    codes = pd.factorize(told.skus.category)[0]
    touched = np.array([np.isin(codes, codes[row]) for row in told.is_in]).reshape(told.is_in.shape)
    return np.asarray(touched & ~told.is_in)


def money_given(told: PromotionDays, spans: Spans, found: Found) -> dict[str, Floats]:
    """Draws × promotions: what lower prices took off units that would have been bought anyway, on its days or around; and its share of all they took.

    A SKU's price is lower by what a unit brings less than on ordinary days around.
    """
    money, share = [], []
    for number, near in enumerate(found[1]):
        own = told.is_in[number]
        units, revenue = (table[own, spans.days(number)].sum(axis=1) for table in (told.units, told.revenue))
        usual = near.revenue.sum(axis=0)[own] / np.maximum(near.units.sum(axis=0)[own], 1e-9)
        drop = np.where((units > 0) & (usual > 0), np.maximum(usual - revenue / np.maximum(units, 1), 0.0), 0.0)
        wanted = np.maximum(found[0].usual[:, number] + np.maximum(found[0].pulled[:, number], 0), 0)
        of_all = near.units[:, own] / np.maximum(near.units.sum(axis=1), 1e-9)[:, None]
        money.append(np.minimum(wanted[:, None] * of_all, units) @ drop)
        share.append(money[-1] / max(float(units @ drop), 1e-9))
    return {"anyway": np.stack(money, axis=1), "anyway_share": np.stack(share, axis=1)}


def net_margin(told: PromotionDays, of: tuple[Spans, pd.DataFrame], found: Found) -> dict[str, Floats]:
    """Draws × promotions, currency: contribution of what sold on its days, less that of what would have, which earns as ordinary days around it do.

    of: spans, and sku, kept, cost. SKUs of which these are not known earn what the others of that day do; none known: nothing is told.
    """
    (spans, economics), (net, near) = of, found
    terms = told.skus[["sku"]].merge(economics[["sku", "kept", "cost"]].drop_duplicates("sku"), on="sku", how="left")
    known = (terms.kept.notna() & terms.cost.notna()).to_numpy()
    if not known.any():
        return {}
    kept, cost = (np.where(known, terms[name], 0.0).astype(np.float64) for name in ("kept", "cost"))
    daily, all_ = kept @ told.revenue - cost @ told.units, told.revenue.sum(axis=0)
    of_known = told.revenue[known].sum(axis=0)
    earned = daily * np.divide(all_, of_known, out=np.ones(len(all_)), where=of_known > 0)
    rates = [
        (each.revenue @ kept - each.units @ cost) / np.maximum(each.revenue[:, known].sum(axis=1), 1e-9)
        for each in near
    ]
    rate = np.stack(rates, axis=1)
    # Of what was wanted and not there as of what sold on its days.
    seen = (net.during + net.usual) / np.maximum(summed_within(told.totals.net_revenue.to_numpy(), spans), 1e-9)
    during, pulled = seen * summed_within(earned, spans) - net.usual * rate, net.pulled * rate
    later = net.later * (daily.sum() / max(of_known.sum(), 1e-9))
    return {"during_margin": during, "pulled_margin": pulled, "later_margin": later, "margin": during + later - pulled}


def beyond_before(told: PromotionDays, spans: Spans, days: int) -> pd.DataFrame:
    """naive_units, naive_net_revenue: sales on its days beyond the mean of so many days before, with the interval that the spread of these gives."""
    made: dict[str, Floats] = {}
    for name in ("units", "net_revenue"):
        series, rows = told.totals[name].to_numpy(), []
        for number, first in enumerate(spans.first):
            before, within = series[max(first - days, 0) : max(first, 0)], series[spans.days(number)]
            if len(before) < 2:
                rows.append((np.nan, np.nan))
                continue
            spread = before.std(ddof=1) * np.sqrt(len(within) + len(within) ** 2 / len(before))
            rows.append((within.sum() - before.mean() * len(within), _CERTAIN * spread))
        middle, half = np.array(rows).T
        made |= {f"naive_{name}": middle, f"naive_{name}_low": middle - half, f"naive_{name}_high": middle + half}
    return pd.DataFrame(made)


def unmet_rate(told: PromotionDays, spans: Spans) -> pd.Series:
    """By promotion, of the units wanted on its days, the share that was not there."""
    units = told.totals.units.to_numpy()
    sold, wanted = (summed_within(series, spans) for series in (units, units / told.totals.met.to_numpy()))
    return pd.Series(1 - np.divide(sold, wanted, out=np.ones(len(sold)), where=wanted > 0), name="unmet_rate")
