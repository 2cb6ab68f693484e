"""What an analyst may turn and pull in JupyterLab; batch runs leave it out."""

import datetime as dt

import ipywidgets as widgets
import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure

from shopkeeper.customers import activity, charts
from shopkeeper.customers.past import Past
from shopkeeper.customers.segment_names import name_segments, trait_words
from shopkeeper.customers.segment_profile import Segments
from shopkeeper.customers.tags import Tagged, over_time
from shopkeeper.report.style import ACCENT, INK, WARM, figure, house_style
from shopkeeper.report.words import Sentence, Words, change, count, day, money, percent, say
from shopkeeper.shop import Shop

_TRAITS = 10  # told apart in which two segments differ most
_CUSTOMERS = 200  # that a menu can hold


def drivers(shop: Shop, words: Words) -> None:
    """A slider for the length of the window, 7 to 90 days, and what moved revenue between it and the one before."""
    widgets.interact(
        lambda days: _drivers(shop, words, days), days=widgets.IntSlider(30, 7, 90, continuous_update=False)
    )


def _drivers(shop: Shop, words: Words, days: int) -> None:
    ends = [shop.as_of, shop.as_of - dt.timedelta(days=days)]
    windows = shop.load(activity.window_activity(shop.orders, ends, days))
    now, before = (activity.window(windows, end) for end in ends)
    display(charts.plot_drivers(activity.drivers(now, before), words))  # type: ignore[no-untyped-call]


def segments(ways: Segments | None, rows: pd.DataFrame, words: Words) -> None:
    """Two menus of segments, and where the two differ most; rows: of segment_report.segment_rows."""
    if ways is None:
        return
    names = [(words.text(name.name), n) for n, name in enumerate(name_segments(ways.traits))]
    widgets.interact(
        lambda one, other: _segments(ways, rows, words, (one, other)),
        one=widgets.Dropdown(options=names, value=0, description=words.text(say("Segment"))),
        other=widgets.Dropdown(options=names, value=len(names) - 1, description=words.text(say("Segment"))),
    )


def _segments(ways: Segments, rows: pd.DataFrame, words: Words, pair: tuple[int, int]) -> None:
    display(side_by_side(rows, words, pair))  # type: ignore[no-untyped-call]
    if pair[0] != pair[1]:
        display(plot_apart(ways, words, pair))  # type: ignore[no-untyped-call]


def side_by_side(rows: pd.DataFrame, words: Words, pair: tuple[int, int]) -> pd.DataFrame:
    """The two segments of rows in two columns: customers, change, sales, gross profit, repurchase, about to leave."""
    told = {
        "customers": count, "change": change, "sales": money, "margin": money, "rate": percent, "leaving": count,
    }  # fmt: skip
    columns = {
        words.text(rows.what[n]): [words.value(make(rows[name][n])) for name, make in told.items()] for n in pair
    }
    labels = [say("Customers"), say("Change on 30 days before"), say("Sales, last 365 days"), say("Gross profit of them"),
              say("Bought again within 90 days"), say("About to leave")]  # fmt: skip
    return pd.DataFrame(columns, index=[words.text(label) for label in labels])


def plot_apart(ways: Segments, words: Words, pair: tuple[int, int]) -> Figure:
    """The ten traits in which two segments differ most, in standard deviations of all customers from their mean."""
    one, other = (ways.traits.loc[n] for n in pair)
    most = (one - other).abs().nlargest(_TRAITS).index[::-1]
    with house_style():
        drawn = figure(0.8 + 0.28 * len(most))
        axes = drawn.subplots()
        names = [words.text(trait_words(*trait)) for trait in most]
        for values, colour, n in ((one, ACCENT, pair[0]), (other, WARM, pair[1])):
            axes.scatter(values[most], names, color=colour, label=words.text(name_segments(ways.traits)[n].name))
        axes.hlines(names, one[most], other[most], colors=INK, linewidth=0.8, zorder=0)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_xlabel(words.text(say("standard deviations from all customers")))
        drawn.legend(loc="outside upper left", ncols=2)
        return drawn


def customers(past: Past, tagged: list[Tagged], at_risk: pd.DataFrame, words: Words) -> None:
    """A menu of customers (those most at risk first, then those who spent most), and each one's orders and probability."""
    known = past.known(past.shop.as_of)
    order = [*at_risk.customer_id, *known.spend.sort_values(ascending=False).index]
    ordering = next((each for each in tagged if each.tag.is_any_order), None)
    menu = widgets.Dropdown(options=list(dict.fromkeys(order))[:_CUSTOMERS], description=words.text(say("Customer")))
    widgets.interact(lambda customer: _customer(past, ordering, words, customer), customer=menu)


def _customer(past: Past, ordering: Tagged | None, words: Words, customer: str) -> None:
    mine = past.shop.orders.filter(past.shop.orders.customer_id == customer)
    orders = past.shop.load(mine.select("ordered_at", "net_revenue"))
    curve = over_time(past, ordering, customer) if ordering else pd.DataFrame(columns=["day", "probability"])
    display(plot_customer(orders, curve, words))  # type: ignore[no-untyped-call]
    print(words.text(customer_told(orders, curve)))


def customer_told(orders: pd.DataFrame, curve: pd.DataFrame) -> Sentence:
    """How much a customer has ordered, when last, and how likely the next 30 days hold an order."""
    now = curve.probability.iloc[0] if len(curve) else float("nan")
    return say(
        "{n} orders, {paid} in all; the last on {last}. Chance to order within 30 days: {now}",
        n=str(len(orders)), paid=money(orders.net_revenue.sum()), last=day(orders.ordered_at.max().date()), now=percent(now),
    )  # fmt: skip


def plot_customer(orders: pd.DataFrame, curve: pd.DataFrame, words: Words) -> Figure:
    """A customer's orders as bars over time, and above them the probability to order within 30 days."""
    with house_style():
        drawn = figure(3.6)
        upper, lower = drawn.subplots(2, 1, sharex=True)
        upper.plot(pd.to_datetime(curve.day), curve.probability, color=ACCENT, marker="o", markersize=4)
        upper.set_ylim(0, 1)
        upper.set_title(words.text(say("chance to order within 30 days")), loc="left")
        lower.vlines(orders.ordered_at, 0, orders.net_revenue, colors=WARM, linewidth=2)
        lower.set_ylim(bottom=0)
        lower.set_title(words.text(say("orders, in {currency}", currency=words.currency)), loc="left")
        drawn.autofmt_xdate()
        return drawn
