"""The world that is simulated: every size and effect that is planted, in one place."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from shopkeeper.simulate.names import COMPETITORS
from shopkeeper.simulate.segments import SEGMENTS
from shopkeeper.tables import DataError

SETTLING = 30  # days simulated after the last one, so that a promotion can pull forward from beyond it


@dataclass(frozen=True)
class World:
    """One brand over some days. The same world makes the same files, to the byte.

    Effects: 1.0 is the size that a Tmall beauty brand would find usual, 0 switches the mechanism off.

    customers: how many ever order; with marketing in expectation.
    elasticity, elasticity_category_sd, elasticity_sku_sd: own-price elasticity of a SKU is
        elasticity + N(0, category_sd) + N(0, sku_sd), at most -0.3.
    category_elasticity: of a category's total demand, when all its prices move together, at the elasticity above; 0 lets
        prices move shares within categories alone.
    nest_sd: standard deviation between categories of the log odds of how far each follows its prices (nest).
    price_noise: standard deviation of the log price between promotions, set without regard to demand: about a third of
        the SKU-weeks are off the list price, by twice this on average.
    demand_shock: standard deviation of a SKU's weekly shock to its appeal, in log demand.
    price_confounding: how far the weekly log price follows that shock; 0 leaves price exogenous.
    cost_noise: standard deviation of the log unit cost around the SKU's own, which lasts for weeks and has no part in demand; half
        its variance is the maker's. 0: costs stand.
    cost_passthrough: how far the weekly log price follows the log cost. With it, or with price_confounding, prices stand below the
        list price by twice the spread of what moves them, so that they can rise too.
    competitors: other sellers of some of the SKUs, whose prices are told.
    competition: log appeal that a SKU loses for each unit of log price by which the cheapest of them is below it; 0: nobody looks.
    promotion_lift: extra purchases of customers in a promotion, relative to what its kind usually brings.
    message_lift: extra purchases of customers in the 14 days after a message, relative to their own rate; 0: messages
        bring nobody, and their vouchers are used by those who come anyway.
    browsing: visits before an order and between orders, relative to the usual; 0: nobody is watched, no events and no traffic.
    abandoned: share of additions to a cart whose SKU is not bought within 7 days, as far as enough is viewed.
    pull_forward: chance that a purchase planned right next to a promotion of size 1 waits for it or comes forward into
        it, before the segment's own waiting; it falls to none over 10 days before and 20 after.
    deal_only: scales the share of customers who buy in promotions or with a coupon only. 0: none, BG/NBD holds exactly where promotions
        and messages bring nobody.
    marketing: customers come out of journeys: visitors, touches of eight channels and media; without it they arrive
        directly, through a channel drawn by share, and there are no touches and no media. What each channel costs and does
        is planted in channels.py.
    intent_confounding: how far touches of search-like channels follow intent, which also makes people order; 0: touches
        find everybody alike.
    spend_follows_demand: how far media spend follows the market's own ups and downs (power of demand); 0: it is planned
        without regard to them.
    channel_sd: standard deviation of the log effect of a channel on the purchase rate of those whom it brought, or, without
        marketing, who came through it.
    refill: how strongly a category bought is avoided at first and wanted again when it is used up. 0: no memory.
    spend_sd: lasting differences between customers in how much they spend an order. 0: none.
    spend_frequency_correlation: of those differences with the purchase rate, in normal scores within a segment.
    unshipped_rate: share of orders refunded in full before they are sent.
    leave_after_stockout, leave_after_return: chance that a customer is lost for good who found less than it wanted, or
        whose goods came back; 0 leaves departures to the segment's own. promotions' effects and expected orders in the
        truth are without them.
    paired_promotions: also tell the effect of each promotion by a second run without it (truth/promotions).
    taste: standard deviation of lasting differences in what customers like. 0: all of a segment choose alike, and
        shares within a category are multinomial logit exactly.
    service_level: share of replenishment cycles that the buyer plans to get through without a stock-out.
    """

    seed: int = 7
    customers: int = 20_000
    first_day: dt.date = dt.date(2024, 7, 1)
    days: int = 730
    skus: int = 200
    categories: int = 8
    segments: int = 5
    segment_separation: float = 1.0
    elasticity: float = -2.2
    elasticity_category_sd: float = 0.4
    elasticity_sku_sd: float = 0.4
    category_elasticity: float = -0.8
    nest_sd: float = 0.0
    price_noise: float = 0.1
    demand_shock: float = 0.15
    price_confounding: float = 0.0
    cost_noise: float = 0.0
    cost_passthrough: float = 0.0
    competitors: int = 3
    competition: float = 0.0
    promotions: bool = True
    promotion_lift: float = 1.0
    message_lift: float = 0.3
    browsing: float = 1.0
    abandoned: float = 0.65
    pull_forward: float = 0.6
    deal_only: float = 1.0
    marketing: bool = True
    intent_confounding: float = 0.5
    spend_follows_demand: float = 0.4
    channel_sd: float = 0.15
    refill: float = 1.0
    taste: float = 1.0
    spend_sd: float = 1.0
    spend_frequency_correlation: float = 0.0
    stockouts: bool = True
    service_level: float = 0.85
    return_rate: float = 0.08
    unshipped_rate: float = 0.012
    unpaid_rate: float = 0.04
    fake_rate: float = 0.005
    gift_rate: float = 0.003
    leave_after_stockout: float = 0.0
    leave_after_return: float = 0.0
    masked_rate: float = 0.05
    paired_promotions: bool = True

    def __post_init__(self) -> None:
        """DataError where a value cannot be simulated."""
        wrong = [name for name, (low, high) in _BOUNDS.items() if not low <= getattr(self, name) <= high]
        if wrong:
            name = wrong[0]
            raise DataError(
                f"simulate: {name} is {getattr(self, name)}; it is from {_BOUNDS[name][0]} to {_BOUNDS[name][1]}."
            )
        if self.category_elasticity < self.elasticity:
            raise DataError(
                f"simulate: category_elasticity is {self.category_elasticity}; it is from elasticity, here "
                f"{self.elasticity}, to 0: a category's buyers have fewer ways out than a SKU's."
            )
        if self.first_day.year < 2024 or self.last_day.year > 2026:
            raise DataError(
                f"simulate: {self.first_day} to {self.last_day} leaves the years 2024 to 2026, whose festivals are known "
                "here. Choose days within them, or add years to simulate/promotions.py."
            )

    @property
    def last_day(self) -> dt.date:
        """The last day with orders, complete."""
        return self.first_day + dt.timedelta(days=self.days - 1)

    @property
    def nest(self) -> float:
        """How far a category's demand follows its inclusive value, in the mean: 0 not at all, 1 as if all SKUs were in one nest."""
        return self.category_elasticity / self.elasticity

    @property
    def starts_at(self) -> np.datetime64:
        """Midnight before the first day, to the second."""
        return np.datetime64(self.first_day, "s")

    @property
    def ends_at(self) -> np.datetime64:
        """Midnight after the last day."""
        return np.datetime64(self.date(self.days), "s")

    def date(self, day: int) -> dt.date:
        """The date of a day's number; day 0 is first_day."""
        return self.first_day + dt.timedelta(days=int(day))

    def day(self, date: dt.date) -> int:
        """A date's number; negative before first_day."""
        return (date - self.first_day).days


_BOUNDS = {
    "customers": (1, 5_000_000),
    "days": (28, 915),
    "skus": (8, 800),
    "categories": (1, 8),
    "segments": (1, len(SEGMENTS)),
    "segment_separation": (0, 2),
    "elasticity": (-8, -0.3),
    "category_elasticity": (-8, 0),
    "nest_sd": (0, 3),
    "price_noise": (0, 0.2),
    "demand_shock": (0, 1),
    "price_confounding": (0, 1),
    "cost_noise": (0, 0.3),
    "cost_passthrough": (0, 1),
    "competitors": (0, len(COMPETITORS)),
    "competition": (0, 8),
    "promotion_lift": (0, 5),
    "message_lift": (0, 5),
    "browsing": (0, 3),
    "abandoned": (0, 0.8),
    "pull_forward": (0, 0.8),
    "deal_only": (0, 3),
    "intent_confounding": (0, 1.5),
    "spend_follows_demand": (0, 2),
    "channel_sd": (0, 1),
    "refill": (0, 3),
    "taste": (0, 3),
    "spend_sd": (0, 2),
    "spend_frequency_correlation": (-1, 1),
    "service_level": (0.5, 0.999),
    "return_rate": (0, 0.5),
    "unshipped_rate": (0, 0.5),
    "unpaid_rate": (0, 0.5),
    "fake_rate": (0, 0.2),
    "gift_rate": (0, 0.2),
    "leave_after_stockout": (0, 1),
    "leave_after_return": (0, 1),
    "masked_rate": (0, 0.9),
}


def make_world(texts: dict[str, str]) -> World:
    """A world whose settings come as texts, as a command line has them. DataError for an unknown name or no value of its type."""
    known = {item.name: type(item.default) for item in fields(World)}
    if unknown := sorted(set(texts) - set(known)):
        raise DataError(f"simulate: no setting {', '.join(unknown)}; known are {', '.join(known)}.")
    return World(**{name: _value(name, known[name], text) for name, text in texts.items()})


def _value(name: str, kind: type, text: str) -> Any:
    try:
        return _READ[kind](text)
    except (ValueError, KeyError) as error:
        raise DataError(f"simulate: {name} is {text!r}; it is {_WORDS[kind]}.") from error


_READ: dict[type, Callable[[str], Any]] = {
    int: int,
    float: float,
    bool: {"true": True, "false": False}.__getitem__,
    dt.date: dt.date.fromisoformat,
}
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", dt.date: "a day, YYYY-MM-DD"}
