"""The health gate in words: every check with its figure, and what is withheld where one fails."""

import datetime as dt

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.attribution import gate
from shopkeeper.attribution.gate import MOST_PLACEBO
from shopkeeper.attribution.mix_model import MOST, RARE
from shopkeeper.attribution.study import Study
from shopkeeper.attribution.walk import Walk
from shopkeeper.report.style import ACCENT, INK, SOFT, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Words, chance, count, day, money, percent, plain, say, together
from shopkeeper.shop import Shop

Check = tuple[Sentence, Sentence, bool, Sentence]  # what was found, what is asked, whether that is so, and of what

CHECKS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Check"), "text"),
    "found": (say("Found"), "text"),
    "asked": (say("Asked"), "text"),
    "verdict": (say("Passed"), "text"),
}
FOLDS: dict[str, tuple[Sentence, Kind]] = {
    "day": (say("Looked ahead from"), "day"),
    "actual": (say("Came in the 4 weeks after"), "money"),
    "forecast": (say("Forecast"), "money"),
    "low": (say("90% from"), "money"),
    "high": (say("90% to"), "money"),
    "naive": (say("Simple rule"), "money"),
}
_YES, _NO = say("yes"), say("NO")
_CONVERGED = say("R-hat 1.01 or less, 400 draws or more, no divergence")
_UNLIKELY = 0.01  # of draws, that lie further out than the real sales on their nearer side
_SHIFTS = (1 / 3, 1 / 2)  # of the weeks, by which placebo spend is moved


def check_rows(shop: Shop, found: Study, walked: Walk | None, folds: pd.DataFrame, seed: int) -> pd.DataFrame:
    """One row per check of the health gate: what, found, asked and verdict in words; is_passed. folds: of gate.rolling_origin."""
    return _table([*_media_checks(shop, found, folds, seed), *([_of_journeys(walked)] if walked else [])])


def journey_check(walked: Walk | None) -> pd.DataFrame:
    """The gate where there are no media: as check_rows, of journeys alone; without rows where there are none."""
    return _table([_of_journeys(walked)] if walked else [])


def _table(rows: list[Check]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["found", "asked", "is_passed", "what"])
    return table.assign(verdict=[_YES if passed else _NO for passed in table.is_passed])


def _of_journeys(walked: Walk) -> Check:
    return _sampler([walked.hazard.checks]), _CONVERGED, walked.is_sound, say("Sampler of journeys converged")


def _media_checks(shop: Shop, found: Study, folds: pd.DataFrame, seed: int) -> list[Check]:
    mix, panel, base = found.together, found.panel, found.base
    prior = float((gate.prior_share(found.alone, seed) > MOST).mean())
    predictive = gate.predictive_p(mix, panel, base, seed)
    tail = float(np.minimum(predictive, 1 - predictive).min())
    weeks = len(panel.weeks)
    placebo = float(np.median([gate.placebo_share(shop.brand, panel, base, int(weeks * part)) for part in _SHIFTS]))
    negative = gate.negative_base(mix, panel, base)
    return [
        (_sampler([each.checks for each in found.mixes]), _CONVERGED, found.is_sound, say("Sampler converged")),
        (_chance(prior), _at_most(RARE), prior <= RARE, say("Chance, before the data, that channels bring over {most} of sales", most=percent(MOST))),
        (_share(tail), _least(_UNLIKELY), tail >= _UNLIKELY, say("Sales made up by the model look like the real ones")),
        (plain(f"{placebo:.2%}"), _at_most(MOST_PLACEBO), placebo <= MOST_PLACEBO, say("Share of sales given to a channel that never was")),
        (_chance(negative), _at_most(RARE), negative <= RARE, say("Chance that in some quarter less than nothing would have come without marketing")),
        (*_ahead(folds), say("Four weeks ahead, on earlier days")),
        (say("{day}", day=day(_ends(found))), say("less than two weeks before the day of this report"), found.is_current(shop.as_of), say("Last whole week of media and sales ends")),
    ]  # fmt: skip


def _sampler(checks: list[dict[str, float]]) -> Sentence:
    return say(
        "R-hat {r_hat}; worth {ess} independent draws; {gone} divergences",
        r_hat=f"{max(each['r_hat'] for each in checks):.3f}", ess=count(min(each["ess"] for each in checks)),
        gone=count(sum(each["divergences"] for each in checks)),
    )  # fmt: skip


def _ends(found: Study) -> dt.date:
    last: dt.date = found.panel.weeks[-1].date()
    return last + dt.timedelta(days=6)


def _share(value: float) -> Sentence:
    return say("{share}", share=percent(value))


def _chance(value: float) -> Sentence:
    return say("{share}", share=chance(value))


def _at_most(value: float) -> Sentence:
    return say("at most {share}", share=percent(value))


def _least(value: float) -> Sentence:
    return say("at least {share}", share=percent(value))


def _ahead(folds: pd.DataFrame) -> tuple[Sentence, Sentence, bool]:
    asked = say("nearer than the simple rule")
    if folds.empty:
        return say("no earlier day has a year before it"), asked, False
    ours, theirs = ((folds[name] / folds.actual - 1).abs().mean() for name in ("forecast", "naive"))
    told = say("off by {ours}, the rule by {theirs}", ours=percent(ours), theirs=percent(theirs))
    return told, asked, bool(ours < theirs)


def is_passed(checks: pd.DataFrame) -> bool:
    """Whether money may be moved by this media mix."""
    return bool(checks.is_passed.all())


def failed_told(checks: pd.DataFrame) -> Sentence:
    """The banner where the gate failed."""
    failed = checks[~checks.is_passed]
    return say(
        "{n} of {all} checks failed ({which}): no budget is proposed, and nothing is decided by it.",
        n=count(len(failed)), all=count(len(checks)), which=together([*failed["what"]]),
    )  # fmt: skip


def sensitivity_told(found: Study) -> Sentence:
    """Which channels' figures come more from what was thought before than from the data."""
    return driven_told(found) or say(
        "If what was thought of channels before the data were half or twice as sure, no channel's figure would move by more than its own error."
    )


def driven_told(found: Study) -> Sentence | None:
    """The same where there are such channels."""
    moved = gate.sensitivity(found.together)
    driven = [name for name, far in zip(found.channels, moved, strict=True) if far > 1]
    if not driven:
        return None
    return say(
        "The figures of {channels} rest more on what was thought of them before than on the data: had that been half or twice as sure, they "
        "would be others. Test them before much is moved by them.",
        channels=together([plain(name) for name in driven]),
    )  # fmt: skip


def folds(shop: Shop, found: Study, seed: int) -> pd.DataFrame:
    """gate.rolling_origin of a study."""
    return gate.rolling_origin(shop, found.panel, found.of_new, seed)


def folds_title(rows: pd.DataFrame) -> Sentence | None:
    """How near forecasts made on earlier days came, beside the simple rule."""
    if rows.empty:
        return None
    told, _, is_nearer = _ahead(rows)
    held = int(((rows.low <= rows.actual) & (rows.actual <= rows.high)).sum())
    nearer = int(((rows.forecast - rows.actual).abs() < (rows.naive - rows.actual).abs()).sum())
    verdict = say("nearer than a simple rule") if is_nearer else say("no nearer than a simple rule")
    return say(
        "Made on {n} earlier days, the forecast of the next four weeks was {verdict} ({told}; nearer on {nearer} of {n}); {held} of {n} "
        "intervals held",
        n=count(len(rows)), verdict=verdict, told=told, nearer=count(nearer), held=count(held),
    )  # fmt: skip


def plot_folds(rows: pd.DataFrame, words: Words) -> Figure:
    """What was forecast with its 90% interval, what came, and what the simple rule said; the latest day last."""
    shown = rows.iloc[::-1]
    with house_style():
        drawn = figure(2.3)
        axes = drawn.subplots()
        place = range(len(shown))
        axes.vlines(place, shown.low, shown.high, color=SOFT, linewidth=3)
        axes.scatter(place, shown.forecast, color=ACCENT, s=28, zorder=3, label=words.text(say("forecast")))
        axes.scatter(place, shown.actual, color=INK, marker="_", s=160, zorder=4, label=words.text(say("came")))
        axes.scatter(place, shown.naive, color=WARM, marker="x", s=28, label=words.text(say("simple rule")))
        axes.set_xticks(place, [words.value(day(each)) for each in shown.day])
        axes.set_xlim(-0.5, len(shown) - 0.5)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick))))
        drawn.legend(loc="outside upper left", ncols=3)
        return drawn
