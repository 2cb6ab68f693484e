"""The study of a brand's channels: what media, journeys and lift tests tell of them, each alone and all together."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from shopkeeper.attribution import media_mix
from shopkeeper.attribution.base import base, coming, followed
from shopkeeper.attribution.evidence import evidence, usual_spend
from shopkeeper.attribution.lift_tests import usable
from shopkeeper.attribution.media_mix import Mix
from shopkeeper.attribution.mix_model import Evidence
from shopkeeper.attribution.panel import Panel, panel
from shopkeeper.attribution.plan import coming_plan, planned_weeks
from shopkeeper.attribution.reconcile import with_journeys
from shopkeeper.attribution.transforms import MAX_LAG, Floats
from shopkeeper.attribution.worth import settled
from shopkeeper.fits import kept
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError, offenders

_DARK = 4  # weeks with spend, below which nothing is learnt of a channel
_STALE = 14  # days after media and sales end, from which on what is said of the weeks after them comes too late
_ALIKE = 0.95  # correlation of weekly spend from which two channels cannot be told apart


@dataclass(frozen=True)
class Study:
    """What is known of a brand's channels.

    of_new     what a new customer brings within a month, currency: where customers are known, the mix looks at new ones alone, since
               old ones order by their own pace; 0 where it looks at all sales
    everything the panel of all sales, regions added up where customers are known; panel: what the mix looks at, new customers in money or all sales
    ahead      the base over the learnt weeks and AHEAD more
    plan       coming weeks × regions × channels, currency; planned: so many of these weeks are in media, the others as the last were
    tests      rows of lift_tests that the panel can run again; unused: how many others there are
    alone      the media mix of media and sales alone; together: with journeys and lift tests
    all_sales  the media mix of all sales, with what together says of roas
    captured   channels that collect demand made elsewhere, which the mix takes for no cause
    spent      by channel, those left out among them: spend of a usual week, currency
    left_out   by channel, why nothing is learnt of it: "unpaid" or "dark"
    journeys   what journeys tell of roas, draws by channel, as far as they tell it
    """

    of_new: float
    everything: Panel
    panel: Panel
    ahead: pd.DataFrame
    plan: Floats
    planned: int
    tests: pd.DataFrame
    unused: int
    alone: Mix
    together: Mix
    all_sales: Mix
    captured: tuple[str, ...]
    spent: pd.Series
    left_out: Mapping[str, str]
    journeys: Mapping[str, Floats]

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are taken for causes of sales, the largest spend first."""
        return self.panel.channels

    @property
    def base(self) -> pd.DataFrame:
        """The base over the learnt weeks."""
        return learnt(self.ahead, self.panel)

    @property
    def mixes(self) -> tuple[Mix, ...]:
        """Those that were fitted: where all sales are looked at, together is the mix of all sales."""
        return (self.alone, self.together, self.all_sales) if self.of_new else (self.alone, self.together)

    def is_current(self, as_of: dt.date) -> bool:
        """Whether media and sales reach near enough to the day for what is said of the coming weeks to be ahead of it."""
        return bool(pd.Timestamp(as_of) - self.panel.weeks[-1] < pd.Timedelta(days=6 + _STALE))

    @property
    def is_sound(self) -> bool:
        """Whether every sampler may be trusted."""
        return all(mix.is_sound for mix in self.mixes)


def study(shop: Shop, roas: Mapping[str, Floats], of_new: float, seed: int) -> Study:
    """Learn what channels bring. roas: as journeys tell it, draws by channel; empty where there are none. of_new: what a new
    customer brings within a month, currency; 0 where customers are not known.

    DataError where media and sales are too few, see panel.panel; or no channel has spend enough to learn from.
    """
    apart, captured, left_out = _sorted_out(shop, of_new)
    causes = apart.of(tuple(name for name in apart.channels if name not in captured and name not in left_out))
    whole = apart.joined(_twins(causes, {*shop.load(shop.lift_tests).channel}))
    channels = tuple(name for name in whole.channels if name not in captured and name not in left_out)
    if not channels:
        raise DataError(
            f"media: of {len(whole.channels)} channels ({offenders(whole.channels)}) none has spend in {_DARK} weeks or more that moves by itself. "
            "A media mix learns from how sales follow spend; vary it from week to week, or test it."
        )
    everything = whole.of(channels)
    known = looked_at(everything, of_new)
    plan = coming_plan(shop, known)
    ahead = base_of(shop, known, plan)
    entered = shop.load(shop.lift_tests)
    tests, roas = usable(known, entered), joined(roas, apart, whole.parts)
    alone = _fit(shop, evidence(known, learnt(ahead, known)), seed)
    together = _fit(shop, with_journeys(evidence(known, learnt(ahead, known), tests), channels, roas), seed)
    all_sales = together
    if of_new:  # what is only forecast needs no regions
        everything = everything.nationwide()
        all_sales = _fit(shop, with_roas(evidence(everything, learnt(ahead, known)), together), seed)
    spent = pd.Series(usual_spend(whole), list(whole.channels))
    return Study(
        of_new, everything, known, ahead, plan, planned_weeks(shop, known), tests, len(entered) - len(tests), alone, together, all_sales,
        captured, spent, left_out, roas,
    )  # fmt: skip


def base_of(shop: Shop, panel: Panel, plan: Floats) -> pd.DataFrame:
    """The base over a panel's learnt weeks and those of the plan (coming weeks × regions × channels, currency)."""
    known = base(shop, coming(panel.learnt, len(plan)), len(panel.learnt))
    spend = pd.DataFrame(np.concatenate([panel.spend, plan]).sum(axis=1), columns=list(panel.channels))
    return followed(known, spend, {*shop.load(shop.lift_tests).channel})


def _sorted_out(shop: Shop, of_new: float) -> tuple[Panel, tuple[str, ...], dict[str, str]]:
    """The panel; its channels that collect demand; and those of which nothing is learnt, with the reason."""
    whole = panel(shop).since(settled(shop)) if of_new else panel(shop)
    captured = tuple(name for name in whole.channels if name in shop.brand.demand_capture)
    others = whole.of(tuple(name for name in whole.channels if name not in captured))
    return whole, captured, _unpaid(shop, whole) | _dark(others)


def looked_at(panel: Panel, of_new: float) -> Panel:
    """The panel with what the mix looks at in place of sales: new customers in money, where customers are known; without regions where
    one of them had none.
    """
    if not of_new:
        return panel
    new = replace(panel, sales=panel.newcomers * of_new)
    return new if (new.newcomers[MAX_LAG - 1 :].sum(axis=0) > 0).all() else new.nationwide()


def _fit(shop: Shop, told: Evidence, seed: int) -> Mix:
    return kept(shop.brand, media_mix.fit, told, seed)


def with_roas(evidence: Evidence, known: Mix) -> Evidence:
    """The evidence with what another mix learnt of roas in place of what is thought of any channel."""
    log = np.log(known.known["roas"])
    return evidence._replace(prior_mean=log.mean(axis=0), prior_sd=log.std(axis=0))


def learnt(ahead: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """The rows of a base that a panel's learnt weeks have."""
    table = ahead.iloc[: len(panel.learnt)].copy()
    table.attrs["sd"] = ahead.attrs["sd"]
    return table


def _unpaid(shop: Shop, panel: Panel) -> dict[str, str]:
    """Channels that media names without any spend in the panel's weeks."""
    named = shop.load(shop.media.select("channel").distinct()).channel
    return dict.fromkeys(sorted(set(named) - set(panel.channels)), "unpaid")


def _dark(panel: Panel) -> dict[str, str]:
    """Channels with spend in too few of the weeks that are learnt from."""
    weeks = (panel.spend[MAX_LAG - 1 :].sum(axis=1) > 0).sum(axis=0)
    return {name: "dark" for name, number in zip(panel.channels, weeks, strict=True) if number < _DARK}


def _twins(panel: Panel, tested: Collection[str]) -> dict[str, str]:
    """By channel whose spend moves with a larger one's, that one: sales by week tell what both bring, and neither was tested."""
    alike = pd.DataFrame(panel.spend[MAX_LAG - 1 :].sum(axis=1), columns=list(panel.channels)).corr()
    found: dict[str, str] = {}
    for place, name in enumerate(panel.channels):
        larger = [other for other in panel.channels[:place] if other not in found and alike.loc[name, other] > _ALIKE]
        if larger and not {name, larger[0]} & {*tested}:
            found[name] = larger[0]
    return found


def joined(roas: Mapping[str, Floats], panel: Panel, parts: Mapping[str, str]) -> dict[str, Floats]:
    """Draws of roas by channel; of channels that stand as one (parts: of Panel.joined), by what is spent on each, where all are told."""
    known = {name: draws for name, draws in roas.items() if name not in parts}
    spent = dict(zip(panel.channels, usual_spend(panel), strict=True))
    for whole in dict.fromkeys(parts.values()):
        names = [name for name, its in parts.items() if its == whole]
        if all(name in roas for name in names):
            known[whole] = np.average([roas[name] for name in names], axis=0, weights=[spent[name] for name in names])
    return known
