"""The first screen, claims and last decisions of the report on channels."""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd

from shopkeeper.attribution.budget import Budget
from shopkeeper.attribution.budget_report import tiles as budget_tiles
from shopkeeper.attribution.budget_report import title as budget_title
from shopkeeper.attribution.channels import overall
from shopkeeper.attribution.forecast import forecast, seasonal_naive
from shopkeeper.attribution.media_mix import Mix
from shopkeeper.attribution.mix_report import media_share
from shopkeeper.attribution.next_test import Design
from shopkeeper.attribution.panel import Panel
from shopkeeper.attribution.plan import AHEAD
from shopkeeper.attribution.reconcile_report import action
from shopkeeper.attribution.study import Study
from shopkeeper.attribution.transforms import Floats
from shopkeeper.claims import Claim
from shopkeeper.decisions import Decision
from shopkeeper.report.page import Tile
from shopkeeper.report.words import Kind, Sentence, count, day, money, percent, plain, say, together
from shopkeeper.shop import Shop


def enough(shop: Shop) -> tuple[bool, Sentence]:
    """Whether there is anything to learn from, and what to say where there is not."""
    return shop.has("media") or shop.has("touches", "orders") or shop.has("contacts", "orders"), say(
        "{brand} has no table of media spend, of touches or of contacts, and this report is made from them. A file with what each channel cost by "
        "week, a column per channel, is enough to begin: put it into the brand's raw/ folder and run again; data/README.md lists the columns of "
        "every table.",
        brand=shop.brand.title,
    )  # fmt: skip


def claims(found: Study, seed: int) -> list[Claim]:
    """Sales of the next AHEAD weeks, and new customers, at the spend that is planned; none where a sampler did not converge."""
    if not found.is_sound:
        return []
    rows = [_claim("all sales", "net_revenue", found.all_sales, (found, found.everything, 1.0), seed)]
    if found.of_new:
        rows.append(_claim("new customers", "new_customers", found.together, (found, found.panel, found.of_new), seed))
    return rows


def _claim(subject: str, measure: str, mix: Mix, of: tuple[Study, Panel, float], seed: int) -> Claim:
    found, panel, unit = of
    plan = found.plan.sum(axis=1, keepdims=True) if len(panel.regions) == 1 else found.plan
    ahead = forecast(mix, panel, found.ahead, plan, seed).sum(axis=1) / unit
    low, high = np.quantile(ahead, [0.05, 0.95])
    start = (found.panel.weeks[-1] + pd.Timedelta(days=7)).date()
    end = start + dt.timedelta(days=7 * AHEAD - 1)
    naive = seasonal_naive(panel, AHEAD) / unit
    return Claim(subject, measure, start, end, float(ahead.mean()), float(low), float(high), naive)


AHEAD_LABELS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("What"), "text"),
    "predicted": (say("Expected"), "text"),
    "low": (say("90% from"), "text"),
    "high": (say("90% to"), "text"),
    "naive": (say("Simple rule"), "text"),
    "until": (say("Until"), "day"),
}
_CLAIMED = {"all sales": say("sales of all orders"), "new customers": say("new customers")}


def claim_rows(rows: list[Claim]) -> pd.DataFrame:
    """The claims in a table, each in its own unit."""
    amounts = ("predicted", "low", "high", "naive")
    return pd.DataFrame([
        {"what": _CLAIMED[each.subject], "until": each.ends_on} | {name: _amount(each, getattr(each, name)) for name in amounts}
        for each in rows
    ])  # fmt: skip


def _amount(claim: Claim, amount: float) -> Sentence:
    return say("{amount}", amount=money(amount) if claim.measure == "net_revenue" else count(amount))


def decision_on_test(made: Design | None, worth: Floats) -> list[Decision]:
    """The test as a decision; nothing where it costs more than it should gain. worth: of findings.worth_knowing.

    As it may fail to tell the answers apart, the answer's worth counts with its power.
    """
    if made is None or not len(worth):
        return []
    gains = made.power * worth - max(made.cost, 0.0)
    if gains.mean() <= 0:
        return []
    low, high = np.quantile(gains, [0.05, 0.95])
    return [
        Decision(
            subject=f"lift test: {made.channel}", action=action(made), amount=abs(made.spend), unit="currency", gain=float(gains.mean()),
            gain_low=float(low), gain_high=float(high), probability=float((gains > 0).mean()), horizon_days=365,
            assumptions=say("The worth of knowing what {channel} brings is that of the budget which would follow, over a year.", channel=plain(made.channel)),
            check=say("Add a row to lift_tests when the reading is over; this report then counts it."),
        )
    ]  # fmt: skip


def tiles(found: Study, rows: pd.DataFrame, roas: Mapping[str, Floats], budget: Budget | None) -> list[Tile]:
    """Sales per 1.00 spent against what is credited, what new customers cost or else the best channel, the share of sales that
    marketing brought, and what moving the budget gains. Without a budget the gate failed, and every tile says so.
    """
    draws = overall(found, roas)
    share, low, high = media_share(found)
    whose = (
        say("Share of new customers that marketing brought")
        if found.of_new
        else say("Share of sales that marketing brought")
    )
    made = [
        (say("Incremental sales per 1.00 of marketing"), money(np.median(draws)), _per_unit(draws, rows)),
        _of_new(found.of_new / draws) if found.of_new else _best(rows),
        (whose, percent(share), say("90%: {low} to {high}", low=percent(low), high=percent(high))),
    ]  # fmt: skip
    if budget is None:
        return [(say("Checks failed: {what}", what=what), value, note) for what, value, note in made]
    return made + budget_tiles(budget)


def _per_unit(draws: Floats, rows: pd.DataFrame) -> Sentence:
    """The interval, and what the same channels are credited with where that is known."""
    known = rows.dropna(subset=["attributed_roas", "roas"]) if "attributed_roas" in rows else rows.iloc[:0]
    if known.empty:
        return _interval(draws)
    credited = float((known.attributed_roas * known.spend).sum() / known.spend.sum())
    return say("{interval}; credited {said}", interval=_interval(draws), said=money(credited))


def _of_new(cost: Floats) -> Tile:
    return say("Incremental cost of a new customer"), money(np.median(cost)), _interval(cost)


def _best(rows: pd.DataFrame) -> Tile:
    best = rows.loc[rows.roas.idxmax()]
    said = say("90%: {low} to {high}", low=money(best.low), high=money(best.high))
    return say("Most per 1.00: {channel}", channel=plain(best.channel)), money(best.roas), said


def _interval(draws: Floats) -> Sentence:
    low, high = np.quantile(draws, [0.05, 0.95])
    return say("90%: {low} to {high}", low=money(low), high=money(high))


def headline(budget: Budget | None) -> Sentence:
    """What to do with the budget; where the gate failed, that it is left as it is."""
    if budget is None:
        return say("Leave the budget as planned: what channels bring is not known well enough to move money by it")
    return budget_title(budget)


def planned_told(found: Study) -> Sentence:
    """What the claims take for granted."""
    first = (found.panel.weeks[-1] + pd.Timedelta(days=7)).date()
    return say(
        "For the {weeks} weeks from {first} on, at the planned spend of {spend}:",
        weeks=count(AHEAD), first=day(first), spend=money(float(found.plan.sum())),
    )  # fmt: skip


def plan_told(found: Study) -> list[Sentence]:
    """Where the plan ends, and what it leaves out; nothing where it has all weeks and channels."""
    made = []
    if found.planned == 0:
        made.append(say("Media has no plan for these weeks: each is taken to be as the last four were in the mean."))
    elif found.planned < AHEAD:
        made.append(
            say(
                "Media has a plan for {n} of these {weeks} weeks: the others are taken to be as the last four were in the mean.",
                n=count(found.planned),
                weeks=count(AHEAD),
            )
        )
    idle = [plain(name) for name, spend in zip(found.channels, found.plan.sum(axis=(0, 1)), strict=True) if spend <= 0]
    if idle:
        made.append(say("Nothing is planned for {channels}, and so nothing is proposed.", channels=together(idle)))
    return made
