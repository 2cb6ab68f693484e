"""Market trend: which categories and SKUs rise or fade beyond season, and sales that left their forecast.

Trends read no value of the origin or later. See hits.py for what may sell next month.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from shopkeeper.demand.panel import Panel
from shopkeeper.tables import DataError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

HORIZON = 28  # days of four weeks, whose units are told
WEEKS = 8  # whose trend is read
_FEWEST_WEEKS = 4  # of them with plain days, to read one
_TIME = (np.arange(WEEKS) - (WEEKS - 1) / 2) / 4  # slopes are in log units over four weeks
_SPREAD = 0.2  # standard deviation of slopes that is allowed for even where they look alike
_EVEN = 5.0  # units a week from which SKUs count nearly alike in what the brand does
_TOLD = 0.2  # share of the brand that must be out of promotions for a day to tell its level
_USUAL, _SURE = 0.1, 10.0  # overdispersion (variance beyond the mean, over its square), and weeks that it counts for
_OF_LAST_YEAR = 0.5  # share of a category's slope a year before that is taken for season


@dataclass(frozen=True)
class Trends:
    """Trends of the last 8 weeks beyond the brand's, the weekday's, promotions' and half of last year's season.

    skus         one row per SKU on sale: sku, product, category, place (row of the panel), units (in 28 days), and
    categories   one row per category: category, units, and
        change, low, high   of the level in four weeks, as a share, with its 90 % interval
        probability         that the level rises; NaN where fewer than four weeks tell
    """

    skus: pd.DataFrame
    categories: pd.DataFrame


@dataclass(frozen=True)
class _Weeks:
    """Series × weeks: units on plain days, and how many would be usual on these, up to the series' level."""

    count: Floats
    usual: Floats


@dataclass(frozen=True)
class _Slope:
    """By series, log units over four weeks, and its posterior standard deviation."""

    mean: Floats
    sd: Floats


@dataclass(frozen=True)
class _Read:
    """What was counted, season taken into what is usual, and the slopes, by SKU and by category."""

    weeks: _Weeks
    whole: _Weeks
    skus: _Slope
    categories: _Slope


def trends(panel: Panel, origin: int) -> Trends:
    """Trends on the evening before a day number. DataError where fewer than 56 days lie before it.

    Weekly units of plain days (no promotion) are negative binomial around level × what the brand sold on these very days;
    SKUs' slopes are drawn to that of the rest of their category, and this to none.
    """
    read = _trends(panel, origin)
    units = four_weeks(panel, origin - HORIZON)
    skus = panel.skus[["sku", "product", "category"]].assign(place=panel.skus.index, units=units)
    skus = pd.concat([skus, _told(read.skus, read.weeks)], axis=1)[alone_on_sale(panel, origin)]
    number, names = panel.category
    whole = pd.DataFrame({"category": names, "units": np.bincount(number, units, len(names))})
    categories = pd.concat([whole, _told(read.categories, read.whole)], axis=1)
    by = {"by": "probability", "ascending": False, "ignore_index": True}
    return Trends(skus.sort_values(**by), categories.sort_values(**by))


def _trends(panel: Panel, origin: int) -> _Read:
    number, names = panel.category
    of = np.eye(len(names))[number]
    weeks = _plain_weeks(panel, origin)
    season = _season(panel, origin, of)
    weeks = _Weeks(weeks.count, weeks.usual * np.exp(season[number][:, None] * _TIME))
    whole = _Weeks(of.T @ weeks.count, of.T @ weeks.usual)
    return _Read(weeks, whole, _within(weeks, whole, number), _alike(whole))


def slopes(panel: Panel, origin: int) -> Floats:
    """The trend of each SKU, in log units over four weeks; see `trends`."""
    return _trends(panel, origin).skus.mean


def alone_on_sale(panel: Panel, origin: int) -> Bools:
    """SKUs on sale that stand by themselves."""
    return np.asarray(panel.on_sale(origin) & ~panel.skus.is_rest.to_numpy())


def four_weeks(panel: Panel, first: int) -> Floats:
    """Units wanted of each SKU in the four weeks from a day number on."""
    return np.asarray(np.nansum(panel.demand[:, max(first, 0) : first + HORIZON], axis=1))


def came_after(later: Panel, origin: int) -> Floats:
    """Log of the level of the four weeks from a day number on, over that of the eight before, of each SKU beyond the brand.

    later: a panel that knows these weeks. NaN where either holds no plain day, or nothing was wanted in both.
    """
    weeks = _plain_weeks(later, origin + HORIZON, WEEKS + 4)
    (before, after), (usual, usual_after) = (
        (part[:, :WEEKS].sum(axis=1), part[:, WEEKS:].sum(axis=1)) for part in (weeks.count, weeks.usual)
    )
    tells = (usual > 0) & (usual_after > 0) & (before + after > 0)
    ratio = (after + 0.5) * np.maximum(usual, 1e-9) / ((before + 0.5) * np.maximum(usual_after, 1e-9))
    return np.where(tells, np.log(ratio), np.nan)


def _plain_weeks(panel: Panel, origin: int, number: int = WEEKS) -> _Weeks:
    """The last weeks of each SKU, and the brand's level on the days that count, averaged over SKUs nearly alike.

    So a weekday, a festival, or what a sale does to SKUs outside of it, is the brand's; one SKU's rise is not.
    """
    if origin < 7 * number:
        raise DataError(f"trend: only {origin} days are known; a trend is read from {7 * number}. Wait for more sales.")
    days = np.arange(origin - 7 * number, origin)
    demand = panel.demand[:, days]
    is_plain = ~np.isnan(demand)
    for plan in panel.plans.values():
        is_plain &= plan.seen(origin, days) == 0
    level, index = _levels(np.nan_to_num(demand), is_plain)
    alike = (level / (level + _EVEN / 7)) @ is_plain
    is_plain &= alike > _TOLD * alike.max()
    parts = (np.nan_to_num(demand), level[:, None] * index)
    return _Weeks(*((part * is_plain).reshape(-1, number, 7).sum(axis=2) for part in parts))


def _levels(demand: Floats, is_plain: Bools) -> tuple[Floats, Floats]:
    """Units a day of each SKU, and the factor of each day, that explain one another."""
    index = np.ones(demand.shape[1])
    units = demand * is_plain
    for _ in range(5):
        level = units.sum(axis=1) / np.maximum(is_plain @ index, 1e-9)
        weight = 1 / (level + _EVEN / 7)
        index = weight @ units / np.maximum((weight * level) @ is_plain, 1e-9)
    return level, index


def _season(panel: Panel, origin: int, of: Floats) -> Floats:
    """What each category's slope owes to the time of the year: half of what it was a year before, if that is known."""
    before = origin - 364
    if before < 7 * WEEKS:
        return np.zeros(of.shape[1])
    weeks = _plain_weeks(panel, before)
    return _OF_LAST_YEAR * _alike(_Weeks(of.T @ weeks.count, of.T @ weeks.usual)).mean


def _alike(weeks: _Weeks) -> _Slope:
    """Slopes drawn to none."""
    return _fitted(weeks, np.zeros(len(weeks.count)), np.full(len(weeks.count), _SPREAD))


def _within(weeks: _Weeks, whole: _Weeks, category: Ints) -> _Slope:
    """SKUs' slopes: normal around that of the rest of their category, as far from it as SKUs are found to be."""
    rest = _Weeks(whole.count[category] - weeks.count, whole.usual[category] - weeks.usual)
    centre = _alike(rest)
    alone = _fitted(weeks, np.zeros(len(category)), np.ones(len(category)))
    sure = 1 / (alone.sd**2 + _SPREAD**2) ** 2 * (alone.sd < 0.9)  # the others tell nothing of themselves
    beyond = (alone.mean - centre.mean) ** 2 - alone.sd**2
    spread = max(float(sure @ beyond) / max(float(sure.sum()), 1e-9), _SPREAD**2)
    return _fitted(weeks, centre.mean, np.sqrt(spread + centre.sd**2))


def _fitted(weeks: _Weeks, centre: Floats, sd: Floats) -> _Slope:
    """Posterior of each slope under a normal prior: mode and curvature (Laplace).

    Overdispersion is what slopes without that prior leave: a trend that the prior holds back is no noise.
    """
    over, none = np.full(len(weeks.count), _USUAL), np.zeros(len(weeks.count))
    for _ in range(2):
        over = _overdispersion(weeks, _slopes(weeks, over, none, none + 1)[1])
    return _slopes(weeks, over, centre, sd)[0]


def _slopes(weeks: _Weeks, over: Floats, centre: Floats, sd: Floats) -> tuple[_Slope, Floats]:
    """Fisher scoring of negative binomials with level and slope, for all series at once; also the means."""
    slope = centre.copy()
    start = (weeks.count.sum(axis=1) + 0.5) / np.maximum(weeks.usual.sum(axis=1), 0.5)
    level = np.log(start)
    for _ in range(20):
        mean = weeks.usual * np.exp(np.clip(level[:, None] + slope[:, None] * _TIME, -20, 5))
        weight = 1 / (1 + over[:, None] * mean)
        lack, known = (weeks.count - mean) * weight, mean * weight
        first, second = lack.sum(axis=1), lack @ _TIME - (slope - centre) / sd**2
        a, b, c = known.sum(axis=1) + 1e-6, known @ _TIME, known @ _TIME**2 + 1 / sd**2
        spread = a * c - b**2
        level = level + np.clip((c * first - b * second) / spread, -1, 1)
        slope = slope + np.clip((a * second - b * first) / spread, -1, 1)
    return _Slope(slope, np.sqrt(a / spread)), mean


def _overdispersion(weeks: _Weeks, mean: Floats) -> Floats:
    """By series, how much weeks vary beyond a Poisson, by moments; drawn to that of all, weighted by how well each tells."""
    free = np.maximum((weeks.usual > 0).sum(axis=1) - 2, 0)
    square = np.maximum((mean**2).sum(axis=1), 1e-9)
    excess = ((weeks.count - mean) ** 2).sum(axis=1) * (free + 2) / np.maximum(free, 1) - mean.sum(axis=1)
    own = excess / square
    tells = free / (1 / np.maximum(mean.mean(axis=1), 1e-3) + _USUAL) ** 2
    common = float(tells @ own) / max(float(tells.sum()), 1e-9)
    return np.asarray(np.maximum((free * own + _SURE * common) / (free + _SURE), 1e-4))


def _told(slope: _Slope, weeks: _Weeks) -> pd.DataFrame:
    ends = {"change": 0.0, "low": -1.645, "high": 1.645}
    table = pd.DataFrame({name: np.expm1(slope.mean + z * slope.sd) for name, z in ends.items()})
    table["probability"] = ndtr(slope.mean / slope.sd)
    table.loc[(weeks.usual > 0).sum(axis=1) < _FEWEST_WEEKS] = np.nan
    return table


def surprises(panel: Panel, actual: Floats, low: Floats, high: Floats) -> pd.DataFrame:
    """SKUs whose units of the panel's last 28 days left the interval that was forecast for them, the most money first.

    actual, low, high: by SKU, units; an interval that is NaN was not forecast. Beside them stand beyond (units above high, or
    below low, signed), money (beyond at the price of late), changes over the 28 days before, as a share: price_change and
    visits_change (NaN where not known), and days of the 28: promotion_days (promotion_days_before), days_out.
    """
    now, before = (np.arange(len(panel.days) - days, len(panel.days) - days + HORIZON) for days in (28, 56))
    beyond = np.where(actual > high, actual - high, np.where(actual < low, actual - low, 0.0))
    price, price_before = (_mean(panel.price[:, days]) for days in (now, before))
    visits = panel.traffic.get("visits", np.full(panel.demand.shape, np.nan))
    promoted = panel.is_promoted
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = price / price_before - 1, visits[:, now].sum(axis=1) / visits[:, before].sum(axis=1) - 1
    table = panel.skus[["sku", "product", "category"]].assign(
        actual=actual, low=low, high=high, beyond=beyond, money=beyond * price,
        price_change=changes[0], visits_change=changes[1],
        promotion_days=promoted[:, now].sum(axis=1), promotion_days_before=promoted[:, before].sum(axis=1),
        days_out=panel.is_out[:, now].sum(axis=1),
    )  # fmt: skip
    table = table[(beyond != 0) & ~panel.skus.is_rest.to_numpy()].replace([np.inf, -np.inf], np.nan)
    return table.sort_values("money", key=np.abs, ascending=False, ignore_index=True)


def _mean(values: Floats) -> Floats:
    """Means of rows, of what is known; NaN where nothing is."""
    count = np.sum(~np.isnan(values), axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)
