"""Choices: what each occasion wants, by a nested logit whose outside option is to take fewer things home."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.simulate.categories import pick_categories
from shopkeeper.simulate.draws import Draws, Floats, Ints, choose
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.segments import column

NEW = 60  # days after its launch in which a SKU is new
_MOST_LINES = 6  # before prices have a say
_COPIES = 100  # lines beyond the first that a price brings are numbered by this step
# Chance of a second unit, by category; of a third, a fourth of it.
_SECOND = np.array([0.08, 0.06, 0.30, 0.14, 0.10, 0.10, 0.14, 0.06])
UNITS = 1 + _SECOND * (1 + 1 / 4)  # of a line in the mean


@dataclass(frozen=True)
class Shares:
    """Sums over all choices of a line, by SKU, that its elasticities follow from; the occasions being given.

    expected: lines. sensitive: lines, each times its customer's price factor. own: these, each times the share that
    its customer gave the SKU anyway. undercut: lines on days on which a competitor is cheaper; undercut_own: these, each
    times that share.
    """

    expected: Floats
    sensitive: Floats
    own: Floats
    undercut: Floats
    undercut_own: Floats

    @property
    def factor(self) -> Floats:
        """The mean price factor of a SKU's buyers: its elasticity within the category is the planted one times this."""
        return _ratio(self.sensitive, self.expected)

    @property
    def share_undercut(self) -> Floats:
        """The share of a SKU's lines on days on which a competitor is cheaper."""
        return _ratio(self.undercut, self.expected)

    def marginal(self, nest: float | Floats) -> Floats:
        """What one percent of a SKU's price does to its lines, in multiples of its planted elasticity.

        A dearer SKU loses to others of the category, 1 - share, and the category to none, nest × share. nest: of all SKUs, or of each.
        """
        return self.factor - (1 - nest) * _ratio(self.own, self.expected)

    def marginal_undercut(self, nest: float | Floats) -> Floats:
        """The same through competitors' prices being passed, in multiples of what the world calls competition."""
        return _ratio(self.undercut - (1 - nest) * self.undercut_own, self.expected)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def make_requests(scene: Scene, people: pd.DataFrame, occasions: pd.DataFrame) -> tuple[pd.DataFrame, Shares]:
    """What is wanted: one row per occasion and SKU (occasion, customer, key, number, day, warehouse, sku, quantity).

    At list prices an occasion wants one line, and a Poisson number more. A line's category is drawn without regard to
    prices; how many lines come of it, and of which SKUs, follows them.
    """
    return choose_skus(scene, people, lines_at_list(scene, people, occasions))


def lines_at_list(scene: Scene, people: pd.DataFrame, occasions: pd.DataFrame) -> pd.DataFrame:
    """One row per line wanted at list prices, with its category: nothing in it follows from prices."""
    lines = _lines(scene.draws, people, occasions)
    lines["category"] = pick_categories(scene, people, lines)
    return lines


def choose_skus(scene: Scene, people: pd.DataFrame, base: pd.DataFrame) -> tuple[pd.DataFrame, Shares]:
    """What comes of lines at list prices under the scene's own, as make_requests says."""
    sums = np.zeros((5, len(scene.catalogue.skus)))
    parts = []
    for category in range(scene.world.categories):
        skus = np.flatnonzero(scene.catalogue.skus.category == category)
        mine = with_factor(scene, people, base[base.category == category])
        chances, volume = _chances(scene, people, mine, skus)
        factor, day = mine.factor.to_numpy(), mine.day.to_numpy()[:, None]
        weighted = chances * volume[:, None]
        beaten = weighted * (scene.prices.price[day, skus] > scene.cheapest[day, skus])
        sums[:3, skus] = weighted.sum(axis=0), factor @ weighted, factor @ (weighted * chances)
        sums[3:, skus] = beaten.sum(axis=0), (beaten * chances).sum(axis=0)
        parts.append(_taken(scene.draws, mine, chances, volume, skus))
    lines = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    lines["quantity"] = _quantities(scene.draws, lines)
    keys = ["occasion", "customer", "key", "number", "day", "warehouse", "sku"]
    requests = lines.groupby(keys, as_index=False, sort=True).quantity.sum()
    return requests, Shares(*sums)


def _lines(draws: Draws, people: pd.DataFrame, occasions: pd.DataFrame) -> pd.DataFrame:
    """One row per line wanted at list prices: one, and a Poisson number more."""
    customer, key, number = (occasions[name].to_numpy() for name in ("customer", "key", "number"))
    more = draws.poisson("lines", people.basket.to_numpy()[customer], key, number)
    count = np.minimum(1 + more, _MOST_LINES)
    occasion = np.repeat(np.arange(len(occasions)), count)
    lines = occasions.loc[occasion, ["customer", "key", "number", "day"]].reset_index(drop=True)
    lines.insert(0, "occasion", occasion)
    lines["line"] = lines.groupby("occasion").cumcount()
    lines["warehouse"] = people.warehouse.to_numpy()[lines.customer]
    return lines


def with_factor(scene: Scene, people: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Lines, numbered anew, with the price factor of each one's customer."""
    segment = people.segment.to_numpy()[lines.customer]
    return lines.reset_index(drop=True).assign(factor=column(scene.segments, "price")[segment])


def _chances(scene: Scene, people: pd.DataFrame, lines: pd.DataFrame, skus: Ints) -> tuple[Floats, Floats]:
    """Lines × SKUs of one category: the chance of each, multinomial logit.

    Also how many lines come of each: exp(nest × what the prices of the day add to the category's inclusive value), 1 at
    list prices.
    """
    price = scene.prices.price[lines.day.to_numpy()[:, None], skus]
    at_list = weight_at_list(scene, people, lines, skus)
    weight = at_list * np.exp(from_prices(scene, lines, skus, price))
    sums = weight.sum(axis=1)
    return weight / sums[:, None], np.asarray((sums / at_list.sum(axis=1)) ** scene.nest[skus[0]], np.float64)


def weight_at_list(scene: Scene, people: pd.DataFrame, lines: pd.DataFrame, skus: Ints) -> Floats:
    """Lines × SKUs: exp(utility) at list prices and without competitors. A SKU not yet launched has none."""
    launched = scene.catalogue.skus.launched.to_numpy()[skus]
    return np.where(lines.day.to_numpy()[:, None] >= launched, np.exp(liking(scene, people, lines, skus)), 0.0)


def from_prices(scene: Scene, lines: pd.DataFrame, skus: Ints, price: Floats | Ints) -> Floats:
    """Lines × SKUs: what prices (fen) add to utility: the customer's price factor × elasticity × log(price / list price), less
    competition × how far, in logs, the cheapest competitor of the day is below.
    """
    of = scene.catalogue.skus.iloc[skus]
    added = lines.factor.to_numpy()[:, None] * of.elasticity.to_numpy() * np.log(price / of.list_fen.to_numpy())
    if not scene.world.competition:
        return np.asarray(added, np.float64)
    below = np.log(np.maximum(price / scene.cheapest[lines.day.to_numpy()[:, None], skus], 1.0))
    return np.asarray(added - scene.world.competition * below, np.float64)


def liking(scene: Scene, people: pd.DataFrame, lines: pd.DataFrame, skus: Ints) -> Floats:
    """Lines × SKUs: utility at the list price: appeal, the shock of the week, and taste, of the segment for new SKUs and for
    actives, of the customer for dear SKUs and for single ones.
    """
    of = scene.catalogue.skus.iloc[skus]
    day, customer = lines.day.to_numpy()[:, None], lines.customer.to_numpy()
    segment = people.segment.to_numpy()[customer]
    age = day - of.launched.to_numpy()
    utility = of.appeal.to_numpy() + scene.prices.shock[day, skus]
    utility += column(scene.segments, "novelty")[segment][:, None] * ((age >= 0) & (age <= NEW))
    utility += column(scene.segments, "actives")[segment][:, None] * of.is_active.to_numpy()
    utility += people.tier.to_numpy()[customer][:, None] * of.tier.to_numpy()
    spread = scene.world.taste * column(scene.segments, "loyalty")[segment][:, None]
    return np.asarray(utility + spread * scene.draws.normal("liking", lines.key.to_numpy()[:, None], skus), np.float64)


def _taken(draws: Draws, lines: pd.DataFrame, chances: Floats, volume: Floats, skus: Ints) -> pd.DataFrame:
    """What becomes of each line: so many SKUs as its volume says in the mean, each chosen by its chances.

    Below 1 the line itself may fall away; above it stands, and a Poisson number comes on top.
    """
    key = (lines.key, lines.number, lines.line)
    stays = draws.uniform("line stays", *key) < volume
    count = stays + draws.poisson("more of a line", np.maximum(volume - 1, 0.0), *key)
    row = np.repeat(np.arange(len(lines)), count)
    taken = lines.iloc[row].reset_index(drop=True)
    taken["line"] += _COPIES * (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count))
    u = draws.uniform("choice", taken.key, taken.number, taken.line)
    return taken.assign(sku=skus[choose(chances[row], u)])


def _quantities(draws: Draws, lines: pd.DataFrame) -> Ints:
    second = _SECOND[lines.category]
    u = draws.uniform("quantity", lines.key, lines.number, lines.line)
    return np.asarray(1 + (u < second).astype(np.int64) + (u < second / 4), np.int64)
