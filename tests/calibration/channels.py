"""What is said of channels, held against known truth, part by part: CHANNELS.md. Run: make calibrate PART="media_mix journeys"."""

from collections.abc import Callable

import attributed
import budgets
import campaigns
import numpy as np
import replayed
from attributed import FORMS, HAZARDS, PLACEBOS, SEEDS, TESTED, each
from bands import verdict
from parts import measure
from shopkeeper.attribution.campaign_panel import campaign_panel
from shopkeeper.shop import Shop

HEAD = "| 90% interval of | intervals | coverage | 99% band | holds |\n|---|---|---|---|---|\n"
FOLLOWED = range(38)  # worlds of eight channels: 304 intervals


def media_mix() -> str:
    """What the media mix says of roas, 156 weeks of 5 channels."""
    return _of_mixes(attributed.mixed)


def media_mix_with_journeys() -> str:
    """The same with journeys that are biased: all channels' alike by a factor that is learnt, and each channel's by its own."""
    return _of_mixes(attributed.together)


def _of_mixes(judge: Callable[[str, int], attributed.Judged]) -> str:
    rows, errors = "", ""
    for form, name in FORMS.items():
        found = each(judge, [(form, seed) for seed in SEEDS])
        rows += f"| roas of a channel, {name} | {verdict(attributed.holds(found))} |\n"
        error, width = (np.concatenate([one[place] for one in found]) for place in (1, 2))
        errors += f"Of channels with 5% of sales or more, {name}: median error {np.median(error):.1%} of {len(error)}. "
        errors += f"Intervals: the upper end is {np.exp(np.median(width)):.1f} times the lower.\n\n"
    return f"{HEAD}{rows}\n{errors}"


def placebo() -> str:
    """Share of sales given to a channel that never was, its spend moved in a circle by quarters."""
    rows = "| share of sales, median | of each shift | largest |\n|---|---|---|\n"
    for form, name in FORMS.items():
        shares = each(attributed.placebo, [(form, seed) for seed in PLACEBOS])
        rows += f"| {name} | {', '.join(f'{share:.1%}' for share in shares)} | {max(shares):.1%} |\n"
    return rows


def lift_test() -> str:
    """A channel that is bought where demand is high, and what one lift test of it changes."""
    rows = "| median over worlds | error without a test | with it | off, in deviations | within 1.5 of them | width with it by without |\n|---|---|---|---|---|---|\n"
    for form, name in FORMS.items():
        found = np.array(each(attributed.tested, [(form, seed) for seed in TESTED]))
        alone, with_it, off, width = np.median(found, axis=0)
        held = int((found[:, 2] < 1.5).sum())
        rows += f"| {name} | {alone:+.1%} | {with_it:+.1%} | {off:.2f} | {held} of {len(found)} | {width:.2f} |\n"
    return rows


def journeys() -> str:
    """Orders that would be lost without a channel, by the hazard of journeys."""
    rows, errors = (
        "",
        "\n| mean absolute error, points of share | hazard | last click | sum over channels |\n|---|---|---|---|\n",
    )
    for kind, name in HAZARDS.items():
        for confounding in (0.0, 1.0):
            about = f"{name}, touches {'follow intent' if confounding else 'by lot'}"
            found = each(attributed.followed, [(kind, confounding, seed) for seed in FOLLOWED])
            rows += f"| orders lost without a channel, {about} | {verdict(attributed.holds(found))} |\n"
            error, last, total = (
                np.mean([np.mean(one[1]) for one in found]),
                np.mean([one[2] for one in found]),
                np.mean([one[3] for one in found]),
            )
            errors += f"| {about} | {error:.2f} | {last:.2f} | {total:+.1%} |\n"
    return f"{HEAD}{rows}{errors}"


def budget() -> str:
    """What budgets gain, as expected and in truth."""
    rows, texts = "", ""
    for name in budgets.WORLDS:
        shops = [
            one
            for some in each(budgets.judged, [(name, range(at, at + 20)) for at in range(0, 400, 20)])
            for one in some
        ]
        rows += f"| gain of the best budget, {name} | {verdict(budgets.holds(shops))} |\n"
        texts += f"\n{name}:\n\n{budgets.expected_and_true(shops)}"
    return f"{HEAD}{rows}{texts}"


def campaign() -> str:
    """Effects of campaigns that nobody was held out of."""
    brands = [one for some in each(_of_brands, [(range(at, at + 10),) for at in range(0, 100, 10)]) for one in some]
    rows = f"| effect of a campaign planted in The Complete Journey | {verdict(campaigns.planted_holds(campaign_panel(Shop(campaigns.BRAND))))} |\n"
    rows += "".join(
        f"| {name}, another generator | {verdict(campaigns.holds(brands, kind))} |\n"
        for kind, name in campaigns.KINDS.items()
    )
    return f"{HEAD}{rows}\n{campaigns.measured()}"


def _of_brands(seeds: range) -> list[dict[str, list[bool]]]:
    return list(campaigns.judged(seeds))


def replay() -> str:
    """The proposed budget lived through, in brands that are simulated, imported and studied as any: gross profit of a year less spend."""
    found = each(replayed.judge, [(seed,) for seed in replayed.SEEDS])
    rows = f"| roas of a channel, all sources together | {verdict(each.held for each in found)} |\n"
    rows += f"| gain of the proposed budget | {verdict(replayed.holds(found))} |\n"
    return f"{HEAD}{rows}\n{replayed.told(found)}"


PARTS = (media_mix, media_mix_with_journeys, placebo, lift_test, journeys, budget, campaign, replay)


def main(chosen: list[str]) -> None:
    """Measure the parts named, or every one."""
    measure(PARTS, "CHANNELS.md", "# Calibration of channels\n\nWritten by `make calibrate`.\n", chosen)
