"""The cheapest lift test that would settle what a channel brings: in which regions, for how long, and how much more or less."""

from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from shopkeeper.attribution.evidence import usual_sales, usual_spend
from shopkeeper.attribution.media_mix import Mix
from shopkeeper.attribution.mix_density import HEAVY
from shopkeeper.attribution.panel import Panel
from shopkeeper.attribution.response import CARRIED, gains, weights
from shopkeeper.attribution.transforms import Floats, adstock, saturation

POWER = 0.8  # chance to tell the two answers apart that a test must have
SURE = 0.9
_WEEKS = (2, 3, 4, 6, 8)
_CHANGES = (-1.0, 0.5, 1.0)  # of the usual spend
_AFTER = 2  # weeks that are read after the last one with changed spend
_MOST = 0.5  # share of sales that a test may touch: the other regions tell what would have been


class Design(NamedTuple):
    """A lift test to be made. regions: where; weeks, change: for how long, and by what share of the usual spend; spend: by how
    much in all, signed; lift_sd: of what it would read, currency; power: chance to tell the two answers apart; cost: what it
    should cost, in contribution lost and spend.
    """

    channel: str
    regions: tuple[str, ...]
    weeks: int
    change: float
    spend: float
    lift_sd: float
    power: float
    cost: float


def design(mix: Mix, panel: Panel, channel: str, answers: tuple[float, float], margin: float) -> Design | None:
    """The cheapest test that tells two answers (roas of the channel) apart with POWER; None where none within reach does.

    Sales of the regions tested are held against those of the others in the same weeks, so that what moves all of them falls
    out; one region alone is tested over time, against what it was expected to sell.
    """
    place = panel.channels.index(channel)
    learnt = _Learnt(place, float(panel.rises[place]), gains(mix)[:, place], weights(mix)[:, place])
    made = [
        _made(mix, panel, learnt, (regions, weeks, change), answers, margin)
        for regions in _regions(panel)
        for weeks in _WEEKS
        for change in _CHANGES
    ]
    able = [each for each in made if each.power >= POWER]
    return min(able, key=lambda each: each.cost) if able else None


class _Learnt(NamedTuple):
    """Of one channel: its place, how what is bought rises with its spend, and by draw its gain and its carry-over."""

    place: int
    rise: float
    gain: Floats
    kernel: Floats


def _regions(panel: Panel) -> list[tuple[int, ...]]:
    """Sets of regions that a test may be in: one, two … of the smallest, up to half of all sales; all, where there is one."""
    if len(panel.regions) == 1:
        return [(0,)]
    order = np.argsort(panel.size)
    sets = [tuple(int(place) for place in order[: number + 1]) for number in range(len(order) - 1)]
    return [each for each in sets if panel.size[list(each)].sum() <= _MOST]


def _made(
    mix: Mix,
    panel: Panel,
    learnt: _Learnt,
    how: tuple[tuple[int, ...], int, float],
    answers: tuple[float, float],
    margin: float,
) -> Design:
    (regions, weeks, change), place = how, learnt.place
    share = float(panel.size[list(regions)].sum())
    spend = change * weeks * float(usual_spend(panel)[place]) * share
    roas = mix.known["roas"][:, place]
    per_roas = float((_lift(mix, learnt, weeks, change) / roas).mean() * usual_sales(panel) * share)
    spread = deviation(mix, panel, share, weeks + _AFTER)
    apart = abs(answers[0] - answers[1]) * abs(per_roas)
    power = float(norm.cdf(apart / spread - norm.ppf((1 + SURE) / 2)))
    names = tuple(panel.regions[region] for region in regions)
    cost = spend - margin * float(np.mean(answers)) * per_roas
    return Design(panel.channels[place], names, weeks, change, spend, spread, power, cost)


def _lift(mix: Mix, learnt: _Learnt, weeks: int, change: float) -> Floats:
    """By draw, what the change brings in its weeks and the _AFTER read after them, in usual weeks' sales, where spend is usual."""
    usual = np.ones(CARRIED + weeks + _AFTER)
    changed = usual.copy()
    changed[CARRIED : CARRIED + weeks] = (1 + change) ** learnt.rise
    steep = mix.known["steepness"][:, [learnt.place]]
    with_it, without = (saturation(adstock(spend, learnt.kernel), steep) for spend in (changed, usual))
    return np.asarray((with_it - without).sum(axis=1) * learnt.gain, np.float64)


def deviation(mix: Mix, panel: Panel, share: float, weeks: int) -> float:
    """Of the sales of regions of this share over so many weeks, currency, beside what the others tell of them."""
    usual = usual_sales(panel)
    if len(panel.regions) == 1:
        # The shock of a week stays on in those after it, less each time.
        stays = float(mix.known["persistence"].mean())
        lasting = (1 - stays ** np.arange(1, weeks + 1)) / (1 - stays)
        wide = float(mix.known["common"].mean()) * (HEAVY / (HEAVY - 2)) ** 0.5
        return float(wide * usual * (lasting**2).sum() ** 0.5)
    own = float(mix.known["own"].mean())
    # Each region's shock has variance own² / (size × regions) per head; the others foretell with as much noise as they are small.
    return float(own * usual * (weeks * share / (1 - share) / len(panel.regions)) ** 0.5)
