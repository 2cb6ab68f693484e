"""Paired runs: what comes of two media plans under the same luck, and of channels switched off."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from shopkeeper.simulate.channels import NAMES
from shopkeeper.simulate.checkout import make_orders
from shopkeeper.simulate.choices import make_requests
from shopkeeper.simulate.draws import Floats
from shopkeeper.simulate.journeys import Journeys, make_journeys
from shopkeeper.simulate.media import week_starts
from shopkeeper.simulate.names import REGIONS
from shopkeeper.simulate.occasions import make_occasions
from shopkeeper.simulate.people import make_people
from shopkeeper.simulate.prices import weeks
from shopkeeper.simulate.scene import Scene

_SOON = np.timedelta64(30, "D")
FIGURES = ("new_customers", "orders", "net_revenue", "net_revenue_first", "orders_30", "net_revenue_30")


def orders_of(scene: Scene, arrivals: pd.DataFrame) -> pd.DataFrame:
    """Orders of those who arrive, shelves full and no messages sent: customer (place among arrivals), region, at, day,
    net_revenue (yuan), is_first, and is_soon (within 30 days of the first, itself included).

    arrivals: of journeys; of several runs at once where they are stacked.
    """
    people = make_people(scene.world, scene.draws, scene.segments, arrivals)
    occasions, _ = make_occasions(scene, people)
    requests, _ = make_requests(scene, people, occasions)
    orders, _ = make_orders(scene, people, occasions, requests.assign(sold=requests.quantity))
    first = orders.groupby("customer")["at"].transform("min")
    return orders[["customer", "at", "day"]].assign(
        region=np.array(REGIONS)[people.place.to_numpy()[orders.customer]],
        net_revenue=orders.net_fen / 100,
        is_first=~orders.customer.duplicated(),
        is_soon=orders["at"] <= first + _SOON,
    )


def differences(scene: Scene, arrivals: pd.DataFrame, others: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Orders, as orders_of gives them, with run and sign: 1 for those of the first run that the other (its place among others)
    has not, -1 for those that it has instead. Only customers who come at another time or for another reason are simulated.
    """
    parts = []
    for run, other in enumerate(others):
        parts += [_unlike(arrivals, other).assign(run=run, sign=1), _unlike(other, arrivals).assign(run=run, sign=-1)]
    stacked = pd.concat(parts, ignore_index=True)
    orders = orders_of(scene, stacked)
    return orders.assign(**{name: stacked[name].to_numpy()[orders.customer] for name in ("run", "sign")})


def _unlike(arrivals: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Arrivals that are not among the others as they are."""
    names = ["key", "first_at", "cause"]
    same = pd.MultiIndex.from_frame(arrivals[names]).isin(pd.MultiIndex.from_frame(others[names]))
    return arrivals[~same]


def sums(orders: pd.DataFrame) -> pd.DataFrame:
    """What each order counts for: FIGURES, by sign."""
    sign, money = orders.sign, orders.sign * orders.net_revenue
    return pd.DataFrame({
        "new_customers": sign * orders.is_first,
        "orders": sign,
        "net_revenue": money,
        "net_revenue_first": money * orders.is_first,
        "orders_30": sign * orders.is_soon,
        "net_revenue_30": money * orders.is_soon,
    })  # fmt: skip


def channel_effects(journeys: Journeys) -> pd.DataFrame:
    """What each channel's spend brought: all that came, less what comes of the same luck with it switched off over all days.

    By channel and week (period_start) of the order: FIGURES. net_revenue_first is of first orders; _30 of orders up to 30 days
    after them. The brand searches that a channel led to go with it. Shelves are full, no messages sent.
    """
    market = journeys.market
    others = [make_journeys(market, switched_off(journeys.spend, number)).arrivals for number in range(len(NAMES))]
    orders = differences(market.scene, journeys.arrivals, others)
    week = weeks(market.scene.world)[orders.day]
    cells = pd.MultiIndex.from_product(
        [range(len(NAMES)), range(weeks(market.scene.world)[market.scene.world.days - 1] + 1)]
    )
    table = sums(orders).groupby([orders.run, week]).sum().reindex(cells, fill_value=0)
    starts = pd.to_datetime(pd.Series(week_starts(market.scene.world))).to_numpy()
    channel, period_start = np.array(NAMES)[cells.get_level_values(0)], starts[cells.get_level_values(1)]
    names = {"channel": channel, "period_start": period_start}
    return table.assign(**names)[[*names, *FIGURES]].reset_index(drop=True)


def switched_off(spend: Floats, channel: int) -> Floats:
    """The spend without that of one channel."""
    spend = spend.copy()
    spend[channel] = 0
    return spend
