"""What an analyst may turn and pull in JupyterLab; batch runs leave it out."""

import ipywidgets as widgets
import numpy as np
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from shopkeeper.demand import named
from shopkeeper.demand.replenish import Terms
from shopkeeper.demand.stocktake import ASSUMED
from shopkeeper.demand.study import Study
from shopkeeper.demand.what_if import Answer, Question, WhatIf, within
from shopkeeper.report.style import ACCENT, SOFT, figure, house_style
from shopkeeper.report.words import Sentence, Words, count, money, percent, plain, say, together

_SKUS = 200  # that a menu can hold


def goods(found: Study, seed: int, words: Words) -> None:
    """A menu of SKUs, sliders for a promotion's depth, the service level and the lead time: what sells, what to order, what that costs."""
    asked = WhatIf(found, seed)
    widgets.interact(lambda **chosen: _goods(asked, words, Question(**chosen)), **controls(asked, words))


def budget(found: Study, words: Words) -> None:
    """A slider for the money that may be ordered for: which lines it buys, and what they bring. Nothing where no stock is known."""
    if found.stock is None:
        return
    most = float(found.stock.orders.lines.money.sum())
    widgets.interact(
        lambda money: print(words.text(budget_told(found, money))),
        money=widgets.FloatSlider(most / 2, min=0, max=most, step=max(most / 100, 1e-9), continuous_update=False, description=words.text(say("Budget"))),
    )  # fmt: skip


def budget_told(found: Study, spend: float) -> Sentence:
    """Which lines a budget is best spent on, and what they bring of all."""
    kept, lines = within(found, spend), found.stock.orders.lines if found.stock else within(found, 0.0)
    return say(
        "With {money} order {n} of {all} lines: they bring {gain} of {whole}.",
        money=money(spend), n=count(len(kept)), all=count((lines.units > 0).sum()), gain=money(kept.gain.sum()), whole=money(lines.gain.sum()),
    )  # fmt: skip


def controls(asked: WhatIf, words: Words) -> dict[str, widgets.Widget]:
    """The menu and the sliders; a depth cannot be chosen where no promotion was ever known, a lead of 0 is as told."""
    found = asked.found
    places = found.bare.place if found.stock is None else found.stock.shelves.groupby("place").on_hand.sum().index
    skus = found.forecast.panel.skus.loc[places].head(_SKUS)
    names = [
        f"{words.text(name)} · {code}"
        for name, code in zip(named.products(skus, found.forecast.panel.skus), skus["sku"], strict=True)
    ]

    def slider(value: float, least: float, most: float, step: float, label: Sentence) -> widgets.FloatSlider:
        return widgets.FloatSlider(
            value, min=least, max=most, step=step, continuous_update=False, description=words.text(label)
        )

    return {
        "place": widgets.Dropdown(options=list(zip(names, map(int, skus.index), strict=True)), description=words.text(say("SKU"))),
        "depth": slider(0.0, 0.0, 0.5 if asked.kind else 0.0, 0.05, say("Discount")),
        "service": slider(0.95, 0.5, 0.995, 0.005, say("Service")),
        "lead": slider(ASSUMED["lead_days_mean"] if found.stock is None else 0.0, 0, 45, 1, say("Lead, days")),
    }  # fmt: skip


def _goods(asked: WhatIf, words: Words, question: Question) -> None:
    answer = asked.answer(question)
    print(words.text(told(answer, question, asked.is_bare(question))))
    half = int(answer.lines.units.sum()) // 2
    if len(answer.lines) > 1 and half:
        print(words.text(shared_told(answer, half, asked.shared(answer, half))))
    display(plot_paths(answer, words))  # type: ignore[no-untyped-call]


def told(answer: Answer, question: Question, is_bare: bool) -> Sentence:
    """What sells, what to have or to order, and what it costs to be so safe."""
    total, lines = answer.paths.sum(axis=1), answer.lines
    low, high = np.quantile(total, [0.05, 0.95])
    order = say(
        "With what is there that means to order {order} for {money}.",
        order=count(lines.units.sum()),
        money=money(lines.money.sum()),
    )
    return say(
        "{how} {units} units should be wanted in 28 days (90%: {low} to {high}). An order takes {lead} days; with a chance of {service} to last until the "
        "next, have {up_to} units on hand and on their way, {safety} of them for safety. {order} Margin of {missed} is still missed until the next order "
        "arrives, and holding the safety stock costs {held} a month ({holding} of its cost a year).",
        how=say("At {depth} off on all these days,", depth=percent(question.depth)) if question.depth else say("With what is planned,"),
        units=count(total.mean()), low=count(low), high=count(high), service=percent(question.service), lead=count(lines.lead_days_mean.mean()),
        up_to=count(lines.up_to.sum()), safety=count(lines.safety.sum()), order=plain("") if is_bare else order, missed=money(answer.missed),
        held=money(answer.held), holding=percent(Terms().holding),
    )  # fmt: skip


def shared_told(answer: Answer, supply: int, units: NDArray[np.int64]) -> Sentence:
    """How half of the order is best shared out, should the supplier have no more."""
    return say(
        "Should the supplier have but {n}: {shares}.",
        n=count(supply),
        shares=together([say("{units} to {warehouse}", units=count(each), warehouse=plain(name)) for each, name in zip(units, answer.lines.warehouse, strict=True)]),
    )  # fmt: skip


def plot_paths(answer: Answer, words: Words) -> Figure:
    """Units wanted up to each day: the mean and its 90% interval."""
    sums = answer.paths.cumsum(axis=1)
    days, (low, high) = np.arange(1, sums.shape[1] + 1), np.quantile(sums, [0.05, 0.95], axis=0)
    with house_style():
        drawn = figure(2.4)
        axes = drawn.subplots()
        axes.fill_between(days, low, high, color=SOFT, alpha=0.45, linewidth=0, label=words.text(say("90% interval")))
        axes.plot(days, sums.mean(axis=0), color=ACCENT, label=words.text(say("expected")))
        axes.set_xlabel(words.text(say("days ahead")))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(count(tick))))
        axes.legend(loc="upper left")
        return drawn
