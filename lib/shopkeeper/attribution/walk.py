"""The walk through journeys: what rules of thumb and the hazard say that each channel brought of new customers."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import norm

from shopkeeper.attribution import credit, hazard, heuristics, journeys, markov, paths, person_time, shapley
from shopkeeper.attribution.credit import Credit
from shopkeeper.attribution.hazard import FEWEST, Hazard
from shopkeeper.attribution.transforms import Floats
from shopkeeper.attribution.worth import settled
from shopkeeper.fits import kept
from shopkeeper.report.words import Sentence, count, day, say
from shopkeeper.shop import Shop
from shopkeeper.sums import total


@dataclass(frozen=True)
class Walk:
    """What journeys tell.

    since     the day from which journeys are followed, where it is after the data's first
    touches   of journeys.journey_touches, as kept by the shop
    account   of journeys.journey_account
    orders    on journeys
    cost      by channel, of all touches, those of known customers and machines among them, currency
    rules     channel × rule × orders and revenue, long
    shapley   orders by channel, shared evenly among the distinct channels of each journey: Shapley values of orders_reached
    chain     of markov.markov, at the memory that foretells later steps best; empty where all journeys know one channel
    paths     the ten commonest, of paths.common_paths; hours: of paths.hours_to_order; stages: of paths.stages
    hazard, credit   what was fitted, and what each channel brought by it
    pull      by channel, how its touches follow what people want anyway: of intent.Intent
    causes    of credit.cause_shares, by the channel through which customers are said to have come; empty where that is not known
    """

    since: dt.date
    touches: ir.Table
    account: pd.DataFrame
    orders: int
    cost: pd.Series
    rules: pd.DataFrame
    shapley: pd.Series
    chain: pd.DataFrame
    paths: pd.DataFrame
    hours: pd.DataFrame
    stages: pd.DataFrame
    hazard: Hazard
    credit: Credit
    pull: pd.Series
    causes: pd.DataFrame

    @property
    def is_sound(self) -> bool:
        """Whether the sampler may be trusted."""
        return self.hazard.is_sound


def walk(shop: Shop, seed: int) -> Walk | None:
    """Follow the journeys; None where the brand has no touches, too few orders on journeys, or no ad on any."""
    if not shop.has("touches", "orders"):
        return None
    since, seen = settled(shop), shop.touches
    if since > shop.first_day:
        seen = seen.filter(seen.touched_at >= ibis.timestamp(str(since)))
    touches = shop.keep(journeys.journey_touches(seen, shop.orders, shop.as_of))
    orders = int(shop.load(touches.agg(n=touches.order_id.nunique())).n.iloc[0])
    if orders < FEWEST:
        return None
    first, promotions = shop.load(touches.agg(at=touches.touched_at.min()))["at"].iloc[0], shop.load(shop.sales_events)
    windows = person_time.calendar(promotions, first.date(), shop.as_of)
    steps = shop.keep(person_time.journey_steps(touches, shop.as_of, shop.brand.demand_capture))
    time, intent = person_time.person_time(shop.load, steps, windows)
    if time.exposures.empty:
        return None
    known = kept(shop.brand, hazard.fit_hazard, time, seed)
    on_paths = paths.steps(touches)
    counted = paths.path_counts(on_paths)
    ads = paths.path_counts(paths.steps(paths.ads(touches)))
    return Walk(
        since, touches, shop.load(journeys.journey_account(seen, shop.orders, shop.as_of)), orders, _cost(shop, seen), _rules(shop, touches),
        _shapley(shop.load(paths.channel_sets(touches))), _chain(shop, on_paths), shop.load(paths.common_paths(counted)),
        shop.load(paths.hours_to_order(touches)), paths.stages(shop.load(paths.stage_counts(ads))), known, credit.credit(known, time, seed), intent.pull,
        credit.cause_shares(known, time, _came_through(shop)),
    )  # fmt: skip


def _came_through(shop: Shop) -> pd.Series:
    """By order, the channel through which its customer is said to have come."""
    named = shop.orders.inner_join(shop.customers, "customer_id").select("order_id", "acquired_through")
    return shop.load(named.filter(named.acquired_through.notnull())).set_index("order_id").acquired_through


def _cost(shop: Shop, touches: ir.Table) -> pd.Series:
    spent = touches.group_by("channel").agg(cost=total(touches.cost.fill_null(0.0)))
    return shop.load(spent).set_index("channel").cost


def _rules(shop: Shop, touches: ibis.Table) -> pd.DataFrame:
    parts = [shop.load(heuristics.credit(touches, rule)).assign(rule=rule) for rule in _SHOWN]
    return pd.concat(parts, ignore_index=True)


_SHOWN: tuple[heuristics.Rule, ...] = ("last_click", "first", "linear")


def _shapley(sets: pd.DataFrame) -> pd.Series:
    channels = sorted({name for row in sets.channels for name in row})
    shares, _ = shapley.shapley(shapley.orders_reached(sets, channels), len(channels), seed=1)
    return pd.Series(shares, channels)


def _chain(shop: Shop, steps: ibis.Table) -> pd.DataFrame:
    """Credit of the Markov chain whose memory, learnt from the earlier half of journeys, foretells the later half best."""
    middle = shop.load(steps.agg(day=steps.first_touch_at.median())).day.iloc[0]
    is_later = (steps.first_touch_at >= middle).fill_null(True)
    before, after = (shop.load(markov.transitions(steps.filter(is_part))) for is_part in (~is_later, is_later))
    seen = pd.concat([before, after], ignore_index=True)
    if seen.channel.nunique() < 2:  # nothing to divide
        return pd.DataFrame(columns=["channel", "orders"])
    order = markov.best_order(markov.order_scores(before, after))
    return markov.markov(markov.chain(seen, order)).assign(order=order)


def roas(found: Walk | None, of_new: float) -> dict[str, Floats]:
    """By channel with cost, draws of what would be missed without the channel per unit of cost: new customers, of_new of sales each;
    where that is 0, the revenue of their first orders.

    The more a channel's touches follow what people want anyway, the less sure is what journeys tell of it, beyond their own error.
    """
    if found is None or not found.is_sound:
        return {}
    missed = of_new * lost(found) if of_new else _doubting(found, found.credit.missed)
    paid = {name: float(found.cost.get(name, 0.0)) for name in found.credit.channels}
    return {
        name: np.asarray(missed[:, place] / paid[name], np.float64)
        for place, name in enumerate(found.credit.channels)
        if paid[name] > 0
    }


def lost(found: Walk) -> Floats:
    """Draws × channels of the credit: new customers who would be missed without the channel, with the doubt that its pull leaves."""
    return _doubting(found, found.credit.lost)


def _doubting(found: Walk, draws: Floats) -> Floats:
    pulls = [float(found.pull.get(name, 0.0)) for name in found.credit.channels]
    each = [_doubted(draws[:, place], pull, place) for place, pull in enumerate(pulls)]
    return np.stack(each, axis=1)


def _doubted(draws: Floats, pull: float, seed: int) -> Floats:
    """The draws, with the doubt that a channel's pull leaves; their median stands."""
    even = norm.ppf((np.arange(len(draws)) + 0.5) / len(draws))
    z = np.random.default_rng(seed).permutation(even)
    return np.asarray(draws * np.exp(_FOLLOWS * max(pull, 0.0) * z), np.float64)


_FOLLOWS = 0.6  # deviation of log roas, where touches follow intent one to one


def followed_told(found: Walk, shop: Shop) -> Sentence:
    """What journeys hold, and from when on they are followed."""
    told = journeys.account_told(found.account)
    if found.since == shop.first_day:
        return told
    return say(
        "{told} Followed are touches from {day} on: of those who came soon after the data begin, nobody can tell new from old.",
        told=told, day=day(found.since),
    )  # fmt: skip


def none_told(shop: Shop) -> Sentence:
    """That no journeys carry the report, and what does."""
    if not shop.has("touches"):
        return say(
            "This brand has no journeys: platforms share no user id, so nobody can follow a person from one to the next. The media mix and "
            "lift tests carry this report alone."
        )
    return say(
        "Fewer than {n} new customers can be followed from an ad to their first order, too few to learn from. The media mix and lift tests "
        "carry this report alone.",
        n=count(FEWEST),
    )  # fmt: skip
