"""The panel: what was spent on each channel, and sold, by week and region."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.attribution.price_curve import elasticities
from shopkeeper.attribution.transforms import MAX_LAG, Floats
from shopkeeper.shop import Shop
from shopkeeper.sums import total
from shopkeeper.tables import DataError, offenders

FEWEST_WEEKS = 26  # with sales and spend, below which nothing is learnt
MOST_REGIONS = 5  # told apart; the smaller ones stand together
EVERYWHERE, OTHERS = "", "…"


@dataclass(frozen=True)
class Panel:
    """Weeks × regions × channels. The first MAX_LAG - 1 weeks are those whose spend is carried in.

    weeks      first day of each, rising by seven days
    regions    the largest first, OTHERS last where there are more; one, EVERYWHERE, where spend is known of no region
    spend      weeks × regions × channels, currency; of spend_of
    sales      weeks × regions, net_revenue, currency
    newcomers  weeks × regions, customers who ordered for the first time; 0 where customers are not known
    parts      by channel of the brand that stands as one with others, what they are called together
    bought     of price_curve.elasticities
    """

    weeks: pd.DatetimeIndex
    regions: tuple[str, ...]
    channels: tuple[str, ...]
    spend: Floats
    sales: Floats
    newcomers: Floats
    parts: Mapping[str, str] = field(default_factory=dict)
    bought: Mapping[str, float] = field(default_factory=dict)

    @property
    def learnt(self) -> pd.DatetimeIndex:
        """The weeks whose sales are learnt from."""
        return self.weeks[MAX_LAG - 1 :]

    @property
    def size(self) -> Floats:
        """Of each region, its share of all sales."""
        total = self.sales[MAX_LAG - 1 :].clip(min=0).sum(axis=0)
        return np.asarray(total / total.sum(), np.float64)

    @property
    def rises(self) -> Floats:
        """By channel, by how many percent what is bought rises with 1% more spend; 1 where that is not known."""
        return np.array([self.bought.get(name, 1.0) for name in self.channels])

    def until(self, week: int) -> "Panel":
        """The panel as it was after so many weeks."""
        parts = {name: getattr(self, name)[:week] for name in ("weeks", "spend", "sales", "newcomers")}
        return replace(self, **parts)

    def since(self, day: dt.date) -> "Panel":
        """The panel with nothing learnt of weeks that begin before the day; their spend is still carried in."""
        late = -(-max((pd.Timestamp(day) - self.learnt[0]).days, 0) // 7)
        parts = {name: getattr(self, name)[late:] for name in ("weeks", "spend", "sales", "newcomers")}
        return replace(self, **parts)

    def nationwide(self) -> "Panel":
        """The same, regions added up."""
        sums = {name: getattr(self, name).sum(axis=1, keepdims=True) for name in ("spend", "sales", "newcomers")}
        return replace(self, regions=(EVERYWHERE,), **sums)

    @property
    def twins(self) -> dict[str, str]:
        """By channel that stands as one with a larger one, that one."""
        first: dict[str, str] = {}
        return {name: larger for name, whole in self.parts.items() if (larger := first.setdefault(whole, name)) != name}

    def joined(self, twins: Mapping[str, str]) -> "Panel":
        """The same with channels added to others, by name, under the names of all; those alone that are there with the other."""
        known = {name: other for name, other in twins.items() if {name, other} <= {*self.channels}}
        groups = {name: [name] for name in self.channels if name not in known}
        for name in self.channels:
            groups[known.get(name, name)] += [name] if name in known else []
        spend = [
            self.spend[:, :, [self.channels.index(name) for name in names]].sum(axis=2) for names in groups.values()
        ]
        parts = {name: " + ".join(names) for names in groups.values() if len(names) > 1 for name in names}
        return replace(
            self,
            channels=tuple(" + ".join(names) for names in groups.values()),
            spend=np.stack(spend, axis=2),
            parts=parts,
        )

    def of(self, channels: tuple[str, ...]) -> "Panel":
        """The same with these channels alone."""
        places = [self.channels.index(name) for name in channels]
        return replace(self, channels=channels, spend=self.spend[:, :, places])


def daily_sales(shop: Shop) -> ir.Table:
    """One row per day and region: net_revenue, and newcomers, customers whose first order it was. Of orders; of totals where there are none."""
    if not shop.has("orders"):
        totals = shop.totals
        return totals.select("period_start", "period_days", "region", "net_revenue", newcomers=ibis.literal(0))
    orders = shop.orders
    first = orders.customer_id.notnull() & (orders.ordered_at == orders.ordered_at.min().over(group_by="customer_id"))
    each = orders.select("region", "net_revenue", period_start=orders.ordered_at.date(), is_first=first)
    sums = each.group_by("period_start", "region").agg(
        net_revenue=total(each.net_revenue), newcomers=each.is_first.sum()
    )
    return sums.mutate(period_days=ibis.literal(1))


def panel(shop: Shop) -> Panel:
    """The panel of a brand's media and sales, up to as_of.

    DataError where weeks are fewer than FEWEST_WEEKS, or no channel has spend.
    """
    planned = shop.load(shop.media)  # periods to come among them
    media = planned[
        planned.period_start + pd.to_timedelta(planned.period_days, unit="D") <= pd.Timestamp(shop.as_of) + _DAY
    ]
    sales = shop.load(daily_sales(shop))
    weeks = _weeks(media, sales, shop.as_of)
    regions = _regions(planned, sales)
    channels = _channels(media)
    sold = _laid_out(sales, weeks, {"region": regions}, ["net_revenue", "newcomers"])
    spend = spend_of(media, weeks, regions, channels, sold[..., 0].clip(min=0))
    return Panel(weeks, regions, channels, spend, sold[..., 0], sold[..., 1], bought=elasticities(media))


def spend_of(
    media: pd.DataFrame, weeks: pd.DatetimeIndex, regions: tuple[str, ...], channels: tuple[str, ...], sales: Floats
) -> Floats:
    """Spend by weeks × regions × channels, currency, of rows of media. What is known of no region, or of one that sells nothing, is shared
    out by sales (weeks × regions).
    """
    is_placed = media.region.notna() if regions[-1] == OTHERS else media.region.isin(regions)
    placed = _laid_out(media[is_placed], weeks, {"region": regions, "channel": channels}, ["spend"])[..., 0]
    return placed + _shared(media[~is_placed], weeks, channels, sales)


_DAY = pd.Timedelta(days=1)


def _weeks(media: pd.DataFrame, sales: pd.DataFrame, as_of: dt.date) -> pd.DatetimeIndex:
    """Whole weeks with spend and sales, on the weekday on which media periods begin, with the weeks of carry-in before."""
    start = media.period_start.min()
    late = max((sales.period_start.min() - start).days - 7 * (MAX_LAG - 1), 0)
    start += pd.Timedelta(days=7 * -(-late // 7))
    end = min((media.period_start + pd.to_timedelta(media.period_days, unit="D")).max(), pd.Timestamp(as_of) + _DAY)
    number = max((end - start).days // 7, 0)
    if number - MAX_LAG + 1 < FEWEST_WEEKS:
        raise DataError(
            f"media: {max(number, 0)} whole weeks have both spend and sales, the first {MAX_LAG - 1} of which are carried into the others. A media mix "
            f"takes {FEWEST_WEEKS + MAX_LAG - 1} or more, better 104. Put earlier weeks of spend into raw/ and import again."
        )
    return pd.date_range(start, periods=number, freq="7D")


def _regions(media: pd.DataFrame, sales: pd.DataFrame) -> tuple[str, ...]:
    """Regions whose spend is known, the largest first, as far as MOST_REGIONS allow."""
    known = set(media.region.dropna())
    if not known:
        return (EVERYWHERE,)
    by = sales.groupby("region").net_revenue.sum().sort_values(ascending=False, kind="stable")
    shown = [str(name) for name in by.index if name in known and by[name] > 0]
    if not shown:
        raise DataError(
            f"media: its {len(known)} regions ({offenders(sorted(known))}) are none of those of orders. Spend and sales of a region must bear one "
            "name; leave the region empty where spend went everywhere."
        )
    whole = len(shown) <= MOST_REGIONS and set(by.index) == set(shown) and sales.region.notna().all()
    return tuple(shown) if whole else (*shown[: MOST_REGIONS - 1], OTHERS)


def _channels(media: pd.DataFrame) -> tuple[str, ...]:
    spent = media.groupby("channel").spend.sum().sort_values(ascending=False, kind="stable")
    if not (spent > 0).any():
        raise DataError(
            f"media: none of {len(spent)} channels ({offenders(list(spent.index))}) has any spend. Import a file with what each channel cost."
        )
    return tuple(str(name) for name in spent.index[spent > 0])


def _laid_out(
    rows: pd.DataFrame, weeks: pd.DatetimeIndex, axes: dict[str, tuple[str, ...]], values: list[str]
) -> Floats:
    """Weeks × axes × values: each row's values shared evenly among the days of its period. What an axis does not name is its OTHERS'."""
    share = rows.loc[rows.index.repeat(rows.period_days)]
    since = (share.period_start - weeks[0]).dt.days.to_numpy() + share.groupby(level=0).cumcount().to_numpy()
    within = (since >= 0) & (since < 7 * len(weeks))
    share = share[within]
    places = [since[within] // 7]
    for name, known in axes.items():
        code = {each: place for place, each in enumerate(known)}
        last = len(known) - 1 if known[-1] in (OTHERS, EVERYWHERE) else -1
        places.append(share[name].map(code).fillna(last).to_numpy().astype(np.int64))
    is_known = np.all([place >= 0 for place in places], axis=0)
    sums = np.zeros((len(weeks), *(len(known) for known in axes.values()), len(values)))
    parts = share[values].to_numpy(np.float64) / share.period_days.to_numpy()[:, None]
    np.add.at(sums, tuple(place[is_known] for place in places), parts[is_known])
    return sums


def _shared(rows: pd.DataFrame, weeks: pd.DatetimeIndex, channels: tuple[str, ...], sales: Floats) -> Floats:
    """Spend that is known of no region, by region's share of all sales."""
    spend = _laid_out(rows, weeks, {"channel": channels}, ["spend"])[..., 0]
    return np.asarray(spend[:, None, :] * (sales.sum(axis=0) / sales.sum())[None, :, None], np.float64)
