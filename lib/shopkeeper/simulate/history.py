"""All that happened in a world, before anybody exports it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from shopkeeper.simulate.aftermath import add_times, close_refunded, make_returns
from shopkeeper.simulate.arrivals import check_arrivals, make_arrivals
from shopkeeper.simulate.buyer import Replenisher
from shopkeeper.simulate.checkout import SALE, add_no_sales, make_orders
from shopkeeper.simulate.choices import Shares, make_requests
from shopkeeper.simulate.draws import Ints
from shopkeeper.simulate.experiments import read_tests
from shopkeeper.simulate.identities import buyer_nicks, order_numbers
from shopkeeper.simulate.journeys import Journeys, make_journeys, make_market
from shopkeeper.simulate.messages import reached, redeemed, send_messages
from shopkeeper.simulate.names import REGIONS
from shopkeeper.simulate.occasions import make_occasions
from shopkeeper.simulate.parting import Parting, depart
from shopkeeper.simulate.people import make_people
from shopkeeper.simulate.scene import Scene, set_scene
from shopkeeper.simulate.stock import Stock, run_stock
from shopkeeper.simulate.world import World


@dataclass(frozen=True)
class History:
    """What happened, with the truth of why. Frames name customers, SKUs, warehouses, events and campaigns by number.

    journeys: of the visitors that customers come out of; none without marketing, or where arrivals were given.
    """

    scene: Scene
    people: pd.DataFrame
    contacts: pd.DataFrame
    occasions: pd.DataFrame
    requests: pd.DataFrame
    shares: Shares
    stock: Stock
    orders: pd.DataFrame
    lines: pd.DataFrame
    returns: pd.DataFrame
    journeys: Journeys | None

    @cached_property
    def lifts(self) -> pd.DataFrame:
        """What was read from lift tests, beside what they truly changed; see experiments.read_tests."""
        assert self.journeys is not None
        sold = self.orders[self.orders.kind == SALE]
        region = np.array(REGIONS)[self.people.place.to_numpy()[sold.customer]]
        return read_tests(self.journeys, sold.assign(region=region, net_revenue=sold.net_fen / 100))


def live(
    world: World,
    arrivals: pd.DataFrame | None = None,
    scene: Scene | None = None,
    buyer: Replenisher | None = None,
) -> History:
    """Let a world run.

    arrivals: see arrivals.check_arrivals; where none are given they come out of journeys, or, without marketing, of
    make_arrivals. scene: a prepared one of this world, such as set_scene(world) with other prices. buyer: who replenishes in
    place of the world's own. Whatever is replaced, all else meets the same luck (common random numbers).
    """
    scene = set_scene(world) if scene is None else scene
    journeys = make_journeys(make_market(scene)) if world.marketing and arrivals is None else None
    arrivals = _arrivals(scene, journeys) if arrivals is None else arrivals
    people = make_people(world, scene.draws, scene.segments, check_arrivals(world, scene.segments, arrivals))
    people["nick"] = buyer_nicks(scene.draws, people)
    occasions, people["left"] = make_occasions(scene, people)
    contacts, occasions = send_messages(scene, people, occasions)
    wanted, shares = make_requests(scene, people, occasions)
    parting = Parting(scene, people, wanted)
    requests, stock = run_stock(scene, wanted, parting, buyer)
    occasions, people["left"] = depart(occasions, people.left, parting.gone_from)
    occasions, contacts = reached(occasions, contacts, parting.first_sale)
    orders, lines = make_orders(scene, people, occasions, requests)
    contacts = redeemed(contacts, orders)
    orders, lines = add_no_sales(scene, orders, lines)
    orders = add_times(scene.draws, orders)
    orders["order_id"] = order_numbers(scene.draws, orders)
    returns = make_returns(scene, people, orders, lines)
    orders = close_refunded(orders, returns)
    return History(scene, people, contacts, occasions, requests, shares, stock, orders, lines, returns, journeys)


def line_costs(history: History) -> Ints:
    """What one unit of each line cost on the day of its order, fen."""
    at = history.orders["at"].to_numpy()[history.lines["order"]].astype("datetime64[D]")
    day = (at - history.scene.world.starts_at.astype("datetime64[D]")).astype(np.int64)
    return np.asarray(history.scene.cost[day, history.lines["sku"].to_numpy()], np.int64)


def _arrivals(scene: Scene, journeys: Journeys | None) -> pd.DataFrame:
    """Those who come out of journeys, or come directly."""
    if journeys is not None:
        return journeys.arrivals
    return make_arrivals(scene.world, scene.draws, scene.segments, scene.events)
