"""The base: what moves sales from week to week without any spend: trend, season, promotions, holidays, prices and outside signals."""

from collections.abc import Collection

import holidays
import numpy as np
import pandas as pd

from shopkeeper.shop import Shop

_TURN = 26  # weeks after which the trend may turn
_KNOTS = 4  # weeks from one knot of what demand does by itself to the next
# Deviations of coefficients, in usual weeks' sales.
_SLOPE_SD, _TURN_SD, _SEASON_SD, _EVENT_SD, _SIGNAL_SD, _WEEK_SD = 0.3, 0.2, 0.15, 0.5, 0.15, 0.6
_TIDE_SD, _FOLLOWED_SD = 0.1, 0.1
_YEAR = 365.25
SPEND_ON = "spend on "  # begins the name of a column of one channel's spend
_IN_COMMON = 3  # channels, from which on their spend has something in common
_DARK = 0.1  # share of usual spend that a week without any is taken for
_STILL = 1e-9  # deviation at which nothing moves
_EDGE = 2  # days of a promotion's beginning and end, when most come
_A_DAY = np.timedelta64(1, "D")


def base(shop: Shop, weeks: pd.DatetimeIndex, begun: int) -> pd.DataFrame:
    """Columns of the base by week, from 0 or about it to 1 or so; attrs["sd"]: of their coefficients before the data speak.

    begun: weeks from the first on that are learnt from; the trend goes on after them as it then goes. Signals that end before
    the weeks do stand as they were in their last four weeks.
    """
    line = trend(weeks, begun)
    parts = [(_SLOPE_SD, line[["trend"]]), (_TURN_SD, line.drop(columns="trend")), (_SEASON_SD, season(weeks, begun))]
    parts += [(_TIDE_SD, tide(weeks, begun))]
    known = events(shop, weeks)
    parts += [(_EVENT_SD, known), (_SIGNAL_SD, prices(shop, weeks, begun)), (_SIGNAL_SD, signals(shop, weeks, begun))]
    parts += [(_WEEK_SD, promoted_weeks(known))]
    table = pd.concat([part for _, part in parts if part.shape[1]], axis=1)
    table.attrs["sd"] = [sd for sd, part in parts for _ in part]  # a list: pandas compares attrs
    return table


def trend(weeks: pd.DatetimeIndex, begun: int) -> pd.DataFrame:
    """A line in years from the middle, and a bend in it every half year; none within the last, where it could not be told."""
    week = np.arange(len(weeks), dtype="float64")
    bends = range(_TURN, begun - _TURN // 2, _TURN)
    columns = {"trend": (week - begun / 2) / 52} | {f"bend {at}": np.maximum(week - at, 0) / 52 for at in bends}
    return pd.DataFrame(columns, index=weeks)


def tide(weeks: pd.DatetimeIndex, begun: int) -> pd.DataFrame:
    """What demand does by itself for some weeks at a time: free at a knot every four weeks, in a line between; after the last, as there.

    Without it ups and downs that nobody plans are taken for the work of channels that happened to run then.
    """
    at = np.arange(0, begun, _KNOTS)
    week = np.minimum(np.arange(len(weeks)), at[-1])
    near = np.maximum(1 - np.abs(week[:, None] - at) / _KNOTS, 0.0)
    return pd.DataFrame(near, index=weeks, columns=[f"tide {place}" for place in at])


def followed(base: pd.DataFrame, spend: pd.DataFrame, tested: Collection[str]) -> pd.DataFrame:
    """The base with columns for demand that nobody planned and budgets follow: what spend of all channels has in common, and the spend of
    each that was tested: a test tells what it brings, and so how far its spend only went along (evidence counts these columns where tests
    do). In log, around their means.

    spend: weeks × channels, of which the last weeks are those of the base. Of fewer than three channels nothing is in common.
    """
    usual = spend.mean().clip(lower=np.finfo(np.float64).tiny)
    height = np.log((spend / usual).clip(lower=_DARK)).iloc[-len(base) :].set_axis(base.index)
    height -= height.mean()
    columns = {f"{SPEND_ON}{name}": height[name] for name in spend if name in tested}
    if spend.shape[1] >= _IN_COMMON:
        columns["spend in common"] = height.mean(axis=1)
    table = base.assign(**columns)
    table.attrs["sd"] = [*base.attrs["sd"], *[_FOLLOWED_SD] * len(columns)]
    return table


def season(weeks: pd.DatetimeIndex, begun: int) -> pd.DataFrame:
    """Waves of a year: two from a year and a half of weeks on, one from a year on, none before."""
    turn = 2 * np.pi * (weeks - pd.Timestamp("2000-01-03")).days / _YEAR
    waves = range(1, 1 + (2 if begun >= 78 else 1 if begun >= 52 else 0))
    return pd.DataFrame({f"{of.__name__} {n}": of(n * turn) for n in waves for of in (np.sin, np.cos)}, index=weeks)


def events(shop: Shop, weeks: pd.DatetimeIndex) -> pd.DataFrame:
    """Share of each week's days that are public holidays; how much promotions take off in it, over all SKUs, on their first two days,
    their last two and those between, each relative to the most of any week; and all of them in the week before.
    """
    days = pd.date_range(weeks[0], periods=7 * len(weeks))
    table = pd.DataFrame({"holiday": _by_week(_holidays(shop.brand.country, days))}, index=weeks)
    for part, taken in _taken_off(shop, days).items():
        by_week = _by_week(taken)
        if by_week.max() > 0:
            table[f"promotion {part}"] = by_week / by_week.max()
    taken = table.filter(like="promotion").sum(axis=1)
    if taken.max() > 0:
        table["after promotion"] = taken.shift(fill_value=0.0) / taken.max()
    return table.loc[:, table.nunique() > 1]


def promoted_weeks(events: pd.DataFrame) -> pd.DataFrame:
    """A column for each week with promotions: no two are alike, and what sets one apart is no channel's, however much was spent in it.

    Otherwise channels that are bought for promotions would be given what those bring. events: of events.
    """
    running = events.filter(regex="^promotion").sum(axis=1)
    height = np.sqrt(running / max(running.max(), 1e-9)).to_numpy()
    places = np.flatnonzero(height)
    columns = {f"week {events.index[place]:%Y-%m-%d}": height * (np.arange(len(height)) == place) for place in places}
    return pd.DataFrame(columns, index=events.index)


def _by_week(by_day: np.ndarray) -> np.ndarray:
    return np.asarray(by_day.reshape(-1, 7).mean(axis=1))


def _holidays(country: str, days: pd.DatetimeIndex) -> np.ndarray:
    known = holidays.country_holidays(country, years=range(days[0].year, days[-1].year + 1))
    return np.array([day.date() in known for day in days], np.float64)


def _taken_off(shop: Shop, days: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    """By part of a promotion and day, the mean depth over all SKUs of those that run; where SKUs or depths are not known, 1 for each."""
    promotions = shop.load(shop.sales_events)
    part = shop.load(shop.promotion_skus.group_by("promotion").agg(depth=shop.promotion_skus.depth.sum()))
    number = max(shop.load(shop.promotion_skus.agg(n=shop.promotion_skus.sku.nunique())).n.iloc[0], 1)
    depth = promotions.promotion.map(part.set_index("promotion").depth / number).fillna(1.0).to_numpy(np.float64)
    since = (days.to_numpy()[:, None] - promotions.starts_on.to_numpy()) / _A_DAY
    left = (promotions.ends_on.to_numpy() - days.to_numpy()[:, None]) / _A_DAY
    runs, opens, closes = (since >= 0) & (left >= 0), since < _EDGE, left < _EDGE
    parts = {"opens": runs & opens, "closes": runs & closes & ~opens, "runs": runs & ~opens & ~closes}
    return {name: np.asarray(is_on @ depth, np.float64) for name, is_on in parts.items()}


def prices(shop: Shop, weeks: pd.DatetimeIndex, begun: int) -> pd.DataFrame:
    """The brand's own prices: log of each SKU's beside its mean, mean of all SKUs by week, in deviations over the weeks learnt from.

    A price stands until the next. No column where none is known, or none ever changed.
    """
    own = shop.prices.filter(shop.prices.seller.isin([shop.brand.name, shop.brand.title]))
    rows = shop.load(own.select("day", "sku", "price").filter(own.price > 0))
    days = pd.date_range(weeks[0], periods=7 * len(weeks))
    by_day = rows.assign(log=np.log(rows.price)).pivot_table(index="day", columns="sku", values="log")
    stands = by_day.reindex(by_day.index.union(days)).ffill().reindex(days)
    apart = (stands - stands.iloc[: 7 * begun].mean()).mean(axis=1).fillna(0.0)
    return _in_deviations(pd.DataFrame({"price": _by_week(apart.to_numpy())}, index=weeks), begun)


def signals(shop: Shop, weeks: pd.DatetimeIndex, begun: int) -> pd.DataFrame:
    """Outside signals, mean of each week, in deviations from their mean over the weeks learnt from; those alone that these weeks know throughout."""
    rows = shop.load(shop.regressors.group_by("day", "name").agg(value=shop.regressors.value.mean()))
    rows = rows.assign(week=(rows.day - weeks[0]).dt.days // 7)
    wide = rows.pivot_table(index="week", columns="name", values="value").reindex(range(len(weeks)))
    # A signal of fewer days than weeks stands until its next.
    wide = wide.ffill(limit=4).loc[:, lambda each: each.iloc[:begun].notna().all()]
    wide = wide.fillna(wide.iloc[max(begun - 4, 0) : begun].mean())
    return _in_deviations(wide, begun).set_axis(weeks).add_prefix("signal ")


def _in_deviations(table: pd.DataFrame, begun: int) -> pd.DataFrame:
    """Columns that move in the weeks learnt from, in deviations from their mean over these."""
    mean, spread = table.iloc[:begun].mean(), table.iloc[:begun].std()
    return ((table - mean) / spread).loc[:, spread > _STILL]


def coming(weeks: pd.DatetimeIndex, number: int) -> pd.DatetimeIndex:
    """The weeks and so many after them."""
    return pd.date_range(weeks[0], periods=len(weeks) + number, freq="7D")
