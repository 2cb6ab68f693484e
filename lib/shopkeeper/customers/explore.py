"""What an analyst may turn and pull in JupyterLab; batch runs leave it out."""

import datetime as dt

import ipywidgets as widgets
from IPython.display import display

from shopkeeper.customers import activity, charts
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop


def drivers(shop: Shop, words: Words) -> None:
    """A slider for the length of the window, 7 to 90 days, and what moved revenue between it and the one before."""
    widgets.interact(lambda days: _draw(shop, words, days), days=widgets.IntSlider(30, 7, 90, continuous_update=False))


def _draw(shop: Shop, words: Words, days: int) -> None:
    ends = [shop.as_of, shop.as_of - dt.timedelta(days=days)]
    windows = shop.load(activity.window_activity(shop.orders, ends, days))
    now, before = (activity.window(windows, end) for end in ends)
    display(charts.plot_drivers(activity.drivers(now, before), words))  # type: ignore[no-untyped-call]
