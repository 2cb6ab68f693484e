"""Worth: what a sale that a channel brings is worth beyond itself, draw by draw, by who comes through it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopkeeper.attribution.panel import FEWEST_WEEKS
from shopkeeper.attribution.transforms import Floats
from shopkeeper.clv import newcomers, study
from shopkeeper.clv.groups import Worth
from shopkeeper.clv.summary import enough
from shopkeeper.customers.activity import SETTLING
from shopkeeper.shop import Shop

_APART = 0.5  # deviation of what a channel's customers are worth, in all customers', before the data
_LEAST = 0.05  # of that, which no channel's customer is taken to be below
_FEWEST = dt.timedelta(weeks=FEWEST_WEEKS + 1)
_MONTH = 30  # days
_NAMED = 0.8  # share of orders whose customer is known, from which new customers are counted
MONTH = 1  # after the first order, whose repurchases the short view counts


@dataclass(frozen=True)
class Value:
    """Draws × channels, gross profit of a new customer, currency.

    month    of the first order and the month after it
    year     of the first order and the year after it, discounted
    known    by channel, whether enough of its customers are known; the others are taken to be like all
    of_new   what a new customer brings in sales within a month, in the mean of all: in this money new customers are counted
    """

    channels: tuple[str, ...]
    month: Floats
    year: Floats
    known: tuple[bool, ...]
    of_new: float

    @property
    def short(self) -> Floats:
        """Gross profit within a month per unit of sales, where these are new customers in money."""
        return np.asarray(self.month / self.of_new, np.float64)

    @property
    def long(self) -> Floats:
        """Gross profit within a year per unit of the same."""
        return np.asarray(self.year / self.of_new, np.float64)

    def joined(self, parts: Mapping[str, str]) -> "Value":
        """The same with channels that stand as one beside their parts, each worth what these are in the mean. parts: of Panel."""
        names = tuple(dict.fromkeys(parts.values()))
        of = [[self.channels.index(name) for name, its in parts.items() if its == whole] for whole in names]
        month, year = (
            np.column_stack([each, *(each[:, some].mean(axis=1) for some in of)]) for each in (self.month, self.year)
        )
        known = (*self.known, *(all(self.known[place] for place in some) for some in of))
        return replace(self, channels=(*self.channels, *names), month=month, year=year, known=known)


def worths(shop: Shop, seed: int) -> dict[str, Worth | None]:
    """What a new customer is worth, of all and by channel, as clv tells it; empty where customers are too few or clv's model fails."""
    history = study.known_customers(shop)
    if not enough(history)[0]:
        return {}
    known = study.study(shop, history, seed)
    return newcomers.worths(known, shop.brand.discount_rate, seed) if known.posterior.is_sound else {}


def settled(shop: Shop) -> dt.date:
    """The day from which a first order seen is taken for a customer's first: those who had bought before the data began are back by then.

    The data's own first day where hardly half a year would be left.
    """
    day = shop.first_day + dt.timedelta(days=SETTLING)
    return day if shop.as_of - day >= _FEWEST else shop.first_day


def of_new(shop: Shop) -> float:
    """What a new customer brings within a month, currency, in the mean of all, in whole cents; 0 where most orders name no customer,
    or hardly half a year is left in which new customers can be told from old ones.
    """
    named = shop.load(shop.orders.agg(share=shop.orders.customer_id.notnull().mean())).share.iloc[0]
    first = shop.load(first_orders(shop))
    if not named > _NAMED or first.empty or settled(shop) == shop.first_day:
        return 0.0
    return _of_new(first)


def _of_new(first: pd.DataFrame) -> float:
    """What a new customer brings within a month, in whole cents. first: rows of first_orders."""
    return round(float(np.average(first.month, weights=first.n)), 2)


def first_orders(shop: Shop, since: dt.date | None = None, until: dt.date | None = None) -> ir.Table:
    """One row per channel through which new customers came from one day until another (that day included): n customers, and means of
    net_revenue of the first order, and of month, of all orders of the first 30 days; of those whose 30 days are over, where there are any.
    """
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    named = named.mutate(first_at=named.ordered_at.min().over(group_by="customer_id"))
    is_first, is_soon = (
        named.ordered_at == named.first_at,
        named.ordered_at < named.first_at + ibis.interval(days=_MONTH),
    )
    each = named.group_by("customer_id", "first_at").agg(
        net_revenue=named.net_revenue.max(where=is_first), month=named.net_revenue.sum(where=is_soon)
    )
    last = until or shop.as_of
    each = each.filter(each.first_at.date() >= (since or settled(shop)), each.first_at.date() <= last)
    came = each.inner_join(shop.customers.select("customer_id", "acquired_through"), "customer_id")
    came = came.filter(came.acquired_through.notnull())
    is_over = came.first_at.date() <= shop.as_of - dt.timedelta(days=_MONTH)
    month = came.month.mean(where=is_over).fill_null(came.month.mean())
    return came.group_by(channel=came.acquired_through).agg(
        n=came.count(), net_revenue=came.net_revenue.mean(), month=month
    )


def value(worths: dict[str, Worth | None], first: pd.DataFrame, channels: tuple[str, ...], draws: int) -> Value | None:
    """What a new customer of each channel is worth, in so many draws. worths: by "channel" and "all", as clv.newcomers makes them;
    first: rows of first_orders. None where a brand's customers are too few to tell.

    Channels of too few customers are taken to be like all.
    """
    all_of, by = worths.get("all"), worths.get("channel")
    if all_of is None or first.empty:
        return None
    place = np.linspace(0, len(all_of.margin) - 1, draws).astype(int)
    known = tuple(by is not None and name in by.groups and name in set(first.channel) for name in channels)
    margin = np.stack(
        [by.margin[:, :, by.groups.index(name)] if is_known and by else all_of.margin[:, :, 0] for name, is_known in zip(channels, known, strict=True)],
        axis=-1,
    )[place]  # fmt: skip
    return Value(channels, margin[:, MONTH], margin[:, -1], known, _of_new(first))


def of_causes(found: Value, everyone: Value, causes: pd.DataFrame, seed: int) -> Value:
    """What a new customer is worth whom each channel brought, who need not be those that came through it last.

    found: by the channel that customers are said to have come through, of whom causes (of credit.cause_shares) tells what brought
    them; everyone: of one channel, all. Each group is a mixture, so what a channel's own are worth is told by how groups differ;
    channels that causes does not have stay as they are.
    """
    told = [
        name for name, is_known in zip(found.channels, found.known, strict=True) if is_known and name in causes.index
    ]
    brought = [name for name in causes.columns if name in found.channels]
    if not told or not brought:
        return found
    groups, place = [found.channels.index(name) for name in told], [found.channels.index(name) for name in brought]
    made = {}
    for name in ("month", "year"):
        by_group, all_of = getattr(found, name), getattr(everyone, name)
        ratio = _unmixed(by_group[:, groups] / all_of, causes.loc[told].to_numpy(), np.random.default_rng(seed))
        changed = by_group.copy()
        changed[:, place] = all_of * ratio[:, [causes.columns.get_loc(each) for each in brought]]
        made[name] = changed
    return replace(found, **made)


def _unmixed(ratio: Floats, shares: Floats, draw: np.random.Generator) -> Floats:
    """Draws × causes from draws × groups, each group's being the mean of its causes' by their shares (groups × causes); 1 before the data."""
    before = 1 + _APART * draw.normal(size=(len(ratio), shares.shape[1]))
    spread = _APART**2 * shares @ shares.T + np.diag(ratio.var(axis=0))
    weight = np.linalg.solve(spread, _APART**2 * shares)
    return np.maximum(before + (ratio - before @ shares.T) @ weight, _LEAST)
