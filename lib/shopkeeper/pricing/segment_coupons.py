"""Coupons for some: to whom one would pay, how deep, and what protecting the prices of earlier buyers costs.

Shelf prices stay one for all. Everybody of a segment who buys is taken to redeem its coupon, also who would have bought anyway.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.customers.lifecycle import Limits
from shopkeeper.fits import kept
from shopkeeper.pricing.offers import SURE
from shopkeeper.pricing.optimise import Demand, contribution
from shopkeeper.pricing.panel import PricePanel
from shopkeeper.pricing.segment_response import segment_response
from shopkeeper.pricing.segment_units import OTHERS, SEGMENTS, WINDOW, segment_units, segments_on, usual_limits
from shopkeeper.report.decided import around
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]

DEPTHS = (0.05, 0.10, 0.15, 0.20)  # off the shelf price
SURELY = 0.95  # chance of a difference, from which its 90% interval leaves 0 out
FEWEST = 50  # customers of a segment, below which it gets no coupon of its own, as with contact lists
_LATELY = 3 * WINDOW  # days whose purchases tell which share of sales is a segment's
_BORROWED = 50  # units of the brand's shares that a market's own are mixed with
_ALIKE = 0.98  # of the usual price, paid in the mean, below which large orders pay less; 1.00 on complete_journey, .97 on a wholesaler
_COLUMNS = ["segment", "customers", "elasticity", "low", "high", "beside", "beside_low", "beside_high", "more", "depth", "gain", "gain_low", "gain_high", "probability", "protected"]  # fmt: skip
# Some draws choose a depth; the others tell what it brings, and know nothing of the choice.
_CHOOSE, _TELL = slice(0, None, 2), slice(1, None, 2)

Goods = tuple[pd.DataFrame, Demand]  # offers of the price list, and what is known of their demand


@dataclass(frozen=True)
class Coupons:
    """rows: one per segment of 50 customers or more whose answer to prices is told, with
        segment, customers    of today; whoever is known not to consent to be contacted is left out
        elasticity, low, high   of what it buys of a SKU beside the others of its market (mean, 90%)
        beside, beside_low, beside_high   by how much more it answers than all customers do, relative (mean, 90%); more: the chance that it does
        depth                 off the shelf price, of the coupon that brings most, or loses least, over four weeks; 0: prices never fell by 5%
        gain, gain_low, gain_high, probability   of that, currency, 90%, with the chance of a gain; what is protected is taken off
        protected             what earlier buyers of the segment may claim back, currency
        is_proposed           it gains by a chance of 90%, answers more by one of 95%, and prices do not go by quantity
    gains: draws × rows. all: draws of the elasticity of all customers; between: of the deviation between segments.
    deepest: discount that half of what sells has had before. by_quantity: whether large orders pay less for a unit.
    members: customer_id, segment of today, by these limits.
    """

    rows: pd.DataFrame
    gains: Floats
    all: Floats
    between: Floats
    deepest: float
    by_quantity: bool
    members: pd.DataFrame
    limits: Limits

    @property
    def total(self) -> Floats:
        """Draws of what the proposed coupons bring together."""
        return np.asarray(self.gains[:, self.rows.is_proposed.to_numpy(bool)].sum(axis=1))


def segment_coupons(shop: Shop, panel: PricePanel, goods: Goods, seed: int) -> Coupons | None:
    """What coupons would bring; None where too few purchases are of customers who are known, or of one segment alone."""
    limits = usual_limits(shop)
    units = segment_units(shop, panel, limits)
    response = kept(shop.brand, segment_response, units, panel, seed)
    if response is None:
        return None
    members, deepest, by_quantity = segments_on(shop, shop.as_of, limits), deepest_seen(panel), _goes_by_quantity(panel)
    late = units[panel.starts[units.period] > pd.Timestamp(shop.as_of - dt.timedelta(days=_LATELY))]
    shares, spent = segment_shares(late, goods[0], response.segments), spent_lately(shop, members)
    told, size = [], members.segment.value_counts()
    for name in [name for name in SEGMENTS if name in response.segments and size.get(name, 0) >= FEWEST]:
        difference = np.resize(response.of(name), len(goods[1].beside))
        claimed = shop.brand.price_protection_claim_rate * float(spent.get(name, 0.0))
        best = _best(_of_segment(goods, shares[name].to_numpy(), difference), claimed, deepest)
        told.append({"segment": name, "customers": int(size[name])} | _answer(goods, difference) | best)
    rows = pd.DataFrame(told, columns=_COLUMNS)
    sure = (rows.probability >= SURE) & (rows.more >= SURELY)
    gains = np.array([each["gains"] for each in told]).T.reshape(-1, len(rows))
    rows["is_proposed"] = (rows.depth > 0) & sure & (not by_quantity)
    return Coupons(rows, gains, _elasticity(goods), response.between, deepest, by_quantity, members, limits)


def _goes_by_quantity(panel: PricePanel) -> bool:
    """Who buys more at once then pays less: the price follows from who bought, and not the other way round."""
    sold = panel.sold.sum(axis=1)
    return float((panel.paid_rate * sold).sum() / max(sold.sum(), 1.0)) < _ALIKE


def segment_shares(units: pd.DataFrame, offers: pd.DataFrame, segments: list[str]) -> pd.DataFrame:
    """Offers × segments, 0–1: of what each offer sells, the share of each segment, as in its market of late, mixed with the brand's by 50 units.

    units: as of segment_units.
    """
    rows = units.assign(
        segment=units.segment.where(units.segment.isin(segments), OTHERS),
        market=units["sku"].map(offers.set_index("sku").market),
    )
    by = (
        rows.pivot_table(index="market", columns="segment", values="units", aggfunc="sum")
        .reindex(columns=segments)
        .fillna(0.0)
    )
    whole = by.sum() / max(float(by.to_numpy().sum()), 1.0)
    mixed = by.add(_BORROWED * whole).div(by.sum(axis=1) + _BORROWED, axis=0)
    return mixed.reindex(offers.market).fillna(whole).reset_index(drop=True)


def spent_lately(shop: Shop, members: pd.DataFrame) -> pd.Series:
    """By segment, what its members of today paid on the days within which a lower price may be claimed; currency."""
    since = ibis.literal(shop.as_of - dt.timedelta(days=shop.brand.price_protection_days))
    lines = shop.order_lines.join(shop.orders.select("order_id", "customer_id", "ordered_at"), "order_id")
    paid = ibis.coalesce(lines.customer_paid, lines.net_revenue)
    late = lines.mutate(paid=paid).filter((lines.ordered_at.date() > since) & lines.customer_id.notnull())
    spent = shop.load(late.group_by("customer_id").agg(paid=late.paid.sum()))
    return members.merge(spent, on="customer_id").groupby("segment").paid.sum()


def deepest_seen(panel: PricePanel) -> float:
    """The discount from its usual price that half of what sells has had before, 0–1: beyond it nothing was ever seen."""
    price = pd.DataFrame(np.where(panel.is_told, panel.price, np.nan))
    deepest = (1 - price.min(axis=1) / price.median(axis=1)).fillna(0.0).to_numpy()
    order = np.argsort(deepest)
    sold = np.cumsum(panel.sold.sum(axis=1)[order])
    return float(deepest[order][np.searchsorted(sold, sold[-1] / 2)])


def coupon_gains(goods: Goods, depths: Floats, claimed: float) -> Floats:
    """Draws × depths, currency over the horizon: what such a coupon on all offers brings those who buy by this demand, less what is protected.

    claimed: what was paid before that the difference may be claimed of.
    """
    offers, demand = goods
    price = offers.price.to_numpy(np.float64)
    now = contribution(offers, demand, price)
    then = np.array([contribution(offers, demand, (1 - depth) * price) for depth in depths]).T
    return np.asarray(then.reshape(len(now), -1) - now[:, None] - depths * claimed)


def _of_segment(goods: Goods, share: Floats, difference: Floats) -> Goods:
    """The offers as a segment sees them: its share of their units and of their stock, and its own elasticity."""
    offers, demand = goods
    return offers.assign(stock=offers.stock * share), Demand(
        demand.units * share, demand.beside + difference[:, None], demand.power
    )


def _best(goods: Goods, claimed: float, deepest: float) -> dict[str, Any]:
    depths = np.array([depth for depth in DEPTHS if depth <= deepest] or [0.0])
    gains = coupon_gains(goods, depths, claimed)
    best = int(gains[_CHOOSE].mean(axis=0).argmax())
    told = gains[_TELL, best]
    return around(told) | {"depth": depths[best], "protected": depths[best] * claimed, "gains": told}


def _answer(goods: Goods, difference: Floats) -> dict[str, Any]:
    of_all = _elasticity(goods)
    made, beside = of_all + difference, difference / of_all.mean()
    ends = {"": made, "beside_": beside}
    told = {
        f"{name}{end}": np.quantile(draws, at)
        for name, draws in ends.items()
        for end, at in (("low", 0.05), ("high", 0.95))
    }
    return told | {"elasticity": made.mean(), "beside": beside.mean(), "more": (difference < 0).mean()}


def _elasticity(goods: Goods) -> Floats:
    """Draws: the mean of the offers' elasticities beside the others of their markets, by units."""
    weight = goods[1].units.mean(axis=0)
    return np.asarray(goods[1].beside @ (weight / max(float(weight.sum()), 1e-9)))
