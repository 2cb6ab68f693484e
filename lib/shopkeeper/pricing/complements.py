"""What is bought together beyond chance, across markets: by how much, and how many units of one go with one of the other."""

from dataclasses import dataclass
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, gammainc, gammaln, logsumexp

from shopkeeper.shop import Shop

Floats = NDArray[np.float64]
Places = NDArray[np.integer]

FEWEST = 5  # customers who bought a pair, from which it is told
DRAWS = 200
_CHANCE = 0.05  # that a pair is bought together no more than by chance, above which it is left out
_WIDEST = 100  # SKUs of an order, above which it is a shop's own list, and says little of what goes with what
_FINE = 10.0  # steps of log expected orders, by e-fold, that pairs are counted in when the prior is learnt
_START = (0.0, 1.0, 3.0, 0.0, 3.0)  # of _prior: most pairs as by chance, some three times as often
_BOUNDS = ((-2, 1), (-1, 4), (-1, 7), (-1, 4), (0, 10))  # a gamma of shape 1000 is as good as a number


class Again(NamedTuple):
    """The pairs of the first half of the time in the second. n: pairs; above: share bought together beyond chance again; told: how many times
    as often as by chance they should be; found: they were.
    """

    n: int
    above: float
    told: float
    found: float


@dataclass(frozen=True)
class Complements:
    """rows: one per pair that is bought together beyond chance, the most surely so first:
        sku, other    SKUs of different markets, of which the first takes more of the other along
        orders, customers   that had both; expected: orders by chance
        lift, lift_low, lift_high       orders by expected ones, shrunk, with the 90% interval
        attach, attach_low, attach_high   units of other that go with a unit of sku beyond chance
    pairs: that were looked at. again: None where none was found in the first half of the time.
    """

    rows: pd.DataFrame
    pairs: int
    again: Again | None


class Prior(NamedTuple):
    """A mixture of two gammas: shapes, rates, and the share of each."""

    shape: Floats
    rate: Floats
    share: Floats


class Counted(NamedTuple):
    """Of SKUs by their places in the list that was asked for. units: by SKU; together: rows of first, second (places, in this order), orders,
    customers, repeats (sum of squares of customers' orders), first_units, second_units in these orders; expected: SKUs × SKUs, orders that have
    both by chance.
    """

    units: Floats
    together: pd.DataFrame
    expected: Floats


def complements(shop: Shop, skus: pd.DataFrame, seed: int) -> Complements:
    """The pairs of SKUs of different markets that are bought together more than orders of that size do in that week.

    skus: rows of sku, category, market (0: without substitutes there, of which only those of one category are held for alike).
    Orders of up to 100 SKUs are counted by week and size, in which each pair is expected by how often its SKUs are bought; observed by expected
    is drawn to what all pairs have in common, a mixture of two gammas. Customers who buy a pair again and again count by less than their orders.
    What goes along is no answer to a price. On complete_journey units followed the other's price by .12 of attach (90%: -.16 to .40), pairs of one
    half of the year being tried on the other half. On online_retail by .81, but a price there is what the same orders paid.
    Source: DuMouchel (1999), The American Statistician 53(3), 177-190.
    """
    with shop.scratch():
        return _complements(shop, skus, seed)


def _complements(shop: Shop, skus: pd.DataFrame, seed: int) -> Complements:
    baskets = baskets_of(shop, list(skus["sku"]))
    rows, pairs = found_in(count_together(shop, baskets, len(skus)), skus, seed)
    turn = ibis.timestamp(str(shop.first_day + (shop.as_of - shop.first_day) / 2))
    early, late = (
        count_together(shop, baskets.filter(half), len(skus)) for half in (baskets.week < turn, baskets.week >= turn)
    )
    return Complements(rows, pairs, again(found_in(early, skus, seed)[0], pairs_of(late, skus)))


def found_in(counted: Counted, skus: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, int]:
    """Complements.rows of what was counted, and how many pairs were looked at; skus as of complements."""
    pairs = pairs_of(counted, skus)
    prior = learn_prior(pairs.heard.to_numpy(), pairs.heard_expected.to_numpy())
    often = pairs[pairs.customers >= FEWEST]
    sure = often[below(prior, often) < _CHANCE]
    lift = draw_lifts(prior, sure, seed)
    rows = _directed(sure, counted.units, skus["sku"].to_numpy())
    beyond = np.maximum(lift - 1, 0) * (rows.expected * rows.other_units / rows.orders / rows.all_units).to_numpy()
    rows = rows.assign(**_told_of("lift", lift), **_told_of("attach", beyond))
    return rows.sort_values("lift_low", ascending=False, ignore_index=True), len(pairs)


def _told_of(name: str, draws: Floats) -> dict[str, Floats]:
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return {name: draws.mean(axis=0), f"{name}_low": low, f"{name}_high": high}


def _directed(pairs: pd.DataFrame, units: Floats, names: NDArray[np.object_]) -> pd.DataFrame:
    """Pairs as sku, other, the one first that takes more of the other along; other_units in orders with both, all_units of sku."""
    first, second = pairs["first"].to_numpy(), pairs.second.to_numpy()
    turned = (pairs.first_units / units[second] > pairs.second_units / units[first]).to_numpy()
    one, other = np.where(turned, second, first), np.where(turned, first, second)
    return pairs.assign(
        sku=names[one], other=names[other], other_units=pairs.second_units.where(~turned, pairs.first_units), all_units=units[one],
    )  # fmt: skip


def again(found: pd.DataFrame, later: pd.DataFrame) -> Again | None:
    """What became of pairs that were found (of found_in). later: of pairs_of, in other weeks."""
    both = found[["first", "second", "lift"]].merge(later, on=["first", "second"])
    if both.empty:
        return None
    expected = both.expected.sum()
    told = float((both.lift * both.expected).sum() / expected)
    return Again(len(both), float((both.orders > both.expected).mean()), told, float(both.orders.sum() / expected))


def count_together(shop: Shop, baskets: ir.Table, count: int) -> Counted:
    """How often each of so many SKUs is in a basket, with each of the others, and how often that is expected by chance."""
    sold = shop.load(baskets.group_by("place").agg(units=baskets.units.sum()))
    units = np.asarray(np.bincount(sold.place, sold.units, count), np.float64)
    return Counted(units, shop.load(_together(baskets)), _expected(shop.load(_strata(baskets)), count))


def baskets_of(shop: Shop, skus: list[str]) -> ir.Table:
    """One row per order and SKU of these: its place among them, units, customer (each guest another one), the order's week, its size (of these SKUs) and that one's class."""
    # What is sold in a set goes together because the brand put it there.
    sold = shop.order_lines.filter((shop.order_lines.quantity > 0) & shop.order_lines.bundle.isnull())
    places = ibis.memtable({"sku": skus, "place": np.arange(len(skus), dtype=np.int32)})
    rows = sold.join(places, "sku").group_by("order_id", "place").agg(units=lambda row: row.quantity.sum())
    sizes = rows.group_by("order_id").agg(size=rows.count()).filter(lambda row: row["size"] <= _WIDEST)
    rows = rows.join(sizes, "order_id").join(shop.orders.select("order_id", "customer_id", "ordered_at"), "order_id")
    baskets = rows.select(
        "order_id", "place", "units", "size", customer=rows.customer_id.coalesce(rows.order_id), week=rows.ordered_at.truncate("W"),
        kind=(2 * rows["size"].log2()).floor(),
    )  # fmt: skip
    return shop.keep(baskets)


def _together(baskets: ir.Table) -> ir.Table:
    other = baskets.select("order_id", second="place", second_units="units")
    both = baskets.join(other, "order_id").filter(lambda row: row.place < row.second)
    own = both.group_by("customer", "second", first="place").agg(
        orders=both.count(), first_units=both.units.sum(), second_units=both.second_units.sum()
    )
    return own.group_by("first", "second").agg(
        orders=own.orders.sum(), customers=own.count(), repeats=(own.orders * own.orders).sum(), first_units=own.first_units.sum(),
        second_units=own.second_units.sum(),
    )  # fmt: skip


def _strata(baskets: ir.Table) -> ir.Table:
    """By week, class of size and place of a SKU its orders, and how many pairs all orders of that week and class hold, each counted from both sides."""
    wide = baskets.filter(baskets["size"] > 1)
    of_all = wide.group_by("week", "kind").agg(pairs=(wide["size"] - 1).sum())
    return wide.group_by("week", "kind", "place").agg(orders=wide.count()).join(of_all, ["week", "kind"])


def _expected(strata: pd.DataFrame, count: int) -> Floats:
    """The pairs of each week and class, shared out as if by chance: by the product of the orders of their SKUs."""
    by = strata.groupby(["week", "kind"])
    room = by.orders.transform("sum") ** 2 - (strata.orders**2).groupby([strata.week, strata.kind]).transform("sum")
    number = by.ngroup().to_numpy()
    table = np.zeros((count, number.max(initial=-1) + 1))
    table[strata.place, number] = strata.orders * np.sqrt(strata.pairs / room)
    return np.asarray(table @ table.T)


def pairs_of(counted: Counted, skus: pd.DataFrame) -> pd.DataFrame:
    """Every pair of different markets: what Counted.together has, expected, and both as they are heard, customers counting less for buying it again."""
    count, seen = len(skus), counted.together
    first, second = (place.astype(np.int32) for place in np.triu_indices(count, 1))
    apart = are_apart(skus, first, second) & (counted.expected[first, second] > 0)
    first, second = first[apart], second[apart]
    told = seen.set_index(seen["first"] * count + seen.second).drop(columns=["first", "second"]).astype(np.float32)
    rows = told.reindex(first.astype(np.int64) * count + second, fill_value=0.0).reset_index(drop=True)
    rows = rows.assign(first=first, second=second, expected=counted.expected[first, second])
    usual = rows.repeats.sum() / max(rows.orders.sum(), 1)
    again = np.maximum(rows.repeats / np.maximum(rows.orders, 1), max(usual, 1.0))
    return rows.assign(heard=rows.orders / again, heard_expected=rows.expected / again)


def are_apart(of: pd.DataFrame, first: Places, second: Places) -> NDArray[np.bool_]:
    """Whether prices of one move nothing of the other by what markets tell: their markets differ, or have no substitutes, and they are not of one category."""
    category = of.category.astype(object).where(of.category.notna() & ~of.category.isin(["", "None", "nan"]))
    kind, market = pd.factorize(category)[0], of.market.to_numpy()
    is_alike = (kind[first] == kind[second]) & (kind[first] >= 0)
    return np.asarray(~is_alike & ((market[first] != market[second]) | (market[first] == 0)))


def learn_prior(heard: Floats, expected: Floats) -> Prior:
    """The mixture of two gammas that orders by expected ones of all pairs are likeliest to come of."""
    binned = pd.DataFrame({"heard": heard.round(2), "step": np.round(_FINE * np.log(expected)), "expected": expected})
    cells = binned.groupby(["heard", "step"]).expected.agg(["size", "mean"]).reset_index()
    n, e, times = (cells[name].to_numpy(np.float64) for name in ("heard", "mean", "size"))

    def loss(z: Floats) -> float:
        """Minus the log likelihood, up to a constant."""
        return float(-(times * logsumexp(_told(_prior(z), n, e), axis=0)).sum())

    return _prior(minimize(loss, np.array(_START), method="L-BFGS-B", bounds=_BOUNDS).x)


def _prior(z: Floats) -> Prior:
    """z: logs of both means, of both shapes, and log odds of the first."""
    mean, shape, share = np.exp(z[:2]), np.exp(z[2:4]), expit(z[4])
    return Prior(shape, shape / mean, np.array([share, 1 - share]))


def _told(prior: Prior, heard: Floats, expected: Floats) -> Floats:
    """Gammas × pairs: log share and density of what was heard, up to what both have in common."""
    shape, rate = prior.shape[:, None], prior.rate[:, None]
    fits = gammaln(shape + heard) - gammaln(shape) + shape * np.log(rate) - (shape + heard) * np.log(rate + expected)
    return np.asarray(np.log(prior.share)[:, None] + fits + heard * np.log(expected) - gammaln(heard + 1))


def _share(prior: Prior, heard: Floats, expected: Floats) -> Floats:
    told = _told(prior, heard, expected)
    return np.asarray(np.exp(told - logsumexp(told, axis=0)))


def below(prior: Prior, pairs: pd.DataFrame) -> Floats:
    """The chance of each pair that it is bought together no more than by chance."""
    heard, expected = pairs.heard.to_numpy(), pairs.heard_expected.to_numpy()
    chance = gammainc(prior.shape[:, None] + heard, prior.rate[:, None] + expected)
    return np.asarray((_share(prior, heard, expected) * chance).sum(axis=0))


def draw_lifts(prior: Prior, pairs: pd.DataFrame, seed: int) -> Floats:
    """Draws × pairs of orders by expected ones."""
    rng = np.random.default_rng(seed)
    heard, expected = pairs.heard.to_numpy(), pairs.heard_expected.to_numpy()
    of = (rng.random((DRAWS, len(pairs))) > _share(prior, heard, expected)[0]).astype(int)
    return np.asarray(rng.gamma(prior.shape[of] + heard) / (prior.rate[of] + expected))
