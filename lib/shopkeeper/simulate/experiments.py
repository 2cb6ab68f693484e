"""Experiments: what the shop reads from its lift tests, and what they truly changed."""

import datetime as dt

import numpy as np
import pandas as pd

from shopkeeper.simulate.draws import Floats
from shopkeeper.simulate.journeys import Journeys, make_journeys
from shopkeeper.simulate.lift_tests import LiftTest, changed_by, lift_tests
from shopkeeper.simulate.media import usual_spend, week_starts
from shopkeeper.simulate.names import REGIONS
from shopkeeper.simulate.paired import differences

# Of the noise in a region's revenue, what is left once like regions and the weeks before are compared with.
_LEFT = 0.35
_COLUMNS = ["channel", "region", "starts_on", "ends_on", "read_until", "spend_change", "lift", "lift_sd", "true_lift"]


def read_tests(journeys: Journeys, sold: pd.DataFrame) -> pd.DataFrame:
    """One row per test and region (empty: everywhere): spend_change, lift and lift_sd in yuan, and true_lift.

    true_lift: net_revenue from the first day to read_until, with the test less without it, of the same luck, shelves full and
    no messages. lift is this with Normal noise, a third of what the orders there vary by (Poisson, of their values). lift_sd is of this
    noise and of the luck of those who came or stayed away, since the shop asks what the change would bring again.
    sold: all orders with region, at, net_revenue.
    """
    market, tests = journeys.market, lift_tests(journeys.market.scene.world)
    if not tests:
        return pd.DataFrame(columns=_COLUMNS)
    usual = usual_spend(market.scene)
    spends = [changed_by(tuple(other for other in tests if other is not test), usual) for test in tests]
    runs = [make_journeys(market, spend).arrivals for spend in spends]
    orders = differences(market.scene, journeys.arrivals, runs)
    rows: list[tuple[object, ...]] = []
    for run, (test, spend) in enumerate(zip(tests, spends, strict=True)):
        change = (journeys.spend - spend)[test.number, test.during].sum(axis=0)
        rows += _readings(test, week_starts(market.scene.world)[test.week], change, (orders[orders.run == run], sold))
    table = pd.DataFrame(rows, columns=[*_COLUMNS, "noise"])
    lift = table.true_lift + table.noise * market.scene.draws.normal("lift", np.arange(len(table)))
    return table.assign(lift=lift)[_COLUMNS]


def _readings(
    test: LiftTest, begins: dt.date, change: Floats, orders: tuple[pd.DataFrame, pd.DataFrame]
) -> list[tuple[object, ...]]:
    """The rows of one test, lift not yet read. change: of spend, by region; orders: by which it differs, and all."""
    ends = begins + dt.timedelta(days=7 * test.weeks - 1)
    last = ends + dt.timedelta(days=test.read)
    differ, sold = (part[part["at"].dt.date.between(begins, last)] for part in orders)
    true = (differ.sign * differ.net_revenue).groupby(differ.region).sum()
    noise = (sold.net_revenue**2).groupby(sold.region).sum()
    luck = (differ.net_revenue**2).groupby(differ.region).sum()
    columns = {"change": change, "true": true, "noise": noise, "luck": luck}
    figures = pd.DataFrame(columns, index=pd.Index(REGIONS)).fillna(0.0)
    groups = {"": figures.sum()} if test.offset is None else {REGIONS[r]: figures.iloc[r] for r in test.regions}
    one = (orders[1].net_revenue ** 2).mean()
    noises = {name: _LEFT * (row.noise + one) ** 0.5 for name, row in groups.items()}
    return [
        (
            test.channel,
            name,
            begins,
            ends,
            last,
            row.change,
            np.nan,
            np.hypot(noises[name], row.luck**0.5),
            row.true,
            noises[name],
        )
        for name, row in groups.items()
    ]
