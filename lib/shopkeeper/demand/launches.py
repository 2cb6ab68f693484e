"""Launches: what a new SKU will sell from its first day on, told by what it is, by earlier launches, and by its own first sales.

Nothing here reads a sale of the origin or later. What SKUs are, the days of launches that the brand has told, and
promotions announced by then are known ahead.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import nbinom

from shopkeeper.demand.panel import AHEAD, Panel
from shopkeeper.shop import Shop

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MONTH = 28  # days of a launch that are forecast as a whole
_SETTLED = 60  # days after the data begin; what first sold before, and whose launch is not told, may be older
_AGES = (0, 1, 3, 7, 14, MONTH, 2 * MONTH)  # days of age between which the curve is level
_LITTLE = 0.02  # units a day, so that the log of nothing is finite
_PULL = 5.0  # launches' worth of doubt in each effect
_SPREAD = 1.5  # relative variance that the fit allows for, so that a few great launches do not decide it
_COMMON = 5  # earlier launches that share a fact before it has an effect of its own
_FOLDS = 5
_FIRST = 7  # days of sales after which it is learnt how much of a launch's luck lasts
_FACTS = r"^(category|maker|fact .*)$"  # names of the columns that tell a fact about a SKU


def catalogue(shop: Shop) -> pd.DataFrame:
    """What each SKU is: sku, product, category, launched_on, list_price (currency), maker, and "fact …" of each attribute."""
    products = shop.load(shop.products).drop_duplicates("sku")
    facts = shop.load(shop.attributes)
    facts = facts[facts.subject.isin(products["sku"])].drop_duplicates(["subject", "name"])
    wide = facts.pivot(index="subject", columns="name", values="value").add_prefix("fact ")
    return products.drop(columns="unit_cost").merge(wide, "left", left_on="sku", right_index=True)


@dataclass(frozen=True)
class Launches:
    """Launches on sale for less than 28 days before an origin, or planned within 56 after, and what earlier ones taught.

    skus     a row each: sku, product, category, launched (day number), age (days on sale before the origin; negative: days
             until the launch), expected (units of the first 28 days, before any sale), units (sold so far), share (of the
             first 28 days' sales that should have been by now)
    curve    by day of age up to 56, how much is sold beside the mean of the first 28
    shares   by weekday of the launch (0: the panel's first day's) and age, what should be sold before, beside those 28 days
    strayed  relative variance of launches around what was expected of them
    lumps    how much of it, over 28 days, is of single days and does not last
    earlier  launches that were learnt from: sku, product, launched, units (of 28 days), expected (without its own)
    alike    skus × earlier: how alike, 0 to 1, by title, code and facts
    """

    origin: int
    skus: pd.DataFrame
    curve: Floats
    shares: Floats
    strayed: float
    lumps: float
    earlier: pd.DataFrame
    alike: Floats


def learn_launches(panel: Panel, catalogue: pd.DataFrame, origin: int) -> Launches:
    """What launches before the origin teach of those around it.

    The expectation is the category's demand for each SKU on sale, in the 28 days before, times effects of what is known at
    the launch: a ridge regression with a log link and the variance of a negative binomial. With no earlier launch a
    new SKU is expected to sell as the category's others do; of a new category, as the brand's.

    A panel of the SKUs that sold most later on has lost the launches that failed: take it as of the origin.
    """
    things = _things(panel, catalogue, origin)
    past = _past(panel, things, origin)
    earlier = np.flatnonzero(things.is_new & (things.launched + MONTH <= origin))
    now = np.flatnonzero(things.is_new & (things.launched > origin - MONTH) & (things.launched < origin + AHEAD))
    alike = _alike(things, np.r_[earlier, now])
    usual, effects = _design(panel, things, past, np.r_[earlier, now], alike)
    units, first = (_within(past, things, earlier, age) for age in (MONTH, _FIRST))
    expected, without = _fit(usual, effects, units)
    curve = _curve(past, things, earlier)
    shares = _shares(curve, _weekday(past))
    taught = things.iloc[earlier][["sku", "product", "launched"]].assign(units=units, expected=without)
    skus = things.iloc[now][["sku", "product", "category", "launched"]].reset_index(drop=True)
    skus = skus.assign(age=origin - skus.launched, expected=expected, units=_within(past, things, now, MONTH))
    skus["share"] = shares[skus.launched % 7, skus.age.clip(lower=0)]
    strayed, lumps = _strayed(taught, shares[taught.launched % 7, _FIRST], first)
    return Launches(origin, skus, curve, shares, strayed, lumps, taught, alike[len(earlier) :, earlier])


def posterior(expected: Floats, share: Floats, units: Floats, strayed: float, lumps: float) -> tuple[Floats, Floats]:
    """Units of the first 28 days as they look after so many units in this share of them: gamma mean and shape.

    Gamma-Poisson: shape 1 / (strayed − lumps), which each unit sold raises by 1, or by less where sales come in lumps.
    """
    shape = 1 / (strayed - lumps)
    trust = 1 / (1 + lumps * (expected + units) / (1 + share))
    mean = expected * (shape + trust * units) / (shape + trust * expected * share)
    return mean, shape + trust * units


def first_month(launches: Launches) -> pd.DataFrame:
    """By launch, units of its first 28 days, those sold so far among them: sku, launched, age, units, mean, median, low, high.

    low and high hold nine launches in ten. The median is the forecast of least absolute error, the mean the one that adds up.
    """
    skus, rest = launches.skus, np.clip(1 - launches.skus.share.to_numpy(), 0.001, 1)
    mean, shape = _posterior(launches)
    told = skus[["sku", "launched", "age", "units"]].assign(mean=skus.units + mean * rest)
    spread = 1 / (1 / shape + launches.lumps / rest)
    for name, chance in (("median", 0.5), ("low", 0.05), ("high", 0.95)):
        told[name] = skus.units + nbinom.ppf(chance, spread, spread / (spread + mean * rest))
    return told


def next_days(launches: Launches) -> tuple[Floats, Floats]:
    """Expected units of each launch on each of the 28 days from the origin on, 0 until it is launched; gamma shape of the sum."""
    mean, shape = _posterior(launches)
    age = launches.skus.age.to_numpy()[:, None] + np.arange(MONTH + 1)
    share = np.diff(launches.shares[launches.skus.launched.to_numpy()[:, None] % 7, np.maximum(age, 0)])
    return mean[:, None] * share, 1 / (1 / shape + launches.lumps / np.maximum(share.sum(axis=1), 1 / MONTH))


def analogues(launches: Launches, count: int = 3) -> pd.DataFrame:
    """The earlier launches most like each: sku, analogue, product, alike (0 to 1), launched, units (of its first 28 days)."""
    nearest = np.argsort(-launches.alike, axis=1, kind="stable")[:, :count]
    near = launches.earlier.iloc[nearest.ravel()].rename(columns={"sku": "analogue"}).reset_index(drop=True)
    skus = launches.skus["sku"].to_numpy().repeat(nearest.shape[1])
    near = near.assign(sku=skus, alike=np.take_along_axis(launches.alike, nearest, axis=1).ravel())
    return near[["sku", "analogue", "product", "alike", "launched", "units"]]


def _posterior(launches: Launches) -> tuple[Floats, Floats]:
    expected, share, units = (launches.skus[name].to_numpy(np.float64) for name in ("expected", "share", "units"))
    return posterior(expected, share, units, launches.strayed, launches.lumps)


def _things(panel: Panel, catalogue: pd.DataFrame, origin: int) -> pd.DataFrame:
    """SKUs that stood by themselves before the origin, and those launched or planned without a sale.

    Columns of the catalogue, and place (row in the panel, or −1), launched (day number) and is_new (launched within the data).
    """
    single = panel.skus[["sku", "product", "category"]][~panel.skus.is_rest]
    sold = panel.sales[single.index, :origin] > 0
    first = np.where(sold.any(axis=1), sold.argmax(axis=1), np.nan)
    told = catalogue.assign(told=(pd.to_datetime(catalogue.launched_on) - panel.days[0]).dt.days.to_numpy(np.float64))
    facts = told.drop(columns=["product", "category", "launched_on"])
    things = single.assign(place=single.index, first=first).merge(facts, "left", "sku")
    other = told[told.told.notna() & ~told["sku"].isin(single["sku"])].drop(columns="launched_on")
    # Where the rest of a category stands together, what is not seen may well have sold.
    other = other[(other.told >= origin) | (not panel.skus.is_rest.any())]
    things = pd.concat([things, other.assign(place=-1, first=np.nan)], ignore_index=True)
    things["category"] = things.category.fillna("")
    things["launched"] = things[["told", "first"]].min(axis=1)
    things["is_new"] = things.launched >= np.where(things.told.isna(), _SETTLED, MONTH)
    return things[things.launched.notna()].reset_index(drop=True).astype({"launched": np.int64, "place": np.int64})


def _alike(things: pd.DataFrame, rows: Ints) -> Floats:
    """These rows × SKUs: cosine of their words, pairs of words, facts, and beginnings of their codes, rare ones weighing more."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    facts = things.filter(regex=_FACTS).join(things["product"])
    words = facts.fillna("").astype(str).agg(" ".join, axis=1).str.lower()
    told = [_told(code, text) for code, text in zip(things["sku"], words, strict=True)]
    table = TfidfVectorizer(analyzer=list, sublinear_tf=True).fit_transform(told)
    return np.asarray((table[rows] @ table.T).toarray())


def _told(code: str, text: str) -> list[str]:
    words = re.findall(r"[^\W\d_一-鿿]+|[一-鿿]|\d+", text)
    return words + [" ".join(pair) for pair in pairwise(words)] + ["§" + code[:end] for end in range(1, len(code) + 1)]


def _past(panel: Panel, things: pd.DataFrame, origin: int) -> Floats:
    """Units of each SKU before each day up to the origin."""
    past = np.zeros((len(things), origin + 1))
    known = (things.place >= 0).to_numpy()
    past[known, 1:] = np.nan_to_num(panel.demand[things.place[known], :origin]).cumsum(axis=1)
    return past


def _within(past: Floats, things: pd.DataFrame, rows: Ints, age: int) -> Floats:
    """Units before an age, as far as they lie before the origin."""
    day = np.minimum(things.launched.to_numpy()[rows], past.shape[1] - 1)
    return np.asarray(past[rows, np.minimum(day + age, past.shape[1] - 1)] - past[rows, day])


def _design(panel: Panel, things: pd.DataFrame, past: Floats, rows: Ints, alike: Floats) -> tuple[Floats, Floats]:
    """Log units of 28 days at the category's level, and what is known of each launch on the evening before it or the origin."""
    day = things.launched.to_numpy()[rows]
    seen = np.minimum(day, past.shape[1] - 1)
    parts = [
        [*_levels(past, things, row, before, near), *_planned(panel, things.place[row], before, first)]
        for row, before, near, first in zip(rows, seen, alike, day, strict=True)
    ]
    known = np.array(parts).reshape(len(rows), 3 + len(panel.plans))
    price = np.log(things.list_price.astype(np.float64))
    dear = (price - price.groupby(things.category).transform("median")).fillna(0.0).to_numpy()[rows]
    told = things.filter(regex=_FACTS).dropna(axis=1, how="all").astype("object")
    facts = pd.get_dummies(told).iloc[rows].to_numpy(np.float64)
    return known[:, 0], np.column_stack([np.ones(len(rows)), known[:, 1:], dear, facts])


def _levels(past: Floats, things: pd.DataFrame, row: int, day: int, near: Floats) -> list[float]:
    """Log of what a SKU on sale of the category sells in 28 days; beside it, the brand's SKUs, and those most alike."""
    rate = (past[:, day] - past[:, max(day - MONTH, 0)]) / MONTH
    on_sale = rate > 0
    same = on_sale & (things.category == things.category[row]).to_numpy()
    brand = rate[on_sale].mean() if on_sale.any() else 0.0
    category = (rate[same].sum() + 0.5 * brand) / (same.sum() + 0.5)
    weight = np.where(on_sale, near**4, 0.0)
    kin = (weight @ rate + 0.1 * category) / (weight.sum() + 0.1)
    usual, of_brand, of_kin = np.log(np.array([category, brand, kin]) + _LITTLE)
    return [usual + np.log(MONTH), of_brand - usual, of_kin - usual]


def _planned(panel: Panel, place: int, seen: int, day: int) -> list[float]:
    """Of each kind of promotion, its mean size over the first 28 days, as far as it was announced by then."""
    days = np.arange(day, min(day + MONTH, len(panel.days) + AHEAD))
    return [float(plan.seen(seen, days)[place].mean()) if place >= 0 else 0.0 for plan in panel.plans.values()]


def _fit(usual: Floats, effects: Floats, units: Floats) -> tuple[Floats, Floats]:
    """Expected units of the launches that come after those whose units are given; of these themselves, each learnt from others."""
    count = len(units)
    common = (np.abs(effects[:count]) > 0).sum(axis=0) >= _COMMON
    effects = effects[:, common | (np.arange(effects.shape[1]) == 0)]
    fold, without = np.arange(count) % _FOLDS, np.zeros(count)
    for one in range(min(_FOLDS, count)):
        out, learnt = np.flatnonzero(fold == one), np.flatnonzero(fold != one)
        without[out] = np.exp(usual[out] + effects[out] @ _ridge(usual[learnt], effects[learnt], units[learnt]))
    return np.exp(usual[count:] + effects[count:] @ _ridge(usual[:count], effects[:count], units)), without


def _ridge(usual: Floats, effects: Floats, units: Floats) -> Floats:
    """Effects on the log of units, each pulled to 0: weighted least squares until they stand."""
    pull = np.diag(np.r_[1.0, np.full(effects.shape[1] - 1, _PULL)])
    found = np.zeros(effects.shape[1])
    for _ in range(50):
        mean = np.exp(np.clip(usual + effects @ found, -10, 15))
        weighted = (mean / (1 + _SPREAD * mean))[:, None] * effects
        wanted = effects @ found + np.clip((units - mean) / mean, -1, 20)
        last, found = found, np.linalg.solve(weighted.T @ effects + pull, weighted.T @ wanted)
        if np.abs(found - last).max() < 1e-8:
            break
    return found


def _weekday(past: Floats) -> Floats:
    """What all sold on each of seven days, from the panel's first on, beside the mean, in the eight weeks before the origin."""
    daily = np.diff(past.sum(axis=0))[-56:]
    by = np.bincount(np.arange(past.shape[1] - 1)[-56:] % 7, daily, 7) + 1
    return np.asarray(by / by.mean())


def _curve(past: Floats, things: pd.DataFrame, earlier: Ints) -> Floats:
    """By day of age, units beside the mean of the first 28, launches great and small alike; 1 where nothing is known."""
    days = np.minimum(past.shape[1] - 1 - things.launched.to_numpy()[earlier], _AGES[-1])
    units = _within(past, things, earlier, MONTH)
    curve = np.ones(_AGES[-1])
    for start, end in pairwise(_AGES):
        seen = np.clip(days - start, 0, end - start) / MONTH
        part = (_within(past, things, earlier, end) - _within(past, things, earlier, start)) / (units + 1)
        doubt = _PULL * (end - start) / MONTH
        curve[start:end] = (part.sum() + doubt) / ((seen * units / (units + 1)).sum() + doubt)
    return np.asarray(curve / curve[:MONTH].mean())


def _strayed(earlier: pd.DataFrame, share: Floats, first: Floats) -> tuple[float, float]:
    """Likeliest relative variance around the expectations, and of it what does not last: so the first days foretell the rest.

    Where little is known the variance is thought to be 1, give or take a factor of e.
    """
    units, expected = earlier.units.to_numpy(), earlier.expected.to_numpy()
    variances = np.geomspace(0.02, 20, 60)
    chance = [_chance(units, expected, 1 / v) - np.log(v) ** 2 / 2 for v in variances]
    strayed = float(variances[int(np.argmax(chance))])
    parts, found = np.linspace(0.02, 0.8, 40) * strayed, []
    for lumps in parts:
        mean, shape = posterior(expected, share, first, strayed, lumps)
        found.append(_chance(units - first, mean * (1 - share), 1 / (1 / shape + lumps / (1 - share))))
    return strayed, float(parts[int(np.argmax(found))])


def _chance(units: Floats, mean: Floats, shape: Floats | float) -> float:
    return float(nbinom.logpmf(np.round(units), shape, shape / (shape + mean)).sum())


def _shares(curve: Floats, weekday: Floats) -> Floats:
    """By weekday of the launch and by age, what should be sold before it, beside all of the first 28 days."""
    part = curve * weekday[(np.arange(7)[:, None] + np.arange(len(curve))) % 7]
    before = part.cumsum(axis=1) / part[:, :MONTH].sum(axis=1, keepdims=True)
    return np.pad(before, ((0, 0), (1, 0)))
