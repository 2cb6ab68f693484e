"""Reconciliation: journeys, media mix and lift tests side by side, one roas from all of them, and where they contradict each other.

Journeys and the media mix look at the same sales, so journeys are no second witness: they only shift what the media mix takes
a channel's roas to be before it looks at sales by week, and how far they are wrong all together is learnt on the way.
Lift tests are evidence of their own.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from shopkeeper.attribution.media_mix import Mix
from shopkeeper.attribution.mix_model import DOUBT, ROAS_SPREAD, Evidence
from shopkeeper.attribution.transforms import Floats

Z90 = 1.645
_LEAST = 0.05  # deviation of log roas that journeys are taken to be unsure by at least
_NOTHING = 1e-3  # roas in place of 0, whose log there is none of

SOURCES = ("journeys", "media mix", "lift tests", "all together")


class Told(NamedTuple):
    """A channel's roas in log: mean and deviation."""

    mean: float
    deviation: float


def told(roas: Floats) -> Told:
    """Draws of a channel's roas, in log."""
    log = np.log(np.maximum(roas, _NOTHING))
    return Told(float(log.mean()), float(max(log.std(), _LEAST)))


def with_journeys(evidence: Evidence, channels: tuple[str, ...], roas: Mapping[str, Floats]) -> Evidence:
    """The evidence with what journeys tell of channels' roas (draws by channel) in place of what is thought of any channel.

    A channel whose journeys bring next to nothing keeps the usual spread below it: what touches do not show may still work.
    """
    prior_mean, prior_sd, is_told = (
        np.array(each, np.float64) for each in (evidence.prior_mean, evidence.prior_sd, evidence.told)
    )
    for place, channel in enumerate(channels):
        if channel in roas:
            known = told(roas[channel])
            prior_mean[place], is_told[place] = known.mean, 1.0
            prior_sd[place] = min(float(np.hypot(known.deviation, DOUBT)), ROAS_SPREAD)
    return evidence._replace(prior_mean=prior_mean, prior_sd=prior_sd, told=is_told)


def beside(
    mixes: Mapping[str, Mix], channels: tuple[str, ...], roas: Mapping[str, Floats], tests: pd.DataFrame
) -> pd.DataFrame:
    """One row per channel and source (SOURCES, as far as known): roas, with low and high of its 90% interval.

    mixes: "media mix", of media alone, and "all together"; roas: of journeys, draws by channel; tests: rows of lift_tests.
    """
    rows = [(channel, "journeys", *_summary(draws)) for channel, draws in roas.items() if channel in channels]
    for source, mix in mixes.items():
        rows += [(name, source, *_summary(mix.known["roas"][:, place])) for place, name in enumerate(channels)]
    rows += [(each.channel, "lift tests", each.roas, each.low, each.high) for each in readings(tests).itertuples()]
    table = pd.DataFrame(rows, columns=["channel", "source", "roas", "low", "high"])
    order = {name: place for place, name in enumerate(channels)}
    table = table[table.channel.isin(channels)]
    return table.sort_values(
        ["channel", "source"], key=lambda each: each.map(order | {name: n for n, name in enumerate(SOURCES)}), ignore_index=True
    )  # fmt: skip


def _summary(draws: Floats) -> tuple[float, float, float]:
    low, high = np.quantile(draws, [0.05, 0.95])
    return float(np.median(draws)), float(low), float(high)


def readings(tests: pd.DataFrame) -> pd.DataFrame:
    """One row per channel with lift tests: what all of them read by what they changed in spend, with a 90% interval.

    Regions and tests of a channel are added up; what works after the reading ended is not in it.
    """
    known = tests[tests.spend_change != 0]
    # A test that took spend away counts with its signs turned, so that tests of both kinds can be added up.
    sign = np.sign(known.spend_change)
    each = known.assign(spend=known.spend_change * sign, lift=known.lift * sign, variance=known.lift_sd**2)
    sums = each.groupby("channel")[["spend", "lift", "variance"]].sum().reset_index()
    roas, reach = sums.lift / sums.spend, Z90 * sums.variance**0.5 / sums.spend
    return sums.assign(roas=roas, low=roas - reach, high=roas + reach, deviation=reach / Z90)


def disagreements(rows: pd.DataFrame) -> pd.DataFrame:
    """Channels of which two sources say what cannot both be true: their 90% intervals do not meet. rows: of beside.

    one, other: the sources, the higher first; one row per channel, the widest gap.
    """
    apart = rows[rows.source != "all together"]
    pairs = apart.merge(apart, on="channel", suffixes=("", "_other"))
    pairs = pairs[(pairs.source != pairs.source_other) & (pairs.low > pairs.high_other)]
    pairs = pairs.assign(gap=pairs.low - pairs.high_other).sort_values("gap", ascending=False)
    return pairs.drop_duplicates("channel").reset_index(drop=True)


def unsure(rows: pd.DataFrame) -> pd.DataFrame:
    """Channels by how much their roas is unknown when all is said: high by low, the widest first. rows: of beside."""
    final = rows[rows.source == "all together"]
    return final.assign(spread=final.high / final.low).sort_values("spread", ascending=False, ignore_index=True)
