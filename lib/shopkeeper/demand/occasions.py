"""Occasions: the days of a country's year on which shops sell otherwise than usual, known for years ahead."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import holidays
import pandas as pd

MADE_UP_UNTIL = 2026  # the last year whose make-up workdays are published in chinesecalendar

# First and last day of each sale of a year, by month and day.
_SALES_CN = {
    "38": ((3, 4), (3, 8)),
    "520": ((5, 16), (5, 20)),
    "618": ((5, 31), (6, 20)),
    "99": ((9, 7), (9, 10)),
    "11.11": ((10, 20), (11, 11)),
    "12.12": ((12, 10), (12, 12)),
}


@dataclass(frozen=True)
class Occasion:
    """One occasion of one year. name: alike every year; days before its first day: presale; after its last: hangover."""

    name: str
    first: dt.date
    last: dt.date


def occasions(country: str, years: Iterable[int]) -> list[Occasion]:
    """The occasions of these years, in order of their first days: sales, and festivals that shopping leads up to.

    China: the platforms' sales (38, 520, 618, 99, 11.11, 12.12) and Spring Festival with the shopping weeks before it.
    Elsewhere: Black Friday to Cyber Monday, Christmas with the weeks before it, and Easter.
    """
    made = [one for year in years for one in (_chinese(year) if country == "CN" else _western(country, year))]
    return sorted(made, key=lambda one: one.first)


def _chinese(year: int) -> list[Occasion]:
    sales = [Occasion(name, dt.date(year, *a), dt.date(year, *b)) for name, (a, b) in _SALES_CN.items()]
    festival = _named("CN", year, "Spring Festival", "Chinese New Year")
    if festival is None:
        return sales
    spans = {"new year goods": (28, 8), "spring festival": (7, -7)}
    return sales + [
        Occasion(name, festival - dt.timedelta(days=before), festival - dt.timedelta(days=until))
        for name, (before, until) in spans.items()
    ]


def _western(country: str, year: int) -> list[Occasion]:
    thanksgiving = dt.date(year, 11, 22) + dt.timedelta(days=(3 - dt.date(year, 11, 22).weekday()) % 7)
    friday = thanksgiving + dt.timedelta(days=1)
    found = [
        Occasion("black friday", friday, friday + dt.timedelta(days=3)),
        Occasion("christmas", friday + dt.timedelta(days=4), dt.date(year, 12, 24)),
        Occasion("after christmas", dt.date(year, 12, 25), dt.date(year, 12, 31)),
    ]
    if country == "US":
        found.append(Occasion("thanksgiving", thanksgiving - dt.timedelta(days=4), thanksgiving))
    if easter := _named("GB", year, "Good Friday"):
        found.append(Occasion("easter", easter - dt.timedelta(days=7), easter + dt.timedelta(days=2)))
    return found


def _named(country: str, year: int, *names: str) -> dt.date | None:
    """The first day of a public holiday of that name; none where the calendar does not know it."""
    known = holidays.country_holidays(country, years=year, language="en_US")
    days = [day for day, name in known.items() if any(wanted in name for wanted in names)]
    return min((day for day in days if day.year == year), default=None)


def days_off(country: str, days: pd.DatetimeIndex) -> pd.Series:
    """Whether each day is off work: weekends and public holidays, less the weekends that China works to make up.

    Make-up days are known from 2004 to 2026; beyond, weekends count as weekends.
    """
    years = range(days[0].year, days[-1].year + 1)
    public = holidays.country_holidays(country, years=years)
    off = pd.Series([day.weekday() >= 5 or day.date() in public for day in days], index=days)
    if country != "CN":
        return off
    import chinese_calendar

    known = [2004 <= day.year <= MADE_UP_UNTIL for day in days]
    off.loc[known] = [
        chinese_calendar.is_holiday(day.date()) for day, is_known in zip(days, known, strict=True) if is_known
    ]
    return off


def calendar(country: str, days: pd.DatetimeIndex) -> pd.DataFrame:
    """What is known of each day for years ahead.

    Returns, by day: weekday (0 Monday), is_off, off_nearby (share of the week around it that is off);
    occasion (its name, or ""), phase (days since its first day; -1 outside).
    """
    off = days_off(country, days)
    table = pd.DataFrame({"weekday": days.dayofweek, "is_off": off.to_numpy(float)}, index=days)
    table["off_nearby"] = off.astype(float).rolling(7, center=True, min_periods=1).mean().to_numpy()
    found = occasions(country, range(days[0].year - 1, days[-1].year + 2))
    running = [next((one for one in found if one.first <= day <= one.last), None) for day in days.date]
    table["occasion"] = [one.name if one else "" for one in running]
    table["phase"] = [(day - one.first).days if one else -1 for day, one in zip(days.date, running, strict=True)]
    return table
