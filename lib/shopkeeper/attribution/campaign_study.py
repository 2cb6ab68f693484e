"""The study of campaigns that nobody was held out of: their effects, whether the measure can be trusted, and what it advises."""

from dataclasses import dataclass

import pandas as pd
from scipy.stats import binomtest

from shopkeeper.attribution.campaign_effect import Effects, campaign_effects
from shopkeeper.attribution.campaign_panel import DAYS, campaign_panel
from shopkeeper.attribution.campaign_placebo import DRAWS, pretended
from shopkeeper.attribution.campaign_pool import pooled
from shopkeeper.decisions import Decision
from shopkeeper.report.words import change, count, money, people, percent, plain, say
from shopkeeper.shop import Shop

HOLDOUT = 0.1  # of the next campaign, not sent, to tell what it brings
ALARM = 0.01  # chance of so many false alarms below which the measure is not believed


@dataclass(frozen=True)
class Study:
    """effects: of each campaign; pooled: by offer; placebo: of pretended campaigns, whose true effect is 0."""

    effects: Effects
    pooled: pd.DataFrame
    placebo: pd.DataFrame

    @property
    def measured(self) -> pd.DataFrame:
        """The campaigns that could be measured."""
        return self.effects.rows[self.effects.rows.why == ""]

    @property
    def is_quiet(self) -> bool:
        """Whether pretended campaigns, at a 5% test, are found to work no more often than chance allows."""
        alarms = int((self.placebo.p < 0.05).sum())
        return len(self.placebo) > 0 and _allowed(alarms, len(self.placebo), 0.05)

    @property
    def was_alike(self) -> bool:
        """Whether those sent and their peers moved alike before: measured four weeks too early, 90% intervals mostly hold 0."""
        early = self.measured.dropna(subset="earlier")
        return _allowed(int(((early.earlier_low > 0) | (early.earlier_high < 0)).sum()), len(early), 0.1)


def _allowed(times: int, of: int, share: float) -> bool:
    return of == 0 or bool(binomtest(times, of, share, "greater").pvalue > ALARM)


def study_campaigns(shop: Shop, seed: int, draws: int = DRAWS) -> Study:
    """Measure all campaigns of the shop. seed: of the campaigns that are pretended. Without rows where no campaign is known."""
    panel = campaign_panel(shop)
    effects = campaign_effects(panel)
    return Study(effects, pooled(effects), pretended(panel, seed, draws))


def decisions(study: Study, gross_margin: float) -> list[Decision]:
    """Send campaigns of an offer again, where one more would gain with 95% probability; none where a check failed."""
    if not (study.is_quiet and study.was_alike):
        return []
    offers = study.pooled.dropna(subset="offer")
    return [_again(row, gross_margin * (1 - HOLDOUT)) for _, row in offers[offers.next_low > 0].iterrows()]


def _again(row: pd.Series, share: float) -> Decision:
    n = (1 - HOLDOUT) * row.customers
    gain, low, high = (float(share * row[f"next{end}"]) for end in ("", "_low", "_high"))
    return Decision(
        subject=f"campaign: {row.offer}",
        action=say(
            "Send a campaign such as {offer} again, to {n} customers like those who were sent the last one", offer=plain(row.offer), n=people(n)
        ),
        amount=float(n), unit="customers", gain=gain, gain_low=low, gain_high=high, probability=float(row.gains), horizon_days=DAYS,
        assumptions=say(
            "Without the campaign, customers would have moved as comparable ones did, and the next is like the last {n} ({lift} of spend in "
            "the mean, 90%: {low} to {high}). {share} of the extra sales is taken to be gross profit. What the campaign costs is not taken "
            "off: it pays as long as that is less than {cost} for each customer.",
            n=count(row.n_campaigns), lift=change(row.lift), low=change(row.lift_low), high=change(row.lift_high),
            share=percent(share / (1 - HOLDOUT)), cost=money(gain / n),
        ),
        check=say(
            "{n} of the customers chosen, drawn by lot, are not sent it: compare spend per head of both after {days} days.",
            n=people(row.customers - n), days=count(DAYS),
        ),
    )  # fmt: skip
