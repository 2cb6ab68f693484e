"""Everything that the report on channels rests on, found in one call; what a brand lacks tables for is None."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from shopkeeper.attribution import budget, gate_report, next_test, reconcile, walk, worth
from shopkeeper.attribution.budget import Budget
from shopkeeper.attribution.campaign_study import Study as Campaigns
from shopkeeper.attribution.campaign_study import study_campaigns
from shopkeeper.attribution.channels import channel_rows, draws_of, reported, worth_of
from shopkeeper.attribution.next_test import Design
from shopkeeper.attribution.response import curves
from shopkeeper.attribution.study import Study, study
from shopkeeper.attribution.transforms import Floats
from shopkeeper.attribution.walk import Walk
from shopkeeper.attribution.worth import Value
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError


@dataclass(frozen=True)
class Budgets:
    """The budget that is best on average, the one that is careful, the one whose total is free, and that which is proposed."""

    best: Budget
    careful: Budget
    free: Budget
    proposed: Budget


@dataclass(frozen=True)
class Findings:
    """What was found of a brand's channels.

    walked    journeys; media: the media mix; campaigns: messages to known customers; None where their tables are missing
    value     of a new customer by channel, where customers are known
    roas      by channel, draws of sales per unit of spend, of all sources together
    rows      of channels.channel_rows; beside: of reconcile.beside
    folds, checks   of gate_report; is_passed: whether money may be moved
    budgets   None where the gate failed; design: the next test, None where none would do
    refused   why nothing was learnt of media that are there, where journeys carry the report alone
    """

    shop: Shop
    walked: Walk | None
    media: Study | None
    campaigns: Campaigns | None
    value: Value | None
    roas: Mapping[str, Floats]
    rows: pd.DataFrame
    beside: pd.DataFrame
    folds: pd.DataFrame
    checks: pd.DataFrame
    budgets: Budgets | None
    design: Design | None
    refused: str = ""

    @property
    def is_passed(self) -> bool:
        """Whether money may be moved by the media mix."""
        return self.media is not None and gate_report.is_passed(self.checks)


_NOTHING = pd.DataFrame()


def find(shop: Shop, seed: int, most: float) -> Findings:
    """Find all that a brand's tables can tell. most: share of its planned spend by which no channel moves at once."""
    found = learn(shop, seed)
    if found.media is None:
        return replace(found, checks=gate_report.journey_check(found.walked))
    folds = gate_report.folds(shop, found.media, seed)
    found = replace(found, folds=folds, checks=gate_report.check_rows(shop, found.media, found.walked, folds, seed))
    return with_budgets(found, most) if found.is_passed else found


def learn(shop: Shop, seed: int) -> Findings:
    """What the tables tell, before the health gate and without budgets.

    DataError where media or lift tests cannot be used, and there are no journeys to carry the report.
    """
    walked = walk.walk(shop, seed)
    campaigns = study_campaigns(shop, seed) if shop.has("contacts", "orders") and not shop.has("media") else None
    found = Findings(shop, walked, None, campaigns, None, {}, _NOTHING, _NOTHING, _NOTHING, _NOTHING, None, None)
    if not shop.has("media"):
        return found
    try:
        return _with_media(found, seed)
    except DataError as why:
        if walked is None:
            raise
        return replace(found, refused=str(why))


def _with_media(found: Findings, seed: int) -> Findings:
    shop, walked, value = found.shop, found.walked, _value(found.shop, found.walked, seed)
    of_new = worth.of_new(shop)
    journeys = walk.roas(walked, of_new)
    media = study(shop, journeys, of_new, seed)
    roas, value = draws_of(media), value.joined(media.panel.parts) if value else None
    mixes = {"media mix": media.alone, "all together": media.together}
    beside = reconcile.beside(mixes, media.channels, media.journeys, media.tests)
    rows = channel_rows(media, reported(shop, media, walked), roas, value)
    design = _design(media, beside, value, shop)
    return replace(found, media=media, value=value, roas=roas, rows=rows, beside=beside, design=design)


def _value(shop: Shop, walked: Walk | None, seed: int) -> Value | None:
    if not shop.has("orders", "customers"):
        return None
    first, worths = shop.load(worth.first_orders(shop)), worth.worths(shop, seed)
    named = {*shop.load(shop.media.select("channel").distinct()).channel, *first.channel}
    found, everyone = (worth.value(worths, first, of, _DRAWS) for of in (tuple(sorted(named)), (_EVERYONE,)))
    if found is None or everyone is None or walked is None:
        return found
    return worth.of_causes(found, everyone, walked.causes, seed)


_DRAWS, _EVERYONE = 400, ""


def _design(media: Study, beside: pd.DataFrame, value: Value | None, shop: Shop) -> Design | None:
    """The cheapest test of what contradicts itself most, else of what is least known, of those that a test can settle."""
    apart, unsure = reconcile.disagreements(beside), reconcile.unsure(beside)
    asked = [(str(row.channel), (float(row.roas), float(row.roas_other))) for row in apart.itertuples()]
    asked += [(str(row.channel), (float(row.low), float(row.high))) for row in unsure.itertuples()]
    margin = worth_of(media, value, shop.brand.gross_margin).mean(axis=0)
    made = (
        next_test.design(media.together, media.panel, channel, answers, float(margin[media.channels.index(channel)]))
        for channel, answers in asked
    )
    return next((each for each in made if each), None)


def with_budgets(found: Findings, most: float) -> Findings:
    """The findings with budgets, whether the gate was passed or not."""
    media = found.media
    assert media is not None
    profit = worth_of(media, found.value, found.shop.brand.gross_margin)
    of = curves(media.together, media.panel, media.plan, profit, _DAYS if found.value and media.of_new else 0)
    best, careful, free = budget.propose(of, most), budget.propose_carefully(of, most), budget.propose_freely(of, most)
    return replace(found, budgets=Budgets(best, careful, free, budget.choose(best, careful)))


def worth_knowing(found: Findings) -> Floats:
    """Draws of what it would be worth over a year to know what the channel of the next test brings, currency; none where no budget is
    proposed, or no test would do.
    """
    if found.budgets is None or found.design is None:
        return np.zeros(0)
    best = found.budgets.best
    channel = best.curves.channels.index(found.design.channel)
    return budget.worth_knowing(best, channel) * _YEAR / best.curves.weeks


_YEAR, _DAYS = 52, 365  # weeks, and days, of a year
