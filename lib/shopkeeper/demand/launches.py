"""Launches: what a new SKU will sell from its first day on, told by what it is, by earlier launches, and by its own first sales.

Nothing here reads a sale of the origin or later. What SKUs are, the days of launches that the brand has told, and
promotions announced by then are known ahead.
"""

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
_FACT = "fact "


def catalogue(shop: Shop) -> pd.DataFrame:
    """What each SKU is: sku, product, category, launched_on, list_price (currency), maker, and "fact …" of each attribute."""
    products = shop.load(shop.products).drop_duplicates("sku")
    facts = shop.load(shop.attributes)
    facts = facts[facts.subject.isin(products["sku"])].drop_duplicates(["subject", "name"])
    wide = facts.pivot(index="subject", columns="name", values="value")
    return products[["sku", "product", "category", "maker", "launched_on", "list_price"]].merge(
        wide.add_prefix(_FACT), "left", left_on="sku", right_index=True
    )


@dataclass(frozen=True)
class Launches:
    """Launches on sale for less than 28 days before an origin, or planned within the 56 after it, and what earlier ones taught.

    skus     a row each: sku, product, category, launched (day number), age (days on sale before the origin; negative: days
             until the launch), expected (units of the first 28 days, before any sale), units (sold so far), share (of the
             first 28 days' sales that should have been by now)
    curve    by day of age up to 56, how much is sold beside the mean of the first 28
    weekday  how much the brand sells beside its mean, of the panel's first day and the six after it
    strayed  relative variance of launches around what was expected of them
    lumps    how much of it, over 28 days, is of single days and does not last
    earlier  launches that were learnt from: sku, product, launched, units (of 28 days), expected (without its own)
    alike    skus × earlier: how alike, 0 to 1, by title, code and facts
    """

    origin: int
    skus: pd.DataFrame
    curve: Floats
    weekday: Floats
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
    past = np.zeros((len(things), origin + 1))
    known = things.place >= 0
    past[known, 1:] = np.nan_to_num(panel.demand[things.place[known], :origin]).cumsum(axis=1)
    begun = things.is_new & (things.launched + MONTH <= origin)
    young = things.is_new & (things.launched > origin - MONTH) & (things.launched < origin + AHEAD)
    earlier, now = np.flatnonzero(begun), np.flatnonzero(young)
    rows = np.r_[earlier, now]
    alike = _alike(things, rows)
    usual, effects = _design(panel, things, past, rows, alike)
    units = _within(past, things, earlier, 0, MONTH)
    expected, without = _fit(usual, effects, units)
    weekday, curve = _weekday(past), _curve(past, things, earlier)
    taught = things.iloc[earlier][["sku", "product", "launched"]].assign(units=units, expected=without)
    skus = things.iloc[now][["sku", "product", "category", "launched"]].reset_index(drop=True)
    skus = skus.assign(age=origin - skus.launched, expected=expected, units=_within(past, things, now, 0, MONTH))
    skus["share"] = [_so_far(curve, weekday, day, origin - day) for day in skus.launched]
    first = [_so_far(curve, weekday, day, _FIRST) for day in taught.launched]
    strayed, lumps = _strayed(taught, np.array(first), _within(past, things, earlier, 0, _FIRST))
    return Launches(origin, skus, curve, weekday, strayed, lumps, taught, alike[len(earlier) :, earlier])


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


def next_days(launches: Launches, days: int = MONTH) -> tuple[Floats, Floats]:
    """Expected units of each launch on each of the days from the origin on, 0 until it is launched; gamma shape of each sum."""
    mean, shape = _posterior(launches)
    share = np.zeros((len(mean), days))
    for row, day in enumerate(launches.skus.launched):
        share[row] = _shares(launches.curve, launches.weekday, day, launches.origin + np.arange(days))
    return mean[:, None] * share, 1 / (1 / shape + launches.lumps / np.maximum(share.sum(axis=1), 1 / MONTH))


def analogues(launches: Launches, count: int = 3) -> pd.DataFrame:
    """The earlier launches most like each: sku, analogue, product, alike (0 to 1), launched, units (of its first 28 days)."""
    parts = []
    for name, alike in zip(launches.skus["sku"], launches.alike, strict=True):
        nearest = np.argsort(-alike, kind="stable")[:count]
        near = launches.earlier.iloc[nearest].rename(columns={"sku": "analogue"})
        parts.append(near[["analogue", "product", "launched", "units"]].assign(sku=name, alike=alike[nearest]))
    names = ["sku", "analogue", "product", "alike", "launched", "units"]
    return pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)


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
    things = things[things.launched.notna()].reset_index(drop=True)
    return things.astype({"launched": np.int64, "place": np.int64})


def _alike(things: pd.DataFrame, rows: Ints) -> Floats:
    """These rows × SKUs: cosine of their words and facts, and of the beginnings of their codes, in equal parts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = things[["sku", "product", *_facts(things)]].fillna("").astype(str).agg(" ".join, axis=1).str.lower()
    codes = things["sku"].str.lower().map(lambda code: " ".join(code[:end] for end in range(1, len(code) + 1)))
    made = np.zeros((len(rows), len(things)))
    for text, pattern, longest in ((words, r"(?u)[^\W\d_一-鿿]+|[一-鿿]|\d+", 2), (codes, r"\S+", 1)):
        weigh = TfidfVectorizer(token_pattern=pattern, ngram_range=(1, longest), sublinear_tf=True)
        table = weigh.fit_transform(text)
        made += 0.5 * (table[rows] @ table.T).toarray()
    return made


def _facts(things: pd.DataFrame) -> list[str]:
    """Names of the columns that tell a fact about a SKU."""
    return ["category", "maker", *(name for name in things if name.startswith(_FACT))]


def _within(past: Floats, things: pd.DataFrame, rows: Ints, start: int, end: int) -> Floats:
    """Units from one day of age up to another, as far as they lie before the origin."""
    at = things.launched.to_numpy()[rows, None] + np.array([[start, end]])
    units = past[rows[:, None], np.clip(at, 0, past.shape[1] - 1)]
    return np.asarray(units[:, 1] - units[:, 0])


def _design(panel: Panel, things: pd.DataFrame, past: Floats, rows: Ints, alike: Floats) -> tuple[Floats, Floats]:
    """Log units of 28 days at the category's level, and what is known of each launch on the evening before it or the origin."""
    origin = past.shape[1] - 1
    parts = []
    for row, near in zip(rows, alike, strict=True):
        day = int(things.launched[row])
        seen = min(day, origin)
        levels = _levels(past, things, row, seen, near)
        parts.append([*levels, *_planned(panel, int(things.place[row]), seen, day)])
    known = np.array(parts).reshape(len(rows), 3 + len(panel.plans))
    price = np.log(things.list_price.astype(np.float64))
    dear = (price - price.groupby(things.category).transform("median")).fillna(0.0).to_numpy()[rows]
    told = things.iloc[rows][_facts(things)].astype("object")
    facts = pd.get_dummies(told).to_numpy(np.float64).reshape(len(rows), -1)
    return known[:, 0], np.column_stack([np.ones(len(rows)), known[:, 1:], dear, facts])


def _levels(past: Floats, things: pd.DataFrame, row: int, day: int, near: Floats) -> list[float]:
    """Log of what a SKU on sale of the category sells in 28 days; beside it, the brand's SKUs, and those most alike."""
    window = min(MONTH, day)
    rate = (past[:, day] - past[:, day - window]) / max(window, 1)
    on_sale = rate > 0
    on_sale[row] = False
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
    if place < 0 or not len(days):
        return [0.0] * len(panel.plans)
    return [float(plan.seen(seen, days)[place].mean()) for plan in panel.plans.values()]


def _fit(usual: Floats, effects: Floats, units: Floats) -> tuple[Floats, Floats]:
    """Expected units of the launches that come after those whose units are given; of these themselves, each learnt from others."""
    count = len(units)
    common = (np.abs(effects[:count]) > 0).sum(axis=0) >= _COMMON
    effects = effects[:, common | (np.arange(effects.shape[1]) == 0)]
    fold, without = np.arange(count) % _FOLDS, np.zeros(count)
    for one in range(min(_FOLDS, count)):
        out = np.flatnonzero(fold == one)
        learnt = np.flatnonzero(fold != one)
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
    units = _within(past, things, earlier, 0, MONTH)
    curve = np.ones(_AGES[-1])
    for start, end in pairwise(_AGES):
        seen = np.clip(days - start, 0, end - start) / MONTH
        part = _within(past, things, earlier, start, end) / (units + 1)
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


def _shares(curve: Floats, weekday: Floats, launched: int, days: Ints) -> Floats:
    """What should be sold on each of these days, beside all of the first 28."""
    age = days - launched
    whole = (curve[:MONTH] * weekday[(launched + np.arange(MONTH)) % 7]).sum()
    return np.where(age >= 0, curve[np.clip(age, 0, len(curve) - 1)] * weekday[days % 7] / whole, 0.0)


def _so_far(curve: Floats, weekday: Floats, launched: int, age: int) -> float:
    """What should be sold before an age, beside all of the first 28 days."""
    return float(_shares(curve, weekday, launched, launched + np.arange(min(age, MONTH))).sum())
