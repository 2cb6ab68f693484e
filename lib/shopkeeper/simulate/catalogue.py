"""The catalogue: SKUs with titles, prices, costs, launches and planted elasticities, and what is inside a set."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.names import CODES, GOODS, INGREDIENTS, LINES, LOOKS, MAKERS, SHADES
from shopkeeper.simulate.world import World

_SHARES = np.array([0.16, 0.14, 0.14, 0.10, 0.10, 0.18, 0.10, 0.08])
_LIST_YUAN = np.array([(129, 329), (109, 289), (59, 149), (59, 119), (79, 159), (69, 179), (49, 119), (199, 499)])
_APPEAL_SD = 1.15  # log appeal within a category: a third of the SKUs sell nine tenths of the units
_LAUNCHED_WITHIN = 0.22  # share of SKUs launched within the days simulated
_CREAM, _MASK, MAKE_UP, SETS = 1, 2, 5, 7
BOX_FEN = 600  # what the box of a set costs


@dataclass(frozen=True)
class Catalogue:
    """skus: one row per SKU, by number. bundles: set, component (SKU numbers) and quantity.

    skus holds sku, product, category (number), maker, launched (day number), list_fen, cost_fen, elasticity, appeal
    (log), is_active (a high dose of active ingredient), ingredient, tier (log list price, standardised in its category).
    """

    skus: pd.DataFrame
    bundles: pd.DataFrame


def make_catalogue(world: World, draws: Draws) -> Catalogue:
    """The SKUs of a world. The first SKU of every category has been on sale from before the first day."""
    category = _categories(world)
    skus = pd.DataFrame({"category": category})
    skus["sku"] = _codes(category)
    number = np.arange(len(skus))
    skus["product"] = [_title(draws, int(s), int(c)) for s, c in zip(number, category, strict=True)]
    skus["maker"] = [MAKERS[i] for i in draws.integer("maker", len(MAKERS), number)]
    skus["launched"] = _launches(world, draws, category)
    skus["list_fen"] = _list_prices(draws, category)
    skus["cost_fen"] = (skus.list_fen * (0.18 + 0.22 * draws.uniform("cost", number))).round().astype("int64")
    skus["ingredient"] = [INGREDIENTS[i] for i in draws.integer("ingredient", len(INGREDIENTS), number)]
    skus["is_active"] = draws.uniform("active", number) < 0.35
    skus["appeal"] = _APPEAL_SD * draws.normal("appeal", number)
    skus["elasticity"] = _elasticities(world, draws, category)
    bundles = _bundles(draws, skus)
    skus = _price_sets(skus, bundles)
    tier = np.log(skus.list_fen)
    by = tier.groupby(skus.category)
    skus["tier"] = ((tier - by.transform("mean")) / by.transform("std")).fillna(0.0).to_numpy()
    return Catalogue(skus, bundles)


def _categories(world: World) -> Ints:
    """The category of each SKU, sorted: every category has one at least, the rest by share."""
    shares = _SHARES[: world.categories]
    edges = np.cumsum(shares) / shares.sum()
    rest = np.searchsorted(edges, (np.arange(world.skus - world.categories) + 0.5) / (world.skus - world.categories))
    return np.sort(np.concatenate([np.arange(world.categories), rest])).astype(np.int64)


def _codes(category: Ints) -> list[str]:
    within = pd.Series(category).groupby(category).cumcount() + 1
    return [f"AU-{CODES[c]}-{n:03d}" for c, n in zip(category, within, strict=True)]


def _title(draws: Draws, sku: int, category: int) -> str:
    def one(name: str, words: tuple[str, ...]) -> str:
        return words[int(draws.integer(f"title {name}", len(words), sku)[0])]

    goods = one("goods", GOODS[category])
    shades = SHADES.get(goods.split()[0], ())
    shade = " " + one("shade", shades) if shades else ""
    return f"Aurora {one('line', LINES)}{one('look', LOOKS[category])}{goods}{shade}"


def _launches(world: World, draws: Draws, category: Ints) -> Ints:
    number = np.arange(len(category))
    old = -30 - draws.integer("age", 900, number)
    new = 20 + draws.integer("launch", max(world.days - 40, 1), number)
    is_first = np.r_[True, np.diff(category) > 0]
    return np.where((draws.uniform("new", number) < _LAUNCHED_WITHIN) & ~is_first, new, old)


def _list_prices(draws: Draws, category: Ints) -> Ints:
    """Whole yuan that end in 9, in fen."""
    low, high = _LIST_YUAN[category].T
    yuan = low + (high - low) * draws.uniform("list price", np.arange(len(category))) ** 1.4
    return np.asarray(((yuan / 10).round() * 10 - 1) * 100, np.int64)


def _elasticities(world: World, draws: Draws, category: Ints) -> Floats:
    by_category = world.elasticity_category_sd * draws.normal("elasticity of category", category)
    by_sku = world.elasticity_sku_sd * draws.normal("elasticity", np.arange(len(category)))
    return np.minimum(world.elasticity + by_category + by_sku, -0.3)


def _bundles(draws: Draws, skus: pd.DataFrame) -> pd.DataFrame:
    """Each set holds a serum or cream and one or two SKUs of other skin care, all on sale before the first day, masks twice."""
    rows = []
    for number in skus.index[skus.category == SETS]:
        older = skus[(skus.category < MAKE_UP) & (skus.launched <= -30)]
        drawn = older.iloc[np.argsort(draws.uniform("component", number, older.index))]
        heart = drawn[drawn.category <= _CREAM].iloc[:1]
        others = drawn[drawn.category != heart.category.iloc[0]].drop_duplicates("category")
        count = 1 + int(draws.integer("components", 2, number)[0])
        for component, category in pd.concat([heart, others.iloc[:count]]).category.items():
            rows.append((number, component, 2 if category == _MASK else 1))
    return pd.DataFrame(rows, columns=["sku", "component", "quantity"]).astype("int64")


def _price_sets(skus: pd.DataFrame, bundles: pd.DataFrame) -> pd.DataFrame:
    """A set costs what its components cost and a box of 6 yuan, and lists at 75 % of their list prices."""
    parts = bundles.join(skus[["list_fen", "cost_fen"]], on="component")
    sums = parts[["list_fen", "cost_fen"]].mul(parts.quantity, axis=0).groupby(parts["sku"]).sum()
    skus = skus.copy()
    skus.loc[sums.index, "list_fen"] = ((sums.list_fen * 0.75 / 1000).round() * 10 - 1).astype("int64") * 100
    skus.loc[sums.index, "cost_fen"] = sums.cost_fen + BOX_FEN
    return skus
