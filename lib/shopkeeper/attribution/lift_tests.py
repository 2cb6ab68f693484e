"""Lift tests: their own windows and regions, as the media mix runs them again inside itself."""

from typing import Any

import numpy as np
import pandas as pd

from shopkeeper.attribution.panel import EVERYWHERE, OTHERS, Panel
from shopkeeper.attribution.transforms import MAX_LAG, Floats
from shopkeeper.tables import DataError, offenders


def parts(panel: Panel, tests: pd.DataFrame, usual: float) -> dict[str, np.ndarray]:
    """The fields test_* of mix_model.Evidence. tests: rows of lift_tests; usual: a usual week's sales, in their currency.

    Each test is run in each of its regions, in one or more parts, over the same number of weeks: what the spend bought, and what it
    would have bought without the change, which is shared out evenly over the days from starts_on to ends_on. test_read: share of each week's days from starts_on to read_until.
    Signed throughout: a test may have found nothing, or harm. Tests outside the panel's weeks, channels or regions are left out;
    see `usable`. DataError where two tests of one channel overlap in region and time.
    """
    _refuse_overlaps(tests)
    known = usable(panel, tests)
    rows = [(number, region) for number, test in enumerate(known.itertuples()) for region in _regions(panel, test)]
    weeks = max((_window(panel, test)[1] for test in known.itertuples()), default=1)
    was, would, read = (np.zeros((len(rows), weeks + extra)) for extra in (MAX_LAG - 1, MAX_LAG - 1, 0))
    for part, (number, region) in enumerate(rows):
        was[part], would[part], read[part] = _run(panel, known.iloc[number], region, weeks)
    return {
        "test_was": was, "test_would": would, "test_read": read,
        "test_of": np.array([number for number, _ in rows], np.int64),
        "test_channel": np.array([panel.channels.index(known.channel.iloc[number]) for number, _ in rows], np.int64),
        "test_region": np.array([region for _, region in rows], np.int64),
        "test_lift": known.lift.to_numpy(np.float64) / usual,
        "test_sd": known.lift_sd.to_numpy(np.float64) / usual,
    }  # fmt: skip


def usable(panel: Panel, tests: pd.DataFrame) -> pd.DataFrame:
    """Tests that the panel can run again: of a channel and region that it has, changed in spend, their weeks among those learnt from.

    Where ends_on is not known, spend is taken to have been changed as long as it was read.
    """
    begins = panel.learnt[0]
    last = panel.weeks[-1] + pd.Timedelta(days=6)
    has_region = tests.region.isna() | tests.region.isin(panel.regions) | (panel.regions[-1] in (OTHERS, EVERYWHERE))
    within = (tests.starts_on >= begins) & (tests.read_until <= last)
    known = tests.channel.isin(panel.channels) & (tests.spend_change != 0) & (tests.lift_sd > 0)
    ends = tests.ends_on.fillna(tests.read_until)
    return tests.assign(ends_on=ends)[has_region & within & known].reset_index(drop=True)


def _regions(panel: Panel, test: Any) -> list[int]:
    """The panel's regions of a test: all where it names none; where the panel has not this one alone, that which holds it."""
    if pd.isna(test.region):
        return list(range(len(panel.regions)))
    return [panel.regions.index(test.region) if test.region in panel.regions else len(panel.regions) - 1]


def _window(panel: Panel, test: Any) -> tuple[int, int]:
    """The first week of a test, by place in panel.weeks, and how many there are until its reading ends."""
    first = (test.starts_on - panel.weeks[0]).days // 7
    return first, (test.read_until - panel.weeks[0]).days // 7 - first + 1


def _run(panel: Panel, test: Any, region: int, weeks: int) -> tuple[Floats, Floats, Floats]:
    """What spend bought, and would have bought without the change (carry-in weeks first), per head and relative; and the share of each
    week that was read.
    """
    first, lasts = _window(panel, test)
    channel, start = panel.channels.index(test.channel), first - MAX_LAG + 1
    usual = panel.spend[MAX_LAG - 1 :, :, channel].sum() / len(panel.learnt) * panel.size[region]
    was = np.zeros(weeks + MAX_LAG - 1)
    seen = panel.spend[start : first + lasts, region, channel]
    was[: len(seen)] = seen / usual
    begins = panel.weeks[0] + pd.Timedelta(days=7 * first)
    changed = _days(begins, weeks, test.starts_on, test.ends_on)
    share = panel.size[region] if pd.isna(test.region) else 1.0
    would = was.copy()
    would[MAX_LAG - 1 :] -= test.spend_change * share / usual * changed / changed.sum()
    rise = panel.rises[channel]
    return was**rise, np.maximum(would, 0.0) ** rise, _days(begins, weeks, test.starts_on, test.read_until) / 7


def _days(begins: pd.Timestamp, weeks: int, first: pd.Timestamp, last: pd.Timestamp) -> Floats:
    """Days of each week that lie from first to last."""
    start = begins + pd.to_timedelta(7 * np.arange(weeks), unit="D")
    day = start.to_numpy()[:, None] + np.arange(7).astype("timedelta64[D]")
    return np.asarray(((day >= first.to_datetime64()) & (day <= last.to_datetime64())).sum(axis=1), np.float64)


def _refuse_overlaps(tests: pd.DataFrame) -> None:
    pairs = tests.reset_index().merge(tests.reset_index(), on="channel", suffixes=("", "_other"))
    pairs = pairs[pairs["index"] < pairs.index_other]
    meets = (pairs.starts_on <= pairs.read_until_other) & (pairs.starts_on_other <= pairs.read_until)
    alike = (pairs.region == pairs.region_other) | pairs.region.isna() | pairs.region_other.isna()
    both = pairs[meets & alike]
    if len(both):
        some = [
            f"{row.channel}, {row.starts_on:%Y-%m-%d} and {row.starts_on_other:%Y-%m-%d}" for row in both.itertuples()
        ]
        raise DataError(
            f"lift_tests: {len(both)} pairs of {len(tests)} tests overlap ({offenders(some)}). What a test reads is taken to come of its own "
            "change of spend alone. Keep one of each pair, or put both into one row with their changes and lifts added up."
        )
