"""The plan: what is to be spent on each channel in the weeks ahead."""

import numpy as np
import pandas as pd

from shopkeeper.attribution.panel import Panel, spend_of
from shopkeeper.attribution.transforms import Floats
from shopkeeper.shop import Shop

AHEAD = 4  # weeks that are planned, and claimed
_DAY = pd.Timedelta(days=1)


def planned_weeks(shop: Shop, panel: Panel) -> int:
    """Whole weeks after the panel, AHEAD at most, that a plan in media reaches into; 0 where there is none."""
    media = _paid(shop, panel)
    ends = media.period_start + pd.to_timedelta(media.period_days, unit="D")
    coming = ends[ends > pd.Timestamp(shop.as_of) + _DAY]
    reach = (coming.max() - panel.weeks[-1]).days // 7 - 1 if len(coming) else 0
    return int(np.clip(reach, 0, AHEAD))


def coming_plan(shop: Shop, panel: Panel) -> Floats:
    """Spend of the AHEAD weeks after the panel: weeks × regions × channels, currency.

    As planned in media as far as a plan reaches, by the day: of a week that has begun, days that are over count as they were spent.
    Weeks beyond the plan are each as the panel's last four were in the mean.
    """
    weeks = panel.weeks[-1] + pd.to_timedelta(7 * np.arange(1, AHEAD + 1), unit="D")
    planned = spend_of(_paid(shop, panel), weeks, panel.regions, panel.channels, panel.sales.clip(min=0))
    usual = panel.spend[-4:].mean(axis=0)
    return np.where(np.arange(AHEAD)[:, None, None] < planned_weeks(shop, panel), planned, usual)


def _paid(shop: Shop, panel: Panel) -> pd.DataFrame:
    """Rows of media with spend on the panel's channels, those that stand as one under its name."""
    media = shop.load(shop.media.filter(shop.media.spend > 0))
    media = media.assign(channel=media.channel.replace(dict(panel.parts)))
    return media[media.channel.isin(panel.channels)]
