"""What an analyst may turn and pull in JupyterLab; batch runs leave it out."""

import ipywidgets as widgets
import numpy as np
import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from shopkeeper.clv.expected import COARSE, expected_orders
from shopkeeper.clv.models import Floats, histories, p_alive
from shopkeeper.clv.remaining import Remaining
from shopkeeper.clv.study import Study
from shopkeeper.clv.value import spread
from shopkeeper.report.style import ACCENT, WARM, figure, house_style
from shopkeeper.report.words import Sentence, Words, count, money, percent, say
from shopkeeper.shop import Shop

MONTHS = 36
_DRAWS = 5  # of the posterior, that curves are the mean of
_CUSTOMERS = 200  # that a menu can hold
_WEEK = 7
_ENDS: Floats = np.asarray(365 / 12 * np.arange(1, MONTHS + 1), np.float64)


def value(study: Study, rate: float, words: Words) -> None:
    """Sliders for horizon (months), discount rate and margin (share of sales), and what today's customers are worth by them."""
    monthly = monthly_sales(study)
    margin = float(study.customers.amount.sum() / study.paid.sum())
    widgets.interact(
        lambda months, discount, share: _value(monthly, words, (months, discount, share)),
        months=widgets.IntSlider(12, 1, MONTHS, continuous_update=False, description=words.text(say("Months"))),
        discount=widgets.FloatSlider(rate, min=0, max=0.4, step=0.01, continuous_update=False, description=words.text(say("Discount"))),
        share=widgets.FloatSlider(margin, min=0, max=1, step=0.01, continuous_update=False, description=words.text(say("Margin"))),
    )  # fmt: skip


def monthly_sales(study: Study) -> Floats:
    """Net revenue that today's customers should bring in each of the next 36 months, not discounted."""
    known = study.customers
    paid = study.sales.mean(known.order_days, study.paid)
    grouped = known.assign(paid=paid).groupby(["cell", "frequency", "recency", "T"], as_index=False).paid.sum()
    return np.asarray(study.yearly * np.diff(grouped.paid.to_numpy() @ _curve(study, grouped), prepend=0.0))


def _curve(study: Study, rows: pd.DataFrame) -> Floats:
    """Orders expected of each row (down) by the end of each of the next 36 months (across)."""
    data = histories(rows)
    thetas = [study.posterior.theta(number) for number in spread(study.posterior, _DRAWS)]
    return np.asarray(np.mean([expected_orders(study.model, theta, data, _ENDS, COARSE) for theta in thetas], axis=0))


def worth(monthly: Floats, months: int, discount: float, share: float) -> float:
    """What so many months bring of margin (share of sales), discounted by the year to today."""
    middle = (_ENDS - _ENDS[0] / 2)[:months]
    return float(share * (monthly[:months] * (1 + discount) ** (-middle / 365)).sum())


def _value(monthly: Floats, words: Words, chosen: tuple[int, float, float]) -> None:
    months, discount, share = chosen
    print(words.text(value_told(monthly, months, discount, share)))
    display(plot_value(monthly, months, discount, share, words))  # type: ignore[no-untyped-call]


def value_told(monthly: Floats, months: int, discount: float, share: float) -> Sentence:
    """What today's customers are worth under these assumptions."""
    return say(
        "In {months} months today's customers should bring {sales} of sales and {margin} of gross profit, discounted by {discount} a year.",
        months=count(months), sales=money(monthly[:months].sum()), margin=money(worth(monthly, months, discount, share)),
        discount=percent(discount),
    )  # fmt: skip


def plot_value(monthly: Floats, months: int, discount: float, share: float, words: Words) -> Figure:
    """Gross profit that today's customers bring up to each month, discounted."""
    with house_style():
        drawn = figure(2.4)
        axes = drawn.subplots()
        steps = range(1, months + 1)
        axes.plot(steps, [worth(monthly, step, discount, share) for step in steps], color=ACCENT)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(words.text(say("months ahead")))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick))))
        return drawn


def customers(shop: Shop, study: Study, held: Remaining, words: Words) -> None:
    """A menu of customers, the most valuable first, and each one's chance to be a customer still, week by week, and value to come."""
    order = held.customers.margin.sort_values(ascending=False).index[:_CUSTOMERS]
    menu = widgets.Dropdown(options=list(order), description=words.text(say("Customer")))
    widgets.interact(lambda customer: _customer(shop, study, held, words, customer), customer=menu)


def _customer(shop: Shop, study: Study, held: Remaining, words: Words, customer: str) -> None:
    row = held.customers.loc[customer]
    print(words.text(say(
        "Next 12 months: {orders} orders, {margin} of gross profit (90%: {low} to {high}).",
        orders=f"{row.orders:.1f}", margin=money(row.margin), low=money(row.low), high=money(row.high),
    )))  # fmt: skip
    display(plot_customer(alive_path(shop, study, customer), value_path(study, customer), words))  # type: ignore[no-untyped-call]


def alive_path(shop: Shop, study: Study, customer: str) -> pd.DataFrame:
    """One row per week since the first order and one per order day: day, p_alive at its end, is_order."""
    mine = shop.orders.filter(shop.orders.customer_id == customer)
    days = np.sort(shop.load(mine.select(day=mine.ordered_at.date()).distinct()).day.to_numpy("datetime64[D]"))
    ages = np.unique([*(days - days[0]).astype(int), *range(0, int(study.customers["T"][customer]) + 1, _WEEK)])
    seen = np.searchsorted((days - days[0]).astype(int), ages, side="right")
    rows = pd.DataFrame({
        "frequency": seen - 1, "recency": (days[seen - 1] - days[0]).astype(int), "T": ages,
        "cell": study.customers.cell[customer],
    }).astype({"frequency": float, "recency": float, "T": float})  # fmt: skip
    thetas = [study.posterior.theta(number) for number in spread(study.posterior, _DRAWS)]
    alive = np.mean([p_alive(study.model, theta, histories(rows)) for theta in thetas], axis=0)
    return pd.DataFrame({"day": days[0] + ages, "p_alive": alive, "is_order": np.isin(days[0] + ages, days)})


def value_path(study: Study, customer: str) -> Floats:
    """Gross profit expected up to the end of each of the next 12 months, not discounted."""
    own = study.customers.loc[[customer]]
    return np.asarray(
        study.yearly * _curve(study, own)[0, :12] * float(study.spend.mean(own.order_days, own.amount).iloc[0]),
        np.float64,
    )


def plot_customer(path: pd.DataFrame, ahead: Floats, words: Words) -> Figure:
    """Above, the chance to be a customer still, with order days as marks; below, the gross profit to come."""
    with house_style():
        drawn = figure(4.2)
        upper, lower = drawn.subplots(2, 1)
        upper.plot(pd.to_datetime(path.day), path.p_alive, color=ACCENT)
        upper.vlines(pd.to_datetime(path.day[path.is_order]), 0, 0.06, color=WARM, linewidth=2)
        upper.set_ylim(0, 1.02)
        upper.set_title(words.text(say("chance to be a customer still; marks are order days")), loc="left")
        upper.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(percent(tick))))
        upper.tick_params(axis="x", rotation=30)
        lower.plot(range(len(ahead) + 1), [0.0, *ahead], color=ACCENT)
        lower.set_title(words.text(say("gross profit to come, by months ahead")), loc="left")
        lower.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick))))
        return drawn
