"""Causes: why a line stands on the order list, in words."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand import named
from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.occasions import occasions
from shopkeeper.demand.panel import AHEAD, Panel
from shopkeeper.report.words import Sentence, Value, change, count, day, percent, say

Floats = NDArray[np.float64]

_MOVED = 0.15  # rise of demand on the last four weeks that is worth a word
_NEW = 28  # days on sale
_SIGNALS = 0.1  # how much outside signals must move a SKU's forecast to be named


def causes(panel: Panel, lines: pd.DataFrame, signals: Floats | None) -> list[Sentence]:
    """Of each line (of replenish.order_list) why it is ordered: how long stock lasts, and what moves demand.

    signals: by SKU, how outside signals move its forecast, as a share; None where they are not used.
    """
    moved = _moved(panel, lines)
    return [_joined(_parts(panel, line, change_, signals)) for line, change_ in zip(lines.itertuples(), moved, strict=True)]  # fmt: skip


def _joined(parts: Iterator[Sentence]) -> Sentence:
    made = next(parts)
    for part in parts:
        made = say("{one}; {other}", one=made, other=part)
    return made


def _parts(panel: Panel, line: "pd.Series[float]", moved: float, signals: Floats | None) -> Iterator[Sentence]:
    yield _stock(line)
    until = int(np.ceil(line.lead_days_mean)) + 7
    promoted = _promotion(panel, int(line.place), until)
    if promoted:
        yield promoted
    if signals is not None and abs(signals[int(line.place)]) > _SIGNALS:
        yield say("outside signals: {change}", change=change(signals[int(line.place)]))
    age = len(panel.days) - int(panel.skus.launched[int(line.place)])
    if 0 <= age <= _NEW:
        yield say("on sale for {n} days", n=count(age))
    elif np.isfinite(moved) and moved > _MOVED:
        yield say("wanted {change} on the last four weeks", change=change(moved))
    if line.units and line.units <= line.moq:
        yield say("smallest order")


def _stock(line: "pd.Series[float]") -> Sentence:
    lead = count(line.lead_days_mean)
    if line.on_hand <= 0 and line.on_order > 0:
        return say("sold out, {n} on their way; an order takes {lead} days", n=count(line.on_order), lead=lead)
    if line.on_hand <= 0:
        return say("sold out; an order takes {lead} days", lead=lead)
    if line.on_order > 0:
        return say(
            "lasts {n} days, {more} on their way; an order takes {lead} days",
            n=count(line.cover),
            more=count(line.on_order),
            lead=lead,
        )
    return say("lasts {n} days, an order takes {lead}", n=count(line.cover), lead=lead)


def _promotion(panel: Panel, place: int, until: int) -> Sentence | None:
    """The first promotion planned before the order after this one arrives, and the occasion that it belongs to."""
    today = len(panel.days)
    ahead = np.arange(today, today + min(until, AHEAD))
    found = [
        (int(span[0]), kind, plan.size[place, today + span[0]])
        for kind, plan in panel.plans.items()
        if len(span := np.flatnonzero(plan.seen(today, ahead)[place]))
    ]
    if not found:
        return None
    start, kind, size = min(found)
    first = (panel.days[-1] + pd.Timedelta(days=start + 1)).date()
    facts: dict[str, Sentence | Value] = {"kind": named.promotion(kind), "day": day(first)}
    of = next((one for one in occasions(panel.country, [first.year]) if one.first <= first <= one.last), None)
    told = say("{kind} from {day}", **facts) if start else say("{kind} now", **facts)
    told = say("{told}, {occasion}", told=told, occasion=named.occasion(of.name)) if of else told
    return say("{told} ({size} off)", told=told, size=percent(size)) if kind == "discount" and 0 < size < 1 else told


def _moved(panel: Panel, lines: pd.DataFrame) -> Floats:
    """Demand expected a day beside that of the last four weeks, as a share, of each line's SKU."""
    expected = lines.groupby("place").daily.sum()
    lately = pd.Series(np.nan_to_num(panel.demand[:, -HORIZON:]).mean(axis=1))
    ratio = expected / lately.loc[expected.index].where(lambda units: units > 0) - 1
    return np.asarray(lines.place.map(ratio), np.float64)
