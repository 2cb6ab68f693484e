"""The truth of marketing: what each channel brought, why each customer came, what was planned, what the tests changed."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from shopkeeper.simulate.advertising import prices_paid
from shopkeeper.simulate.channels import NAMES
from shopkeeper.simulate.history import History
from shopkeeper.simulate.journeys import Journeys
from shopkeeper.simulate.media import price_curve, usual_spend, volumes, week_starts
from shopkeeper.simulate.names import REGIONS
from shopkeeper.simulate.paired import channel_effects


def _channel_effects(history: History, journeys: Journeys) -> pd.DataFrame:
    """See paired.channel_effects."""
    return channel_effects(journeys)


def _causes(history: History, journeys: Journeys) -> pd.DataFrame:
    """By customer, the parts of its hazard at the moment of its first order, in orders a day, those that are 0 left out: of
    the baseline (""), promotions and channels. is_cause: the one that it fell to, in proportion to them.
    """
    events = [event.name for event in history.scene.events]
    names = np.array(["", *events, *NAMES], object)
    customer, part = np.nonzero(journeys.parts)
    arrivals = journeys.arrivals
    cause = np.where(
        arrivals.brought_by != "", arrivals.brought_by, arrivals.cause.where(arrivals.cause.isin(NAMES), "")
    )
    return pd.DataFrame({
        "customer": customer,
        "part": names[part],
        "hazard": journeys.parts[customer, part],
        "is_cause": names[part] == cause[customer],
    })  # fmt: skip


def _media_plan(history: History, journeys: Journeys) -> pd.DataFrame:
    """By channel, week and region, in yuan: spend, usual_spend (without tests), touches that it buys, price of one, and its
    curve: price = price_first × (1 + touches / touches_doubled).
    """
    world, shape = history.scene.world, journeys.spend.shape
    first, doubled = price_curve(world)
    channel, week, place = np.indices(shape).reshape(3, -1)
    return pd.DataFrame({
        "channel": np.array(NAMES)[channel],
        "period_start": pd.to_datetime(pd.Series(week_starts(world))).to_numpy()[week],
        "region": np.array(REGIONS)[place],
        "spend": journeys.spend.ravel(),
        "usual_spend": usual_spend(history.scene).ravel(),
        "touches": volumes(world, journeys.spend).ravel(),
        "price": prices_paid(journeys).ravel(),
        "price_first": np.broadcast_to(first, shape).ravel(),
        "touches_doubled": np.broadcast_to(doubled, shape).ravel(),
    })  # fmt: skip


def _lift_tests(history: History, journeys: Journeys) -> pd.DataFrame:
    """What was read, beside true_lift; see experiments.read_tests."""
    return history.lifts


MARKETING: dict[str, Callable[[History, Journeys], pd.DataFrame]] = {
    "channel_effects": _channel_effects,
    "causes": _causes,
    "media_plan": _media_plan,
    "lift_tests": _lift_tests,
}
