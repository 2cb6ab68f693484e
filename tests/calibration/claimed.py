"""Claimed, then scored: what 02's reports would have said on earlier days of each brand, eight weeks apart, and what came.

Each report sees data up to its day only. The latest lies 26 weeks before the end of the data, so that every claim is over; of
those 52 weeks before it and earlier, sales of the year ahead, which is no claim but the first screen's figure, are scored too.
"""

import datetime as dt
from collections.abc import Iterator
from multiprocessing import get_context

import pandas as pd
from shopkeeper.brand import load_brand
from shopkeeper.claims import MEASURES, Claim
from shopkeeper.clv import ahead, remaining, summary
from shopkeeper.clv.origins import STEP, WEEKS, YEAR
from shopkeeper.clv.remaining import Remaining
from shopkeeper.clv.study import Study, known_customers, study
from shopkeeper.ingest import read_manifest
from shopkeeper.shop import Shop

BRANDS = ("complete_journey", "online_retail", "aurora", "cdnow")
DAYS = range(0, 12, 2)
SEED, _WORKERS = 1, 2
_LONG = 180  # days that the data reach back before a day, at least
_NAMES = ["brand", "day", "weeks", "predicted", "low", "high", "naive", "came"]
HEAD = "| brand | weeks ahead | days | forecasts | held by their 90% intervals | median error | of as much as before |\n|---|---|---|---|---|---|---|\n"


def measured() -> str:
    """A row for each brand and length of time; brands that are not imported here are left out."""
    with get_context("spawn").Pool(_WORKERS) as pool:
        made = pd.concat(pool.map(scored, list(tasks()), chunksize=1))
    return HEAD + "".join(_row(*key, part) for key, part in made.groupby(["brand", "weeks"], sort=False))


def tasks() -> Iterator[tuple[str, str]]:
    """Each brand that is imported here, with each of its days."""
    for brand in BRANDS:
        if read_manifest(load_brand(brand)):
            shop = Shop(brand)
            latest = shop.as_of - dt.timedelta(weeks=max(WEEKS))
            days = [latest - dt.timedelta(days=STEP * number) for number in DAYS]
            yield from ((brand, str(day)) for day in days if (day - shop.first_day).days >= _LONG)


def scored(task: tuple[str, str]) -> pd.DataFrame:
    """Of a brand and a day, one row per forecast, of _NAMES."""
    brand, day = task
    today, then = Shop(brand), Shop(brand, day)
    found = study(then, known_customers(then), SEED)
    held = remaining.remaining(found, then.brand.discount_rate, SEED)
    before = ahead.lately(then, held.group)
    told = ahead.ahead(held.sales, found.levels, held.group, before, ahead.per_day(found.customers))
    claims = [*ahead.claims(told, held.kind, then.as_of), *_of_a_year(then, found, held)]
    rows = [
        (brand, day, (claim.ends_on - then.as_of).days // 7, claim.predicted, claim.low, claim.high, claim.naive,
         MEASURES[claim.measure](today, claim))
        for claim in summary.sound(found, claims) if claim.ends_on <= today.as_of
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=_NAMES)


def _of_a_year(shop: Shop, found: Study, held: Remaining) -> Iterator[Claim]:
    """Sales of the year ahead of all customers known, as the first screen tells them; beside those of the year before."""
    year = dt.timedelta(weeks=YEAR)
    begins, ends = shop.as_of - year, shop.as_of + year
    everyone = tuple(found.customers.index)
    before = Claim("all", "list_net_revenue", begins + dt.timedelta(days=1), shop.as_of, 0.0, 0.0, 0.0, 0.0, everyone)
    naive = MEASURES[before.measure](shop, before)
    told = found.year.around(held.sales.year.sum(axis=1))
    yield Claim("all", "list_net_revenue", shop.as_of + dt.timedelta(days=1), ends, *told, naive, everyone)


def _row(brand: str, weeks: int, of: pd.DataFrame) -> str:
    held = of.came.between(of.low, of.high).mean()
    ours, theirs = ((each / of.came - 1).abs().median() for each in (of.predicted, of.naive))
    return f"| {brand} | {weeks} | {of.day.nunique()} | {len(of)} | {held:.0%} | {ours:.0%} | {theirs:.0%} |\n"
