"""Features: what was known of each SKU on the evening before an origin, and what is known of each day ahead of it.

Nothing here reads a value of the origin or later, but for what is known ahead: the calendar, plans announced by then, and
outside signals told by then.

What all SKUs share, such as the brand's trend or its year before, is left to forecasts of the brand: of origins there are
too few to learn from, and trees that see such features tell origins apart by them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.occasions import calendar
from shopkeeper.demand.outside import Signals
from shopkeeper.demand.panel import AHEAD, Panel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_PAST = 56  # days before the first origin that is learnt from
_LITTLE = 0.02  # units a day, so that the log of nothing is finite
_LEVELS = {7: 0.1, 28: 0.4, 56: 0.3, 91: 0.2}  # windows of days and their weights in the level
_OF_DAY = (
    "weekday",
    "is_off",
    "off_nearby",
    "occasion",
    "phase",
)  # days until and since would tell one year's days apart
_RUN = 5  # days from its start, and to its end, on which a promotion's place is told


@dataclass(frozen=True)
class Known:
    """A panel with what is the same for all origins: its calendar, by day and those ahead, and the sum of all SKUs.

    outside: by name, values by day (those ahead included) and the day number on which each became known.
    """

    panel: Panel
    days: pd.DataFrame
    category: Ints
    total: Floats
    outside: Signals


def known(panel: Panel, outside: Signals | None = None) -> Known:
    """The panel with its calendar, categories and, where given, outside signals."""
    ahead = panel.days.append(pd.date_range(panel.days[-1] + pd.Timedelta(days=1), periods=AHEAD))
    days = calendar(panel.country, ahead)
    _, numbers = np.unique(days.occasion, return_inverse=True)
    number, _ = panel.category
    demand = np.nan_to_num(panel.demand)
    return Known(panel, days.assign(occasion=numbers), number, demand.sum(axis=0), outside or {})


def level(known: Known, origin: int) -> Floats:
    """The usual units a day of each SKU before the origin: recent days weigh more; of young ones, those since they began."""
    means = [weight * _mean(known, origin, window) for window, weight in _LEVELS.items()]
    return np.asarray(np.sum(means, axis=0) + 0.1 * _LITTLE)


def features(known: Known, origin: int, horizons: Ints) -> pd.DataFrame:
    """One row per horizon and SKU, SKUs running fastest; horizons: days after the origin, 0 its own.

    Logs are of units a day relative to `level`, which is log_level.
    """
    past = _past(known, origin)
    table = {name: np.tile(values, len(horizons)) for name, values in past.items()}
    ahead = [_ahead(known, origin, int(horizon)) for horizon in horizons]
    for name in ahead[0]:
        table[name] = np.concatenate([np.broadcast_to(day[name], len(known.category)) for day in ahead])
    return pd.DataFrame(table).astype(np.float32)


def _mean(known: Known, origin: int, window: int) -> Floats:
    """Mean demand a day over the window before the origin, of days since the SKU began; at least a week of them."""
    part = known.panel.demand[:, max(origin - window, 0) : origin]
    return np.asarray(np.nansum(part, axis=1) / np.maximum(np.sum(~np.isnan(part), axis=1), 7))


def _past(known: Known, origin: int) -> dict[str, Floats]:
    panel, usual = known.panel, level(known, origin)
    demand = np.nan_to_num(panel.demand[:, :origin])
    made = {"log_level": np.log(usual)}
    for window in (7, 14, 28, 91, 182):
        made[f"mean_{window}"] = _log(_mean(known, origin, window), usual)
    made |= _plain(known, origin, usual)
    recent = demand[:, -56:]
    made["varies"] = recent.std(axis=1) / (recent.mean(axis=1) + _LITTLE)
    made["sold_28"], made["sold_91"] = ((demand[:, -n:] > 0).mean(axis=1) for n in (28, 91))
    any_sold = (demand > 0).any(axis=1)
    made["quiet"] = np.where(any_sold, (demand[:, ::-1] > 0).argmax(axis=1), origin).astype(float)
    made["age"] = np.maximum(origin - panel.skus.launched.to_numpy(), 0).astype(float)
    made["was_out"] = panel.is_out[:, max(origin - 28, 0) : origin].mean(axis=1)
    made["category"] = known.category.astype(float)
    made |= {f"late {name}": np.full(len(usual), value) for name, value in _lately(known, origin).items()}
    return made | _prices(panel, origin) | _traffic(known, origin, usual)


def _log(value: Floats, usual: Floats) -> Floats:
    return np.asarray(np.log((value + _LITTLE) / (usual + _LITTLE)))


def _plain(known: Known, origin: int, usual: Floats) -> dict[str, Floats]:
    """The level of days without a promotion, and how much there was of each kind of late."""
    first = max(origin - 56, 0)
    plain = ~known.panel.is_promoted[:, first:origin]
    demand = np.nan_to_num(known.panel.demand[:, first:origin])
    made = {"plain": _log(((demand * plain).sum(axis=1) + usual) / (plain.sum(axis=1) + 1), usual)}
    for kind, plan in known.panel.plans.items():
        made[f"late {kind}"] = plan.size[:, max(origin - 28, 0) : origin].mean(axis=1)
    return made


def _prices(panel: Panel, origin: int) -> dict[str, Floats]:
    """The last price beside the SKU's mean of eight weeks; none where prices are not known."""
    price = panel.price[:, max(origin - 56, 0) : origin]
    if np.isnan(price).all():
        return {}
    count = np.sum(~np.isnan(price), axis=1)
    mean = np.where(count > 0, np.nansum(price, axis=1) / np.maximum(count, 1), np.nan)
    return {"price": np.log(price[:, -1] / mean)}


def _traffic(known: Known, origin: int, usual: Floats) -> dict[str, Floats]:
    """By signal its last week beside its last eight, and its last eight for each unit sold."""
    made = {}
    for name, values in known.panel.traffic.items():
        week, eight = (values[:, max(origin - n, 0) : origin].mean(axis=1) for n in (7, 56))
        made[f"{name} lately"] = np.log((week + 1) / (eight + 1))
        made[f"{name} a unit"] = np.log((eight + _LITTLE) / (usual + _LITTLE))
    return made


def _lately(known: Known, origin: int) -> dict[str, float]:
    """Of each outside signal its last week beside its last eight, in their standard deviations, as far as it was known then."""
    made = {}
    for name, (values, told) in known.outside.items():
        seen = np.where(told[:origin] < origin, values[:origin], np.nan)[-56:]
        spread = np.nanstd(seen) if (~np.isnan(seen)).sum() > 7 else 0.0
        made[name] = (
            float((np.nanmean(seen[-7:]) - np.nanmean(seen)) / spread)
            if spread > 0 and (~np.isnan(seen[-7:])).any()
            else np.nan
        )
    return made


def _ahead(known: Known, origin: int, horizon: int) -> dict[str, Floats]:
    """Of the day so many after the origin: the calendar, what is planned, and what such days brought before."""
    day = origin + horizon
    made = {name: np.array([known.days[name].iloc[day]], np.float64) for name in _OF_DAY}
    made["horizon"] = np.array([horizon], np.float64)
    made |= _weekday(known, origin, day) | _plans(known, origin, day) | _before(known, origin, day)
    for name, (values, told) in known.outside.items():
        made[f"outside {name}"] = np.where(told[day] < origin, values[day], np.nan)[None]
    return made


def _weekday(known: Known, origin: int, day: int) -> dict[str, Floats]:
    """What the same weekday sold in the eight weeks before, of the SKU and of all."""
    first = max(origin - 56, 0)
    same = np.arange(first, origin)[(np.arange(first, origin) - day) % 7 == 0]
    of_sku = np.nan_to_num(known.panel.demand[:, same]).mean(axis=1)
    usual = level(known, origin)
    of_all = known.total[same].mean() / (known.total[first:origin].mean() + 0.1)
    return {"same_weekday": _log((of_sku + 0.1 * usual) / 1.1, usual), "all_same_weekday": np.log([of_all + 0.01])}


def _plans(known: Known, origin: int, day: int) -> dict[str, Floats]:
    """Of each kind the SKU's own promotion and the share of all SKUs in one; the place of the day within it, and the week around."""
    made, span = {}, np.arange(day - 7, day + 8)
    span = span[(span >= 0) & (span < len(known.days))]
    here = int(np.searchsorted(span, day))
    is_on = np.zeros((len(known.category), len(span)), bool)
    for kind, plan in known.panel.plans.items():
        size = plan.seen(origin, span)
        made[kind], made[f"all {kind}"] = size[:, here], size[:, here].mean(keepdims=True)
        is_on |= size > 0
    if made:
        made["on_before"], made["on_after"] = is_on[:, :here].mean(axis=1), is_on[:, here + 1 :].mean(axis=1)
        made["since_start"] = np.cumprod(is_on[:, max(here - _RUN, 0) : here + 1][:, ::-1], axis=1).sum(axis=1)
        made["till_end"] = np.cumprod(is_on[:, here : here + _RUN + 1], axis=1).sum(axis=1)
    return made


def _before(known: Known, origin: int, day: int) -> dict[str, Floats]:
    """What the same day of the last such occasion sold of all SKUs, beside the four weeks before that occasion."""
    made = {"last_occasion": np.array([np.nan])}
    occasion, phase = (known.days[name].to_numpy() for name in ("occasion", "phase"))
    found = np.flatnonzero((occasion[:origin] == occasion[day]) & (phase[:origin] == phase[day]) & (phase[day] >= 0))
    if len(found) and (began := found[-1] - phase[day]) >= 28:
        made["last_occasion"] = np.log(
            [(known.total[found[-1]] + 0.1) / (known.total[began - 28 : began].mean() + 0.1)]
        )
    return made
