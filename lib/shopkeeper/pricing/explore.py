"""What an analyst may turn and pull in JupyterLab; batch runs leave it out."""

from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from shopkeeper.demand import named
from shopkeeper.pricing.optimise import units_at
from shopkeeper.pricing.study import Study
from shopkeeper.report.style import ACCENT, SOFT, WARM, figure, house_style
from shopkeeper.report.words import Sentence, Words, count, money, price, say

Floats = NDArray[np.float64]

_SKUS = 200  # that a menu can hold
_FARTHEST, _POINTS = 0.3, 25  # share off today's price, and prices within it that the curve is drawn through


class Curve(NamedTuple):
    """Of one SKU, the other prices standing: prices, draws × prices of units and of contribution over four weeks, and its today's price."""

    prices: Floats
    units: Floats
    margin: Floats
    today: float


def prices(found: Study, words: Words) -> None:
    """A menu of SKUs and a slider for the price: units, revenue and margin, beside those of today, with the curve and its interval."""
    rows = found.prices.rows.head(_SKUS)
    names = named.products(rows, found.forecast.panel.skus)
    options = [
        (f"{words.text(name)} · {sku}", place) for place, (name, sku) in enumerate(zip(names, rows["sku"], strict=True))
    ]
    widgets.interact(
        lambda place, moved: _shown(found, place, moved, words),
        place=widgets.Dropdown(options=options, description=words.text(say("SKU"))),
        moved=widgets.FloatSlider(
            0.0, min=-_FARTHEST, max=_FARTHEST, step=0.01, readout_format="+.0%", continuous_update=False, description=words.text(say("Price"))
        ),
    )  # fmt: skip


def _shown(found: Study, place: int, moved: float, words: Words) -> None:
    curve = curve_of(found, place)
    print(words.text(told(found, curve, place, curve.today * (1 + moved))))
    display(plot_curve(curve, curve.today * (1 + moved), words))  # type: ignore[no-untyped-call]


def curve_of(found: Study, place: int) -> Curve:
    """The demand curve of the SKU in this row of the price list; its neighbours' gains and losses are in its margin."""
    today = float(found.prices.rows.price[place])
    tried = today * np.exp(np.linspace(np.log(1 - _FARTHEST), np.log(1 + _FARTHEST), _POINTS))
    units, margin = zip(*(_at(found, place, each) for each in tried), strict=True)
    return Curve(tried, np.stack(units, axis=1), np.stack(margin, axis=1), today)


def _at(found: Study, place: int, asked: float) -> tuple[Floats, Floats]:
    """Draws of units of the SKU, and of what it and its category leave, when it costs what is asked."""
    rows = found.prices.rows
    market = int(rows.market[place])
    here = np.flatnonzero(rows.market == market) if market else np.array([place])
    offers = rows.iloc[here].reset_index(drop=True)
    parts = (found.demand.units[:, here], found.demand.beside[:, here], found.demand.power[:, here])
    now = offers.price.to_numpy(np.float64).copy()
    now[np.flatnonzero(here == place)] = asked
    units = units_at(offers, type(found.demand)(*parts), now)
    margin = units @ (offers.kept.to_numpy() * now - offers.cost.to_numpy())
    return units[:, np.flatnonzero(here == place)[0]], margin


def told(found: Study, curve: Curve, place: int, asked: float) -> Sentence:
    """What sells at a price, what it brings, and what it leaves beside today's price, neighbours counted."""
    units, margin = _at(found, place, asked)
    _, before = _at(found, place, curve.today)
    gain = margin - before
    low, high = np.quantile(gain, [0.05, 0.95])
    return say(
        "At {price} ({now} today) {units} units should sell in four weeks, for {revenue}. What that leaves beside today's price, with what it takes from its neighbours or sends to them: {gain} "
        "(90%: {low} to {high}).",
        price=price(asked), now=price(curve.today), units=count(units.mean()), revenue=money(asked * units.mean()), gain=money(gain.mean()), low=money(low), high=money(high),
    )  # fmt: skip


def plot_curve(curve: Curve, asked: float, words: Words) -> Figure:
    """Units by price, and margin of the category by price beside that of today, both with their 90% intervals."""
    with house_style():
        drawn = figure(3.6)
        upper, lower = drawn.subplots(2, sharex=True)
        beside = curve.margin - curve.margin[:, [np.abs(curve.prices - curve.today).argmin()]]
        for axes, table, label in (
            (upper, curve.units, say("units in four weeks")),
            (lower, beside, say("contribution, beside today's")),
        ):
            low, high = np.quantile(table, [0.05, 0.95], axis=0)
            axes.fill_between(curve.prices, low, high, color=SOFT, alpha=0.45, linewidth=0)
            axes.plot(curve.prices, table.mean(axis=0), color=ACCENT)
            axes.axvline(asked, color=WARM, linewidth=1)
            axes.set_ylabel(words.text(label))
            axes.yaxis.set_major_locator(MaxNLocator(4))
        lower.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick))))
        lower.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick)) if tick else "0"))
        lower.set_xlabel(words.text(say("price")))
        return drawn
