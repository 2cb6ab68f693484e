"""What the notebook shows of what was found: a title and its data, or nothing where a brand lacks the tables."""

import numpy as np
import pandas as pd

from shopkeeper.attribution import (
    budget_report,
    campaign_report,
    channels_report,
    curves_report,
    gate_report,
    mix_report,
    reconcile_report,
    summary,
    walk,
)
from shopkeeper.attribution.budget import weekly_plan
from shopkeeper.attribution.campaign_study import decisions as campaign_decisions
from shopkeeper.attribution.findings import Findings, worth_knowing
from shopkeeper.attribution.paths import days_told
from shopkeeper.claims import Claim
from shopkeeper.decisions import Decision
from shopkeeper.report.page import Tile
from shopkeeper.report.words import Sentence, percent, plain, say

Shown = tuple[Sentence | None, pd.DataFrame]
_NOTHING: Shown = (None, pd.DataFrame())


def journeys(found: Findings) -> Sentence | None:
    """What journeys hold, or that there are none."""
    if found.walked:
        return walk.followed_told(found.walked, found.shop)
    return walk.none_told(found.shop) if found.media else None


def media(found: Findings) -> Sentence | None:
    """What the media mix rests on, or that there is no media."""
    if found.media:
        return mix_report.told(found.media)
    if found.refused:
        return say(
            "Of media and lift tests nothing is learnt, so journeys carry this report alone. {why}",
            why=plain(found.refused),
        )
    if found.walked is None and not found.shop.has("touches"):
        return say(
            "There are neither journeys nor a table of media spend, so what channels cost and bring cannot be told. A file with what each channel "
            "cost by week, a column per channel, is enough to begin."
        )
    return say(
        "There is no table of media spend, so what channels cost and bring cannot be told. A file with what each channel cost by week, a column "
        "per channel, is enough to begin."
    )


def checked(found: Findings) -> tuple[bool, Sentence]:
    """Whether the health gate is passed, and the banner where it is not."""
    if gate_report.is_passed(found.checks):
        return True, plain("")
    return False, gate_report.failed_told(found.checks)


def channels(found: Findings) -> Shown:
    """The main table."""
    rows = _channel_rows(found)
    return (channels_report.title(rows, found.is_passed), rows) if found.media else _NOTHING


def long_view(found: Findings) -> Shown:
    """The first month's profit against the first year's."""
    rows = _channel_rows(found)
    return (channels_report.long_title(rows), rows) if found.value else _NOTHING


def _channel_rows(found: Findings) -> pd.DataFrame:
    """Channels in words, with what is planned and proposed for each."""
    if found.media is None:
        return pd.DataFrame()
    rows = channels_report.rows_told(found.rows, found.walked, found.media.captured, found.is_passed)
    if found.budgets is None:
        return rows.assign(planned=np.nan, proposed=np.nan)
    made = found.budgets.proposed
    weekly = (
        pd.DataFrame({"planned": made.curves.now, "proposed": made.proposed}, list(made.curves.channels))
        / made.curves.weeks
    )
    return rows.join(weekly, on="channel")


def paths(found: Findings) -> Shown:
    """The commonest paths, titled by how long they take."""
    return (days_told(found.walked.hours), channels_report.path_rows(found.walked)) if found.walked else _NOTHING


def rules(found: Findings) -> Shown:
    """What rules of thumb credit, beside what would not have come."""
    rows = channels_report.rule_rows(found.walked)
    return channels_report.rules_title(rows, found.walked), rows


def weeks(found: Findings) -> Shown:
    """Sales by week with and without marketing."""
    return (mix_report.weeks_title(found.media), mix_report.week_rows(found.media)) if found.media else _NOTHING


def shares(found: Findings) -> Shown:
    """The share of sales of each channel."""
    if found.media is None:
        return _NOTHING
    rows = mix_report.carry_rows(found.media)
    return mix_report.shares_title(rows), rows


def beside(found: Findings) -> Shown:
    """Journeys, media mix and lift tests side by side."""
    return (
        (reconcile_report.title(found.beside), reconcile_report.beside_rows(found.beside)) if found.media else _NOTHING
    )


def sight(found: Findings) -> pd.DataFrame:
    """What each of them can and cannot see."""
    return reconcile_report.sight_rows(found.beside) if found.media else pd.DataFrame()


def bias(found: Findings) -> Sentence | None:
    """How far journeys were found wrong of all channels."""
    return reconcile_report.bias_told(found.media.together) if found.media else None


def next_test(found: Findings) -> Sentence | None:
    """The cheapest test that would settle what is least known."""
    return reconcile_report.settled_told(found.design, found.beside) if found.media else None


def budget(found: Findings) -> Shown:
    """What to raise, keep and lower."""
    if found.budgets is None:
        return (gate_report.failed_told(found.checks), pd.DataFrame()) if found.media else _NOTHING
    return budget_report.title(found.budgets.proposed), budget_report.budget_rows(found.budgets.proposed)


def budget_notes(found: Findings) -> list[Sentence]:
    """How sure the budget is, whether another total would be better, and what limits it."""
    if found.budgets is None:
        return []
    made, plan = found.budgets, summary.plan_told(found.media) if found.media else []
    return [
        *plan, budget_report.risk_told(made.best, made.careful), budget_report.flat_told(made.proposed), budget_report.total_told(made.free),
        budget_report.limits_told(made.proposed), budget_report.knowledge_told(made.best), _assumed(found),
    ]  # fmt: skip


def curves(found: Findings) -> Shown:
    """What each channel brings by what is spent on it."""
    if found.budgets is None:
        return _NOTHING
    proposed = found.budgets.proposed
    return curves_report.curves_title(budget_report.budget_rows(proposed)), curves_report.curve_rows(proposed)


def weekly(found: Findings) -> pd.DataFrame:
    """The proposal by channel and week."""
    if found.budgets is None or found.media is None:
        return pd.DataFrame(columns=["what"])
    panel, plan = found.media.panel, found.media.plan
    begins = pd.date_range(panel.weeks[-1] + pd.Timedelta(days=7), periods=len(plan), freq="7D")
    rows = pd.DataFrame(plan.sum(axis=1), index=begins, columns=list(panel.channels)).rename_axis("period_start")
    long = rows.reset_index().melt("period_start", var_name="channel", value_name="spend")
    return budget_report.weekly_rows(weekly_plan(found.budgets.proposed, long))


def checks(found: Findings) -> pd.DataFrame:
    """Every check of the health gate; of journeys alone a banner tells where it failed."""
    return found.checks if found.media else pd.DataFrame()


def folds(found: Findings) -> Shown:
    """Forecasts made on earlier days."""
    return (gate_report.folds_title(found.folds), found.folds) if found.media else _NOTHING


def driven(found: Findings) -> Sentence | None:
    """Which figures rest on what was thought before."""
    return gate_report.sensitivity_told(found.media) if found.media else None


def campaigns(found: Findings) -> Shown:
    """What campaigns to known customers brought."""
    if found.campaigns is None:
        return _NOTHING
    return campaign_report.title(found.campaigns), campaign_report.effect_rows(found.campaigns)


def campaign_notes(found: Findings) -> list[Sentence]:
    """What was measured of campaigns and what was not."""
    return campaign_report.told(found.campaigns) if found.campaigns else []


def campaign_path(found: Findings) -> Shown:
    """Spend of those sent above comparable customers, week by week."""
    if found.campaigns is None:
        return _NOTHING
    return campaign_report.path_title(found.campaigns), found.campaigns.effects.path


def campaign_placebo(found: Findings) -> Shown:
    """Pretended campaigns beside the real ones."""
    if found.campaigns is None:
        return _NOTHING
    return campaign_report.placebo_title(found.campaigns), campaign_report.placebo_rows(found.campaigns)


def planned(found: Findings) -> Sentence | None:
    """What is taken for granted of the next weeks."""
    return summary.planned_told(found.media) if found.media and _is_ahead(found) else None


def claimed(found: Findings, seed: int) -> list[Claim]:
    """Sales and new customers of the next weeks."""
    return summary.claims(found.media, seed) if found.media and _is_ahead(found) else []


def _is_ahead(found: Findings) -> bool:
    """Whether the next weeks are still to come."""
    return found.media is not None and found.media.is_current(found.shop.as_of)


def decided(found: Findings) -> list[Decision]:
    """What to shift, what to test, which campaigns to send again."""
    margin = found.shop.brand.gross_margin
    made = campaign_decisions(found.campaigns, margin) if found.campaigns else []
    if found.budgets:
        is_regional = found.media is not None and len(found.media.panel.regions) > 1
        made += budget_report.decisions(found.budgets.proposed, _decided_on(found), is_regional)
    return made + (summary.decision_on_test(found.design, worth_knowing(found)) if found.is_passed else [])


def _decided_on(found: Findings) -> Sentence:
    driven = gate_report.driven_told(found.media) if found.media else None
    return say("{one} {other}", one=_assumed(found), other=driven) if driven else _assumed(found)


def _assumed(found: Findings) -> Sentence:
    if found.value:
        return say(
            "Of a new customer the gross profit of the first year counts, later profit less by {rate} a year; that those who come through a channel "
            "next are worth what those before were.",
            rate=percent(found.shop.brand.discount_rate),
        )  # fmt: skip
    return say(
        "{margin} of sales is taken to be gross profit; nothing beyond these sales counts.",
        margin=percent(found.shop.brand.gross_margin),
    )


def unknown(found: Findings) -> list[Sentence]:
    """What the report cannot tell, by what it rests on."""
    made = []
    if found.media or found.walked:
        made += [
            say("What would happen at a spend that was never tried, or in a market that has changed."),
            say(
                "What the customers of a channel are worth is told by what brought them, as far as journeys show that; where there are none, by "
                "what they came through last, which is not always the same."
            ),
        ]
    if found.media and not found.media.of_new:
        made.append(say("Whom channels bring: where sales of all customers are counted, old ones may be among them."))
    if found.media and found.media.of_new:
        made.append(say("What ads do to those who have bought before: new customers alone are counted here."))
    if found.campaigns:
        made.append(
            say("What a campaign would do to customers of another kind than those who were sent it, or to all at once.")
        )
    return made


def headline(found: Findings) -> Sentence:
    """What changed and what to do."""
    if found.media:
        return summary.headline(found.budgets.proposed if found.budgets else None)
    if found.campaigns:
        return campaign_report.title(found.campaigns)
    shown = rules(found)[0]
    return shown or say("Journeys alone are known, and they are too few to learn from.")


def tiles(found: Findings) -> list[Tile]:
    """Three to five numbers."""
    if found.media:
        return summary.tiles(found.media, found.rows, found.roas, found.budgets.proposed if found.budgets else None)
    if found.campaigns:
        return campaign_report.tiles(found.campaigns)
    return channels_report.tiles(found.walked) if found.walked else []
