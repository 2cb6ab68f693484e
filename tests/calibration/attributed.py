"""Channels of known truth: media mixes, journeys, and both together, in the model's own form and in another that shares no code with it."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import journeys_by_hand
import numpy as np
from joblib import Parallel, delayed
from journeys_by_hand import AS_OF, FIRST
from media_by_hand import World, confounded, world
from shopkeeper.attribution import media_mix
from shopkeeper.attribution.credit import credit, summary
from shopkeeper.attribution.hazard import fit_hazard
from shopkeeper.attribution.journeys import journey_touches
from shopkeeper.attribution.media_mix import Mix
from shopkeeper.attribution.mix_model import Evidence
from shopkeeper.attribution.person_time import calendar, journey_steps, person_time
from shopkeeper.attribution.reconcile import with_journeys

FORMS = {"own": "the model's own form", "other": "another generator, Hill and Weibull"}
HAZARDS = {"additive": "additive", "multiplied": "another generator, odds multiplied"}
SEEDS, PLACEBOS, TESTED = range(60), range(10), range(10)
BIASED, APART, READ = (
    0.4,
    0.25,
    0.08,
)  # of journeys, in log roas: what all channels share, each channel's own, and what they say of it
LARGE = 0.05  # share of sales, from which a channel's error counts
Judged = tuple[
    list[bool], list[float], list[float]
]  # whether intervals hold, errors of large channels, log width of intervals


def each[Found](judge: Callable[..., Found], cases: Iterable[tuple[object, ...]]) -> list[Found]:
    """What the judge finds of each case, two at a time."""
    return list(Parallel(n_jobs=2)(delayed(judge)(*case) for case in cases))


def mixed(form: str, seed: int) -> Judged:
    """The media mix of one world, media and sales alone."""
    made = world(np.random.default_rng(seed), form)
    return _judged(made, media_mix.fit(made.evidence(), seed))


def together(form: str, seed: int) -> Judged:
    """The same world with journeys, whose bias is as unknown as any."""
    made = world(np.random.default_rng(seed), form)
    return _judged(made, media_mix.fit(_with_biased_journeys(made, np.random.default_rng(1_000 + seed)), seed))


def _with_biased_journeys(made: World, draw: np.random.Generator) -> Evidence:
    said = np.log(made.roas) + BIASED * draw.normal() + APART * draw.normal(size=len(made.roas))
    told = {
        name: np.exp(draw.normal(said[place] + READ * draw.normal(), READ, 1_000))
        for place, name in enumerate(made.panel.channels)
    }
    return with_journeys(made.evidence(), made.panel.channels, told)


def _judged(made: World, mix: Mix) -> Judged:
    roas, large = mix.known["roas"], made.share >= LARGE
    low, high = np.quantile(roas, [0.05, 0.95], axis=0)
    error = np.abs(np.median(roas, axis=0) / made.roas - 1)
    return list((low <= made.roas) & (made.roas <= high)), list(error[large]), list(np.log(high / low))


def tested(form: str, seed: int) -> tuple[float, float, float, float]:
    """Of a channel that is bought where demand is high, without and with one lift test of it: relative errors of its median roas; then how far
    the mean with it is off in its own deviations, and its interval's width as a share of that without.
    """
    made = confounded(np.random.default_rng(seed), form)
    alone, with_it = (media_mix.fit(made.evidence(tests), seed).known["roas"][:, 0] for tests in (None, made.tests))
    errors = (float(np.median(each) / made.roas[0] - 1) for each in (alone, with_it))
    widths = [float(np.ptp(np.quantile(each, [0.05, 0.95]))) for each in (alone, with_it)]
    return *errors, float(abs(with_it.mean() - made.roas[0]) / with_it.std()), widths[1] / widths[0]


def placebo(form: str, seed: int) -> float:
    """The median share of sales that a channel is given which never was: another's spend, moved in a circle."""
    made = world(np.random.default_rng(100 + seed), form, channels=4)
    spend, shift = made.panel.spend, 13 * (1 + seed)
    moved = np.roll(spend.mean(axis=2, keepdims=True), shift, axis=0)
    names = (*made.panel.channels, "placebo")
    panel = type(made.panel)(
        made.panel.weeks, made.panel.regions, names, np.concatenate([spend, moved], axis=2), made.panel.sales, made.panel.newcomers,
    )  # fmt: skip
    mix = media_mix.fit(made._replace(panel=panel).evidence(), seed)
    return float(np.median(mix.known["roas"][:, -1]) * mix.evidence.cost[-1])


def followed(kind: str, confounding: float, seed: int) -> tuple[list[bool], list[float], float, float]:
    """Journeys of one world: whether intervals of what would be lost hold, errors and those of last click in points of share, and by how
    much the sum over channels is off.
    """
    made = getattr(journeys_by_hand, kind)(seed, confounding, visitors=20_000)
    steps = journey_steps(journey_touches(*made.tables(), AS_OF), AS_OF)
    windows = calendar(journeys_by_hand.promotions(), FIRST.date(), AS_OF)
    time, _ = person_time(journeys_by_hand.load, steps, windows)
    told = summary(credit(fit_hazard(time, seed), time, seed))
    orders = len(time.conversions)
    held = (told.lost_low <= made.lost) & (made.lost <= told.lost_high)
    errors = 100 * np.abs(told.lost - made.lost) / orders
    last = 100 * np.abs(made.last_click() - made.lost).mean() / orders
    return list(held), list(errors), float(last), float(told.lost.sum() / made.lost.sum() - 1)


def holds(judged: Sequence[tuple[list[bool], ...]]) -> Iterator[list[bool]]:
    """For each world, whether the intervals hold the truth."""
    for world_ in judged:
        yield world_[0]
