"""Campaigns that nobody was held out of: do intervals of their effect hold the truth, and does a test fire where there is none?

In one world customers and orders are those of The Complete Journey: campaigns are pretended on days when none began, to customers
drawn as those of a real one, and known spend is added after it. The other shares no code with the library (made_campaigns.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from made_campaigns import UNLIKE, made
from shopkeeper.attribution.campaign_effect import campaign_effects, compare, risen
from shopkeeper.attribution.campaign_panel import AFTER, BEFORE, DAYS, FEWEST, Panel, campaign_panel
from shopkeeper.attribution.campaign_placebo import draw_sent, pretended, propensities
from shopkeeper.attribution.campaign_pool import pooled
from shopkeeper.attribution.matching import difference, match
from shopkeeper.shop import Shop

BRAND = "complete_journey"
PLACEBOS, PLANTED, SEEDS = 3_000, 900, range(100)
KINDS = {
    "campaign": "effect of a campaign on spend, nobody held out",
    "offer": "mean lift of the campaigns of an offer",
    "next": "lift of one more campaign of an offer",
}


def placebo_rows(panel: Panel, draws: int = PLACEBOS, seed: int = 1) -> pd.DataFrame:
    """Pretended campaigns: day, whether a 5% test fires, whether the 90% interval holds 0."""
    rows = pretended(panel, seed, draws)
    return pd.DataFrame({"day": rows.day, "fires": rows.p < 0.05, "holds": (rows.low <= 0) & (rows.high >= 0)})


def by_day(rows: pd.DataFrame, column: str) -> tuple[float, float]:
    """The share that is true, and the half-width of its 99% band; pretended campaigns of one day are one draw."""
    share, days = rows[column].mean(), rows.groupby("day")[column].agg(["sum", "size"])
    error = np.sqrt(((days["sum"] - share * days["size"]) ** 2).sum()) / len(rows)
    return float(share), 2.576 * float(error)


def planted_holds(panel: Panel, draws: int = PLANTED, seed: int = 2) -> Iterator[list[bool]]:
    """Of each day's pretended campaigns, to which some customers answer with a week more of spend, whether the intervals hold what that
    adds in the mean. What a week more is worth is drawn from what all customers of that day spent in such weeks.
    """
    draw, days = np.random.default_rng(seed), defaultdict(list)
    chances = propensities(panel)
    for _ in range(draws):
        day, is_sent = draw_sent(panel, chances[draw.integers(len(chances))], draw)
        if is_sent.sum() >= FEWEST:
            days[day] += _planted(panel, day, is_sent, draw)
    yield from days.values()


def _planted(panel: Panel, day: int, is_sent: np.ndarray, draw: np.random.Generator) -> list[bool]:
    rows, answering = panel.histories[day], draw.uniform(0, 0.5)
    weeks = rows[list(BEFORE)].to_numpy()
    more = draw.choice(weeks[weeks > 0], len(rows)) * (is_sent & (draw.random(len(rows)) < answering))
    found = compare(replace(panel, histories={day: rows.assign(after_2=rows.after_2 + more)}), day, is_sent)
    low, high = difference(found.matched, risen(found.rows)).interval()
    return [low <= answering * weeks[weeks > 0].mean() <= high] if found.is_alike else []


def moved(panel: Panel, is_after: bool) -> pd.DataFrame:
    """The real campaigns' own customers, on days between campaigns eight weeks or more after (or before) theirs: harder than a lot.

    day, fires, holds; and whether the test of two simpler methods fires: plain differences, and likeness up to the day itself.
    Before a campaign this is no fair test: who is sent it was chosen, among other things, for what they bought then.
    """
    rows = []
    for told in panel.campaigns[panel.campaigns.why == ""].itertuples():
        for day in panel.quiet:
            if (day - told.day if is_after else told.day - day) >= 2 * DAYS:
                rows += _again(panel, str(told.campaign), int(told.day), day)
    return pd.DataFrame(rows)


def _again(panel: Panel, campaign: str, sent: int, day: int) -> list[dict[str, object]]:
    is_sent = panel.received[panel.histories[day].customer.to_numpy(), panel.names.index(campaign)] == sent
    if is_sent.sum() < FEWEST:
        return []
    found = compare(panel, day, is_sent, campaign)
    ours, (rise, kept) = difference(found.matched, risen(found.rows)), (risen(found.rows), found.matched.is_sent)
    low, high = ours.interval()
    apart = rise[kept].mean() - rise[~kept].mean()
    plain = abs(apart) > 1.96 * np.sqrt(rise[kept].var() / kept.sum() + rise[~kept].var() / (~kept).sum())
    near, after = (found.rows[list(weeks)].to_numpy().sum(axis=1) for weeks in (BEFORE[4:], AFTER))
    traits = np.column_stack([found.matched.traits[:, 1:], near, np.sqrt(near)])
    told = {"day": day, "fires": ours.p < 0.05, "holds": low <= 0 <= high, "plain": plain}
    return [told | {"to the day": difference(match(traits, kept), after).p < 0.05}] if found.is_alike else []


def judged(seeds: Iterable[int] = SEEDS) -> Iterator[dict[str, list[bool]]]:
    """Of each made brand, by kind of KINDS, whether the intervals hold the truth."""
    for seed in seeds:
        shop, truths, lifts = made(seed)
        effects = campaign_effects(campaign_panel(shop))
        rows = effects.rows[effects.rows.why == ""].merge(truths, on=["campaign", "offer"])
        together = pooled(effects).dropna(subset="offer")
        mean = together.offer.map(lifts)
        following = mean + np.random.default_rng(seed).normal(0, UNLIKE, len(mean))
        scale = (
            together.customers * (together.effect_high - together.effect_low) / (together.lift_high - together.lift_low)
        )
        yield {
            "campaign": _holds(rows.effect_low, rows.added, rows.effect_high),
            "offer": _holds(together.lift_low, mean, together.lift_high),
            "next": _holds(together.next_low / scale, following, together.next_high / scale),
        }


def _holds(low: pd.Series, true: pd.Series, high: pd.Series) -> list[bool]:
    return list((low <= true) & (true <= high))


def holds(brands: Iterable[dict[str, list[bool]]], kind: str) -> Iterator[list[bool]]:
    """For each brand, whether the 90% intervals of this kind hold the truth."""
    for brand in brands:
        yield brand[kind]


def measured() -> str:
    """What stands below the table of intervals: placebos on the real brand."""
    panel = campaign_panel(Shop(BRAND))
    lines = []
    for name, rows in {
        "drawn by lot like those of a real campaign, on days when none began": placebo_rows(panel),
        "a real campaign's own customers, eight weeks or more after it": moved(panel, is_after=True),
        "the same, eight weeks or more before it": moved(panel, is_after=False),
    }.items():
        (fires, band), (holds, wide) = by_day(rows, "fires"), by_day(rows, "holds")
        lines.append(f"| {name} | {len(rows):,} | {fires:.1%} ± {band:.1%} | {holds:.1%} ± {wide:.1%} |\n")
    head = (
        "| customers to whom nothing was sent | draws | a 5% test fires | 90% intervals hold 0 |\n|---|---|---|---|\n"
    )
    simpler = moved(panel, is_after=True)[["plain", "to the day"]].mean()
    told = f"plain differences {simpler['plain']:.1%}, likeness up to the day itself {simpler['to the day']:.1%}"
    return f"{head}{''.join(lines)}\nOf a real campaign's own customers after it, by simpler methods a 5% test fires: {told}.\n"


if __name__ == "__main__":
    print(measured())
